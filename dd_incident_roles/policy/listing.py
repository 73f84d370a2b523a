"""People and names in a row, as a sentence lists them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dd_incident_roles.model import Person
from dd_incident_roles.policy.facts import Facts


def listed(words: Iterable[str]) -> str:
    """Words in their order, such as ``Ada, Bo and Cai``."""
    *rest, last = words
    return f"{', '.join(rest)} and {last}" if rest else last


def people(facts: Facts, persons: Sequence[Person]) -> str:
    """Who it is, at the beginning of a sentence; only how many in a redacted incident."""
    if facts.is_redacted:
        return "Somebody" if len(persons) == 1 else f"{len(persons)} people"
    return listed(facts.named(person) for person in persons)
