"""Directed stories of the timeline: what is lost, missing, cut, read-only or restored."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dd_incident_roles.model import EntryKey
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.sync.entries.identity import without_tag
from dd_incident_roles.sync.plan import EntryEffect, EntryNews
from dd_incident_roles.sync.state import EntryLink, Put
from tests.sync.entries.timeline_bench import KEY, TimelineBench
from tests.sync.memory_target import INCIDENT, Fault


def test_an_entry_whose_answer_was_lost_is_known_by_its_tag(bench: TimelineBench) -> None:
    """A note that landed unheard is found again and never written twice."""
    bench.add(KEY, "once")
    bench.target.faults = [Fault.LOST_AFTER]
    bench.settle()
    assert bench.texts() == (["once"], ["once"])
    assert len(bench.target.writes) == 1


def test_losing_the_record_duplicates_nothing(bench: TimelineBench, tmp_path: Path) -> None:
    """With an empty record, notes by our account are taken back by their tags, others by ids."""
    bench.target.ours = True
    bench.add(KEY, "ours")
    bench.target.write_note("theirs")
    bench.settle()
    fresh = bench.in_place_of_lost(tmp_path / "again")
    fresh.settle()
    assert fresh.texts() == (["ours", "theirs"], ["ours", "theirs"])
    assert {entry.key for entry in fresh.live} == {entry.key for entry in bench.live}
    assert len(bench.target.writes) == 1
    fresh.record.close()


@pytest.mark.parametrize("ours", [None, True])
def test_two_records_share_one_timeline_without_an_echo(
    bench: TimelineBench, tmp_path: Path, ours: bool | None
) -> None:
    """What one record wrote is taken over by the other and not written again by either.

    Where Datadog names no author the other takes it for a stranger's, and shows its tag too.
    """
    bench.target.ours = ours
    other = bench.in_place_of_lost(tmp_path / "other")
    bench.add("key-a", "from the first")
    other.add("key-b", "from the second")
    for _ in range(3):
        bench.settle()
        other.settle()
    for each in (bench, other):
        here = sorted(without_tag(text).text for text in each.texts()[0])
        assert here == each.texts()[1] == ["from the first", "from the second"]
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
    bench.record.commit(INCIDENT.id, "datadog", [Put(link)])
    bench.settle()
    assert bench.texts() == (["still true"], ["still true"])


def test_a_deletion_in_datadog_is_believed_at_the_second_look(bench: TimelineBench) -> None:
    """A note that vanished stays in the record until it was missed twice, and then is archived."""
    cell = bench.target.write_note("for a moment")
    bench.sync()
    del bench.target.cells[cell.id]
    bench.sync()
    bench.sync()
    assert bench.texts()[0] == ["for a moment"]
    bench.wait()
    [result] = bench.sync().incidents
    assert bench.texts()[0] == []
    [effect] = result.timeline_effects
    assert isinstance(effect, EntryEffect)
    assert effect.news is EntryNews.DELETED
    assert [each.entry.text for each in bench.record.archived(INCIDENT.id)] == ["for a moment"]


def unreadable(bench: TimelineBench, cell_id: str) -> None:
    """Datadog shows a cell in a form that nobody knows."""
    cell = bench.target.cells[cell_id]
    bench.target.cells[cell_id] = replace(
        cell, text="?", kind="unreadable", tagged=None, whole=None, readable=False
    )


def test_an_entry_that_cannot_be_read_is_no_absence(agreed: TimelineBench) -> None:
    """What the record has of it stays, however long; once it is legible again, edits are taken."""
    cell = agreed.target.cells[agreed.only_cell()]
    unreadable(agreed, cell.id)
    agreed.settle()
    [result] = agreed.sync().incidents
    assert agreed.texts()[0] == ["once"]
    assert [notice for notice in result.notices if cell.id in notice]
    agreed.target.cells[cell.id] = cell
    agreed.target.edit(cell.id, "edited there")
    agreed.settle()
    assert agreed.texts() == (["edited there"], ["edited there"])
    assert len(agreed.target.writes) == 1


def test_an_unreadable_entry_stands_until_it_can_be_read(bench: TimelineBench) -> None:
    """A new one is an entry of a system, and becomes what it is when it can be read."""
    cell = bench.target.write_note("theirs")
    unreadable(bench, cell.id)
    bench.settle()
    assert [(entry.text, entry.kind) for entry in bench.live] == [("?", "unreadable")]
    bench.target.cells[cell.id] = cell
    bench.settle()
    assert [(entry.text, entry.kind) for entry in bench.live] == [("theirs", "note")]
    assert bench.target.writes == []


def test_a_note_that_may_be_the_unreadable_one_is_not_written_again(bench: TimelineBench) -> None:
    """Our write was not answered, and a new entry cannot be read: it may be ours."""
    bench.add(KEY, "ours")
    bench.target.faults = [Fault.LOST_AFTER]
    bench.sync()
    unreadable(bench, bench.only_cell())
    bench.wait()
    bench.sync()
    assert len(bench.target.cells) == 1


def test_nothing_is_taken_for_gone_by_an_incomplete_listing(bench: TimelineBench) -> None:
    """An entry without an id may be any; the others are taken in all the same."""
    gone = bench.target.write_note("for a moment")
    bench.sync()
    del bench.target.cells[gone.id]
    bench.target.complete = False
    bench.target.write_note("another")
    bench.settle()
    assert bench.texts()[0] == ["another", "for a moment"]
    [result] = bench.sync().incidents
    assert any("without an id" in notice for notice in result.notices)
    bench.target.complete = True
    bench.settle()
    assert bench.texts()[0] == ["another"]


def test_an_old_listing_does_not_bring_a_deleted_entry_back(agreed: TimelineBench) -> None:
    """A listing from before our deletion is not taken for somebody's new note."""
    before = agreed.target.snapshot()
    agreed.delete(KEY)
    agreed.sync()
    agreed.target.stale = before
    agreed.sync()
    assert agreed.texts() == ([], [])


def test_an_old_copy_does_not_replace_a_newer_text(agreed: TimelineBench) -> None:
    """A listing with an earlier modification time than was seen says nothing about an entry."""
    before = agreed.target.snapshot()
    agreed.edit(KEY, "second")
    agreed.sync()
    agreed.target.stale = before
    [result] = agreed.sync().incidents
    assert result.timeline_effects == ()
    assert agreed.texts() == (["second"], ["second"])


def test_an_entry_of_a_system_is_never_written(bench: TimelineBench) -> None:
    """A status change is imported, and neither an edit nor a deletion of it reaches Datadog."""
    cell = bench.target.write_note("State: active to stable", kind="status_change")
    bench.sync()
    key = EntryKey(f"dd:{cell.id}")
    bench.edit(key, "State: on fire")
    bench.settle()
    bench.delete(key)
    bench.settle()
    assert bench.texts() == (["State: active to stable"],) * 2
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
    assert any("differently from what was written" in notice for notice in result.notices)
    bench.settle()
    assert bench.texts() == (["a text that is much too long"], ["a text tha"])
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


def test_a_timeline_that_can_only_be_read_is_taken_in(bench: TimelineBench) -> None:
    """Datadog's notes arrive, ours wait, and the report says that they do."""
    bench.target.writable = False
    bench.target.write_note("theirs")
    bench.add(KEY, "ours")
    [result] = bench.sync().incidents
    assert bench.texts() == (["ours", "theirs"], ["theirs"])
    assert any("1 change waits here" in notice for notice in result.notices)
    bench.target.writable = True
    bench.settle()
    assert bench.texts() == (["ours", "theirs"], ["ours", "theirs"])


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([], ()),
        (["one"], ("Datadog has none; 1 timeline entry waits here.",)),
        (["one", "two"], ("Datadog has none; 2 timeline entries wait here.",)),
    ],
)
def test_without_a_timeline_what_waits_is_counted(
    bench: TimelineBench, texts: list[str], said: tuple[str, ...]
) -> None:
    """Where Datadog offers no timeline, one sentence says so, and only if something waits."""
    bench.target.no_timeline = "Datadog has none."
    for number, text in enumerate(texts):
        bench.add(f"{KEY}-{number}", text)
    [result] = bench.sync().incidents
    assert result.notices == said


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
    assert bench.texts() == (["lost on the way"], ["lost on the way"])


def test_an_old_backup_loses_nothing(tmp_path: Path) -> None:
    """What was added, edited and deleted after the backup is the same on both sides again.

    Datadog has to say who wrote an entry: by its footer alone none is taken for ours.
    """
    folder = tmp_path / "record"
    folder.mkdir()
    bench = TimelineBench.at_rest(folder)
    bench.target.ours = True
    bench.add("key-1", "kept")
    bench.add("key-2", "to be edited")
    bench.add("key-3", "to be deleted")
    bench.target.write_note("theirs")
    bench.settle()
    bench.record.close()
    backup = (folder / "record.db").read_bytes()

    bench.record = open_record(str(folder / "record.db"), clock=bench.clock)
    bench.add("key-4", "written since")
    bench.edit(EntryKey("key-2"), "edited since")
    bench.delete(EntryKey("key-3"))
    bench.target.write_note("theirs since")
    bench.settle()
    expected = bench.texts()
    written = len(bench.target.writes)
    bench.record.close()

    (folder / "record.db").write_bytes(backup)
    for left in ("record.db-wal", "record.db-shm"):
        (folder / left).unlink(missing_ok=True)
    bench.record = open_record(str(folder / "record.db"), clock=bench.clock)
    bench.at += timedelta(hours=1)
    bench.settle()
    assert bench.texts() == expected
    assert len(bench.target.writes) == written
    bench.record.close()
