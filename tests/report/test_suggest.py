"""What ``suggest`` says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.report.suggest import suggest_table
from dd_incident_roles.suggesting import LaterTiers, Suggestion, Suggestions, Unread
from tests.candidates import SCRIBE_ROLE, SRE, chosen, found, incident_with
from tests.policy.cases import ADA, BO, CAI, SCRIBE, TECH_LEAD, held, incident
from tests.report.cases import on_terminal, printed

FULL = replace(
    chosen(
        found(ADA, SRE, qualified=False),
        found(BO),
        found(CAI),
        about=incident_with(held(TECH_LEAD, by=CAI), held(SCRIBE, by=BO)),
        for_handoff=True,
    ),
    later_tiers=(LaterTiers(team="sre", number=2),),
    unread=(Unread(what="who is in the team writers", reason="no answer"),),
)
PLACELESS = replace(
    chosen(), role=replace(SCRIBE_ROLE, suggested_from=()), called="scribe", required=True
)


def suggestions(*roles: Suggestion) -> Suggestions:
    return Suggestions(incident=incident(), file="roles.yaml", roles=roles)


SUGGESTIONS = suggestions(FULL)


def told(about: Suggestions) -> str:
    return printed(suggest_table(about))


def test_everything_is_told() -> None:
    """Each candidate has the command below the name; who was left out is told with the reason."""
    assert told(SUGGESTIONS).splitlines() == [
        "IR-1001 Checkout down  SEV-1 · active",
        "",
        "Scribe (required), held by Bo",
        "1. Ada, on call for sre",
        "   Ada is not in the team managers, whose members should be Scribe.",
        "   dd-incident-roles handoff 1001 scribe ada@corp.example",
        "2. Cai, in the team managers; holds Tech Lead already",
        "   dd-incident-roles handoff 1001 scribe cai@corp.example",
        "Left out: Bo, in the team managers: already holds it.",
        "2 more on later tiers of sre; not proposed.",
        "Could not read who is in the team writers: no answer.",
        "",
        "Nobody was assigned; the commands above do that.",
    ]


def test_a_held_role() -> None:
    """Who holds it, and what to type to see who could take over."""
    text = told(suggestions(chosen(about=incident_with(held(SCRIBE, by=BO)))))
    assert (
        "Bo holds it; nothing to suggest. "
        "To see who could take over: dd-incident-roles suggest 1001 scribe --all" in text
    )
    assert "Nobody was assigned" not in text


def test_nobody_to_propose() -> None:
    """An empty answer is a sentence."""
    assert "Nobody was found to propose." in told(suggestions(chosen()))


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("roles.yaml", "Add to the role in roles.yaml: "),
        ("config/roles.yaml", "in a copy of config/roles.yaml that the setting 'roles' names: "),
    ],
)
def test_a_role_without_places(file: str, place: str) -> None:
    """What to write is said, and where; the installed catalogue is not the one to change."""
    text = told(replace(suggestions(PLACELESS), file=file))
    assert "The catalogue does not say where to find people for Scribe." in text
    assert f"{place}suggested_from: [{{on_call: TEAM}}, {{team: TEAM}}]" in text


def test_a_devised_role() -> None:
    """A role of one incident is in no file, so that assigning it is offered."""
    text = told(suggestions(replace(PLACELESS, is_devised=True)))
    assert "was devised for this incident" in text
    assert "dd-incident-roles assign 1001 scribe PERSON" in text


@pytest.mark.parametrize(
    ("state", "sentence"), [("active", "No empty role"), ("resolved", "The incident is over")]
)
def test_no_role(state: str, sentence: str) -> None:
    """That there is nothing to do is a sentence, and says why."""
    assert sentence in told(replace(suggestions(), incident=incident(state=state)))


def test_a_command_is_not_broken() -> None:
    """On a narrow terminal a command can still be copied."""
    command = "dd-incident-roles handoff 1001 scribe ada@corp.example"
    assert command in on_terminal(suggest_table(SUGGESTIONS), width=40)
