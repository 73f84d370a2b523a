"""What an earlier check found, so that a later one fails only on what is new."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ValidationError

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.facts.json_parts import misread, read_object
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED

_SCHEMA: Final = "dd-incident-roles/check/1"
_HINT = (
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
    whole = read_object(content, file=file, hint=_HINT)
    schema = whole.get("schema")
    if schema != _SCHEMA:
        found = schema if isinstance(schema, str) else None
        problem = f"is no report of a check, which has {_SCHEMA} here"
        raise ConfigurationError(problem, file=file, key="schema", value=found, hint=_HINT)
    try:
        known = _Known.model_validate(whole)
    except ValidationError as error:
        raise misread(error, file=file, hint=_HINT) from None
    return frozenset(each.fingerprint for each in known.findings if each.rule != NOT_EVALUATED.id)
