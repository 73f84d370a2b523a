"""What the operations of the API share: how they are asked and refused, and shapes of answers."""

from __future__ import annotations

import json
import uuid
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Generic, TypedDict, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, ValidationError

from dd_incident_roles.sandbox.world import Acts, Identified, Row, Switch, Switches, World, path_of

if TYPE_CHECKING:
    from dd_incident_roles.sandbox.resources.incidents import Incident
    from dd_incident_roles.sandbox.resources.timeline import Cell

NIL_ID = str(uuid.UUID(int=0))
PREFIX = "/api/v2"
PRIVATE = "private"
LARGEST_PAGE = 100
Json = dict[str, object]
Shown = Mapping[str, object]
NOTHING: Shown = MappingProxyType({})


class Backend(StrEnum):
    """Which of Datadog's two back-ends answers: they differ in content type, times and errors."""

    OLDER = "application/json"
    NEWER = "application/vnd.api+json"


class Permission(StrEnum):
    """What a key can be allowed to do (document)."""

    INCIDENT_READ = "incident_read"
    INCIDENT_WRITE = "incident_write"
    SETTINGS_READ = "incident_settings_read"
    SETTINGS_WRITE = "incident_settings_write"
    USERS_READ = "user_access_read"
    TEAMS_READ = "teams_read"
    ON_CALL_READ = "on_call_read"
    PRIVATE_INCIDENTS = "incidents_private_global_access"


# Every other status is a generic error to Datadog.
TITLES = MappingProxyType({400: "Bad Request", 403: "Forbidden"})


class Refusal(Exception):
    """A request that is turned down; without a detail there is only the title.

    ``more`` is what other systems than Datadog say beside it.
    """

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        *,
        title: str | None = None,
        show_status: bool = False,
        more: Shown = NOTHING,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.status = status
        self.detail = detail
        self.title = title or TITLES.get(status, "Generic Error")
        self.show_status = show_status
        self.more = more
        self.headers = headers
        super().__init__(detail or self.title)

    def answer(self, backend: Backend) -> Answer:
        """Answers with a sentence from the older back-end, with an object from the newer."""
        error: Json = {"title": self.title}
        if self.show_status:
            error["status"] = str(self.status)
        if self.detail is not None:
            error["detail"] = self.detail
        shown = str(self) if backend is Backend.OLDER else error
        return Answer(status=self.status, body={"errors": [shown]}, content_type=backend.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent back: JSON, the bytes of something else, or an empty body."""

    status: int = 200
    body: Json | Sequence[Json | None] | bytes = b""
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def content(self) -> bytes:
        """The bytes of the body."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Attributes(BaseModel):
    """The attributes of a body; what is unknown is passed over, as Datadog does."""

    model_config = ConfigDict(frozen=True)


Sent = TypeVar("Sent", bound=Attributes)
Model = TypeVar("Model", bound=BaseModel)
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body(Generic[Sent]):
    """The one resource that a request carries."""

    attributes: Sent
    relationships: Mapping[str, object]

    def related(self, name: str) -> str | None:
        """Reads the id at the other end of a relationship; None where it is null or missing."""
        link = self.relationships.get(name)
        data = link.get("data") if isinstance(link, Mapping) else None
        if data is None:
            return None
        row_id = data.get("id") if isinstance(data, Mapping) else None
        if not isinstance(row_id, str):
            raise Refusal(400, f"relationship {name} has no id")
        return row_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that has passed authentication; ``raw_path`` is as it was sent, encoded."""

    world: World
    backend: Backend
    url: str
    raw_path: str
    caller: str
    permissions: frozenset[Permission]
    ids: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes

    def sent(self, model: type[Model]) -> Model:
        """Reads a body of plain JSON, or of a form; every misreading is refused with a 400."""
        kind = self.headers.get("content-type", "")
        try:
            if kind.startswith("application/x-www-form-urlencoded"):
                return model.model_validate(dict(parse_qsl(self.content.decode())))
            return model.model_validate(json.loads(self.content or b"{}"))
        except ValidationError as error:
            first = error.errors()[0]
            raise Refusal(400, f"{path_of(first['loc'])}: {first['msg']}") from None
        except ValueError:
            raise Refusal(400, "Problems parsing JSON") from None

    def body(self, kind: str, attributes: type[Sent]) -> Body[Sent]:
        """Reads the body as one resource of this kind; every misreading is refused with a 400."""
        try:
            parsed: object = json.loads(self.content)
        except ValueError:
            raise Refusal(400, "body is not JSON") from None
        data = parsed.get("data") if isinstance(parsed, Mapping) else None
        if not isinstance(data, Mapping):
            raise Refusal(400, "missing data")
        # A wrong type is said before anything inside is read (recording).
        if (found := data.get("type")) != kind:
            raise Refusal(400, f'got type "{found}" expected one of "{kind}"', show_status=True)
        links = data.get("relationships") or {}
        if not isinstance(links, Mapping):
            raise Refusal(400, "relationships must be an object")
        try:
            sent = attributes.model_validate(data.get("attributes") or {})
        except ValidationError as error:
            first = error.errors()[0]
            name = first["loc"][0] if first["loc"] else "attributes"
            raise Refusal(400, f"invalid {name}: {first['msg']}") from None
        return Body(attributes=sent, relationships=links)

    def answer(self, data: object, beside: Shown = NOTHING, *, status: int = 200) -> Answer:
        """Answers with this data, and what is beside it, in the content type of the back-end."""
        body = {"data": data, **beside}
        return Answer(status=status, body=body, content_type=self.backend.value)

    def number(self, name: str, *, default: int, most: int | None = None) -> int:
        """Reads a number from the query; more than ``most`` is cut down to it (unverified)."""
        text = self.query.get(name, str(default))
        if not text.isdecimal():
            raise Refusal(400, f"{name} must be a number")
        return int(text) if most is None else min(int(text), most)

    def window(self, *, default: int) -> slice:
        """Reads which rows a page by offset shows."""
        offset = self.number("page[offset]", default=0)
        size = self.number("page[size]", default=default, most=LARGEST_PAGE)
        return slice(offset, offset + size)

    def numbered(self, *, default: int, most: int = LARGEST_PAGE) -> slice:
        """Reads which rows a page by number shows; the first page is 0."""
        size = max(self.number("page[size]", default=default, most=most), 1)
        start = self.number("page[number]", default=0) * size
        return slice(start, start + size)

    def incident(self) -> Incident:
        """Finds the incident of the path, or refuses as Datadog does.

        A malformed id is a 404, the nil UUID a 400 (recorded below an incident), an unknown one a
        404 (recording). A private incident is unknown to everybody but its responders and holders
        of the global permission (document).
        """
        incident_id = self.ids["incident_id"]
        if not is_uuid(incident_id):
            raise Refusal(404, "malformed incident ID")
        if incident_id == NIL_ID:
            raise Refusal(400, "incident id is required")
        found = self.world.incidents.get(incident_id)
        if found is None or not self.sees(found):
            # Only the older back-end repeats the id (recording).
            named = f" {incident_id}" if self.backend is Backend.OLDER else ""
            raise Refusal(404, f"incident{named} not found")
        return found

    def sees(self, incident: Incident) -> bool:
        """Whether the incident is shown to this caller."""
        return (
            incident.visibility != PRIVATE
            or Permission.PRIVATE_INCIDENTS in self.permissions
            or any(
                row.incident_id == incident.id and row.user_id == self.caller
                for row in self.world.responders
            )
        )

    def includes(self, what: str) -> bool:
        """Whether the query asks for this to be included."""
        return what in self.query.get("include", "").split(",")


Handler = Callable[[Call], Answer]


class Signed(TypedDict):
    """What a row that somebody writes just now begins with."""

    author: str
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Written(Identified):
    """What somebody wrote in another system: an issue, or something below it."""

    author: str
    created: datetime
    updated: datetime


class StandIn(Acts):
    """Another system than Datadog that the sandbox stands in for, below a path of its own.

    ``content_type`` is that of every answer which does not say otherwise.
    """

    content_type: ClassVar[str]

    @abstractmethod
    def admit(self, headers: Mapping[str, str]) -> str:
        """Says who asks, by the token; raises a Refusal for one that is not accepted."""

    @classmethod
    @abstractmethod
    def refuse(cls, refusal: Refusal) -> Answer:
        """Renders a refusal in the words of the system."""

    @abstractmethod
    def view(self) -> Json:
        """Sums up what is there; issues look alike in every tracker, by the names people type."""

    def sign(self, author: str) -> Signed:
        """Begins what this user writes now."""
        now = self.world.clock()
        return Signed(author=author, created=now, updated=now)


System = TypeVar("System", bound=StandIn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One operation; ``switch`` says which part of the API it belongs to.

    ``by_api_key`` is of what the API key opens alone.
    """

    method: str
    template: str
    permission: Permission | None
    handle: Handler
    backend: Backend
    switch: Callable[[Switches], Switch]
    service: type[StandIn] | None = None
    by_api_key: bool = False


def of_service(
    service: type[System], path: str, handlers: Mapping[str, Callable[[System, Call], Answer]]
) -> tuple[Endpoint, ...]:
    """Makes the operations of another system below one path, by method and rest of the path."""

    # A function makes each, since a lambda in a loop would see the last one only.
    def bound(handle: Callable[[System, Call], Answer]) -> Handler:
        return lambda call: handle(call.world.service(service), call)

    bounds = {key: bound(handle) for key, handle in handlers.items()}
    made = family(path, bounds, backend=Backend.OLDER, prefix="")
    return tuple(replace(each, service=service) for each in made)


def family(
    path: str,
    handlers: Mapping[str, Handler],
    *,
    read: Permission | None = None,
    write: Permission | None = None,
    backend: Backend = Backend.NEWER,
    switch: Callable[[Switches], Switch] = lambda _: Switch.ON,
    prefix: str = PREFIX,
) -> tuple[Endpoint, ...]:
    """Makes the operations below one path, by method and rest of the path: ``"DELETE /{id}"``."""
    return tuple(
        Endpoint(
            method=method,
            template=prefix + path + rest.strip(),
            permission=read if method == "GET" else write,
            handle=handle,
            backend=backend,
            switch=switch,
        )
        for key, handle in handlers.items()
        for method, _, rest in (key.partition(" "),)
    )


def is_uuid(text: str) -> bool:
    """Whether the text has the form of a UUID, dashes included."""
    try:
        # uuid.UUID alone also takes braces, and does without dashes.
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def found(row: Found | None, otherwise: str) -> Found:
    """Insists on a row that was looked for; raises a 404 with this sentence."""
    if row is None:
        raise Refusal(404, otherwise)
    return row


def picked(row: object, *names: str) -> Json:
    """Renders those attributes of a row that bear the same name here and there."""
    # A misspelt name fails wherever such a row is shown.
    return {name: getattr(row, name) for name in names}


def reference(kind: str, row_id: str | None) -> Json:
    """Renders a relationship to one row, or to none."""
    return {"data": None if row_id is None else {"type": kind, "id": row_id}}


def references(kind: str, row_ids: Iterable[str]) -> Json:
    """Renders a relationship to several rows."""
    return {"data": [{"type": kind, "id": row_id} for row_id in row_ids]}


def authors(row: Row) -> Json:
    """Renders the relationships to who made a row and who changed it last."""
    return {
        "created_by_user": reference("users", row.created_by),
        "last_modified_by_user": reference("users", row.last_modified_by),
    }


def dates(row: Row | Cell, written: Callable[[datetime], str]) -> Json:
    """Renders when a row was made and changed last."""
    return {"created": written(row.created), "modified": written(row.modified)}


def resource(kind: str, row_id: str, attributes: Shown, relationships: Shown | None = None) -> Json:
    """Renders one row."""
    shown: Json = {"type": kind, "id": row_id, "attributes": attributes}
    if relationships is not None:
        shown["relationships"] = relationships
    return shown


def offset_page(offset: int, shown: int) -> Json:
    """Renders the page of a listing; ``next_offset`` is there on the last page too (recording)."""
    return {"pagination": {"offset": offset, "next_offset": offset + shown, "size": shown}}


def older(moment: datetime) -> str:
    """Writes a moment as the older back-end does: microseconds and an offset (recording)."""
    return moment.astimezone(UTC).isoformat()


def newer(moment: datetime) -> str:
    """Writes a moment as the newer back-end does: a Z, and no zeros at the end (recording)."""
    whole, dot, fraction = moment.astimezone(UTC).replace(tzinfo=None).isoformat().partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}{dot if fraction else ''}{fraction}Z"


def whole_seconds(moment: datetime) -> str:
    """Writes a moment as search does: to the second (recording)."""
    return older(moment.replace(microsecond=0))


@dataclass(slots=True, kw_only=True)
class Access:
    """The key policy: any keys that are not empty are good, unless a list of good ones is set.

    ``withdrawn`` takes permissions from an application key; None stands for every key.
    """

    api_keys: frozenset[str] | None = None
    application_keys: frozenset[str] | None = None
    withdrawn: dict[str | None, frozenset[Permission]] = field(default_factory=dict)

    def permissions(self, headers: Mapping[str, str]) -> frozenset[Permission]:
        """Says what the keys of a request may do; a wrong key is a 403."""
        token = headers.get("authorization", "").removeprefix("Bearer ")
        # A token takes the place of both keys.
        application_key = token or headers["dd-application-key"]
        is_good = self.application_keys is None or application_key in self.application_keys
        if not is_good or not (token or self.knows_api_key(headers)):
            raise Refusal(403)
        # None stands for every key.
        withdrawn = (self.withdrawn.get(key, frozenset()) for key in (None, application_key))
        return frozenset(Permission).difference(*withdrawn)

    def knows_api_key(self, headers: Mapping[str, str]) -> bool:
        """Whether the API key of a request is good."""
        return self.api_keys is None or headers["dd-api-key"] in self.api_keys
