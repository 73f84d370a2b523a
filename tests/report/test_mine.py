"""What ``status --mine`` says of somebody's roles and of what waits for them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dd_incident_roles.report.documents import TargetState
from dd_incident_roles.report.documents.mine import Finding, Mine, is_overdue
from dd_incident_roles.report.status_text import mine_table
from tests.report.cases import NOW, changed, document, on_terminal, parsed, printed
from tests.report.checks import finding

WHERE = """"incident": {"id": "11111111-2222-3333-4444-555555555555",
    "public_id": 1001, "title": "Checkout down"}"""
ADA = '{"email": "ada@corp.example", "name": "Ada"}'
BOB = '{"email": "bob@corp.example", "name": null}'
DOCUMENT = document(
    "mine",
    f"""
    "person": {ADA}, "now": "2026-01-01T15:12:30Z", "incidents": 2,
    "roles": [{{
        {WHERE}, "role": "scribe", "title": "Scribe", "stream": null,
        "since": "2026-01-01T14:03:00Z", "summary": "Keeps the notes.",
        "responsibilities": ["Keep the timeline.", "Note who took part."],
        "targets": {{"datadog": "in_sync"}}}}],
    "handoffs_to_answer": [{{
        {WHERE}, "role": "incident_manager", "title": "Incident Manager", "stream": null,
        "giver": {BOB}, "receiver": {ADA}, "note": "My shift ends",
        "proposed": "2026-01-01T15:07:30Z", "expires": "2026-01-01T15:17:30Z",
        "command": "dd-incident-roles handoff accept 1001 im"}}],
    "handoffs_void": [],
    "handoffs_waiting": [{{
        {WHERE}, "role": "tech_lead", "title": "Tech Lead", "stream": "db",
        "giver": {ADA}, "receiver": {BOB}, "note": null,
        "proposed": "2026-01-01T14:22:30Z", "expires": "2026-01-01T14:32:30Z",
        "command": "dd-incident-roles handoff decline 1001 tech_lead --stream db"}}],
    "tasks": [
        {{{WHERE}, "id": "t1", "text": "Call", "due": "2026-01-01T15:02:30Z", "overdue": true}},
        {{{WHERE}, "id": "t2", "text": "Write", "due": "2026-01-01T16:42:30Z", "overdue": false}},
        {{{WHERE}, "id": "t3", "text": "", "due": null, "overdue": false}}],
    "findings": [],
    "not_read": [
        {{"incident": 1002, "reason": "the tasks: Forbidden", "hint": "Ask for a permission."}}]
    """,
)
WITHOUT_FINDINGS = Mine.model_validate({**DOCUMENT, "only_open": True})
FULL = changed(WITHOUT_FINDINGS, findings=(Finding.model_validate(finding()),))
LISTS = ("roles", "handoffs_to_answer", "handoffs_waiting", "tasks", "findings", "not_read")
NOTHING = changed(FULL, **dict.fromkeys(LISTS, ()))
[SCRIBE], [ASKED], [GIVEN] = FULL.roles, FULL.handoffs_to_answer, FULL.handoffs_waiting
OFFERED = changed(FULL, handoffs_to_answer=(changed(ASKED, giver=None, note=None),))


def shown(mine: Mine) -> str:
    return printed(mine_table(mine))


def section(heading: str, mine: Mine = FULL) -> list[str]:
    """The lines below a heading."""
    below = shown(mine).splitlines()
    found = below[below.index(heading) + 1 :]
    return found[: found.index("")] if "" in found else found


def test_the_document_has_the_agreed_form() -> None:
    """Every field of the document is there, under its name, and no other."""
    assert parsed(WITHOUT_FINDINGS.text()) == DOCUMENT


def test_a_held_role_has_a_row_and_its_responsibilities() -> None:
    """Where, since when and whether Datadog shows it stand in a row; what it asks for, below."""
    lines = [line.strip() for line in shown(FULL).splitlines()]
    assert lines[0] == "You (Ada) hold 1 role."
    [row] = [line for line in lines if line.startswith("Scribe  ")]
    assert [part.strip() for part in row.split("  ") if part.strip()] == [
        "Scribe",
        "IR-1001 Checkout down",
        "14:03 (1 h 9 min)",
        "in sync",
    ]
    assert section("Scribe") == ["- Keep the timeline.", "- Note who took part."]


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
    waiting = changed(SCRIBE, targets={"datadog": TargetState.PENDING})
    text = shown(changed(FULL, roles=(waiting,)))
    assert "Run: dd-incident-roles sync 1001" in text
    assert "pending" in text
    assert "Run: " not in shown(FULL)


def test_each_thing_that_waits_says_what_to_do() -> None:
    """Handoffs say who, what, since and until when; tasks when they are due; all what to type."""
    assert section("To answer") == [
        "bob@corp.example asks you to take over Incident Manager of IR-1001, since 15:07 UTC "
        "(5 min); the answer is due by 15:17 UTC.",
        "  note: My shift ends",
        "  accept it: dd-incident-roles handoff accept 1001 im",
    ]
    assert section("Waiting for others") == [
        "bob@corp.example is asked to take over Tech Lead (db) of IR-1001, since 14:22 UTC "
        "(50 min); it expired at 14:32 UTC; you are responsible.",
        "  take it back: dd-incident-roles handoff decline 1001 tech_lead --stream db",
    ]
    assert section("Tasks") == [
        "overdue since 15:02 UTC (10 min) IR-1001 Call",
        "due 16:42 UTC (in 1 h 30 min) IR-1001 Write",
        "no due time IR-1001 (no text)",
    ]
    assert section("To act on") == [
        "error IR010 Nobody is Scribe of IR-1001.",
        "  fix: dd-incident-roles assign 1001 scribe PERSON",
    ]
    assert section("Not read, so there may be more") == [
        "IR-1002: the tasks: Forbidden",
        "  Ask for a permission.",
    ]
    assert "Nothing waits for you." not in shown(changed(NOTHING, not_read=FULL.not_read))


def test_a_handoff_says_who_is_responsible_until_it_is_answered() -> None:
    """Another giver is named; a role that nobody holds is offered by nobody."""
    nobody = changed(FULL, handoffs_waiting=(changed(GIVEN, giver=None),))
    assert "nobody holds it." in section("Waiting for others", nobody)[0]
    other = changed(FULL, handoffs_waiting=(changed(GIVEN, giver=GIVEN.receiver),))
    assert "bob@corp.example is responsible." in section("Waiting for others", other)[0]
    assert "You are asked to take over Incident Manager of IR-1001" in shown(OFFERED)


def test_a_task_is_overdue_only_after_its_time() -> None:
    """At the very moment at which it is due there is nothing to reproach, nor without a time."""
    overdue = [is_overdue(due, NOW) for due in (NOW, NOW - timedelta(seconds=1), None)]
    assert overdue == [False, True, False]


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
