"""An issue for an incident that has none, where the settings ask for it: created once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from dd_incident_roles.application import Application
from dd_incident_roles.commands import naming
from dd_incident_roles.errors import PlaceError
from dd_incident_roles.files import MIB, read_limited
from dd_incident_roles.issues import outgoing
from dd_incident_roles.issues.description import (
    IssueTemplate,
    built_in_template,
    created_mark,
    parse_template,
)
from dd_incident_roles.issues.tracker import Issue, Tracker
from dd_incident_roles.model import EntryKey, Incident
from dd_incident_roles.places import IssueProject, TargetName, parse_place
from dd_incident_roles.roles.ledger import Locate, PlaceLink
from dd_incident_roles.sync.entries.identity import PLACE
from dd_incident_roles.sync.run import RunOptions
from dd_incident_roles.sync.state import (
    Attempt,
    Drop,
    Put,
    PutEntry,
    RefusedWrite,
    RegisterBase,
)
from dd_incident_roles.values import frozen
from dd_incident_roles.words import clause, incident_label

ISSUE = "issue"
"""The register that holds the note of an issue that is about to be created."""

_NEW = "new"
_EARLIER = timedelta(hours=1)
"""How long before the incident was declared its issue may look older, by another clock."""


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
            clean=lambda text: outgoing.outgoing(
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
        entry = naming.signed_entry(
            application,
            incident.id,
            key,
            f"The incident issue is {ref.label}: {issue.url}",
            kind=PLACE,
            at=stated.stated,
            says=says,
        )
        edits = (says, PutEntry(entry=entry))
        application.record.commit(incident.id, application.target.name, edits)
        done = [Drop(RegisterBase, ISSUE), Drop(RefusedWrite, ISSUE)]
        application.record.commit(incident.id, target, done)


def _template(application: Application) -> IssueTemplate:
    file = application.settings.issue_template
    if file is None:
        return built_in_template()
    text = read_limited(file, most=MIB).decode("utf-8", "replace")
    return parse_template(text, file=str(file))
