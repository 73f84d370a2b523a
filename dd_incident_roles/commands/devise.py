"""``roles devise``: a role for one incident, recorded, and if wanted defined in Datadog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dd_incident_roles.application import Application
from dd_incident_roles.commands import naming
from dd_incident_roles.commands.record_then_sync import Carried, record_then_sync
from dd_incident_roles.commands.role_change import Decision
from dd_incident_roles.datadog.learned import DEFINITIONS
from dd_incident_roles.datadog.roles import Roles
from dd_incident_roles.errors import DatadogError, HoldersUnclear, UnexpectedAnswer, UsageError
from dd_incident_roles.model import IncidentId, PersonKey
from dd_incident_roles.report.sentences import Definition
from dd_incident_roles.roles.catalogue import Catalogue, Holders
from dd_incident_roles.roles.devising import devise, dropped, named, with_devised
from dd_incident_roles.roles.ledger import Decide, Devise, DevisedRole, HandoffOutcome
from dd_incident_roles.roles.ledger import holders as holders_of
from dd_incident_roles.settings import Settings
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.sync.entries.identity import ROLE_DEVISED
from dd_incident_roles.sync.state import IncidentState
from dd_incident_roles.timeline.change_entry import new_key, on_one_line
from dd_incident_roles.values import frozen
from dd_incident_roles.words import command, join_names


@frozen
class Devising:
    """The role that came of it, and the one of the same title that the incident had before."""

    role: DevisedRole
    before: DevisedRole | None

    @property
    def is_news(self) -> bool:
        """Whether anything is other than it was, beside who said so and when."""
        if self.before is None:
            return True
        return self.before != replace(
            self.role, devised=self.before.devised, devised_by=self.before.devised_by
        )


@frozen
class RoleDevised:
    """What was recorded, what became of it in Datadog, and whether Datadog defines the role now.

    ``definition`` is an error where Datadog does not, although it was to, and None where it was not
    to. ``doubts`` are what is not known of the accounts of those who may hold the role.
    """

    carried: Carried[Devising]
    doubts: tuple[str, ...] = ()
    definition: Definition | DatadogError | None = None

    @property
    def exit_code(self) -> int:
        """0 when everything that was asked for is done, 3 when something is left to do."""
        return 3 if isinstance(self.definition, DatadogError) else self.carried.exit_code


@frozen
class _Terms:
    """What was typed of a role; to ``change`` one leaves of its terms what is not named."""

    title: str
    holders: Holders | None
    summary: str | None
    until: datetime | None
    change: bool

    def role(
        self,
        application: Application,
        devised: Sequence[DevisedRole],
        may_hold: tuple[PersonKey, ...],
        now: datetime,
    ) -> DevisedRole:
        """The role as it was asked for, beside those that were devised before."""
        before = named(devised, self.title) if self.change else None
        kept = before and (Holders.ONE if before.is_single else Holders.MANY)
        summary = before.summary if before and self.summary is None else self.summary or ""
        return devise(
            application.catalogue,
            devised,
            title=before.title if before else on_one_line(self.title),
            holders=self.holders or kept or Holders.ONE,
            summary=on_one_line(summary),
            may_hold=before.may_hold if before and not may_hold else may_hold,
            until=before.until if before and self.until is None else self.until,
            now=now,
            by=application.actor,
        )


def devise_role(
    application: Application,
    incident: str,
    title: str,
    *,
    holders: Holders | None = None,
    summary: str | None = None,
    may_hold: Sequence[str] = (),
    lasting: timedelta | None = None,
    define: bool = False,
    change: bool = False,
) -> RoleDevised:
    """Devise a role for one incident; one of the same title is devised anew.

    To ``change`` one leaves of its terms what is not named here. ``define`` has Datadog define it
    for the type of the incident, which takes the permission incident_settings_write. Raises
    UsageError and its kinds for a title that will not do, for people nobody knows and for a change
    of what is not there, before anything is recorded.
    """
    now = application.clock()
    until = None if lasting is None else now + lasting
    terms = _Terms(title=title, holders=holders, summary=summary, until=until, change=change)
    # A title that will not do is refused before Datadog is asked for anything.
    terms.role(application, (), (), now)
    incident_id = naming.find_incident(application, incident)
    found = [naming.find_person(application, name) for name in may_hold]
    people = {each.person.key: each.person for each in found}
    # Made once: a second decision must not leave a second entry.
    entry_key = f"devised-{new_key(application.new_id())}"

    def decide(state: IncidentState) -> Decision[Devising]:
        if change and named(state.devised, title) is None:
            raise _not_devised(application, incident_id, title)
        role = terms.role(application, state.devised, tuple(people), now)
        before = named(state.devised, role.key)
        devising = Devising(role=role, before=before)
        _expect_room(application, role, state)
        if not devising.is_news:
            return Decision(change=devising)
        known = people.values()
        author = naming.noted_name(application, application.actor, known)
        text = f"{author} devised the role {role.title}{(' again' if before else '')}"
        edits = naming.told(
            application,
            incident_id,
            entry_key,
            text,
            kind=ROLE_DEVISED,
            at=now,
            says=Devise(role=role),
            people=known,
        )
        return Decision(change=devising, edits=edits)

    # Status names those who may hold the role, although they take no part yet.
    carried = record_then_sync(application, incident_id, decide, people=people)
    doubts = tuple(each.doubt for each in found if each.doubt)
    devised = RoleDevised(carried=carried, doubts=doubts)
    if not define or application.only_here or carried.problem:
        return devised
    try:
        definition = _define(application, incident_id, carried.change.role)
    except DatadogError as error:
        return replace(devised, definition=error)
    # Now that Datadog defines the role, what was recorded can be shown there.
    nothing_more = Decision(change=carried.change)
    carried = record_then_sync(application, incident_id, lambda _state: nothing_more, at_once=True)
    return replace(devised, carried=carried, definition=definition)


def _define(application: Application, incident_id: IncidentId, role: DevisedRole) -> Definition:
    """Have Datadog define a role for every incident of the type; raises DatadogError."""
    known = application.record.incident(incident_id)
    try:
        if known is None or known.incident_type is None:
            raise UnexpectedAnswer(
                "Datadog does not say which type the incident has, so it cannot define a role for "
                "it."
            )
        defined = Roles(application.session).define(
            name=role.title,
            incident_type=known.incident_type,
            description=role.summary or None,
            is_single=role.is_single,
        )
    finally:
        # Even a request that failed may have made the definition.
        application.record.forget_cached(DEFINITIONS)
    name, is_single = defined.definition.name, defined.definition.is_single
    return Definition(name=name, is_single=is_single, made=defined.made)


def drop_role(application: Application, incident: str, role: str) -> Carried[DevisedRole]:
    """Take a devised role out of its incident; what was recorded of it stays.

    Raises UsageError for a role that was not devised, and HoldersUnclear while somebody holds it.
    """
    incident_id = naming.find_role(application, incident, role).incident_id
    now = application.clock()
    entry_key = f"devised-{new_key(application.new_id())}"

    def decide(state: IncidentState) -> Decision[DevisedRole]:
        # By any of its names, of which the catalogue may have taken one since.
        known = naming.role_of(application, incident_id, role)
        before = named(state.devised, known.key if known else role)
        if before is None:
            raise _not_devised(application, incident_id, role)
        if held := sorted(holders_of(state.assignments, before.key)):
            people = [application.person(each) for each in held]
            number = application.known_as(incident_id).removeprefix("IR-")
            take = command("unassign", number, before.key, people[0].email or people[0].key)
            names, are = join_names(each.label for each in people), "are" if held[1:] else "is"
            raise HoldersUnclear(
                f"{names} {are} {before.title}; nothing was dropped.",
                held,
                hint=f"Take the role away first: {take}",
            )
        gone = dropped(before, now=now, by=application.actor)
        says = Devise(role=gone)
        author = naming.noted_name(application, application.actor)
        text = f"{author} dropped the role {before.title}"
        edits = naming.told(
            application, incident_id, entry_key, text, kind=ROLE_DEVISED, at=now, says=says
        )
        ended = [
            Decide(
                handoff_id=each.id,
                outcome=HandoffOutcome.SUPERSEDED,
                at=now,
                by=application.actor,
            )
            for each in state.handoffs
            if each.is_open and each.role == before.key
        ]
        return Decision(change=gone, edits=(*ended, *edits))

    return record_then_sync(application, incident_id, decide)


def _not_devised(application: Application, incident_id: IncidentId, name: str) -> UsageError:
    known = application.devised_roles(incident_id).values()
    titles = join_names(each.title for each in known) if known else "none"
    return UsageError(
        f"{name!r} is not a role that was devised for {application.known_as(incident_id)}.",
        hint=f"Devised there: {titles}.",
    )


def _expect_room(application: Application, role: DevisedRole, state: IncidentState) -> None:
    """Several holders cannot be made one by changing the role: a person has to say who stays."""
    people = sorted(holders_of(state.assignments, role.key))
    if role.is_single and len(people) > 1:
        names = ", ".join(application.person(person).label for person in people)
        raise HoldersUnclear(
            f"Several people hold the role {role.title}: {names}; it is not clear who stays.",
            people,
            hint="Take the role from the others with unassign, or keep it with --holders many.",
        )


def recorded_roles(
    settings: Settings, catalogue: Catalogue, incident: str, *, clock: Callable[[], datetime]
) -> Catalogue:
    """The roles of the catalogue, and those that were devised for an incident, without Datadog.

    Raises UsageError for an incident that the record does not know, and RecordError where there is
    no record.
    """
    with open_record(settings.store, clock=clock, create=False, reads_only=True) as record:
        named = naming.parse_reference(incident, settings, record.open_incidents)
        if not isinstance(named, int):
            return with_devised(catalogue, record.devised(named))
        known = record.incidents_numbered(named)
        if not known:
            raise UsageError(
                f"The record has no incident {incident!r}.",
                hint="It has those that were synced: dd-incident-roles sync",
            )
        return with_devised(catalogue, record.devised(known[0].id))
