"""How far the dearest tests look: a part of it at each change, all of it at night."""

from __future__ import annotations

from hypothesis import settings

_FEW = 100


def looks_far() -> bool:
    """Whether it is night: a sweep then takes every combination, else those that differ most."""
    return settings().max_examples > _FEW


def machine_settings(*, steps: int) -> settings:
    """Settings for a machine: at each change a third of the usual examples, at night all."""
    usual = settings().max_examples
    return settings(max_examples=usual if looks_far() else usual // 3, stateful_step_count=steps)
