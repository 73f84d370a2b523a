"""Anything that can be stated about roles, drawn from few values so that edits meet."""

from __future__ import annotations

from hypothesis import strategies as st

from dd_incident_roles.roles.statements import (
    Correct,
    Correction,
    Decide,
    Devise,
    DevisedRole,
    Handoff,
    HandoffOutcome,
    Propose,
)
from tests.store.samples import ANA, BO, SCRIBE, TECH_LEAD, minutes
from tests.store.statement_samples import RUNNER

roles = st.sampled_from([SCRIBE, TECH_LEAD])
streams = st.sampled_from([None, "database"])
persons = st.sampled_from([ANA, BO])
instants = st.sampled_from([minutes(count) for count in range(3)])
later = st.sampled_from([minutes(count) for count in range(2, 6)])
"""Seldom no later than one of the instants."""

handoff_ids = st.sampled_from(["h1", "h2", "h3", "h4"])
texts = st.sampled_from(["", "Ünï\N{FIRE}\r\n\x00\x1b'; --"]) | st.text(max_size=5)

statements = st.one_of(
    st.builds(
        Propose,
        handoff=st.builds(
            Handoff,
            id=handoff_ids,
            role=roles,
            stream=streams,
            giver=st.none() | persons,
            receiver=persons,
            proposed=instants,
            proposed_by=st.just("somebody"),
            expires=later,
            note=st.none() | texts,
            outcome=st.none(),
            decided=st.none(),
            decided_by=st.none(),
        ),
    ),
    st.builds(
        Decide,
        handoff_id=handoff_ids,
        outcome=st.sampled_from(HandoffOutcome),
        at=instants,
        by=st.just("somebody else"),
    ),
    st.builds(
        Correct,
        correction=st.builds(
            Correction,
            id=st.sampled_from([f"c{number}" for number in range(5)]),
            role=roles,
            stream=streams,
            person=st.none() | persons,
            since=instants,
            until=later,
            reason=texts,
            set_by=st.just("somebody"),
            recorded=instants,
        ),
    ),
    st.builds(
        Devise,
        role=st.builds(
            DevisedRole,
            key=st.sampled_from([RUNNER, SCRIBE]),
            title=texts,
            is_single=st.booleans(),
            devised=instants,
            devised_by=st.just("somebody"),
            summary=texts,
            may_hold=st.lists(persons, max_size=2).map(tuple),
            until=st.none() | instants,
        ),
    ),
)
