"""The entries that the program writes, and those of the target about the same changes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from dd_incident_roles.model import NOTE, EntryKey, Person, PersonKey
from dd_incident_roles.sync.entries.pair import FINDING_KEY, Pair
from dd_incident_roles.sync.targets import RemoteEntry
from dd_incident_roles.values import frozen

ROLE_CHANGE: Final = "role_change"
"""The kind of an entry that says who took over a role."""

HANDOFF: Final = "handoff"
"""The kind of an entry about a handoff that was proposed or declined."""

FINDING: Final = "finding"
"""The kind of an entry about a finding of the check."""

CORRECTION: Final = "correction"
"""The kind of an entry that says who really held a role in the past."""

ROLE_DEVISED: Final = "role_devised"
"""The kind of an entry about a role that was devised for the incident."""

PLACE: Final = "place"
"""The kind of an entry about where the incident is shown beside Datadog."""

# Datadog keeps our entries as notes: after the record was lost, only the key in the tag tells them
# from what people wrote.
_BEGINNINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "role-": ROLE_CHANGE,
        "handoff-": HANDOFF,
        FINDING_KEY: FINDING,
        "correction-": CORRECTION,
        "devised-": ROLE_DEVISED,
        "place-": PLACE,
    }
)

OWN_KEY = "role-"
"""How the keys of our entries about role changes begin."""

NEAR = timedelta(minutes=10)
"""How far apart the two entries about one change can be."""

_COMMAND = frozenset({"commander", "incident commander"})
_MANAGER = "incident manager"


def kind_of_own(key: EntryKey) -> str:
    """The kind of an entry of ours; what a person wrote here is a note."""
    return next((kind for start, kind in _BEGINNINGS.items() if key.startswith(start)), NOTE)


@frozen(kw_only=False)
class _OwnChange:
    """One role change that an entry of ours is about."""

    text: str
    people: frozenset[PersonKey]
    moments: tuple[datetime, ...]


def without_own_role_changes(
    pairs: Collection[Pair], people: Collection[Person]
) -> tuple[Pair, ...]:
    """Leave out the target's entries about changes that one of ours is about already.

    Both must be about the same role and people, and near each other in time: near the change here,
    or near the moment at which our own entry about it arrived there. Ours is what this record
    wrote or our account did by Datadog's word, and a change that Datadog says somebody else made is
    always shown. One that the record already took over stays as it is.
    """
    own = [each for pair in pairs if (each := _own_change(pair, people))]
    return tuple(pair for pair in pairs if not _is_known(pair, own, people))


def _is_known(pair: Pair, own: Collection[_OwnChange], people: Collection[Person]) -> bool:
    remote = pair.remote
    if remote is None or remote.kind != ROLE_CHANGE or remote.ours is False or pair.link:
        return False
    named = _people_in(remote.text, people)
    return bool(named) and any(_is_about(remote, named, each) for each in own)


def _own_change(pair: Pair, people: Collection[Person]) -> _OwnChange | None:
    """What an entry of ours is about; also one that a lost record finds again beside Datadog's."""
    local, remote = pair.local, pair.remote
    if (remote or pair.link) and not pair.ours:
        return None
    moments = tuple(
        at for at in (local.at if local else None, remote.created if remote else None) if at
    )
    if local and local.kind == ROLE_CHANGE and local.origin == "cli":
        text = local.text
    elif local is None and remote and pair.key.startswith(OWN_KEY):
        text = remote.text
    else:
        return None
    # Below the first line comes a brief, which names other roles and people too.
    headline = text.partition("\n")[0]
    return _OwnChange(_fold(headline), _people_in(headline, people), moments)


def _is_about(remote: RemoteEntry, named: frozenset[PersonKey], own: _OwnChange) -> bool:
    role = _fold(remote.text.partition(":")[0])
    same_role = role in own.text or (role in _COMMAND and _MANAGER in own.text)
    near = any(abs(remote.created - moment) <= NEAR for moment in own.moments)
    return same_role and near and named <= own.people


def _people_in(text: str, people: Collection[Person]) -> frozenset[PersonKey]:
    plain = _fold(text)
    return frozenset(
        person.key
        for person in people
        if any(
            _is_named(label, plain)
            for name in (person.email, person.name, person.shown)
            if (label := _fold(name or ""))
        )
    )


def _fold(text: str) -> str:
    """As both sides have it in common: ours leaves out breaks and what nobody sees in a name."""
    visible = (each if each.isprintable() else " " if each.isspace() else "" for each in text)
    return " ".join("".join(visible).casefold().split())


def _is_named(label: str, text: str) -> bool:
    """As whole words: the word manager does not name Ana."""
    return re.search(rf"(?<![\w@.]){re.escape(label)}(?![\w@])", text) is not None
