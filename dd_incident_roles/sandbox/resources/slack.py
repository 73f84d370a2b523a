"""Slack below ``/slack/api``: one workspace, its channels and their topics, as far as is asked.

What a comment calls document is Slack's own documentation, code is what others wrote against the
real system; the rest is unverified.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from pydantic import BaseModel

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.api import Answer, Call, Json, Refusal, StandIn, picked
from dd_incident_roles.sandbox.world import Identified, Table

BOT_ID: Final = "U0ROLESBOT"
LONGEST_TOPIC: Final = 250
"""Characters (document), counted in UTF-16 units (unverified)."""
EVERY_SCOPE: Final = frozenset(
    {
        *("channels:read", "channels:manage", "channels:join", "groups:read", "groups:write"),
        *("users:read", "users:read.email"),
    }
)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message in a channel about a change of its topic."""

    channel: str
    user: str
    topic: str


@dataclass(kw_only=True, eq=False)
class Workspace(StandIn):
    """One workspace of Slack, and what people do there; a channel and a member go by name or id.

    Any token is good, unless ``tokens`` lists the good ones. What is not there raises KeyError.
    """

    content_type = "application/json; charset=utf-8"
    members: Table[SlackMember] = field(default_factory=Table)
    channels: Table[Channel] = field(default_factory=Table)
    all_messages: list[Message] = field(default_factory=list)
    scopes: frozenset[str] = EVERY_SCOPE
    tokens: frozenset[str] | None = None

    def __post_init__(self) -> None:
        name = "Incident roles"
        bot = SlackMember(id=BOT_ID, name="incident-roles", real_name=name, is_bot=True)
        self.members.put(bot)

    def admit(self, headers: Mapping[str, str]) -> str:
        """Takes a bearer token; says the id of its bot."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or not token:
            raise Declined("not_authed")
        if self.tokens is not None and token not in self.tokens:
            raise Declined("invalid_auth")
        return BOT_ID

    @classmethod
    def refuse(cls, refusal: Refusal) -> Answer:
        """Answers with the word; other statuses than 200 are of the servers before Slack's."""
        words = {429: "ratelimited", 500: "internal_error", 503: "service_unavailable"}
        error = words.get(refusal.status, refusal.detail or "invalid_arguments")
        return Answer(body={"ok": False, "error": error, **refusal.more}, status=refusal.status)

    def add_member(
        self,
        name: str,
        real_name: str | None = None,
        email: str | None = None,
        *,
        is_bot: bool = False,
    ) -> str:
        """Adds a person, or the bot of another app, such as Datadog's, and returns the id."""
        row = SlackMember(
            id=f"U{len(self.members):09d}",
            name=name,
            real_name=real_name or name,
            email=email,
            is_bot=is_bot,
        )
        return self.members.put(row).id

    def add_channel(
        self,
        name: str,
        channel_id: str | None = None,
        *,
        has_bot: bool = True,
        is_private: bool = False,
    ) -> str:
        """Adds a channel, and returns the id."""
        row = Channel(
            id=channel_id or f"C{len(self.channels) + 1:09d}",
            name=name,
            has_bot=has_bot,
            is_private=is_private,
        )
        return self.channels.put(row).id

    def set_topic(self, channel: str, topic: str, by: str) -> None:
        """Types a topic; what a bot writes makes no links."""
        member = self.members.first(lambda row: by in {row.id, row.name}, by)
        text = as_kept(topic) if member.is_bot else as_typed(self, topic)
        self.write(self.channel(channel), text, by=member.id)

    def archive(self, channel: str) -> None:
        """Archives a channel, as Datadog does when an incident is resolved (document)."""
        self.channels.put(replace(self.channel(channel), is_archived=True))

    def make_private(self, channel: str) -> str:
        """Archives a channel and makes a private one in its place, as Datadog does (document).

        Returns the new id; the bot is not in it.
        """
        old = self.channel(channel)
        self.archive(old.id)
        return self.add_channel(f"{old.name}-private", has_bot=False, is_private=True)

    def invite_bot(self, channel: str) -> None:
        """Lets the bot of the token in."""
        self.channels.put(replace(self.channel(channel), has_bot=True))

    def remove_bot(self, channel: str) -> None:
        """Sends the bot of the token out."""
        self.channels.put(replace(self.channel(channel), has_bot=False))

    def withdraw_scope(self, scope: str) -> None:
        """Takes a scope from the token."""
        self.scopes -= {scope}

    def accept_only(self, *tokens: str) -> None:
        """Refuses every token but these."""
        self.tokens = frozenset(tokens)

    def channel(self, channel: str) -> Channel:
        """Finds a channel by its name or id."""
        named = self.channels.where(lambda row: channel in {row.id, row.name})
        if not named:
            raise KeyError(channel)
        return named[-1]

    def messages(self, channel: str) -> list[Message]:
        """Lists the messages about the topic of a channel, oldest first."""
        channel_id = self.channel(channel).id
        return [each for each in self.all_messages if each.channel == channel_id]

    def view(self) -> Json:
        """Sums up the workspace for ``/_sandbox/state``."""
        return {
            "members": [picked(row, "id", "name", "is_bot") for row in self.members],
            "channels": [
                picked(row, "id", "name", "topic", "topic_by", "is_private")
                | picked(row, "is_archived", "has_bot")
                for row in self.channels
            ],
        }

    def write(self, row: Channel, topic: str, *, by: str) -> Channel:
        """Writes the topic, with a message about it."""
        at = int(self.world.clock().timestamp())
        self.all_messages.append(Message(channel=row.id, user=by, topic=topic))
        return self.channels.put(replace(row, topic=topic, topic_by=by, topic_at=at))

    def require(self, *enough: str) -> None:
        """Insists on one of these scopes; the first is the one that the refusal names."""
        if not self.scopes.intersection(enough):
            raise Declined(
                "missing_scope", needed=enough[0], provided=",".join(sorted(self.scopes))
            )

    def seen(self, channel_id: str, *, read: bool = False, scope: str | None = None) -> Channel:
        """Finds a channel for a token that may see it, and read or write it."""
        row = self.channels.get(channel_id)
        if row is None or (row.is_private and not row.has_bot):
            raise Declined("channel_not_found")
        kind, manage = ("groups", "write") if row.is_private else ("channels", "manage")
        writing = (f"{kind}:write.topic", f"{kind}:{manage}")
        self.require(*((scope,) if scope else (f"{kind}:read",) if read else writing))
        return row


class Declined(Refusal):
    """An error as Slack answers it: with a 200, and a word (document)."""

    def __init__(self, error: str, **more: str) -> None:
        super().__init__(200, error, more=more)


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


def auth_test(space: Workspace, call: Call) -> Answer:
    """Says whose token it is (document)."""
    bot = space.members.get(call.caller)
    name = bot.name if bot is not None else ""
    return Answer(
        body={
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


def get_channel(space: Workspace, call: Call) -> Answer:
    """Shows a channel; a private one only to its members (document)."""
    row = space.seen(call.query.get("channel", ""), read=True)
    return Answer(body={"ok": True, "channel": _shown(row)})


def set_topic(space: Workspace, call: Call) -> Answer:
    """Writes the topic, with a message even if it is unchanged (unverified)."""
    sent = call.sent(Sent)
    row = space.seen(sent.channel)
    if not row.has_bot:
        raise Declined("not_in_channel")
    if row.is_archived:
        raise Declined("is_archived")
    if len(sent.topic.encode("utf-16-le")) // 2 > LONGEST_TOPIC:
        raise Declined("too_long")
    changed = space.write(row, as_kept(sent.topic), by=call.caller)
    return Answer(body={"ok": True, "channel": _shown(changed)})


def join(space: Workspace, call: Call) -> Answer:
    """Enters a public channel (document)."""
    row = space.seen(call.sent(Sent).channel, scope="channels:join")
    if row.is_private:
        raise Declined("method_not_supported_for_channel_type")
    if row.is_archived:
        raise Declined("is_archived")
    return Answer(
        body={"ok": True, "channel": _shown(space.channels.put(replace(row, has_bot=True)))}
    )


def get_member(space: Workspace, call: Call) -> Answer:
    """Shows a member; the e-mail only with a scope of its own (document)."""
    space.require("users:read")
    row = space.members.get(call.query.get("user"))
    if row is None:
        raise Declined("user_not_found")
    profile: Json = {"real_name": row.real_name, "display_name": ""}
    if row.email is not None and "users:read.email" in space.scopes:
        profile["email"] = row.email
    user = {**picked(row, "id", "name", "real_name", "is_bot"), "profile": profile}
    return Answer(body={"ok": True, "user": user})


ENDPOINTS = api.of_service(
    Workspace,
    "/slack/api",
    {
        "GET /auth.test": auth_test,
        "GET /conversations.info": get_channel,
        "POST /conversations.setTopic": set_topic,
        "POST /conversations.join": join,
        "GET /users.info": get_member,
    },
)


def _shown(row: Channel) -> Json:
    return {
        **picked(row, "id", "name", "is_private", "is_archived"),
        "is_shared": False,
        "is_channel": True,
        "is_member": row.has_bot,
        "is_ext_shared": False,
        "topic": {"value": row.topic, "creator": row.topic_by, "last_set": row.topic_at},
    }
