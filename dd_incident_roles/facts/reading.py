"""A snapshot from its file: strict about what is there, and tolerant of what was added since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field, Strict, ValidationError

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.facts.asked_fields import asked_fields, left_out
from dd_incident_roles.facts.json_parts import misread, read_object
from dd_incident_roles.facts.snapshot import FORMAT, PROGRAM, SCHEMA, Snapshot
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import NotEvaluated
from dd_incident_roles.report.documents.parts import Gap
from dd_incident_roles.report.documents.snapshot import Head, Incident
from dd_incident_roles.roles.catalogue import Catalogue

_MOST_DAYS = 100_000
_HINT = "Make one with: dd-incident-roles snapshot --output FILE"


class _Rest(Head):
    """What stands beside the incidents, each of which is read while the file is decoded.

    A file of an earlier version does not say how far back it reaches.
    """

    closed_within_days: Annotated[int, Strict(), Field(gt=0, lt=_MOST_DAYS)] | None = None
    incidents: list[Any]
    not_evaluated: list[Gap]


def read_snapshot(
    content: bytes, *, file: str, catalogue: Catalogue, shows_private: bool
) -> Snapshot:
    """Read a snapshot, to be judged by a catalogue as the policy has it.

    A redacted incident lacks property fields that nobody asked about when it was written; where
    the catalogue asks about one, that incident is also among what could not be read. Raises
    ConfigurationError that names the file, the place in it and the value.
    """

    def early(value: object) -> tuple[Facts, bool] | ValidationError:
        # Whether the file is a snapshot at all may turn out later, and is said first.
        try:
            row = Incident.model_validate(value)
        except ValidationError as error:
            return error
        return row.restore(catalogue=catalogue, shows_private=shows_private), row.redacted

    whole = read_object(content, file=file, hint=_HINT, each_read={"incidents": early})
    _expect_our_format(whole.get("schema"), file)
    try:
        rest = _Rest.model_validate(whole)
    except ValidationError as error:
        raise misread(error, file=file, hint=_HINT) from None
    found: list[tuple[Facts, bool]] = []
    for number, each in enumerate(rest.incidents):
        if isinstance(each, ValidationError):
            raise misread(each, file=file, hint=_HINT, within=("incidents", number)) from None
        found.append(each)
    incidents = tuple(facts for facts, _ in found)
    _expect_each_once(incidents, file)
    missing = left_out(asked_fields(catalogue), [each.restore() for each in rest.kept_fields])
    gaps = [NotEvaluated(incident=gap.incident, reason=gap.reason) for gap in rest.not_evaluated]
    return Snapshot(
        taken_at=rest.taken_at,
        described=rest.described,
        version=rest.made_by.removeprefix(PROGRAM),
        incidents=incidents,
        unread=(*gaps, *_lacking(found, missing)),
        is_whole=rest.is_whole,
        closed_within=_closed_within(rest, incidents),
    )


def _closed_within(rest: _Rest, incidents: Sequence[Facts]) -> timedelta | None:
    """How far back it reaches; a file without the key is judged by what is in it."""
    if rest.closed_within_days is not None:
        return timedelta(days=rest.closed_within_days)
    older = "closed_within_days" not in rest.model_fields_set
    are_closed = bool(incidents) and not any(each.incident.is_open for each in incidents)
    return timedelta.max if older and are_closed else None


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


def _expect_each_once(incidents: Sequence[Facts], file: str) -> None:
    places: dict[str, int] = {}
    for place, each in enumerate(incidents):
        first = places.setdefault(each.incident.id, place)
        if first != place:
            raise ConfigurationError(
                f"is the id of incidents[{first}] already",
                file=file,
                key=f"incidents[{place}].id",
                value=each.incident.id,
                hint=_HINT,
            )


def _lacking(found: Iterable[tuple[Facts, bool]], missing: Sequence[str]) -> Iterator[NotEvaluated]:
    for facts, is_redacted in found:
        incident = facts.incident
        if missing and is_redacted and not incident.is_test:
            reason = (
                f"the catalogue asks about the field {', '.join(missing)}, of which the snapshot "
                "does not tell enough in private incidents; make it anew with this catalogue"
            )
            yield NotEvaluated(incident=incident.public_id, reason=reason)
