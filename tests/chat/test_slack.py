"""Slack as the product asks it: against the sandbox, and against answers that go wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from dd_incident_roles.chat.room import Chat, Member, Room
from dd_incident_roles.chat.slack import SlackChat
from dd_incident_roles.chat.topic import TopicRole, place
from dd_incident_roles.errors import PlaceError
from dd_incident_roles.patience import Patience
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.transport import Access
from tests.datadog.peer import Peer, answer

TOKEN = "xoxb-very-secret"
SLACK = "https://slack.com/api"


def opened(base_url: str, *, seconds: float = 5) -> SlackChat:
    """The adapter."""
    patience = Patience(answer_seconds=seconds)
    return SlackChat(Access(base_url=base_url, token=TOKEN, patience=patience))


@pytest.fixture
def chat(running: RunningSandbox) -> Iterator[Chat]:
    """Somebody who asks the Slack of the sandbox."""
    chat = opened(f"{running.url}/slack/api")
    yield chat
    chat.close()


@pytest.fixture
def room(sandbox: Sandbox) -> str:
    """The channel of the incident."""
    sandbox.slack.add_member("eve", "Eve Li", "eve@corp.example")
    return sandbox.slack.add_channel("incident-1001")


def test_a_topic_is_written_once_and_shown(sandbox: Sandbox, chat: Chat, room: str) -> None:
    """Around what people typed, as it is shown afterwards, and with nothing to write again."""
    sandbox.slack.set_topic(room, "ask @eve & eve@corp.example in #incident-1001", by="eve")
    before = chat.room(room)
    assert before.topic == (
        f"ask <@U000000001> &amp; <mailto:eve@corp.example|eve@corp.example> "
        f"in <#{room}|incident-1001>"
    )
    author = chat.member(before.topic_by or "")
    assert author == Member(id="U000000001", name="Eve Li", email="eve@corp.example")

    roles = (TopicRole(label="IM", holders=("Ana",)),)
    members = {author.id: author.name or ""}
    placed = place(before.topic, roles, is_private=False, members=members)
    assert placed.topic is not None
    after = chat.set_topic(room, placed.topic)
    assert after == Room(
        id=room,
        name="incident-1001",
        url=f"https://corp-example.slack.com/archives/{room}",
        topic=(
            "▸Roles: IM Ana◂ ask Eve Li &amp; <mailto:eve@corp.example|eve@corp.example> "
            "in #incident-1001"
        ),
        topic_by=chat.me().id,
        topic_at=after.topic_at,
    )
    assert after.topic_at is not None
    assert chat.room(room) == after
    assert place(after.topic, roles, is_private=False).topic is None
    assert len(sandbox.slack.messages(room)) == 2
    assert not chat.me().is_person


def test_rooms_change_under_us(sandbox: Sandbox, chat: Chat, room: str) -> None:
    """A public room is joined; one that is archived is read; a private one asks for us."""
    sandbox.slack.remove_bot(room)
    assert not chat.room(room).is_member
    with pytest.raises(PlaceError) as caught:
        chat.set_topic(room, "x")
    assert caught.value.declines_write
    assert "the bot is not in the channel" in str(caught.value)
    assert caught.value.hint == "Invite the bot: type /invite @incident-roles in #incident-1001."
    chat.join(room)
    assert chat.set_topic(room, "x").topic == "x"

    private = sandbox.slack.make_private(room)
    assert chat.room(room).is_archived
    with pytest.raises(PlaceError, match="the channel is archived"):
        chat.set_topic(room, "y")
    with pytest.raises(PlaceError) as gone:
        chat.room(private)
    assert (gone.value.status, gone.value.stops_the_run) == (404, False)
    sandbox.slack.invite_bot(private)
    assert chat.room(private).is_private
    with pytest.raises(PlaceError, match="too_long") as long:
        chat.set_topic(private, "\N{ROCKET}" * 126)
    assert long.value.declines_write
    assert chat.set_topic(private, "\N{ROCKET}" * 125).topic == "\N{ROCKET}" * 125


def test_a_missing_scope_is_named(sandbox: Sandbox, chat: Chat, room: str) -> None:
    """A write is declined, a reading stops the run, and a member is then not known."""
    for scope in ("channels:manage", "users:read"):
        sandbox.slack.withdraw_scope(scope)
    with pytest.raises(PlaceError) as caught:
        chat.set_topic(room, "x")
    assert caught.value.declines_write
    assert not caught.value.stops_the_run
    assert caught.value.hint == "It needs channels:write.topic."
    assert chat.member("U000000001") is None
    sandbox.slack.withdraw_scope("channels:read")
    with pytest.raises(PlaceError) as stopped:
        chat.room(room)
    assert stopped.value.stops_the_run
    sandbox.slack.accept_only("another")
    with pytest.raises(PlaceError) as refused:
        chat.join(room)
    assert (refused.value.status, refused.value.stops_the_run) == (401, True)
    assert TOKEN not in f"{refused.value} {refused.value.hint} {chat!r}"


def test_a_limit_is_told_apart(sandbox: Sandbox, chat: Chat, room: str) -> None:
    """A rate limit ends the run for Slack, with the pause that it asks for."""
    sandbox.fault(FaultKind.RATE_LIMIT, seconds=7)
    with pytest.raises(PlaceError, match="asks for a pause of 7 s") as caught:
        chat.room(room)
    assert caught.value.stops_the_run


@pytest.mark.parametrize(
    "reply", [answer(200, b'{"ok": false, "error": "fatal_error"}'), answer(200, b'{"ok": null}')]
)
def test_a_success_that_says_it_failed_is_unclear(reply: bytes) -> None:
    """Slack says itself that a part of a write may have been done."""
    with Peer(reply) as peer, pytest.raises(PlaceError) as caught:
        opened(peer.url).set_topic("C1", "x")
    assert (peer.methods, caught.value.ambiguous) == (["POST"], True)


CHANNEL = {"id": "C1", "name": "x", "topic": {"value": "new", "creator": "U1", "last_set": 0}}


@responses.activate
def test_an_older_answer_is_read_afresh() -> None:
    """Without the channel in the answer to a write, the room says what is shown."""
    responses.get(f"{SLACK}/auth.test", json={"ok": True, "user_id": "U1", "user": "bot"})
    responses.post(f"{SLACK}/conversations.setTopic", json={"ok": True, "topic": "new"})
    info = responses.get(f"{SLACK}/conversations.info", json={"ok": True, "channel": CHANNEL})
    chat = opened(SLACK)
    assert chat.set_topic("C1", "new") == Room(
        id="C1", name="x", url=None, topic="new", topic_by="U1"
    )
    assert chat.me().is_person
    responses.replace(responses.GET, info.url, json={"ok": False, "error": "missing_scope"})
    with pytest.raises(PlaceError, match="could not be read again") as caught:
        chat.set_topic("C1", "new")
    assert caught.value.ambiguous


@responses.activate
def test_a_write_in_place_is_no_failure_where_more_cannot_be_read() -> None:
    """The address of the workspace is left out where Slack does not say who we are."""
    responses.get(f"{SLACK}/auth.test", json={"ok": False, "error": "fatal_error"})
    responses.post(f"{SLACK}/conversations.setTopic", json={"ok": True, "channel": CHANNEL})
    room = opened(SLACK).set_topic("C1", "new")
    assert (room.topic, room.url) == ("new", None)


@pytest.mark.parametrize(
    "channel", [None, {}, {**CHANNEL, "topic": None}, {**CHANNEL, "topic": {"value": 1}}]
)
@responses.activate
def test_a_wrong_shape_is_a_failure_of_slack(channel: object) -> None:
    """Never a traceback, and never an empty topic."""
    responses.get(f"{SLACK}/conversations.info", json={"ok": True, "channel": channel})
    with pytest.raises(PlaceError, match=r"is not what Slack gives \(channel"):
        opened(SLACK).room("C1")
