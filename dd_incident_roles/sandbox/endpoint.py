"""One operation of the API: what it is called by, what it asks of the key, how it answers."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from dd_incident_roles.sandbox.document import Document
from dd_incident_roles.sandbox.refusal import Backend, Refusal
from dd_incident_roles.sandbox.render.shapes import Json
from dd_incident_roles.sandbox.state.incident import PRIVATE, Incident
from dd_incident_roles.sandbox.state.world import World
from dd_incident_roles.sandbox.switches import Capabilities, Switch

NIL_ID = str(uuid.UUID(int=0))
PREFIX = "/api/v2"


class Permission(StrEnum):
    """What a key can be allowed to do (document)."""

    INCIDENT_READ = "incident_read"
    INCIDENT_WRITE = "incident_write"
    SETTINGS_READ = "incident_settings_read"
    SETTINGS_WRITE = "incident_settings_write"
    USERS_READ = "user_access_read"
    USERS_WRITE = "user_access_manage"
    TEAMS_READ = "teams_read"
    TEAMS_WRITE = "teams_manage"
    ON_CALL_READ = "on_call_read"
    PRIVATE_INCIDENTS = "incidents_private_global_access"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent back; a body of None is an empty one."""

    status: int = 200
    body: Json | None = None
    content_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def content(self) -> bytes:
        """The bytes of the body."""
        return b"" if self.body is None else json.dumps(self.body).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that has passed authentication."""

    world: World
    backend: Backend
    origin: str
    target: str
    caller: str
    permissions: frozenset[Permission]
    ids: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    def document(self, kind: str) -> Document:
        """Reads the body as one resource of this kind."""
        return Document(self.body, kind=kind, backend=self.backend)

    def answer(self, body: Json, *, status: int = 200) -> Answer:
        """Answers with this body in the content type of the back-end."""
        return Answer(status=status, body=body, content_type=self.backend.value)

    def refusal(self, status: int, detail: str | None, *, title: str = "Generic Error") -> Refusal:
        """Makes a refusal in the error shape of the back-end."""
        return Refusal(status, detail, backend=self.backend, title=title)

    def number(self, name: str, *, default: int, most: int | None = None) -> int:
        """Reads a number from the query; more than ``most`` is cut down to it (unverified)."""
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isdecimal():
            raise self.refusal(400, f"{name} must be a number")
        return min(int(text), most) if most is not None else int(text)

    def incident(self) -> Incident:
        """Finds the incident of the path, or refuses as Datadog does.

        A malformed id is a 404, the nil UUID a 400 (recorded below an incident), an unknown one a
        404 (recording). A private incident is unknown to everybody but its responders and holders
        of the global permission (document).
        """
        incident_id = self.ids["incident_id"]
        if not is_uuid(incident_id):
            raise self.refusal(404, "malformed incident ID")
        if incident_id == NIL_ID:
            raise self.refusal(400, "incident id is required", title="Bad Request")
        found = self.world.incidents.get(incident_id)
        if found is None or not self.sees(found):
            older = self.backend is Backend.OLDER
            raise self.refusal(
                404, f"incident {incident_id} not found" if older else "incident not found"
            )
        return found

    def sees(self, incident: Incident) -> bool:
        """Whether the incident is shown to this caller."""
        return (
            incident.visibility != PRIVATE
            or Permission.PRIVATE_INCIDENTS in self.permissions
            or self.world.responder_of(incident.id, self.caller) is not None
        )

    def includes(self, what: str) -> bool:
        """Whether the query asks for this to be included."""
        return what in self.query.get("include", "").split(",")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One operation; ``switch`` says which capability it belongs to."""

    method: str
    path: str
    permission: Permission | None
    handle: Callable[[Call], Answer]
    backend: Backend = Backend.NEWER
    switch: Callable[[Capabilities], Switch] | None = None

    @property
    def template(self) -> str:
        """The whole path with its parameters in braces."""
        return PREFIX + self.path


def is_uuid(text: str) -> bool:
    """Whether the text has the form of a UUID, dashes included."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def emptied(*, html: bool = False) -> Answer:
    """Answers 204; the older back-end calls that HTML (recording)."""
    return Answer(status=204, content_type="text/html; charset=utf-8" if html else None)
