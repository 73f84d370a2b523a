"""A terminal in which a session of a document is typed, beside a local Datadog."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

import requests

from dd_incident_roles.settings import VARIABLES
from tests.product import Product

PROGRAM = "dd-incident-roles"
SANDBOX = "http://127.0.0.1:8126"
"""Where the sandbox answers if nobody says otherwise."""


@dataclass(slots=True)
class Terminal:
    """What was typed last, and the variables that were exported."""

    product: Product
    exported: dict[str, str] = field(default_factory=dict)
    exit_code: int = 0

    def type(self, line: str) -> str:
        """Carry a line out, and return what it prints; raises ValueError for an unknown one."""
        own, words = _variables(shlex.split(line))
        match words:
            case ["export", *assignments]:
                self.exported.update(_variables(assignments)[0])
                return ""
            case ["echo", "$?"]:
                return f"{self.exit_code}\n"
            case ["curl", "-s", url, "-d", body] if url.startswith(SANDBOX):
                return self._posted(url.removeprefix(SANDBOX), body)
            case [program, *arguments] if program == PROGRAM:
                ran = self.product.run(*arguments, **{**self.exported, **own})
                self.exit_code = ran.exit_code
                return ran.said
        raise ValueError(f"nobody knows how to carry out: {line}")

    def _posted(self, path: str, body: str) -> str:
        address = self.product.settings[VARIABLES["api_url"]]
        with requests.Session() as session:
            session.trust_env = False
            return session.post(f"{address}{path}", data=body, timeout=10).text + "\n"


def _variables(words: list[str]) -> tuple[Mapping[str, str], list[str]]:
    """The variables that are set in front of a command, and the command."""
    own: dict[str, str] = {}
    for place, word in enumerate(words):
        name, given, value = word.partition("=")
        if not given or not name.isidentifier():
            return own, words[place:]
        own[name] = value
    return own, []
