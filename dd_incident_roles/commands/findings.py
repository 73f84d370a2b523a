"""What the rules find in what a run has read, and the entries that tell of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime

from dd_incident_roles.application import Application
from dd_incident_roles.commands import reading
from dd_incident_roles.errors import RecordChanged
from dd_incident_roles.facts.live import with_accounts
from dd_incident_roles.model import Entry, EntryKey, IncidentId
from dd_incident_roles.policy.finding import Finding, fails
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.sync.entries.identity import FINDING, FINDING_KEY, without_tag, without_times
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.sync.state import PutEntry
from dd_incident_roles.sync.threads import in_threads
from dd_incident_roles.timeline.change_entry import visible_text
from dd_incident_roles.words import PROGRAM


def judge_plans(
    application: Application, plans: Sequence[Plan], *, concurrency: int
) -> tuple[Finding, ...]:
    """What the rules find in what a run has read itself, but for what a waiver covers."""
    if not plans:
        return ()
    seen = in_threads(lambda each: reading.view_of(application, each), plans, at_most=concurrency)
    facts = with_accounts(application, [each.facts for each in seen])
    question = Question(
        rules=tuple(RULES.values()), now=application.now(), policy=application.policy
    )
    return tuple(each for each in judge(question, facts).findings if each.is_active)


def note_findings(
    application: Application, plans: Sequence[Plan], findings: Sequence[Finding]
) -> list[IncidentId]:
    """Record an entry for each finding that the policy wants in the timeline and that it lacks.

    Returns the incidents with entries that are still to be carried to Datadog. The account of a
    rule that could not be decided is no news of the incident, and is left out.
    """
    now = application.now()
    news = [
        each
        for each in findings
        if fails(each.level, application.policy.noted)
        # What is about the organisation belongs into no incident's timeline.
        and not each.subject
        and each.rule != NOT_EVALUATED.id
    ]
    incidents = [each.reading.incident for each in plans]
    entries = {
        incident.id: [_entry(each, now) for each in news if each.public_id == incident.public_id]
        for incident in incidents
    }
    return [each for each in entries if _record_new(application, each, entries[each])]


def _entry(finding: Finding, now: datetime) -> Entry:
    return Entry(
        key=EntryKey(f"{FINDING_KEY}{finding.fingerprint}"),
        at=now,
        created=now,
        text=visible_text(f"{finding.message} ({finding.rule})"),
        author=PROGRAM,
        kind=FINDING,
    )


def _record_new(
    application: Application, incident_id: IncidentId, entries: Iterable[Entry]
) -> bool:
    """Add what the timeline lacks; an entry that people deleted stays deleted."""
    record = application.record
    state = record.state(incident_id, application.target.name)
    archived = (each.entry for each in record.archived(incident_id))
    known = [*state.timeline.entries, *archived]
    keys = {entry.key for entry in known}
    # Another record tells the same under a tag of its own, which alone silences nothing.
    tagged = [without_tag(entry.text) for entry in known]
    gists = {(each.key, without_times(each.text)) for each in tagged}
    edits = [
        PutEntry(entry=each)
        for each in entries
        if each.key not in keys and (each.key, without_times(each.text)) not in gists
    ]
    # Where another process was quicker the next run looks again; a finding does not run away.
    with suppress(RecordChanged):
        if edits:
            version = state.version
            record.commit(incident_id, application.target.name, edits, expected_version=version)
            return True
    return False
