"""An assignee, a roster, a topic: what a place shows is no wish, and what we wrote is nobody's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.sync.plan import PlanOptions
from dd_incident_roles.sync.registers import (
    ROUNDS,
    Authority,
    Move,
    Value,
    decide_register,
    plan_registers,
)
from dd_incident_roles.sync.state import IncidentState, Put, RegisterBase, replay

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ANA, BO = "ana@corp.example", "bo@corp.example"
WORDS = {ANA: "ana-login", BO: "bo-login", None: None}
OPTIONS = PlanOptions(now=NOW, grace=timedelta(minutes=5), new_id=lambda: "id")


def value(held: str | None, shown: str | None, **others: object) -> Value:
    """An assignee: whom the record has, and whom the issue is assigned to."""
    wanted = WORDS[held]
    made = Value(
        name="assignee",
        held=held,
        wanted=wanted,
        shown=shown,
        agrees=wanted == shown,
        roles=(INCIDENT_MANAGER,),
        summary="assigned",
        difference="assigned to somebody else",
        authority=Authority.FOLLOW,
    )
    return replace(made, **others)  # type: ignore[arg-type]  # a builder: only the differing parts are given


def base(held: str | None, shown: str | None, **others: object) -> RegisterBase:
    """What both sides had when they last agreed."""
    made = RegisterBase(name="assignee", held=held, shown=shown, since=NOW)
    return replace(made, **others)  # type: ignore[arg-type]  # a builder: only the differing parts are given


@pytest.mark.parametrize(
    ("now", "before", "move"),
    [
        pytest.param(value(ANA, "ana-login"), None, Move.LINK, id="they meet and agree"),
        pytest.param(value(ANA, "bo-login"), None, Move.WRITE, id="they meet: the record counts"),
        pytest.param(value(ANA, None), None, Move.WRITE, id="they meet, and nobody is assigned"),
        pytest.param(value(None, "bo-login"), None, Move.LINK, id="what is shown is no wish"),
        pytest.param(value(None, None), None, Move.LINK, id="they meet, both empty"),
        pytest.param(value(ANA, "ana-login"), base(ANA, "ana-login"), Move.KEEP, id="nothing new"),
        pytest.param(
            value(BO, "ana-login"), base(ANA, "ana-login"), Move.WRITE, id="the role changed"
        ),
        pytest.param(
            value(None, "ana-login"), base(ANA, "ana-login"), Move.WRITE, id="the role was emptied"
        ),
        pytest.param(
            value(ANA, "bo-login"), base(ANA, "ana-login"), Move.TAKE, id="somebody assigned Bo"
        ),
        pytest.param(
            value(ANA, None), base(ANA, "ana-login"), Move.TAKE, id="somebody unassigned Ana"
        ),
        pytest.param(
            value(None, "bo-login"), base(None, None), Move.TAKE, id="somebody assigned Bo first"
        ),
        pytest.param(
            value(None, "bo-login"), base(None, "bo-login"), Move.KEEP, id="still no wish"
        ),
        pytest.param(
            value(ANA, "bo-login", authority=Authority.MIRROR),
            base(ANA, "ana-login"),
            Move.LEAVE,
            id="a mirror has no say",
        ),
        pytest.param(
            value(ANA, "cy-login", unknown="nobody knows cy-login"),
            base(ANA, "ana-login"),
            Move.LEAVE,
            id="a stranger is no guess",
        ),
        pytest.param(
            value(ANA, "bo-login"), base(ANA, "bo-login"), Move.KEEP, id="left as it was settled"
        ),
        pytest.param(
            value(BO, "bo-login"), base(ANA, "ana-login"), Move.LINK, id="both changed alike"
        ),
        pytest.param(
            value(BO, "cy-login"), base(ANA, "ana-login"), Move.WRITE, id="both: the record counts"
        ),
        pytest.param(
            value(BO, "bo-login"),
            base(ANA, "ana-login", attempted=("bo-login",)),
            Move.LINK,
            id="our write landed unheard",
        ),
        pytest.param(
            value(ANA, "bo-login"),
            base(ANA, "ana-login", attempted=("bo-login",)),
            Move.WRITE,
            id="our write landed late, and is nobody's wish",
        ),
        pytest.param(
            value(ANA, "ana-login"),
            base(ANA, "ana-login", attempted=("bo-login",)),
            Move.LINK,
            id="our write never landed, and is not wanted any more",
        ),
        pytest.param(
            value(ANA, None),
            base(ANA, None, attempted=("ana-login",)),
            Move.WRITE,
            id="our first write never landed",
        ),
        pytest.param(
            value(ANA, "x", by_program=True),
            base(ANA, "ana-login", overwritten=ROUNDS - 1),
            Move.REWRITE,
            id="another program overwrote ours",
        ),
        pytest.param(
            value(ANA, "x", by_program=True),
            base(ANA, "ana-login", overwritten=ROUNDS),
            Move.LEAVE,
            id="ours yields after two rounds",
        ),
    ],
)
def test_each_case_of_the_table(now: Value, before: RegisterBase | None, move: Move) -> None:
    """One row for each thing that can have happened since both sides last agreed."""
    assert decide_register(now, before) is move


def test_who_insists_has_ours_shown_again() -> None:
    """A person who types the command again wants it shown, whatever people changed there."""
    settled = base(ANA, "bo-login")
    assert decide_register(value(ANA, "bo-login"), settled) is Move.KEEP
    assert decide_register(value(ANA, "bo-login"), settled, explicitly_set=True) is Move.WRITE
    empty = value(None, "bo-login")
    assert decide_register(empty, base(None, "bo-login"), explicitly_set=True) is Move.KEEP


values = st.sampled_from([ANA, BO, None])
logins = st.sampled_from(["ana-login", "bo-login", "cy-login", None])


@given(
    held=values,
    shown=logins,
    before=st.none() | st.builds(base, values, logins, overwritten=st.integers(0, 3)),
    authority=st.sampled_from(Authority),
)
def test_the_same_again_changes_nothing(
    held: str | None, shown: str | None, before: RegisterBase | None, authority: Authority
) -> None:
    """After the writes took place and the edits were committed, the next plan is empty."""
    now = value(held, shown, authority=authority)
    state = IncidentState(version=1, registers=(before,) if before else ())
    plan = plan_registers([now], state, OPTIONS)
    edits = [*plan.edits, *plan.settled]
    for show in plan.shows:
        now = value(held, show.value, authority=authority)
        edits.append(
            Put(RegisterBase(name="assignee", held=show.held, shown=show.value, since=NOW))
        )
    again = plan_registers([now], replay(state, edits), OPTIONS)
    assert (again.edits, again.settled, again.shows, again.wishes) == ((), (), (), ())


@given(held=values, shown=logins, before=st.none() | st.builds(base, values, logins))
def test_a_mirror_never_asks_for_anything(
    held: str | None, shown: str | None, before: RegisterBase | None
) -> None:
    """Without a say no change of a place becomes a change of a role."""
    now = value(held, shown, authority=Authority.MIRROR)
    state = IncidentState(version=1, registers=(before,) if before else ())
    assert plan_registers([now], state, OPTIONS).wishes == ()
