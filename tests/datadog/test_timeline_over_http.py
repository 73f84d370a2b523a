"""The timeline over real HTTP, against the sandbox, its settings and its faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.timeline_target import TimelineTarget
from dd_incident_roles.errors import DatadogError
from dd_incident_roles.model import Entry, EntryKey, IncidentId
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.sandbox.world import AuthorShown, ContentAccepted, ContentShown
from dd_incident_roles.sync import targets
from dd_incident_roles.sync.entries.pair import holds_what_it_can
from tests.datadog import payloads
from tests.datadog.conftest import failure
from tests.datadog.parts import Bench, KeptTexts, timeline_target
from tests.datadog.payloads import AT

ANA = "ana@corp.example"
EXACTLY = AT + timedelta(microseconds=123_456)


def entry(text: str = "Looking", *, key: str = "k1", important: bool = False) -> Entry:
    """An entry of the record, at a moment that Datadog cannot show as exactly."""
    return replace(payloads.entry(text, key=key, important=important), at=EXACTLY)


class Side(Bench):
    """The timeline of the outage as a side of the sync, and what stands behind it."""

    def __init__(self, sandbox: Sandbox, target: TimelineTarget) -> None:
        super().__init__(target, IncidentId(sandbox.incident(1001).id))
        self.sandbox = sandbox

    def create(self, wanted: Entry) -> targets.RemoteEntry:
        """Write an entry that is taken."""
        return self.written(targets.CreateEntry(entry=wanted))

    def removal(self, shown: targets.RemoteEntry) -> targets.DeleteEntry:
        """What removes an entry."""
        return targets.DeleteEntry(key=EntryKey("k1"), remote_id=shown.id, seen=shown.digest)


@pytest.fixture
def side(running: RunningSandbox, connect: Callable[[str], Session]) -> Side:
    """The timeline of the outage, over HTTP."""
    return Side(running.sandbox, timeline_target(connect(running.url), KeptTexts()))


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
    change = targets.UpdateEntry(entry=entry("Found it"), remote_id=made.id, seen=made.digest)
    changed = side.written(change)
    assert holds_what_it_can(changed, entry("Found it"))
    assert changed in side.entries()
    assert side.target.perform(side.incident, side.removal(changed)) == targets.Removed()
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
    changes: dict[str, targets.EntryChange] = {
        "POST": targets.CreateEntry(entry=entry("Found it", key="k2")),
        "PATCH": targets.UpdateEntry(
            entry=entry("Found it"), remote_id=shown.id, seen=shown.digest
        ),
        "DELETE": side.removal(shown),
    }
    side.sandbox.forget_requests()
    side.sandbox.fault(kind, method=method, path="/timeline")
    lost = failure(DatadogError, lambda: side.target.perform(side.incident, changes[method]))
    assert lost.ambiguous
    assert [each.applied for each in side.sandbox.requests.writes()] == [True]
    expected = {"POST": ["Looking", "Found it"], "PATCH": ["Found it"], "DELETE": []}
    assert [each.text for each in side.entries()] == expected[method]
