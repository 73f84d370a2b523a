"""A single-holder role: the whole decision table, and what it promises for every combination."""

from __future__ import annotations

from dataclasses import replace
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
AND_CAROL, BO_CAROL = frozenset({ANA, CAROL}), frozenset({BO, CAROL})
HOLDERS = (NOBODY, ANA, BO, CAROL)


def was(holder: PersonKey | None) -> Observed:
    return Observed(holder=holder)


BASES = (None, *(was(holder) for holder in HOLDERS))


def shown(holder: PersonKey | None) -> frozenset[PersonKey]:
    return frozenset({holder} if holder else ())


def sides(
    base: Observed | None,
    local: PersonKey | None,
    remote: PersonKey | None,
    *,
    set_by_user: bool = True,
    attempted: frozenset[PersonKey | None] = frozenset(),
    believed: bool = False,
    former: frozenset[PersonKey] = frozenset(),
) -> SeatSides:
    return SeatSides(
        base=base,
        local=local,
        remote=shown(remote),
        set_by_user=set_by_user,
        attempted=attempted,
        absence_believed=believed,
        former=former,
    )


TABLE = [
    ("nothing anywhere, seen before", sides(was(None), None, None), NoOp()),
    ("nothing anywhere, first look", sides(None, None, None), LinkOnly(None)),
    ("all agree", sides(was(ANA), ANA, ANA), NoOp()),
    ("both alike, base differs", sides(was(ANA), BO, BO), LinkOnly(BO)),
    ("both alike, first look", sides(None, BO, BO), LinkOnly(BO)),
    ("first look, only the target", sides(None, None, ANA), Pull(ANA)),
    ("first look, only the record", sides(None, BO, None), Push(shown(None), BO)),
    ("first look, a command against a holder", sides(None, BO, ANA), Push(shown(ANA), BO)),
    (
        "first look, a finding against a holder",
        sides(None, BO, ANA, set_by_user=False),
        Clash(BO, ANA),
    ),
    ("target moved", sides(was(ANA), ANA, BO), Pull(BO)),
    ("target emptied, first sight", sides(was(ANA), ANA, None), AwaitConfirmation()),
    ("target emptied, seen twice", sides(was(ANA), ANA, None, believed=True), Pull(None)),
    ("record moved", sides(was(ANA), BO, ANA), Push(shown(ANA), BO)),
    ("record emptied on purpose", sides(was(ANA), None, ANA), Push(shown(ANA), None)),
    ("record lost its row", sides(was(ANA), None, ANA, set_by_user=False), Pull(ANA)),
    ("both emptied it, first sight", sides(was(ANA), None, None), AwaitConfirmation()),
    ("both emptied it, seen twice", sides(was(ANA), None, None, believed=True), LinkOnly(None)),
    ("both moved apart", sides(was(ANA), BO, CAROL), Clash(BO, CAROL)),
    ("record emptied, target chose", sides(was(ANA), None, BO), Pull(BO)),
    ("target emptied, record chose", sides(was(ANA), BO, None), Push(shown(ANA), BO)),
    (
        "an old listing shows whom we replaced",
        sides(was(BO), BO, ANA, former=frozenset({ANA})),
        StaleRead(),
    ),
    (
        "an old listing shows whom we want back",
        sides(was(BO), ANA, ANA, former=frozenset({ANA})),
        Push(frozenset({ANA, BO}), ANA),
    ),
    (
        "our write landed unheard, then the record moved on",
        sides(was(ANA), CAROL, BO, attempted=frozenset({BO})),
        Push(shown(BO), CAROL),
    ),
    (
        "our emptying landed unheard, then somebody was chosen here",
        sides(was(ANA), BO, None, attempted=frozenset({None})),
        Push(shown(None), BO),
    ),
    (
        "agreed, with an attempt still noted",
        sides(was(ANA), ANA, ANA, attempted=frozenset({BO})),
        LinkOnly(ANA),
    ),
]


@pytest.mark.parametrize(("case", "given", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_table(case: str, given: SeatSides, expected: SeatDecision) -> None:
    """Each row of the table for single-holder roles decides what it says."""
    assert decide_seat(given) == expected


def doubled(remote: frozenset[PersonKey], *attempted: PersonKey) -> SeatSides:
    """Several are shown; the record has Bo, and both sides had agreed on Ana."""
    return SeatSides(
        base=was(ANA),
        local=BO,
        set_by_user=True,
        remote=remote,
        attempted=frozenset(attempted),
    )


def test_a_handover_of_ours_that_was_cut_off_is_finished() -> None:
    """Two holders of whom one is the old one and one our own attempt are put right by us."""
    both = frozenset({ANA, BO})
    assert decide_seat(doubled(both, BO)) == Push(both, BO)


@pytest.mark.parametrize(
    "given", [doubled(AND_CAROL), doubled(AND_CAROL, BO), doubled(BO_CAROL, BO)]
)
def test_several_holders_that_people_chose_are_left_alone(given: SeatSides) -> None:
    """Somebody else's second holder is reported, never removed, also beside our own attempt."""
    assert decide_seat(given) == Overheld(given.remote)


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
    given = sides(base, local, remote, set_by_user=set_by_user, believed=believed)
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


SEVERAL = [*combinations([ANA, BO, CAROL], 2), (ANA, BO, CAROL)]


@pytest.mark.parametrize(("base", "several"), list(product(BASES, SEVERAL)))
def test_several_are_never_ours_to_remove_unless_a_person_says_who_it_is(
    base: Observed | None, several: tuple[PersonKey, ...]
) -> None:
    """Whatever the base, an overheld role that we did not cause is only reported.

    The holder whom a person names right now takes the place of all who are shown; emptying a role
    says nothing about people whom the record never had.
    """
    remote = frozenset(several)
    given = SeatSides(base=base, local=ANA, set_by_user=True, remote=remote)
    assert decide_seat(given) == Overheld(remote)
    assert decide_seat(replace(given, explicitly_set=True)) == Push(remote, ANA)
    assert decide_seat(replace(given, local=None, explicitly_set=True)) == Overheld(remote)
