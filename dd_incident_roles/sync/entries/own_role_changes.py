"""Datadog's own entries about role changes that we made and wrote an entry about ourselves."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dd_incident_roles.model import Entry, Person, PersonKey
from dd_incident_roles.sync.entries.listing import RemoteEntry
from dd_incident_roles.sync.entries.state import EntryState

ROLE_CHANGE = "role_change"
"""The kind of an entry that says who took over a role."""

OWN_KEY = "role-"
"""How the keys of our entries about role changes begin."""

NEAR = timedelta(minutes=10)
"""How far apart the two entries about one change can be."""

_COMMAND = frozenset({"commander", "incident commander"})
_MANAGER = "incident manager"


@dataclass(frozen=True, slots=True)
class _Told:
    """One role change that an entry of ours tells."""

    text: str
    people: frozenset[PersonKey]
    moments: tuple[datetime, ...]


def without_own_role_changes(
    state: EntryState, listed: Collection[RemoteEntry], people: Collection[Person]
) -> tuple[RemoteEntry, ...]:
    """Leave out the target's entries about changes that one of ours tells already.

    Both must be about the same role and people, and near each other in time: near the change here,
    or near the moment at which our own entry about it arrived there. One that the record already
    took over stays as it is.
    """
    linked = {link.remote_id for link in state.links}
    told = list(_told(state.entries, listed, people))

    def is_told(remote: RemoteEntry) -> bool:
        if remote.kind != ROLE_CHANGE or remote.tagged is not None or remote.id in linked:
            return False
        named = _named(remote.text, people)
        return bool(named) and any(_is_about(remote, named, each) for each in told)

    return tuple(remote for remote in listed if not is_told(remote))


def _told(
    entries: Sequence[Entry], listed: Collection[RemoteEntry], people: Collection[Person]
) -> Iterable[_Told]:
    arrived = {remote.tagged: remote.created for remote in listed if remote.tagged}
    for entry in entries:
        if entry.kind == ROLE_CHANGE and entry.origin == "cli":
            there = [arrived[entry.key]] if entry.key in arrived else []
            # Below the first line stands a brief, which names other roles and people too.
            headline = entry.text.partition("\n")[0]
            yield _Told(_folded(headline), _named(headline, people), (entry.at, *there))
    known = {entry.key for entry in entries}
    for remote in listed:
        # A record that was lost finds its own entries again together with Datadog's.
        if (remote.tagged or "").startswith(OWN_KEY) and remote.tagged not in known:
            headline = remote.text.partition("\n")[0]
            yield _Told(_folded(headline), _named(headline, people), (remote.created,))


def _is_about(remote: RemoteEntry, named: frozenset[PersonKey], told: _Told) -> bool:
    role = _folded(remote.text.partition(":")[0])
    same_role = role in told.text or (role in _COMMAND and _MANAGER in told.text)
    near = any(abs(remote.created - moment) <= NEAR for moment in told.moments)
    return same_role and near and named <= told.people


def _named(text: str, people: Collection[Person]) -> frozenset[PersonKey]:
    plain = _folded(text)
    return frozenset(
        person.key
        for person in people
        if any(
            _stands_in(label, plain)
            for label in (_folded(person.email or ""), _folded(person.name or ""))
            if label
        )
    )


def _folded(text: str) -> str:
    """As both sides have it in common: ours leaves out breaks and what nobody sees in a name."""
    visible = (each if each.isprintable() else " " if each.isspace() else "" for each in text)
    return " ".join("".join(visible).casefold().split())


def _stands_in(label: str, text: str) -> bool:
    """As words of its own: Ana is not named by the word manager."""
    return re.search(rf"(?<![\w@.]){re.escape(label)}(?![\w@])", text) is not None
