"""Where an incident is shown beside Datadog, and what these places show: read, and not changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dd_incident_roles.application import Application
from dd_incident_roles.datadog.relationships import NAMED_BY_DATADOG
from dd_incident_roles.errors import DatadogError, IncidentRolesError
from dd_incident_roles.facts.recorded import recorded_facts
from dd_incident_roles.model import Assignment, Incident, IncidentId, Person, PersonKey, RoleKey
from dd_incident_roles.places import TARGETS, Place, TargetName, lies_at, parse_place, title_of
from dd_incident_roles.policy import clock
from dd_incident_roles.policy.facts import (
    ChatTopic,
    IncidentIssue,
    NotConnected,
    NotRead,
    RefusedChange,
)
from dd_incident_roles.roles.ledger import open_holdings, streams_in_order
from dd_incident_roles.sync.guard import Allowance
from dd_incident_roles.sync.state import WHERE, moved_to, replay
from dd_incident_roles.values import frozen
from dd_incident_roles.words import clause

# What speaks to issues and rooms is loaded where an incident has one.
if TYPE_CHECKING:
    from dd_incident_roles.issues.tracker import Account
    from dd_incident_roles.sync.place import PlaceSync, PlaceTarget, Roster

_NO_TRACKER = NotConnected(reason="no issue is linked")
_NO_CHAT = NotConnected(reason="no chat room is linked")


@frozen
class Spot:
    """One place of an incident, to be read and written; ``where`` names it to the record."""

    target: PlaceTarget
    where: str
    by_datadog: bool = False


@frozen
class KnownPlace:
    """A place of an incident; one that Datadog names counts where nothing was said by hand."""

    place: Place
    url: str | None = None
    by_datadog: bool = False


@frozen
class Named:
    """What Datadog names of an incident, in the systems of which nothing was said by hand.

    ``reserved`` are systems in which Datadog has a place, or may have one. ``failure`` is why it
    could not be asked.
    """

    places: tuple[KnownPlace, ...] = ()
    reserved: frozenset[TargetName] = frozenset()
    notices: tuple[str, ...] = ()
    failure: DatadogError | None = None


def named_by_datadog(application: Application, incident: Incident, *, asks: bool = True) -> Named:
    """Ask Datadog for the places of an incident, where one would be of use.

    It is asked each time, since a channel can be replaced by another one; while it does not answer,
    or is not to be asked, and once the incident is closed, those count that it named last.
    """
    said = {each.target for each in application.record.places(incident.id)}
    asked = [
        each
        for each in sorted(NAMED_BY_DATADOG - said)
        if application.connections.why_not(each) is None
    ]
    if not asked:
        return Named()
    last = Named(places=_named_last(application, incident, asked), reserved=frozenset(asked))
    if not asks or not incident.is_open:
        return last
    try:
        named = application.target.named_places(incident.id, asked)
    except DatadogError as error:
        return replace(last, failure=error)
    places, notices = [], list(named.notices)
    for each in named.places:
        place, address = each.place, application.settings.addresses[each.place.target]
        if lies_at(place, address):
            places.append(KnownPlace(place=place, url=each.url, by_datadog=True))
        else:
            notices.append(
                f"Datadog names {place.label} of {place.base}, which is not asked: "
                f"{title_of(place.target)} is set to {address}."
            )
    taken = {each.place.target for each in named.places} | named.awaited
    return Named(places=tuple(places), reserved=frozenset(taken), notices=tuple(notices))


def _named_last(
    application: Application, incident: Incident, asked: Sequence[TargetName]
) -> tuple[KnownPlace, ...]:
    states = (application.record.state(incident.id, each) for each in asked)
    noted = (row.held for each in states for row in each.registers if row.name == WHERE)
    places = (parse_place(where, {}) for where in noted if where)
    return tuple(
        KnownPlace(place=each, by_datadog=True)
        for each in places
        if lies_at(each, application.settings.addresses[each.target])
    )


def locate(
    application: Application, incident: Incident, named: Named
) -> tuple[tuple[Spot, ...], tuple[str, ...]]:
    """The places of an incident, issues before rooms: by hand or created, else by Datadog.

    With them comes what there is to say, such as why one that is known is not asked.
    """
    spots: list[Spot] = []
    notices = list(named.notices)
    for known in known_places(application, incident.id, named):
        place = known.place
        if lacking := application.connections.why_not(place.target):
            notices.append(f"{place.label} is linked, and is not asked: {lacking}.")
            continue
        target = _target(application, incident, place, known.url)
        spots.append(Spot(target=target, where=place.text, by_datadog=known.by_datadog))
    return tuple(spots), tuple(notices)


def known_places(
    application: Application, incident_id: IncidentId, named: Named
) -> tuple[KnownPlace, ...]:
    """Where an incident is shown, in the order of the systems."""
    links = application.record.places(incident_id)
    said = {each.target for each in links}
    known = [
        *(
            KnownPlace(place=parse_place(link.where, {}), url=link.url)
            for link in links
            if link.where is not None
        ),
        *(each for each in named.places if each.place.target not in said),
    ]
    return tuple(sorted(known, key=lambda each: TARGETS.index(each.place.target)))


def _target(
    application: Application, incident: Incident, place: Place, url: str | None
) -> PlaceTarget:
    settings, connections = application.settings, application.connections
    if place.target == "slack":
        from dd_incident_roles.chat.room import TopicTarget

        return TopicTarget(
            connections.chat,
            place.number,
            people=application.people,
            is_private=incident.private,
        )
    from dd_incident_roles.issues.target import IssueTarget
    from dd_incident_roles.issues.tracker import IssueRef
    from dd_incident_roles.sync.registers import Authority

    return IssueTarget(
        connections.tracker(place.target),
        IssueRef(project=place.project, number=place.number, label=place.label),
        people=application.people,
        owner=lambda account: _owner(application, place.target, account),
        # Whoever has the issue after the incident takes over no role.
        authority=Authority(settings.issue_authority) if incident.is_open else Authority.MIRROR,
        comments=settings.has_comments(place.target),
        shows_public=settings.issue_public == "allow",
        is_private=incident.private,
        url=url,
        page=settings.page_of(incident.public_id),
    )


def _owner(application: Application, target: str, account: Account) -> Person | None:
    """Whose account it is: by the people file, else by exactly the same e-mail; never a guess."""
    people = application.people
    entry = people.of_login(target, account.login) or people.of_login(target, account.id)
    if entry is not None:
        return application.person(entry.person)
    if account.email is None:
        return None
    known = [
        each
        for each in application.record.people_called(account.email.casefold())
        if (each.email or "").casefold() == account.email.casefold()
    ]
    return known[0] if len(known) == 1 else None


def roster_of(
    application: Application, incident: Incident, assignments: Sequence[Assignment]
) -> Roster:
    """Every role of an incident and each stream that is held, with who holds it by the record."""
    from dd_incident_roles.sync.place import RosterRow

    facts = recorded_facts(application, incident)
    rows = []
    catalogue = application.catalogue_of(incident.id)
    for place, role in enumerate(catalogue.roles):
        held = open_holdings(assignments, role.key)
        required = clock.is_required(facts, role, application.now())
        for stream in streams_in_order(row.stream for row in held):
            people = dict.fromkeys(row.person for row in held if row.stream == stream)
            short = role.short_name
            rows.append(
                RosterRow(
                    role=role.key,
                    title=role.title,
                    short=short.upper() if len(short) <= _ABBREVIATION else short.capitalize(),
                    stream=stream,
                    people=tuple(map(application.person, people)),
                    required=required,
                    # A narrow place leaves out empty roles first, and the Incident Manager never.
                    importance=(1000 if role.is_commander else 100 * bool(people)) - place,
                )
            )
    return tuple(rows)


_ABBREVIATION = 3


def unasked(failure: DatadogError) -> str:
    """Say that places may be missing."""
    return f"Datadog did not tell which issue and channel it has: {clause(failure.message)}."


@frozen
class PlaceView:
    """What the places of an incident show now, and how that compares with who holds what.

    ``issue``, ``topic`` and ``refused`` are what the rules look at. ``by_datadog`` are the systems
    whose place Datadog names.
    """

    looks: tuple[PlaceSync, ...] = ()
    refused: tuple[RefusedChange, ...] = ()
    notices: tuple[str, ...] = ()
    issue: IncidentIssue | NotConnected | NotRead = _NO_TRACKER
    topic: ChatTopic | NotConnected | NotRead = _NO_CHAT
    by_datadog: frozenset[str] = frozenset()


def look_at_places(
    application: Application, incident: Incident, assignments: Sequence[Assignment]
) -> PlaceView:
    """Read the places of an incident and compare them with who holds what; changes nothing."""
    try:
        named = named_by_datadog(application, incident)
        spots, notices = locate(application, incident, named)
    except IncidentRolesError as error:
        return PlaceView(notices=(f"The incident's places are not known: {error.message}",))
    if named.failure:
        notices = (*notices, unasked(named.failure))
    by_datadog = frozenset(each.target.name for each in spots if each.by_datadog)
    view = PlaceView(notices=notices, by_datadog=by_datadog)
    if not spots:
        return view
    from dd_incident_roles.sync.place import Shell, sync_place

    roster = roster_of(application, incident, assignments)
    for spot in spots:
        shell = Shell(
            record=application.record,
            options=application.run_options().planning(),
            allowance=Allowance(),
            roster=lambda: roster,
            take=lambda _wish: False,
            dry_run=True,
            where=spot.where,
        )
        look = sync_place(incident, spot.target, shell)
        refused = tuple(
            RefusedChange(
                attempt=row.attempt.value,
                reason=row.reason,
                since=application.moment(row.first) or incident.declared,
                tries=row.tries,
                entry=row.entry,
                what=row.about if row.is_register else None,
                place=spot.target.label,
            )
            for row in look.result.refused_writes
        )
        view = replace(view, looks=(*view.looks, look), refused=(*view.refused, *refused))
        view = _with_fact(application, incident, view, look, roster, where=spot.where)
    return view


def _with_fact(
    application: Application,
    incident: Incident,
    view: PlaceView,
    look: PlaceSync,
    roster: Roster,
    *,
    where: str,
) -> PlaceView:
    """What the rules look at in one place."""
    from dd_incident_roles.chat.room import TOPIC, SeenRoom
    from dd_incident_roles.issues.target import ASSIGNEE, SeenIssue

    place, label = look.result.target, look.result.place or ""
    is_room = place == "slack"
    if look.seen is None:
        failed = look.result.failures
        reason = clause(failed[0].error.message) if failed else "it could not be read"
        missed = NotRead(reason=reason)
        return replace(view, topic=missed) if is_room else replace(view, issue=missed)
    known = application.record.state(incident.id, place)
    here = replay(known, moved_to(known, where, application.now()))
    bases = [each for each in here.registers if each.name != WHERE]
    shown = {value.name: value for value in look.values}
    since = {
        base.name: base.since
        for base in bases
        if base.name in shown and base.shown == shown[base.name].shown
    }
    if isinstance(look.seen, SeenIssue):
        issue = IncidentIssue(
            name=label,
            assignees=tuple(
                look.seen.owner(each) or _stranger(place, each.login, each.name)
                for each in look.seen.issue.assignees
            ),
            since=since.get(ASSIGNEE, application.now() if bases else incident.declared),
        )
        return replace(view, issue=issue)
    if isinstance(look.seen, SeenRoom) and look.values:
        changed = look.seen.room.topic_at or since.get(TOPIC)
        topic = ChatTopic(
            room=label,
            holders=_holders_shown(look.seen.shown_roles, shown[TOPIC].settled, roster),
            since=changed or (application.now() if bases else incident.declared),
        )
        return replace(view, topic=topic)
    return view


def _stranger(target: str, login: str, name: str | None) -> Person:
    """Somebody of whom nothing is known but an account elsewhere."""
    return Person(key=PersonKey(f"{target}:{login}"), name=name or login)


def _holders_shown(
    shown: Mapping[str, tuple[str, ...]], right: Collection[RoleKey], roster: Roster
) -> dict[RoleKey, frozenset[PersonKey]]:
    """Whom a topic shows in each role; a name that fits nobody here stands for itself."""
    from dd_incident_roles.chat.room import title_in_topic

    people = {person.label: person.key for row in roster for person in row.people}
    holders: dict[RoleKey, frozenset[PersonKey]] = {}
    for row in roster:
        names = shown.get(title_in_topic(row), ())
        found = {people.get(name, PersonKey(name)) for name in names}
        if row.role in right:
            found = {person.key for person in row.people}
        holders[row.role] = holders.get(row.role, frozenset()) | found
    return holders
