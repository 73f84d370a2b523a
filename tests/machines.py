"""How far the dearest tests look: a part of it at each change, all of it at night."""

from __future__ import annotations

from typing import Any
from unittest import TestCase

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine

_FEW = 100


def looks_far() -> bool:
    """Whether it is night: a sweep then takes every combination, else those that differ most."""
    return settings().max_examples > _FEW


def machine_settings(*, steps: int) -> settings:
    """Settings for a machine: at each change a third of the usual examples, at night all."""
    usual = settings().max_examples
    return settings(max_examples=usual if looks_far() else usual // 3, stateful_step_count=steps)


_IN_POSTGRESQL = 3


def in_postgresql(machine: type[RuleBasedStateMachine], *, steps: int) -> type[TestCase]:
    """The test of a machine whose records are in PostgreSQL, which is what is new about it.

    It looks less far than the same machine with files, but for the night.
    """
    # A class of its own, since there is one test for each.
    its_own: Any = type(f"{machine.__name__}InPostgresql", (machine,), {})
    case = its_own.TestCase
    usual = settings().max_examples
    case.settings = settings(
        max_examples=usual // 10 if looks_far() else _IN_POSTGRESQL, stateful_step_count=steps
    )
    tested: type[TestCase] = pytest.mark.usefixtures("in_postgresql")(case)
    return tested
