"""Timelines read as entries: what they say, whose they are, and when there is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import responses

from dd_incident_roles.datadog.timeline_target import NoTimeline
from dd_incident_roles.errors import UnexpectedAnswer
from dd_incident_roles.sync.targets import EntryListing
from tests.datadog.conftest import BASE
from tests.datadog.kept_texts import KeptTexts
from tests.datadog.parts import INCIDENT, Timelines, texts, timeline_target, timelines
from tests.datadog.payloads import ADA, AT, BEN, TIMELINE, cell, pointer, tagged, user

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


def test_a_note_without_a_time_of_the_event(timelines: Timelines) -> None:
    """It happened when it was written."""
    timelines.shows(cell(without=("display_time",)))
    (entry,) = timelines.entries()
    assert entry.at == entry.created


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


def test_our_own_account_is_told_from_others(timelines: Timelines) -> None:
    """The author tells: our account, somebody else, or nothing at all."""
    timelines.keys_of(BEN)
    timelines.shows(
        cell("c1", tagged(), relationships=BY_US),
        cell("c2", relationships=BY_US),
        cell("c3", tagged(), relationships=BY_ADA),
        cell("c4", relationships=BY_ADA),
        cell("c5", tagged()),
        included=[user(ADA), user(BEN, name="Bot")],
    )
    entries = timelines.entries()
    assert [each.ours for each in entries] == [True, True, False, False, None]
    assert [each.author for each in entries] == ["Bot", "Bot", "Ada", "Ada", None]
    assert [each.signed for each in entries] == ["Ada", None, "Ada", None, "Ada"]


def test_a_person_who_lent_the_keys_writes_by_hand_too(timelines: Timelines) -> None:
    """With a person's keys only what has our tag is ours."""
    timelines.keys_of(BEN, service_account=False)
    timelines.shows(
        cell("c1", tagged(), relationships=BY_US),
        cell("c2", relationships=BY_US),
        included=[user(BEN)],
    )
    assert [each.ours for each in timelines.entries()] == [True, False]


def test_without_knowing_our_account_nothing_is_known(timelines: Timelines) -> None:
    """Where Datadog does not say who we are, no author tells anything."""
    timelines.api.get(f"{BASE}/api/v2/current_user", status=403)
    timelines.shows(cell("c1", relationships=BY_ADA), included=[user(ADA)])
    assert [each.ours for each in timelines.entries()] == [None]


@pytest.mark.parametrize("source", ["slack", "Slack", "microsoft_teams"])
def test_what_came_from_a_chat_is_not_ours(source: str, timelines: Timelines) -> None:
    """People of a chat need no account, and their names are kept as they are."""
    timelines.shows(cell("c1", source=source, author="Ada in chat"))
    (entry,) = timelines.entries()
    assert (entry.ours, entry.author, entry.source) == (False, "Ada in chat", source)


def test_a_tag_makes_nobody_the_author(timelines: Timelines) -> None:
    """Datadog says who wrote a note; the tag says for whom, and is no proof."""
    timelines.shows(cell("c1", tagged(), author="Bot"))
    (entry,) = timelines.entries()
    assert (entry.author, entry.signed, entry.ours) == ("Bot", "Ada", None)


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
    timelines.api.remove(responses.GET, TIMELINE)
    timelines.api.get(TIMELINE, status=status)
    for _ in range(2):
        found = timelines.target.read(INCIDENT)
        assert isinstance(found, NoTimeline)
        assert "timeline" in found.reason
    assert timelines.session.requests == {"GET": 1}
    timelines.capabilities.probe_again()
    for _ in range(2):
        assert isinstance(timelines.target.read(INCIDENT), NoTimeline)
    assert timelines.session.requests == {"GET": 2}
    timelines.texts.advance(minutes=11)
    timelines.shows(cell())
    assert len(timelines.entries()) == 1


def test_what_worked_is_asked_for_again(timelines: Timelines) -> None:
    """Where timelines were read before, a refusal is about one incident and one moment."""
    timelines.entries()
    timelines.api.remove(responses.GET, TIMELINE)
    timelines.api.get(TIMELINE, status=404)
    assert isinstance(timelines.target.read(INCIDENT), NoTimeline)
    timelines.shows(cell())
    assert len(timelines.entries()) == 1


def test_another_refusal_is_not_kept(timelines: Timelines) -> None:
    """A 400 says nothing about the endpoint."""
    timelines.api.remove(responses.GET, TIMELINE)
    timelines.api.get(TIMELINE, status=400)
    assert isinstance(timelines.target.read(INCIDENT), NoTimeline)
    timelines.shows(cell())
    assert len(timelines.entries()) == 1


def test_a_faulty_listing_is_an_error(timelines: Timelines) -> None:
    """What cannot be understood is neither an empty timeline nor a missing one."""
    timelines.api.remove(responses.GET, TIMELINE)
    timelines.api.get(TIMELINE, body="<html>")
    with pytest.raises(UnexpectedAnswer):
        timelines.target.read(INCIDENT)


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
