"""A snapshot and its file: one JSON document with one incident a line.

Reading is strict about what is there, and tolerant of what was added since.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import Field, Strict, ValidationError

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.facts.documents import misread, read_object
from dd_incident_roles.facts.redaction import fields_to_keep, left_out, redact
from dd_incident_roles.facts.snapshot import Snapshot
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import NotEvaluated
from dd_incident_roles.report.documents import Gap, JsonValue, instant, json_line
from dd_incident_roles.report.documents.snapshot import Head, Incident
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.roles.conditions import FieldIs
from dd_incident_roles.values import frozen

_SCHEMA: Final = "dd-incident-roles/snapshot/"
"""How the name of the schema begins; the version of the format follows."""

_FORMAT: Final = 1
"""The version of the format that is written and read here."""

_PROGRAM: Final = "dd-incident-roles "
"""What comes before the version of the program that made a snapshot."""

_MOST_DAYS = 100_000
_INCIDENT = frozenset({"public_id", "holdings", "observations"})
"""Members by which an incident is known before it is known where in the file it is."""

_HINT = "Make one with: dd-incident-roles snapshot --output FILE"


class _Rest(Head):
    """Everything in the file but the incidents, which are read while the file is decoded.

    A file of an earlier version does not say how far back it reaches.
    """

    closed_within_days: Annotated[int, Strict(), Field(gt=0, lt=_MOST_DAYS)] | None = None
    incidents: list[Any]
    not_evaluated: list[Gap]


def load_snapshot(
    read: Callable[[], bytes], *, file: str, catalogue: Catalogue, shows_private: bool
) -> Snapshot:
    """Read a snapshot, to be judged by a catalogue as the policy has it.

    ``read`` gives its content, which is kept no longer than until it is decoded.

    A redacted incident lacks property fields that nobody asked about when it was written; where
    the catalogue asks about one, that incident is also among what could not be read. Raises
    ConfigurationError that names the file, the place in it and the value.
    """

    def early(value: dict[str, object]) -> object:
        # An incident is restored as soon as it is decoded, lest all be in memory twice. Whether the
        # file is a snapshot at all may turn out later, and is said first: what is wrong with an
        # incident is only kept.
        is_incident = "holdings" in value and value.keys() >= _INCIDENT
        return _restored(value, catalogue, shows_private) if is_incident else value

    whole = read_object(read(), file=file, hint=_HINT, each=early)
    _expect_our_format(whole.get("schema"), file)
    try:
        rest = _Rest.model_validate(whole)
    except ValidationError as error:
        raise misread(error, file=file, hint=_HINT) from None
    found: list[_Restored] = []
    for number, each in enumerate(rest.incidents):
        is_read = isinstance(each, _Restored | ValidationError)
        row = each if is_read else _restored(each, catalogue, shows_private)
        if isinstance(row, ValidationError):
            raise misread(row, file=file, hint=_HINT, within=("incidents", number))
        found.append(row)
    incidents = tuple(row.facts for row in found)
    _expect_each_once(incidents, file)
    kept = [FieldIs(name=each.name, values=each.values) for each in rest.kept_fields]
    missing = left_out(fields_to_keep(catalogue), kept)
    gaps = [NotEvaluated(incident=gap.incident, reason=gap.reason) for gap in rest.not_evaluated]
    return Snapshot(
        taken_at=rest.taken_at,
        described=rest.described,
        version=rest.made_by.removeprefix(_PROGRAM),
        incidents=incidents,
        unread=(*gaps, *_lacking(found, missing)),
        is_whole=rest.is_whole,
        closed_within=_closed_within(rest, incidents),
    )


@frozen
class _Restored:
    facts: Facts
    is_redacted: bool


def _restored(
    value: object, catalogue: Catalogue, shows_private: bool
) -> _Restored | ValidationError:
    try:
        row = Incident.model_validate(value)
    except ValidationError as error:
        return error
    facts = row.restore(catalogue=catalogue, shows_private=shows_private)
    return _Restored(facts=facts, is_redacted=row.redacted)


def _closed_within(rest: _Rest, incidents: Sequence[Facts]) -> timedelta | None:
    """How far back it reaches; a file without the key is judged by what is in it."""
    if rest.closed_within_days is not None:
        return timedelta(days=rest.closed_within_days)
    older = "closed_within_days" not in rest.model_fields_set
    are_closed = bool(incidents) and not any(each.incident.is_open for each in incidents)
    return timedelta.max if older and are_closed else None


def _expect_our_format(schema: object, file: str) -> None:
    if schema == f"{_SCHEMA}{_FORMAT}":
        return
    found = schema if isinstance(schema, str) else None
    version = (found or "").removeprefix(_SCHEMA)
    if found and found != version and version.isdecimal() and int(version) > _FORMAT:
        problem = f"was made by a newer version; this version reads {_SCHEMA}{_FORMAT}"
        hint = f"Upgrade dd-incident-roles, or make the snapshot with this version. {_HINT}"
        raise ConfigurationError(problem, file=file, key="schema", value=found, hint=hint)
    problem = f"is not a snapshot, which has {_SCHEMA}{_FORMAT} here"
    raise ConfigurationError(problem, file=file, key="schema", value=found, hint=_HINT)


def _expect_each_once(incidents: Sequence[Facts], file: str) -> None:
    places: dict[str, int] = {}
    for place, each in enumerate(incidents):
        first = places.setdefault(each.incident.id, place)
        if first != place:
            raise ConfigurationError(
                f"is already the id of incidents[{first}]",
                file=file,
                key=f"incidents[{place}].id",
                value=each.incident.id,
                hint=_HINT,
            )


def _lacking(found: Iterable[_Restored], missing: Sequence[str]) -> Iterator[NotEvaluated]:
    for row in found:
        incident = row.facts.incident
        if missing and row.is_redacted and not incident.is_test:
            reason = (
                f"the catalogue has a condition on the field {', '.join(missing)}, which this "
                "snapshot leaves out of private incidents; make a new snapshot with this "
                "catalogue"
            )
            yield NotEvaluated(incident=incident.public_id, reason=reason)


def write_snapshot(snapshot: Snapshot, *, kept_fields: Collection[FieldIs] = ()) -> Iterator[str]:
    """The text of a snapshot file, piece by piece; the same snapshot gives the same text.

    Private incidents are redacted, and keep of their property fields only values that one of
    ``kept_fields`` fits. Everything beyond ASCII is escaped, and so is what begins a command in a
    CI log.
    """
    yield "{\n"
    for name, value in _head(snapshot, kept_fields).items():
        yield f'"{name}": {json_line(value)},\n'
    yield '"incidents": ['
    yield from _lines(_row(redact(facts, kept_fields)) for facts in snapshot.incidents)
    yield '],\n"not_evaluated": ['
    yield from _lines({"incident": gap.incident, "reason": gap.reason} for gap in snapshot.unread)
    yield "]\n}\n"


def _row(facts: Facts) -> JsonValue:
    # Pydantic's own mode for JSON would spoil a key with half of a surrogate pair in it.
    return Incident.model_validate(facts).model_dump(by_alias=True)


def _head(snapshot: Snapshot, kept_fields: Collection[FieldIs]) -> dict[str, JsonValue]:
    return {
        "schema": f"{_SCHEMA}{_FORMAT}",
        "taken_at": instant(snapshot.taken_at),
        "made_by": f"{_PROGRAM}{snapshot.version}",
        "described": snapshot.described,
        "is_whole": snapshot.is_whole,
        "closed_within_days": snapshot.closed_within.days if snapshot.closed_within else None,
        "kept_fields": [{"name": each.name, "values": each.values} for each in kept_fields],
    }


def _lines(rows: Iterator[JsonValue]) -> Iterator[str]:
    before = "\n"
    for row in rows:
        yield f"{before}{json_line(row)}"
        before = ",\n"
    if before != "\n":
        yield "\n"
