"""The document that ``snapshot`` writes and ``check --snapshot`` reads.

Each part reads the facts that it shows and gives them back with ``restore``. Catalogue and policy
are the reader's own and stand in no snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import cache, lru_cache
from math import isfinite
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

from pydantic import BeforeValidator, Discriminator, Field, Strict, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from dd_incident_roles import model
from dd_incident_roles.model import PersonKey, PersonKind, RoleKey, Source, UserId
from dd_incident_roles.policy import facts
from dd_incident_roles.policy.facts import Account
from dd_incident_roles.report.documents import parts
from dd_incident_roles.report.documents.parts import Document, Instant, Part, field
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.roles.conditions import FieldIs

_WHO = "Who it is: the lower-case e-mail, else the handle, else the user id."
_STREAM = "The stream of work, if it is about one."
_SINCE = "Since when, in UTC."
_ROLE = "The key of the role."

# Strict: a file by another hand must not pass with 1 or "yes" where true is meant.
Flag = Annotated[bool, Strict()]
Number = Annotated[parts.Count, Strict()]
Times = Annotated[Mapping[str, Instant], parts.ByName]


def _in_order(value: object) -> object:
    # The same facts give the same file, byte for byte.
    return sorted(value) if isinstance(value, frozenset) else value


Names = Annotated[list[str], BeforeValidator(_in_order)]


def _field_value(value: object) -> object:
    """What a property field can hold; JSON has only finite numbers, so others become text."""
    match value:
        # JSON has no infinity, and a file must be readable by any parser.
        case float() if not isfinite(value):
            return str(value)
        case None | str() | int() | float():
            return value
        case list() | tuple() if all(isinstance(each, str) for each in value):
            return list(value)
        case _:
            raise PydanticCustomError(
                "field", "must be text, a number, true, false or a list of text values"
            )


FieldValue = Annotated[
    Any,
    BeforeValidator(_field_value),
    WithJsonSchema(
        {
            "type": ["string", "number", "boolean", "null", "array"],
            "items": {"type": "string"},
        }
    ),
]


class Fact(Part):
    """A part that stands for a value of our own, ``of`` a class with the same fields."""

    of: ClassVar[type]

    def restore(self) -> Any:
        """The value."""
        return self.of(**_values(self))


def _values(part: Part) -> dict[str, Any]:
    """The members of a part, with what they are made of restored."""
    values = vars(part)
    if made_of := _with_parts(type(part)):
        values = {**values, **{name: _value(values[name]) for name in made_of}}
    return values


_PLAIN = (str, int, float, bool, NoneType, datetime, Enum)


@cache
def _with_parts(kind: type[Part]) -> tuple[str, ...]:
    """The members of a part that need to be restored themselves; most are plain, in all of them."""
    return tuple(name for name, each in kind.model_fields.items() if not _is_plain(each.annotation))


def _is_plain(annotation: object) -> bool:
    inner, kind = get_args(annotation), get_origin(annotation)
    if kind is Literal:
        return True
    if kind is Annotated:
        return _is_plain(inner[0])
    if kind in {Union, UnionType}:
        return all(map(_is_plain, inner))
    return isinstance(annotation, type) and not inner and issubclass(annotation, _PLAIN)


def _value(each: object) -> object:
    # The parts last: to ask a value whether it is a model takes longer than all the rest.
    match each:
        case str() | None:
            return each
        case list():
            # JSON has no tuples, of which the facts are made.
            return tuple([_value(one) for one in each])
        case dict():
            return {name: _value(one) for name, one in each.items()}
        case Fact():
            return each.restore()
        case _:
            return each


class Person(Fact):
    """Somebody, or an account."""

    of = model.Person

    key: str = field(_WHO)
    name: str | None = field("The name, if it is known and may be shown.")
    email: str | None = field("The e-mail, if it is known.")
    handle: str | None = field("The handle in Datadog, if it is known.")
    user_id: str | None = field("The id of the user in Datadog, if it is known.")
    kind: PersonKind = field("The kind of account.")
    active: Flag = field("Whether the account is active.")

    def restore(self) -> model.Person:
        """The person, one value for all who are the same."""
        return _person(*vars(self).values())


@lru_cache(maxsize=10_000)
def _person(*members: Any) -> model.Person:
    return model.Person(**dict(zip(Person.model_fields, members, strict=True)))


class Holding(Fact):
    """That somebody holds a role."""

    of = facts.Holding

    role: str = field(_ROLE)
    stream: str | None = field("The stream of work, if it is held in one.")
    person: Person = field("Who holds it.")
    since: Instant = field(_SINCE)
    source: Source = field("Where that was first seen.")
    pending: Flag = field("Whether it was not sent to Datadog yet.")
    set_by: str | None = field("Who assigned the role, as the record names them.")


class Observation(Fact):
    """What the incident was seen to be, until the next observation."""

    of = model.Observation

    at: Instant = field("From when on, in UTC.")
    severity: str = field("The severity.")
    state: str = field("The state.")
    customer_impacted: Flag = field("Whether customers were impacted.")


class Interval(Fact):
    """That somebody held a role."""

    of = model.Assignment

    id: str = field("The id of the interval.")
    role: str = field(_ROLE)
    stream: str | None = field("The stream of work, if it was held in one.")
    person: str = field(_WHO)
    since: Instant = field(_SINCE)
    until: Instant | None = field("Until when, in UTC; null while it lasts.")
    set_by: str = field("Who gave the role.")
    source: Source = field("Where that was first seen.")
    ended_by: str | None = field("Who ended it; null while it lasts.")
    ended_source: Source | None = field("Where the end was first seen; null while it lasts.")


class Dispute(Fact):
    """A role that was changed on both sides."""

    of = facts.Dispute

    role: str = field(_ROLE)
    wanted: Person | None = field("The person that the record wanted; null for nobody.")
    standing: Person | None = field("The person that Datadog shows; null for nobody.")
    since: Instant = field(_SINCE)


class Proposal(Fact):
    """A handoff that nobody answered yet."""

    of = facts.Proposal

    role: str = field(_ROLE)
    stream: str | None = field(_STREAM)
    holder: Person | None = field("Who hands the role over; null for nobody.")
    receiver: Person = field("Who receives it.")
    proposed: Instant = field("When it was proposed, in UTC.")
    expires: Instant = field("Until when it can be accepted, in UTC.")


class Refused(Fact):
    """A write that was declined."""

    of = facts.RefusedChange

    attempt: Literal["assign", "unassign", "create", "update", "delete"] = field(
        "What was to be done."
    )
    reason: str = field("Why it was refused.")
    since: Instant = field("When it was first refused, in UTC.")
    tries: Annotated[int, Strict(), Field(ge=1)] = field("How often it was sent.")
    role: str | None = field("The key of the role, if it is about one.")
    person: Person | None = field("Who it was about, if anybody.")
    entry: str | None = field("The key of the entry, if it is about one.")
    what: str | None = field("The assignee, roster or topic, if it is about one.", default=None)
    place: str | None = field(
        "The issue or chat room that refused it; null where Datadog did.", default=None
    )


class NotConnected(Fact):
    """There was nothing to look at."""

    of = facts.NotConnected

    reason: str = field("Why not.", source="not_connected", name="not_connected")


class NotRead(Fact):
    """It could not be read."""

    of = facts.NotRead

    reason: str = field("Why not.", source="not_read", name="not_read")


class DatadogRoles(Fact):
    """Roles that one of the two sides does not know."""

    of = facts.DatadogRoles

    unknown: list[str] = field("Names of roles that Datadog shows but the catalogue does not have.")
    undefined: list[str] = field("Roles of the catalogue that Datadog does not define.")
    one_person: list[str] = field(
        "Roles that several people may hold in the catalogue but only one in Datadog."
    )


class Timeline(Fact):
    """When people wrote into the timeline."""

    of = facts.TimelineActivity

    last_note: Instant | None = field("When a person last wrote, in UTC; null if nobody did.")
    writers: Times = field("When each person first wrote, by person.")


class Issue(Fact):
    """An issue in a tracker."""

    of = facts.IncidentIssue

    name: str = field("What the issue is called, such as ops#12.")
    assignees: list[Person] = field("Its assignees.")
    since: Instant = field(_SINCE)


class Topic(Fact):
    """The topic of a chat room."""

    of = facts.ChatTopic

    room: str = field("What the room is called.")
    holders: Annotated[Mapping[str, Names], parts.ByName] = field(
        "The people that it shows, by the key of the role."
    )
    since: Instant = field(_SINCE)

    def restore(self) -> facts.ChatTopic:
        """The topic."""
        holders = {
            RoleKey(role): frozenset(map(PersonKey, found)) for role, found in self.holders.items()
        }
        return facts.ChatTopic(room=self.room, holders=holders, since=self.since)


def _kind(value: object) -> str:
    """Which alternative a fact is that may be absent; a file has it as an object."""
    match value:
        case str():
            return "(word)"
        # A file has objects where the facts are values, and both are read by one model.
        case dict() if "not_connected" in value:
            return "(not connected)"
        case dict() if "not_read" in value:
            return "(not read)"
        case dict():
            return "(fact)"
        case facts.NotConnected() | NotConnected():
            return "(not connected)"
        case facts.NotRead() | NotRead():
            return "(not read)"
        case _:
            return "(fact)"


Absent = Annotated[NotConnected, Tag("(not connected)")]
Unread = Annotated[NotRead, Tag("(not read)")]
AnyAccount = Annotated[Annotated[Account, Tag("(word)")] | Unread, Discriminator(_kind)]


class Incident(Part):
    """One incident: what it is, what it was seen to be, and who holds which role."""

    id: str = field("Its id in Datadog.", source="incident.id")
    public_id: Number = field("Its public id, the number after IR-.", source="incident.public_id")
    title: str = field("Its title; empty if it is redacted.", source="incident.title")
    severity: str = field("Its severity, such as SEV-2.", source="incident.severity")
    state: str = field("Its state, such as active.", source="incident.state")
    type: str | None = field(
        "The type of the incident; null if it has none.", source="incident.incident_type"
    )
    private: Flag = field(
        "Whether only some people may see it in Datadog.", source="incident.private"
    )
    test: Flag = field("Whether it is a test, which no rule checks.", source="incident.is_test")
    customer_impacted: Flag = field(
        "Whether customers are impacted.", source="incident.customer_impacted"
    )
    declared: Instant = field("When it was declared, in UTC.", source="incident.declared")
    modified: Instant = field(
        "When it was last changed in Datadog, in UTC.", source="incident.modified"
    )
    resolved: Instant | None = field(
        "When it was resolved, in UTC; null if it was not.", source="incident.resolved"
    )
    declared_by: str | None = field(
        "The id of the user who declared it; null if Datadog does not say.",
        source="incident.declared_by",
    )
    commander_id: str | None = field(
        "The id of the commander in Datadog; null if there is none.",
        source="incident.commander",
    )
    fields: Annotated[Mapping[str, FieldValue], parts.ByName] = field(
        "Its property fields by name; of a redacted incident only values that match a condition.",
        source="incident.fields",
    )
    redacted: Flag = field(
        "Whether names and texts were taken out because the incident is private.",
        source="is_redacted",
    )
    holdings: list[Holding] = field("Who holds which role now.")
    vacancies: Times = field(
        "Since when a role that was held before has been empty, by the key of the role."
    )
    observations: list[Observation] = field(
        "The observed states of the incident, the oldest first."
    )
    responders: Names | None = field("The responders; null if they could not be read.")
    commander: Person | None = field(
        "The account that Datadog shows as commander; null if it shows none."
    )
    recorded_manager: Holding | None = field(
        "The Incident Manager in the record before Datadog was read."
    )
    accounts: Annotated[Mapping[str, AnyAccount], parts.ByName] = field(
        "The kind of account of each person, by person."
    )
    disputes: list[Dispute] = field("Roles that were changed on both sides.")
    proposals: list[Proposal] = field("Proposed handoffs that were not answered.")
    refused: list[Refused] = field("Writes that Datadog refused and that are still wanted.")
    datadog_roles: Annotated[
        Annotated[DatadogRoles, Tag("(fact)")] | Absent, Discriminator(_kind)
    ] = field("Roles that only one side has.")
    timeline: Annotated[
        Annotated[Timeline, Tag("(fact)")] | Absent | Unread, Discriminator(_kind)
    ] = field("When people last wrote in the timeline.")
    issue: Annotated[Annotated[Issue, Tag("(fact)")] | Absent | Unread, Discriminator(_kind)] = (
        field("The issue of the incident in a tracker.")
    )
    topic: Annotated[Annotated[Topic, Tag("(fact)")] | Absent | Unread, Discriminator(_kind)] = (
        field("The topic of the incident's chat room.")
    )
    intervals: list[Interval] = field("Who held which role when, as far as the record knows.")
    watched_since: Instant | None = field("When the record first synced the incident, in UTC.")

    def restore(self, *, catalogue: Catalogue, shows_private: bool) -> facts.Facts:
        """The facts as the writer had them, to be judged by the reader's catalogue."""
        parts = _values(self)
        return facts.Facts(
            incident=model.Incident(
                **{name: parts[name] for name in _OF_THE_INCIDENT},
                incident_type=self.type,
                is_test=self.test,
                commander=None if self.commander_id is None else UserId(self.commander_id),
            ),
            catalogue=catalogue,
            **{name: parts[name] for name in _OF_THE_FACTS},
            responders=None
            if self.responders is None
            else frozenset(map(PersonKey, self.responders)),
            accounts={PersonKey(key): found for key, found in parts["accounts"].items()},
            # What was redacted has no more to show, whatever the reader would.
            shows_private=shows_private and not self.redacted,
        )


_OF_THE_INCIDENT = (
    *("id", "public_id", "title", "severity", "state", "private", "customer_impacted"),
    *("declared", "modified", "resolved", "declared_by", "fields"),
)
_OF_THE_FACTS = (
    *("holdings", "vacancies", "observations", "commander", "recorded_manager", "disputes"),
    *("proposals", "refused", "datadog_roles", "timeline", "issue", "topic", "intervals"),
    "watched_since",
)

_KeptValue = Annotated[
    Flag | Annotated[int, Strict()] | Annotated[float, Strict()] | str,
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]


class KeptField(Fact):
    """A property field that a condition looks at."""

    of = FieldIs

    name: str = field("The name of the field.")
    values: list[_KeptValue] = field("The values that match the condition.")


class Head(Part):
    """What a snapshot says beside its incidents."""

    taken_at: Instant = field("When it was taken, in UTC.")
    made_by: str = field("The program that made it, and its version.")
    described: str = field("How the incidents were chosen, in words.")
    is_whole: Flag = field("Whether these are all incidents of their kind, not a selection.")
    closed_within_days: Annotated[int, Strict()] | None = field(
        "How many days back a snapshot of closed incidents reaches; null for one of open incidents."
    )
    kept_fields: list[KeptField] = field("The property fields whose values private incidents keep.")


class Snapshot(Document, Head):
    """What was known of incidents at one moment."""

    written_by = "`snapshot` writes and `check --snapshot` reads"

    incidents: list[Incident] = field("The incidents that could be read.")
    not_evaluated: list[parts.Gap] = field("What could not be read.")
