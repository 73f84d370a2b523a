"""Slack below ``/slack/api``: one workspace, its channels and their topics, as far as is asked.

What a comment calls document is Slack's own documentation, code is what others wrote against the
real system; the rest is unverified.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import RLock
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.api import Answer, Call, Json, Refusal, picked
from dd_incident_roles.sandbox.world import Identified, Table, World

BOT_ID: Final = "U0ROLESBOT"
LONGEST_TOPIC: Final = 250
"""Characters (document), counted in UTF-16 units (unverified)."""
EVERY_SCOPE: Final = frozenset(
    {
        *("channels:read", "channels:manage", "channels:join", "groups:read", "groups:write"),
        *("users:read", "users:read.email"),
    }
)
ACTS: Final = (
    *("add_member", "add_bot", "add_channel", "set_topic", "archive", "make_private"),
    *("invite_bot", "remove_bot", "withdraw_scope"),
)
"""What can be done from outside, through ``/_sandbox/acts``."""

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_MENTION = re.compile(r"(?<!\S)([@#])([\w.-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackMember(Identified):
    """A member; ``name`` is what is typed after the ``@``."""

    name: str
    real_name: str
    email: str | None = None
    is_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel(Identified):
    """A channel; ``has_bot`` is whether the bot of the token is in it."""

    name: str
    topic: str = ""
    topic_by: str = ""
    topic_at: int = 0
    has_bot: bool = True
    is_private: bool = False
    is_archived: bool = False
    is_shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message in a channel about a change of its topic."""

    channel: str
    user: str
    topic: str
    subtype: str = "channel_topic"


@dataclass(slots=True, kw_only=True)
class Workspace:
    """All that this Slack remembers; any token is good, unless ``tokens`` lists the good ones."""

    members: Table[SlackMember] = field(default_factory=Table)
    channels: Table[Channel] = field(default_factory=Table)
    messages: list[Message] = field(default_factory=list)
    scopes: frozenset[str] = EVERY_SCOPE
    tokens: frozenset[str] | None = None


class Declined(Refusal):
    """An error as Slack answers it: with a 200, and a word (document)."""

    def __init__(self, error: str, **more: str) -> None:
        super().__init__(200, error)
        self.more = more


class Slack:
    """How Slack lets in and refuses."""

    def admit(self, world: World, headers: Mapping[str, str]) -> str:
        """Takes a bearer token; says the id of its bot."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or not token:
            raise Declined("not_authed")
        good = workspace_of(world).tokens
        if good is not None and token not in good:
            raise Declined("invalid_auth")
        return BOT_ID

    def refuse(self, refusal: Refusal) -> Answer:
        """Answers with the word; other statuses than 200 are of the servers before Slack's."""
        words = {429: "ratelimited", 500: "internal_error", 503: "service_unavailable"}
        error = words.get(refusal.status, refusal.detail or "invalid_arguments")
        more = refusal.more if isinstance(refusal, Declined) else {}
        return _answer({"ok": False, "error": error, **more}, status=refusal.status)


def workspace_of(world: World) -> Workspace:
    """Finds the one workspace of a world, which has the bot of the token from the start."""
    kept = world.services.get("slack")
    if not isinstance(kept, Workspace):
        kept = world.services["slack"] = Workspace()
        bot = SlackMember(id=BOT_ID, name="incident-roles", real_name="Incident roles", is_bot=True)
        kept.members.put(bot)
    return kept


def as_kept(text: str) -> str:
    """A topic as it comes back: with entities, and e-mail addresses as links (code).

    The markup of a mention is kept as its characters when a program writes it (code).
    """
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MAIL.sub(r"<mailto:\g<0>|\g<0>>", escaped)


def as_typed(space: Workspace, text: str) -> str:
    """A topic that a person types, in which names of members and channels become links (code)."""

    def link(found: re.Match[str]) -> str:
        sign, name = found.groups()
        if sign == "@":
            member = next((row for row in space.members if row.name == name), None)
            return found[0] if member is None else f"<@{member.id}>"
        channel = next((row for row in space.channels if row.name == name), None)
        return found[0] if channel is None else f"<#{channel.id}|{name}>"

    return _MENTION.sub(link, as_kept(text))


class Sent(BaseModel):
    """The parts of a form; what is missing is empty."""

    channel: str = ""
    topic: str = ""


def auth_test(call: Call) -> Answer:
    """Says whose token it is (document)."""
    space = workspace_of(call.world)
    bot = space.members.get(call.caller)
    name = bot.name if bot is not None else ""
    return _answer(
        {
            "ok": True,
            "url": "https://corp-example.slack.com/",
            "team": call.world.org_name,
            "user": name,
            "team_id": "T0CORP",
            "user_id": call.caller,
            "bot_id": "B0ROLESBOT",
        },
        # Each answer has it (document); the client looks at this one.
        headers={"X-OAuth-Scopes": ",".join(sorted(space.scopes))},
    )


def get_channel(call: Call) -> Answer:
    """Shows a channel; a private one only to its members (document)."""
    row = _seen(call.world, call.query.get("channel", ""), read=True)
    return _answer({"ok": True, "channel": _shown(row)})


def set_topic(call: Call) -> Answer:
    """Writes the topic, with a message even if it is unchanged (unverified)."""
    sent = call.sent(Sent)
    row = _seen(call.world, sent.channel)
    if not row.has_bot:
        raise Declined("not_in_channel")
    if row.is_archived:
        raise Declined("is_archived")
    if len(sent.topic.encode("utf-16-le")) // 2 > LONGEST_TOPIC:
        raise Declined("too_long")
    changed = _write(call.world, row, as_kept(sent.topic), by=call.caller)
    return _answer({"ok": True, "channel": _shown(changed)})


def join(call: Call) -> Answer:
    """Enters a public channel (document)."""
    space = workspace_of(call.world)
    row = _seen(call.world, call.sent(Sent).channel, scope="channels:join")
    if row.is_private:
        raise Declined("method_not_supported_for_channel_type")
    if row.is_archived:
        raise Declined("is_archived")
    return _answer({"ok": True, "channel": _shown(space.channels.put(replace(row, has_bot=True)))})


def get_member(call: Call) -> Answer:
    """Shows a member; the e-mail only with a scope of its own (document)."""
    space = workspace_of(call.world)
    _require(space, "users:read")
    row = space.members.get(call.query.get("user"))
    if row is None:
        raise Declined("user_not_found")
    profile: Json = {"real_name": row.real_name, "display_name": ""}
    if row.email is not None and "users:read.email" in space.scopes:
        profile["email"] = row.email
    user = {**picked(row, "id", "name", "real_name", "is_bot"), "profile": profile}
    return _answer({"ok": True, "user": user})


ENDPOINTS = api.of_service(
    Slack(),
    "/slack/api",
    {
        "GET /auth.test": auth_test,
        "GET /conversations.info": get_channel,
        "POST /conversations.setTopic": set_topic,
        "POST /conversations.join": join,
        "GET /users.info": get_member,
    },
)


class SlackActs:
    """What people do in Slack, for any thread; a channel and a member go by name or id.

    Every method raises KeyError for what is not there.
    """

    def __init__(self, world: World, lock: RLock) -> None:
        self._world = world
        self._lock = lock

    @property
    def workspace(self) -> Workspace:
        """All that this Slack remembers, to be read under the lock."""
        return workspace_of(self._world)

    def add_member(self, name: str, real_name: str | None = None, email: str | None = None) -> str:
        """Adds a person, and returns the id."""
        return self._add_member(name, real_name, email=email, is_bot=False)

    def add_bot(self, name: str, real_name: str | None = None) -> str:
        """Adds the bot of another app, such as Datadog's, and returns the id."""
        return self._add_member(name, real_name, email=None, is_bot=True)

    def add_channel(
        self,
        name: str,
        channel_id: str | None = None,
        *,
        has_bot: bool = True,
        is_private: bool = False,
        is_shared: bool = False,
    ) -> str:
        """Adds a channel, and returns the id."""
        with self._lock:
            row = Channel(
                id=channel_id or f"C{len(self.workspace.channels) + 1:09d}",
                name=name,
                has_bot=has_bot,
                is_private=is_private,
                is_shared=is_shared,
            )
            return self.workspace.channels.put(row).id

    def set_topic(self, channel: str, topic: str, by: str) -> None:
        """Types a topic; what a bot writes makes no links."""
        with self._lock:
            space = self.workspace
            member = space.members.first(lambda row: by in {row.id, row.name}, by)
            text = as_kept(topic) if member.is_bot else as_typed(space, topic)
            _write(self._world, self.channel(channel), text, by=member.id)

    def archive(self, channel: str) -> None:
        """Archives a channel, as Datadog does when an incident is resolved (document)."""
        self._change(channel, lambda row: replace(row, is_archived=True))

    def make_private(self, channel: str) -> str:
        """Archives a channel and makes a private one in its place, as Datadog does (document).

        Returns the new id; the bot is not in it.
        """
        with self._lock:
            old = self.channel(channel)
            self.archive(old.id)
            return self.add_channel(f"{old.name}-private", has_bot=False, is_private=True)

    def invite_bot(self, channel: str) -> None:
        """Lets the bot of the token in."""
        self._change(channel, lambda row: replace(row, has_bot=True))

    def remove_bot(self, channel: str) -> None:
        """Sends the bot of the token out."""
        self._change(channel, lambda row: replace(row, has_bot=False))

    def withdraw_scope(self, scope: str) -> None:
        """Takes a scope from the token."""
        with self._lock:
            self.workspace.scopes -= {scope}

    def accept_only(self, *tokens: str) -> None:
        """Refuses every token but these."""
        with self._lock:
            self.workspace.tokens = frozenset(tokens)

    def channel(self, channel: str) -> Channel:
        """Finds a channel by its name or id."""
        with self._lock:
            named = self.workspace.channels.where(lambda row: channel in {row.id, row.name})
            if not named:
                raise KeyError(channel)
            return named[-1]

    def messages(self, channel: str) -> list[Message]:
        """Lists the messages about the topic of a channel, oldest first."""
        with self._lock:
            channel_id = self.channel(channel).id
            return [each for each in self.workspace.messages if each.channel == channel_id]

    def view(self) -> Json:
        """Sums up the workspace for ``/_sandbox/state``."""
        with self._lock:
            return {
                "members": [picked(row, "id", "name", "is_bot") for row in self.workspace.members],
                "channels": [
                    picked(row, "id", "name", "topic", "topic_by", "is_private")
                    | picked(row, "is_archived", "has_bot")
                    for row in self.workspace.channels
                ],
            }

    def _add_member(
        self, name: str, real_name: str | None, *, email: str | None, is_bot: bool
    ) -> str:
        with self._lock:
            row = SlackMember(
                id=f"U{len(self.workspace.members):09d}",
                name=name,
                real_name=real_name or name,
                email=email,
                is_bot=is_bot,
            )
            return self.workspace.members.put(row).id

    def _change(self, channel: str, change: Callable[[Channel], Channel]) -> None:
        with self._lock:
            self.workspace.channels.put(change(self.channel(channel)))


def _write(world: World, row: Channel, topic: str, *, by: str) -> Channel:
    space, at = workspace_of(world), int(world.clock().timestamp())
    space.messages.append(Message(channel=row.id, user=by, topic=topic))
    return space.channels.put(replace(row, topic=topic, topic_by=by, topic_at=at))


def _require(space: Workspace, *enough: str) -> None:
    """Insists on one of these scopes; the first is the one that the refusal names."""
    if not space.scopes.intersection(enough):
        raise Declined("missing_scope", needed=enough[0], provided=",".join(sorted(space.scopes)))


def _seen(
    world: World, channel_id: str, *, read: bool = False, scope: str | None = None
) -> Channel:
    space = workspace_of(world)
    row = space.channels.get(channel_id)
    if row is None or (row.is_private and not row.has_bot):
        raise Declined("channel_not_found")
    kind, manage = ("groups", "write") if row.is_private else ("channels", "manage")
    writing = (f"{kind}:write.topic", f"{kind}:{manage}")
    _require(space, *((scope,) if scope else (f"{kind}:read",) if read else writing))
    return row


def _shown(row: Channel) -> Json:
    return {
        **picked(row, "id", "name", "is_private", "is_archived", "is_shared"),
        "is_channel": True,
        "is_member": row.has_bot,
        "is_ext_shared": row.is_shared,
        "topic": {"value": row.topic, "creator": row.topic_by, "last_set": row.topic_at},
    }


def _answer(body: Json, *, status: int = 200, headers: Mapping[str, str] = NOTHING) -> Answer:
    kind = "application/json; charset=utf-8"
    return Answer(status=status, body=body, content_type=kind, headers=headers)
