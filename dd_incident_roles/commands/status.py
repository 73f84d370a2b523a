"""``status``: who holds which role now, as rows that a report can show."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.devise import devised_roles, devised_view, notice_of
from dd_incident_roles.commands.naming import select_incidents
from dd_incident_roles.commands.reading import IncidentView, read_noting_absences, unread_notice
from dd_incident_roles.facts.live import missing_since
from dd_incident_roles.facts.recorded import recorded_facts
from dd_incident_roles.model import PersonKind
from dd_incident_roles.policy.clock import is_required
from dd_incident_roles.policy.facts import Facts, Holding, Proposal
from dd_incident_roles.policy.words import attempted, short_name
from dd_incident_roles.report.documents.parts import TargetState
from dd_incident_roles.report.documents.status import Holder, StatusView
from dd_incident_roles.report.documents.status import Role as RoleRow
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.statements import DevisedRole
from dd_incident_roles.sync.result import IncidentResult
from dd_incident_roles.sync.standing import RoleStanding, Standing
from dd_incident_roles.words import time_label


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The status of incidents, and those that could not be read."""

    views: tuple[StatusView, ...]
    failures: tuple[IncidentResult, ...]

    @property
    def exit_code(self) -> int:
        """3 when an incident could not be read, else 0."""
        return 3 if self.failures else 0


def show_status(application: Application, named: Sequence[str], *, query: str | None) -> Shown:
    """Look at incidents; one that cannot be read is shown as the record has it, if it does.

    Raises DatadogError when the incidents could not even be found.
    """
    selection = select_incidents(application, named, query)
    seen = read_noting_absences(application, selection.ids, searched=selection.searched)
    views = [
        status_of(application, each)
        if isinstance(each, IncidentView)
        else recorded_status(application, each)
        for each in seen
    ]
    return Shown(
        views=tuple(sorted((view for view in views if view), key=_gravest_first)),
        failures=tuple(each for each in seen if isinstance(each, IncidentResult) and each.failures),
    )


def _gravest_first(view: StatusView) -> tuple[str, int]:
    """Severities are an open set, and their names sort as they are meant."""
    return view.incident.severity.casefold(), view.incident.public_id


def recorded_status(application: Application, result: IncidentResult) -> StatusView | None:
    """What the record says of an incident that Datadog did not show."""
    if result.incident is None:
        return None
    facts = recorded_facts(application, result.incident)
    devised = devised_roles(application, result.incident.id)
    rows = [
        row
        for role in facts.catalogue.roles
        for row in _rows(
            application,
            facts,
            facts.holdings,
            role,
            TargetState.PENDING,
            devised=devised.get(role.key),
        )
    ]
    why = [unread_notice(each.error) for each in result.failures[:1]]
    return StatusView(
        incident=result.incident,
        rows=tuple(rows),
        notices=(
            *why,
            *result.notices,
            *(notice_of(application, each) for each in devised.values()),
        ),
    )


def status_of(application: Application, view: IncidentView) -> StatusView:
    """Every role of an incident, empty ones too, and each stream that somebody holds."""
    holdings = tuple(_everybody(application, view))
    devised = devised_roles(application, view.incident.id)
    rows = [
        row
        for role in view.facts.catalogue.roles
        for row in _rows(
            application,
            view.facts,
            holdings,
            role,
            _state(view.standing(role.key)),
            reason=_reason(view.standing(role.key)),
            devised=devised.get(role.key),
        )
    ]
    unknown = [
        f"Datadog shows the role {name!r}, which the catalogue does not know."
        for name in view.plan.reading.roles.unknown
    ]
    return StatusView(
        incident=view.incident,
        rows=tuple(rows),
        notices=(
            *view.plan.notices,
            *_doubts(application, view),
            *_refused(application, view),
            *unknown,
            *waiting_handoffs(view.facts, application.now()),
            *(notice_of(application, each) for each in devised.values()),
        ),
    )


def _rows(
    application: Application,
    facts: Facts,
    holdings: Sequence[Holding],
    role: Role,
    state: TargetState,
    *,
    reason: str | None = None,
    devised: DevisedRole | None = None,
) -> Iterator[RoleRow]:
    held = [row for row in holdings if row.role == role.key]
    streams = sorted({row.stream for row in held}, key=lambda name: (name is not None, name or ""))
    for stream in streams or [None]:
        yield RoleRow(
            role=role.key,
            title=role.title,
            stream=stream,
            required=is_required(facts, role, application.now()),
            holders=tuple(_holder(row) for row in held if row.stream == stream),
            targets={application.target.name: state},
            reasons={application.target.name: reason} if reason else {},
            devised=devised_view(devised) if devised else None,
        )


def _everybody(application: Application, view: IncidentView) -> Iterator[Holding]:
    """Holders whom Datadog no longer shows are holders until that is believed."""
    yield from view.facts.holdings
    known = {(row.role, row.stream, row.person.key) for row in view.facts.holdings}
    for row in view.facts.intervals:
        if row.is_open and (row.role, row.stream, row.person) not in known:
            yield Holding(
                role=row.role,
                person=view.plan.reading.people.get(row.person) or application.person(row.person),
                since=row.since,
                source=row.source,
                stream=row.stream,
            )


def _holder(row: Holding) -> Holder:
    person = row.person
    is_outside = person.kind is PersonKind.EXTERNAL
    return Holder(
        email=person.email or (None if is_outside else person.key),
        name=person.called,
        account=person.user_id,
        kind=person.kind,
        since=row.since,
        source=row.source.value,
    )


def _state(standing: RoleStanding | None) -> TargetState:
    match standing:
        case None:
            return TargetState.NOT_SUPPORTED
        case RoleStanding(standing=Standing.IN_SYNC):
            return TargetState.IN_SYNC
        case RoleStanding(standing=Standing.PENDING):
            return TargetState.PENDING
        case RoleStanding(standing=Standing.CONFLICT):
            return TargetState.CONFLICT
        case _:
            return TargetState.NOT_SUPPORTED


def _reason(standing: RoleStanding | None) -> str | None:
    """Why a state is what it is; where a holder is missed, a notice says the rest."""
    if standing and standing.doubted:
        return "not yet confirmed"
    return standing.reason if standing else None


def _refused(application: Application, view: IncidentView) -> Iterator[str]:
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
        yield (
            f"Datadog refuses {tried}: {row.reason.rstrip('.')}. Once that is mended: "
            f"dd-incident-roles sync {view.incident.public_id} --retry-refused"
        )


def _doubts(application: Application, view: IncidentView) -> Iterator[str]:
    for standing in view.plan.standings:
        role = view.facts.catalogue.role(standing.role)
        if since := missing_since(application, view.plan, standing):
            shown = view.facts.is_held(role.key)
            lacks = (
                f"does not show {', '.join(sorted(standing.doubted))}" if shown else "shows nobody"
            )
            first = time_label(since, application.now())
            yield f"{role.title}: Datadog {lacks} since {first}; not yet confirmed."
        if standing.overheld:
            names = ", ".join(sorted(standing.overheld))
            yield (
                f"Datadog shows several people as {role.title} ({names}); "
                "settle it there, or assign the one who holds it."
            )


def waiting_handoffs(facts: Facts, now: datetime) -> Iterator[str]:
    """A sentence for each: who was asked, by when, who is responsible, and what to type."""
    for proposal in facts.proposals:
        title = facts.title(proposal.role)
        seat = f"{title} ({proposal.stream})" if proposal.stream else title
        asked = "was to answer by" if proposal.expires <= now else "is to answer by"
        yield (
            f"{proposal.receiver.label} was asked to take over {seat} and {asked} "
            f"{proposal.expires.astimezone(UTC):%H:%M} UTC; {_meanwhile(proposal)}. "
            f"To accept: {_command(facts, proposal)}"
        )


def _meanwhile(proposal: Proposal) -> str:
    if proposal.holder is None:
        return "nobody holds it until then"
    return f"{proposal.holder.label} is responsible until then"


def _command(facts: Facts, proposal: Proposal) -> str:
    role = short_name(facts.catalogue, proposal.role)
    stream = f" --stream {shlex.quote(proposal.stream)}" if proposal.stream else ""
    return f"dd-incident-roles handoff accept {facts.incident.public_id} {role}{stream}"
