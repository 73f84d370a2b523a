"""The timeline over real HTTP, against the sandbox in each of its settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.timeline_target import NoTimeline, TimelineTarget
from dd_incident_roles.errors import DatadogError, Refused, WriteNotConfirmed
from dd_incident_roles.model import Entry, EntryKey, IncidentId
from dd_incident_roles.sandbox.api import Permission
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.sandbox.switches import AuthorShown, ContentAccepted, ContentShown, Switch
from dd_incident_roles.sync.entries.pair import holds_what_it_can
from dd_incident_roles.sync.targets import (
    CreateEntry,
    DeleteEntry,
    EntryChange,
    EntryListing,
    Outdated,
    RemoteEntry,
    Removed,
    Unsupported,
    UpdateEntry,
    Written,
)
from tests.datadog.kept_texts import KeptTexts
from tests.datadog.parts import timeline_target

ANA = "ana@corp.example"
AT = datetime(2026, 1, 31, 9, 0, 0, 123456, tzinfo=UTC)


def entry(text: str = "Looking", *, key: str = "k1", important: bool = False) -> Entry:
    """An entry of the record."""
    return Entry(key=EntryKey(key), at=AT, created=AT, text=text, author="Ana", important=important)


class Side:
    """The timeline of the outage as a side of the sync, and what stands behind it."""

    def __init__(self, sandbox: Sandbox, target: TimelineTarget) -> None:
        self.sandbox = sandbox
        self.target = target
        self.incident = IncidentId(sandbox.incident(1001).id)

    def entries(self) -> tuple[RemoteEntry, ...]:
        """Read it."""
        found = self.target.read(self.incident)
        assert isinstance(found, EntryListing)
        return found.entries

    def create(self, wanted: Entry) -> RemoteEntry:
        """Write an entry that is taken."""
        outcome = self.target.perform(self.incident, CreateEntry(entry=wanted))
        assert isinstance(outcome, Written)
        return outcome.entry

    def update(self, wanted: Entry, shown: RemoteEntry) -> RemoteEntry:
        """Replace an entry that can be replaced."""
        change = UpdateEntry(entry=wanted, remote_id=shown.id, seen=shown.digest)
        outcome = self.target.perform(self.incident, change)
        assert isinstance(outcome, Written)
        return outcome.entry

    def removal(self, shown: RemoteEntry) -> DeleteEntry:
        """What removes an entry."""
        return DeleteEntry(key=EntryKey("k1"), remote_id=shown.id, seen=shown.digest)


@pytest.fixture
def side(connect: Callable[[str], Session]) -> Iterator[Side]:
    """The outage, over HTTP."""
    with RunningSandbox() as running:
        outage(running.sandbox)
        yield Side(running.sandbox, timeline_target(connect(running.url), KeptTexts()))


SETTINGS: tuple[dict[str, object], ...] = (
    {},
    {"timeline_content": ContentShown.MESSAGE},
    {"timeline_content": ContentShown.PLAIN},
    {"timeline_content": ContentShown.ATTRIBUTE},
    {"timeline_accepts": ContentAccepted.MESSAGE},
    {"timeline_accepts": ContentAccepted.MESSAGE, "timeline_content": ContentShown.MESSAGE},
    {"timeline_accepts": ContentAccepted.EITHER},
    {"timeline_authors": AuthorShown.RELATIONSHIP},
    {"timeline_authors": AuthorShown.ATTRIBUTE},
    {"timeline_pages": True},
    {"timeline_display_time": False},
    {"timeline_important": False},
    {"timeline_display_time": False, "timeline_important": False, "timeline_bare_answers": True},
    {"timeline_bare_answers": True},
    {"timeline_protects_others": False},
)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_an_entry_lives_through_every_setting(settings: dict[str, object], side: Side) -> None:
    """It is created, read again as it was, replaced and removed, with one write for each."""
    side.sandbox.switch(**settings)
    side.create(entry("Warm-up", key="k0"))  # what has to be learned is learned here
    side.sandbox.forget_requests()
    wanted = entry(important=True)
    made = side.create(wanted)
    assert holds_what_it_can(made, wanted)
    assert made in side.entries()
    changed = side.update(entry("Found it"), made)
    assert holds_what_it_can(changed, entry("Found it"))
    assert changed in side.entries()
    assert side.target.perform(side.incident, side.removal(changed)) == Removed()
    assert [each.text for each in side.entries()] == ["Warm-up"]
    methods = [each.method for each in side.sandbox.requests.writes()]
    assert methods == ["POST", "PATCH", "DELETE"]


@pytest.mark.parametrize("shown", ContentShown)
def test_the_key_of_writing_is_not_that_of_reading(shown: ContentShown, side: Side) -> None:
    """However notes are shown, the accepted key is found with one refusal, and then known."""
    side.sandbox.switch(timeline_accepts=ContentAccepted.MESSAGE, timeline_content=shown)
    side.sandbox.add_note(1001, ANA, "Hello")
    side.entries()
    side.create(entry())
    side.create(entry("Found it", key="k2"))
    statuses = [each.status for each in side.sandbox.requests.matching("POST")]
    assert statuses == [400, 201, 201]
    assert len(side.sandbox.notes(1001)) == 3


def test_people_and_systems_are_read(side: Side) -> None:
    """What people wrote, a chat passed on, and Datadog noted, are told apart."""
    side.sandbox.switch(timeline_authors=AuthorShown.RELATIONSHIP)
    side.create(entry())
    side.sandbox.add_note(1001, ANA, "Same here", important=True)
    side.sandbox.add_note(1001, None, "From the chat", source="slack")
    side.sandbox.set_state(1001, "stable")
    side.sandbox.give_role(1001, "Scribe", "bo@corp.example")
    side.sandbox.add_system_cell(1001, "never_heard_of", {"title": "What is this"})
    found = [(each.text, each.kind, each.author, each.ours) for each in side.entries()]
    assert found == [
        ("Looking", "note", "dd-incident-roles", True),
        ("Same here", "note", "Ana", False),
        ("From the chat", "note", None, False),
        ("State: active \u2192 stable", "status_change", None, None),
        ("Scribe: nobody \u2192 Bo", "role_change", None, None),
        ("What is this", "never_heard_of", None, None),
    ]


def test_a_long_timeline_is_read_whole(side: Side) -> None:
    """With pages and without, hundreds of notes are read, each once."""
    for number in range(250):
        side.sandbox.add_note(1001, ANA, str(number), at=AT + timedelta(seconds=number))
    whole = [str(number) for number in range(250)]
    assert [each.text for each in side.entries()] == whole
    side.sandbox.switch(timeline_pages=True)
    assert [each.text for each in side.entries()] == whole


def test_altered_texts_are_told_as_they_are(side: Side) -> None:
    """What Datadog took out is missing from the answer, and from the next listing alike."""
    side.sandbox.switch(timeline_strips_html=True)
    made = side.create(entry("It is <b>back</b>"))
    assert made.text == "It is back"
    side.sandbox.switch(timeline_longest=7)
    made = side.create(entry("Database is back", key="k2"))
    assert (made.text, made.tagged) == ("Databas", None)
    assert made in side.entries()


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        (method, kind)
        for method in ("POST", "PATCH", "DELETE")
        for kind in (FaultKind.STATUS_AFTER, FaultKind.DROP_AFTER, FaultKind.TRUNCATE)
        if (method, kind) != ("DELETE", FaultKind.TRUNCATE)  # it has no body to be cut
    ],
)
def test_lost_answers_are_in_doubt_and_land_once(method: str, kind: FaultKind, side: Side) -> None:
    """A write whose answer was lost was carried out once, and says that nobody knows."""
    shown = side.create(entry())
    changes: dict[str, EntryChange] = {
        "POST": CreateEntry(entry=entry("Found it", key="k2")),
        "PATCH": UpdateEntry(entry=entry("Found it"), remote_id=shown.id, seen=shown.digest),
        "DELETE": side.removal(shown),
    }
    side.sandbox.forget_requests()
    side.sandbox.fault(kind, method=method, path="/timeline")
    with pytest.raises(DatadogError) as caught:
        side.target.perform(side.incident, changes[method])
    assert caught.value.ambiguous
    assert [each.applied for each in side.sandbox.requests.writes()] == [True]
    expected = {"POST": ["Looking", "Found it"], "PATCH": ["Found it"], "DELETE": []}
    assert [each.text for each in side.entries()] == expected[method]


def test_an_edit_just_before_the_write_wins(side: Side) -> None:
    """Between listing and write somebody changed or removed the entry: it is left alone."""
    shown = side.create(entry())
    change = UpdateEntry(entry=entry("Found it"), remote_id=shown.id, seen=shown.digest)
    side.sandbox.edit_note(1001, shown.id, "By hand")
    for each in (change, side.removal(shown)):
        assert isinstance(side.target.perform(side.incident, each), Outdated)
    side.sandbox.delete_note(1001, shown.id)
    assert isinstance(side.target.perform(side.incident, change), Outdated)
    assert side.target.perform(side.incident, side.removal(shown)) == Removed(already=True)
    assert side.sandbox.notes(1001) == []


def test_a_note_of_somebody_else_is_refused(side: Side) -> None:
    """Where nobody is named, Datadog itself keeps it for its author; nothing is in doubt."""
    side.sandbox.add_note(1001, ANA, "Looking")
    (shown,) = side.entries()
    with pytest.raises(Refused) as caught:
        side.target.perform(side.incident, side.removal(shown))
    assert not caught.value.ambiguous
    assert side.sandbox.notes(1001) == ["Looking"]


def test_an_old_listing_after_a_bare_answer_is_in_doubt(side: Side) -> None:
    """An entry that was accepted and is not listed yet is not sent again."""
    side.sandbox.switch(timeline_bare_answers=True)
    side.sandbox.stale_timeline(2)
    with pytest.raises(WriteNotConfirmed) as caught:
        side.target.perform(side.incident, CreateEntry(entry=entry()))
    assert caught.value.ambiguous
    side.sandbox.stale_timeline(0)
    assert [each.tagged for each in side.entries()] == ["k1"]


@pytest.mark.parametrize("switch", [Switch.MISSING, Switch.FORBIDDEN])
def test_a_timeline_that_is_missing_or_read_only(switch: Switch, side: Side) -> None:
    """Both are found out, said, and written down; the incident stays as it was."""
    side.sandbox.switch(timeline_writes=switch)
    outcome = side.target.perform(side.incident, CreateEntry(entry=entry()))
    assert isinstance(outcome, Unsupported)
    found = side.target.read(side.incident)
    assert isinstance(found, EntryListing)
    assert not found.writable
    side.sandbox.switch(timeline=switch)
    assert isinstance(side.target.read(side.incident), NoTimeline)
    assert side.sandbox.notes(1001) == []


def test_a_missing_permission_makes_it_read_only(side: Side) -> None:
    """Keys without incident_write read on."""
    side.sandbox.withdraw(Permission.INCIDENT_WRITE)
    outcome = side.target.perform(side.incident, CreateEntry(entry=entry()))
    assert isinstance(outcome, Unsupported)
    assert side.entries() == ()
