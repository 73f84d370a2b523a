"""Directed stories of the timeline: one rule each, told from beginning to end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dd_incident_roles.model import Entry, EntryKey
from dd_incident_roles.sync.changes import RemoteChange
from dd_incident_roles.sync.entries.effects import Corrected, EntryEffect, EntryNews, KeptBoth
from dd_incident_roles.sync.entries.pair import local_digest
from dd_incident_roles.sync.entries.state import EntryLink, PutEntryLink
from tests.sync.entries.timeline_bench import TimelineBench
from tests.sync.memory_target import INCIDENT, Fault
from tests.sync.record_copies import fresh_record

KEY = EntryKey("key-1")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[TimelineBench]:
    made = TimelineBench.at_rest(tmp_path)
    yield made
    made.record.close()


def texts(bench: TimelineBench) -> tuple[list[str], list[str]]:
    here = sorted(entry.text for entry in bench.live)
    return here, sorted(cell.text for cell in bench.target.cells.values())


def only_cell(bench: TimelineBench) -> str:
    [cell_id] = bench.target.cells
    return cell_id


def test_an_entry_whose_answer_was_lost_is_known_by_its_tag(bench: TimelineBench) -> None:
    """A note that landed unheard is found again and never written twice."""
    bench.add(KEY, "restarted the database")
    bench.target.faults = [Fault.LOST_AFTER]
    bench.sync()
    bench.settle()
    assert texts(bench) == (["restarted the database"], ["restarted the database"])
    assert len(bench.target.writes) == 1


def test_losing_the_record_duplicates_nothing(bench: TimelineBench, tmp_path: Path) -> None:
    """With an empty record, our own notes are taken back by their tags, and theirs by their ids."""
    bench.add(KEY, "ours")
    bench.target.write_note("theirs")
    bench.settle()
    folder = tmp_path / "again"
    folder.mkdir()
    fresh = TimelineBench(
        record=fresh_record(folder, bench.clock), target=bench.target, at=bench.at
    )
    fresh.settle()
    assert texts(fresh) == (["ours", "theirs"], ["ours", "theirs"])
    assert {entry.key for entry in fresh.live} == {entry.key for entry in bench.live}
    assert len(bench.target.writes) == 1
    fresh.record.close()


def test_two_records_share_one_timeline_without_an_echo(
    bench: TimelineBench, tmp_path: Path
) -> None:
    """What one record wrote is taken over by the other and not written again by either."""
    folder = tmp_path / "other"
    folder.mkdir()
    other = TimelineBench(
        record=fresh_record(folder, bench.clock), target=bench.target, at=bench.at
    )
    bench.add("key-a", "from the first")
    other.add("key-b", "from the second")
    for _ in range(3):
        bench.settle()
        other.settle()
    assert texts(bench) == texts(other) == (["from the first", "from the second"],) * 2
    assert len(bench.target.writes) == 2
    other.record.close()


def test_a_row_that_was_lost_is_no_deletion(bench: TimelineBench) -> None:
    """A base without an entry brings the entry back, and deletes nothing in Datadog."""
    cell = bench.target.write_note("still true")
    link = EntryLink(
        key=EntryKey(f"dd:{cell.id}"),
        remote_id=cell.id,
        local_digest=cell.digest,
        remote_digest=cell.digest,
        ours=True,
    )
    bench.record.commit(INCIDENT.id, "datadog", [PutEntryLink(link=link)])
    bench.settle()
    assert texts(bench) == (["still true"], ["still true"])


def test_a_deletion_in_datadog_is_believed_at_the_second_look(bench: TimelineBench) -> None:
    """A note that vanished stays in the record until it was missed twice, and then is archived."""
    cell = bench.target.write_note("for a moment")
    bench.sync()
    del bench.target.cells[cell.id]
    bench.sync()
    bench.sync()
    assert texts(bench)[0] == ["for a moment"]
    bench.wait()
    [result] = bench.sync().incidents
    assert texts(bench)[0] == []
    [effect] = result.timeline_effects
    assert isinstance(effect, EntryEffect)
    assert effect.news is EntryNews.DELETED
    assert [each.entry.text for each in bench.record.archived(INCIDENT.id)] == ["for a moment"]


def test_an_old_listing_does_not_bring_a_deleted_entry_back(bench: TimelineBench) -> None:
    """A listing from before our deletion is not taken for somebody's new note."""
    bench.add(KEY, "wrong incident")
    bench.sync()
    before = tuple(bench.target.cells.values())
    bench.delete(KEY)
    bench.sync()
    bench.target.stale = before
    bench.sync()
    assert texts(bench) == ([], [])


def test_an_old_copy_does_not_replace_a_newer_text(bench: TimelineBench) -> None:
    """A listing with an earlier modification time than was seen says nothing about an entry."""
    bench.add(KEY, "first")
    bench.sync()
    before = tuple(bench.target.cells.values())
    bench.edit(KEY, "second")
    bench.sync()
    bench.target.stale = before
    [result] = bench.sync().incidents
    assert result.timeline_effects == ()
    assert texts(bench) == (["second"], ["second"])


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
    assert texts(bench) == (["edited here", "edited there"],) * 2


def test_both_texts_of_a_true_conflict_are_kept(bench: TimelineBench) -> None:
    """Datadog's text keeps the place, ours becomes an entry of its own, both on both sides."""
    bench.add(KEY, "draft")
    bench.sync()
    bench.edit(KEY, "ours")
    bench.target.edit(only_cell(bench), "theirs")
    [result] = bench.sync().incidents
    assert [type(effect) for effect in result.timeline_effects] == [KeptBoth]
    bench.settle()
    assert texts(bench) == (["ours", "theirs"], ["ours", "theirs"])
    assert bench.entry(KEY).text == "theirs"


def test_the_same_conflict_makes_the_same_copy(bench: TimelineBench) -> None:
    """The copy's key comes from its text, so that a run killed on the way makes no second one."""
    bench.add(KEY, "draft")
    bench.sync()
    bench.edit(KEY, "ours")
    bench.target.edit(only_cell(bench), "theirs")
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
    assert texts(bench) == ([note, "the cache is at fault"],) * 2


def test_a_deletion_of_somebody_elses_note_is_not_carried_out(bench: TimelineBench) -> None:
    """Only the author can take a note out of Datadog; here it comes back."""
    cell = bench.target.write_note("theirs")
    bench.sync()
    bench.delete(EntryKey(f"dd:{cell.id}"))
    bench.settle()
    assert texts(bench) == (["theirs"], ["theirs"])


def test_an_entry_of_a_system_is_never_written(bench: TimelineBench) -> None:
    """A status change is imported, and neither an edit nor a deletion of it reaches Datadog."""
    cell = bench.target.write_note("State: active to stable", kind="status_change")
    bench.sync()
    key = EntryKey(f"dd:{cell.id}")
    bench.edit(key, "State: on fire")
    bench.settle()
    bench.delete(key)
    bench.settle()
    assert texts(bench) == (["State: active to stable"],) * 2
    assert bench.target.writes == []


def test_a_mirrored_message_is_imported_and_never_echoed(bench: TimelineBench) -> None:
    """What Datadog copied from Slack is taken over as Slack's, and nothing is written back."""
    bench.target.write_note("it is the DNS", source="slack")
    bench.settle()
    assert [entry.origin for entry in bench.live] == ["slack"]
    assert bench.target.writes == []


def test_a_text_that_datadog_cut_is_kept_whole_and_written_once(bench: TimelineBench) -> None:
    """A shorter answer is reported, the whole text stays here, and no run tries again."""
    bench.target.longest = 10
    bench.add(KEY, "a text that is much too long")
    [result] = bench.sync().incidents
    assert any("otherwise than it was written" in notice for notice in result.notices)
    bench.settle()
    assert texts(bench) == (["a text that is much too long"], ["a text tha"])
    assert len(bench.target.writes) == 1


@pytest.mark.parametrize("fault", [None, Fault.LOST_AFTER])
def test_a_timeline_without_times_of_its_own_is_no_reason_to_write_again(
    bench: TimelineBench, fault: Fault | None
) -> None:
    """Where Datadog keeps its own time, ours stays in the record and nothing loops."""
    bench.target.keeps_times = False
    bench.target.faults = [fault]
    bench.add(KEY, "backdated")
    at = bench.entry(KEY).at
    bench.settle()
    assert bench.entry(KEY).at == at
    assert len(bench.target.writes) == 1


def test_an_edit_made_during_a_run_is_never_overwritten(bench: TimelineBench) -> None:
    """A text typed between the plan and its commit survives what the plan wanted to take over."""
    bench.add(KEY, "draft")
    bench.sync()
    bench.target.edit(only_cell(bench), "theirs")
    bench.sync(before_commit=lambda: bench.edit(KEY, "typed meanwhile"))
    bench.settle()
    assert texts(bench) == (["theirs", "typed meanwhile"],) * 2


def test_an_edit_in_datadog_just_before_our_write_is_never_overwritten(
    bench: TimelineBench,
) -> None:
    """What somebody typed in Datadog after the listing is still there afterwards."""
    bench.add(KEY, "draft")
    bench.sync()
    bench.edit(KEY, "ours")

    def act(_change: RemoteChange) -> None:
        bench.target.edit(only_cell(bench), "theirs")

    bench.target.before_write = act
    bench.sync()
    bench.settle()
    assert texts(bench) == (["ours", "theirs"],) * 2


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
    bench.target.edit(only_cell(bench), "second")
    bench.edit(KEY, "fourth")
    bench.settle()
    assert texts(bench) == (["fourth"], ["fourth"])


def test_a_copy_of_our_own_note_is_removed(bench: TimelineBench) -> None:
    """A second copy that says only what we wrote is taken out again, and the first one stays."""
    bench.add(KEY, "once")
    bench.sync()
    first = bench.target.cells[only_cell(bench)]
    later = first.created + timedelta(hours=1)
    bench.target.cells["copy"] = replace(first, id="copy", created=later)
    bench.settle()
    assert [cell.id for cell in bench.target.cells.values()] == [first.id]


def test_a_copy_that_somebody_changed_becomes_an_entry_of_its_own(bench: TimelineBench) -> None:
    """A pasted and changed copy of our note, tag and all, is somebody's note and is kept."""
    bench.add(KEY, "once")
    bench.sync()
    first = bench.target.cells[only_cell(bench)]
    bench.target.cells["copy"] = replace(
        first, id="copy", text="twice", created=first.created + timedelta(hours=1)
    )
    bench.settle()
    assert texts(bench) == (["once", "twice"], ["once", "twice"])


def test_a_timeline_that_can_only_be_read_is_taken_in(bench: TimelineBench) -> None:
    """Datadog's notes arrive, ours wait, and the report says that they do."""
    bench.target.writable = False
    bench.target.write_note("theirs")
    bench.add(KEY, "ours")
    [result] = bench.sync().incidents
    assert texts(bench) == (["ours", "theirs"], ["theirs"])
    assert any("1 changes wait here" in notice for notice in result.notices)
    bench.target.writable = True
    bench.settle()
    assert texts(bench) == (["ours", "theirs"], ["ours", "theirs"])


def test_datadogs_own_entry_about_our_role_change_is_not_shown_twice(
    bench: TimelineBench,
) -> None:
    """The entry that Datadog makes of a role that we gave is the one that we already have."""
    entry = Entry(
        key=EntryKey("role-1"),
        at=bench.target.tick(),
        created=bench.at,
        text="eve@corp.example took over Incident Manager from bo@corp.example",
        kind="role_change",
    )
    bench.put(entry)
    bench.target.write_note("Commander: bo@corp.example to eve@corp.example", kind="role_change")
    bench.target.people = ("eve@corp.example", "bo@corp.example")
    bench.settle()
    assert texts(bench)[0] == [entry.text]


def test_somebody_elses_role_change_is_shown(bench: TimelineBench) -> None:
    """A role that was given in Datadog is told in the timeline, by Datadog's own entry."""
    bench.target.people = ("eve@corp.example",)
    bench.target.write_note("Scribe: nobody to eve@corp.example", kind="role_change")
    bench.settle()
    assert texts(bench)[0] == ["Scribe: nobody to eve@corp.example"]


def test_a_note_that_did_not_land_is_written_again_after_the_second_look(
    bench: TimelineBench,
) -> None:
    """A lost note is not sent again at once, since an old listing may simply lack it."""
    bench.add(KEY, "lost on the way")
    bench.target.faults = [Fault.LOST_BEFORE]
    bench.sync()
    bench.sync()
    assert bench.target.cells == {}
    bench.settle()
    assert texts(bench) == (["lost on the way"], ["lost on the way"])


def test_what_was_taken_over_is_not_reported_as_doubtful(bench: TimelineBench) -> None:
    """After an undisturbed sync no write is left in doubt."""
    bench.add(KEY, "plain")
    [result] = bench.sync().incidents
    assert result.timeline_effects == ()
    state = bench.record.state(INCIDENT.id, "datadog").timeline
    assert state.intents == ()
