"""Slack: the rooms of one workspace, over our own session.

Slack's own library follows a redirect with the token, so it is not used. Slack answers nearly
everything with a 200 and says in the body whether it was done.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Final, TypeVar

import requests
from pydantic import BaseModel, BeforeValidator, ConfigDict, StrictBool, ValidationError

from dd_incident_roles.chat.room import Member, Room
from dd_incident_roles.errors import PlaceError
from dd_incident_roles.place_client import Answered, PlaceClient
from dd_incident_roles.transport import Access

SCOPES: Final = (
    "the scopes channels:read, channels:manage, channels:join, groups:read, groups:write and "
    "users:read"
)
"""Those that end in ``write.topic`` are enough in place of manage and write (document)."""

_ENOUGH: Final = (
    ("channels:read",),
    ("channels:manage", "channels:write.topic"),
    ("channels:join",),
    ("users:read",),
)
"""What public channels take, each with what is enough in its place."""

STATUSES: Final[Mapping[str, int]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                *("not_authed", "invalid_auth", "account_inactive", "token_revoked"),
                *("token_expired", "two_factor_setup_required"),
            ),
            401,
        ),
        **dict.fromkeys(
            (
                *("missing_scope", "not_allowed_token_type", "no_permission", "access_denied"),
                *("ekm_access_denied", "org_login_required", "team_access_not_granted"),
            ),
            403,
        ),
        **dict.fromkeys(("channel_not_found", "user_not_found", "user_not_visible"), 404),
        **dict.fromkeys(("ratelimited", "rate_limited", "accesslimited"), 429),
        # Slack says itself that a part may have been done (document).
        **dict.fromkeys(("internal_error", "fatal_error", "request_timeout"), 500),
        "service_unavailable": 503,
    }
)
"""What an error of Slack would be elsewhere; every other one is a refusal (document)."""

_REFUSED: Final = 422
_UNKNOWN: Final = frozenset({"user_not_found", "user_not_visible", "missing_scope"})
# Slack does not mark its own bot as one.
_NO_BOTS: Final = frozenset({"USLACKBOT"})


def _text(value: object) -> object:
    return value or None


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


Text = Annotated[str | None, BeforeValidator(_text)]
"""A text that Slack leaves out, or sends empty."""


class _Reply(_Shape):
    ok: StrictBool
    error: Text = None
    needed: Text = None
    provided: Text = None


class _Topic(_Shape):
    value: str
    creator: Text = None
    last_set: int = 0


class _Channel(_Shape):
    id: str
    name: Text = None
    topic: _Topic
    is_archived: bool = False
    is_member: bool = True
    is_private: bool = False
    is_ext_shared: bool = False


class _Info(_Shape):
    channel: _Channel


class _Profile(_Shape):
    display_name: Text = None
    real_name: Text = None
    email: Text = None


class _User(_Shape):
    id: str
    name: Text = None
    is_bot: bool = False
    profile: _Profile = _Profile()


class _UserInfo(_Shape):
    user: _User


class _Self(_Shape):
    user_id: str
    user: Text = None
    bot_id: Text = None
    url: Text = None


Shape = TypeVar("Shape", bound=_Shape)


class SlackChat:
    """Answers ``chat.room.Chat`` for the workspace of a token, from any number of threads.

    Raises ConfigurationError for an address or a token that cannot be used.
    """

    name: Final = "slack"
    title: Final = "Slack"

    def __init__(self, access: Access) -> None:
        self._patience = access.patience
        self._client = PlaceClient(access, target=self.name, title=self.title, needs=SCOPES)
        self._url = self._client.address.url
        self._session = self._client.open_session("Authorization", f"Bearer {self._client.secret}")
        self._scopes: frozenset[str] | None = None
        # What people call the rooms that were read.
        self._names: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"SlackChat({self._url!r})"

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._session.close()

    def me(self) -> Member:
        """The member that the token belongs to; a bot is no person."""
        found = self._self
        return Member(id=found.user_id, name=found.user, is_person=found.bot_id is None)

    def lacking(self) -> tuple[str, ...] | None:
        """The scopes that the token lacks; each answer names those that it has (document)."""
        self.me()
        scopes = self._scopes
        if scopes is None:
            return None
        return tuple(enough[0] for enough in _ENOUGH if not scopes.intersection(enough))

    def room(self, room_id: str) -> Room:
        """Read one room; one that is archived is read like any other."""
        what = f"reading {self._called(room_id)}"
        info = self._read("conversations.info", {"channel": room_id}, what, _Info)
        return self._room(info.channel)

    def set_topic(self, room_id: str, topic: str) -> Room:
        """Write the topic, which posts a message in the room, even where it is unchanged."""
        what = f"writing the topic of {self._called(room_id)}"
        sent = {"channel": room_id, "topic": topic}
        answer = self._send("conversations.setTopic", sent, what, room_id)
        try:
            return self._room(_Info.model_validate_json(answer).channel)
        except ValidationError:
            # Older answers carry the text alone, or nothing: what is shown is read afresh.
            pass
        try:
            return self.room(room_id)
        except PlaceError:
            problem = "does not show the topic, and it could not be read again."
        raise self._client.unexpected(what, problem, writes=True)

    def join(self, room_id: str) -> None:
        """Enter a public room."""
        what = f"joining {self._called(room_id)}"
        self._send("conversations.join", {"channel": room_id}, what, room_id)

    def member(self, member_id: str) -> Member | None:
        """One member; None where Slack knows nobody of this id, or the scope is missing."""
        what = f"reading the member {member_id}"
        answer = self._ask("GET", "users.info", {"user": member_id}, what)
        reply = self._client.parse(_Reply, answer, what)
        if reply.error in _UNKNOWN:
            return None
        self._insist(reply, what, writes=False)
        user = self._client.parse(_UserInfo, answer, what).user
        return Member(
            id=user.id,
            name=user.profile.display_name or user.profile.real_name or user.name,
            email=user.profile.email,
            is_person=not user.is_bot and user.id not in _NO_BOTS,
        )

    @cached_property
    def _self(self) -> _Self:
        return self._read("auth.test", {}, "asking who the token belongs to", _Self)

    def _known_self(self) -> _Self | None:
        """Who we are, where a sentence or an address is the better for it."""
        try:
            return self._self
        except PlaceError:
            # After a write, this would hide that it is in place.
            return None

    def _room(self, channel: _Channel) -> Room:
        if channel.name is not None:
            self._names[channel.id] = f"#{channel.name}"
        known, at = self._known_self(), channel.topic.last_set
        home = known.url if known is not None else None
        return Room(
            id=channel.id,
            name=channel.name or channel.id,
            url=f"{home.rstrip('/')}/archives/{channel.id}" if home else None,
            topic=channel.topic.value,
            topic_by=channel.topic.creator,
            topic_at=datetime.fromtimestamp(at, UTC) if 0 < at < _LAST_MOMENT else None,
            is_archived=channel.is_archived,
            is_member=channel.is_member,
            is_private=channel.is_private,
            is_shared=channel.is_ext_shared,
        )

    def _called(self, room_id: str) -> str:
        return self._names.get(room_id, f"the room {room_id}")

    def _read(self, method: str, sent: Mapping[str, str], what: str, shape: type[Shape]) -> Shape:
        answer = self._ask("GET", method, sent, what)
        self._insist(self._client.parse(_Reply, answer, what), what, writes=False)
        return self._client.parse(shape, answer, what)

    def _send(self, method: str, sent: Mapping[str, str], what: str, room_id: str) -> bytes:
        answer = self._ask("POST", method, sent, what)
        reply = self._client.parse(_Reply, answer, what, writes=True)
        self._insist(reply, what, writes=True, room=self._called(room_id))
        return answer

    def _insist(self, reply: _Reply, what: str, *, writes: bool, room: str = "") -> None:
        """Raise PlaceError where Slack did not do it."""
        if reply.ok:
            return
        error = reply.error or "no reason given"
        status = STATUSES.get(error, _REFUSED)
        said, hint = error, None
        if error == "not_in_channel":
            said = "the bot is not in the channel"
            hint = f"Invite the bot: type {self._invitation()} in {room}."
        elif error == "channel_not_found":
            # What is not there and what the bot may not see have the same answer.
            hint = (
                "Only members see a private channel: to invite the bot, type "
                f"{self._invitation()} there. Else the channel was deleted, or is of another "
                "workspace."
            )
        elif error == "is_archived":
            said = "the channel is archived"
        elif reply.provided is not None:
            said = f"{error}, the token has {reply.provided}"
        answered = Answered(status, said, scope=reply.needed, hint=hint)
        raise self._client.refusal(answered, what, writes=writes)

    def _invitation(self) -> str:
        known = self._known_self()
        return f"/invite {f'@{known.user}' if known is not None and known.user else 'and its name'}"

    def _ask(self, how: str, method: str, sent: Mapping[str, str], what: str) -> bytes:
        """Make one request; reads are GET, so that what watches the wire can tell them apart."""
        is_write = how == "POST"

        def call() -> bytes:
            answer = self._session.request(
                how,
                f"{self._url}/{method}",
                params=None if is_write else sent,
                # A form, and not the address, which proxies and logs keep.
                data=sent if is_write else None,
                timeout=self._patience.answer_seconds,
                allow_redirects=False,
            )
            if answer.status_code != 200:
                raise _answered(answer)
            if (named := answer.headers.get("X-OAuth-Scopes")) is not None:
                self._scopes = frozenset(each.strip() for each in named.split(","))
            return answer.content

        return self._client.ask(call, what, writes=is_write)


_LAST_MOMENT: Final = 253_402_300_800
"""The beginning of the year 10000, in seconds."""


def _answered(answer: requests.Response) -> Answered:
    try:
        said = _Reply.model_validate_json(answer.content).error or ""
    except ValidationError:
        said = ""
    return Answered(answer.status_code, said, pause=answer.headers.get("Retry-After"))
