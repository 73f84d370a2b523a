"""What an entry that Datadog made itself tells of a role: who had it before, and who after."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from dd_incident_roles.history.held import known_by_name
from dd_incident_roles.model import Entry, Person, PersonKey
from dd_incident_roles.roles.catalogue import Catalogue, NamedRole, Role, folded
from dd_incident_roles.sync.entries.own_role_changes import ROLE_CHANGE

_ARROW = "\u2192"
_NOBODY = "nobody"
_WITH_ACTION = re.compile(r"(?P<people>.+?)\s*\((?P<action>[^()]+)\)")
_GIVING = frozenset({"added", "assigned", "changed", "created", "given", "set", "updated"})
_TAKING = frozenset({"cleared", "deleted", "removed", "revoked", "taken", "unassigned"})
_ANY_RESPONDER = "responder"
"""Datadog's reserved role of everybody who responds (document), whatever a catalogue calls so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Who is said to have held a role before a change, and who after it."""

    role: Role
    before: tuple[PersonKey, ...]
    after: tuple[PersonKey, ...]


def told(entry: Entry, people: Collection[Person], catalogue: Catalogue) -> Told | None:
    """Read an entry; None where it is not one of Datadog's own about a role of the catalogue.

    The texts are those that entries of a system are given when they are read from Datadog, such as
    ``Tech Lead: Dan → nobody`` and ``Tech Lead: Eve (assigned)``.
    """
    is_datadogs = entry.kind == ROLE_CHANGE and entry.origin == "datadog"
    if not is_datadogs or entry.deleted_at is not None:
        return None
    for role, change in _readings(entry.text, catalogue):
        if _ARROW in change:
            was, _, now = change.partition(_ARROW)
            return Told(role=role, before=_named(was, people), after=_named(now, people))
        said, is_taken = _acted(change)
        who = _named(said, people)
        return Told(role=role, before=who if is_taken else (), after=() if is_taken else who)
    return None


def _readings(text: str, catalogue: Catalogue) -> Iterator[tuple[Role, str]]:
    """Each way to part a text into a role and what became of it; a title may hold a colon."""
    for colon in re.finditer(":", text):
        if role := _role(text[: colon.start()], catalogue):
            yield role, text[colon.end() :]


def _role(name: str, catalogue: Catalogue) -> Role | None:
    wanted = folded(name)
    in_datadog = [
        role
        for role in catalogue.roles
        if isinstance(role.datadog, NamedRole) and folded(role.datadog.name) == wanted
    ]
    if in_datadog or wanted == _ANY_RESPONDER:
        return next(iter(in_datadog), None)
    return next(
        (role for role in catalogue.roles if wanted in {folded(each) for each in role.names}), None
    )


def _acted(change: str) -> tuple[str, bool]:
    """The people of a change, and whether the role was taken from them."""
    found = _WITH_ACTION.fullmatch(change.strip())
    action = found["action"].strip().casefold() if found else ""
    if found and action in _GIVING | _TAKING:
        return found["people"], action in _TAKING
    return change, False


def _named(said: str, people: Collection[Person]) -> tuple[PersonKey, ...]:
    """The people of a list of names; a name that fits nobody, or several, stays a name."""
    whole = said.strip()
    if known := _known(whole, people):
        return (known,)
    names = (name.strip() for name in whole.split(","))
    return tuple(
        dict.fromkeys(
            _known(name, people) or known_by_name(name)
            for name in names
            if name and name.casefold() != _NOBODY
        )
    )


def _known(name: str, people: Collection[Person]) -> PersonKey | None:
    wanted = name.casefold()
    fitting = {
        person.key
        for person in people
        if wanted
        in {
            each.casefold()
            for each in (person.name, person.shown, person.email, person.handle)
            if each
        }
    }
    return fitting.pop() if len(fitting) == 1 else None
