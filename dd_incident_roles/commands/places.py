"""The issue and the room of an incident: where they are, what a sync takes in, and a new issue.

An issue is created where the settings ask for it and the incident has none: once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from dd_incident_roles.application import Application
from dd_incident_roles.commands import naming
from dd_incident_roles.commands.locate import Spot, locate, named_by_datadog, roster_of
from dd_incident_roles.commands.role_change import Taker
from dd_incident_roles.errors import IncidentRolesError, NotFound, PlaceError
from dd_incident_roles.files import MIB, read_limited
from dd_incident_roles.issues import texts
from dd_incident_roles.issues.texts import (
    IssueTemplate,
    built_in_template,
    created_mark,
    parse_template,
)
from dd_incident_roles.issues.tracker import Issue, Tracker
from dd_incident_roles.model import INCIDENT_MANAGER, EntryKey, Incident, IncidentId
from dd_incident_roles.patience import in_threads
from dd_incident_roles.places import IssueProject, TargetName, parse_place
from dd_incident_roles.roles.ledger import Locate, PlaceLink
from dd_incident_roles.sync.entries.identity import PLACE
from dd_incident_roles.sync.guard import Allowance
from dd_incident_roles.sync.place import PlaceSync, Shell, sync_place, sync_places
from dd_incident_roles.sync.plan import Failure, IncidentResult, SyncResult
from dd_incident_roles.sync.run import Halt, RunOptions, run
from dd_incident_roles.sync.state import (
    Attempt,
    Drop,
    Put,
    RefusedWrite,
    RegisterBase,
    SingleHolderRole,
)
from dd_incident_roles.values import frozen
from dd_incident_roles.words import clause, incident_label

ISSUE = "issue"
"""The register that holds the note of an issue that is about to be created."""

_NEW = "new"
_EARLIER = timedelta(hours=1)
"""How long before the incident was declared its issue may look older, by another clock."""


_ANY = "place"
_SAID = "said of places"
_SAID_FOR = timedelta(days=30)
"""For how long it is known that something was said of an incident."""


def with_places(application: Application, done: SyncResult, options: RunOptions) -> SyncResult:
    """A sync of Datadog, and of the places of the same incidents after it.

    What people wrote or changed in a place is carried to Datadog in the same run.
    """
    unread = {each.incident_id for each in done.incidents if each.failures and not each.role_states}
    # What could not be compared with Datadog in every part may be behind it.
    behind = {each.incident_id for each in done.incidents if each.failures}
    places = _Places(application, options, behind)
    incidents = {
        each.incident_id: incident
        for each in done.incidents
        if (incident := each.incident or application.record.incident(each.incident_id))
        and not _is_gone(each)
    }
    synced = in_threads(places.sync, incidents.values(), at_most=options.concurrency)
    moved = [
        incident_id
        for incident_id, results in zip(incidents, synced, strict=True)
        # What could not be read a moment ago is left to the next run.
        if incident_id not in unread and any(each.moved for each in results)
    ]
    if moved and not options.dry_run:
        # Whoever unassigned the issue means the role to be empty.
        wanted = options.wanted | {SingleHolderRole(INCIDENT_MANAGER)}
        options = replace(options, wanted=wanted)
        again = run(moved, target=application.target, record=application.record, options=options)
        done = joined(done, again)
    shown = [each.result for results in synced for each in results]
    return replace(done, incidents=(*done.incidents, *shown))


def _is_gone(result: IncidentResult) -> bool:
    return any(isinstance(each.error, NotFound) for each in result.failures)


def joined(first: SyncResult, second: SyncResult) -> SyncResult:
    """A run, and another one over some of its incidents."""
    found = {each.incident_id: each for each in first.incidents}
    for each in second.incidents:
        # In a dry run nothing was done: the second look says all that there is to say.
        before = found[each.incident_id]
        found[each.incident_id] = each if first.dry_run else before.followed_by(each)
    return replace(first, incidents=tuple(found.values()))


class _Places:
    """The places of a run's incidents, with what its threads share."""

    def __init__(
        self, application: Application, options: RunOptions, behind: Collection[IncidentId]
    ) -> None:
        self.application = application
        self.options = options
        self.behind = behind
        # Keys that one system refuses are refused to all incidents; the other systems go on.
        self.halts: dict[str, Halt] = {}

    def sync(self, incident: Incident) -> tuple[PlaceSync, ...]:
        """Sync one incident with each of its places, issues before rooms."""
        try:
            asks = incident.id not in self.behind
            named = named_by_datadog(self.application, incident, asks=asks)
            made = create_issue(self.application, incident, self.options, elsewhere=named.reserved)
            named = replace(named, notices=self._news(incident, named.notices))
            spots, notices = locate(self.application, incident, named)
        except IncidentRolesError as error:
            return (_unsynced(incident, _target_of(error), error),)
        notices = (*made.notices, *notices)
        done = list(sync_places(spots, lambda each: self._sync(incident, each)))
        if named.failure:
            # What is linked by hand is none the worse for it.
            done.append(_unsynced(incident, _ANY, named.failure))
        if notices:
            told = IncidentResult(
                incident_id=incident.id, target=_ANY, incident=incident, notices=notices
            )
            # The entry that tells of a new issue is still to be carried to Datadog.
            done.append(PlaceSync(result=told, moved=made.made))
        return tuple(done)

    def _news(self, incident: Incident, notices: tuple[str, ...]) -> tuple[str, ...]:
        """What Datadog's integrations have to say, once; ``status`` goes on to say it."""
        said, record = "\n".join(notices), self.application.record
        if not notices or record.cached(_SAID, incident.id) == said:
            return ()
        if not self.options.dry_run:
            until = self.options.clock() + _SAID_FOR
            record.put_cached(_SAID, incident.id, said, expires_at=until)
        return notices

    def _sync(self, incident: Incident, spot: Spot) -> PlaceSync:
        place = spot.target
        halt = self.halts.setdefault(place.name, Halt(reading_works=True))
        taker = Taker(self.application, incident)
        options, application = self.options, self.application
        try:
            halt.check()
        except IncidentRolesError as stopped:
            return _unsynced(incident, place.name, stopped, label=place.label, url=place.url)
        shell = Shell(
            record=application.record,
            options=options.planning(is_current=incident.id not in self.behind),
            allowance=Allowance(
                deletes=options.allow_deletes,
                creates=options.allow_creates,
                wanted=options.wanted,
            ),
            roster=lambda: roster_of(
                application, incident, application.record.assignments(incident.id)
            ),
            take=taker.take,
            dry_run=options.dry_run,
            where=spot.where,
            turn=options.turn,
        )
        synced = sync_place(incident, place, shell)
        if synced.failed:
            halt.consider(synced.failed, reading=True)
        notices = (*synced.result.notices, *taker.notices)
        return replace(synced, result=replace(synced.result, notices=notices))


def _target_of(error: IncidentRolesError) -> str:
    return error.target if isinstance(error, PlaceError) else _ANY


def _unsynced(
    incident: Incident,
    target: str,
    error: IncidentRolesError,
    *,
    label: str | None = None,
    url: str | None = None,
) -> PlaceSync:
    failed = IncidentResult(
        incident_id=incident.id,
        target=target,
        incident=incident,
        failures=(Failure(error=error),),
        place=label,
        url=url,
    )
    return PlaceSync(result=failed)


@frozen
class Creation:
    """What there is to say of an issue that is to be created, and whether it was made now."""

    notices: tuple[str, ...] = ()
    made: bool = False


def create_issue(
    application: Application,
    incident: Incident,
    options: RunOptions,
    *,
    elsewhere: Collection[TargetName] = (),
) -> Creation:
    """Create the issue of an incident, or find the one that was created before.

    ``elsewhere`` are trackers in which Datadog has made one, or may have.

    Raises PlaceError where the tracker cannot be asked.
    """
    project = application.settings.new_issues
    if project is None or project.target in elsewhere:
        return Creation()
    if not _lacks_issue(application, incident, project):
        return Creation()
    if lacking := application.connections.why_not(project.target):
        return Creation(notices=(f"No issue can be created: {lacking}.",))
    if options.dry_run:
        return Creation(notices=(f"An issue would be created in {project.name}.",))
    creating = _Creating(application, incident, project, options)
    # Two programs that both look before they create would both create one.
    with options.turn(incident.id):
        return creating.run()


def _lacks_issue(application: Application, incident: Incident, project: IssueProject) -> bool:
    # Of a private incident nothing is written anywhere; a test has no issue.
    if not incident.is_open or incident.private or incident.is_test:
        return False
    known = application.record.places(incident.id)
    # One that was unlinked by hand is not made again.
    return all(each.target != project.target for each in known)


@frozen(kw_only=False)
class _Creating:
    application: Application
    incident: Incident
    project: IssueProject
    options: RunOptions

    def run(self) -> Creation:
        """Look first, then note that one is about to be created, then create it."""
        application, target = self.application, self.project.target
        if not _lacks_issue(application, self.incident, self.project):
            # Another program had the turn before us.
            return Creation()
        tracker = application.connections.tracker(target)
        state = application.record.state(self.incident.id, target)
        noted = next((each for each in state.registers if each.name == ISSUE), None)
        refused = next((each for each in state.refused if each.about == ISSUE), None)
        now = application.clock()
        if refused and refused.rests(now) and not self.options.retry_refused:
            return Creation(notices=(f"No issue was created: {clause(refused.reason)}.",))
        mark = created_mark(self.incident.id)
        found = self._find(tracker, mark)
        # A clock that was set back must not make this wait longer than the grace, hence abs.
        if found is None and noted and abs(now - noted.since) < self.options.grace:
            # It may have been created without an answer, and is not listed yet.
            asked = f"An issue was asked for in {self.project.name}; it is not there yet."
            return Creation(notices=(asked,))
        made = found or self._create(tracker, mark, refused)
        # Another record may have created one at the same moment: of two the older one counts.
        issue = found or self._find(tracker, mark) or made
        self._note(issue)
        how = "found" if found else "created"
        said = f"The issue {issue.ref.label} was {how}: {issue.url}"
        if made.ref != issue.ref:
            said = self._leave(tracker, made, issue)
        return Creation(notices=(said,), made=True)

    def _find(self, tracker: Tracker, mark: str) -> Issue | None:
        since = self.incident.declared - _EARLIER
        return tracker.find_created(self.project.name, mark, since=since)

    def _leave(self, tracker: Tracker, second: Issue, first: Issue) -> str:
        """Say in a second issue where the incident is shown, and say that to whoever runs this."""
        number = incident_label(self.incident.public_id)
        if not second.is_public:
            # Nothing in it is a text of people, and its link is to be one.
            text = f"{number} is in {first.ref.label}: {first.url}\n\nThis issue is not updated."
            tracker.add_comment(second.ref, text, key=EntryKey(f"second-{second.ref.number}"))
        return (
            f"Another record created {first.ref.label} at the same moment, which counts; "
            f"{second.ref.label} is left alone."
        )

    def _create(self, tracker: Tracker, mark: str, refused: RefusedWrite | None) -> Issue:
        application, incident, target = self.application, self.incident, self.project.target
        now = application.clock()
        title, description = self._texts(tracker, mark)
        note = RegisterBase(name=ISSUE, held=None, shown=None, since=now, attempted=(_NEW,))
        # On disk before it is sent: a run that is killed now looks before it creates another.
        application.record.commit(incident.id, target, [Put(note)])
        try:
            return tracker.create(self.project.name, title=title, description=description)
        except PlaceError as error:
            if not error.ambiguous:
                forget: list[Drop | Put] = [Drop(RegisterBase, ISSUE)]
                if error.declines_write:
                    declined = RefusedWrite(
                        about=ISSUE,
                        fingerprint=self.project.name,
                        attempt=Attempt.CREATE,
                        reason=error.message,
                        hint=error.hint,
                        first=refused.first if refused else now,
                        last=now,
                        tries=refused.tries + 1 if refused else 1,
                    )
                    forget.append(Put(declined))
                application.record.commit(incident.id, target, forget)
            raise

    def _texts(self, tracker: Tracker, mark: str) -> tuple[str, str]:
        """The title and the description; where everybody can read them, nothing but the number."""
        settings, incident = self.application.settings, self.incident
        if settings.issue_public != "allow" and tracker.is_public(self.project.name):
            return incident_label(incident.public_id), mark
        title, description = _template(self.application).fill(
            number=incident.public_id,
            title=incident.title,
            severity=incident.severity,
            url=settings.page_of(incident.public_id),
            clean=lambda text: texts.outgoing(
                self.project.target, text, longest=tracker.longest_text
            ),
        )
        return title, f"{description}\n\n{mark}"

    def _note(self, issue: Issue) -> None:
        """Link the issue, and say so in the timeline, so that every record knows it."""
        application, incident, target = self.application, self.incident, self.project.target
        ref = issue.ref
        where = f"{target}:{ref.number if target == 'jira' else ref.label}"
        stated = PlaceLink(
            target=target,
            where=parse_place(where, {}).text,
            url=issue.url,
            stated=application.clock(),
            stated_by=application.actor,
        )
        says = Locate(place=stated)
        # Of the incident and the issue, so that two records say it once.
        key = f"place-{target}-{ref.number.casefold()}"
        text = f"The incident issue is {ref.label}: {issue.url}"
        edits = naming.told(
            application, incident.id, key, text, kind=PLACE, at=stated.stated, says=says
        )
        application.record.commit(incident.id, application.target.name, edits)
        done = [Drop(RegisterBase, ISSUE), Drop(RefusedWrite, ISSUE)]
        application.record.commit(incident.id, target, done)


def _template(application: Application) -> IssueTemplate:
    file = application.settings.issue_template
    if file is None:
        return built_in_template()
    text = read_limited(file, most=MIB).decode("utf-8", "replace")
    return parse_template(text, file=str(file))
