"""A rule as a value: what it is called, why it matters, and the function that decides it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import Breach
from dd_incident_roles.roles.catalogue import Level

Evaluation = Callable[[Facts, datetime], Iterator[Breach]]
"""Pure: the breaches in an open incident at an instant; raises FactsMissing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that a check demands of every open incident; its id never changes its meaning."""

    id: str
    name: str
    title: str
    why: str
    looks_at: str
    how_to_fix: str
    default_level: Level
    evaluate: Evaluation
