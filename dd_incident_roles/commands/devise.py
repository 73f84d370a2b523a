"""``roles devise``: a role for one incident, recorded, told, and if wanted defined in Datadog."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.naming import (
    LOGIN,
    ByPublicId,
    ByUuid,
    find_incident,
    find_person,
    known_person,
    own_name,
    parse_reference,
    remember_people,
)
from dd_incident_roles.commands.record_then_sync import Carried, Decision, record_then_sync
from dd_incident_roles.datadog.roles import Defined
from dd_incident_roles.errors import DatadogError, HoldersUnclear, UnexpectedAnswer, UsageError
from dd_incident_roles.model import Entry, EntryKey, IncidentId, Person, RoleKey
from dd_incident_roles.report.devised_words import devised_notice
from dd_incident_roles.report.views import DevisedView
from dd_incident_roles.roles.catalogue import Catalogue, Holders
from dd_incident_roles.roles.devising import devise, in_use, with_devised
from dd_incident_roles.roles.ledger import holders as holders_of
from dd_incident_roles.settings import Settings
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.devised import Devise, DevisedRole
from dd_incident_roles.sync.entries.own_kinds import ROLE_DEVISED
from dd_incident_roles.sync.entries.state import PutEntry
from dd_incident_roles.sync.state import IncidentState
from dd_incident_roles.timeline.entry_text import on_one_line
from dd_incident_roles.timeline.keys import new_key


def devised_view(devised: DevisedRole) -> DevisedView:
    """A devised role without what every role has."""
    return DevisedView(
        by=devised.devised_by,
        at=devised.devised,
        may_hold=devised.may_hold,
        until=devised.until,
    )


def devised_roles(
    application: Application, incident_id: IncidentId
) -> Mapping[RoleKey, DevisedRole]:
    """The roles that were devised for an incident, but for those that gave way to the catalogue."""
    devised = application.record.devised(incident_id)
    return {each.key: each for each in in_use(application.catalogue, devised)}


def notice_of(application: Application, devised: DevisedRole) -> str:
    """Who devised a role, who may hold it, and for how long."""

    def name(by: str) -> str:
        return called(application, by)

    return devised_notice(devised.title, devised_view(devised), name, application.clock())


def called(application: Application, by: str) -> str:
    """The name of somebody who was noted by e-mail, key or login."""
    known = known_person(application, by)
    return known.label if known.called or known.email else by.removeprefix(LOGIN)


DEFINITIONS = "role_definitions"
"""What is kept of the roles that Datadog defines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a role is to be: ``lasting`` None is for good, ``may_hold`` empty is for everybody."""

    title: str
    holders: Holders
    summary: str = ""
    may_hold: tuple[Person, ...] = ()
    lasting: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDevised:
    """What was recorded, what became of it in Datadog, and whether Datadog defines the role now.

    ``undefined`` is why Datadog does not, although it was to. ``people`` are those who may hold the
    role, ``doubts`` what is not known of their accounts.
    """

    carried: Carried[Devising]
    people: tuple[Person, ...] = ()
    doubts: tuple[str, ...] = ()
    defined: Defined | None = None
    undefined: DatadogError | None = None

    @property
    def exit_code(self) -> int:
        """0 when everything that was asked for is done, 3 when something is left to do."""
        return 3 if self.undefined else self.carried.exit_code


def devise_role(
    application: Application,
    incident: str,
    title: str,
    *,
    holders: Holders,
    summary: str = "",
    may_hold: Sequence[str] = (),
    lasting: timedelta | None = None,
    define: bool = False,
    sync: bool = True,
) -> RoleDevised:
    """Devise a role for one incident; one of the same title is devised anew.

    ``define`` has Datadog define it for the type of the incident, which takes the permission
    incident_settings_write. Raises UsageError and its kinds for a title that will not do and for
    people nobody knows, before anything is recorded.
    """
    terms = Terms(
        title=on_one_line(title), holders=holders, summary=on_one_line(summary), lasting=lasting
    )
    _devised(application, terms, ())
    incident_id = find_incident(application, incident)
    found = [find_person(application, name) for name in may_hold]
    people = {each.person.key: each.person for each in found}
    terms = replace(terms, may_hold=tuple(people.values()))
    entry_key = EntryKey(f"devised-{new_key(application.new_id())}")

    def decide(state: IncidentState) -> Decision[Devising]:
        devising = _devised(application, terms, state.devised)
        _expect_room(application, devising.role, state)
        if not devising.is_news:
            return Decision(change=devising, edits=())
        role, who = devising.role, on_one_line(own_name(application, people.values()))
        entry = Entry(
            key=entry_key,
            at=role.devised,
            created=role.devised,
            text=f"{who} devised the role {role.title}{' anew' if devising.before else ''}",
            author=who,
            kind=ROLE_DEVISED,
        )
        return Decision(change=devising, edits=(Devise(role=role), PutEntry(entry=entry)))

    carried = record_then_sync(application, incident_id, decide, sync=sync)
    # Status names those who may hold the role, although they take no part yet.
    remember_people(application, incident_id, people)
    devised = RoleDevised(
        carried=carried,
        people=tuple(people.values()),
        doubts=tuple(each.doubt for each in found if each.doubt),
    )
    if not define or not sync or devised.carried.problem:
        return devised
    return _with_definition(application, incident_id, devised)


def _devised(application: Application, terms: Terms, known: Sequence[DevisedRole]) -> Devising:
    now = application.clock()
    role = devise(
        application.catalogue,
        known,
        terms.title,
        holders=terms.holders,
        summary=terms.summary,
        may_hold=tuple(person.key for person in terms.may_hold),
        until=None if terms.lasting is None else now + terms.lasting,
        now=now,
        by=application.actor,
    )
    return Devising(role=role, before=next((each for each in known if each.key == role.key), None))


def _expect_room(application: Application, role: DevisedRole, state: IncidentState) -> None:
    """Several holders cannot be made one by changing the role: somebody has to say who stays."""
    people = sorted(holders_of(state.assignments, role.key))
    if role.is_single and len(people) > 1:
        names = ", ".join(application.person(person).label for person in people)
        raise HoldersUnclear(
            f"Several people hold the role {role.title}: {names}; it is not clear who stays.",
            people,
            hint="Take the role from the others with unassign, or keep it with --holders many.",
        )


def _with_definition(
    application: Application, incident_id: IncidentId, devised: RoleDevised
) -> RoleDevised:
    """Have Datadog define the role, then look again at what it can show."""
    devising = devised.carried.change
    try:
        defined = _define(application, incident_id, devising.role)
    except DatadogError as error:
        return replace(devised, undefined=error)
    finally:
        application.record.forget_cached(DEFINITIONS)

    def nothing_more(_state: IncidentState) -> Decision[Devising]:
        return Decision(change=devising, edits=())

    carried = record_then_sync(application, incident_id, nothing_more, sync=True)
    return replace(devised, carried=carried, defined=defined)


def _define(application: Application, incident_id: IncidentId, role: DevisedRole) -> Defined:
    incident = application.record.incident(incident_id)
    if incident is None or incident.incident_type is None:
        raise UnexpectedAnswer(
            "Datadog does not tell of which type the incident is, so no role can be defined for it."
        )
    return application.role_definitions.define(
        name=role.title,
        incident_type=incident.incident_type,
        description=role.summary or None,
        is_single=role.is_single,
    )


def recorded_roles(
    settings: Settings, catalogue: Catalogue, incident: str, *, clock: Callable[[], datetime]
) -> Catalogue:
    """The roles of the catalogue, and those that were devised for an incident.

    Raises UsageError for an incident that the record does not know, and RecordError where there is
    no record.
    """
    with open_record(settings.store, clock=clock, create=False, reads_only=True) as record:
        return with_devised(catalogue, record.devised(_incident_id(record, incident, settings)))


def _incident_id(record: SqlRecord, text: str, settings: Settings) -> IncidentId:
    match parse_reference(text, settings):
        case ByUuid(id=incident_id):
            return incident_id
        case ByPublicId(number=number):
            found = record.incidents_numbered(number)
            if not found:
                raise UsageError(
                    f"The record knows no incident {text!r}.",
                    hint="It knows those that were synced: dd-incident-roles sync",
                )
            return found[0].id
