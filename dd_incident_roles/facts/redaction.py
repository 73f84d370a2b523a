"""What remains of a private incident: its public id, and what is needed to judge it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from dd_incident_roles.facts.asked_fields import only_asked
from dd_incident_roles.model import Assignment, Incident, Person, PersonKey, RoleKey, Source, UserId
from dd_incident_roles.policy.facts import (
    Account,
    ChatTopic,
    DatadogRoles,
    Dispute,
    Facts,
    Holding,
    IncidentIssue,
    NotConnected,
    NotRead,
    Proposal,
    RefusedChange,
    TimelineActivity,
    is_generic,
)
from dd_incident_roles.roles.conditions import FieldIs

_NOT_READ = NotRead(reason="it could not be read")
_NOT_CONNECTED = NotConnected(reason="there is nothing to look at")


def redacted(facts: Facts, kept_fields: Collection[FieldIs] = ()) -> Facts:
    """The facts without anything that tells more of a private incident than its public id.

    Texts are left out or replaced by numbered stand-ins, and of the property fields only values
    that one of ``kept_fields`` fits remain. Severity, state, type, times and who is the same as
    whom stay, because the rules go by them. Facts that may be shown are given back as they are.
    """
    if not facts.is_redacted:
        return facts
    veil = Veil(facts=facts)
    _veiled(facts, veil, kept_fields)
    veil.give_out()
    return _veiled(facts, veil, kept_fields)


def _veiled(facts: Facts, veil: Veil, kept_fields: Collection[FieldIs]) -> Facts:
    return Facts(
        incident=_incident(facts.incident, veil, kept_fields),
        catalogue=facts.catalogue,
        holdings=tuple(_holding(each, veil) for each in facts.holdings),
        vacancies={veil.role(role): since for role, since in facts.vacancies.items()},
        observations=facts.observations,
        responders=None if facts.responders is None else veil.keys(facts.responders),
        commander=veil.anybody(facts.commander),
        recorded_manager=facts.recorded_manager and _holding(facts.recorded_manager, veil),
        accounts={veil.key(key): _account(found) for key, found in facts.accounts.items()},
        disputes=tuple(_dispute(each, veil) for each in facts.disputes),
        proposals=tuple(_proposal(each, veil) for each in facts.proposals),
        refused=tuple(_refused(each, number, veil) for number, each in enumerate(facts.refused, 1)),
        datadog_roles=_datadog_roles(facts.datadog_roles, veil),
        timeline=_timeline(facts.timeline, veil),
        issue=_issue(facts.issue, veil),
        topic=_topic(facts.topic, veil),
        intervals=tuple(_interval(each, veil) for each in facts.intervals),
        watched_since=facts.watched_since,
        shows_private=facts.shows_private,
    )


def _incident(incident: Incident, veil: Veil, kept_fields: Collection[FieldIs]) -> Incident:
    # The id stays: the fingerprint of a finding is made of it, and a random UUID tells nothing.
    return replace(
        incident,
        title="",
        declared_by=veil.user(incident.declared_by),
        commander=veil.user(incident.commander),
        fields=only_asked(incident.fields, kept_fields),
    )


def _holding(holding: Holding, veil: Veil) -> Holding:
    return Holding(
        role=veil.role(holding.role),
        person=veil.person(holding.person),
        since=holding.since,
        source=holding.source,
        stream=veil.stream(holding.stream),
        pending=holding.pending,
        set_by=veil.actor(holding.set_by),
    )


def _interval(interval: Assignment, veil: Veil) -> Assignment:
    return replace(
        interval,
        id=veil.intervals.of(interval.id),
        role=veil.role(interval.role),
        stream=veil.stream(interval.stream),
        person=veil.key(interval.person),
        set_by=veil.actor(interval.set_by) or "",
        ended_by=veil.actor(interval.ended_by),
    )


def _account(found: Account | NotRead) -> Account | NotRead:
    return _NOT_READ if isinstance(found, NotRead) else found


def _dispute(dispute: Dispute, veil: Veil) -> Dispute:
    return Dispute(
        role=veil.role(dispute.role),
        wanted=veil.anybody(dispute.wanted),
        standing=veil.anybody(dispute.standing),
        since=dispute.since,
    )


def _proposal(proposal: Proposal, veil: Veil) -> Proposal:
    return Proposal(
        role=veil.role(proposal.role),
        receiver=veil.person(proposal.receiver),
        proposed=proposal.proposed,
        expires=proposal.expires,
        holder=veil.anybody(proposal.holder),
        stream=veil.stream(proposal.stream),
    )


def _refused(refused: RefusedChange, number: int, veil: Veil) -> RefusedChange:
    return RefusedChange(
        attempt=refused.attempt,
        reason="",
        since=refused.since,
        tries=refused.tries,
        role=None if refused.role is None else veil.role(refused.role),
        person=veil.anybody(refused.person),
        entry=None if refused.entry is None else f"entry-{number}",
    )


def _datadog_roles(roles: DatadogRoles | NotConnected, veil: Veil) -> DatadogRoles | NotConnected:
    match roles:
        case NotConnected():
            return _NOT_CONNECTED
        case DatadogRoles():
            return DatadogRoles(
                unknown=tuple(veil.roles.of(name) for name in roles.unknown),
                undefined=tuple(veil.role(role) for role in roles.undefined),
                one_person=tuple(veil.role(role) for role in roles.one_person),
            )


def _timeline(
    timeline: TimelineActivity | NotConnected | NotRead, veil: Veil
) -> TimelineActivity | NotConnected | NotRead:
    match timeline:
        case NotConnected():
            return _NOT_CONNECTED
        case NotRead():
            return _NOT_READ
        case TimelineActivity(last_note=last_note, writers=writers):
            return TimelineActivity(last_note=last_note, writers=_writers(writers, veil))


def _writers(writers: Mapping[PersonKey, datetime], veil: Veil) -> Mapping[PersonKey, datetime]:
    return {veil.key(key): at for key, at in writers.items()}


def _issue(
    issue: IncidentIssue | NotConnected | NotRead, veil: Veil
) -> IncidentIssue | NotConnected | NotRead:
    match issue:
        case NotConnected():
            return _NOT_CONNECTED
        case NotRead():
            return _NOT_READ
        case IncidentIssue(assignees=assignees, since=since):
            assigned = tuple(veil.person(person) for person in assignees)
            return IncidentIssue(name="", assignees=assigned, since=since)


def _topic(
    topic: ChatTopic | NotConnected | NotRead, veil: Veil
) -> ChatTopic | NotConnected | NotRead:
    match topic:
        case NotConnected():
            return _NOT_CONNECTED
        case NotRead():
            return _NOT_READ
        case ChatTopic(holders=holders, since=since):
            shown = {veil.role(role): veil.keys(keys) for role, keys in holders.items()}
            return ChatTopic(room="", holders=shown, since=since)


_SIDES = frozenset(source.value for source in Source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Veil:
    """The stand-ins of one incident; what is asked for before they are given out is only noted.

    Everything by which a person can be called has a stand-in of one series, so that whether two
    texts call the same person can be told as before. Roles of the catalogue keep their keys: what
    it says is no secret of an incident.
    """

    facts: Facts
    people: Pseudonyms = field(default_factory=lambda: Pseudonyms("private:"))
    streams: Pseudonyms = field(default_factory=lambda: Pseudonyms("stream-"))
    roles: Pseudonyms = field(default_factory=lambda: Pseudonyms("private-role-"))
    intervals: Pseudonyms = field(default_factory=lambda: Pseudonyms("interval-"))

    def give_out(self) -> None:
        """Give everybody and everything that was asked for a stand-in."""
        for names in (self.people, self.streams, self.roles, self.intervals):
            names.give_out()

    def key(self, key: PersonKey) -> PersonKey:
        """Who somebody is."""
        return PersonKey(self.people.of(key))

    def keys(self, keys: Collection[PersonKey]) -> frozenset[PersonKey]:
        """Who several people are."""
        return frozenset(self.key(key) for key in keys)

    def person(self, person: Person) -> Person:
        """Somebody of whom only the sort of account is told.

        The name of an account that stands for nobody is one that Datadog gives it.
        """
        return Person(
            key=self.key(person.key),
            name=person.name if is_generic(person) else None,
            email=self._called(person.email),
            handle=self._called(person.handle),
            user_id=self.user(person.user_id),
            kind=person.kind,
            active=person.active,
        )

    def anybody(self, person: Person | None) -> Person | None:
        """Somebody of whom only the sort of account is told, or nobody."""
        return None if person is None else self.person(person)

    def user(self, user: UserId | None) -> UserId | None:
        """An account in Datadog."""
        return None if user is None else UserId(self.people.of(user))

    def actor(self, name: str | None) -> str | None:
        """Who did something; a side such as ``datadog`` is nobody who has to be hidden."""
        # The record has it as it was typed, where keys, e-mails and handles are in lower case.
        return name if name is None or name in _SIDES else self.people.of(name.strip().lower())

    def role(self, key: RoleKey) -> RoleKey:
        """A role, by its key where the catalogue has it."""
        return key if key in self.facts.catalogue.known_names else RoleKey(self.roles.of(key))

    def stream(self, name: str | None) -> str | None:
        """A line of work."""
        return None if name is None else self.streams.of(name)

    def _called(self, name: str | None) -> str | None:
        return None if name is None else self.people.of(name)


@dataclass(slots=True)
class Pseudonyms:
    """Numbered stand-ins for the names of one incident, such as ``stream-2``.

    They sort as the names do, so that whatever goes by the order of names comes out the same, and
    a stand-in of one that is given again stays what it is.
    """

    word: str
    _met: set[str] = field(default_factory=set)
    _given: dict[str, str] = field(default_factory=dict)

    def of(self, name: str) -> str:
        """The stand-in for a name; the name itself as long as none was given out."""
        self._met.add(name)
        return self._given.get(name, name)

    def give_out(self) -> None:
        """Give every name that was met a number."""
        width = len(str(len(self._met)))
        for number, name in enumerate(sorted(self._met), start=1):
            self._given[name] = f"{self.word}{number:0{width}}"
