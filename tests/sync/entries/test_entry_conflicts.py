"""Directed stories of the timeline: two people, one entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dd_incident_roles.model import EntryKey
from dd_incident_roles.sync.entries.pair import local_digest
from dd_incident_roles.sync.plan import Corrected, KeptBoth
from dd_incident_roles.sync.targets import RemoteChange
from tests.sync.entries.timeline_bench import TimelineBench
from tests.sync.memory_target import INCIDENT, Fault

KEY = EntryKey("key-1")


def test_an_edit_beats_a_deletion_on_either_side(bench: TimelineBench) -> None:
    """What somebody cared to change is not removed by somebody who did not see the change."""
    bench.add("key-a", "deleted there, edited here")
    bench.add("key-b", "deleted here, edited there")
    bench.settle()
    cells = {cell.tagged: cell.id for cell in bench.target.cells.values()}
    del bench.target.cells[cells[EntryKey("key-a")]]
    bench.edit(EntryKey("key-a"), "edited here")
    bench.target.edit(cells[EntryKey("key-b")], "edited there")
    bench.delete(EntryKey("key-b"))
    bench.settle()
    assert bench.texts() == (["edited here", "edited there"],) * 2


def test_both_texts_of_a_true_conflict_are_kept(bench: TimelineBench) -> None:
    """Datadog's text keeps the place, ours becomes an entry of its own, both on both sides."""
    bench.add(KEY, "draft")
    bench.sync()
    bench.edit(KEY, "ours")
    bench.target.edit(bench.only_cell(), "theirs")
    [result] = bench.sync().incidents
    assert [type(effect) for effect in result.timeline_effects] == [KeptBoth]
    bench.settle()
    assert bench.texts() == (["ours", "theirs"], ["ours", "theirs"])
    assert bench.entry(KEY).text == "theirs"


def test_the_same_conflict_makes_the_same_copy(bench: TimelineBench) -> None:
    """The copy's key comes from its text, so that a run killed on the way makes no second one."""
    bench.add(KEY, "draft")
    bench.sync()
    bench.edit(KEY, "ours")
    bench.target.edit(bench.only_cell(), "theirs")
    bench.sync()
    wanted = local_digest(replace(bench.entry(KEY), text="ours"))[:10]
    assert {entry.key for entry in bench.live} == {KEY, f"{KEY}~{wanted}"}


def test_a_change_of_somebody_elses_note_becomes_a_note_once(bench: TimelineBench) -> None:
    """Theirs stands as it is, and one note of ours says what was changed."""
    cell = bench.target.write_note("the cache is at fault")
    bench.sync()
    bench.edit(EntryKey(f"dd:{cell.id}"), "the queue is at fault")
    [result] = bench.sync().incidents
    assert [type(effect) for effect in result.timeline_effects] == [Corrected]
    bench.settle()
    note = "Correction to the entry of eve@corp.example: the queue is at fault"
    assert bench.texts() == ([note, "the cache is at fault"],) * 2


def test_a_deletion_of_somebody_elses_note_is_not_carried_out(bench: TimelineBench) -> None:
    """Only the author can take a note out of Datadog; here it comes back."""
    cell = bench.target.write_note("theirs")
    bench.sync()
    bench.delete(EntryKey(f"dd:{cell.id}"))
    bench.settle()
    assert bench.texts() == (["theirs"], ["theirs"])


def test_an_edit_made_during_a_run_is_never_overwritten(bench: TimelineBench) -> None:
    """A text typed between the plan and its commit survives what the plan wanted to take over."""
    bench.add(KEY, "draft")
    bench.sync()
    bench.target.edit(bench.only_cell(), "theirs")
    bench.sync(before_commit=lambda: bench.edit(KEY, "typed meanwhile"))
    bench.settle()
    assert bench.texts() == (["theirs", "typed meanwhile"],) * 2


def test_an_edit_in_datadog_just_before_our_write_is_never_overwritten(
    bench: TimelineBench,
) -> None:
    """What somebody typed in Datadog after the listing is still there afterwards."""
    bench.add(KEY, "draft")
    bench.sync()
    bench.edit(KEY, "ours")

    def act(_change: RemoteChange) -> None:
        bench.target.edit(bench.only_cell(), "theirs")

    bench.target.before_write = act
    bench.sync()
    bench.settle()
    assert bench.texts() == (["ours", "theirs"],) * 2


def test_a_second_attempt_does_not_forget_the_first(bench: TimelineBench) -> None:
    """An edit that landed unheard is known again after another one was tried and did not land."""
    bench.add(KEY, "draft")
    bench.sync()
    bench.edit(KEY, "second")
    bench.target.faults = [Fault.LOST_BEFORE]
    bench.sync()
    bench.edit(KEY, "third")
    bench.target.faults = [Fault.LOST_BEFORE]
    bench.sync()
    bench.target.edit(bench.only_cell(), "second")
    bench.edit(KEY, "fourth")
    bench.settle()
    assert bench.texts() == (["fourth"], ["fourth"])


def test_a_second_copy_of_our_own_note_is_removed(bench: TimelineBench) -> None:
    """The oldest of two copies that say the same stays, although the record wrote the other."""
    bench.add(KEY, "once")
    bench.sync()
    ours = bench.target.cells[bench.only_cell()]
    earlier = ours.created - timedelta(seconds=1)
    bench.target.cells["older"] = replace(ours, id="older", created=earlier)
    bench.settle()
    assert bench.texts() == (["once"], ["once"])
    assert bench.only_cell() == "older"


def test_a_copy_that_this_record_did_not_write_stays(bench: TimelineBench) -> None:
    """A younger copy may be another record's: it is left alone, and told only once."""
    bench.add(KEY, "once")
    bench.sync()
    first = bench.target.cells[bench.only_cell()]
    later = first.created + timedelta(hours=1)
    bench.target.cells["copy"] = replace(first, id="copy", created=later)
    bench.settle()
    assert bench.texts() == (["once"], ["once", "once"])


def test_a_copy_is_not_removed_once_the_other_is_gone(bench: TimelineBench) -> None:
    """Right before the deletion the copy that is to stay must stand."""
    bench.add(KEY, "once")
    bench.sync()
    ours = bench.target.cells[bench.only_cell()]
    earlier = ours.created - timedelta(seconds=1)
    bench.target.cells["older"] = replace(ours, id="older", created=earlier)

    def act(_change: RemoteChange) -> None:
        del bench.target.cells["older"]

    bench.target.before_write = act
    bench.settle()
    assert bench.texts() == (["once"], ["once"])


def test_a_strangers_copy_takes_the_place_of_nothing(bench: TimelineBench) -> None:
    """What Datadog says somebody else wrote is a note of theirs, tag and all, older or not."""
    bench.add(KEY, "once")
    bench.sync()
    ours = bench.target.cells[bench.only_cell()]
    earlier = ours.created - timedelta(seconds=1)
    theirs = replace(ours, id="older", created=earlier, author="eve@corp.example", ours=False)
    bench.target.cells["older"] = theirs
    bench.settle()
    assert bench.texts() == (["once", theirs.whole], ["once", "once"])
    assert len(bench.target.writes) == 1


@pytest.mark.parametrize("ours", [None, True])
def test_a_copy_that_somebody_changed_becomes_an_entry_of_its_own(
    bench: TimelineBench, ours: bool | None
) -> None:
    """A pasted and changed copy of our note, tag and all, is somebody's note and is kept."""
    bench.target.ours = ours
    bench.add(KEY, "once")
    bench.sync()
    first = bench.target.cells[bench.only_cell()]
    bench.target.cells["copy"] = replace(
        first, id="copy", text="twice", created=first.created + timedelta(hours=1)
    )
    bench.settle()
    whole = bench.target.cells["copy"].whole
    assert bench.texts() == (["once", whole], ["once", "twice"])


@pytest.mark.parametrize("ours", [None, True])
def test_datadogs_own_entry_about_our_role_change_is_not_shown_twice(
    bench: TimelineBench, ours: bool | None
) -> None:
    """The entry that Datadog makes of a role that we gave is the one that we already have."""
    entry = bench.tell_role(
        "role-1", "eve@corp.example took over Incident Manager from bo@corp.example"
    )
    bench.target.write_note(
        "Incident Commander: bo@corp.example → eve@corp.example", kind="role_change", ours=ours
    )
    bench.target.people = ("eve@corp.example", "bo@corp.example")
    bench.settle()
    assert bench.texts()[0] == [entry.text]


@pytest.mark.parametrize(
    "text",
    [
        "Scribe: nobody → eve@corp.example",
        "Incident Commander: nobody → carol@corp.example",
        "Incident Commander: eve@corp.example → carol@corp.example",
    ],
)
def test_another_role_change_near_ours_is_shown(bench: TimelineBench, text: str) -> None:
    """Another role, or other people, are another change, however near in time."""
    entry = bench.tell_role(
        "role-1", "eve@corp.example took over Incident Manager from bo@corp.example"
    )
    bench.target.people = ("eve@corp.example", "bo@corp.example", "carol@corp.example")
    bench.target.write_note(text, kind="role_change")
    bench.settle()
    assert bench.texts()[0] == sorted([entry.text, text])


def test_a_role_change_that_was_taken_over_stays(bench: TimelineBench) -> None:
    """An entry that is here already does not vanish because a later one of ours is like it."""
    bench.target.people = ("eve@corp.example",)
    bench.target.write_note("Scribe: nobody → eve@corp.example", kind="role_change")
    bench.sync()
    bench.tell_role("role-2", "eve@corp.example is Scribe")
    bench.settle()
    assert bench.texts()[0] == ["Scribe: nobody → eve@corp.example", "eve@corp.example is Scribe"]


def test_somebody_elses_role_change_is_shown(bench: TimelineBench) -> None:
    """A role that was given in Datadog is told in the timeline, by Datadog's own entry."""
    bench.target.people = ("eve@corp.example",)
    bench.target.write_note("Scribe: nobody → eve@corp.example", kind="role_change")
    bench.settle()
    assert bench.texts()[0] == ["Scribe: nobody → eve@corp.example"]


def test_what_was_taken_over_is_not_reported_as_doubtful(bench: TimelineBench) -> None:
    """After an undisturbed sync no write is left in doubt."""
    bench.add(KEY, "plain")
    [result] = bench.sync().incidents
    assert result.timeline_effects == ()
    state = bench.record.state(INCIDENT.id, "datadog").timeline
    assert state.intents == ()
