"""What is asked of a chat that has rooms with a topic; Slack answers it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from dd_incident_roles.values import frozen


@frozen
class Member:
    """A member of the chat; bots and apps are no persons."""

    id: str
    name: str | None = None
    email: str | None = None
    is_person: bool = True


@frozen
class Room:
    """A room as the chat shows it now.

    ``topic`` is as it comes, with the chat's entities and links. ``topic_by`` is the id of the
    member who wrote it last, and ``topic_at`` when; None where the chat does not tell.
    ``is_member`` says that we are in the room.
    """

    id: str
    name: str
    url: str | None
    topic: str
    topic_by: str | None = None
    topic_at: datetime | None = None
    is_archived: bool = False
    is_member: bool = True
    is_private: bool = False
    is_shared: bool = False


class Chat(Protocol):
    """One chat; every method raises PlaceError, as for ``issues.tracker.Tracker``."""

    @property
    def name(self) -> str:
        """The word for it in reports and commands: ``slack``."""

    @property
    def title(self) -> str:
        """Its name for people: ``Slack``."""

    def me(self) -> Member:
        """The member that the token belongs to; asked once for each run."""

    def lacking(self) -> tuple[str, ...] | None:
        """Which scopes the token lacks; None where the chat does not tell."""

    def room(self, room_id: str) -> Room:
        """Read one room."""

    def set_topic(self, room_id: str, topic: str) -> Room:
        """Write the topic; returns the room with the topic that is shown afterwards."""

    def join(self, room_id: str) -> None:
        """Enter a public room."""

    def member(self, member_id: str) -> Member | None:
        """One member; None where the chat knows nobody of this id or does not let us ask."""
