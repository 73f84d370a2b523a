"""What ``status`` says."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dd_incident_roles.report.documents.parts import TargetState
from dd_incident_roles.report.documents.status import Devised, Holder, Role, StatusView, status_json
from dd_incident_roles.report.status_text import status_table
from tests.report.cases import (
    DECLARED,
    HOSTILE,
    NOW,
    changed,
    incident,
    on_terminal,
    parsed,
    printed,
)

ADA = Holder(email="ada@corp.example", name="Ada", since=DECLARED.replace(minute=3), source="cli")
BOB = Holder(email="bob@corp.example", name=None, since=DECLARED.replace(day=1), source="datadog")
MANAGER = Role(
    role="incident_manager",
    title="Incident Manager",
    required=True,
    holders=(ADA,),
    targets={"datadog": TargetState.IN_SYNC},
)
SCRIBE = Role(
    role="scribe", title="Scribe", required=True, targets={"datadog": TargetState.NOT_SUPPORTED}
)
UNSHOWN = changed(SCRIBE, reasons={"datadog": "Datadog cannot show it"})
BACKUP = Role(role="backup", title="Backup", targets={"datadog": TargetState.IN_SYNC})
LIAISON = Role(
    role="network_liaison",
    title="Network Liaison",
    targets={"datadog": TargetState.IN_SYNC},
    devised=Devised(
        by="ada@corp.example",
        at=DECLARED,
        may_hold=("bob@corp.example",),
        until=NOW.replace(hour=17),
    ),
)
STATUS = StatusView(incident=incident(), rows=(MANAGER, UNSHOWN, BACKUP))


def line_of(text: str, start: str) -> str:
    (line,) = [line.strip() for line in text.splitlines() if line.strip().startswith(start)]
    return line


def with_state(state: TargetState, *, holders: tuple[Holder, ...] = (ADA,)) -> str:
    row = changed(SCRIBE, holders=holders, targets={"datadog": state})
    return printed(status_table([replace(STATUS, rows=(row,))], NOW))


def test_the_document_has_the_agreed_form() -> None:
    """Every field of the status document is there, under its name."""
    assert parsed(status_json([STATUS])) == {
        "schema": "dd-incident-roles/status/1",
        "incidents": [
            {
                "id": "11111111-2222-3333-4444-555555555555",
                "public_id": 1001,
                "title": "Checkout down",
                "severity": "SEV-1",
                "state": "active",
                "declared": "2026-01-01T14:00:00Z",
                "roles": [
                    {
                        "role": "incident_manager",
                        "title": "Incident Manager",
                        "stream": None,
                        "required": True,
                        "holders": [
                            {
                                "email": "ada@corp.example",
                                "name": "Ada",
                                "since": "2026-01-01T14:03:00Z",
                                "source": "cli",
                                "account": None,
                                "kind": "unknown",
                            }
                        ],
                        "targets": {"datadog": "in_sync"},
                        "reasons": {},
                        "devised": None,
                    },
                    {
                        "role": "scribe",
                        "title": "Scribe",
                        "stream": None,
                        "required": True,
                        "holders": [],
                        "targets": {"datadog": "not_supported"},
                        "reasons": {"datadog": "Datadog cannot show it"},
                        "devised": None,
                    },
                    {
                        "role": "backup",
                        "title": "Backup",
                        "stream": None,
                        "required": False,
                        "holders": [],
                        "targets": {"datadog": "in_sync"},
                        "reasons": {},
                        "devised": None,
                    },
                ],
                "notices": [],
            }
        ],
    }


@pytest.mark.parametrize("until", ["2026-01-01T17:12:30Z", None])
def test_a_devised_role_says_so(until: str | None) -> None:
    """A row tells who devised the role, when, who may hold it and until when."""
    devised = LIAISON.devised
    assert devised
    row = LIAISON if until else changed(LIAISON, devised=changed(devised, until=None))
    [shown] = json.loads(status_json([replace(STATUS, rows=(row,))]))["incidents"][0]["roles"]
    assert shown["devised"] == {
        "by": "ada@corp.example",
        "at": "2026-01-01T14:00:00Z",
        "may_hold": ["bob@corp.example"],
        "until": until,
    }


def test_the_document_keeps_a_hostile_title_and_shows_none_of_it() -> None:
    """A reader gets the title unchanged, and the text has nothing that steers a terminal or CI."""
    text = status_json([replace(STATUS, incident=incident(HOSTILE))])
    assert json.loads(text)["incidents"][0]["title"] == HOSTILE
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert "##[" not in text


def test_the_header_says_how_bad_and_for_how_long() -> None:
    """One line names the incident, its severity, its state and how long it has been open."""
    header = printed(status_table([STATUS], NOW)).splitlines()[0]
    assert header == "IR-1001 Checkout down  SEV-1 · active · open for 1 h 12 min"


def test_a_closed_incident_was_open() -> None:
    """An incident that is over is not shown as if it went on."""
    closed = replace(STATUS, incident=incident(state="resolved"))
    assert "resolved · was open for 30 min" in printed(status_table([closed], NOW))


def test_every_role_has_a_row() -> None:
    """A held role shows who and since when; an empty one shows nobody, and whether that matters."""
    text = printed(status_table([STATUS], NOW))
    assert line_of(text, "Incident Manager").split("  ")[0] == "Incident Manager"
    assert "Ada <ada@corp.example>" in line_of(text, "Incident Manager")
    assert "14:03 (1 h 9 min)" in line_of(text, "Incident Manager")
    assert line_of(text, "Incident Manager").endswith("in sync")
    assert line_of(text, "Scribe").endswith("nobody (required)")
    assert line_of(text, "Backup").endswith("nobody")


def test_several_holders_have_a_line_each() -> None:
    """Nobody is hidden behind the first holder."""
    row = changed(MANAGER, holders=(ADA, BOB), stream="database")
    text = printed(status_table([replace(STATUS, rows=(row,))], NOW))
    assert "Ada" in line_of(text, "Incident Manager (database)")
    assert "14:00 (1 h 12 min)" in line_of(text, "bob@corp.example")


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (
            TargetState.NOT_SUPPORTED,
            "recorded here; Datadog cannot show the role: Scribe.",
        ),
        (
            TargetState.PENDING,
            "pending: recorded here, not yet in Datadog: Scribe. Run: dd-incident-roles sync 1001",
        ),
        (
            TargetState.CONFLICT,
            "conflict: the role was changed here and in Datadog: Scribe. "
            "Settle it: dd-incident-roles assign 1001 ROLE PERSON",
        ),
    ],
)
def test_what_datadog_does_not_show_is_said(state: TargetState, sentence: str) -> None:
    """A role that is true only here is never passed off as true in Datadog."""
    assert sentence in with_state(state).splitlines()


def test_agreement_needs_no_sentence() -> None:
    """Where all is well nothing is added, and an empty role claims nothing about Datadog."""
    assert "Datadog shows" not in with_state(TargetState.IN_SYNC)
    assert "recorded here" not in with_state(TargetState.NOT_SUPPORTED, holders=())


def test_a_removal_that_waits_is_shown() -> None:
    """A role emptied here and still held in Datadog is pending although nobody holds it."""
    assert line_of(with_state(TargetState.PENDING, holders=()), "Scribe").endswith("pending")


def test_a_narrow_terminal_breaks_no_command_and_no_time() -> None:
    """At eighty columns times stay whole, and commands can still be copied."""
    row = changed(
        MANAGER, title="Backup Incident Manager", targets={"datadog": TargetState.PENDING}
    )
    text = on_terminal(status_table([replace(STATUS, rows=(row,))], NOW), width=60)
    assert "14:03 (1 h 9 min)" in text
    assert "Run: dd-incident-roles sync 1001" in text


def test_a_hostile_title_is_shown_as_text() -> None:
    """Escape sequences, line breaks, markup and workflow commands of a title do nothing."""
    text = printed(status_table([replace(STATUS, incident=incident(HOSTILE))], NOW))
    header = text.splitlines()[0]
    assert header.startswith("IR-1001 Down : :error::x [bold red]y[/] gnp :fire: # #[error]")
    assert "\x1b" not in text


def test_a_hostile_person_is_shown_as_text() -> None:
    """A name from Datadog steers no terminal either."""
    row = changed(MANAGER, holders=(changed(ADA, name="\x1b[8m[red]Eve\u202e"),))
    text = printed(status_table([replace(STATUS, rows=(row,))], NOW))
    assert "[red]Eve <ada@corp.example>" in text
    assert "\x1b" not in text


def test_no_incident_is_said() -> None:
    """An empty answer is a sentence, not silence."""
    assert printed(status_table([], NOW)) == "There is no incident to show.\n"
