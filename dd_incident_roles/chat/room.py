"""The incident's room: what is asked of a chat, and the topic of the room as the engine sees it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from dd_incident_roles.chat import topic
from dd_incident_roles.errors import PlaceError
from dd_incident_roles.model import Incident, IncidentId
from dd_incident_roles.roles.people import People
from dd_incident_roles.sync import targets
from dd_incident_roles.sync.place import Roster, RosterRow
from dd_incident_roles.sync.registers import Value
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


TOPIC = "topic"

_ANY_LENGTH = 100_000


@frozen
class SeenRoom:
    """What one reading of a room gave; ``writer`` wrote the topic last, if that is known."""

    place: TopicTarget
    room: Room
    writer: Member | None = None
    entries: None = None

    @property
    def shown_roles(self) -> Mapping[str, tuple[str, ...]]:
        """The names that the topic shows, by the titles of roles."""
        return topic.split(topic.find(self.room.topic) or "").names

    @property
    def notices(self) -> tuple[str, ...]:
        """That another program writes the topic too, while ours is not there."""
        writer = self.writer
        if writer is None or writer.is_person or topic.find(self.room.topic) is not None:
            return ()
        return (f"{writer.name or writer.id}, a program, writes {self.place.label} too.",)

    def values(self, incident: Incident, roster: Roster) -> tuple[Value, ...]:
        """The managed part of the topic; a room that is archived shows nothing any more."""
        del incident
        return () if self.room.is_archived else (self.place.value(self, roster),)


class TopicTarget:
    """The topic of one incident's room; of a private incident it shows nothing."""

    def __init__(self, chat: Chat, room_id: str, *, people: People, is_private: bool) -> None:
        self._chat = chat
        self._room_id = room_id
        self._people = people
        self._is_private = is_private
        self._room: Room | None = None
        self._me: Member | None = None
        self._roles: tuple[topic.TopicRole, ...] = ()

    @property
    def name(self) -> str:
        """The chat, such as ``slack``."""
        return self._chat.name

    @property
    def label(self) -> str:
        """The topic as people call it."""
        called = f"#{self._room.name}" if self._room else self._room_id
        return f"the topic of {called}"

    @property
    def url(self) -> str | None:
        """The page of the room, once it is known."""
        return self._room.url if self._room else None

    def read(self) -> SeenRoom:
        """Read the room, and who wrote the topic last where it was not us."""
        self._room = room = self._chat.room(self._room_id)
        self._me = me = self._me or self._chat.me()
        writer = None
        if (
            room.topic_by
            and room.topic_by != me.id
            # Whoever is in the people file is a person; to ask would only cost a request.
            and self._people.of_chat(self.name, room.topic_by) is None
        ):
            writer = self._chat.member(room.topic_by)
        return SeenRoom(place=self, room=room, writer=writer)

    def value(self, seen: SeenRoom, rows: Roster) -> Value:
        """The managed part of the topic as both sides have it."""
        room = seen.room
        self._roles = roles = tuple(map(_topic_role, rows))
        # Only a write needs the names of all others, for which the chat has to be asked.
        placed = self._placed(room, self._named(room))
        shown = topic.find(room.topic)
        stale = topic.stale_titles(topic.split(shown or ""), roles)
        keys = {role.title: row.role for role, row in zip(roles, rows, strict=True)}
        wanted = shown if placed.topic is None else topic.find(placed.topic)
        everything = topic.render(roles, limit=_ANY_LENGTH).text
        return Value(
            name=TOPIC,
            held=None if self._is_private else everything or None,
            wanted=wanted,
            shown=shown,
            agrees=placed.topic is None and placed.problem is None,
            roles=tuple(dict.fromkeys(row.role for row in rows)),
            summary=f"{self.label} shows {wanted or 'no roles'}",
            difference=f"{self.label} was changed there, and shows {shown or 'no roles'}",
            hidden={keys[title]: "the topic has no room for it" for title in placed.cut},
            settled=frozenset(keys.values()) - {keys[each] for each in stale if each in keys},
            obstacle=placed.problem,
            by_program=seen.writer is not None and not seen.writer.is_person,
        )

    def perform(
        self, incident_id: IncidentId, change: targets.RemoteChange
    ) -> targets.WriteOutcome:
        """Look at the topic again, put ours into it, and read from the answer what is shown."""
        del incident_id
        if not isinstance(change, targets.Show):
            raise TypeError(f"a topic has no place for {type(change).__name__}")
        room = self._chat.room(self._room_id)
        if topic.find(room.topic) != change.seen:
            return targets.Outdated(found="the topic was changed meanwhile")
        placed = self._placed(room, self._asked(room))
        if placed.topic is None:
            return targets.Shown(value=topic.find(room.topic))
        # Slack takes a topic from members only, and lets nobody join a private room by themselves.
        if not room.is_member and not room.is_private:
            self._chat.join(room.id)
        shown = topic.find(self._chat.set_topic(room.id, placed.topic).topic)
        if shown != topic.find(placed.topic):
            raise PlaceError(
                f"{self._chat.title} took {self.label} and shows another one.",
                target=self.name,
                declines_write=True,
            )
        return targets.Shown(value=shown)

    def _placed(self, room: Room, members: Mapping[str, str]) -> topic.Placement:
        return topic.place(room.topic, self._roles, is_private=self._is_private, members=members)

    def _named(self, room: Room) -> dict[str, str]:
        """The names of mentioned members that the people file knows."""
        found = {
            each: self._people.of_chat(self.name, each) for each in topic.mentioned(room.topic)
        }
        return {member: entry.name or entry.key for member, entry in found.items() if entry}

    def _asked(self, room: Room) -> dict[str, str]:
        """The names of all mentioned members; a mention that we write back is a mere text."""
        known = self._named(room)
        others = (each for each in topic.mentioned(room.topic) if each not in known)
        asked = {each: self._chat.member(each) for each in others}
        return {
            **known,
            **{each: member.name for each, member in asked.items() if member and member.name},
        }


def title_in_topic(row: RosterRow) -> str:
    """What a role is called in a topic."""
    return _topic_role(row).title


def _topic_role(row: RosterRow) -> topic.TopicRole:
    return topic.TopicRole(
        label=row.short,
        stream=row.stream,
        holders=tuple(person.label for person in row.people),
        importance=row.importance,
        shows_empty=row.required,
    )
