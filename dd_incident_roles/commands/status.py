"""``status``: who holds which role now, as rows that a report can show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from dd_incident_roles.application import Application
from dd_incident_roles.commands import naming, reading
from dd_incident_roles.facts import live, recorded
from dd_incident_roles.model import PersonKind, RoleKey
from dd_incident_roles.policy import clock
from dd_incident_roles.policy.facts import Facts, Holding, attempted
from dd_incident_roles.report.documents import TargetState
from dd_incident_roles.report.documents.status import Devised, Holder, Place, StatusView
from dd_incident_roles.report.documents.status import Role as RoleRow
from dd_incident_roles.roles import handoffs
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.ledger import DevisedRole, streams_in_order
from dd_incident_roles.sync.plan import Failure, IncidentResult
from dd_incident_roles.sync.state import IncidentResponder, IncidentState
from dd_incident_roles.words import clause, command, join_names, role_label, time_label, unshared


def show_status(
    application: Application, named: Sequence[str], *, query: str | None
) -> tuple[list[StatusView], list[Failure]]:
    """The status of incidents, and what was in the way of reading some.

    One that cannot be read is shown as the record has it, if it does. Raises DatadogError when the
    incidents could not even be found.
    """
    selection = naming.select_incidents(application, named, query)
    seen = reading.read_noting_absences(application, selection.ids, searched=selection.searched)
    views = [view for each in seen if (view := status_of(application, each))]
    # Severities are an open set, and their names sort as they are meant.
    views.sort(key=lambda view: (view.incident.severity.casefold(), view.incident.public_id))
    unread = [each for each in seen if isinstance(each, IncidentResult)]
    unread += _looks(seen)
    return views, [failure for each in unread for failure in each.failures]


def status_of(application: Application, seen: reading.Look) -> StatusView | None:
    """Every role of an incident, empty ones too, and each stream that is held.

    What Datadog did not show is as the record has it; None where that never saw the incident.
    """
    if seen.incident is None:
        return None
    if isinstance(seen, reading.IncidentView):
        facts, holdings = seen.facts, tuple(_believed_holdings(application, seen))
        notices = tuple(_live_notices(application, seen))
    else:
        facts = recorded.recorded_facts(application, seen.incident)
        holdings = facts.holdings
        notices = (
            *(reading.unread_notice(each.error) for each in seen.failures[:1]),
            *seen.notices,
        )
    devised = application.devised_roles(seen.incident.id)
    return StatusView(
        incident=seen.incident,
        rows=tuple(
            row.model_copy(update={"devised": _devised(devised[role.key])})
            if role.key in devised
            else row
            for role in facts.catalogue.roles
            for row in _rows(application, seen, facts, holdings, role)
        ),
        notices=(
            *notices,
            *(naming.devised_notice(application, each) for each in devised.values()),
        ),
        url=application.settings.page_of(seen.incident.public_id),
        places=tuple(_places(seen)),
        is_read=isinstance(seen, reading.IncidentView),
    )


def _rows(
    application: Application,
    seen: reading.Look,
    facts: Facts,
    holdings: Sequence[Holding],
    role: Role,
) -> Iterator[RoleRow]:
    compared = tuple(_compared(application, seen, role.key))
    held = [row for row in holdings if row.role == role.key]
    for stream in streams_in_order(row.stream for row in held):
        yield RoleRow(
            role=role.key,
            title=role.title,
            called=facts.catalogue.short_name(role.key),
            stream=stream,
            required=clock.is_required(facts, role, application.now()),
            holders=tuple(_holder(row) for row in held if row.stream == stream),
            targets={target: state for target, state, _ in compared},
            reasons={target: why for target, _, why in compared if why},
        )


def _devised(role: DevisedRole) -> Devised:
    """A devised role without what every role has."""
    by, at = role.devised_by, role.devised
    return Devised(by=by, at=at, may_hold=role.may_hold, until=role.until)


def _looks(seen: Iterable[reading.Look]) -> Iterator[IncidentResult]:
    """What the issues and rooms of incidents show, of those that were read."""
    for each in seen:
        if isinstance(each, reading.IncidentView):
            yield from (look.result for look in each.places.looks)


def _places(seen: reading.Look) -> Iterator[Place]:
    by_datadog = seen.places.by_datadog if isinstance(seen, reading.IncidentView) else ()
    for each in _looks([seen]):
        yield Place(
            target=each.target,
            label=each.place or "",
            url=each.url,
            named_by="datadog" if each.target in by_datadog else "link",
        )


def _compared(
    application: Application, seen: reading.Look, role: RoleKey
) -> Iterator[tuple[str, TargetState, str | None]]:
    """How Datadog, and each issue and room that ever does, shows a role, and why."""
    yield (application.target.name, *_role_state(application, seen, role))
    for each in _looks([seen]):
        found = next((state for state in each.role_states if state.role == role), None)
        reason = found.reason if found else None
        if each.failures:
            yield each.target, TargetState.NOT_KNOWN, reason
        elif found:
            yield each.target, TargetState(found.state.value), reason


def _role_state(
    application: Application, seen: reading.Look, role: RoleKey
) -> tuple[TargetState, str | None]:
    """How a role compares with Datadog, and why; a notice says the rest of a missed holder."""
    if isinstance(seen, IncidentResult):
        state = application.record.state(seen.incident_id, application.target.name)
        return _unread_state(state, role), None
    role_state = seen.role_state(role)
    if role_state is None:
        return TargetState.NOT_SUPPORTED, None
    if role in seen.plan.reading.roles.unread:
        return _unread_state(seen.plan.state, role), role_state.reason
    reason = "not yet confirmed" if role_state.doubted else role_state.reason
    return TargetState(role_state.state.value), reason


def _unread_state(state: IncidentState, role: RoleKey) -> TargetState:
    """How a role stands that nobody could look at: what was not sent surely waits."""
    held = {row.person for row in state.assignments if row.is_open and row.role == role}
    agreed = {
        link.holder
        for link in state.links
        if not isinstance(link.item, IncidentResponder) and link.item.role == role and link.holder
    }
    # Where Datadog cannot show the role, to be a responder is all that was agreed.
    present = {link.item.person for link in state.links if isinstance(link.item, IncidentResponder)}
    waits = held - agreed - present or agreed - held
    return TargetState.PENDING if waits else TargetState.NOT_KNOWN


def _believed_holdings(application: Application, view: reading.IncidentView) -> Iterator[Holding]:
    """Holders that Datadog no longer shows are holders until that is believed."""
    yield from view.facts.holdings
    known = {(row.role, row.stream, row.person.key) for row in view.facts.holdings}
    for row in view.facts.intervals:
        if row.is_open and (row.role, row.stream, row.person) not in known:
            person = view.plan.reading.people.get(row.person) or application.person(row.person)
            yield Holding(
                role=row.role, person=person, since=row.since, source=row.source, stream=row.stream
            )


def _holder(row: Holding) -> Holder:
    person = row.person
    # The key of an account outside the organisation is no address to write to.
    known_as = None if person.kind is PersonKind.EXTERNAL else person.key
    return Holder(
        email=person.email or known_as,
        name=person.called,
        account=person.user_id,
        kind=person.kind,
        since=row.known_since,
        source=row.source.value,
    )


def _live_notices(application: Application, view: reading.IncidentView) -> Iterator[str]:
    yield from view.plan.notices
    yield from view.places.notices
    for look in view.places.looks:
        yield from look.result.notices
    yield from _doubts(application, view)
    yield from _refused(application, view)
    for name in view.plan.reading.roles.unknown:
        yield f"Datadog shows the role {name!r}, which the catalogue does not know."
    yield from _waiting_handoffs(view.facts, application.now())
    yield from _unshared(application, view)


def _unshared(application: Application, view: reading.IncidentView) -> Iterator[str]:
    """That what Datadog shows in no field is known here alone, where there is such a thing."""
    if (reason := view.plan.reading.unshared) is None:
        return
    facts = view.facts
    has = {
        "streams": any(row.is_open and row.stream for row in facts.intervals),
        "proposed handoffs": bool(facts.proposals),
        "devised roles": bool(application.devised_roles(view.incident.id)),
    }
    if known := [what for what, is_so in has.items() if is_so]:
        yield unshared(f"the {join_names(known)} of this incident", reason)


def _doubts(application: Application, view: reading.IncidentView) -> Iterator[str]:
    for role_state in view.plan.role_states:
        role = view.facts.catalogue.role(role_state.role)
        if since := live.missing_since(application, view.plan, role_state):
            lacks = "shows nobody"
            if view.facts.is_held(role.key):
                lacks = f"does not show {', '.join(sorted(role_state.doubted))}"
            first = time_label(since, application.now())
            yield f"{role.title}: Datadog {lacks} since {first}; not yet confirmed."
        if role_state.overheld:
            names = ", ".join(sorted(role_state.overheld))
            yield (
                f"Datadog shows several people as {role.title} ({names}); "
                "settle it there, or assign the one who holds it."
            )


def _refused(application: Application, view: reading.IncidentView) -> Iterator[str]:
    """What Datadog declined and still would, with what to type once that is mended."""
    for row in view.plan.refused:
        known = view.plan.reading.people
        who = (known.get(row.person) or application.person(row.person)) if row.person else None
        tried = attempted(
            row.attempt.value,
            who=who.label if who else None,
            title=view.facts.title(row.role) if row.role else None,
            entry=row.entry,
        )
        again = command("sync", view.incident.public_id, "--retry-refused")
        yield (f"Datadog refuses {tried}: {clause(row.reason)}. Once that is fixed, run: {again}")


def _waiting_handoffs(facts: Facts, now: datetime) -> Iterator[str]:
    """A sentence for each: who was asked, by when, who is responsible, and what to type."""
    for proposal in facts.proposals:
        role_name = role_label(facts.title(proposal.role), proposal.stream)
        asked = f"{proposal.receiver.label} was asked to take over {role_name}"
        by = f"{proposal.expires.astimezone(UTC):%H:%M} UTC"
        number, stream = facts.incident.public_id, proposal.stream
        role = facts.catalogue.short_name(proposal.role)
        who = f"{proposal.holder.label} is" if proposal.holder else "nobody is"
        if proposal.expires <= now:
            again = handoffs.ask_again(number, role, proposal.receiver, stream)
            yield f"{asked}; that expired at {by}, and {who} responsible. To ask again: {again}"
        else:
            accept = command("handoff", "accept", number, role, stream=stream)
            yield f"{asked} by {by}; {who} responsible until then. To accept: {accept}"
