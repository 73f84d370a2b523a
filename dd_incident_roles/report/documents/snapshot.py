"""The document that ``snapshot`` writes and ``check --snapshot`` reads.

Each part says how a value of the facts stands in the file, and is read as that value. Catalogue and
policy are the reader's own and stand in no snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from math import isfinite
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    Strict,
    Tag,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from dd_incident_roles import model
from dd_incident_roles.model import PersonKind, Source, UserId
from dd_incident_roles.policy import facts
from dd_incident_roles.policy.facts import Account
from dd_incident_roles.report.documents import ByName, Count, Document, Gap, Instant, Part, field
from dd_incident_roles.roles.catalogue import Catalogue

_WHO = "Who it is: the lower-case e-mail, else the handle, else the user id."
_STREAM = "The stream of work, if it is about one."
_SINCE = "Since when, in UTC."
_ROLE = "The key of the role."

# Strict: a file by another hand must not pass with 1 or "yes" where true is meant.
Flag = Annotated[bool, Strict()]
Number = Annotated[Count, Strict()]
Times = Annotated[Mapping[str, Instant], ByName]


Names = Annotated[
    frozenset[str],
    # The same facts give the same file, byte for byte.
    PlainSerializer(sorted, return_type=list[str]),
    WithJsonSchema({"type": "array", "items": {"type": "string"}}),
]


def _field_value(value: object) -> object:
    """What a property field can hold; JSON has only finite numbers, so others become text."""
    match value:
        # JSON has no infinity, and a file must be readable by any parser.
        case float() if not isfinite(value):
            return str(value)
        case None | str() | int() | float():
            return value
        case list() | tuple() if all(isinstance(each, str) for each in value):
            return tuple(value)
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

    of: ClassVar[type[Any]]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read a part of a file as the value at once, and write the value as the part."""
        part = handler.resolve_ref_schema(handler(source))
        if part["type"] != "model" or part["schema"]["type"] != "model-fields":
            raise TypeError(f"{cls.__name__} has more than fields")
        members = [
            core_schema.dataclass_field(
                name,
                each["schema"],
                validation_alias=each.get("validation_alias"),
                serialization_alias=each.get("serialization_alias"),
                metadata=each.get("metadata"),
            )
            for name, each in part["schema"]["fields"].items()
        ]
        # What no file says has its default.
        members += [
            core_schema.dataclass_field(
                each.name,
                core_schema.with_default_schema(core_schema.any_schema(), default=each.default),
                init=False,
                serialization_exclude=True,
            )
            for each in fields(cls.of)
            if each.name not in part["schema"]["fields"]
        ]
        return core_schema.dataclass_schema(
            cls.of,
            core_schema.dataclass_args_schema(cls.__name__, members),
            [each["name"] for each in members],
            cls_name=cls.__name__,
            slots=True,
            config=part["config"],
            ref=part["ref"],
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The schema of the part: what the file says of a value is said here, not there."""
        made = handler(schema)
        handler.resolve_ref_schema(made).update(title=cls.__name__, description=cls.__doc__)
        return made


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

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """One value for all who are the same: each stands in many incidents."""
        inner: dict[str, Any] = {**super().__get_pydantic_core_schema__(source, handler)}
        ref = inner.pop("ref")
        once = lru_cache(10_000)(_itself)
        return core_schema.no_info_after_validator_function(once, cast(CoreSchema, inner), ref=ref)


def _itself(person: model.Person) -> model.Person:
    return person


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

    unknown: tuple[str, ...] = field(
        "Names of roles that Datadog shows but the catalogue does not have."
    )
    undefined: tuple[str, ...] = field("Roles of the catalogue that Datadog does not define.")
    one_person: tuple[str, ...] = field(
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
    assignees: tuple[Person, ...] = field("Its assignees.")
    since: Instant = field(_SINCE)


class Topic(Fact):
    """The topic of a chat room."""

    of = facts.ChatTopic

    room: str = field("What the room is called.")
    holders: Annotated[Mapping[str, Names], ByName] = field(
        "The people that it shows, by the key of the role."
    )
    since: Instant = field(_SINCE)


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
        case facts.NotConnected():
            return "(not connected)"
        case facts.NotRead():
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
    fields: Annotated[Mapping[str, FieldValue], ByName] = field(
        "Its property fields by name; of a redacted incident only values that match a condition.",
        source="incident.fields",
    )
    redacted: Flag = field(
        "Whether names and texts were taken out because the incident is private.",
        source="is_redacted",
    )
    holdings: tuple[Holding, ...] = field("Who holds which role now.")
    vacancies: Times = field(
        "Since when a role that was held before has been empty, by the key of the role."
    )
    observations: tuple[Observation, ...] = field(
        "The observed states of the incident, the oldest first."
    )
    responders: Names | None = field("The responders; null if they could not be read.")
    commander: Person | None = field(
        "The account that Datadog shows as commander; null if it shows none."
    )
    recorded_manager: Holding | None = field(
        "The Incident Manager in the record before Datadog was read."
    )
    accounts: Annotated[Mapping[str, AnyAccount], ByName] = field(
        "The kind of account of each person, by person."
    )
    disputes: tuple[Dispute, ...] = field("Roles that were changed on both sides.")
    proposals: tuple[Proposal, ...] = field("Proposed handoffs that were not answered.")
    refused: tuple[Refused, ...] = field("Writes that Datadog refused and that are still wanted.")
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
    intervals: tuple[Interval, ...] = field("Who held which role when, as far as the record knows.")
    watched_since: Instant | None = field("When the record first synced the incident, in UTC.")

    def restore(self, *, catalogue: Catalogue, shows_private: bool) -> facts.Facts:
        """The facts as the writer had them, to be judged by the reader's catalogue."""
        parts = vars(self)
        return facts.Facts(
            incident=model.Incident(
                **{name: parts[name] for name in _OF_THE_INCIDENT},
                incident_type=self.type,
                is_test=self.test,
                commander=None if self.commander_id is None else UserId(self.commander_id),
            ),
            catalogue=catalogue,
            **{name: parts[name] for name in _OF_THE_FACTS},
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
    *("responders", "accounts", "watched_since"),
)

_KeptValue = Annotated[
    Flag | Annotated[int, Strict()] | Annotated[float, Strict()] | str,
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]


class KeptField(Part):
    """A property field that a condition looks at."""

    name: str = field("The name of the field.")
    values: tuple[_KeptValue, ...] = field("The values that match the condition.")


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
    not_evaluated: list[Gap] = field("What could not be read.")
