"""One person's share in a role that several may hold: all combinations of three sides."""

from __future__ import annotations

from itertools import product

import pytest

from dd_incident_roles.sync.decide_membership import (
    Local,
    MembershipDecision,
    MembershipSides,
    decide_membership,
)

HELD, RELEASED, UNKNOWN = Local.HELD, Local.RELEASED, Local.UNKNOWN
NO, YES = False, True

TABLE = [
    (NO, UNKNOWN, NO, MembershipDecision.NO_OP),
    (NO, RELEASED, NO, MembershipDecision.NO_OP),
    (NO, HELD, NO, MembershipDecision.PUSH_GIVE),
    (NO, UNKNOWN, YES, MembershipDecision.PULL_GIVEN),
    (NO, RELEASED, YES, MembershipDecision.PULL_GIVEN),
    (NO, HELD, YES, MembershipDecision.LINK_ONLY),
    (YES, UNKNOWN, NO, MembershipDecision.AWAIT_CONFIRMATION),
    (YES, RELEASED, NO, MembershipDecision.AWAIT_CONFIRMATION),
    (YES, HELD, NO, MembershipDecision.AWAIT_CONFIRMATION),
    (YES, UNKNOWN, YES, MembershipDecision.PULL_GIVEN),
    (YES, RELEASED, YES, MembershipDecision.PUSH_TAKE),
    (YES, HELD, YES, MembershipDecision.NO_OP),
]


@pytest.mark.parametrize(("base", "local", "remote", "expected"), TABLE)
def test_table(base: bool, local: Local, remote: bool, expected: MembershipDecision) -> None:
    """Each of the twelve combinations decides what the table says."""
    assert decide_membership(MembershipSides(base=base, local=local, remote=remote)) is expected


def test_the_table_is_whole() -> None:
    """No combination of the three sides is left out of the table above."""
    assert {row[:3] for row in TABLE} == set(product([NO, YES], Local, [NO, YES]))


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        (HELD, MembershipDecision.PULL_TAKEN),
        (RELEASED, MembershipDecision.FORGET),
        (UNKNOWN, MembershipDecision.FORGET),
    ],
)
def test_an_absence_is_acted_on_only_when_believed(
    local: Local, expected: MembershipDecision
) -> None:
    """A holder whom the target lacks is dropped after the second look, and not before."""
    sides = MembershipSides(base=YES, local=local, remote=NO, absence_believed=True)
    assert decide_membership(sides) is expected


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        (HELD, MembershipDecision.PUSH_GIVE),
        (RELEASED, MembershipDecision.STALE_READ),
        (UNKNOWN, MembershipDecision.STALE_READ),
    ],
)
def test_an_old_listing_brings_nobody_back(local: Local, expected: MembershipDecision) -> None:
    """Somebody whom the target lost a moment ago is not taken over from a listing made before."""
    sides = MembershipSides(base=NO, local=local, remote=YES, former=True)
    assert decide_membership(sides) is expected


LANDED = [
    ("given here, taken back here before we heard", NO, RELEASED, YES, "PUSH_TAKE"),
    ("taken here, given again here before we heard", YES, HELD, NO, "PUSH_GIVE"),
    ("given here, heard only now", NO, HELD, YES, "LINK_ONLY"),
    ("taken here, heard only now", YES, RELEASED, NO, "AWAIT_CONFIRMATION"),
]


@pytest.mark.parametrize(("case", "base", "local", "remote", "expected"), LANDED)
def test_our_own_write_is_known_again(
    case: str, base: bool, local: Local, remote: bool, expected: str
) -> None:
    """A write of ours whose answer was lost is never mistaken for somebody else's."""
    sides = MembershipSides(
        base=base, local=local, remote=remote, attempted=frozenset({remote}), absence_believed=NO
    )
    assert decide_membership(sides) is MembershipDecision[expected]


@pytest.mark.parametrize("shown", [NO, YES])
def test_an_attempt_that_is_still_noted_is_cleared_up(shown: bool) -> None:
    """Where both sides agree, a leftover attempt leads to the record being tidied."""
    local = HELD if shown else RELEASED
    sides = MembershipSides(base=shown, local=local, remote=shown, attempted=frozenset({not shown}))
    tidy = MembershipDecision.LINK_ONLY if shown else MembershipDecision.FORGET
    assert decide_membership(sides) is tidy
