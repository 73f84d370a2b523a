"""Any edit of a record, drawn from few values so that edits meet."""

from __future__ import annotations

from dataclasses import fields
from typing import Final, TypeVar

from hypothesis import strategies as st

from dd_incident_roles.model import Assignment, Entry, Source
from dd_incident_roles.roles import ledger as said
from dd_incident_roles.roles.ledger import Close, Open
from dd_incident_roles.store.rows import Dataclass
from dd_incident_roles.sync import state
from tests.store.samples import ANA, BO, D1, D2, K1, K2, K3, RUNNER, SCRIBE, TECH_LEAD, minutes

T = TypeVar("T", bound=Dataclass)

roles = st.sampled_from([SCRIBE, TECH_LEAD])
persons = st.sampled_from([ANA, BO])
keys = st.sampled_from([K1, K2, K3])
remote_ids = st.sampled_from(["r1", "r2", "r3"])
registers = st.sampled_from(["assignee", "topic"])
abouts = st.sampled_from(["seat scribe", "entry k1"])
streams = st.sampled_from([None, "database"])
instants = st.sampled_from([minutes(count) for count in range(3)])
later = st.sampled_from([minutes(count) for count in range(2, 6)])
"""Seldom no later than one of the instants."""

assignment_ids = st.sampled_from([f"a{number}" for number in range(6)])
handoff_ids = st.sampled_from([f"h{number}" for number in range(4)])
correction_ids = st.sampled_from([f"c{number}" for number in range(5)])
role_members = st.builds(state.RoleMember, roles, persons)
items = st.one_of(
    st.builds(state.SingleHolderRole, roles),
    role_members,
    st.builds(state.IncidentResponder, persons),
)

BY_ANNOTATION: Final[dict[str, st.SearchStrategy[object]]] = {
    "str": st.sampled_from(["", "It broke.", "Ünï\N{FIRE}\r\n\x00\x1b'; --"]) | st.text(max_size=5),
    "int": st.integers(1, 3),
    "bool": st.booleans(),
    "datetime": instants,
    "RoleKey": roles,
    "PersonKey": persons,
    "EntryKey": keys,
    "Digest": st.sampled_from([D1, D2]),
    "Item": items,
    "Source": st.sampled_from(Source),
    "Attempt": st.sampled_from(state.Attempt),
    "HandoffOutcome": st.sampled_from(said.HandoffOutcome),
    "tuple[str, ...]": st.lists(st.sampled_from(["ana", "bo"]), max_size=2).map(tuple),
    "tuple[PersonKey, ...]": st.lists(persons, max_size=2).map(tuple),
}


def any_of(kind: type[T], **given: st.SearchStrategy[object]) -> st.SearchStrategy[T]:
    """Any value of a dataclass, in which some fields are given."""
    parts = {}
    for part in fields(kind):
        name, _, optional = str(part.type).partition(" | ")
        if part.name in given:
            parts[part.name] = given[part.name]
        else:
            parts[part.name] = st.none() | BY_ANNOTATION[name] if optional else BY_ANNOTATION[name]
    return st.builds(kind, **parts)


none = st.none()
role_edits: st.SearchStrategy[state.Edit] = st.one_of(
    st.builds(
        Open,
        assignment=any_of(
            Assignment,
            id=assignment_ids,
            stream=streams,
            until=none,
            ended_by=none,
            ended_source=none,
        ),
    ),
    any_of(Close, assignment_id=assignment_ids),
    st.builds(state.Put, any_of(state.Link) | any_of(state.Intent)),
    st.builds(state.Drop, st.sampled_from([state.Link, state.Intent]), items),
    st.builds(state.Put, any_of(state.RoleTombstone)),
    st.builds(state.Drop, st.just(state.RoleTombstone), role_members),
    st.builds(state.Put, any_of(state.Conflict)),
    st.builds(state.Drop, st.just(state.Conflict), roles),
    st.builds(state.Put, any_of(state.RefusedWrite, about=abouts)),
    st.builds(state.Drop, st.just(state.RefusedWrite), abouts),
    st.builds(state.Put, any_of(state.RegisterBase, name=registers)),
    st.builds(state.Drop, st.just(state.RegisterBase), registers),
)
entry_edits: st.SearchStrategy[state.Edit] = st.one_of(
    st.builds(state.PutEntry, entry=any_of(Entry)),
    any_of(state.ArchiveEntry),
    st.builds(state.Put, any_of(state.EntryLink, remote_id=remote_ids) | any_of(state.EntryIntent)),
    st.builds(state.Drop, st.sampled_from([state.EntryLink, state.EntryIntent]), keys),
    st.builds(state.Put, any_of(state.Tombstone, remote_id=remote_ids)),
    st.builds(state.Drop, st.just(state.Tombstone), remote_ids),
)
statements: st.SearchStrategy[said.Statement] = st.one_of(
    st.builds(
        said.Propose,
        handoff=any_of(
            said.Handoff,
            id=handoff_ids,
            stream=streams,
            expires=later,
            outcome=none,
            decided=none,
            decided_by=none,
        ),
    ),
    any_of(said.Decide, handoff_id=handoff_ids),
    st.builds(
        said.Correct,
        correction=any_of(said.Correction, id=correction_ids, stream=streams, until=later),
    ),
    st.builds(said.Devise, role=any_of(said.DevisedRole, key=st.sampled_from([RUNNER, SCRIBE]))),
    st.builds(
        said.Locate, place=any_of(said.PlaceLink, target=st.sampled_from(["datadog", "github"]))
    ),
)
