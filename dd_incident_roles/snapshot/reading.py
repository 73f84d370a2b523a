"""A snapshot from its file: strict about what is there, and tolerant of what was added since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import NotEvaluated
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.roles.conditions import FieldIs
from dd_incident_roles.snapshot.asked_fields import asked_fields, left_out
from dd_incident_roles.snapshot.facts_reading import facts
from dd_incident_roles.snapshot.json_parts import (
    Misread,
    Row,
    flag,
    listed,
    moment,
    read_object,
    row,
    text,
)
from dd_incident_roles.snapshot.snapshot import FORMAT, PROGRAM, SCHEMA, Snapshot

_MOST_DAYS = 100_000
_HINT = "Make one with: dd-incident-roles snapshot --output FILE"


class _Found(NamedTuple):
    facts: Facts
    is_redacted: bool


def read_snapshot(
    content: bytes, *, file: str, catalogue: Catalogue, shows_private: bool
) -> Snapshot:
    """Read a snapshot, to be judged by a catalogue as the policy has it.

    A redacted incident lacks property fields that nobody asked about when it was written; where
    the catalogue asks about one, that incident is also among what could not be read. Raises
    ConfigurationError that names the file, the place in it and the value.
    """

    def early(value: object) -> _Found | Misread:
        # Whether the file is a snapshot at all may turn out later, and is said first.
        try:
            told = facts(value, catalogue=catalogue, shows_private=shows_private)
            return _Found(told, is_redacted=flag(row(value), "redacted"))
        except Misread as misread:
            return misread

    whole = read_object(content, file=file, hint=_HINT, each_read={"incidents": early})
    _expect_our_format(whole.get("schema"), file)
    try:
        return _snapshot(whole, catalogue)
    except Misread as misread:
        raise misread.in_file(file, hint=_HINT) from None


def _expect_our_format(schema: object, file: str) -> None:
    if schema == f"{SCHEMA}{FORMAT}":
        return
    found = schema if isinstance(schema, str) else None
    version = (found or "").removeprefix(SCHEMA)
    if found and found != version and version.isdecimal() and int(version) > FORMAT:
        problem = f"was made by a newer version; this one reads {SCHEMA}{FORMAT}"
        hint = f"Upgrade dd-incident-roles, or make the snapshot with this version. {_HINT}"
        raise ConfigurationError(problem, file=file, key="schema", value=found, hint=hint)
    problem = f"is no snapshot, which has {SCHEMA}{FORMAT} here"
    raise ConfigurationError(problem, file=file, key="schema", value=found, hint=_HINT)


def _snapshot(whole: Row, catalogue: Catalogue) -> Snapshot:
    found = listed(whole, "incidents", _found)
    incidents = tuple(each.facts for each in found)
    _expect_each_once(incidents)
    missing = left_out(asked_fields(catalogue), listed(whole, "kept_fields", _kept_field))
    return Snapshot(
        taken_at=moment(whole, "taken_at"),
        described=text(whole, "described"),
        version=text(whole, "made_by").removeprefix(PROGRAM),
        incidents=incidents,
        unread=(*listed(whole, "not_evaluated", _gap), *_lacking(found, missing)),
        is_whole=flag(whole, "is_whole"),
        closed_within=_closed_within(whole, incidents),
    )


def _closed_within(whole: Row, incidents: Sequence[Facts]) -> timedelta | None:
    """How far back it reaches; a file without the key is judged by what is in it."""
    days = whole.get("closed_within_days")
    if days is None:
        older = "closed_within_days" not in whole
        return timedelta.max if older and _are_closed(incidents) else None
    if isinstance(days, bool) or not isinstance(days, int) or not 0 < days < _MOST_DAYS:
        raise Misread("must be a number of days or null", "closed_within_days", days)
    return timedelta(days=days)


def _are_closed(incidents: Sequence[Facts]) -> bool:
    return bool(incidents) and not any(each.incident.is_open for each in incidents)


def _found(early: object) -> _Found:
    match early:
        case _Found():
            return early
        case Misread():
            raise early
        case _:
            raise Misread("must be an object", "", early)


def _expect_each_once(incidents: Sequence[Facts]) -> None:
    places: dict[str, int] = {}
    for place, each in enumerate(incidents):
        first = places.setdefault(each.incident.id, place)
        if first != place:
            problem = f"is the id of incidents[{first}] already"
            raise Misread(problem, f"incidents[{place}].id", each.incident.id)


def _lacking(found: Iterable[_Found], missing: Sequence[str]) -> Iterator[NotEvaluated]:
    for each in found:
        incident = each.facts.incident
        if missing and each.is_redacted and not incident.is_test:
            reason = (
                f"the catalogue asks about the field {', '.join(missing)}, of which the snapshot "
                "does not tell enough in private incidents; make it anew with this catalogue"
            )
            yield NotEvaluated(incident=incident.public_id, reason=reason)


def _kept_field(value: object) -> FieldIs:
    part = row(value)
    values = part.get("values")
    if not isinstance(values, list):
        raise Misread("must be a list", "values", values)
    for place, each in enumerate(values):
        if not isinstance(each, str | int | float):
            raise Misread("must be a text, a number, true or false", f"values[{place}]", each)
    return FieldIs(name=text(part, "name"), values=tuple(values))


def _gap(value: object) -> NotEvaluated:
    part = row(value)
    incident = part.get("incident", ())
    if isinstance(incident, bool) or not (incident is None or isinstance(incident, int | str)):
        raise Misread("must be a public id, a text or null", "incident", incident)
    return NotEvaluated(incident=incident, reason=text(part, "reason"))
