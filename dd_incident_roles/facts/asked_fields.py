"""Which property fields decide anything: those that a condition looks at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from dd_incident_roles.model import FieldValue
from dd_incident_roles.policy.policy import Waiver
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.roles.conditions import Condition, ConditionFacts, FieldIs, matches

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def asked_fields(catalogue: Catalogue, waivers: Iterable[Waiver] = ()) -> tuple[FieldIs, ...]:
    """Every test of a field, in the requirements and exclusions of a catalogue and in waivers."""
    found: list[FieldIs] = []
    for condition in _conditions(catalogue, waivers):
        tests = (test for test in condition.tests if isinstance(test, FieldIs))
        found.extend(test for test in tests if _pairs([test]) - _pairs(found))
    return tuple(found)


def left_out(asked: Iterable[FieldIs], kept: Iterable[FieldIs]) -> tuple[str, ...]:
    """The names of the fields with a value that is asked about and was not kept."""
    return tuple(sorted({name for name, _, _ in _pairs(asked) - _pairs(kept)}))


def only_asked(
    fields: Mapping[str, FieldValue], kept: Iterable[FieldIs]
) -> Mapping[str, FieldValue]:
    """The fields without any value that no test fits, so that every test comes out the same."""
    tests = tuple(kept)
    found: dict[str, FieldValue] = {}
    for name, value in fields.items():
        match value:
            case tuple():
                parts = tuple(part for part in value if _is_asked(name, part, tests))
                if parts:
                    found[name] = parts
            case _ if _is_asked(name, value, tests):
                found[name] = value
            case _:
                pass
    return found


def _is_asked(name: str, value: FieldValue, tests: Iterable[FieldIs]) -> bool:
    facts = ConditionFacts(
        severity="",
        state="",
        customer_impacted=False,
        declared=_ANY_TIME,
        fields={name: value},
    )
    return any(matches(Condition(tests=(test,)), facts, _ANY_TIME) for test in tests)


def _conditions(catalogue: Catalogue, waivers: Iterable[Waiver]) -> Iterator[Condition]:
    for role in catalogue.roles:
        yield from (requirement.when for requirement in role.required)
        yield from (exclusion.when for exclusion in role.excludes)
    yield from (waiver.when for waiver in waivers)


def _pairs(tests: Iterable[FieldIs]) -> set[tuple[str, type, object]]:
    # With the type, since 1 and true are equal in Python, and ask about different things.
    return {(test.name, type(value), value) for test in tests for value in test.values}
