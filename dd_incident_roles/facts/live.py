"""From what was read and what the record holds to the facts that rules look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from dd_incident_roles import model
from dd_incident_roles.application import Application
from dd_incident_roles.errors import Forbidden, IncidentRolesError
from dd_incident_roles.facts.recorded import holding_of, observations
from dd_incident_roles.patience import in_threads
from dd_incident_roles.policy import facts as policy_facts
from dd_incident_roles.roles.handoffs import giver_still_holds
from dd_incident_roles.sync.entries.identity import kind_of_own, without_tag
from dd_incident_roles.sync.plan import Plan, RoleState, SyncState
from dd_incident_roles.sync.state import IncidentResponder, RoleMember, SingleHolderRole, replay


def live_facts(
    application: Application, plan: Plan, assignments: Sequence[model.Assignment]
) -> policy_facts.Facts:
    """The facts of one incident, without the accounts of its people.

    ``assignments`` are what the record would hold once it had caught up.
    """
    reading = plan.reading
    incident = reading.incident
    readings = _Readings(application, plan, assignments)
    holdings = tuple(readings.holdings())
    people = [each.person for each in holdings]
    if reading.commander:
        people.append(reading.commander)
    first = application.record.first_seen(incident.id)
    return policy_facts.Facts(
        incident=incident,
        catalogue=application.catalogue_of(incident.id),
        holdings=holdings,
        vacancies=readings.vacancies(),
        observations=observations(application, incident),
        responders=reading.roles.responders,
        commander=reading.commander,
        recorded_manager=readings.recorded_manager(),
        disputes=tuple(readings.disputes()),
        proposals=tuple(readings.proposals()),
        refused=tuple(readings.refused()),
        datadog_roles=_datadog_roles(application, plan),
        timeline=_timeline_activity(application, plan, people),
        intervals=tuple(readings.assignments),
        watched_since=first and readings.when(first),
        shows_private=application.policy.shows_private,
    )


class _Readings:
    """One plan with what the record knows besides."""

    def __init__(
        self, application: Application, plan: Plan, assignments: Sequence[model.Assignment]
    ) -> None:
        self.application = application
        self.plan = plan
        self.now = application.now()
        self.assignments = [self._by_our_clock(row) for row in assignments]

    def holdings(self) -> Iterator[policy_facts.Holding]:
        # Datadog no longer shows them: to a check the role is empty before a sync believes it.
        doubted = {(each.role, person) for each in self.plan.role_states for person in each.doubted}
        for row in self.assignments:
            if row.is_open and (row.role, row.person) not in doubted:
                yield self._holding(row)
        held = {(row.role, row.person) for row in self.assignments if row.is_open}
        incident = self.plan.reading.incident
        for each in self.plan.role_states:
            for person in sorted(each.overheld):
                if (each.role, person) not in held:
                    yield policy_facts.Holding(
                        role=each.role,
                        person=self.person(person),
                        # When it began is not recorded; it gets the latest possible time.
                        since=max(incident.declared, min(incident.modified, self.now)),
                        source=model.Source.DATADOG,
                    )

    def vacancies(self) -> dict[model.RoleKey, datetime]:
        """Since when a role that was held before has been empty, here or in Datadog.

        An end in the future does not count, so that the clock starts with the requirement.
        """
        ended: dict[model.RoleKey, datetime] = {}
        for row in self.assignments:
            if row.until is not None and row.until <= self.now:
                ended[row.role] = max(row.until, ended.get(row.role, row.until))
        for role_state in self.plan.role_states:
            if since := missing_since(self.application, self.plan, role_state):
                ended[role_state.role] = since
        return ended

    def recorded_manager(self) -> policy_facts.Holding | None:
        """The Incident Manager in the record, before it takes over what Datadog shows.

        It is not a different choice if Datadog only shows nobody any more.
        """
        held = {row.id for row in self.assignments if row.is_open}
        rows = [
            self._by_our_clock(row)
            for row in self.plan.state.assignments
            if row.role == model.INCIDENT_MANAGER
            and row.is_open
            and (row.id in held or self.plan.reading.commander)
        ]
        return self._holding(rows[0]) if rows else None

    def disputes(self) -> Iterator[policy_facts.Dispute]:
        """The conflicts that remain once the record has caught up."""
        kept = replay(self.plan.state, self.plan.edits).conflicts
        for conflict in sorted(kept, key=lambda each: each.role):
            yield policy_facts.Dispute(
                role=conflict.role,
                wanted=self._person_or_none(conflict.wanted),
                standing=self._person_or_none(conflict.standing),
                since=self.when(conflict.since),
            )

    def proposals(self) -> Iterator[policy_facts.Proposal]:
        """The handoffs that wait for an answer, unless the role has changed hands since."""
        for handoff in replay(self.plan.state, self.plan.edits).handoffs:
            if handoff.is_open and giver_still_holds(handoff, self.assignments):
                yield policy_facts.Proposal(
                    role=handoff.role,
                    stream=handoff.stream,
                    holder=self._person_or_none(handoff.giver),
                    receiver=self.person(handoff.receiver),
                    proposed=self.when(handoff.proposed),
                    # The deadline moves with the beginning: one clock noted both.
                    expires=self.when(handoff.proposed) + (handoff.expires - handoff.proposed),
                )

    def refused(self) -> Iterator[policy_facts.RefusedChange]:
        """The writes that Datadog refused and would refuse again."""
        for row in self.plan.refused:
            yield policy_facts.RefusedChange(
                attempt=row.attempt.value,
                reason=row.reason,
                since=self.when(row.first),
                tries=row.tries,
                role=row.role,
                person=self._person_or_none(row.person),
                entry=row.entry,
            )

    def when(self, noted: datetime) -> datetime:
        """When something began; a time that a fast clock noted is the earliest possible."""
        return self.application.moment(noted) or self.plan.reading.incident.declared

    def person(self, key: model.PersonKey) -> model.Person:
        return self.plan.reading.people.get(key) or self.application.person(key)

    def _person_or_none(self, key: model.PersonKey | None) -> model.Person | None:
        return None if key is None else self.person(key)

    def _holding(self, row: model.Assignment) -> policy_facts.Holding:
        person = self.person(row.person)
        return holding_of(row, person, since=row.since, pending=self._is_pending(row))

    def _is_pending(self, row: model.Assignment) -> bool:
        """Whether it was not sent to Datadog yet, so that Datadog cannot show it."""
        for role_state in self.plan.role_states:
            if role_state.role == row.role and role_state.state is not SyncState.NOT_SUPPORTED:
                return role_state.state is SyncState.PENDING
        shown = IncidentResponder(row.person)
        return all(link.item != shown for link in self.plan.state.links)

    def _by_our_clock(self, row: model.Assignment) -> model.Assignment:
        """An interval by the clock that ages are judged by; one that lasts has begun by now.

        An end that is still to come is left as it is, and tells nothing.
        """
        since, until = (
            moment and self.application.moment(moment) for moment in (row.since, row.until)
        )
        return replace(row, since=since or min(row.since, self.now), until=until or row.until)


def missing_since(application: Application, plan: Plan, role_state: RoleState) -> datetime | None:
    """Since when Datadog lacks the holder of a role who was missed last, None where it lacks none.

    What the plan notes for the first time comes before what the record knew.
    """
    links = {link.item: link for link in replay(plan.state, plan.edits).links}
    missed = [
        links[item].missing_since
        for person in role_state.doubted
        for item in (SingleHolderRole(role_state.role), RoleMember(role_state.role, person))
        if item in links
    ]
    return max(
        (application.moment(each) or application.now() for each in missed if each), default=None
    )


def _datadog_roles(
    application: Application, plan: Plan
) -> policy_facts.DatadogRoles | policy_facts.NotConnected:
    """A role that was devised for one incident need not be defined in Datadog."""
    roles = plan.reading.roles
    if roles.undefined is None and not roles.unknown:
        return policy_facts.NotConnected(reason="Datadog does not show which roles it defines")
    lacking = sorted(role for role in roles.undefined or () if application.catalogue.has(role))
    narrow = sorted(role for role in roles.one_person if application.catalogue.has(role))
    return policy_facts.DatadogRoles(
        unknown=roles.unknown, undefined=tuple(lacking), one_person=tuple(narrow)
    )


def _timeline_activity(
    application: Application, plan: Plan, people: Iterable[model.Person]
) -> policy_facts.TimelineActivity | policy_facts.NotConnected | policy_facts.NotRead:
    """The notes of one incident, ours and Datadog's; what systems wrote does not count.

    ``people`` are those of whom it matters whether they wrote: an entry has the name of its author.
    """
    reading = plan.reading
    if reading.timeline is None:
        if reading.failures:
            return policy_facts.NotRead(reason=reading.failures[0].message.rstrip("."))
        off = application.settings.timeline == "off"
        reason = "the timeline is turned off" if off else reading.no_timeline
        return policy_facts.NotConnected(reason=reason or "Datadog gives no access to the timeline")
    notes = [
        entry
        for entry in replay(plan.state, plan.every_edit).timeline.entries
        if entry.kind == model.NOTE and entry.deleted_at is None and not _is_by_program(entry)
    ]
    return policy_facts.TimelineActivity(
        last_note=max((at for note in notes if (at := _heard(application, note))), default=None),
        writers=_writers(notes, people),
    )


def _is_by_program(entry: model.Entry) -> bool:
    """Whether another record wrote it about a change: it looks like a note there, and is none."""
    key = without_tag(entry.text).key
    return key is not None and kind_of_own(key) != model.NOTE


def _written(entry: model.Entry) -> datetime:
    """An entry that is back-dated was written all the same, later than it says it happened."""
    return max(entry.at, entry.created)


def _heard(application: Application, entry: model.Entry) -> datetime | None:
    """When an entry was written, by the clock that ages are judged by: our own is not Datadog's."""
    written = _written(entry)
    return application.moment(written) if entry.origin == "cli" else written


def _writers(
    notes: Iterable[model.Entry], people: Iterable[model.Person]
) -> dict[model.PersonKey, datetime]:
    """When each person first wrote: an entry has a name of its author, not a key.

    Two accounts can have one e-mail and one name: what they share tells of neither.
    """
    names: dict[str, set[model.PersonKey]] = {}
    for person in people:
        for name in (person.label, person.name, person.email, person.handle, person.key):
            names.setdefault((name or "").casefold(), set()).add(person.key)
    first: dict[model.PersonKey, datetime] = {}
    for note in notes:
        keys = names.get((note.author or "").casefold(), set()) if note.author else set()
        if len(keys) == 1:
            [key] = keys
            first[key] = min(_written(note), first.get(key, _written(note)))
    return first


def with_accounts(
    application: Application, incidents: Sequence[policy_facts.Facts]
) -> tuple[policy_facts.Facts, ...]:
    """Facts with what kind of account each holder has, each account being read once."""
    wanted = {person.key: person for facts in incidents for person in _people_of(facts)}
    found = in_threads(
        lambda person: _account(application, person),
        wanted.values(),
        at_most=application.settings.concurrency,
    )
    accounts = dict(zip(wanted, found, strict=True))
    return tuple(
        replace(facts, accounts={each.key: accounts[each.key] for each in _people_of(facts)})
        for facts in incidents
    )


def _people_of(facts: policy_facts.Facts) -> Iterable[model.Person]:
    """The people that a rule may ask about; nobody in a closed incident or a test."""
    if facts.incident.is_test or not facts.incident.is_open:
        return
    yield from (holding.person for holding in facts.holdings)
    if facts.commander:
        yield facts.commander


def _account(
    application: Application, person: model.Person
) -> policy_facts.Account | policy_facts.NotRead:
    try:
        read = application.directory.verify(person)
    except Forbidden as error:
        # The hint names the missing permission.
        return policy_facts.NotRead(reason=(error.hint or error.message).rstrip("."))
    except IncidentRolesError as error:
        return policy_facts.NotRead(reason=error.message.rstrip("."))
    if not read.active:
        return policy_facts.Account.DEACTIVATED
    is_service = read.kind is model.PersonKind.SERVICE_ACCOUNT
    return policy_facts.Account.SERVICE_ACCOUNT if is_service else policy_facts.Account.PERSON
