"""The decision table of the timeline: every row, every combination, and what they promise."""

from __future__ import annotations

from itertools import product

import pytest

from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.entries.decide import (
    BaseSide,
    EntrySides,
    LocalSide,
    Step,
    decide_entry,
)

AWAIT = Step.AWAIT_CONFIRMATION
A, B, C = Digest("a"), Digest("b"), Digest("c")


def agreed(digest: Digest) -> BaseSide:
    return BaseSide(local=digest, remote=digest)


def kept(digest: Digest) -> LocalSide:
    return LocalSide(digest=digest)


def dropped(digest: Digest) -> LocalSide:
    return LocalSide(digest=digest, deleted=True)


def sides(
    base: BaseSide | None,
    local: LocalSide | None,
    remote: Digest | None,
    attempted: frozenset[Digest | None] = frozenset(),
    *,
    believed: bool = False,
    ours: bool = True,
    system: bool = False,
    older: bool = False,
) -> EntrySides:
    return EntrySides(
        base=base,
        local=local,
        remote=remote,
        attempted=attempted,
        absence_believed=believed,
        ours=ours,
        system=system,
        older=older,
    )


def tried(*digests: Digest | None) -> frozenset[Digest | None]:
    return frozenset(digests)


TABLE = [
    ("1 new here", sides(None, kept(A), None), Step.CREATE),
    ("2 new there", sides(None, None, A), Step.PULL),
    ("3 known by our tag, alike", sides(None, kept(A), A), Step.LINK_ONLY),
    ("4 landed, then edited here", sides(None, kept(B), A, tried(A, B)), Step.ADOPT_THEN_PUSH),
    ("5 landed, then edited there", sides(None, kept(A), B, tried(A)), Step.PULL),
    ("6 tagged, and nobody knows how", sides(None, kept(A), B), Step.KEEP_BOTH),
    ("7 nothing", sides(agreed(A), kept(A), A), Step.NO_OP),
    ("8 edited here", sides(agreed(A), kept(B), A), Step.PUSH),
    ("8 theirs, edited here", sides(agreed(A), kept(B), A, ours=False), Step.CORRECT),
    ("9 edited there", sides(agreed(A), kept(A), B), Step.PULL),
    ("10 edited alike on both sides", sides(agreed(A), kept(B), B), Step.LINK_ONLY),
    ("11 our edit landed unheard", sides(agreed(A), kept(B), B, tried(B)), Step.LINK_ONLY),
    (
        "11 our edit landed unheard, then edited here",
        sides(agreed(A), kept(C), B, tried(B)),
        Step.ADOPT_THEN_PUSH,
    ),
    (
        "11 our edit landed unheard, then taken back here",
        sides(agreed(A), kept(A), B, tried(B)),
        Step.ADOPT_THEN_PUSH,
    ),
    ("12 edited on both sides", sides(agreed(A), kept(B), C), Step.KEEP_BOTH),
    ("13 deleted here", sides(agreed(A), dropped(A), A), Step.DELETE_REMOTE),
    ("13 theirs, deleted here", sides(agreed(A), dropped(A), A, ours=False), Step.PULL),
    ("14 deleted here, edited there", sides(agreed(A), dropped(A), B), Step.PULL),
    ("15 deleted there, first look", sides(agreed(A), kept(A), None), AWAIT),
    ("15 deleted there", sides(agreed(A), kept(A), None, believed=True), Step.DELETE_LOCAL),
    ("16 deleted there, edited here, first look", sides(agreed(A), kept(B), None), AWAIT),
    ("16 deleted there, edited here", sides(agreed(A), kept(B), None, believed=True), Step.CREATE),
    ("17 deleted on both sides", sides(agreed(A), dropped(A), None, believed=True), Step.FORGET),
    ("17 row lost, deleted there", sides(agreed(A), None, None, believed=True), Step.FORGET),
    ("18 row lost", sides(agreed(A), None, A), Step.PULL),
    ("19 did not land, first look", sides(None, kept(A), None, tried(A)), AWAIT),
    ("19 did not land", sides(None, kept(A), None, tried(A), believed=True), Step.CREATE),
    (
        "20 did not land, deleted",
        sides(None, dropped(A), None, tried(A), believed=True),
        Step.FORGET,
    ),
    ("20 landed, then deleted here", sides(None, dropped(A), A, tried(A)), Step.DELETE_REMOTE),
    ("21 an old copy", sides(agreed(B), kept(B), A, older=True), Step.NO_OP),
    ("a system's, edited here", sides(agreed(A), kept(B), A, system=True), Step.PULL),
    ("a system's, deleted here", sides(agreed(A), dropped(A), A, system=True), Step.PULL),
    (
        "a system's, deleted there, edited here",
        sides(agreed(A), kept(B), None, believed=True, system=True),
        Step.DELETE_LOCAL,
    ),
]


@pytest.mark.parametrize(("row", "given", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_table(row: str, given: EntrySides, expected: Step) -> None:
    """Each row of the table decides what it says."""
    assert decide_entry(given) is expected


EVERY = list(
    product(
        [None, agreed(A)],
        [None, kept(A), kept(B), kept(C), dropped(A), dropped(B)],
        [None, A, B, C],
        [tried(), tried(A), tried(B), tried(A, B), tried(None)],
        [True, False],
        [True, False],
    )
)


@pytest.mark.parametrize(("base", "local", "remote", "attempted", "believed", "ours"), EVERY)
def test_no_combination_loses_a_text(
    base: BaseSide | None,
    local: LocalSide | None,
    remote: Digest | None,
    attempted: frozenset[Digest | None],
    believed: bool,
    ours: bool,
) -> None:
    """Every combination is decided, and no step drops what only one side holds."""
    step = decide_entry(sides(base, local, remote, attempted, believed=believed, ours=ours))
    here = local.digest if local and not local.deleted else None
    match step:
        case Step.DELETE_LOCAL:
            assert remote is None
            assert believed
            assert base is not None
            assert here == base.local
        case Step.DELETE_REMOTE:
            assert local is not None
            assert local.deleted
            assert ours
            seen = {base.remote} if base else {local.digest}
            assert remote in seen | attempted
        case Step.PUSH | Step.ADOPT_THEN_PUSH:
            assert here is not None
            assert remote in ({base.remote} if base else set()) | attempted
        case Step.PULL if here is not None and here != remote:
            unchanged = base is not None and here == base.local
            assert unchanged or attempted == {here}
        case Step.CREATE:
            assert remote is None
            assert here is not None
        case Step.FORGET:
            assert remote is None
            assert here is None
        case _:
            pass


@pytest.mark.parametrize(
    ("base", "local", "attempted"), [row[:2] + row[3:4] for row in EVERY[:120]]
)
def test_nothing_is_acted_on_at_the_first_absence(
    base: BaseSide | None, local: LocalSide | None, attempted: frozenset[Digest | None]
) -> None:
    """What was known in the target is missed once before anything follows from that."""
    if base is None and not attempted:
        return
    assert decide_entry(sides(base, local, None, attempted)) is AWAIT
