"""A terminal in which a session of a page is typed, beside a local Datadog."""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import requests

from dd_incident_roles.files import shipped_file
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import issue_and_room, outage
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.settings import VARIABLES
from tests.documents.pages import KEY, Typed, file_of, layout, renewed, sessions
from tests.product import Clock, Product, reaching
from tests.sandbox.acts import add_schedule, add_team, set_on_call

PROGRAMS = ("dd-incident-roles", "ddir")
SANDBOX = "http://127.0.0.1:8126"
"""Where the sandbox answers if nobody says otherwise."""
BEGINNING = datetime(2026, 11, 24, 7, 42, tzinfo=UTC)
"""When every session begins, so that the pages tell of one morning."""
SUGGESTING = "suggest"
ELSEWHERE = "issue"
"""The sessions in which the incident has an issue and a channel too."""
_NAME = re.compile(r"(?<![\w.-])(?:role-|dd:)?[0-9a-z-]{4,}\b")
COMMANDER = "    datadog: commander\n"
ANA, BO, CAROL = "ana@corp.example", "bo@corp.example", "carol@corp.example"
DAN, EVE, FAY = "dan@corp.example", "eve@corp.example", "fay@corp.example"


@dataclass(slots=True)
class Terminal:
    """What was typed last, the variables that were exported, and how the page names entries."""

    product: Product
    clock: Clock = field(default_factory=Clock)
    exported: dict[str, str] = field(default_factory=dict)
    exit_code: int = 0
    named: dict[str, str] = field(default_factory=dict)

    def type(self, line: str, shown: str = "") -> str:
        """Carry a line out, and return what it prints; raises ValueError for an unknown one.

        An entry has the name that the page shows of it, when it is typed and when it is printed.
        """
        called = {shown: printed for printed, shown in self.named.items()}
        printed = self._carried_out(_renamed(line, called))
        in_page = {layout(each): each for each in shown.splitlines()}
        for each in printed.splitlines():
            if known := in_page.get(layout(each)):
                pairs = zip(KEY.findall(each), KEY.findall(known), strict=True)
                self.named = {**dict(pairs), **self.named}
        return _renamed(printed, self.named)

    def _carried_out(self, line: str) -> str:
        address = self.product.settings.get(VARIABLES["api_url"], SANDBOX)
        own, words = _variables(shlex.split(line.replace(SANDBOX, address)))
        match words:
            case ["export", *assignments]:
                self.exported.update(_variables(assignments)[0])
                return ""
            case ["echo", "$?"]:
                return f"{self.exit_code}\n"
            case ["curl", "-s", url, "-d", body] if url.startswith(address):
                return self._sent("POST", url, body)
            case ["curl", "-s", "-X", "PUT", url, "-d", body] if url.startswith(address):
                return self._sent("PUT", url, body)
            case [program, *arguments] if program in PROGRAMS:
                ran = self.product.run(*arguments, **{**self.exported, **own})
                self.exit_code = ran.exit_code
                return ran.said
        raise ValueError(f"nobody knows how to carry out: {line}")

    def _sent(self, method: str, url: str, body: str) -> str:
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, url, data=body, timeout=10).text + "\n"


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """A text with other names of entries; the beginning of a name stands for it."""

    def renamed(found: re.Match[str]) -> str:
        start = found[0]
        fitting = (new[: len(start)] for old, new in names.items() if old.startswith(start))
        return next(fitting, start)

    return _NAME.sub(renamed, text)


def _variables(words: list[str]) -> tuple[Mapping[str, str], list[str]]:
    """The variables that are set in front of a command, and the command."""
    own: dict[str, str] = {}
    for place, word in enumerate(words):
        name, given, value = word.partition("=")
        if not given or not name.isidentifier():
            return own, words[place:]
        own[name] = value
    return own, []


@contextmanager
def at_terminal(text: str, session: str) -> Iterator[Terminal]:
    """A terminal for a session of a page, in a new folder and beside a new sandbox."""
    clock = Clock(seconds=(BEGINNING - datetime.now(UTC)).total_seconds())
    with (
        tempfile.TemporaryDirectory() as folder,
        chdir(folder),
        RunningSandbox(Sandbox(clock=clock)) as running,
    ):
        outage(running.sandbox)
        if session == ELSEWHERE:
            issue_and_room(running.sandbox)
        settings = reaching(running.url, "record.sqlite3")
        file = file_of(text, session)
        if session == SUGGESTING and file is not None:
            staff(running.sandbox)
            roles = shipped_file("roles.yaml").read_text("utf-8")
            Path("roles.yaml").write_text(roles.replace(COMMANDER, COMMANDER + file, 1), "utf-8")
            settings[VARIABLES["roles"]] = "roles.yaml"
        elif session == ELSEWHERE and file is not None:
            Path("people.yaml").write_text(file, "utf-8")
            settings[VARIABLES["people"]] = "people.yaml"
        elif file is not None:
            Path("policy.yaml").write_text(file, "utf-8")
            settings[VARIABLES["policy"]] = "policy.yaml"
        # The pages show what a person is told while a command waits.
        product = Product(store=Path("record.sqlite3"), clock=clock, settings=settings, sleep=None)
        yield Terminal(product, clock)


def written_anew(text: str) -> str:
    """A page with what every line of its sessions prints today."""
    new: list[tuple[Typed, str]] = []
    for name, lines in sessions(text).items():
        with at_terminal(text, name) as terminal:
            new += [
                (each, renewed(each.shown, terminal.type(each.line, each.shown))) for each in lines
            ]
    for typed, output in sorted(new, key=lambda pair: -pair[0].at):
        text = text[: typed.at] + output + text[typed.at + len(typed.shown) :]
    return text


def staff(sandbox: Sandbox) -> None:
    """Put Carol on call, with Eve who only watches, and the others into a team."""
    sandbox.add_person(FAY, "Fay", status="Disabled")
    add_team(sandbox, "Incident Managers", ANA, BO, FAY)
    add_team(sandbox, "SRE", CAROL, DAN, EVE)
    set_on_call(sandbox, "SRE", primary=(CAROL, EVE), escalations=((DAN,),))
    add_schedule(sandbox, "SRE", "SRE", layers={"Primary": (CAROL,), "Shadows": (EVE,)})
