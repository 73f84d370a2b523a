"""``status --mine``: what the person who asks holds, and what waits for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from shlex import quote
from types import MappingProxyType

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.naming import ME, find_person, select_incidents
from dd_incident_roles.commands.reading import IncidentView, read_noting_absences
from dd_incident_roles.commands.status import recorded_status, status_of
from dd_incident_roles.datadog.todos import Todo
from dd_incident_roles.errors import IncidentRolesError
from dd_incident_roles.facts.live import with_accounts
from dd_incident_roles.facts.recorded import recorded_facts
from dd_incident_roles.model import (
    INCIDENT_MANAGER,
    Assignment,
    Incident,
    IncidentId,
    Person,
    PersonKey,
    RoleKey,
)
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import Finding, Verdict
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.rule import Scope
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.policy.words import short_name
from dd_incident_roles.report.documents import mine as document
from dd_incident_roles.report.documents.mine import Mine
from dd_incident_roles.report.documents.parts import Person as Who
from dd_incident_roles.report.documents.status import Role as RoleRow
from dd_incident_roles.report.documents.status import StatusView
from dd_incident_roles.roles.handoffs import giver_still_holds
from dd_incident_roles.roles.ledger import open_holdings
from dd_incident_roles.roles.statements import Handoff
from dd_incident_roles.sync.result import IncidentResult
from dd_incident_roles.sync.threads import in_threads


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One incident and what the person holds in it; ``facts`` is None where it was not read.

    ``people`` are those whom Datadog showed in it.
    """

    incident: Incident
    held: tuple[document.Role, ...]
    facts: Facts | None = None
    people: Mapping[PersonKey, Person] = field(default_factory=lambda: MappingProxyType({}))

    def concerns(self, finding: Finding) -> bool:
        """Whether a finding is about a role of the person; an Incident Manager acts on every one.

        A finding about one stream is for its holder, and for who holds the role as a whole.
        """
        held = {(each.role, each.stream) for each in self.held}
        roles = {role for role, _ in held}
        if INCIDENT_MANAGER in roles:
            return True
        if finding.role is None or finding.stream is None:
            return finding.role in roles
        return not held.isdisjoint({(finding.role, finding.stream), (finding.role, None)})


def show_mine(application: Application, named: Sequence[str], *, query: str | None) -> Mine:
    """Look at the named incidents, those of a query or the open ones, for whoever asks.

    An incident that cannot be read is shown as the record has it. Raises UnknownPerson where nobody
    knows who asks, and DatadogError when the incidents could not even be found.
    """
    me = find_person(application, ME, asks=False).person
    only_open = not named and query is None
    looked = read_noting_absences(application, select_incidents(application, named, query).ids)
    seen = sorted(
        (each for each in _seen(application, looked, me) if each.incident.is_open or not only_open),
        key=lambda each: (each.incident.severity.casefold(), each.incident.public_id),
    )
    handoffs = owed_handoffs(
        application,
        {each.incident.id: each.incident for each in seen},
        me,
        people={key: person for each in seen for key, person in each.people.items()},
        intervals={each.incident.id: each.facts.intervals for each in seen if each.facts},
    )
    tasks = read_tasks(application, [each.incident for each in seen if each.facts], me)
    now = application.now()
    verdict = _judged(application, seen, now)
    return Mine(
        person=who_view(me),
        now=now,
        incidents=len(seen),
        only_open=only_open,
        roles=tuple(held for each in seen for held in each.held),
        handoffs_to_answer=handoffs.to_answer,
        handoffs_waiting=handoffs.waiting,
        tasks=tasks.tasks,
        findings=tuple(map(document.Finding.model_validate, _findings(seen, verdict))),
        not_read=(*_unread(looked), *tasks.unread, *_undecided(verdict)),
    )


def _seen(
    application: Application, looked: Iterable[IncidentView | IncidentResult], me: Person
) -> Iterator[_Seen]:
    for each in looked:
        match each:
            case IncidentView():
                held = roles_held(application, each, me)
                people = each.plan.reading.people
                yield _Seen(incident=each.incident, held=held, facts=each.facts, people=people)
            case IncidentResult(incident=Incident() as incident):
                yield _Seen(incident=incident, held=roles_recorded(application, each, me))
            case _:
                pass


def _judged(application: Application, seen: Iterable[_Seen], now: datetime) -> Verdict:
    """What the check says of the incidents in which the person holds a role."""
    question = Question(
        rules=tuple(rule for rule in RULES.values() if rule.scope is Scope.OPEN),
        now=now,
        policy=application.policy,
    )
    facts = [each.facts for each in seen if each.facts and each.held]
    return judge(question, with_accounts(application, facts))


def _findings(seen: Iterable[_Seen], verdict: Verdict) -> Iterator[Finding]:
    """What stands and is the person's to act on; what was not decided is said apart."""
    by_id = {each.incident.id: each for each in seen}
    for finding in verdict.findings:
        if finding.incident is None or not finding.stands or finding.rule == NOT_EVALUATED.id:
            continue
        if by_id[finding.incident.id].concerns(finding):
            yield finding


def _unread(looked: Iterable[IncidentView | IncidentResult]) -> Iterator[document.Gap]:
    for each in looked:
        if isinstance(each, IncidentResult):
            known = each.incident.public_id if each.incident else each.incident_id
            for failure in each.failures:
                reason = failure.error.message.rstrip(".")
                yield document.Gap(incident=known, reason=reason, hint=failure.error.hint)


def _undecided(verdict: Verdict) -> Iterator[document.Gap]:
    for gap in verdict.not_evaluated:
        if gap.incident is not None:
            yield document.Gap(incident=gap.incident, reason=gap.reason)


Seat = tuple[RoleKey, str | None]
"""A role, or one of its streams."""


def roles_held(
    application: Application, view: IncidentView, person: Person
) -> tuple[document.Role, ...]:
    """What somebody holds in an incident that was read.

    They hold what Datadog no longer shows of them until that is believed.
    """
    recorded = {
        (row.role, row.stream): row.since
        for row in view.facts.intervals
        if row.is_open and row.person == person.key
    }
    seats = {**recorded, **_seats(view.facts, person)}
    return tuple(_held(status_of(application, view), view.facts, seats))


def roles_recorded(
    application: Application, result: IncidentResult, person: Person
) -> tuple[document.Role, ...]:
    """What somebody was last recorded to hold in an incident that could not be read."""
    status = recorded_status(application, result)
    if status is None:
        return ()
    facts = recorded_facts(application, status.incident)
    return tuple(_held(status, facts, _seats(facts, person)))


def _seats(facts: Facts, person: Person) -> dict[Seat, datetime]:
    return {
        (holding.role, holding.stream): holding.since
        for holding in facts.holdings
        if holding.person.key == person.key
    }


def _held(
    status: StatusView, facts: Facts, seats: Mapping[Seat, datetime]
) -> Iterator[document.Role]:
    """The seats in the order of the catalogue; a role that it lost is known by its key alone."""
    rows = {(row.role, row.stream): row for row in status.rows}
    order = {role.key: number for number, role in enumerate(facts.catalogue.roles)}
    for key, stream in sorted(
        seats, key=lambda seat: (order.get(seat[0], len(order)), seat[1] or "")
    ):
        role = facts.catalogue.role(key) if facts.catalogue.has(key) else None
        row = rows.get((key, stream)) or RoleRow(role=key, title=facts.title(key), stream=stream)
        yield document.Role(
            incident=document.Incident.model_validate(status.incident),
            role=row.role,
            title=row.title,
            stream=row.stream,
            targets=row.targets,
            reasons=row.reasons,
            since=seats[key, stream],
            summary=role.summary if role else "",
            responsibilities=role.responsibilities if role else (),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHandoffs:
    """What the person is asked to take over, and what somebody else is asked by them."""

    to_answer: tuple[document.Handoff, ...]
    waiting: tuple[document.Handoff, ...]


def owed_handoffs(
    application: Application,
    incidents: Mapping[IncidentId, Incident],
    person: Person,
    *,
    people: Mapping[PersonKey, Person],
    intervals: Mapping[IncidentId, Sequence[Assignment]],
) -> OpenHandoffs:
    """The open handoffs of some incidents, the oldest first, as the record has them.

    ``people`` are those whom Datadog showed just now, and whom the record may not know yet;
    ``intervals`` are those of the incidents that were read, as they then are.
    """
    known = {**people, person.key: person}
    proposed = [
        (incidents[incident_id], handoff)
        for incident_id, handoff in application.record.open_handoffs()
        if incident_id in incidents and not _is_overtaken(handoff, intervals.get(incident_id, ()))
    ]
    return OpenHandoffs(
        to_answer=tuple(
            _view(application, known, incident, handoff, "accept {incident} {role}")
            for incident, handoff in proposed
            if handoff.receiver == person.key
        ),
        waiting=tuple(
            _view(application, known, incident, handoff, "decline {incident} {role}")
            for incident, handoff in proposed
            if handoff.receiver != person.key and _is_theirs(application, handoff, person)
        ),
    )


def who_view(person: Person) -> Who:
    """A person as the reports name them."""
    return Who(email=person.email or person.key, name=person.called)


def _is_overtaken(handoff: Handoff, rows: Sequence[Assignment]) -> bool:
    """Whether somebody else holds the role by now, so that there is nothing left to hand over."""
    return bool(open_holdings(rows, handoff.role)) and not giver_still_holds(handoff, rows)


def _is_theirs(application: Application, handoff: Handoff, person: Person) -> bool:
    return handoff.giver == person.key or handoff.proposed_by in {person.key, application.actor}


def _view(
    application: Application,
    known: Mapping[PersonKey, Person],
    incident: Incident,
    handoff: Handoff,
    words: str,
) -> document.Handoff:
    def who(key: PersonKey) -> Who:
        return who_view(known.get(key) or application.person(key))

    called = short_name(application.catalogue_of(incident.id), handoff.role)
    typed = words.format(incident=incident.public_id, role=called)
    of_stream = f" --stream {quote(handoff.stream)}" if handoff.stream else ""
    return document.Handoff(
        incident=document.Incident.model_validate(incident),
        role=handoff.role,
        title=application.role_title(incident.id, handoff.role),
        stream=handoff.stream,
        giver=None if handoff.giver is None else who(handoff.giver),
        receiver=who(handoff.receiver),
        proposed=handoff.proposed,
        expires=handoff.expires,
        note=handoff.note,
        command=f"dd-incident-roles handoff {typed}{of_stream}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedTasks:
    """The open tasks of a person, the most overdue first, and the listings that lack."""

    tasks: tuple[document.Task, ...]
    unread: tuple[document.Gap, ...]


def read_tasks(
    application: Application, incidents: Sequence[Incident], person: Person
) -> OwedTasks:
    """Read the tasks of incidents, several at a time, and keep those that the person owes."""
    names, now = _names(application, person), application.now()
    read = in_threads(
        lambda incident: _read(application, incident),
        incidents,
        at_most=application.settings.concurrency,
    )
    tasks = [
        document.Task(
            incident=document.Incident.model_validate(incident),
            id=todo.id,
            text=todo.content,
            due=todo.due,
            overdue=document.is_overdue(todo.due, now),
        )
        for incident, todos in zip(incidents, read, strict=True)
        if not isinstance(todos, document.Gap)
        for todo in todos
        if todo.is_open and any(assignee.strip().casefold() in names for assignee in todo.assignees)
    ]
    return OwedTasks(
        tasks=tuple(sorted(tasks, key=_soonest_first)),
        unread=tuple(each for each in read if isinstance(each, document.Gap)),
    )


def _read(application: Application, incident: Incident) -> tuple[Todo, ...] | document.Gap:
    try:
        return application.todos.of(incident.id)
    except IncidentRolesError as error:
        reason = f"the tasks: {error.message.rstrip('.')}"
        return document.Gap(incident=incident.public_id, reason=reason, hint=error.hint)


def _names(application: Application, person: Person) -> frozenset[str]:
    """Everything that an assignee can be called who is this person, in any case.

    Datadog shows a handle with an "@" before it, and somebody of a chat by name (recorded); a
    handle that is like a name is not that name.
    """
    entry = application.people.find(person.key)
    accounts = {person.key, person.email, person.handle, *(entry.accounts if entry else ())}
    named = {person.name, entry.name if entry else None}
    handles = {f"@{account}" for account in accounts if account}
    return frozenset(name.casefold() for name in {*accounts, *named, *handles} if name)


def _soonest_first(task: document.Task) -> tuple[bool, float, int, str]:
    """What is due longest comes first, and what is due at no time last."""
    due = 0.0 if task.due is None else task.due.timestamp()
    return task.due is None, due, task.incident.public_id, task.id
