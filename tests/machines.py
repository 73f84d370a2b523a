"""How far the state machines look, each of whose examples costs as much as many other tests."""

from __future__ import annotations

from hypothesis import settings

_FEW = 100


def machine_settings(*, steps: int) -> settings:
    """Settings for a machine: at each change a third of the usual examples, at night all."""
    usual = settings().max_examples
    return settings(max_examples=usual // 3 if usual <= _FEW else usual, stateful_step_count=steps)
