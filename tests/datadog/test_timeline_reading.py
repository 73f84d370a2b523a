"""Timelines read as entries: what they say, whose they are, and when there is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import responses

from dd_incident_roles.datadog.timeline_target import NoTimeline
from dd_incident_roles.errors import UnexpectedAnswer
from dd_incident_roles.sync.targets import EntryListing
from tests.datadog.conftest import BASE, failure
from tests.datadog.kept_texts import KeptTexts
from tests.datadog.parts import INCIDENT, Timelines, texts, timeline_target, timelines
from tests.datadog.payloads import ADA, AT, BEN, TIMELINE, Json, cell, pointer, tagged, user

__all__ = ["texts", "timelines"]

BY_ADA = {"created_by_user": pointer(ADA)}
BY_US = {"created_by_user": pointer(BEN)}


def test_a_note_is_an_entry(timelines: Timelines) -> None:
    """A note with our tag is an entry without it, under the key that the tag names."""
    timelines.shows(cell("c1", tagged("Looking", "k7"), important=True, source="api"))
    (entry,) = timelines.entries()
    assert (entry.id, entry.text, entry.kind, entry.tagged) == ("c1", "Looking", "note", "k7")
    assert (entry.at, entry.important, entry.source) == (AT, True, "api")
    assert entry.created == entry.modified == datetime(2026, 1, 31, 9, 10, tzinfo=UTC)
    assert (entry.author, entry.signed, entry.ours) == (None, "Ada", None)
    assert entry.as_shown().text == tagged("Looking", "k7")


def test_what_a_system_noted(timelines: Timelines) -> None:
    """It has a kind of its own, words of ours, and no tag, whatever it says."""
    facts = {"before": {"state": "active"}, "after": {"state": "stable"}}
    timelines.shows(
        cell("c1", cell_type="incident_status_change", content=facts),
        cell("c2", cell_type="meeting_chat", content={"message": tagged()}),
        cell("c3", cell_type="never_heard_of", content=None),
    )
    status, chat, unknown = timelines.entries()
    assert (status.kind, status.text) == ("status_change", "State: active \u2192 stable")
    assert (chat.kind, chat.text, chat.tagged) == ("meeting_chat", tagged(), None)
    assert (unknown.kind, unknown.text) == ("never_heard_of", "Never heard of")


@pytest.mark.parametrize(
    ("service_account", "ours"),
    [
        (True, [True, True, False, False, None]),
        # A person who lent the keys writes by hand too: with theirs only what has our tag is ours.
        (False, [True, False, False, False, None]),
        # Where Datadog does not say who we are, no author tells anything.
        (None, [None] * 5),
    ],
)
def test_our_own_account_is_told_from_others(
    service_account: bool | None, ours: list[bool | None], timelines: Timelines
) -> None:
    """The author tells: our account, somebody else, or nothing at all."""
    if service_account is None:
        timelines.api.get(f"{BASE}/api/v2/current_user", status=403)
    else:
        timelines.keys_of(BEN, service_account=service_account)
    timelines.shows(
        cell("c1", tagged(), relationships=BY_US),
        cell("c2", relationships=BY_US),
        cell("c3", tagged(), relationships=BY_ADA),
        cell("c4", relationships=BY_ADA),
        cell("c5", tagged()),
        included=[user(ADA), user(BEN, name="Bot")],
    )
    entries = timelines.entries()
    assert [each.ours for each in entries] == ours
    assert [each.author for each in entries] == ["Bot", "Bot", "Ada", "Ada", None]
    assert [each.signed for each in entries] == ["Ada", None, "Ada", None, "Ada"]


@pytest.mark.parametrize(
    ("shown", "ours", "signed"),
    [
        # People of a chat need no account, and their names are kept as they are.
        *((cell(source=source, author="Bot"), False, None) for source in ("slack", "Slack")),
        (cell(source="microsoft_teams", author="Bot"), False, None),
        # A tag says for whom it was written, and is no proof of who did.
        (cell(text=tagged(), author="Bot"), None, "Ada"),
    ],
)
def test_a_name_alone(
    shown: Json, ours: bool | None, signed: str | None, timelines: Timelines
) -> None:
    """What came from a chat is not ours; otherwise a name without an account tells nothing."""
    timelines.shows(shown)
    (entry,) = timelines.entries()
    assert (entry.author, entry.ours, entry.signed) == ("Bot", ours, signed)


def test_a_name_that_did_not_come_along_is_asked_for_once(timelines: Timelines) -> None:
    """A user who is known by the id alone is read, and remembered for a week."""
    timelines.keys_of(BEN)
    asked = timelines.api.get(f"{BASE}/api/v2/users/{ADA}", json={"data": user(ADA)})
    timelines.shows(cell("c1", relationships=BY_ADA), cell("c2", relationships=BY_ADA))
    for _ in range(2):
        assert [each.author for each in timelines.entries()] == ["Ada", "Ada"]
    assert asked.call_count == 1
    timelines.texts.advance(days=8)
    timelines.entries()
    assert asked.call_count == 2


def test_an_account_that_is_not_shown_has_no_name(timelines: Timelines) -> None:
    """It is somebody else all the same."""
    timelines.keys_of(BEN)
    timelines.api.get(f"{BASE}/api/v2/users/{ADA}", status=404)
    timelines.shows(cell("c1", relationships=BY_ADA))
    (entry,) = timelines.entries()
    assert (entry.author, entry.ours) == (None, False)


@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_timeline_that_is_not_offered(status: int, timelines: Timelines) -> None:
    """It is none, with a reason, and is asked for again by a person or after ten minutes."""
    timelines.api.replace(responses.GET, TIMELINE, status=status)
    for requests in (1, 2):
        for _ in range(2):
            found = timelines.target.read(INCIDENT)
            assert isinstance(found, NoTimeline)
            assert "timeline" in found.reason
        assert timelines.session.requests == {"GET": requests}
        timelines.capabilities.probe_again()
    timelines.texts.advance(minutes=11)
    timelines.shows(cell())
    assert len(timelines.entries()) == 1


@pytest.mark.parametrize(("worked", "status"), [(True, 404), (False, 400)])
def test_another_refusal_is_not_kept(worked: bool, status: int, timelines: Timelines) -> None:
    """Where timelines were read before, it is about one moment; a 400 says nothing of others."""
    if worked:
        timelines.entries()
    timelines.api.replace(responses.GET, TIMELINE, status=status)
    assert isinstance(timelines.target.read(INCIDENT), NoTimeline)
    timelines.shows(cell())
    assert len(timelines.entries()) == 1


def test_a_faulty_listing_is_an_error(timelines: Timelines) -> None:
    """What cannot be understood is neither an empty timeline nor a missing one."""
    timelines.api.replace(responses.GET, TIMELINE, body="<html>")
    failure(UnexpectedAnswer, lambda: timelines.target.read(INCIDENT))


def test_what_was_learned_outlives_the_run(timelines: Timelines, texts: KeptTexts) -> None:
    """A next run starts with it."""
    texts.put_cached("capability", "timeline_writing", "missing")
    listing = timeline_target(timelines.session, texts).read(INCIDENT)
    assert isinstance(listing, EntryListing)
    assert not listing.writable
    assert "not write" in (listing.reason or "")
    texts.put_cached("capability", "timeline_reading", "missing")
    assert isinstance(timeline_target(timelines.session, texts).read(INCIDENT), NoTimeline)
    assert timelines.session.requests == {"GET": 1}
