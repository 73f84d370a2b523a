"""What ``status`` says, and what a command says of a devised role."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.report.documents import TargetState
from dd_incident_roles.report.documents.status import (
    Holder,
    Incident,
    Role,
    Status,
    StatusView,
)
from dd_incident_roles.report.sentences import devised_notice
from dd_incident_roles.report.status_text import status_table
from dd_incident_roles.roles.ledger import DevisedRole
from tests.report.cases import (
    DECLARED,
    NOW,
    changed,
    document,
    incident,
    parsed,
    printed,
)

DOCUMENT = document(
    "status",
    """
    "incidents": [{
        "id": "11111111-2222-3333-4444-555555555555", "public_id": 1001,
        "title": "Checkout down", "severity": "SEV-1", "state": "active",
        "declared": "2026-01-01T14:00:00Z",
        "url": "https://app.datadoghq.com/incidents/1001",
        "roles": [
            {"role": "incident_manager", "title": "Incident Manager", "stream": null,
             "required": true,
             "holders": [{
                 "email": "ada@corp.example", "name": "Ada", "since": "2026-01-01T14:03:00Z",
                 "source": "cli", "account": null, "kind": "unknown"}],
             "targets": {"datadog": "in_sync"}, "reasons": {}, "called": "im", "devised": null},
            {"role": "scribe", "title": "Scribe", "stream": null, "required": true,
             "holders": [], "targets": {"datadog": "not_supported"},
             "reasons": {"datadog": "Datadog cannot show it"}, "called": "scribe", "devised": null},
            {"role": "backup", "title": "Backup", "stream": null, "required": false,
             "holders": [], "targets": {"datadog": "in_sync"}, "reasons": {}, "called": "backup",
             "devised": null},
            {"role": "network_liaison", "title": "Network Liaison", "stream": null,
             "required": false, "holders": [], "targets": {"datadog": "in_sync"},
             "reasons": {}, "called": "network_liaison", "devised": {
                 "by": "ada@corp.example", "at": "2026-01-01T14:00:00Z",
                 "may_hold": ["bob@corp.example"], "until": "2026-01-01T17:12:30Z"}}],
        "notices": ["Datadog is slow."],
        "places": []}]
    """,
)
MANAGER, SCRIBE, BACKUP, LIAISON = Incident.model_validate(DOCUMENT["incidents"][0]).roles
[ADA] = MANAGER.holders
BOB = changed(ADA, email="bob@corp.example", name=None, since=DECLARED.replace(day=1))
STATUS = StatusView(
    incident=incident(),
    rows=(MANAGER, SCRIBE, BACKUP, LIAISON),
    notices=("Datadog is slow.",),
    url="https://app.datadoghq.com/incidents/1001",
)


def shown(*rows: Role, status: StatusView = STATUS) -> str:
    """A status as a pipe gets it, of other rows if there are any."""
    return printed(status_table([replace(status, rows=rows or status.rows)], NOW))


def line_of(text: str, start: str) -> str:
    (line,) = [line.strip() for line in text.splitlines() if line.strip().startswith(start)]
    return line


def with_state(state: TargetState, *, holders: tuple[Holder, ...] = (ADA,)) -> str:
    return shown(changed(SCRIBE, holders=holders, targets={"datadog": state}, reasons={}))


def test_the_document_has_the_agreed_form() -> None:
    """Every field of the status document is there, under its name, and no other."""
    assert parsed(Status.of(incidents=[STATUS])) == DOCUMENT


def test_a_role_can_be_devised_for_good() -> None:
    """A role that does not lapse has no end in the document."""
    assert LIAISON.devised
    row = changed(LIAISON, devised=changed(LIAISON.devised, until=None))
    assert '"until": null' in Status.of(incidents=[replace(STATUS, rows=(row,))])


def test_the_header_says_how_bad_and_for_how_long() -> None:
    """One line names the incident, its severity, its state and how long it is or was open."""
    header = "IR-1001 Checkout down  SEV-1 · "
    assert shown().splitlines()[0] == f"{header}active · open for 1 h 12 min"
    closed = shown(status=replace(STATUS, incident=incident(state="resolved")))
    assert closed.splitlines()[0] == f"{header}resolved · was open for 30 min"


def test_every_role_has_a_row() -> None:
    """A held role shows who and since when; an empty one shows nobody, and whether that matters."""
    text = shown()
    held = [part.strip() for part in line_of(text, "Incident Manager").split("  ") if part]
    assert held == ["Incident Manager", "Ada", "14:03 (1 h 9 min)", "in sync"]
    assert line_of(text, "Scribe").endswith("nobody (required)")
    assert line_of(text, "Backup").endswith("nobody")
    assert "Datadog is slow." in text.splitlines()


def test_several_holders_have_a_line_each() -> None:
    """Nobody is hidden behind the first holder."""
    text = shown(changed(MANAGER, holders=(ADA, BOB), stream="database"))
    assert "Ada" in line_of(text, "Incident Manager (database)")
    assert "14:00 (1 h 12 min)" in line_of(text, "bob@corp.example")


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (TargetState.NOT_SUPPORTED, "recorded here; Datadog cannot show the role: Scribe."),
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


def test_no_incident_is_said() -> None:
    """An empty answer is a sentence, not silence."""
    assert printed(status_table([], NOW)) == "There is no incident to show.\n"


DEVISED = DevisedRole(
    key=RoleKey("network_liaison"),
    title="Network Liaison",
    is_single=True,
    devised=DECLARED,
    devised_by="ana@corp.example",
)
BO, CAROL = PersonKey("bo@corp.example"), PersonKey("carol@corp.example")


@pytest.mark.parametrize(
    ("may_hold", "lasting", "terms"),
    [
        ((), None, ""),
        ((BO, CAROL), None, "; it may be held by Bo, Carol"),
        ((), timedelta(hours=2), "; until 17:12 UTC (in 2 h)"),
        ((), timedelta(days=1), "; until 2026-01-02 15:12 UTC (in 1 d)"),
        ((), -timedelta(minutes=12), "; it lapsed at 15:00 UTC (12 min ago)"),
        ((), timedelta(), "; it lapsed at 15:12 UTC (under 1 min ago)"),
        ((BO,), timedelta(hours=2), "; it may be held by Bo; until 17:12 UTC (in 2 h)"),
    ],
)
def test_the_terms_of_a_devised_role(
    may_hold: tuple[PersonKey, ...], lasting: timedelta | None, terms: str
) -> None:
    """One sentence says who devised the role, who may hold it and for how long."""
    until = None if lasting is None else NOW + lasting
    devised = replace(DEVISED, may_hold=may_hold, until=until)
    said = devised_notice(devised, lambda key: key.partition("@")[0].title(), NOW)
    assert said == f"Network Liaison was devised by Ana for this incident{terms}."
