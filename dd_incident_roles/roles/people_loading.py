"""Reading the people file, whole and strictly, with an error that names the place of a fault."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.resources.abc import Traversable
from pathlib import Path

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.roles.faults import Faults
from dd_incident_roles.roles.file_parts import file_parts
from dd_incident_roles.roles.people import Entry, People
from dd_incident_roles.roles.yaml_nodes import Node
from dd_incident_roles.roles.yaml_reading import read_yaml

_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_LOGIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,254}", re.ASCII)
_SLACK = re.compile(r"[UW][A-Z0-9]{2,31}", re.ASCII)
_SERVICES = ("github", "gitlab", "slack")
_ONESELF = "me"


def load_people(path: Path | None) -> People:
    """Read the people file; without one there is nobody in it."""
    return People() if path is None else read_people(path)


def read_people(source: Path | Traversable, *, name: str | None = None) -> People:
    """Read a people file that is called ``name`` in messages; raises ConfigurationError."""
    faults = Faults()
    people = gather_people(read_yaml(source, name=name), faults)
    faults.refuse()
    return people


def gather_people(root: Node, faults: Faults) -> People:
    """Read what can be read of a people file, and keep the faults of the rest."""
    parts = file_parts(root, faults, required=("people",))
    people = faults.attempt(parts["people"].entries) if "people" in parts else None
    loaded = faults.each((people or {}).items(), lambda entry: _entry(*entry))
    entries = tuple((node, entry) for (_, node), entry in loaded)
    faults.note(_doubled_accounts(entries))
    return People(entries=tuple(entry for _, entry in entries))


def _entry(key: str, node: Node) -> Entry:
    if not _KEY.fullmatch(key):
        raise node.refusal(
            "the key must be lower-case letters, digits, dots, hyphens and underscores"
        )
    if key == _ONESELF:
        raise node.refusal("the key is the word for whoever types the command")
    faults = Faults()
    parts = faults.table(
        node, required=("email",), optional=("name", "datadog", "github", "gitlab", "slack")
    )
    entry = Entry(
        key=key,
        email=faults.part(parts, "email", _email),
        name=faults.part(parts, "name", Node.text),
        datadog=faults.part(parts, "datadog", _word),
        github=faults.part(parts, "github", _login),
        gitlab=faults.part(parts, "gitlab", _login),
        slack=faults.part(parts, "slack", _slack),
    )
    faults.stop()
    return entry


def _email(node: Node) -> str:
    return _shaped(node, _EMAIL, "must be an e-mail address")


def _word(node: Node) -> str:
    return _shaped(node, re.compile(r"\S+"), "must not have spaces in it")


def _login(node: Node) -> str:
    return _shaped(node, _LOGIN, "must be a login, without the @")


def _slack(node: Node) -> str:
    return _shaped(node, _SLACK, "must be a member ID of Slack such as U012ABCDEF")


def _shaped(node: Node, shape: re.Pattern[str], problem: str) -> str:
    text = node.text()
    if not shape.fullmatch(text):
        raise node.refusal(problem)
    return text


def _doubled_accounts(loaded: Iterable[tuple[Node, Entry]]) -> Iterator[ConfigurationError]:
    taken: dict[tuple[str, str], Entry] = {}
    for node, entry in loaded:
        for service, part in node.entries().items():
            if service == "name":
                continue
            # An e-mail and a Datadog handle name the same kind of account.
            kind = service if service in _SERVICES else "account"
            other = taken.setdefault((kind, part.text().casefold()), entry)
            if other is not entry:
                yield part.refusal(f"already belongs to {other.key}")
