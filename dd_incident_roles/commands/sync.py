"""``sync``, the scheduled job: bring the record and Datadog into agreement, once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from dd_incident_roles.application import Application
from dd_incident_roles.commands import naming, reading
from dd_incident_roles.commands.places import joined, with_places
from dd_incident_roles.commands.skipping import what_to_leave
from dd_incident_roles.errors import DatadogError, NotFound, RecordChanged, UsageError
from dd_incident_roles.facts.live import with_accounts
from dd_incident_roles.model import Absence, Entry, EntryKey, Incident, IncidentId
from dd_incident_roles.policy.finding import FailOn, Finding, fails
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.store.lock import run_lock
from dd_incident_roles.sync.entries.canon import without_times
from dd_incident_roles.sync.entries.own_entries import FINDING
from dd_incident_roles.sync.entries.pair import FINDING_KEY
from dd_incident_roles.sync.entries.tag import without_tag
from dd_incident_roles.sync.guard import MOST_CREATED
from dd_incident_roles.sync.plan import Plan
from dd_incident_roles.sync.result import IncidentResult, SyncResult
from dd_incident_roles.sync.run import RunOptions, run
from dd_incident_roles.sync.skipping import Skipping, plan_as_last_read
from dd_incident_roles.sync.state import IncidentState, PutEntry, rest_after
from dd_incident_roles.sync.threads import in_threads
from dd_incident_roles.timeline.entry_text import visible_text
from dd_incident_roles.values import frozen
from dd_incident_roles.words import PROGRAM, command

_WAITING = "waiting"
_UNSHOWN = "unshown"
_TRIED_FOR = timedelta(days=1)
"""How long an issue or a room that fails is told of an incident that was closed."""
_REMEMBERED_AFTER = timedelta(days=2)
"""How long it is known how often an incident was read in vain, once its rest is over."""


def sync_incidents(
    application: Application,
    named: Sequence[str] = (),
    *,
    query: str | None = None,
    dry_run: bool = False,
    allow_deletes: int | None = None,
    allow_creates: int | None = None,
    retry_refused: bool = False,
) -> SyncResult:
    """Sync the named incidents, those of a query, or all open ones and those that wait.

    What was recorded for an incident that is not open any more goes with the next run, and after
    that the incident is left alone, and so are its issue and room. Raises RecordLocked while
    another run holds the lock, and DatadogError when the search fails.
    """
    # Wrong usage is refused at once, and not after waiting for another run.
    naming.check_choice(named, query)
    options = replace(
        application.run_options(),
        allow_deletes=allow_deletes,
        allow_creates=MOST_CREATED if allow_creates is None else allow_creates,
        dry_run=dry_run,
        retry_refused=retry_refused,
        turn=application.turn,
    )
    with run_lock(application.record.path, clock=application.clock, sleep=application.sleep):
        if retry_refused:
            application.target.probe_again()
        selection = naming.select_incidents(application, named, query, with_known=True)
        every = not named and query is None
        record, now = application.record, application.clock()
        pending = record.pending_incident_ids(application.target.name) if every else ()
        absences: Mapping[IncidentId, Absence] = record.absences() if every else {}
        waiting = tuple(_find_waiting(application, pending, selection.ids))
        # A search shows those that are open again, but none that was closed out of sight.
        due = (each for each in absences if absences[each].is_due(now))
        lost = frozenset(due if not dry_run else ())
        options = replace(options, reading_works=selection.searched)
        plans: dict[IncidentId, Plan] = {}
        if not dry_run and application.policy.noted is not FailOn.NEVER:
            options = replace(options, on_planned=lambda each: _keep(plans, each))

        def run_again(ids: Sequence[IncidentId], how: RunOptions) -> SyncResult:
            return run(ids, target=application.target, record=application.record, options=how)

        ids = list(dict.fromkeys((*selection.ids, *waiting, *lost)))
        with (
            # What was searched for is many as a rule, of which several are read at once anyway.
            application.one_reading(*(selection.ids if named else ())),
            record.read_ahead(ids, application.target.name) as overtaken,
        ):
            unshown = _find_unshown(application) if every else frozenset()
            ids = list(dict.fromkeys((*ids, *unshown)))
            skipping = None
            # Only the job leaves anything unread: who types a name or a flag wants to know.
            if every and not dry_run and not retry_refused:
                waits = {*waiting, *lost, *unshown, *pending, *absences}
                skipping = what_to_leave(application, selection, ids, waiting=waits)
                # Of thousands of rows nothing else is wanted, and the run goes on for long.
                selection = replace(selection, rows={})
                # Where findings are told, what is left unread is judged by what is recorded.
                if application.policy.noted is FailOn.NEVER:
                    record.leave_out(skipping.quiet)
            result = run_again(ids, replace(options, skipping=skipping))
            # What comes after it is about what changed since.
            options = replace(options, before={})
            if changed := overtaken():
                result = joined(result, run_again(changed, options))
            if skipping and application.policy.noted is not FailOn.NEVER:
                plans |= _as_last_read(application, skipping, result)
            told = [plans[each] for each in selection.ids if each in plans]
            if noted := note_findings(application, told, concurrency=options.concurrency):
                result = joined(result, run_again(noted, options))
            result = with_places(application, result, options, run_again)
        if not dry_run:
            _let_rest(application, waiting, result)
            _note_unshown(application, unshown, result)
            application.record.settle(application.target.name)
    remembered = selection.remembered.union(waiting, lost, unshown)
    results = (
        _downgrade_not_found(
            each if dry_run else reading.with_absence(application, each), remembered
        )
        for each in result.incidents
    )
    # That one is still gone was said when it was believed.
    still = lost.intersection(application.record.absences()) if lost else lost
    return replace(
        result,
        incidents=tuple(each for each in results if each.incident_id not in still),
        requests=application.session.requests,
        place_requests=application.connections.requests,
    )


def _downgrade_not_found(
    result: IncidentResult, remembered: Collection[IncidentId]
) -> IncidentResult:
    """An incident that only the record remembers may be gone from Datadog, which is no failure."""
    gone = result.failures and all(isinstance(each.error, NotFound) for each in result.failures)
    if not gone or result.incident_id not in remembered:
        return result
    notice = "Datadog no longer shows the incident; what is recorded here is kept."
    return replace(result, failures=(), notices=(*result.notices, notice))


def _find_waiting(
    application: Application, pending: Collection[IncidentId], known: Collection[IncidentId]
) -> Iterator[IncidentId]:
    """Incidents that nobody works on any more, and in which something waits for Datadog.

    One that was read in vain a while ago rests, unless something was recorded since.
    """
    record, target = application.record, application.target.name
    for each in pending:
        if each not in known:
            _, until = _read_in_vain(application, each, record.state(each, target))
            if until is None or application.clock() >= until:
                yield each


def _find_unshown(application: Application) -> frozenset[IncidentId]:
    """Incidents that were closed, and whose issue or room could not be told who held what."""
    noted = application.record.cached(_UNSHOWN, application.target.name) or ""
    return frozenset(map(IncidentId, noted.split()))


def _note_unshown(
    application: Application, before: Collection[IncidentId], result: SyncResult
) -> None:
    target, now = application.target.name, application.clock()
    unshown = {
        each.incident_id
        for each in result.incidents
        if each.target != target and each.incident and not each.incident.is_open
        if any(not failure.declined for failure in each.failures)
    }
    if unshown != set(before):
        ids = " ".join(sorted(unshown))
        application.record.put_cached(_UNSHOWN, target, ids, expires_at=now + _TRIED_FOR)


def _let_rest(
    application: Application, waiting: Collection[IncidentId], result: SyncResult
) -> None:
    """Read an incident less and less often in which Datadog will not or cannot take what waits.

    What time alone settles, and a reading that failed, is looked at again in the next run.
    """
    if not waiting:
        return
    record, target = application.record, application.target.name
    pending = record.pending_incident_ids(target)
    for each in result.incidents:
        if each.target != target:
            continue
        is_hopeless = all(
            failure.declined or isinstance(failure.error, NotFound) for failure in each.failures
        )
        if each.incident_id not in waiting or each.incident_id not in pending or not is_hopeless:
            continue
        state = record.state(each.incident_id, target)
        # Time alone settles a doubt, so resting would only put that off.
        if _is_in_doubt(state):
            continue
        tries = _read_in_vain(application, each.incident_id, state)[0] + 1
        until = application.clock() + rest_after(tries)
        record.put_cached(
            _WAITING,
            f"{target} {each.incident_id}",
            # The version tells whether anything was recorded since.
            f"{state.version} {tries} {until.isoformat()}",
            expires_at=until + _REMEMBERED_AFTER,
        )


def _read_in_vain(
    application: Application, incident_id: IncidentId, state: IncidentState
) -> tuple[int, datetime | None]:
    """How often the incident was read in vain as it is recorded now, and until when it rests."""
    kept = application.record.cached(_WAITING, f"{application.target.name} {incident_id}")
    if kept is None:
        return 0, None
    version, tries, until = kept.split(" ")
    if version != str(state.version):
        return 0, None
    return int(tries), datetime.fromisoformat(until)


def _is_in_doubt(state: IncidentState) -> bool:
    """Whether the end of a write, or an absence, is yet to be known."""
    return (
        bool(state.intents or state.timeline.intents)
        or any(link.missing_since for link in state.links)
        or any(link.missing_since for link in state.timeline.links)
    )


def _as_last_read(
    application: Application, skipping: Skipping, result: SyncResult
) -> dict[IncidentId, Plan]:
    """The last readings of what was left unread: time goes by there too."""
    record, target = application.record, application.target.name
    return {
        each.incident_id: plan_as_last_read(
            incident,
            record.state(each.incident_id, target),
            record.person_of(incident.commander) if incident.commander else None,
            skipping.saw(each.incident_id),
        )
        for each in result.incidents
        if each.left_since and (incident := each.incident)
    }


def _keep(plans: dict[IncidentId, Plan], plan: Plan) -> None:
    plans[plan.reading.incident.id] = plan


def note_findings(
    application: Application, plans: Sequence[Plan], *, concurrency: int
) -> list[IncidentId]:
    """Record an entry for each finding that the policy wants in the timeline and that it lacks.

    What the run itself has read is judged. Returns the incidents with entries that are still to be
    carried to Datadog. The account of a rule that could not be decided is no news of the incident,
    and is left out.
    """
    if not plans:
        return []
    seen = in_threads(lambda each: reading.view_of(application, each), plans, at_most=concurrency)
    facts = with_accounts(application, [each.facts for each in seen])
    now = application.now()
    question = Question(rules=tuple(RULES.values()), now=now, policy=application.policy)
    news = [
        each
        for each in judge(question, facts).findings
        if each.is_active
        and fails(each.level, application.policy.noted)
        # What is about the organisation belongs into no incident's timeline.
        and not each.subject
        and each.rule != NOT_EVALUATED.id
    ]
    entries = {
        view.incident.id: [
            _entry(each, now) for each in news if each.public_id == view.incident.public_id
        ]
        for view in seen
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


@frozen
class Forgotten:
    """Incidents that the record let go of; ``shown`` is how Datadog still shows one of them.

    ``waiting`` says that something of theirs was still to be carried to Datadog.
    """

    incidents: tuple[Incident, ...]
    shown: Incident | None
    waiting: bool
    problem: DatadogError | None


def forget_incident(application: Application, text: str) -> Forgotten:
    """Neither list nor ask for an incident any more; raises UsageError for one that is unknown.

    Of several with one number those are meant that Datadog does not show.
    """
    known = _find_recorded(application, text)
    shown: list[Incident] = []
    problem: DatadogError | None = None
    for each in known:
        try:
            shown.append(application.incidents.get(each.id).incident)
        except DatadogError as error:
            problem = problem if isinstance(error, NotFound) else error
    # One alone is meant even where Datadog still shows it.
    there = {each.id for each in shown}
    meant = known if len(known) == 1 else [each for each in known if each.id not in there]
    if not meant or (len(known) > 1 and problem):
        listed = "; ".join(
            f'{command("forget", each.id)} ("{each.title}", {each.state})' for each in known
        )
        raise UsageError(
            f"{text!r} matches {len(known)} incidents in the record, and Datadog does "
            "not show which one is meant.",
            hint=f"Type one of: {listed}.",
        )
    pending = set(application.record.pending_incident_ids(application.target.name))
    for each in meant:
        application.record.forget(each.id, at=application.clock())
    return Forgotten(
        incidents=tuple(meant),
        shown=shown[0] if len(known) == 1 and shown else None,
        waiting=any(each.id in pending for each in meant),
        problem=problem,
    )


def _find_recorded(application: Application, text: str) -> list[Incident]:
    """The incidents that the record knows by a name, without those that are gone if it can be."""
    record = application.record
    named = naming.parse_reference(text, application.settings, record.open_incidents)
    found = record.incidents_numbered(named) if isinstance(named, int) else [record.incident(named)]
    known = [each for each in found if each]
    if not known:
        raise UsageError(
            f"The record has no incident {text!r}, so there is nothing to forget.",
            hint="It has the incidents that were synced.",
        )
    gone = {each for each, absence in record.absences().items() if absence.gone is not None}
    return [each for each in known if each.id not in gone] or known[:1]
