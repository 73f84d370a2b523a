"""Who is proposed, in which order, and who is left out for which reason."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.model import INCIDENT_MANAGER, RoleKey
from dd_incident_roles.policy.facts import Account, NotRead
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.suggesting.suggest import Candidate, Shadow
from tests.policy.cases import ADA, BO, CAI, SCRIBE, TECH_LEAD, held, person
from tests.suggesting.candidates import (
    DBA,
    MANAGER_ROLE,
    MANAGERS,
    PLACES,
    SRE,
    WRITERS,
    chosen,
    found,
    incident_with,
    names,
)

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
