"""Files that the program wrote: a snapshot, one incident a line, and the report of a check.

Reading is strict about what is there, and tolerant of what was added since; errors name the place
and the value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field, Strict, ValidationError

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.facts.redaction import fields_to_keep, left_out, redact
from dd_incident_roles.facts.snapshot import Snapshot
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.policy import NotEvaluated
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.report.documents import Gap, JsonValue, instant, json_line
from dd_incident_roles.report.documents.snapshot import Head, Incident
from dd_incident_roles.roles.catalogue import Catalogue, FieldIs
from dd_incident_roles.values import frozen
from dd_incident_roles.words import shorten

_LONGEST_SHOWN = 60
_MUST: Final = MappingProxyType(
    {
        "missing": "is missing",
        "string_type": "must be text",
        "int_type": "must be a whole number",
        "greater_than_equal": "must be a whole number",
        "bool_type": "must be true or false",
        "list_type": "must be a list",
        "tuple_type": "must be a list",
        "frozen_set_type": "must be a list",
        "dict_type": "must be an object",
        "mapping_type": "must be an object",
        "model_type": "must be an object",
        "dataclass_type": "must be an object",
        "model_attributes_type": "must be an object",
        "union_tag_invalid": 'must be a word or {"not_read": REASON}',
    }
)
"""The words for each kind of validation error."""

_FOUND: Final[Mapping[type, str]] = MappingProxyType(
    {type(None): ", but is null", dict: ", but is an object", list: ", but is a list"}
)
"""What is added for a value that a message cannot show."""

_ALTERNATIVES: Final = frozenset({"bool", "int", "float", "str"})
"""What the place of an error ends with where a part could have been one of several kinds."""

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


def _read_object(
    content: bytes,
    *,
    file: str,
    hint: str,
    each: Callable[[dict[str, object]], object] | None = None,
) -> Mapping[str, object]:
    """The JSON object that a file holds; raises ConfigurationError where it holds none.

    ``each`` gives what is kept of an object within it, as soon as that is decoded.
    """
    try:
        # As json.loads does it, which would keep the bytes beside the text.
        text = content.decode(json.detect_encoding(content), "surrogatepass")
        del content
        found = json.loads(text, object_hook=each)
    except UnicodeDecodeError:
        raise ConfigurationError("is not UTF-8 text", file=file, hint=hint) from None
    except RecursionError:
        raise ConfigurationError(
            "is not valid JSON: it is nested too deeply", file=file, hint=hint
        ) from None
    except ValueError as error:
        raise ConfigurationError(f"is not valid JSON: {error}", file=file, hint=hint) from None
    if not isinstance(found, Mapping):
        raise ConfigurationError("is not a JSON object", file=file, hint=hint)
    return found


def _misread(
    error: ValidationError, *, file: str, hint: str, within: Sequence[str | int] = ()
) -> ConfigurationError:
    """The first thing that validation found wrong, with the file, the place and the value."""
    # One at a time: the next ones are often the same mistake seen from another alternative.
    first = error.errors(include_url=False)[0]
    place = [*within, *first["loc"]]
    while place and place[-1] in _ALTERNATIVES:
        place.pop()
    problem, value = first["msg"], first["input"]
    if first["type"] == "enum":
        known = str(first["ctx"]["expected"]).replace(" or ", ", ").replace("'", "")
        problem = f"must be one of {known}"
    elif first["type"] == "missing":
        problem, value = "is missing", None
    elif first["type"] in _MUST:
        problem = f"{_MUST[first['type']]}{_FOUND.get(type(value), '')}"
    return ConfigurationError(
        problem, file=file, key=_path(place) or None, value=_shown(value), hint=hint
    )


def _path(place: Sequence[str | int]) -> str:
    """The place as people write it; the names of alternatives, in brackets, are left out."""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        elif not step.startswith("("):
            text += f".{step}" if text else step
    return text


def _shown(value: object) -> object:
    """The value in a message, short; what has parts is not shown."""
    if isinstance(value, str):
        return shorten(value, _LONGEST_SHOWN + 1)
    return value if isinstance(value, int | float) else None


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

    whole = _read_object(read(), file=file, hint=_HINT, each=early)
    _expect_our_format(whole.get("schema"), file)
    try:
        rest = _Rest.model_validate(whole)
    except ValidationError as error:
        raise _misread(error, file=file, hint=_HINT) from None
    found: list[_Restored] = []
    for number, each in enumerate(rest.incidents):
        is_read = isinstance(each, _Restored | ValidationError)
        row = each if is_read else _restored(each, catalogue, shows_private)
        if isinstance(row, ValidationError):
            raise _misread(row, file=file, hint=_HINT, within=("incidents", number))
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


_BASELINE_SCHEMA: Final = "dd-incident-roles/check/1"
_BASELINE_HINT = (
    "Make one with: dd-incident-roles check --format json --output baseline.json --fail-on never"
)


class _KnownFinding(BaseModel):
    rule: str
    fingerprint: str


class _Known(BaseModel):
    findings: list[_KnownFinding]


def read_baseline(content: bytes, *, file: str) -> frozenset[str]:
    """The fingerprints of all findings in a document of ``check --format json``.

    Waived findings are known too, so that nothing comes as new when a waiver ends. An incident that
    was not checked in full (IR099) is never known, since what is wrong with it nobody saw. Raises
    ConfigurationError that names the file, the place in it and the value.
    """
    whole = _read_object(content, file=file, hint=_BASELINE_HINT)
    schema = whole.get("schema")
    if schema != _BASELINE_SCHEMA:
        found = schema if isinstance(schema, str) else None
        problem = f"is not a report of check, which has {_BASELINE_SCHEMA} here"
        raise ConfigurationError(problem, file=file, key="schema", value=found, hint=_BASELINE_HINT)
    try:
        known = _Known.model_validate(whole)
    except ValidationError as error:
        raise _misread(error, file=file, hint=_BASELINE_HINT) from None
    return frozenset(each.fingerprint for each in known.findings if each.rule != NOT_EVALUATED.id)
