"""A single-holder role: the whole decision table, and what it promises for every combination."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from dd_incident_roles.model import PersonKey
from dd_incident_roles.sync.decide_seat import (
    AwaitConfirmation,
    Clash,
    LinkOnly,
    NoOp,
    Observed,
    Overheld,
    Pull,
    Push,
    SeatDecision,
    SeatSides,
    StaleRead,
    decide_seat,
)

ANA, BO, CAROL = PersonKey("ana"), PersonKey("bo"), PersonKey("carol")
NOBODY: PersonKey | None = None
HOLDERS = (NOBODY, ANA, BO, CAROL)
BASES = (None, *(Observed(holder=holder) for holder in HOLDERS))


def shown(holder: PersonKey | None) -> frozenset[PersonKey]:
    return frozenset({holder} if holder else ())


def sides(
    base: Observed | None,
    local: PersonKey | None,
    remote: PersonKey | None,
    *,
    set_by_user: bool = True,
    attempted: frozenset[PersonKey | None] = frozenset(),
    absence_believed: bool = False,
    former: frozenset[PersonKey] = frozenset(),
) -> SeatSides:
    return SeatSides(
        base=base,
        local=local,
        remote=shown(remote),
        set_by_user=set_by_user,
        attempted=attempted,
        absence_believed=absence_believed,
        former=former,
    )


TABLE = [
    ("nothing anywhere, seen before", sides(Observed(holder=None), None, None), NoOp()),
    ("nothing anywhere, first look", sides(None, None, None), LinkOnly(None)),
    ("all agree", sides(Observed(holder=ANA), ANA, ANA), NoOp()),
    ("both alike, base differs", sides(Observed(holder=ANA), BO, BO), LinkOnly(BO)),
    ("both alike, first look", sides(None, BO, BO), LinkOnly(BO)),
    ("first look, only the target", sides(None, None, ANA), Pull(ANA)),
    ("first look, only the record", sides(None, BO, None), Push(shown(None), BO)),
    ("first look, a command against a holder", sides(None, BO, ANA), Push(shown(ANA), BO)),
    (
        "first look, a finding against a holder",
        sides(None, BO, ANA, set_by_user=False),
        Clash(BO, ANA),
    ),
    ("target moved", sides(Observed(holder=ANA), ANA, BO), Pull(BO)),
    ("target emptied, first sight", sides(Observed(holder=ANA), ANA, None), AwaitConfirmation()),
    (
        "target emptied, seen twice",
        sides(Observed(holder=ANA), ANA, None, absence_believed=True),
        Pull(None),
    ),
    ("record moved", sides(Observed(holder=ANA), BO, ANA), Push(shown(ANA), BO)),
    ("record emptied on purpose", sides(Observed(holder=ANA), None, ANA), Push(shown(ANA), None)),
    ("record lost its row", sides(Observed(holder=ANA), None, ANA, set_by_user=False), Pull(ANA)),
    ("both emptied it, first sight", sides(Observed(holder=ANA), None, None), AwaitConfirmation()),
    (
        "both emptied it, seen twice",
        sides(Observed(holder=ANA), None, None, absence_believed=True),
        LinkOnly(None),
    ),
    ("both moved apart", sides(Observed(holder=ANA), BO, CAROL), Clash(BO, CAROL)),
    ("record emptied, target chose", sides(Observed(holder=ANA), None, BO), Pull(BO)),
    ("target emptied, record chose", sides(Observed(holder=ANA), BO, None), Push(shown(ANA), BO)),
    (
        "an old listing shows whom we replaced",
        sides(Observed(holder=BO), BO, ANA, former=frozenset({ANA})),
        StaleRead(),
    ),
    (
        "an old listing shows whom we want back",
        sides(Observed(holder=BO), ANA, ANA, former=frozenset({ANA})),
        Push(frozenset({ANA, BO}), ANA),
    ),
    (
        "our write landed unheard, then the record moved on",
        sides(Observed(holder=ANA), CAROL, BO, attempted=frozenset({BO})),
        Push(shown(BO), CAROL),
    ),
    (
        "our emptying landed unheard, then somebody was chosen here",
        sides(Observed(holder=ANA), BO, None, attempted=frozenset({None})),
        Push(shown(None), BO),
    ),
    (
        "agreed, with an attempt still noted",
        sides(Observed(holder=ANA), ANA, ANA, attempted=frozenset({BO})),
        LinkOnly(ANA),
    ),
]


@pytest.mark.parametrize(("case", "given", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_table(case: str, given: SeatSides, expected: SeatDecision) -> None:
    """Each row of the table for single-holder roles decides what it says."""
    assert decide_seat(given) == expected


def test_a_handover_of_ours_that_was_cut_off_is_finished() -> None:
    """Two holders of whom one is the old one and one our own attempt are put right by us."""
    cut_off = SeatSides(
        base=Observed(holder=ANA),
        local=BO,
        set_by_user=True,
        remote=frozenset({ANA, BO}),
        attempted=frozenset({BO}),
    )
    assert decide_seat(cut_off) == Push(frozenset({ANA, BO}), BO)


@pytest.mark.parametrize("attempted", [frozenset(), frozenset({BO})])
def test_several_holders_that_people_chose_are_left_alone(
    attempted: frozenset[PersonKey | None],
) -> None:
    """Somebody else's second holder is reported, never removed."""
    doubled = SeatSides(
        base=Observed(holder=ANA),
        local=BO,
        set_by_user=True,
        remote=frozenset({ANA, CAROL}),
        attempted=attempted,
    )
    assert decide_seat(doubled) == Overheld(frozenset({ANA, CAROL}))


def test_a_stranger_beside_our_own_attempt_is_left_alone() -> None:
    """What we tried ourselves is no licence to remove somebody whom people chose meanwhile."""
    doubled = SeatSides(
        base=Observed(holder=ANA),
        local=BO,
        set_by_user=True,
        remote=frozenset({BO, CAROL}),
        attempted=frozenset({BO}),
    )
    assert decide_seat(doubled) == Overheld(frozenset({BO, CAROL}))


EVERY = list(product(BASES, HOLDERS, HOLDERS, [True, False], [True, False]))


@pytest.mark.parametrize(("base", "local", "remote", "set_by_user", "believed"), EVERY)
def test_every_combination_converges_without_touching_an_unchanged_side(
    base: Observed | None,
    local: PersonKey | None,
    remote: PersonKey | None,
    set_by_user: bool,
    believed: bool,
) -> None:
    """One step makes both sides alike, and the side that moved is the one that is followed."""
    given = sides(base, local, remote, set_by_user=set_by_user, absence_believed=believed)
    after_local, after_remote = local, remote
    match decide_seat(given):
        case NoOp() | LinkOnly():
            pass
        case Pull(holder):
            after_local = holder
        case Push(before, after):
            assert shown(remote) <= before <= shown(remote) | shown(base.holder if base else None)
            after_remote = after
        case Clash(wanted, standing):
            assert (wanted, standing) == (local, remote)
            after_local = standing
        case AwaitConfirmation():
            assert remote is None
            assert not believed
            return
        case Overheld() | StaleRead():
            pytest.fail("one holder at the most was shown, and nobody is former")
    assert after_local == after_remote
    if base and base.holder == remote and set_by_user:
        assert after_local == local
    if base and base.holder == local and remote is not None:
        assert after_remote == remote


@pytest.mark.parametrize("several", [*combinations([ANA, BO, CAROL], 2), (ANA, BO, CAROL)])
@pytest.mark.parametrize("base", BASES)
def test_without_an_attempt_of_ours_several_holders_are_never_ours_to_remove(
    base: Observed | None, several: tuple[PersonKey, ...]
) -> None:
    """Whatever the base, an overheld role that we did not cause is only reported."""
    given = SeatSides(base=base, local=ANA, set_by_user=True, remote=frozenset(several))
    assert decide_seat(given) == Overheld(frozenset(several))


@pytest.mark.parametrize("several", [*combinations([ANA, BO, CAROL], 2), (ANA, BO, CAROL)])
@pytest.mark.parametrize("base", BASES)
def test_a_person_who_says_which_one_it_is_takes_the_role_from_the_others(
    base: Observed | None, several: tuple[PersonKey, ...]
) -> None:
    """Whatever the base, the holder of the record takes the place of all who are shown."""
    given = SeatSides(
        base=base, local=ANA, set_by_user=True, remote=frozenset(several), explicitly_set=True
    )
    assert decide_seat(given) == Push(frozenset(several), ANA)


def test_nobody_is_put_in_the_place_of_several() -> None:
    """Emptying a role says nothing about people whom the record never had."""
    given = SeatSides(
        base=None, local=None, set_by_user=True, remote=frozenset({ANA, BO}), explicitly_set=True
    )
    assert decide_seat(given) == Overheld(frozenset({ANA, BO}))
