"""``status --mine``: what the person who asks holds, and what waits for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter

from dd_incident_roles.application import Application
from dd_incident_roles.commands import naming, reading
from dd_incident_roles.commands.status import status_of
from dd_incident_roles.datadog.relationships import Todo, Todos
from dd_incident_roles.errors import IncidentRolesError
from dd_incident_roles.facts import live, recorded
from dd_incident_roles.model import INCIDENT_MANAGER, Incident, Person, PersonKey, RoleKey
from dd_incident_roles.patience import in_threads
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.policy import Finding, Scope, Verdict
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.report.documents import Person as Who
from dd_incident_roles.report.documents import mine as document
from dd_incident_roles.report.documents.mine import Mine
from dd_incident_roles.report.documents.status import Role as RoleRow
from dd_incident_roles.report.documents.status import StatusView
from dd_incident_roles.roles import handoffs, ledger
from dd_incident_roles.sync.plan import IncidentResult
from dd_incident_roles.values import frozen
from dd_incident_roles.words import clause, command


@frozen
class _Seen:
    """One incident and what the person holds in it; ``view`` is None where it was not read."""

    incident: Incident
    held: tuple[document.Role, ...]
    view: reading.IncidentView | None

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
    """Look at the named incidents, those of a query or the open ones, for the caller.

    An incident that cannot be read is shown as the record has it. Raises UnknownPerson where nobody
    knows who asks, and DatadogError when the incidents could not even be found.
    """
    me = naming.find_person(application, naming.ME, asks=False).person
    only_open = not named and query is None
    looked = reading.read_noting_absences(
        application, naming.select_incidents(application, named, query).ids
    )
    seen = [
        found
        for each in looked
        if (found := _roles_in(application, each, me)) and (found.incident.is_open or not only_open)
    ]
    seen.sort(key=lambda each: (each.incident.severity.casefold(), each.incident.public_id))
    proposed = list(_open_handoffs(application, seen))
    void = [
        (each.incident, handoff)
        for each in seen
        for handoff in application.record.handoffs(each.incident.id)
        # Ended by another change here, or by one in Datadog, which ends nothing by itself.
        if (
            handoff.outcome is ledger.HandoffOutcome.SUPERSEDED
            or (handoff.is_open and (each.incident, handoff) not in proposed)
        )
        and handoff.expires > application.now()
        and me.key in (handoff.receiver, handoff.giver)
    ]
    people = {me.key: me}
    for each in seen:
        # The record may not know yet what Datadog showed just now.
        people |= each.view.plan.reading.people if each.view else {}
    todos = _read_todos(application, [each.incident for each in seen if each.view])
    now = application.now()
    rules = tuple(rule for rule in RULES.values() if rule.scope is Scope.OPEN)
    # Where they hold nothing, nothing that is found concerns them.
    facts = [each.view.facts for each in seen if each.view and each.held]
    question = Question(rules=rules, now=now, policy=application.policy)
    verdict = judge(question, live.with_accounts(application, facts))
    return Mine(
        person=_who(me),
        now=now,
        incidents=len(seen),
        only_open=only_open,
        roles=tuple(held for each in seen for held in each.held),
        handoffs_to_answer=tuple(
            _handoff(application, people, incident, handoff, _answer(handoff, now))
            for incident, handoff in proposed
            if handoff.receiver == me.key
        ),
        handoffs_void=tuple(
            _handoff(application, people, incident, handoff, None) for incident, handoff in void
        ),
        handoffs_waiting=tuple(
            _handoff(application, people, incident, handoff, "decline")
            for incident, handoff in proposed
            if handoff.receiver != me.key
            and (handoff.giver == me.key or handoff.proposed_by in {me.key, application.actor})
        ),
        tasks=tuple(_owed_tasks(todos, _names(application, me), now)),
        findings=tuple(map(document.Finding.model_validate, _findings(seen, verdict))),
        not_read=tuple(_gaps(looked, (each for _, each in todos), verdict)),
    )


def _roles_in(application: Application, result: reading.Look, me: Person) -> _Seen | None:
    """What a person holds in an incident, if only as it was last recorded."""
    status = status_of(application, result)
    if status is None:
        return None
    view = result if isinstance(result, reading.IncidentView) else None
    facts = view.facts if view else recorded.recorded_facts(application, status.incident)
    # They hold what Datadog no longer shows of them until that is believed.
    held = {
        (row.role, row.stream): row.known_since
        for row in facts.intervals
        if row.is_open and row.person == me.key
    } | {
        (holding.role, holding.stream): holding.known_since
        for holding in facts.holdings
        if holding.person.key == me.key
    }
    return _Seen(incident=status.incident, held=tuple(_held_roles(status, facts, held)), view=view)


def _held_roles(
    status: StatusView, facts: Facts, held: Mapping[tuple[RoleKey, str | None], datetime | None]
) -> Iterator[document.Role]:
    """What is held, in the order of the catalogue; a role that it lost is known by its key."""
    rows = {(row.role, row.stream): row for row in status.rows}
    order = {role.key: number for number, role in enumerate(facts.catalogue.roles)}
    for key, stream in sorted(
        held, key=lambda each: (order.get(each[0], len(order)), each[1] or "")
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
            since=held[key, stream],
            summary=role.summary if role else "",
            responsibilities=role.responsibilities if role else (),
        )


def _findings(seen: Iterable[_Seen], verdict: Verdict) -> Iterator[Finding]:
    """What is found and is the person's to act on; what was not decided is said apart."""
    by_id = {each.incident.id: each for each in seen}
    for finding in verdict.findings:
        if finding.incident is None or not finding.is_active or finding.rule == NOT_EVALUATED.id:
            continue
        if by_id[finding.incident.id].concerns(finding):
            yield finding


def _gaps(
    looked: Iterable[reading.Look],
    gaps: Iterable[object],
    verdict: Verdict,
) -> Iterator[document.Gap]:
    """What the answer may lack: incidents, the tasks of some, and what could not be judged."""
    for each in looked:
        if isinstance(each, IncidentResult):
            known = each.incident.public_id if each.incident else each.incident_id
            for failure in each.failures:
                reason = clause(failure.error.message)
                yield document.Gap(incident=known, reason=reason, hint=failure.error.hint)
    yield from (each for each in gaps if isinstance(each, document.Gap))
    for gap in verdict.not_evaluated:
        if gap.incident is not None:
            yield document.Gap(incident=gap.incident, reason=gap.reason)


def _open_handoffs(
    application: Application, seen: Iterable[_Seen]
) -> Iterator[tuple[Incident, ledger.Handoff]]:
    """The open handoffs, the oldest first, but where another person holds the role by now."""
    by_id = {each.incident.id: each for each in seen}
    for incident_id, handoff in application.record.open_handoffs():
        if each := by_id.get(incident_id):
            # Of one that was not read nobody can say that another person holds the role by now.
            rows = each.view.facts.intervals if each.view else ()
            if handoffs.giver_still_holds(handoff, rows) or not ledger.open_holdings(
                rows, handoff.role
            ):
                yield each.incident, handoff


def _who(person: Person) -> Who:
    return Who(email=person.email or person.key, name=person.called)


def _answer(handoff: ledger.Handoff, now: datetime) -> str:
    """What its receiver can say to a proposal: after its time only no."""
    return "accept" if now < handoff.expires else "decline"


def _handoff(
    application: Application,
    known: Mapping[PersonKey, Person],
    incident: Incident,
    handoff: ledger.Handoff,
    answer: str | None,
) -> document.Handoff:
    role = application.catalogue_of(incident.id).short_name(handoff.role)
    receiver, giver = handoff.receiver, handoff.giver
    typed = command("status", incident.public_id)
    if answer:
        typed = command("handoff", answer, incident.public_id, role, stream=handoff.stream)
    return document.Handoff(
        incident=document.Incident.model_validate(incident),
        role=handoff.role,
        title=application.role_title(incident.id, handoff.role),
        stream=handoff.stream,
        giver=_who(known.get(giver) or application.person(giver)) if giver else None,
        receiver=_who(known.get(receiver) or application.person(receiver)),
        proposed=handoff.proposed,
        expires=handoff.expires,
        note=handoff.note,
        command=typed,
    )


def _read_todos(
    application: Application, incidents: Sequence[Incident]
) -> list[tuple[Incident, tuple[Todo, ...] | document.Gap]]:
    """The tasks of incidents, read several at a time, or why they could not be."""

    def read(incident: Incident) -> tuple[Todo, ...] | document.Gap:
        try:
            return Todos(application.session).of(incident.id)
        except IncidentRolesError as error:
            reason = f"the tasks: {clause(error.message)}"
            return document.Gap(incident=incident.public_id, reason=reason, hint=error.hint)

    found = in_threads(read, incidents, at_most=application.settings.concurrency)
    return list(zip(incidents, found, strict=True))


def _owed_tasks(
    todos: Iterable[tuple[Incident, tuple[Todo, ...] | document.Gap]],
    names: frozenset[str],
    now: datetime,
) -> list[document.Task]:
    """The open tasks of a person; what is due longest comes first, what has no time last."""
    tasks = [
        document.Task(
            incident=document.Incident.model_validate(incident),
            id=todo.id,
            text=todo.content,
            due=todo.due,
            overdue=document.is_overdue(todo.due, now),
        )
        for incident, listed in todos
        if not isinstance(listed, document.Gap)
        for todo in listed
        if todo.is_open and any(assignee.strip().casefold() in names for assignee in todo.assignees)
    ]
    tasks.sort(key=lambda task: (task.incident.public_id, task.id))
    undated = [task for task in tasks if task.due is None]
    return [*sorted((task for task in tasks if task.due), key=attrgetter("due")), *undated]


def _names(application: Application, person: Person) -> frozenset[str]:
    """Everything that an assignee can be called who is this person, in any case.

    Datadog shows a handle with an "@" before it, and a person of a chat by name (recorded); a
    handle that is like a name is not that name.
    """
    entry = application.people.find(person.key)
    accounts = {person.key, person.email, person.handle, *(entry.accounts if entry else ())}
    named = {person.name, entry.name if entry else None}
    handles = {f"@{account}" for account in accounts if account}
    return frozenset(name.casefold() for name in {*accounts, *named, *handles} if name)
