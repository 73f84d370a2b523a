"""Finding the incident, the person and the role that a command names, and the caller."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit
from uuid import UUID

from dd_incident_roles import errors
from dd_incident_roles.application import LOGIN, Application
from dd_incident_roles.commands.reading import read_incident
from dd_incident_roles.datadog.directory import account_id_in
from dd_incident_roles.datadog.incidents import IncidentReading
from dd_incident_roles.model import (
    Entry,
    EntryKey,
    Incident,
    IncidentId,
    Person,
    PersonKey,
    PersonKind,
)
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.ledger import DevisedRole, Statement
from dd_incident_roles.setting_values import host_of, site_of
from dd_incident_roles.settings import Settings
from dd_incident_roles.sync.entries.fold import ASSIGNEE
from dd_incident_roles.sync.entries.log import write_line
from dd_incident_roles.sync.state import PutEntry
from dd_incident_roles.timeline.change_entry import on_one_line
from dd_incident_roles.values import frozen
from dd_incident_roles.words import did_you_mean, incident_label

ME = "me"
HERE = "@"
"""The incident of the settings, else the only open one."""

EVERY_STATE = "state:(active OR stable OR resolved)"
"""A query that finds every incident that the search shows (recorded)."""

OPEN_INCIDENTS = "state:(active OR stable)"
"""The query that finds the incidents that people are working on (document)."""

_PUBLIC_ID = re.compile(r"(?:[a-z][a-z0-9]*-|#)?(\d{1,12})", re.IGNORECASE)
_LISTED = 20
_PAGE = re.compile(r"^/incidents/(?P<reference>[^/]+)")

Reference = int | IncidentId
"""What is typed to name an incident: the number that people say, or its UUID."""


def parse_reference(
    text: str, settings: Settings, open_ones: Callable[[], Sequence[Incident]] = tuple
) -> Reference:
    """Read a number, a UUID or the address of a page; raises UnknownIncident for anything else.

    ``@`` is the incident of the settings, else the only one of the ``open_ones``; raises UsageError
    where there are several, or none.

    A page must be of the Datadog that the settings name: the same number is another incident
    elsewhere. Raises UsageError for one of another site or host.

    ``IR-1001`` is the form that Datadog shows; other types of incident have other prefixes, so any
    word in front of the number is accepted.
    """
    named = text.strip()
    if named == HERE:
        if settings.incident in {None, HERE}:
            return _only(open_ones())
        named = text = str(settings.incident)
    if "://" in named:
        named = _on_page(text, named, settings)
    number = _PUBLIC_ID.fullmatch(named)
    if number:
        return int(number[1])
    try:
        return IncidentId(str(UUID(named)))
    except ValueError:
        raise errors.UnknownIncident(text) from None


def _on_page(text: str, url: str, settings: Settings) -> str:
    host = host_of(url)
    page = _PAGE.match(urlsplit(url).path) if host else None
    if page is None or host is None:
        raise errors.UnknownIncident(text)
    if settings.shows_pages_of(host):
        return page["reference"]
    shown, ours = site_of(host), settings.page_site
    hint = f"Give an address on {ours}, or the number of the incident."
    if shown:
        another = "and name another record with --store."
        hint = f"Set DD_SITE={shown} with keys of that organisation, {another}"
    raise errors.UsageError(
        f"{text} is a page of {shown or host}, and the keys are for {ours}.", hint=hint
    )


def _only(found: Sequence[Incident]) -> IncidentId:
    if len(found) == 1:
        return found[0].id
    hint = f"Type a number instead of {HERE}, or set DD_INCIDENT_ROLES_INCIDENT to it."
    if not found:
        raise errors.UsageError(f"{HERE} names no incident: none is open.", hint=hint)
    error = errors.UsageError(f"{len(found)} incidents are open. Which one?", hint=hint)
    error.details = [
        f"{incident_label(each.public_id)}  {each.severity}  {on_one_line(each.title)}"
        for each in sorted(found, key=lambda each: -each.public_id)[:_LISTED]
    ]
    raise error


def find_incident(application: Application, text: str) -> IncidentId:
    """The id of the incident that is named so.

    A public id is looked up in the record first, then asked for by itself, which Datadog may or may
    not answer (unverified), then searched, then looked for in the listing, which has test incidents
    too. One that is gone, and each of several with one number, counts only where Datadog shows no
    other. Raises UnknownIncident, and DatadogError where Datadog could not be asked.
    """
    named = parse_reference(text, application.settings, lambda: _open_incidents(application))
    if not isinstance(named, int):
        return named
    # The record may know several incidents by one number, some of them gone from Datadog.
    known = application.record.incidents_numbered(named)
    gone = {each for each, absence in application.record.absences().items() if absence.gone}
    if len(known) == 1 and known[0].id not in gone:
        return known[0].id
    found = _ask(application, named)
    if found is None and known:
        return min(known, key=lambda each: each.id in gone).id
    if found is None:
        raise errors.UnknownIncident(text)
    if found.id in gone:
        application.record.find_again(found.id)
    application.found[found.id] = found
    return found.id


def _open_incidents(application: Application) -> Sequence[Incident]:
    """The open incidents that Datadog shows; those of the record where it cannot be asked."""
    record = application.record
    try:
        found = _find_open(application)
        return [record.incident(each) or application.incidents.get(each).incident for each in found]
    except (errors.Unreachable, errors.RateLimited, errors.UnexpectedAnswer):
        return record.open_incidents()


def _ask(application: Application, number: int) -> Incident | None:
    try:
        # That the endpoint takes a number in the place of the id is not documented.
        incident = application.incidents.get(IncidentId(str(number))).incident
        if incident.public_id == number:
            return incident
    except (errors.NotFound, errors.Refused, errors.Forbidden):
        pass
    try:
        if found := _among(number, application.incidents.search(EVERY_STATE)):
            return found
    except (errors.NotFound, errors.Refused):
        # Where searching is not offered, the listing has it if there is such an incident.
        pass
    return _among(number, application.incidents.all())


def _among(number: int, readings: Iterable[IncidentReading]) -> Incident | None:
    found = (each.incident for each in readings)
    return next((incident for incident in found if incident.public_id == number), None)


@frozen
class Selection:
    """The incidents to look at; ``described`` says in words how they were chosen.

    ``remembered`` are those that only the record knows of: they are not in the search any more, be
    it that they were resolved or that the keys lost sight of them. ``searched`` says that Datadog
    was asked for them, and answered. ``rows`` are open incidents as the search shows them, and
    ``known`` as they were last read.
    """

    ids: tuple[IncidentId, ...]
    described: str
    remembered: frozenset[IncidentId] = frozenset()
    searched: bool = False
    rows: Mapping[IncidentId, IncidentReading | None] = field(default_factory=dict)
    known: Mapping[IncidentId, Incident] = field(default_factory=dict)


def select_incidents(
    application: Application, named: Sequence[str], query: str | None, *, with_known: bool = False
) -> Selection:
    """The incidents that were named, else those of the query, else the open ones.

    Without names and query the record's own open incidents join, so that one which was resolved in
    Datadog meanwhile is still brought to an end here; ``with_known`` asks for these as they were
    last read. Raises DatadogError when the search fails: nothing found and nothing looked at are
    different things.
    """
    check_choice(named, query)
    if named:
        ids = tuple(dict.fromkeys(find_incident(application, text) for text in named))
        return Selection(ids=ids, described="the incidents that were named")
    if query is not None:
        ids = tuple(dict.fromkeys(application.incidents.search_ids(query)))
        return Selection(ids=ids, described=f"query {query!r}", searched=True)
    record = application.record
    # The ids alone take a tenth of the memory and the time.
    incidents = {each.id: each for each in record.open_incidents()} if with_known else {}
    known = tuple(incidents) if with_known else record.open_incident_ids()
    found = _find_open(application, expected=len(known))
    remembered = frozenset(known) - frozenset(found)
    return Selection(
        ids=(*found, *(each for each in known if each in remembered)),
        described="all open incidents",
        remembered=remembered,
        searched=True,
        rows=found,
        known=incidents,
    )


def check_choice(named: Sequence[str], query: str | None) -> None:
    """Raise UsageError where incidents are both named and searched for, or searched for nothing."""
    if query is None:
        return
    if named:
        raise errors.UsageError(
            f"Incidents are named ({', '.join(named)}) and searched for (--query {query!r}).",
            hint="Name the incidents or give a --query, not both.",
        )
    if not query.strip():
        raise errors.UsageError(
            "The --query is empty.",
            hint=f"Give a search of Datadog, such as '{OPEN_INCIDENTS}', "
            "or leave --query out for the open incidents.",
        )


def _find_open(
    application: Application, *, expected: int = 0
) -> dict[IncidentId, IncidentReading | None]:
    at_once = application.settings.concurrency
    try:
        return dict(
            application.incidents.search_rows(OPEN_INCIDENTS, expected=expected, at_once=at_once)
        )
    except (errors.NotFound, errors.Refused) as error:
        if error.status not in {404, 405}:
            raise
    # Where nothing can be searched the listing has every incident, closed ones too.
    listed = application.incidents.all()
    shown = (each for each in listed if each.incident.is_open and not each.incident.is_test)
    return {each.incident.id: each for each in shown}


@frozen
class RoleOfIncident:
    """A role and the incident in which it is meant."""

    incident_id: IncidentId
    role: Role


def find_role(application: Application, incident: str, role: str) -> RoleOfIncident:
    """What two words name, be it a role that was devised on another record.

    Raises UnknownRole and UnknownIncident.
    """
    try:
        known = application.catalogue.find(role)
    except errors.UnknownRole as slip:
        try:
            incident_id = find_incident(application, incident)
            if role_of(application, incident_id, role) is None:
                # The timeline tells of roles that were devised elsewhere.
                read_incident(application, incident_id)
        except errors.IncidentRolesError:
            raise slip from None
        known = application.catalogue_of(incident_id).find(role)
        return RoleOfIncident(incident_id=incident_id, role=known)
    return RoleOfIncident(incident_id=find_incident(application, incident), role=known)


def role_of(application: Application, incident_id: IncidentId, name: str) -> Role | None:
    """The role of an incident with a name, None where the record knows none."""
    with suppress(errors.UnknownRole):
        return application.catalogue_of(incident_id).find(name)
    return None


@frozen
class FoundPerson:
    """Who was meant; ``doubt`` is a sentence about what is not known of the account, if any."""

    person: Person
    doubt: str | None = None


def find_person(application: Application, text: str, *, asks: bool = True) -> FoundPerson:
    """The person with exactly this e-mail, handle, account id or key of the people file, or ``me``.

    Giving a role mails people and invites them, so nothing here is a guess, and Datadog is asked
    for the account at that moment. What the record remembers serves while Datadog cannot be asked,
    and, where nothing ``asks`` for more, for an account that it knows as a person's. Raises
    UnknownPerson, AmbiguousPerson, or UsageError for a service account.
    """
    name = text.strip()
    if name.casefold() == ME:
        me = application.settings.me
        if me is None or me.casefold() == ME:
            return FoundPerson(person=_owner_of_keys(application))
        name = me.strip()
    entry = application.people.find(name)
    account = (entry.datadog or entry.email) if entry else name
    if not asks:
        known = application.directory.recall(account)
        if known and known.active and known.kind is PersonKind.HUMAN:
            return FoundPerson(person=known)
    try:
        user = application.directory.find(account)
    except errors.UnknownPerson as error:
        if error.is_explained:
            raise
        # One domain makes all e-mails alike.
        hint = did_you_mean(name.partition("@")[0], _names_of_people(application)) or None
        raise errors.UnknownPerson(name, hint=hint) from error
    except (
        errors.Unreachable,
        errors.RateLimited,
        errors.UnexpectedAnswer,
        errors.Forbidden,
    ) as error:
        return _recall(application, name, error)
    person = application.directory.person(user)
    doubt = f"{person.label} was invited to Datadog and never signed in."
    return FoundPerson(person=person, doubt=doubt if user.is_invited else None)


def _names_of_people(application: Application) -> dict[str, str]:
    """What people that the record or the people file knows go by, each with an exact name."""
    names: dict[str | None, str | None] = {}
    for person in application.record.people():
        if person.active and person.kind is PersonKind.HUMAN:
            exact = person.email or person.handle
            names |= dict.fromkeys((person.email, person.handle, person.called), exact)
    for entry in application.people.entries:
        names |= dict.fromkeys((*entry.names, entry.name), entry.email)
    return {name.partition("@")[0]: exact for name, exact in names.items() if name and exact}


def _owner_of_keys(application: Application) -> Person:
    user = application.directory.current
    if user is None or user.id == application.directory.own:
        raise errors.UnknownPerson(
            ME,
            hint="The keys belong to a service account. Set DD_INCIDENT_ROLES_ME to your "
            "e-mail, or name the person.",
        )
    return application.directory.person(user)


def _recall(application: Application, name: str, error: errors.DatadogError) -> FoundPerson:
    """A person seen before is taken as seen; a new one is known by e-mail alone."""
    known = application.directory.recall(name)
    if known and not known.active:
        raise errors.UnknownPerson(
            name, hint=f"The account of {known.label} was deactivated when it was last seen."
        ) from error
    if known:
        doubt = (
            f"Datadog could not be asked about the account of {known.label}; "
            "it is taken to be as it was last seen."
        )
        return FoundPerson(person=known, doubt=doubt)
    entry = application.people.find(name)
    email = entry.person if entry else PersonKey(name.lower())
    # Keys that may not read users could confirm nobody later either.
    if "@" not in email or isinstance(error, errors.Forbidden):
        raise error
    doubt = f"Datadog could not be asked whether {email} has an account."
    return FoundPerson(person=application.person(email), doubt=doubt)


def holder_named(application: Application, text: str, keys: Collection[PersonKey]) -> PersonKey:
    """The holder of a role can be named even when the account is gone from Datadog.

    Raises AmbiguousPerson where several of the holders answer to the name.
    """
    entry = application.people.find(text)
    wanted = {(account_id_in(text) or text.strip()).casefold(), *(entry.accounts if entry else ())}
    found = []
    for person in map(application.person, keys):
        names = (person.key, person.email, person.handle, person.user_id)
        if wanted & {name.casefold() for name in names if name}:
            found.append(person)
    if len(found) > 1:
        raise application.directory.ambiguous(text, found)
    return found[0].key if found else find_person(application, text).person.key


def find_caller(application: Application) -> Person | None:
    """The person of the settings, else the owner of the keys.

    None where that is no person, or Datadog cannot be asked.
    """
    try:
        return find_person(application, ME, asks=False).person
    except errors.UnknownPerson:
        if application.settings.me is not None:
            raise
        return None
    except (errors.Unreachable, errors.RateLimited, errors.UnexpectedAnswer):
        return None


def is_caller(application: Application, person: PersonKey) -> bool:
    """Whether somebody is who types; who is not known is nobody, and the record is enough to ask.

    Datadog is asked for the owner of the keys only where the settings name no person.
    """
    me = application.settings.me
    if me is not None and me.casefold() != ME:
        return application.directory.key_of(me) == person
    with suppress(errors.DatadogError):
        owner = application.directory.current
        return owner is not None and application.directory.person(owner).key == person
    return False


def noted_name(application: Application, noted: str, people: Iterable[Person] = ()) -> str:
    """The name, on one line, of a person who was noted by e-mail, key or login.

    ``people`` may be newer than what the record knows. Datadog is not asked.
    """
    if noted.startswith(ASSIGNEE):
        # The tracker tells whom the issue is assigned to, and not who did that.
        return "the incident issue"
    key = application.directory.key_of(noted) or PersonKey(noted.strip().lower())
    newer = (person for person in people if person.key == key)
    known = next(newer, None) or application.person(key)
    is_named = known.called or known.email
    return on_one_line(known.label if is_named else noted.removeprefix(LOGIN))


def devised_notice(application: Application, devised: DevisedRole) -> str:
    """Who devised a role, who may hold it, and for how long."""
    from dd_incident_roles.report import sentences

    name = partial(noted_name, application)
    return sentences.devised_notice(devised, name, application.clock())


def told(
    application: Application,
    incident: IncidentId,
    key: str,
    text: str,
    *,
    kind: str,
    at: datetime,
    says: Statement,
    people: Iterable[Person] = (),
) -> tuple[Statement, PutEntry]:
    """A statement, and an entry signed by the caller that tells it to people and programs."""
    entry = Entry(
        key=EntryKey(key),
        at=at,
        created=at,
        text=text,
        author=noted_name(application, application.actor, people),
        kind=kind,
        statement=write_line(says, EntryKey(key), incident),
    )
    return says, PutEntry(entry=entry)
