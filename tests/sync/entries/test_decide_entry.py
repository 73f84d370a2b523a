"""The decision table of the timeline: every row, every combination, and what they promise."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import pytest

from dd_incident_roles.sync.entries.decide import (
    BaseSide,
    Copy,
    EntrySides,
    LocalSide,
    Step,
    decide_entry,
)
from dd_incident_roles.sync.entries.identity import Digest

A, B, C = Digest("a"), Digest("b"), Digest("c")
WAS_A, WAS_B = BaseSide(local=A, remote=A), BaseSide(local=B, remote=B)


def kept(digest: Digest) -> LocalSide:
    return LocalSide(digest=digest)


def dropped(digest: Digest) -> LocalSide:
    return LocalSide(digest=digest, deleted=True)


def sides(
    base: BaseSide | None,
    local: LocalSide | None,
    remote: Digest | None,
    *tried: Digest | None,
    believed: bool = False,
    ours: bool = True,
    system: bool = False,
    older: bool = False,
    copy: Copy | None = None,
) -> EntrySides:
    return EntrySides(
        base=base,
        local=local,
        remote=remote,
        attempted=frozenset(tried),
        absence_believed=believed,
        ours=ours,
        system=system,
        older=older,
        copy=copy,
    )


TABLE: Mapping[str, tuple[EntrySides, str]] = {
    "1 new here": (sides(None, kept(A), None), "CREATE"),
    "2 new there": (sides(None, None, A), "PULL"),
    "3 known by our tag, alike": (sides(None, kept(A), A), "LINK_ONLY"),
    "4 landed, then edited here": (sides(None, kept(B), A, A, B), "ADOPT_THEN_PUSH"),
    "5 landed, then edited there": (sides(None, kept(A), B, A), "PULL"),
    "6 tagged, and nobody knows how": (sides(None, kept(A), B), "KEEP_BOTH"),
    "7 nothing": (sides(WAS_A, kept(A), A), "NO_OP"),
    "8 edited here": (sides(WAS_A, kept(B), A), "PUSH"),
    "8 theirs, edited here": (sides(WAS_A, kept(B), A, ours=False), "CORRECT"),
    "9 edited there": (sides(WAS_A, kept(A), B), "PULL"),
    "10 edited alike on both sides": (sides(WAS_A, kept(B), B), "LINK_ONLY"),
    "11 our edit landed unheard": (sides(WAS_A, kept(B), B, B), "LINK_ONLY"),
    "11 then edited here": (sides(WAS_A, kept(C), B, B), "ADOPT_THEN_PUSH"),
    "11 then taken back here": (sides(WAS_A, kept(A), B, B), "ADOPT_THEN_PUSH"),
    "12 edited on both sides": (sides(WAS_A, kept(B), C), "KEEP_BOTH"),
    "6 a copy that is behind": (sides(None, kept(A), B, copy=Copy.OLD), "ADOPT_THEN_PUSH"),
    "6 a copy that may be ahead": (sides(None, kept(A), B, copy=Copy.NEW), "NO_OP"),
    "12 a copy that is behind": (sides(WAS_A, kept(B), C, copy=Copy.OLD), "ADOPT_THEN_PUSH"),
    "12 a copy that may be ahead": (sides(WAS_A, kept(B), C, copy=Copy.NEW), "NO_OP"),
    "9 a copy that another record wrote": (sides(WAS_A, kept(A), B, copy=Copy.OLD), "PULL"),
    "13 deleted here": (sides(WAS_A, dropped(A), A), "DELETE_REMOTE"),
    "13 theirs, deleted here": (sides(WAS_A, dropped(A), A, ours=False), "PULL"),
    "13 what was deleted is what was edited there": (sides(WAS_A, dropped(B), B), "DELETE_REMOTE"),
    "14 deleted here, edited there": (sides(WAS_A, dropped(A), B), "PULL"),
    "15 deleted there, first look": (sides(WAS_A, kept(A), None), "AWAIT_CONFIRMATION"),
    "15 deleted there": (sides(WAS_A, kept(A), None, believed=True), "DELETE_LOCAL"),
    "16 edited here, first look": (sides(WAS_A, kept(B), None), "AWAIT_CONFIRMATION"),
    "16 deleted there, edited here": (sides(WAS_A, kept(B), None, believed=True), "CREATE"),
    "17 deleted on both sides": (sides(WAS_A, dropped(A), None, believed=True), "FORGET"),
    "17 row lost, deleted there": (sides(WAS_A, None, None, believed=True), "FORGET"),
    "18 row lost": (sides(WAS_A, None, A), "PULL"),
    "19 did not land, first look": (sides(None, kept(A), None, A), "AWAIT_CONFIRMATION"),
    "19 did not land": (sides(None, kept(A), None, A, believed=True), "CREATE"),
    "20 did not land, deleted": (sides(None, dropped(A), None, A, believed=True), "FORGET"),
    "20 landed, then deleted here": (sides(None, dropped(A), A, A), "DELETE_REMOTE"),
    "21 an old copy": (sides(WAS_B, kept(B), A, older=True), "NO_OP"),
    "a system's, edited here": (sides(WAS_A, kept(B), A, system=True), "PULL"),
    "a system's, deleted here": (sides(WAS_A, dropped(A), A, system=True), "PULL"),
    "a system's, deleted there, edited here": (
        sides(WAS_A, kept(B), None, believed=True, system=True),
        "DELETE_LOCAL",
    ),
}


@pytest.mark.parametrize(("given", "expected"), TABLE.values(), ids=TABLE)
def test_table(given: EntrySides, expected: str) -> None:
    """Each row of the table decides what it says."""
    assert decide_entry(given).name == expected


BASES = (None, WAS_A)
LOCALS = (None, kept(A), kept(B), kept(C), dropped(A), dropped(B))
ATTEMPTS: tuple[tuple[Digest | None, ...], ...] = ((), (A,), (B,), (A, B), (None,))


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("local", LOCALS)
def test_no_combination_loses_a_text(base: BaseSide | None, local: LocalSide | None) -> None:
    """Every combination is decided, and no step drops what only one side holds."""
    here = local.digest if local and not local.deleted else None
    for remote, tried, believed, ours in product(
        [None, A, B, C], ATTEMPTS, [True, False], [True, False]
    ):
        given = sides(base, local, remote, *tried, believed=believed, ours=ours)
        known: set[Digest | None] = {base.remote} if base else set()
        match decide_entry(given):
            case Step.DELETE_LOCAL:
                is_safe = remote is None and believed and base is not None and here == base.local
            case Step.DELETE_REMOTE:
                # What was deleted here stands in the archive.
                seen = known | {local.digest if local else None}
                is_safe = local is not None and local.deleted and ours and remote in {*seen, *tried}
            case Step.PUSH | Step.ADOPT_THEN_PUSH:
                is_safe = here is not None and remote in {*known, *tried}
            case Step.PULL if here is not None and here != remote:
                is_safe = (base is not None and here == base.local) or {*tried} == {here}
            case Step.CREATE:
                is_safe = remote is None and here is not None
            case Step.FORGET:
                is_safe = remote is None and here is None
            case _:
                is_safe = True
        assert is_safe, given


@pytest.mark.parametrize("local", LOCALS)
def test_nothing_is_acted_on_at_the_first_absence(local: LocalSide | None) -> None:
    """What was known in the target is missed once before anything follows from that."""
    for base, tried in product(BASES, ATTEMPTS):
        if base or tried:
            assert decide_entry(sides(base, local, None, *tried)) is Step.AWAIT_CONFIRMATION
