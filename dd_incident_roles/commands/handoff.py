"""``handoff``: a role changes hands on every side, or on none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.assign import (
    DecideChange,
    HandingOver,
    RoleChanged,
    change_role,
)
from dd_incident_roles.commands.naming import (
    FoundPerson,
    RoleOfIncident,
    find_person,
    find_role,
    whoever_asks,
)
from dd_incident_roles.commands.reading import IncidentView, read_incidents
from dd_incident_roles.commands.undo_handoff import take_back, was_overtaken, was_refused
from dd_incident_roles.errors import IncidentRolesError, NotHandedOver, UsageError
from dd_incident_roles.facts.recorded import recorded_facts
from dd_incident_roles.model import Assignment, Entry, IncidentId, Person, Source
from dd_incident_roles.policy.clock import is_required
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.devising import check_may_hold
from dd_incident_roles.roles.handoffs import giver_of, hand_over, line_of
from dd_incident_roles.roles.ledger import LedgerChange, open_holdings
from dd_incident_roles.sync.handoff import Handoff
from dd_incident_roles.sync.state import (
    IncidentState,
)
from dd_incident_roles.timeline.brief import (
    Brief,
    HeldRole,
    Promise,
    brief_lines,
    last_important,
)
from dd_incident_roles.timeline.change_entry import replay_entries
from dd_incident_roles.timeline.entry_text import typed_line


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """A role that changed hands, and the brief for whoever has it now."""

    changed: RoleChanged
    brief: tuple[str, ...]


def hand_off(
    application: Application,
    incident: str,
    role: str,
    receiver: str,
    *,
    stream: str | None,
    note: str | None,
    reason: str | None,
    sync: bool,
) -> HandedOver:
    """Hand a role over to somebody.

    ``reason`` is given where the holder cannot be asked. Raises UsageError where that is needed and
    lacking, and NotHandedOver where Datadog cannot be reached or refuses: the holder is then still
    responsible on every side.
    """
    said = _said(typed_line(note), typed_line(reason, what="reason"))
    named = find_role(application, incident, role)
    found = find_person(application, receiver)
    me = whoever_asks(application) if reason is None else None

    def expect(state: IncidentState) -> None:
        if me is not None and me.key == found.person.key:
            _expect_to_be_given(application, named, me, stream, state.assignments)

    return carry_over(application, named, found, stream=stream, note=said, sync=sync, expect=expect)


def carry_over(
    application: Application,
    named: RoleOfIncident,
    found: FoundPerson,
    *,
    stream: str | None,
    note: str | None,
    sync: bool,
    expect: Callable[[IncidentState], None],
    accepted: Handoff | None = None,
) -> HandedOver:
    """Switch a role, the commander or assignment in Datadog and the timeline together.

    ``expect`` raises where the present is not what the handoff was about.
    """
    receiver, wanted = found.person, named.role
    check_may_hold(
        application.record.devised(named.incident_id), wanted, receiver.key, application.clock()
    )

    def decide(assignments: Sequence[Assignment]) -> LedgerChange:
        return hand_over(
            assignments,
            role=wanted,
            stream=line_of(assignments, wanted, stream),
            receiver=receiver.key,
            now=application.clock(),
            set_by=application.actor,
            source=Source.CLI,
            new_id=application.new_id,
        )

    try:
        brief = write_brief(application, named, decide, receiver=receiver, note=note, live=sync)
        changed = change_role(
            application,
            named.incident_id,
            wanted,
            decide,
            sync=sync,
            people={receiver.key: receiver},
            handing_over=HandingOver(
                expect=expect, below=brief, accepted=accepted, or_nothing=sync
            ),
        )
    except IncidentRolesError as error:
        if isinstance(error, UsageError) or not sync:
            raise
        raise not_made(application, named, stream, error) from error
    failed = _undone(application, named, changed)
    if failed:
        raise failed
    return HandedOver(changed=replace(changed, doubt=found.doubt), brief=brief)


def _undone(
    application: Application, named: RoleOfIncident, changed: RoleChanged
) -> NotHandedOver | None:
    """Undo what Datadog did not follow, and say so."""
    for is_so, told in ((was_refused, refused), (was_overtaken, overtaken)):
        if is_so(application, changed):
            take_back(application, changed)
            return told(application, named, changed)
    return None


def _expect_to_be_given(
    application: Application,
    named: RoleOfIncident,
    receiver: Person,
    stream: str | None,
    assignments: Sequence[Assignment],
) -> None:
    """A role is handed over and not taken: who would take it says why nobody could be asked."""
    role = named.role
    holder = giver_of(assignments, role, line_of(assignments, role, stream))
    if holder in {None, receiver.key}:
        return
    giver = application.person(holder).label
    raise UsageError(
        f"{giver} is {role.title} and has to hand it over.",
        hint=f"Ask {giver} to type it, or, where {giver} cannot be reached, take it with "
        "--force --reason TEXT.",
    )


def _said(note: str | None, reason: str | None) -> str | None:
    taken = f"Taken without the holder: {reason}" if reason else None
    return ". ".join(part.removesuffix(".") for part in (taken, note) if part) or None


_AGAIN = "Try again, or add --no-sync to record it here and have the next sync carry it to Datadog."


def not_made(
    application: Application, named: RoleOfIncident, stream: str | None, error: IncidentRolesError
) -> NotHandedOver:
    """Something was in the way before anything was recorded."""
    return _told(application, named, stream, error.message, _AGAIN, exit_code=error.exit_code)


def refused(application: Application, named: RoleOfIncident, changed: RoleChanged) -> NotHandedOver:
    """Datadog would not have it, and it was taken back."""
    results = changed.carried.sync.incidents if changed.carried.sync else ()
    errors = [failure.error for result in results for failure in result.failures]
    return _told(
        application,
        named,
        changed.change.begun.stream if changed.change.begun else None,
        " ".join(error.message for error in errors),
        next((error.hint for error in errors if error.hint), _AGAIN),
        nobody=f"Nobody is {named.role.title}.",
    )


def overtaken(
    application: Application, named: RoleOfIncident, changed: RoleChanged
) -> NotHandedOver:
    """Somebody chose another holder in Datadog at the same moment."""
    stream = changed.change.begun.stream if changed.change.begun else None
    return _told(
        application,
        named,
        stream,
        "somebody else was chosen in Datadog at the same moment.",
        "Ask whoever holds the role now to hand it over.",
        still="",
    )


def _told(
    application: Application,
    named: RoleOfIncident,
    stream: str | None,
    why: str,
    hint: str,
    *,
    still: str = "still ",
    nobody: str = "Whoever holds the role is still responsible.",
    exit_code: int = NotHandedOver.exit_code,
) -> NotHandedOver:
    rows = open_holdings(application.record.assignments(named.incident_id), named.role.key)
    people = list(
        dict.fromkeys(
            application.person(row.person).label for row in rows if stream in (None, row.stream)
        )
    )
    title, who = named.role.title, nobody
    if people:
        are = "are" if len(people) > 1 else "is"
        who = f"{', '.join(people)} {are} {still}{title}."
    return NotHandedOver(
        f"Nothing was handed over in {application.known_as(named.incident_id)}: {why} {who}",
        hint=hint,
        exit_code=exit_code,
    )


def write_brief(
    application: Application,
    named: RoleOfIncident,
    decide: DecideChange,
    *,
    receiver: Person,
    note: str | None,
    live: bool,
) -> tuple[str, ...]:
    """The brief for whoever takes over a role, as lines; it shows them in the role already.

    ``decide`` is what the handoff does to the ledger. With ``live`` the brief is written from what
    Datadog shows now, and what stands in the way of reading that is raised; else from the record,
    and empty where the record never saw the incident.
    """
    incident_id = named.incident_id
    facts, entries = (
        _seen(application, incident_id) if live else _recorded(application, incident_id)
    )
    if facts is None:
        return (f"Note: {note}",) if note else ()
    promises, unread = (
        _promises(application, incident_id) if live else (None, "Datadog was not asked")
    )
    brief = Brief(
        incident=facts.incident,
        roles=tuple(_roles(application, facts, named.role, decide, receiver)),
        important=last_important(tuple(entries)),
        promises=promises,
        note=note,
        unread=unread,
    )
    return brief_lines(brief, application.now())


def _seen(
    application: Application, incident_id: IncidentId
) -> tuple[Facts | None, Iterable[Entry]]:
    [seen] = read_incidents(application, [incident_id])
    if not isinstance(seen, IncidentView):
        raise seen.failures[0].error
    plan = seen.plan
    return seen.facts, replay_entries(plan.state.timeline, plan.timeline.edits).entries


def _recorded(
    application: Application, incident_id: IncidentId
) -> tuple[Facts | None, Iterable[Entry]]:
    incident = application.record.incident(incident_id)
    if incident is None:
        return None, ()
    return recorded_facts(application, incident), application.record.entries(incident_id)


def _roles(
    application: Application, facts: Facts, taken: Role, decide: DecideChange, receiver: Person
) -> Iterator[HeldRole]:
    """Who holds what once the role has changed hands."""
    known = {holding.person.key: holding.person for holding in facts.holdings}
    known[receiver.key] = receiver
    for role in facts.catalogue.roles:
        required = is_required(facts, role, application.now())
        held: dict[str | None, list[str]] = {}
        if role.key == taken.key:
            for row in decide(facts.intervals).after:
                person = known.get(row.person) or application.person(row.person)
                held.setdefault(row.stream, []).append(person.label)
        else:
            for holding in facts.holdings_of(role.key):
                held.setdefault(holding.stream, []).append(holding.person.label)
        for line in sorted(held, key=lambda name: (name is not None, name or "")) or [None]:
            yield HeldRole(
                title=role.title,
                stream=line,
                holders=tuple(held.get(line, ())),
                required=required,
            )


def _promises(
    application: Application, incident_id: IncidentId
) -> tuple[tuple[Promise, ...] | None, str | None]:
    """The open tasks, those that are due first before the others."""
    try:
        todos = application.todos.of(incident_id)
    except IncidentRolesError as error:
        return None, error.message.rstrip(".")
    waiting = [todo for todo in todos if todo.is_open]
    ordered = sorted(waiting, key=lambda todo: (todo.due is None, todo.due or 0, todo.content))
    return tuple(
        Promise(text=todo.content, people=tuple(map(_plain, todo.assignees)), due=todo.due)
        for todo in ordered
    ), None


def _plain(assignee: str) -> str:
    """A handle that calls nobody: the brief becomes an entry that others may mirror."""
    return assignee.removeprefix("@")
