"""``handoff``: a role changes hands on every side, or on none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from dd_incident_roles.application import Application
from dd_incident_roles.commands import naming
from dd_incident_roles.commands.assign import RoleCommandResult, carry_change
from dd_incident_roles.commands.reading import read_incident
from dd_incident_roles.commands.record_then_sync import looked_at, record_then_sync
from dd_incident_roles.commands.role_change import Decision, RoleChange
from dd_incident_roles.datadog.relationships import Todo, Todos
from dd_incident_roles.errors import IncidentRolesError, NotHandedOver, UsageError
from dd_incident_roles.facts.recorded import recorded_facts
from dd_incident_roles.model import Assignment, IncidentId, Source
from dd_incident_roles.patience import begin
from dd_incident_roles.policy.clock import is_required
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles import devising, handoffs, ledger
from dd_incident_roles.sync import state as records
from dd_incident_roles.sync.plan import IncidentResult, SyncState
from dd_incident_roles.sync.targets import GiveRole, Handover
from dd_incident_roles.timeline.change_entry import typed_line
from dd_incident_roles.timeline.role_entries import (
    Brief,
    HeldRole,
    Promise,
    brief_lines,
    entry_key,
    last_important,
)

AskedPromises = Callable[[], tuple[tuple[Promise, ...] | None, str | None]]
"""Waits for the open tasks of an incident, or for why they are not known."""

_AGAIN = "Try again, or add --no-sync to record it here and have the next sync carry it to Datadog."


def hand_off(
    application: Application,
    incident: str,
    role: str,
    receiver: str,
    *,
    stream: str | None = None,
    note: str | None = None,
    reason: str | None = None,
) -> RoleCommandResult:
    """Hand a role over to a person.

    ``reason`` is given where the holder cannot be asked. Raises UsageError where that is needed and
    lacking, and NotHandedOver where Datadog cannot be reached or refuses: the holder is then still
    responsible on every side.
    """
    note, reason = typed_line(note), typed_line(reason, what="reason")
    named = naming.find_role(application, incident, role)
    taken = f"Taken without the holder: {reason}" if reason else None
    with looked_at(application, named.incident_id):
        promises = begin_promises(application, named.incident_id)
        found = naming.find_person(application, receiver)
        # Who takes it for a reason may be anybody.
        me = naming.find_caller(application) if reason is None else None

        def expect(state: records.IncidentState) -> None:
            if me is None or me.key != found.person.key:
                return
            # A role is handed over and not taken: who would take it says why nobody could be asked.
            line = handoffs.line_of(state.assignments, named.role, stream)
            holder = handoffs.giver_of(state.assignments, named.role, line)
            if holder not in {None, me.key}:
                giver = application.person(holder).label
                raise UsageError(
                    f"{giver} is {named.role.title} and has to hand it over.",
                    hint=f"Ask {giver} to type it, or, where {giver} cannot be reached, take it "
                    "with --force --reason TEXT.",
                )

        return carry_over(
            application,
            named,
            found,
            promises=promises,
            stream=stream,
            note=". ".join(part.removesuffix(".") for part in (taken, note) if part) or None,
            expect=expect,
        )


def carry_over(
    application: Application,
    named: naming.RoleOfIncident,
    found: naming.FoundPerson,
    *,
    promises: AskedPromises,
    stream: str | None,
    note: str | None,
    expect: Callable[[records.IncidentState], None],
    accepted: ledger.Handoff | None = None,
) -> RoleCommandResult:
    """Switch a role, the commander or assignment in Datadog and the timeline together.

    ``expect`` raises where the present is not what the handoff was about.
    """
    receiver, devised = found.person, application.record.devised(named.incident_id)
    devising.check_may_hold(devised, named.role, receiver.key, application.clock())
    change = RoleChange(
        application=application,
        named=named,
        change=partial(handoffs.hand_over, role=named.role, stream=stream, receiver=receiver.key),
        people={receiver.key: receiver},
        expect=expect,
        accepted=accepted,
    )
    try:
        change = replace(change, brief=_write_brief(change, note, promises))
        # Two who both believe that they have the role are worse than a command typed again.
        changed = carry_change(change, or_nothing=True)
    except IncidentRolesError as error:
        if isinstance(error, UsageError) or application.only_here:
            raise
        raise _not_handed_over(
            application, named, stream, error.message, _AGAIN, exit_code=error.exit_code
        ) from error
    begun, result = changed.change.begun, changed.carried.result
    if begun and result and _is_refused(application, begun, result):
        _undo_handoff(application, changed, begun)
        errors = [failure.error for failure in result.failures]
        raise _not_handed_over(
            application,
            named,
            begun.stream,
            " ".join(error.message for error in errors),
            next((error.hint for error in errors if error.hint), _AGAIN),
            nobody=f"Nobody is {named.role.title}.",
        )
    # Another choice in Datadog at the same moment stands, and ours must leave no conflict behind.
    if begun and changed.overtaken_by and changed.overtaken_by.wanted == begun.person:
        _undo_handoff(application, changed, begun)
        raise _not_handed_over(
            application,
            named,
            begun.stream,
            "somebody else was chosen in Datadog at the same moment.",
            "Ask the present holder to hand it over.",
            still="",
        )
    return replace(changed, doubt=found.doubt)


def _is_refused(application: Application, begun: Assignment, result: IncidentResult) -> bool:
    """Whether Datadog surely did not take over what the record now says of the role.

    Where the answer about it was lost nobody knows, and the next sync finds out.
    """
    written = any(
        isinstance(write, Handover | GiveRole) and write.role == begun.role
        for write in result.writes
    )
    # Where nothing could be read again, nothing was written either.
    waits = not result.role_states or any(
        each.role == begun.role and each.state is SyncState.PENDING for each in result.role_states
    )
    if not result.failures or not waits or written:
        return False
    items = (records.SingleHolderRole(begun.role), records.RoleMember(begun.role, begun.person))
    state = application.record.state(result.incident_id, application.target.name)
    # An intent that is left was sent, and nobody knows what became of it.
    return not any(each.item in items and each.holder == begun.person for each in state.intents)


def _undo_handoff(application: Application, changed: RoleCommandResult, begun: Assignment) -> None:
    """Give the role back to its former holder, as if it had never left them.

    The intervals stay as they were recorded; a correction says what really held, the entry that
    told of the handoff goes to the archive, and proposals that ended with it are open again.
    """

    def decide(state: records.IncidentState) -> Decision[None]:
        edits = tuple(_undo_edits(application, changed, begun, state))
        return Decision(change=None, edits=edits)

    incident_id = changed.carried.incident_id
    # Here first: whatever happens to Datadog, the record must not say what is not so.
    record_then_sync(replace(application, only_here=True), incident_id, decide)
    # The record is right already; what cannot be carried now is carried by the next sync.
    with suppress(IncidentRolesError):
        anew = replace(application, before={})
        record_then_sync(anew, incident_id, lambda _state: Decision(change=None), at_once=True)


def _undo_edits(
    application: Application,
    changed: RoleCommandResult,
    begun: Assignment,
    state: records.IncidentState,
) -> Iterator[records.Edit]:
    """What brings the record to where a handoff that was made nowhere had never been."""
    at = ledger.instant_of_change(state.assignments, begun.role, application.clock())
    [row] = [each for each in state.assignments if each.id == begun.id]
    if row.is_open:
        yield ledger.Close(
            assignment_id=begun.id,
            until=at,
            ended_by=application.actor,
            ended_source=Source.CLI,
        )
        for ended in changed.change.ended:
            again = replace(ended, id=application.new_id(), since=at, until=None)
            yield ledger.Open(assignment=replace(again, ended_by=None, ended_source=None))
    until = row.until or at
    # An interval without length needs no correction.
    if until > begun.since:
        really = {begun.stream: None, **{each.stream: each.person for each in changed.change.ended}}
        for stream, person in really.items():
            yield ledger.Correct(
                correction=ledger.Correction(
                    id=application.new_id(),
                    role=begun.role,
                    stream=stream,
                    person=person,
                    since=begun.since,
                    until=until,
                    reason="the handoff was not made in Datadog",
                    set_by=application.actor,
                    recorded=application.clock(),
                )
            )
    entry = next((each for each in state.timeline.entries if each.key == entry_key(begun)), None)
    if entry is not None:
        sent = {each.key for each in state.timeline.links}
        sent |= {each.key for each in state.timeline.intents}
        # What was never sent is gone at once; what may be in Datadog is deleted there first.
        yield (
            records.PutEntry(entry=replace(entry, deleted_at=at))
            if entry.key in sent
            else records.ArchiveEntry(key=entry.key, at=at)
        )
    if any(conflict.role == begun.role for conflict in state.conflicts):
        yield records.Drop(records.Conflict, begun.role)
    if row.is_open:
        yield from _proposals_again(changed, state)


def _proposals_again(
    changed: RoleCommandResult, state: records.IncidentState
) -> Iterator[records.Restore]:
    """The proposals that ended with the handoff, but where a person was asked again already."""
    ended = {edit.handoff_id for edit in changed.carried.edits if isinstance(edit, ledger.Decide)}
    asked = {(each.role, each.stream) for each in state.handoffs if each.is_open}
    for each in state.handoffs:
        if each.id in ended and (each.role, each.stream) not in asked:
            # The same one as before: no other record ever heard that it had ended.
            yield records.Restore(replace(each, outcome=None, decided=None, decided_by=None))


def _not_handed_over(
    application: Application,
    named: naming.RoleOfIncident,
    stream: str | None,
    why: str,
    hint: str,
    *,
    still: str = "still ",
    nobody: str = "The present holder is still responsible.",
    exit_code: int = NotHandedOver.exit_code,
) -> NotHandedOver:
    """Why nothing was handed over, and who holds the role by the record as it now is."""
    rows = ledger.open_holdings(application.record.assignments(named.incident_id), named.role.key)
    holders = [row.person for row in rows if stream in (None, row.stream)]
    people = dict.fromkeys(application.person(holder).label for holder in holders)
    are = "are" if len(people) > 1 else "is"
    who = f"{', '.join(people)} {are} {still}{named.role.title}." if people else nobody
    return NotHandedOver(
        f"Nothing was handed over in {application.known_as(named.incident_id)}: {why} {who}",
        hint=hint,
        exit_code=exit_code,
    )


def _write_brief(change: RoleChange, note: str | None, asked: AskedPromises) -> tuple[str, ...]:
    """The brief for the new holder of a role, as lines; it shows them in the role already.

    It is written from what Datadog shows now, and what is in the way of reading that is raised. For
    what is only recorded the record is enough; it is empty where that never saw the incident.
    """
    application, incident_id = change.application, change.named.incident_id
    if application.only_here:
        incident = application.record.incident(incident_id)
        if incident is None:
            return (f"Note: {note}",) if note else ()
        facts = recorded_facts(application, incident)
        entries = application.record.entries(incident_id)
    else:
        view = read_incident(application, incident_id)
        facts, entries = view.facts, view.timeline.entries
    promises, unread = asked()
    brief = Brief(
        incident=facts.incident,
        roles=tuple(_roles_after(change, facts)),
        important=last_important(entries),
        promises=promises,
        note=note,
        unread=unread,
    )
    return brief_lines(brief, application.now())


def _roles_after(change: RoleChange, facts: Facts) -> Iterator[HeldRole]:
    """Who holds what once the role has changed hands."""
    application = change.application
    known = {holding.person.key: holding.person for holding in facts.holdings}
    known |= change.people
    for role in facts.catalogue.roles:
        held: dict[str | None, list[str]] = {}
        if role.key == change.named.role.key:
            for row in change.change(facts.intervals, application.origin()).after:
                person = known.get(row.person) or application.person(row.person)
                held.setdefault(row.stream, []).append(person.label)
        else:
            for holding in facts.holdings_of(role.key):
                held.setdefault(holding.stream, []).append(holding.person.label)
        for line in ledger.streams_in_order(held):
            yield HeldRole(
                title=role.title,
                stream=line,
                holders=tuple(held.get(line, ())),
                required=is_required(facts, role, application.now()),
            )


def begin_promises(application: Application, incident_id: IncidentId) -> AskedPromises:
    """Ask for the open tasks of an incident, which its next lead has to know, in a thread."""
    if application.only_here:
        return lambda: (None, "Datadog was not asked")
    asked = begin(lambda: Todos(application.session).of(incident_id))
    return lambda: _promises(asked)


def _promises(
    asked: Callable[[], Sequence[Todo]],
) -> tuple[tuple[Promise, ...] | None, str | None]:
    """The open tasks, those that are due first before the others, or why they are not known."""
    try:
        todos = asked()
    except IncidentRolesError:
        # The brief goes into the timeline, where nobody can do anything about the reason.
        return None, None
    waiting = [todo for todo in todos if todo.is_open]
    waiting.sort(key=lambda todo: (todo.due is None, todo.due or 0, todo.content))
    return tuple(
        Promise(
            text=todo.content,
            # A handle that calls nobody: the brief becomes an entry that others may mirror.
            people=tuple(each.removeprefix("@") for each in todo.assignees),
            due=todo.due,
        )
        for todo in waiting
    ), None
