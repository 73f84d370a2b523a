"""What ``sync`` says."""

from __future__ import annotations

from dd_incident_roles.report.sync import Sync, sync_text
from tests.report.cases import document, parsed, printed

DOCUMENT = document(
    "sync",
    """
    "dry_run": false, "incidents": 3, "left_unread": 1,
    "oldest_reading": "2026-01-01T13:55:00Z", "requests": {"PATCH": 1, "GET": 9},
    "changes": [{
        "incident": 1001, "target": "datadog", "op": "handover", "what": "commander",
        "role": "incident_manager", "summary": "Ada is the commander now"}],
    "conflicts": [{
        "incident": 1001, "target": "datadog", "role": "scribe", "wanted": "ada@corp.example",
        "standing": null, "since": "2026-01-01T14:00:00Z"}],
    "refused": [{
        "incident": 1003, "target": "datadog", "reason": "5 roles would be emptied",
        "hint": "dd-incident-roles sync 1003 --allow-deletes 5",
        "by_itself": "2026-01-01T14:36:00Z"}],
    "refused_writes": [{
        "incident": 1001, "target": "datadog", "op": "assign", "what": "assignment",
        "role": "scribe", "entry": null, "summary": "to make Ada Scribe",
        "reason": "Datadog declined it with 409.", "hint": null, "tries": 1,
        "since": "2026-01-01T14:00:00Z", "last": "2026-01-01T14:00:00Z",
        "next_try": "2026-01-01T15:00:00Z"}],
    "failures": [{
        "incident": 1002, "target": "datadog", "error": "No answer in 10 s.", "ambiguous": true,
        "hint": null}],
    "notices": [{"incident": null, "text": "Role assignments do not answer."}],
    "place_requests": {"gitlab": {"PUT": 1, "GET": 3}, "slack": {"GET": 2}}
    """,
)
FULL = Sync.model_validate(DOCUMENT)
QUIET = Sync(dry_run=False, incidents=3, requests={"GET": 9})


def lines(sync: Sync) -> list[str]:
    return printed(sync_text(sync)).splitlines()


def test_the_document_has_the_agreed_form() -> None:
    """Every field of the sync document is there, under its name, and no other."""
    assert parsed(FULL.text()) == DOCUMENT


def test_a_quiet_sync_is_one_line() -> None:
    """With nothing to do, the sum says so and no next step is invented."""
    assert printed(sync_text(QUIET)) == "3 incidents, 0 changes; 9 GET\n"


def test_every_outcome_has_its_line_and_the_last_say_what_to_do() -> None:
    """Changes, conflicts, refusals and failures are each named, summed up and followed up."""
    assert lines(FULL) == [
        "IR-1001  in Datadog: Ada is the commander now",
        "IR-1001  conflict: scribe was changed on both sides; Datadog shows nobody, which counts; "
        "the record had ada@corp.example",
        "all  note: Role assignments do not answer.",
        "IR-1003  held back: 5 roles would be emptied (goes through by itself at 14:36 UTC)",
        "IR-1001  Datadog refuses to make Ada Scribe (tried once, again at 15:00 UTC): "
        "Datadog declined it with 409.",
        "IR-1002  Datadog failed: No answer in 10 s. (it is not known whether it was applied)",
        "3 incidents, 1 left unread, 1 change, 1 conflict, 1 held back, 1 refused, 1 failure; "
        "9 GET, 1 PATCH; GitLab 3 GET, 1 PUT; Slack 2 GET",
        "Next: dd-incident-roles sync 1003 --allow-deletes 5",
        "Next: run the same command again; what was done is not done twice.",
        "Next: once what was refused is fixed: dd-incident-roles sync 1001 --retry-refused",
        "Next: settle scribe: dd-incident-roles assign 1001 scribe PERSON",
    ]


def test_a_dry_run_claims_nothing() -> None:
    """What would be done is never worded as if it had been."""
    assert lines(Sync(dry_run=True, incidents=1, requests={}, changes=FULL.changes)) == [
        "IR-1001  would change in Datadog: Ada is the commander now",
        "Dry run, nothing was written: 1 incident, 1 change; no requests",
        "Next: run it without --dry-run to make these changes.",
    ]
