"""What our entries say for programs: a line in the footer, read back by every record.

Streams, handoffs, corrections and devised roles exist in no field of Datadog. Each change of them
is an entry, and the entry's footer holds what another record needs to know it too. The line is a
statement and not a permission: it never outranks what Datadog shows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import unescape
from typing import assert_never
from urllib.parse import quote, unquote

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import EntryKey, IncidentId, PersonKey, RoleKey
from dd_incident_roles.places import TARGETS, parse_place
from dd_incident_roles.roles.ledger import (
    Correct,
    Correction,
    Decide,
    Devise,
    DevisedRole,
    Handoff,
    HandoffOutcome,
    Locate,
    PlaceLink,
    Propose,
    Statement,
)
from dd_incident_roles.values import frozen

VERSION = "v1"
"""The form of the line; a line of another version is a plain note to this program."""

_NOBODY = "nobody"
_PLAIN = "@._:+-"
"""What a word may hold as it is: no renderer of Markdown changes any of it inside a word."""


@frozen
class RoleHolder:
    """A person in a role, or in one of its streams."""

    person: PersonKey
    stream: str | None


@frozen
class RoleChanged:
    """That a role was given or taken: who has it now, and who gave it up.

    ``interval`` is the id of the interval that began, None where nobody was given the role.
    ``handoff`` is the handoff that the change answers.
    """

    role: RoleKey
    stream: str | None
    at: datetime
    by: str
    interval: str | None = None
    person: PersonKey | None = None
    ended: tuple[RoleHolder, ...] = ()
    handoff: str | None = None


EntryStatement = RoleChanged | Statement
"""What one entry says for programs."""


def write_line(said: EntryStatement, key: EntryKey, incident: IncidentId) -> str:
    """The line of a footer: readable, without line breaks, with a check of its letters."""
    line = ", ".join(_clauses(said))
    return f"{line}, {VERSION}.{_check(line, key, incident)}"


def read_line(line: str, key: EntryKey, text: str, incident: IncidentId) -> EntryStatement | None:
    """What a line says; None if it was edited, cut, moved here, or is of another version.

    ``key`` is the one in the same footer, and ``text`` the entry above it, which has the reason of
    a correction and the note of a handoff.
    """
    plain = _without_markdown(line)
    said, _, end = plain.rpartition(", ")
    version, _, check = end.partition(".")
    if version != VERSION or check != _check(said, key, incident):
        return None
    head, *rest = said.split(", ")
    clauses = tuple((name, value) for name, _, value in (each.partition(" ") for each in rest))
    try:
        found = _read_statement(head, _Clauses(clauses), key, text)
        return found if found and _lasts(found) else None
    except (KeyError, ValueError):
        # The check fits, so a program wrote it: one that knows more than this one.
        return None


def people_in(said: EntryStatement) -> frozenset[PersonKey]:
    """Everybody whom a statement names."""
    named: tuple[PersonKey | None, ...]
    match said:
        case RoleChanged():
            named = (said.person, *(each.person for each in said.ended))
        case Propose(handoff=handoff):
            named = (handoff.giver, handoff.receiver)
        case Devise(role=role):
            named = role.may_hold
        case Correct(correction=correction):
            named = (correction.person,)
        case Decide() | Locate():
            named = ()
        case _:
            assert_never(said)
    return frozenset(each for each in named if each)


def _clauses(said: EntryStatement) -> Iterator[str]:
    """The line in parts: first what it is about, then each thing under its name."""
    match said:
        case RoleChanged():
            holder = f" = {_word(said.person)}" if said.person else ""
            yield f"{_line_of(said.role, said.stream)}{holder}"
            for each in said.ended:
                # A stream is named only where it is another than that of the whole line.
                where = "" if each.stream == said.stream else f"/{_word(each.stream or '')}"
                yield f"not {_word(each.person)}{where}"
            if said.handoff:
                yield f"answers {_word(said.handoff)}"
            yield from _signed(said.by, said.at)
        case Propose(handoff=handoff):
            yield f"{_line_of(handoff.role, handoff.stream)} asks {_word(handoff.receiver)}"
            if handoff.giver:
                yield f"from {_word(handoff.giver)}"
            yield f"until {_time(handoff.expires)}"
            yield from _signed(handoff.proposed_by, handoff.proposed)
        case Decide():
            yield f"handoff {_word(said.handoff_id)} {said.outcome}"
            yield from _signed(said.by, said.at)
        case Devise(role=role):
            yield f"role {_word(role.key)} titled {_word(role.title)}"
            yield f"holders {'one' if role.is_single else 'many'}"
            for person in role.may_hold:
                yield f"may {_word(person)}"
            if role.summary:
                yield f"summary {_word(role.summary)}"
            if role.until:
                yield f"until {_time(role.until)}"
            yield from _signed(role.devised_by, role.devised)
        case Correct(correction=past):
            who = _word(past.person) if past.person else _NOBODY
            yield f"{_line_of(past.role, past.stream)} was {who}"
            yield f"from {_time(past.since)}"
            yield f"until {_time(past.until)}"
            yield from _signed(past.set_by, past.recorded)
        case Locate(place=place):
            yield f"shown in {_word(place.target)}"
            known = {"place": place.where, "url": place.url}
            yield from (f"{name} {_word(value)}" for name, value in known.items() if value)
            yield from _signed(place.stated_by, place.stated)


def _signed(by: str, at: datetime) -> Iterator[str]:
    yield f"by {_word(by)}"
    yield f"at {_time(at)}"


@frozen(kw_only=False)
class _Clauses:
    """The named parts of a line; to ask for one that is not there raises KeyError."""

    found: Sequence[tuple[str, str]]

    def every(self, name: str) -> tuple[str, ...]:
        """The values of all parts of a name."""
        return tuple(value for each, value in self.found if each == name)

    def maybe(self, name: str) -> str | None:
        """The value of a part that a line can lack."""
        values = self.every(name)
        return unquote(values[0]) if values else None

    def text(self, name: str) -> str:
        """The value of a part that every line has."""
        value = self.maybe(name)
        if value is None:
            raise KeyError(name)
        return value

    def time(self, name: str) -> datetime:
        """A time; raises ValueError where it is none."""
        return datetime.strptime(self.text(name), _FORMAT).replace(tzinfo=UTC)


def _read_statement(
    head: str, clauses: _Clauses, key: EntryKey, text: str
) -> EntryStatement | None:
    by, at = clauses.text("by"), clauses.time("at")
    match head.split(" "):
        case ["handoff", handoff, outcome]:
            return Decide(
                handoff_id=unquote(handoff), outcome=HandoffOutcome(outcome), at=at, by=by
            )
        case ["role", role, "titled", title]:
            return Devise(
                role=DevisedRole(
                    key=RoleKey(unquote(role)),
                    title=unquote(title),
                    is_single={"one": True, "many": False}[clauses.text("holders")],
                    devised=at,
                    devised_by=by,
                    summary=clauses.maybe("summary") or "",
                    may_hold=tuple(PersonKey(unquote(each)) for each in clauses.every("may")),
                    until=clauses.time("until") if clauses.maybe("until") else None,
                )
            )
        case ["shown", "in", target]:
            if not _is_place(unquote(target), clauses.maybe("place")):
                return None
            return Locate(
                place=PlaceLink(
                    target=unquote(target),
                    where=clauses.maybe("place"),
                    url=clauses.maybe("url"),
                    stated=at,
                    stated_by=by,
                )
            )
        case [line, "asks", receiver]:
            role, stream = _role_and_stream(line)
            giver = clauses.maybe("from")
            return Propose(
                handoff=Handoff(
                    id=key.removeprefix("handoff-"),
                    role=role,
                    stream=stream,
                    giver=PersonKey(giver) if giver else None,
                    receiver=PersonKey(unquote(receiver)),
                    proposed=at,
                    proposed_by=by,
                    expires=clauses.time("until"),
                    # The text of a proposal ends with its note, for which the line has no room.
                    note=text.partition("\n\nNote: ")[2].strip() or None,
                )
            )
        case [line, "was", person]:
            role, stream = _role_and_stream(line)
            return Correct(
                correction=Correction(
                    id=key.removeprefix("correction-"),
                    role=role,
                    stream=stream,
                    person=None if person == _NOBODY else PersonKey(unquote(person)),
                    since=clauses.time("from"),
                    until=clauses.time("until"),
                    # The text of a correction ends with its reason, after the time of its end.
                    reason=text.partition(" UTC: ")[2].strip(),
                    set_by=by,
                    recorded=at,
                )
            )
        case [line, "=", person]:
            return _role_changed(line, unquote(person), clauses, key)
        case [line]:
            return _role_changed(line, None, clauses, key)
        case _:
            return None


def _is_place(target: str, where: str | None) -> bool:
    """Whether a place is written as we write it, and is in that system."""
    if where is None:
        return target in TARGETS
    try:
        place = parse_place(where, {})
    except UsageError:
        return False
    return (place.target, place.text) == (target, where)


def _lasts(said: EntryStatement) -> bool:
    """Whether what has an end ends after it begins, as every record demands."""
    match said:
        case Propose(handoff=handoff):
            return handoff.proposed < handoff.expires
        case Correct(correction=correction):
            return correction.since < correction.until
        case _:
            return True


def _role_changed(line: str, person: str | None, clauses: _Clauses, key: EntryKey) -> RoleChanged:
    role, stream = _role_and_stream(line)
    ended = []
    for each in clauses.every("not"):
        who, slash, where = each.partition("/")
        named = (unquote(where) or None) if slash else stream
        ended.append(RoleHolder(person=PersonKey(unquote(who)), stream=named))
    return RoleChanged(
        role=role,
        stream=stream,
        at=clauses.time("at"),
        by=clauses.text("by"),
        interval=key.removeprefix("role-") if person else None,
        person=PersonKey(person) if person else None,
        ended=tuple(ended),
        handoff=clauses.maybe("answers"),
    )


def _line_of(role: RoleKey, stream: str | None) -> str:
    return f"{_word(role)}/{_word(stream)}" if stream else _word(role)


def _role_and_stream(line: str) -> tuple[RoleKey, str | None]:
    role, _, stream = line.partition("/")
    return RoleKey(unquote(role)), unquote(stream) or None


def _word(text: str) -> str:
    """One word without blanks and commas, from which the text can be had again."""
    # Underscores are never escaped by quote; a person may be called like the word for nobody.
    return "%6Eobody" if text == _NOBODY else quote(text, safe=_PLAIN)


_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


def _time(at: datetime) -> str:
    # To the microsecond: two changes of one role can be made within a second.
    return at.astimezone(UTC).strftime(_FORMAT)


def _check(said: str, key: EntryKey, incident: IncidentId) -> str:
    """A few letters that no longer fit once the line is edited, or moved to another entry."""
    signed = "\x1f".join((VERSION, incident, key, said))
    return hashlib.sha256(signed.encode()).hexdigest()[:8]


_LINKED = re.compile(r"\[([^\]\n]*)\]\([^)\n]*\)")
_AUTOLINK = re.compile(r"<(?:mailto:)?([^<>\s]+)>")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def _without_markdown(line: str) -> str:
    """The line as it was written, whatever an editor of Markdown made of it."""
    plain = _ESCAPED.sub(r"\1", unescape(line))
    return " ".join(_AUTOLINK.sub(r"\1", _LINKED.sub(r"\1", plain)).split())
