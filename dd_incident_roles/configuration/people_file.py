"""The people and their accounts, from the people file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

from dd_incident_roles.configuration.config_file import ConfigFile, Loc, load_file
from dd_incident_roles.configuration.forms import Form, Given, Text, Version, shaped
from dd_incident_roles.roles.people import People, PersonEntry

_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_ONESELF = "me"
_ACCOUNTS = ("email", "datadog")
_SERVICES = ("github", "gitlab", "jira", "slack")


def load_people(path: Path | Traversable | None) -> People:
    """Read the people file; without one there is nobody in it."""
    return People() if path is None else load_file(path, "", gather_people)


def gather_people(file: ConfigFile) -> People:
    """Read what can be read of a people file, and note the errors of the rest."""
    # For its errors only: each person is read separately below, so that one hides no other.
    file.read(_PeopleForm)
    entries: list[tuple[Loc, PersonEntry]] = []
    for key, loc in file.entries("people"):
        if not _KEY.fullmatch(key):
            problem = "the key must be lower-case letters, digits, dots, hyphens and underscores"
            file.refuse(loc, problem)
        elif key == _ONESELF:
            file.refuse(loc, "the key already means the person who types the command")
        elif form := file.read(_EntryForm, loc):
            entries.append((loc, PersonEntry(key=key, **dict(form))))
    _refuse_doubled_accounts(file, entries)
    return People(entries=tuple(entry for _, entry in entries))


_Email = Annotated[Text, shaped(r"[^@\s]+@[^@\s]+", "must be an e-mail address")]
_Handle = Annotated[Text, shaped(r"\S+", "must not contain spaces")]
_Login = Annotated[Text, shaped(r"\w[\w.\-]{0,254}", "must be a login, without the @")]
_JiraAccount = Annotated[
    Text,
    shaped(
        r"[^\s@\[\]~/?#&](?:[^\s\[\]~/?#&]{0,254})", "must be an account id or a user name of Jira"
    ),
]
_Member = Annotated[
    Text, shaped(r"[UW][A-Z0-9]{2,31}", "must be a member ID of Slack such as U012ABCDEF")
]


class _PeopleForm(Form):
    version: Version
    people: dict[str, object]


class _EntryForm(Form):
    email: _Email
    name: Given[Text] = None
    datadog: Given[_Handle] = None
    github: Given[_Login] = None
    gitlab: Given[_Login] = None
    jira: Given[_JiraAccount] = None
    slack: Given[_Member] = None


def _refuse_doubled_accounts(file: ConfigFile, entries: Sequence[tuple[Loc, PersonEntry]]) -> None:
    taken: dict[tuple[str, str], PersonEntry] = {}
    for loc, entry in entries:
        for service in (*_ACCOUNTS, *_SERVICES):
            name: str | None = getattr(entry, service)
            if name is None:
                continue
            # An e-mail and a Datadog handle name the same kind of account.
            kind = service if service in _SERVICES else "account"
            other = taken.setdefault((kind, name.casefold()), entry)
            if other is not entry:
                file.refuse((*loc, service), f"already belongs to {other.key}")
