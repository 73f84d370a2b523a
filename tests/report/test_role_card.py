"""What the card of a role says, to whoever looks it up and to whoever takes it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.configuration.roles_file import load_catalogue
from dd_incident_roles.report.catalogue_text import hand_on_command, role_card, taken_card
from dd_incident_roles.roles.catalogue import Role, Streams
from tests.policy.cases import BACKUP, CATALOGUE, SCRIBE, TECH_LEAD
from tests.report.cases import HOSTILE, printed

SHIPPED = load_catalogue(None)
NOTES = replace(
    CATALOGUE.role(SCRIBE),
    summary="Keeps the notes.",
    responsibilities=("Keep the timeline.", "Note who took part."),
)


def lines(role: Role, *, stream: str | None = None) -> list[str]:
    return printed(taken_card(role, 1001, stream=stream)).splitlines()


def test_the_card_says_what_the_role_is_in_datadog() -> None:
    """Whoever looks a role up reads what Datadog calls it and when it is required."""
    manager = printed(role_card(CATALOGUE.commander, CATALOGUE))
    assert "In Datadog: the commander" in manager
    assert "Called:     incident_manager, im" in manager
    backup = printed(role_card(CATALOGUE.role(BACKUP), CATALOGUE))
    assert 'In Datadog: the role "Backup Incident Manager"' in backup
    assert "Required:   in SEV-1 and once open for 2h, at once (warning)" in backup


@pytest.mark.parametrize("role", SHIPPED.roles, ids=lambda role: role.key)
def test_each_card_has_every_responsibility(role: Role) -> None:
    """Nothing that a role is responsible for is left out of either card."""
    for card in (role_card(role, SHIPPED), taken_card(role, 1001)):
        text = printed(card)
        shown = [line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")]
        assert shown == list(role.responsibilities)
        assert role.title in text
        assert role.summary in text


def test_the_card_of_a_taken_role_is_short() -> None:
    """Title, summary, responsibilities and how to hand it on, a line each, and nothing else."""
    assert lines(NOTES) == [
        "Scribe",
        "Keeps the notes.",
        "- Keep the timeline.",
        "- Note who took part.",
        "Hand it on: dd-incident-roles handoff 1001 scribe --to PERSON",
    ]


def test_a_devised_role_has_its_summary_alone() -> None:
    """A role without responsibilities shows what it is for, and no empty list."""
    devised = replace(NOTES, responsibilities=())
    assert lines(devised)[:2] == ["Scribe", "Keeps the notes."]
    assert len(lines(devised)) == 3
    assert "\n\n\n" not in printed(role_card(devised, CATALOGUE))


def test_a_stream_is_part_of_what_was_taken() -> None:
    """The title and the command name the stream, quoted for a shell where that is needed."""
    shown = lines(CATALOGUE.role(TECH_LEAD), stream="data base")
    assert shown[0] == "Tech Lead (data base)"
    assert shown[-1].endswith("handoff 1001 tech_lead --to PERSON --stream 'data base'")


@pytest.mark.parametrize(
    ("streams", "suggested", "line"),
    [
        (Streams.NONE, (), None),
        (Streams.OPTIONAL, (), "Streams:    optional"),
        (Streams.REQUIRED, ("inside", "outside"), "Streams:    required, such as inside, outside"),
    ],
)
def test_the_streams_are_said(
    streams: Streams, suggested: tuple[str, ...], line: str | None
) -> None:
    """Both cards say whether a role has streams, and which ones the catalogue suggests."""
    role = replace(NOTES, streams=streams, suggested_streams=suggested)
    for card in (taken_card(role, 1001), role_card(role, CATALOGUE)):
        shown = [each for each in printed(card).splitlines() if each.startswith("Streams:")]
        assert shown == ([] if line is None else [line])


def test_the_command_uses_the_short_name() -> None:
    """The Incident Manager is handed on as ``im``, as everywhere else; other roles by their key."""
    assert hand_on_command(CATALOGUE.commander, 1001).split()[:4] == [
        "dd-incident-roles",
        "handoff",
        "1001",
        "im",
    ]
    assert " scribe " in hand_on_command(NOTES, 1001)


def test_a_card_commands_nothing() -> None:
    """A title or summary that somebody devised steers no terminal and no log."""
    evil = replace(NOTES, title=HOSTILE, summary=HOSTILE, responsibilities=(HOSTILE,))
    text = printed(taken_card(evil, 1001, stream=HOSTILE))
    assert "\x1b" not in text
    assert not any(line.lstrip("- ").startswith("::") for line in text.splitlines())
    assert "##[" not in text
