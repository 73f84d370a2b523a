"""Who is proposed, in which order, who is left out and why, and what is offered to be typed."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.model import INCIDENT_MANAGER, RoleKey, UserId
from dd_incident_roles.policy.facts import Account, Holding, NotRead
from dd_incident_roles.roles.catalogue import Holders, Role, Streams
from dd_incident_roles.suggesting import Candidate, Rotation, Shadow, offered_command, shadows
from tests.candidates import (
    DBA,
    MANAGER_ROLE,
    MANAGERS,
    PLACES,
    SCRIBE_ROLE,
    SRE,
    WRITERS,
    chosen,
    found,
    incident_with,
    names,
)
from tests.policy.cases import ADA, BO, CAI, SCRIBE, TECH_LEAD, held, person

DEE = person("Dee")

ORDERS = {
    "on call before members, whatever the catalogue lists first": (
        [found(ADA, MANAGERS), found(BO, SRE)],
        ["Bo", "Ada"],
    ),
    "the places in the order of the catalogue": (
        [found(ADA, WRITERS), found(BO, MANAGERS), found(CAI, DBA), found(DEE, SRE)],
        ["Dee", "Cai", "Bo", "Ada"],
    ),
    "names where nothing else tells apart": (
        [found(CAI, SRE), found(ADA, SRE), found(BO, SRE)],
        ["Ada", "Bo", "Cai"],
    ),
    "the best of several places counts": (
        [found(ADA, SRE), found(BO, WRITERS, SRE), found(CAI, DBA)],
        ["Ada", "Bo", "Cai"],
    ),
    "qualified before on call": (
        [found(ADA, SRE, qualified=False), found(BO, MANAGERS)],
        ["Bo", "Ada"],
    ),
    "nobody looked counts as qualified": (
        [found(BO, SRE, qualified=None), found(ADA, SRE, qualified=False)],
        ["Bo", "Ada"],
    ),
}


@pytest.mark.parametrize(("candidates", "order"), ORDERS.values(), ids=ORDERS)
def test_the_order(candidates: list[Candidate], order: list[str]) -> None:
    """The best comes first, however the candidates were listed."""
    assert names(chosen(*candidates)) == order
    assert names(chosen(*reversed(candidates))) == order


def test_free_people_come_first() -> None:
    """Whoever has another role comes after everybody who has none, and that is noted."""
    about = incident_with(held(TECH_LEAD, by=ADA))
    suggestion = chosen(found(ADA, SRE), found(BO, qualified=False), about=about)
    assert names(suggestion) == ["Bo", "Ada"]
    assert [each.holds for each in suggestion.proposed] == [(), ("Tech Lead",)]


LEFT_OUT = {
    "deactivated": (replace(found(ADA), account=Account.DEACTIVATED), "has a deactivated account"),
    "a service account": (
        replace(found(ADA), account=Account.SERVICE_ACCOUNT),
        "is a service account",
    ),
    "unread": (
        replace(found(ADA), account=NotRead(reason="no answer")),
        "has an account that could not be read: no answer",
    ),
    "invited": (
        replace(found(ADA), is_pending=True),
        "has not accepted the invitation to Datadog yet",
    ),
    "a shadow": (
        replace(found(ADA, SRE), shadows=(Shadow(team="sre", place="layer 'Shadow'"),)),
        "may be shadowing (layer 'Shadow')",
    ),
    "a shadow who is a member too": (
        replace(found(ADA, SRE, MANAGERS), shadows=(Shadow(team="sre", place="tag 'shadow'"),)),
        "may be shadowing (tag 'shadow')",
    ),
    "nameless": (
        found(replace(ADA, email=None, handle=None)),
        "has neither an e-mail nor a handle",
    ),
}


@pytest.mark.parametrize(("candidate", "reason"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_who_is_left_out(candidate: Candidate, reason: str) -> None:
    """Somebody who cannot take the role is told of with the reason, and the rest is proposed."""
    suggestion = chosen(candidate, found(BO))
    assert names(suggestion) == ["Bo"]
    assert [each.reason for each in suggestion.left_out] == [reason]


def test_a_shadow_of_one_team_who_serves_another() -> None:
    """Only watching with one team does not keep somebody who is on call for another."""
    candidate = replace(found(ADA, SRE, DBA), shadows=(Shadow(team="sre", place="x"),))
    [proposed] = chosen(candidate).proposed
    assert proposed.found == ("on call for dba",)


@pytest.mark.parametrize(
    ("wanted", "other"),
    [(MANAGER_ROLE, TECH_LEAD), (PLACES.role(TECH_LEAD), INCIDENT_MANAGER)],
    ids=["excludes", "is excluded"],
)
def test_roles_that_exclude_each_other(wanted: Role, other: RoleKey) -> None:
    """Both directions count, and only while the condition holds."""
    holding = held(other, by=ADA)
    grave = chosen(found(ADA), found(BO), role=wanted, about=incident_with(holding))
    assert names(grave) == ["Bo"]
    [left_out] = grave.left_out
    assert left_out.reason.endswith(f", which excludes {wanted.title} in SEV-1")
    mild = incident_with(holding, severity_is_grave=False)
    assert names(chosen(found(ADA), found(BO), role=wanted, about=mild)) == ["Bo", "Ada"]


def test_an_exclusion_between_other_roles_keeps_nobody() -> None:
    """Holding a role of an exclusion matters only for the other role of it."""
    about = incident_with(held(TECH_LEAD, by=ADA))
    assert names(chosen(found(ADA), about=about)) == ["Ada"]


def test_a_held_role() -> None:
    """Nobody is proposed for it, unless it is to be handed over, and never its holder."""
    about = incident_with(held(SCRIBE, by=ADA))
    quiet = chosen(found(ADA), found(BO), about=about)
    assert (quiet.proposed, quiet.is_looked_for) == ((), False)
    assert [each.person for each in quiet.holders] == [ADA]
    handed = chosen(found(ADA), found(BO), about=about, for_handoff=True)
    assert names(handed) == ["Bo"]
    assert [each.reason for each in handed.left_out] == ["already holds it"]


def test_an_unqualified_person_is_warned_of() -> None:
    """The warning names the person, the team and the role; others have none."""
    suggestion = chosen(found(ADA), found(BO, qualified=False), found(CAI, qualified=None))
    assert [each.warning for each in suggestion.proposed] == [
        None,
        None,
        "Bo is not in the team managers, whose members should be Scribe.",
    ]


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        person=st.sampled_from([ADA, BO, CAI, DEE]),
        found=st.lists(st.sampled_from([SRE, DBA, MANAGERS, WRITERS]), min_size=1, unique=True).map(
            tuple
        ),
        account=st.sampled_from([*Account, NotRead(reason="no answer")]),
        is_pending=st.booleans(),
        shadows=st.sampled_from([(), (Shadow(team="sre", place="x"),)]),
        qualified=st.sampled_from([True, False, None]),
    ),
    unique_by=lambda candidate: candidate.person.key,
)


@given(CANDIDATES, st.booleans())
def test_everybody_is_either_proposed_or_left_out(
    candidates: list[Candidate], is_busy: bool
) -> None:
    """Nobody is lost or doubled, none without a usable account is proposed, and order is fixed."""
    about = incident_with(held(TECH_LEAD, by=ADA)) if is_busy else incident_with()
    suggestion = chosen(*candidates, about=about)
    told = [each.person.key for each in suggestion.proposed]
    told += [each.person.key for each in suggestion.left_out]
    assert sorted(told) == sorted(each.person.key for each in candidates)
    usable = {each.person.key for each in candidates if each.account is Account.PERSON}
    assert {each.person.key for each in suggestion.proposed} <= usable
    assert all(left_out.reason for left_out in suggestion.left_out)
    assert chosen(*reversed(candidates), about=about) == suggestion
    for proposed in suggestion.proposed:
        assert shlex.split(proposed.command)[-1] == proposed.person.email


LEAD = PLACES.role(TECH_LEAD)
LOOSE_LEAD = replace(LEAD, streams=Streams.OPTIONAL)
MANY = replace(SCRIBE_ROLE, holders=Holders.MANY)

COMMANDS: dict[str, tuple[Role, tuple[Holding, ...], str]] = {
    "an empty role": (SCRIBE_ROLE, (), "assign 1001 scribe x@y"),
    "the short name of the manager": (MANAGER_ROLE, (), "assign 1001 im x@y"),
    "a held role": (
        MANAGER_ROLE,
        (held(INCIDENT_MANAGER),),
        "handoff 1001 im x@y",
    ),
    "a role for many": (MANY, (held(SCRIBE),), "assign 1001 scribe x@y"),
    "a stream is required": (LEAD, (), "assign 1001 tech_lead x@y --stream STREAM"),
    "a stream may be named": (LOOSE_LEAD, (), "assign 1001 tech_lead x@y"),
    "held in a stream": (
        LEAD,
        (held(TECH_LEAD, stream="web shop"),),
        "handoff 1001 tech_lead x@y --stream 'web shop'",
    ),
    "held in several streams": (
        LOOSE_LEAD,
        (held(TECH_LEAD, by=ADA), held(TECH_LEAD, stream="web", by=BO)),
        "handoff 1001 tech_lead x@y --stream STREAM",
    ),
    "held without a stream": (
        LOOSE_LEAD,
        (held(TECH_LEAD),),
        "handoff 1001 tech_lead x@y",
    ),
}


@pytest.mark.parametrize(("role", "holdings", "command"), COMMANDS.values(), ids=COMMANDS)
def test_the_command(role: Role, holdings: tuple[Holding, ...], command: str) -> None:
    """An empty role is assigned, a held one handed over, each with the stream that it needs."""
    about = incident_with(*holdings)
    assert offered_command(about, role, "x@y") == f"dd-incident-roles {command}"


def test_a_hostile_name_is_one_word() -> None:
    """Text from Datadog does nothing in the shell of whoever pastes the command."""
    for about in (incident_with(), incident_with(held(SCRIBE))):
        assert "'$(rm -r ~); x'" in offered_command(about, SCRIBE_ROLE, "$(rm -r ~); x")


def test_a_person_is_named_in_a_private_incident() -> None:
    """The command is for whoever asked, and of no use without the name."""
    about = incident_with()
    private = replace(about, incident=replace(about.incident, private=True))
    assert offered_command(private, SCRIBE_ROLE, "x@y").endswith(" x@y")


ADAS_ID, BOS_ID = UserId("ada"), UserId("bo")


def rotation(
    layer: str, *members: UserId, schedule: str = "SRE", tags: tuple[str, ...] = ()
) -> Rotation:
    return Rotation(schedule=schedule, layer=layer, members=members, tags=tags)


ROTATIONS = {
    "a layer": ([rotation("Shadow rotation", ADAS_ID)], {ADAS_ID: "layer 'Shadow rotation'"}),
    "in any case": ([rotation("SHADOWING", ADAS_ID)], {ADAS_ID: "layer 'SHADOWING'"}),
    "a schedule": ([rotation("a", ADAS_ID, schedule="Shadows")], {ADAS_ID: "schedule 'Shadows'"}),
    "a tag": ([rotation("a", ADAS_ID, tags=("x", "kind:shadow"))], {ADAS_ID: "tag 'kind:shadow'"}),
    "in a usual layer as well": ([rotation("shadow", ADAS_ID), rotation("Primary", ADAS_ID)], {}),
    "a usual layer first": ([rotation("Primary", ADAS_ID), rotation("shadow", ADAS_ID)], {}),
    "in two that watch": (
        [rotation("shadow", ADAS_ID), rotation("shadow too", ADAS_ID)],
        {ADAS_ID: "layer 'shadow'"},
    ),
    "one of two people": (
        [rotation("shadow", ADAS_ID, BOS_ID), rotation("Primary", BOS_ID)],
        {ADAS_ID: "layer 'shadow'"},
    ),
    "a usual layer": ([rotation("Primary", ADAS_ID)], {}),
    "names that are missing": ([rotation("", ADAS_ID, schedule="")], {}),
    "no rotation": ([], {}),
}


@pytest.mark.parametrize(("rotations", "expected"), ROTATIONS.values(), ids=ROTATIONS)
def test_shadows(rotations: list[Rotation], expected: dict[UserId, str]) -> None:
    """Whoever is in nothing but rotations called so is a shadow, and no one else."""
    assert shadows(rotations) == expected
