"""The decision tables for a role of one and of several, and what they promise for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations, product

import pytest

from dd_incident_roles.model import PersonKey
from dd_incident_roles.sync.decide_roles import (
    AwaitConfirmation,
    Clash,
    LinkOnly,
    Local,
    NoOp,
    Observed,
    Overheld,
    Pull,
    Push,
    RoleMemberDecision,
    RoleMemberSides,
    SingleHolderDecision,
    SingleHolderSides,
    StaleRead,
    decide_role_member,
    decide_single_holder,
)

ANA, BO, CAROL = PersonKey("ana"), PersonKey("bo"), PersonKey("carol")
HOLDERS = (None, ANA, BO, CAROL)
BASES = (None, *(Observed(holder=holder) for holder in HOLDERS))
WAS = dict(zip(HOLDERS, BASES[1:], strict=True))


def shown(*holders: PersonKey | None) -> frozenset[PersonKey]:
    return frozenset(holder for holder in holders if holder)


def sides(
    base: Observed | None,
    local: PersonKey | None,
    *remote: PersonKey | None,
    by_user: bool = True,
    tried: tuple[PersonKey | None, ...] = (),
    believed: bool = False,
    former: PersonKey | None = None,
) -> SingleHolderSides:
    return SingleHolderSides(
        base=base,
        local=local,
        remote=shown(*remote),
        set_by_user=by_user,
        attempted=frozenset(tried),
        absence_believed=believed,
        former=shown(former),
    )


TABLE: Mapping[str, tuple[SingleHolderSides, SingleHolderDecision]] = {
    "nothing anywhere, seen before": (sides(WAS[None], None), NoOp()),
    "nothing anywhere, first look": (sides(None, None), LinkOnly(None)),
    "all agree": (sides(WAS[ANA], ANA, ANA), NoOp()),
    "both alike, base differs": (sides(WAS[ANA], BO, BO), LinkOnly(BO)),
    "both alike, first look": (sides(None, BO, BO), LinkOnly(BO)),
    "first look, only the target": (sides(None, None, ANA), Pull(ANA)),
    "first look, only the record": (sides(None, BO), Push(shown(), BO)),
    "first look, a command against a holder": (sides(None, BO, ANA), Push(shown(ANA), BO)),
    "first look, a finding against one": (sides(None, BO, ANA, by_user=False), Clash(BO, ANA)),
    "target moved": (sides(WAS[ANA], ANA, BO), Pull(BO)),
    "target emptied, first sight": (sides(WAS[ANA], ANA), AwaitConfirmation()),
    "target emptied, seen twice": (sides(WAS[ANA], ANA, believed=True), Pull(None)),
    "record moved": (sides(WAS[ANA], BO, ANA), Push(shown(ANA), BO)),
    "record emptied on purpose": (sides(WAS[ANA], None, ANA), Push(shown(ANA), None)),
    "record lost its row": (sides(WAS[ANA], None, ANA, by_user=False), Pull(ANA)),
    "both emptied it, first sight": (sides(WAS[ANA], None), AwaitConfirmation()),
    "both emptied it, seen twice": (sides(WAS[ANA], None, believed=True), LinkOnly(None)),
    "both moved apart": (sides(WAS[ANA], BO, CAROL), Clash(BO, CAROL)),
    "record emptied, target chose": (sides(WAS[ANA], None, BO), Pull(BO)),
    "target emptied, record chose": (sides(WAS[ANA], BO), Push(shown(ANA), BO)),
    "an old listing shows whom we replaced": (sides(WAS[BO], BO, ANA, former=ANA), StaleRead()),
    "an old listing shows whom we want back": (
        sides(WAS[BO], ANA, ANA, former=ANA),
        Push(shown(ANA, BO), ANA),
    ),
    "our write landed unheard, then the record moved on": (
        sides(WAS[ANA], CAROL, BO, tried=(BO,)),
        Push(shown(BO), CAROL),
    ),
    "our emptying landed unheard, then somebody was chosen here": (
        sides(WAS[ANA], BO, tried=(None,)),
        Push(shown(), BO),
    ),
    "agreed, with an attempt still noted": (sides(WAS[ANA], ANA, ANA, tried=(BO,)), LinkOnly(ANA)),
    "a handover of ours that was cut off is finished": (
        sides(WAS[ANA], BO, ANA, BO, tried=(BO,)),
        Push(shown(ANA, BO), BO),
    ),
    "people chose a second holder": (sides(WAS[ANA], BO, ANA, CAROL), Overheld(shown(ANA, CAROL))),
    "they did beside the holder, where our attempt did not land": (
        sides(WAS[ANA], BO, ANA, CAROL, tried=(BO,)),
        Overheld(shown(ANA, CAROL)),
    ),
    "they did beside our attempt": (
        sides(WAS[ANA], BO, BO, CAROL, tried=(BO,)),
        Overheld(shown(BO, CAROL)),
    ),
}


@pytest.mark.parametrize(("given", "expected"), TABLE.values(), ids=TABLE)
def test_table(given: SingleHolderSides, expected: SingleHolderDecision) -> None:
    """Each row of the table for single-holder roles decides what it says."""
    assert decide_single_holder(given) == expected


@pytest.mark.parametrize("base", BASES)
def test_every_combination_converges_without_touching_an_unchanged_side(
    base: Observed | None,
) -> None:
    """One step makes both sides alike, and the side that moved is the one that is followed."""
    for local, remote, by_user, believed in product(HOLDERS, HOLDERS, [True, False], [True, False]):
        given = sides(base, local, remote, by_user=by_user, believed=believed)
        after_local, after_remote = local, remote
        match decide_single_holder(given):
            case NoOp() | LinkOnly():
                pass
            case Pull(holder):
                after_local = holder
            case Push(before, after):
                assert shown(remote) <= before <= shown(remote, base.holder if base else None)
                after_remote = after
            case Clash(wanted, standing):
                assert (wanted, standing) == (local, remote)
                after_local = standing
            case AwaitConfirmation():
                assert remote is None, given
                assert not believed, given
                continue
            case Overheld() | StaleRead():
                pytest.fail(f"one holder at the most was shown, and nobody is former: {given}")
        assert after_local == after_remote, given
        if base and base.holder == remote and by_user:
            assert after_local == local, given
        if base and base.holder == local and remote is not None:
            assert after_remote == remote, given


@pytest.mark.parametrize("base", BASES)
def test_several_are_never_ours_to_remove_unless_a_person_says_who_it_is(
    base: Observed | None,
) -> None:
    """Whatever the base, an overheld role that we did not cause is only reported.

    The holder whom a person names right now takes the place of all who are shown; emptying a role
    says nothing about people whom the record never had.
    """
    for several in (*combinations([ANA, BO, CAROL], 2), (ANA, BO, CAROL)):
        given = sides(base, ANA, *several)
        assert decide_single_holder(given) == Overheld(given.remote)
        assert decide_single_holder(replace(given, explicitly_set=True)) == Push(given.remote, ANA)
        emptied = replace(given, local=None, explicitly_set=True)
        assert decide_single_holder(emptied) == Overheld(given.remote)


HELD, RELEASED, UNKNOWN = Local.HELD, Local.RELEASED, Local.UNKNOWN
NO, YES = False, True

MEMBER_TABLE = [
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


@pytest.mark.parametrize(("base", "local", "remote", "expected"), MEMBER_TABLE)
def test_member_table(base: bool, local: Local, remote: bool, expected: str) -> None:
    """Each of the twelve combinations decides what the table says."""
    assert decided(base, local, remote) == expected


def test_the_member_table_is_whole() -> None:
    """No combination of the three sides is left out of the table above."""
    assert {row[:3] for row in MEMBER_TABLE} == set(product([NO, YES], Local, [NO, YES]))


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
