"""One person's share in a role that several may hold: all combinations of three sides."""

from __future__ import annotations

from itertools import product

import pytest

from dd_incident_roles.sync.decide_roles import (
    Local,
    RoleMemberDecision,
    RoleMemberSides,
    decide_role_member,
)

HELD, RELEASED, UNKNOWN = Local.HELD, Local.RELEASED, Local.UNKNOWN
NO, YES = False, True

TABLE = [
    (NO, UNKNOWN, NO, "NO_OP"),
    (NO, RELEASED, NO, "NO_OP"),
    (NO, HELD, NO, "PUSH_GIVE"),
    (NO, UNKNOWN, YES, "PULL_GIVEN"),
    (NO, RELEASED, YES, "PULL_GIVEN"),
    (NO, HELD, YES, "LINK_ONLY"),
    (YES, UNKNOWN, NO, "AWAIT_CONFIRMATION"),
    (YES, RELEASED, NO, "AWAIT_CONFIRMATION"),
    (YES, HELD, NO, "AWAIT_CONFIRMATION"),
    (YES, UNKNOWN, YES, "PULL_GIVEN"),
    (YES, RELEASED, YES, "PUSH_TAKE"),
    (YES, HELD, YES, "NO_OP"),
]


def decided(base: bool, local: Local, remote: bool, *, tried: frozenset[bool] = frozenset()) -> str:
    sides = RoleMemberSides(base=base, local=local, remote=remote, attempted=tried)
    return decide_role_member(sides).name


@pytest.mark.parametrize(("base", "local", "remote", "expected"), TABLE)
def test_table(base: bool, local: Local, remote: bool, expected: str) -> None:
    """Each of the twelve combinations decides what the table says."""
    assert decided(base, local, remote) == expected


def test_the_table_is_whole() -> None:
    """No combination of the three sides is left out of the table above."""
    assert {row[:3] for row in TABLE} == set(product([NO, YES], Local, [NO, YES]))


@pytest.mark.parametrize("local", Local)
def test_an_absence_is_acted_on_only_when_believed(local: Local) -> None:
    """A holder whom the target lacks is dropped after the second look, and not before."""
    sides = RoleMemberSides(base=YES, local=local, remote=NO, absence_believed=True)
    dropped = RoleMemberDecision.PULL_TAKEN if local is HELD else RoleMemberDecision.FORGET
    assert decide_role_member(sides) is dropped


@pytest.mark.parametrize("local", Local)
def test_an_old_listing_brings_nobody_back(local: Local) -> None:
    """Somebody whom the target lost a moment ago is not taken over from a listing made before."""
    sides = RoleMemberSides(base=NO, local=local, remote=YES, former=True)
    kept = RoleMemberDecision.PUSH_GIVE if local is HELD else RoleMemberDecision.STALE_READ
    assert decide_role_member(sides) is kept


@pytest.mark.parametrize(
    ("base", "local", "remote", "expected"),
    [
        pytest.param(NO, RELEASED, YES, "PUSH_TAKE", id="given, taken back before we heard"),
        pytest.param(YES, HELD, NO, "PUSH_GIVE", id="taken, given again before we heard"),
        pytest.param(NO, HELD, YES, "LINK_ONLY", id="given here, heard only now"),
        pytest.param(YES, RELEASED, NO, "AWAIT_CONFIRMATION", id="taken here, heard only now"),
    ],
)
def test_our_own_write_is_known_again(
    base: bool, local: Local, remote: bool, expected: str
) -> None:
    """A write of ours whose answer was lost is never mistaken for somebody else's."""
    assert decided(base, local, remote, tried=frozenset({remote})) == expected


@pytest.mark.parametrize(
    ("shown", "local", "tidied"), [(NO, RELEASED, "FORGET"), (YES, HELD, "LINK_ONLY")]
)
def test_an_attempt_that_is_still_noted_is_cleared_up(
    shown: bool, local: Local, tidied: str
) -> None:
    """Where both sides agree, a leftover attempt leads to the record being tidied."""
    assert decided(shown, local, shown, tried=frozenset({not shown})) == tidied
