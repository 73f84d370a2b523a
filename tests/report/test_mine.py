"""What ``status --mine`` says of somebody's roles and of what waits for them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dd_incident_roles.report.documents.mine import (
    Finding,
    Gap,
    Handoff,
    Incident,
    Mine,
    Role,
    Task,
    is_overdue,
)
from dd_incident_roles.report.documents.parts import Person, TargetState
from dd_incident_roles.report.status_text import mine_table
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
from tests.report.checks import finding

WHERE = Incident.model_validate(incident())
ADA = Person(email="ada@corp.example", name="Ada")
BOB = Person(email="bob@corp.example", name=None)
SCRIBE = Role(
    incident=WHERE,
    role="scribe",
    title="Scribe",
    targets={"datadog": TargetState.IN_SYNC},
    since=DECLARED.replace(minute=3),
    summary="Keeps the notes.",
    responsibilities=("Keep the timeline.", "Note who took part."),
)
ASKED = Handoff(
    incident=WHERE,
    role="incident_manager",
    title="Incident Manager",
    stream=None,
    giver=BOB,
    receiver=ADA,
    proposed=NOW - timedelta(minutes=5),
    expires=NOW + timedelta(minutes=5),
    note="My shift ends",
    command="dd-incident-roles handoff accept 1001 im",
)
GIVEN = Handoff(
    incident=WHERE,
    role="tech_lead",
    title="Tech Lead",
    stream="db",
    giver=ADA,
    receiver=BOB,
    proposed=NOW - timedelta(minutes=50),
    expires=NOW - timedelta(minutes=40),
    note=None,
    command="dd-incident-roles handoff decline 1001 tech_lead --stream db",
)


def task(key: str, text: str, minutes: float | None) -> Task:
    """A task that is due after so many minutes, or at no time."""
    due = None if minutes is None else NOW + timedelta(minutes=minutes)
    return Task(incident=WHERE, id=key, text=text, due=due, overdue=is_overdue(due, NOW))


LATE = task("t1", "Call", -10)
SOON = task("t2", "Write", 90)
SOME_DAY = task("t3", "", None)
NOTHING = Mine(
    person=ADA,
    now=NOW,
    incidents=2,
    only_open=True,
    roles=(),
    handoffs_to_answer=(),
    handoffs_waiting=(),
    tasks=(),
    findings=(),
    not_read=(),
)
FULL = changed(
    NOTHING,
    roles=(SCRIBE,),
    handoffs_to_answer=(ASKED,),
    handoffs_waiting=(GIVEN,),
    tasks=(LATE, SOON, SOME_DAY),
    findings=(Finding.model_validate(finding()),),
    not_read=(Gap(incident=1002, reason="the tasks: Forbidden", hint="Ask for a permission."),),
)

OFFERED = changed(FULL, handoffs_to_answer=(changed(ASKED, giver=None, note=None),))


def shown(mine: Mine) -> str:
    return printed(mine_table(mine))


def with_state(state: TargetState) -> Mine:
    return changed(FULL, roles=(changed(SCRIBE, targets={"datadog": state}),))


def test_the_document_has_the_agreed_form() -> None:
    """Every field of the document is there, under its name."""
    where = {
        "id": "11111111-2222-3333-4444-555555555555",
        "public_id": 1001,
        "title": "Checkout down",
    }
    ada = {"email": "ada@corp.example", "name": "Ada"}
    bob = {"email": "bob@corp.example", "name": None}
    document = parsed(FULL.text())
    assert {key: document[key] for key in list(document)[:4]} == {
        "schema": "dd-incident-roles/mine/1",
        "person": ada,
        "now": "2026-01-01T15:12:30Z",
        "incidents": 2,
    }
    assert document["roles"] == [
        {
            "incident": where,
            "role": "scribe",
            "title": "Scribe",
            "stream": None,
            "since": "2026-01-01T14:03:00Z",
            "summary": "Keeps the notes.",
            "responsibilities": ["Keep the timeline.", "Note who took part."],
            "targets": {"datadog": "in_sync"},
        }
    ]
    assert document["handoffs_to_answer"] == [
        {
            "incident": where,
            "role": "incident_manager",
            "title": "Incident Manager",
            "stream": None,
            "giver": bob,
            "receiver": ada,
            "proposed": "2026-01-01T15:07:30Z",
            "expires": "2026-01-01T15:17:30Z",
            "note": "My shift ends",
            "command": "dd-incident-roles handoff accept 1001 im",
        }
    ]
    assert document["tasks"] == [
        {
            "incident": where,
            "id": "t1",
            "text": "Call",
            "due": "2026-01-01T15:02:30Z",
            "overdue": True,
        },
        {
            "incident": where,
            "id": "t2",
            "text": "Write",
            "due": "2026-01-01T16:42:30Z",
            "overdue": False,
        },
        {"incident": where, "id": "t3", "text": "", "due": None, "overdue": False},
    ]
    assert document["not_read"] == [
        {"incident": 1002, "reason": "the tasks: Forbidden", "hint": "Ask for a permission."}
    ]


def test_a_held_role_has_a_row_and_its_responsibilities() -> None:
    """Where, since when and whether Datadog shows it stand in a row; what it asks for, below."""
    lines = [line.strip() for line in shown(FULL).splitlines()]
    assert lines[0] == "You (Ada) hold 1 role."
    [row] = [line for line in lines if line.startswith("Scribe  ")]
    assert [part.strip() for part in row.split("   ") if part.strip()] == [
        "Scribe",
        "IR-1001 Checkout down",
        "14:03 (1 h 9 min)",
        "in sync",
    ]
    at = lines.index("Scribe")
    assert lines[at + 1 : at + 3] == ["- Keep the timeline.", "- Note who took part."]


def test_the_same_role_in_two_incidents_is_explained_once() -> None:
    """Both have a row, and the responsibilities are not repeated."""
    other = changed(SCRIBE, incident=changed(SCRIBE.incident, public_id=1002))
    text = shown(changed(FULL, roles=(SCRIBE, other)))
    assert text.count("Checkout down ") == 2
    assert text.count("- Keep the timeline.") == 1


def test_a_role_without_responsibilities_shows_its_summary() -> None:
    """A devised role says what it is for."""
    text = shown(changed(FULL, roles=(changed(SCRIBE, responsibilities=()),)))
    assert "Keeps the notes." in text
    assert "Keeps the notes." not in shown(FULL)


def test_what_is_not_yet_in_datadog_is_said() -> None:
    """A role that waits for a sync is never passed off as shown in Datadog."""
    text = shown(with_state(TargetState.PENDING))
    assert "Run: dd-incident-roles sync 1001" in text
    assert "pending" in text
    assert "Run: " not in shown(FULL)


def test_a_handoff_to_answer_says_who_asks_and_what_to_type() -> None:
    """The sentence has who, what, since when and until when; the command accepts it."""
    lines = shown(FULL).splitlines()
    at = lines.index("To answer")
    assert lines[at + 1 : at + 4] == [
        "bob@corp.example asks you to take over Incident Manager of IR-1001, since 15:07 UTC "
        "(5 min); the answer is due by 15:17 UTC.",
        "  note: My shift ends",
        "  accept it: dd-incident-roles handoff accept 1001 im",
    ]


def test_a_handoff_that_waits_says_who_is_responsible() -> None:
    """Whoever proposed a handoff is told that they still hold the role, and that it is late."""
    lines = shown(FULL).splitlines()
    at = lines.index("Waiting for others")
    assert lines[at + 1 : at + 3] == [
        "bob@corp.example is asked to take over Tech Lead (db) of IR-1001, since 14:22 UTC "
        "(50 min); the answer was due by 14:32 UTC; you are responsible until then.",
        "  take it back: dd-incident-roles handoff decline 1001 tech_lead --stream db",
    ]
    nobody = shown(changed(FULL, handoffs_waiting=(changed(GIVEN, giver=None),)))
    assert "nobody holds it until then." in nobody
    other = shown(changed(FULL, handoffs_waiting=(changed(GIVEN, giver=BOB),)))
    assert "bob@corp.example is responsible until then." in other


def test_a_role_that_nobody_gives_is_offered() -> None:
    """A proposal of an empty role names no giver."""
    text = shown(OFFERED)
    assert "You are asked to take over Incident Manager of IR-1001" in text


def test_tasks_say_when_they_are_due() -> None:
    """A task that is late says since when; one without a time or text says that."""
    lines = shown(FULL).splitlines()
    at = lines.index("Tasks")
    assert lines[at + 1 : at + 4] == [
        "overdue since 15:02 UTC (10 min) IR-1001 Call",
        "due 16:42 UTC (in 1 h 30 min) IR-1001 Write",
        "no due time IR-1001 (no text)",
    ]


def test_a_task_is_overdue_only_after_its_time() -> None:
    """At the very moment at which it is due there is nothing to reproach."""
    assert not is_overdue(NOW, NOW)
    assert is_overdue(NOW, NOW + timedelta(seconds=1))


def test_findings_say_what_to_type() -> None:
    """Each finding is shown with its fix, as a check shows it."""
    lines = shown(FULL).splitlines()
    at = lines.index("To act on")
    assert lines[at + 1].startswith("error ")
    assert lines[at + 2] == "  fix: dd-incident-roles assign 1001 scribe PERSON"


def test_what_could_not_be_read_is_said() -> None:
    """A gap is named with what to do about it, and never passes for nothing owed."""
    lines = shown(FULL).splitlines()
    at = lines.index("Not read, so there may be more")
    assert lines[at + 1 : at + 3] == ["IR-1002: the tasks: Forbidden", "  Ask for a permission."]
    assert "Nothing waits for you." not in shown(changed(NOTHING, not_read=FULL.not_read))


@pytest.mark.parametrize(("mine", "code"), [(FULL, 3), (NOTHING, 0)], ids=["a gap", "none"])
def test_the_exit_code_says_whether_all_was_read(mine: Mine, code: int) -> None:
    """Only what could not be looked at makes the answer incomplete."""
    assert mine.exit_code == code


@pytest.mark.parametrize(
    ("incidents", "only_open", "sentence"),
    [
        (2, True, "You hold no role in the 2 open incidents."),
        (1, True, "You hold no role in the open incident."),
        (0, True, "No incident is open."),
        (2, False, "You hold no role in these 2 incidents."),
        (1, False, "You hold no role in this incident."),
        (0, False, "There is no incident to show."),
    ],
)
def test_nothing_held_is_said(incidents: int, only_open: bool, sentence: str) -> None:
    """An empty answer is a sentence that says where was looked."""
    mine = changed(NOTHING, incidents=incidents, only_open=only_open)
    assert shown(mine).splitlines()[0] == sentence


def test_whoever_holds_nothing_can_owe_something() -> None:
    """A question that waits is shown to somebody without a role."""
    text = shown(changed(NOTHING, handoffs_to_answer=(ASKED,)))
    assert "You hold no role" in text
    assert "handoff accept 1001 im" in text
    assert shown(NOTHING).splitlines()[1] == "Nothing waits for you."


def test_a_narrow_terminal_breaks_no_command() -> None:
    """Commands can be copied whatever the width."""
    text = on_terminal(mine_table(FULL), width=60)
    assert GIVEN.command in text
    assert "14:03 (1 h 9 min)" in text


def test_text_from_outside_commands_nothing() -> None:
    """Titles, notes, names, tasks and reasons steer no terminal and no log."""
    evil = changed(
        FULL,
        person=Person(email=None, name=HOSTILE),
        roles=(changed(SCRIBE, incident=changed(SCRIBE.incident, title=HOSTILE), title=HOSTILE),),
        handoffs_to_answer=(changed(ASKED, note=HOSTILE, giver=Person(email=None, name=HOSTILE)),),
        tasks=(changed(LATE, text=HOSTILE),),
        not_read=(Gap(incident=1001, reason=HOSTILE, hint=HOSTILE),),
    )
    text = shown(evil)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "##[" not in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert evil.text().isascii()
