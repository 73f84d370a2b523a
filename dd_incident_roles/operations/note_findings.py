"""Telling findings in the timelines of their incidents, once each, as ``check`` finds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from dd_incident_roles.errors import RecordChanged
from dd_incident_roles.model import Entry, EntryKey, IncidentId
from dd_incident_roles.operations.application import Application
from dd_incident_roles.operations.gather_facts import with_accounts
from dd_incident_roles.operations.look import Sight, look
from dd_incident_roles.policy.finding import Finding
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.level import FailOn, fails
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.policy.rules.ir099_not_evaluated import NOT_EVALUATED
from dd_incident_roles.sync.entries.own_kinds import FINDING
from dd_incident_roles.sync.entries.state import PutEntry
from dd_incident_roles.sync.entries.tag import without_tag
from dd_incident_roles.timeline.entry_text import visible_text
from dd_incident_roles.timeline.replay import replay_entries

_AUTHOR = "dd-incident-roles"
_NUMBERS = re.compile(r"\d\S*(?: [a-z]+)?")
"""Times, and lengths of time with their units, which are others at every look."""


def note_findings(application: Application, incident_ids: Sequence[IncidentId]) -> None:
    """Record an entry for each finding that the policy wants told and nobody told before.

    The run that follows carries the entries to Datadog. Incidents that cannot be read are left to
    that run, which says so; the account of a rule that could not be decided is no news of the
    incident, and is not told.
    """
    if application.policy.noted is FailOn.NEVER:
        return
    seen = [each for each in look(application, incident_ids) if isinstance(each, Sight)]
    facts = with_accounts(application, [each.facts for each in seen])
    now = application.now()
    question = Question(rules=tuple(RULES.values()), now=now, policy=application.policy)
    verdict = judge(question, facts)
    for sight in seen:
        own = [
            finding
            for finding in verdict.findings
            if finding.public_id == sight.incident.public_id and _is_told(application, finding)
        ]
        _record(application, sight, own, now)


def _is_told(application: Application, finding: Finding) -> bool:
    wanted = fails(finding.level, application.policy.noted)
    # What is about the organisation belongs into no incident's timeline.
    about_it = not finding.subject and finding.rule != NOT_EVALUATED.id
    return finding.stands and wanted and about_it


def _record(
    application: Application, sight: Sight, findings: Iterable[Finding], now: datetime
) -> None:
    """Add what was never told, here or in Datadog; an entry that people deleted stays deleted."""
    record, incident_id = application.record, sight.incident.id
    state = record.state(incident_id, application.target.name)
    listed = replay_entries(state.timeline, sight.plan.timeline.edits)
    archived = (each.entry for each in record.archived(incident_id))
    told = {
        name
        for entry in (*state.timeline.entries, *listed.entries, *archived)
        for name in (entry.key, _told_by(entry))
    }
    new = [
        entry
        for finding in findings
        if not {(entry := _entry(finding, now)).key, _gist(entry.key, entry.text)} & told
    ]
    if not new:
        return
    try:
        record.commit(
            incident_id,
            application.target.name,
            [PutEntry(entry=entry) for entry in new],
            expected_version=state.version,
        )
    except RecordChanged:
        # Somebody was quicker, and the next run looks again; a finding does not run away.
        return


def _told_by(entry: Entry) -> tuple[str | None, ...]:
    """What another record told, under the tag that it gave the entry.

    A tag alone silences nothing: the text must be that of the finding, but for times and numbers.
    """
    tagged = without_tag(entry.text)
    return _gist(tagged.key, tagged.text)


def _gist(key: EntryKey | None, text: str) -> tuple[str | None, ...]:
    return (key, *_NUMBERS.sub("", text).split())


def _entry(finding: Finding, now: datetime) -> Entry:
    return Entry(
        key=EntryKey(f"finding-{finding.fingerprint}"),
        at=now,
        created=now,
        text=visible_text(f"{finding.message} ({finding.rule})"),
        author=_AUTHOR,
        kind=FINDING,
    )
