"""What ``sync`` says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dd_incident_roles.report.documents.sync import (
    Change,
    ChangeOp,
    ChangeWhat,
    Conflict,
    Failure,
    Notice,
    Refusal,
    RefusedWrite,
    Sync,
)
from dd_incident_roles.report.sync_text import sync_text
from tests.report.cases import DECLARED, HOSTILE, parsed, printed

QUIET = Sync(dry_run=False, incidents=3, requests={"GET": 9})
CHANGE = Change(
    incident=1001,
    target="datadog",
    op=ChangeOp.HANDOVER,
    what=ChangeWhat.COMMANDER,
    role="incident_manager",
    summary="Ada is the commander now",
)
FULL = Sync(
    dry_run=False,
    incidents=3,
    requests={"PATCH": 1, "GET": 9},
    changes=(CHANGE,),
    conflicts=(
        Conflict(
            incident=1001,
            target="datadog",
            role="scribe",
            wanted="ada@corp.example",
            standing=None,
            since=DECLARED,
        ),
    ),
    refused=(
        Refusal(
            incident=1003,
            target="datadog",
            reason="5 roles would be emptied",
            hint="dd-incident-roles sync 1003 --allow-deletes 5",
            by_itself=datetime(2026, 1, 1, 14, 36, tzinfo=UTC),
        ),
    ),
    refused_writes=(
        RefusedWrite(
            incident=1001,
            target="datadog",
            op=ChangeOp.ASSIGN,
            what=ChangeWhat.ASSIGNMENT,
            summary="to make Ada Scribe",
            reason="Datadog declined it with 409.",
            since=DECLARED,
            last=DECLARED,
            tries=1,
            next_try=DECLARED + timedelta(hours=1),
            role="scribe",
        ),
    ),
    failures=(
        Failure(incident=1002, target="datadog", error="No answer in 10 s.", ambiguous=True),
    ),
    notices=(Notice(incident=None, text="Role assignments do not answer."),),
)


def test_the_document_has_the_agreed_form() -> None:
    """Every field of the sync document is there, under its name."""
    assert parsed(FULL.text()) == {
        "schema": "dd-incident-roles/sync/1",
        "dry_run": False,
        "incidents": 3,
        "requests": {"GET": 9, "PATCH": 1},
        "changes": [
            {
                "incident": 1001,
                "target": "datadog",
                "op": "handover",
                "what": "commander",
                "role": "incident_manager",
                "summary": "Ada is the commander now",
            }
        ],
        "conflicts": [
            {
                "incident": 1001,
                "target": "datadog",
                "role": "scribe",
                "wanted": "ada@corp.example",
                "standing": None,
                "since": "2026-01-01T14:00:00Z",
            }
        ],
        "refused": [
            {
                "incident": 1003,
                "target": "datadog",
                "reason": "5 roles would be emptied",
                "hint": "dd-incident-roles sync 1003 --allow-deletes 5",
                "by_itself": "2026-01-01T14:36:00Z",
            }
        ],
        "refused_writes": [
            {
                "incident": 1001,
                "target": "datadog",
                "op": "assign",
                "what": "assignment",
                "role": "scribe",
                "entry": None,
                "summary": "to make Ada Scribe",
                "reason": "Datadog declined it with 409.",
                "hint": None,
                "since": "2026-01-01T14:00:00Z",
                "last": "2026-01-01T14:00:00Z",
                "tries": 1,
                "next_try": "2026-01-01T15:00:00Z",
            }
        ],
        "failures": [
            {
                "incident": 1002,
                "target": "datadog",
                "error": "No answer in 10 s.",
                "ambiguous": True,
                "hint": None,
            }
        ],
        "notices": [{"incident": None, "text": "Role assignments do not answer."}],
    }


def test_a_quiet_sync_is_one_line() -> None:
    """With nothing to do, the sum says so and no next step is invented."""
    assert printed(sync_text(QUIET)) == "3 incidents, 0 changes; 9 GET\n"


def test_every_outcome_has_its_line_and_the_last_say_what_to_do() -> None:
    """Changes, conflicts, refusals and failures are each named, summed up and followed up."""
    assert printed(sync_text(FULL)).splitlines() == [
        "IR-1001  in Datadog: Ada is the commander now",
        "IR-1001  conflict: scribe was changed on both sides; Datadog shows nobody and stands, "
        "the record had ada@corp.example",
        "all  note: Role assignments do not answer.",
        "IR-1003  held back: 5 roles would be emptied (goes through by itself at 14:36 UTC)",
        "IR-1001  at rest: Datadog refuses to make Ada Scribe (asked once, again at 15:00 UTC): "
        "Datadog declined it with 409.",
        "IR-1002  Datadog failed: No answer in 10 s. (it is not known whether it was applied)",
        "3 incidents, 1 change, 1 conflict, 1 held back, 1 at rest, 1 failure; 9 GET, 1 PATCH",
        "Next: dd-incident-roles sync 1003 --allow-deletes 5",
        "Next: run the same command again; what was done is not done twice.",
        "Next: once what was refused is mended: dd-incident-roles sync 1001 --retry-refused",
        "Next: settle scribe: dd-incident-roles assign 1001 scribe PERSON",
    ]


def test_a_dry_run_claims_nothing() -> None:
    """What would be done is never worded as if it had been."""
    dry = Sync(dry_run=True, incidents=1, requests={}, changes=(CHANGE,))
    assert printed(sync_text(dry)).splitlines() == [
        "IR-1001  would change in Datadog: Ada is the commander now",
        "Dry run, nothing was written: 1 incident, 1 change; no requests",
        "Next: run it without --dry-run to make these changes.",
    ]


def test_hostile_text_stays_on_its_line() -> None:
    """An error that quotes an answer cannot add lines or steer the terminal."""
    failure = Failure(incident="a\nb", target="datadog", error=HOSTILE)
    text = printed(sync_text(Sync(dry_run=False, incidents=1, requests={}, failures=(failure,))))
    assert len(text.splitlines()) == 3
    assert "\x1b" not in text
