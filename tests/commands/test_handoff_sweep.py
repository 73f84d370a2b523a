"""A handover killed at every step of the record, with every outcome of every write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count, pairwise

import pytest

from dd_incident_roles.application import Application
from dd_incident_roles.commands.handoff import hand_off
from dd_incident_roles.commands.sync import sync_incidents
from dd_incident_roles.errors import NotHandedOver
from dd_incident_roles.model import INCIDENT_MANAGER, Assignment, Entry, IncidentId
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sync.entries.identity import ROLE_CHANGE
from dd_incident_roles.sync.state import IncidentState
from tests.commands.stepped_record import Killed, mortal
from tests.machines import looks_far

ANA, BO = "ana@corp.example", "bo@corp.example"
NOTE = "the database is the suspect"
COMMANDER, TIMELINE = ("PATCH", r"/incidents/[^/?]+$"), ("POST", r"/timeline$")
OUTCOMES: Mapping[str, tuple[FaultKind, int] | None] = {
    "answered": None,
    "lost before": (FaultKind.DROP_BEFORE, 503),
    "lost after": (FaultKind.DROP_AFTER, 502),
    "declined": (FaultKind.STATUS_BEFORE, 422),
    "forbidden": (FaultKind.STATUS_BEFORE, 403),
}
REFUSALS = ("declined", "forbidden")
ALIKE = ("lost before", "forbidden")
"""Commanders that the product treats as others here; each outcome of the entry at night only."""
FEWEST_STEPS = 5
"""What is seen, the switch, what is seen again, and before each of the two writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One handover of one incident, and what both sides say of it."""

    application: Application
    sandbox: Sandbox
    number: int

    def hand_over(self, steps: int = 1000) -> str:
        """Hand over from Ana to Bo; the process is killed at the step after so many."""
        with mortal(self.application, steps) as application:
            try:
                hand_off(application, str(self.number), "im", BO, note=NOTE)
            except NotHandedOver:
                return "not made"
            except Killed:
                return "killed"
        return "made"

    def sync(self) -> None:
        # A write that was declined rests for an hour, which goes by here.
        [result] = sync_incidents(
            self.application, [str(self.number)], query=None, retry_refused=True
        ).incidents
        assert (result.failures, result.refusal) == ((), None)

    @property
    def incident(self) -> IncidentId:
        return IncidentId(self.sandbox.incident(self.number).id)

    @property
    def state(self) -> IncidentState:
        return self.application.record.state(self.incident, "datadog")

    @property
    def intervals(self) -> list[Assignment]:
        rows = self.application.record.assignments(self.incident)
        return sorted(
            (row for row in rows if row.role == INCIDENT_MANAGER),
            key=lambda row: (row.since, row.until is None, row.until),
        )

    @property
    def recorded(self) -> list[str]:
        return [row.person for row in self.intervals if row.is_open]

    @property
    def entries(self) -> list[Entry]:
        """What the record shows about changes of roles."""
        entries = self.application.record.entries(self.incident)
        return [each for each in entries if each.kind == ROLE_CHANGE and not each.deleted_at]

    @property
    def notes(self) -> list[str]:
        """The first lines of the notes in Datadog's timeline."""
        return [note.partition("\n")[0] for note in self.sandbox.notes(self.number)]


def stories(application: Application, sandbox: Sandbox) -> Iterator[Story]:
    """One incident after another, each with Ana in command on both sides."""
    for number in count(2000):
        sandbox.declare("Checkout fails", severity="SEV-1", commander=ANA, public_id=number)
        story = Story(application=application, sandbox=sandbox, number=number)
        story.sync()
        assert story.recorded == [ANA]
        sandbox.forget_requests()
        yield story


def befall(sandbox: Sandbox, write: tuple[str, str], outcome: str) -> None:
    """Let the next write of a kind come to this; what is refused is refused each time."""
    fault = OUTCOMES[outcome]
    if fault is not None:
        kind, status = fault
        once = None if outcome in REFUSALS else 1
        sandbox.fault(kind, method=write[0], path=write[1], status=status, count=once)


@pytest.mark.parametrize("commander", OUTCOMES)
def test_one_commander_one_switch_one_entry(
    application: Application, sandbox: Sandbox, commander: str
) -> None:
    """However it is cut off, the runs that follow bring both sides to one truth.

    It is that of the record at the moment of the kill: the switch there is one transaction.
    """
    told = stories(application, sandbox)
    outcomes = tuple(OUTCOMES)
    if commander in ALIKE and not looks_far():
        outcomes = ("answered", commander)
    killed = set(outcomes)
    for steps in count():
        for entry in [each for each in outcomes if each in killed]:
            story = next(told)
            befall(sandbox, COMMANDER, commander)
            befall(sandbox, TIMELINE, entry)
            end = story.hand_over(steps)
            is_given = sandbox.requests.count(*COMMANDER) > 0
            is_written = sandbox.requests.count(*TIMELINE) > 0
            sandbox.clear_faults()
            # That a timeline cannot be written is believed for an hour, which goes by here.
            application.record.forget_cached("timeline")
            [holder] = story.recorded
            if end != "killed":
                assert holder == (ANA if commander in REFUSALS else BO)
                assert end == ("not made" if commander in REFUSALS else "made")
            if end == "killed" and commander != "answered" and not is_given:
                # No commander was written yet: that is a story of the one that is answered.
                break
            settle(story)
            if holder == BO:
                assert_handed_over(story)
            else:
                assert_as_before(story)
            if end != "killed":
                killed -= {entry} if is_written else set(outcomes)
            if not is_written:
                # No entry was written yet: with every other outcome of it the story is the same.
                break
        if not killed:
            break
    assert steps >= FEWEST_STEPS


def settle(story: Story) -> None:
    """Sync as a scheduled job would, until a run changes nothing, which the third does not."""
    for run in range(3):
        before = replace(story.state, version=0)
        written = len(story.sandbox.requests.writes())
        story.sync()
        after = replace(story.state, version=0)
        is_written = len(story.sandbox.requests.writes()) > written
        if after == before and not is_written:
            break
        if run == 2:
            assert not is_written
            assert after.assignments == before.assignments
            assert after.links == before.links
            assert after.timeline.entries == before.timeline.entries
    assert (story.state.intents, story.state.conflicts) == ((), ())
    assert story.state.timeline.intents == ()
    assert story.sandbox.requests.resent() == []


def assert_handed_over(story: Story) -> None:
    """Bo commands, since the instant at which Ana stopped, and it is told once."""
    assert story.sandbox.commander(story.number) == BO
    old, new = story.intervals
    assert (old.person, new.person) == (ANA, BO)
    assert old.until == new.since
    assert new.is_open
    [entry] = story.entries
    assert entry.text.startswith("Bo took over Incident Manager from Ana\n")
    assert NOTE in entry.text
    assert story.notes == ["Bo took over Incident Manager from Ana"]


def assert_as_before(story: Story) -> None:
    """Ana commands as if she had always done, and nothing is told."""
    assert story.sandbox.commander(story.number) == ANA
    assert story.recorded == [ANA]
    for earlier, later in pairwise(story.intervals):
        assert earlier.until == later.since
    corrections = story.application.record.corrections(story.incident)
    assert [(each.person, each.since, each.until) for each in corrections] == [
        (ANA, row.since, row.until) for row in story.intervals if row.person == BO
    ]
    assert (story.entries, story.notes) == ([], [])


def test_undisturbed(application: Application, sandbox: Sandbox) -> None:
    """The command alone is enough, and Datadog's own entry about it is not shown a second time."""
    story = next(stories(application, sandbox))
    assert story.hand_over() == "made"
    assert_handed_over(story)
    kinds = [cell.cell_type for cell in sandbox.cells(story.number)]
    assert kinds.count("role_assignment_change") == 1
    settle(story)
    assert_handed_over(story)
