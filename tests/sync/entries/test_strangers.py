"""A tag proves nothing: what a stranger's note may not do by carrying one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dd_incident_roles.errors import Refused
from dd_incident_roles.model import NOTE, Entry, EntryKey, IncidentId
from dd_incident_roles.sync.entries.identity import with_tag
from dd_incident_roles.sync.plan import Corrected
from dd_incident_roles.sync.state import PutEntry
from dd_incident_roles.sync.targets import RemoteChange
from tests.sync.entries.timeline_bench import KEY, TimelineBench
from tests.sync.memory_target import Fault

EVE, BO = "eve@corp.example", "bo@corp.example"
EVE_IS_SCRIBE = f"{EVE} is Scribe"
WHO = pytest.mark.parametrize("ours", [False, None])
"""Datadog names somebody else as the author, or nobody."""


def forged(text: str, key: str) -> str:
    """A text with a tag that somebody typed."""
    return with_tag(text, key=EntryKey(key), author="Ana")


@WHO
@pytest.mark.parametrize(
    "key", ["role-1", "handoff-1", "finding-abc", "correction-1", "devised-1", "k3f9x2abcd"]
)
def test_a_strangers_tag_is_part_of_the_text(
    bench: TimelineBench, key: str, ours: bool | None
) -> None:
    """Such a note has no kind of ours and no author of ours, and is shown as Datadog shows it."""
    text = forged("Ana is Scribe", key)
    bench.target.write_note(text, ours=ours)
    bench.settle()
    [entry] = bench.live
    assert (entry.kind, entry.author, entry.origin) == (NOTE, EVE, "datadog")
    assert entry.text == text
    assert entry.key.startswith("dd:")


@WHO
def test_a_strangers_tag_hides_no_role_change_of_datadogs(
    bench: TimelineBench, ours: bool | None
) -> None:
    """Datadog's own entry is shown beside a note that claims to tell the same change."""
    bench.target.people = (EVE, BO)
    said = forged(f"{EVE} took over Incident Manager from {BO}", "role-1")
    bench.target.write_note(said, ours=ours)
    noted = f"Incident Commander: {BO} → {EVE}"
    bench.target.write_note(noted, kind="role_change", ours=None)
    bench.settle()
    assert bench.texts()[0] == sorted([noted, said])


def test_a_role_change_that_somebody_else_made_is_shown(bench: TimelineBench) -> None:
    """Where Datadog names another account as the maker, ours does not tell that change."""
    bench.tell_role("role-1", EVE_IS_SCRIBE)
    bench.target.people = (EVE,)
    noted = f"Scribe: nobody → {EVE}"
    bench.target.write_note(noted, kind="role_change", ours=False)
    bench.settle()
    assert bench.texts()[0] == sorted([EVE_IS_SCRIBE, noted])


def test_a_lost_record_hides_datadogs_entry_beside_ours_again(
    bench: TimelineBench, tmp_path: Path
) -> None:
    """By Datadog's word our account wrote the entry, so it tells the change to a new record too."""
    bench.target.ours = True
    bench.target.people = (EVE,)
    bench.tell_role("role-1", EVE_IS_SCRIBE)
    bench.target.write_note(f"Scribe: nobody → {EVE}", kind="role_change", ours=True)
    bench.settle()
    fresh = bench.in_place_of_lost(tmp_path / "again")
    fresh.settle()
    assert [(each.text, each.kind) for each in fresh.live] == [(EVE_IS_SCRIBE, "role_change")]
    fresh.record.close()


@WHO
def test_an_entry_of_ours_is_written_beside_a_forged_one(
    bench: TimelineBench, ours: bool | None
) -> None:
    """A key that somebody typed first does not keep ours from being written."""
    bench.add(KEY, "ours")
    theirs = forged("something else", KEY)
    bench.target.write_note(theirs, ours=ours)
    bench.settle()
    assert bench.texts()[0] == sorted(["ours", theirs])
    assert len(bench.target.writes) == 1
    assert bench.entry(KEY).text == "ours"


@WHO
def test_what_says_the_same_is_not_written_again(bench: TimelineBench, ours: bool | None) -> None:
    """Another record wrote the entry that ours is about to: it stands for both, as theirs."""
    bench.add(KEY, "once")
    cell = bench.target.write_note(forged("once", KEY), ours=ours)
    bench.target.cells[cell.id] = replace(cell, at=bench.entry(KEY).at)
    bench.settle()
    assert bench.texts() == (["once"], ["once"])
    assert bench.target.writes == []
    [link] = bench.noted.links
    assert (link.key, link.ours) == (KEY, False)


def test_without_authors_a_lost_record_shows_the_tags(bench: TimelineBench, tmp_path: Path) -> None:
    """Where Datadog names no author nothing proves whose a note is, and nothing is written."""
    bench.add(KEY, "ours")
    bench.settle()
    fresh = bench.in_place_of_lost(tmp_path / "again")
    fresh.settle()
    assert [entry.text for entry in fresh.live] == [with_tag("ours", key=KEY, author="Ana")]
    assert len(bench.target.writes) == 1
    fresh.record.close()


@pytest.mark.parametrize("ours", [False, None, True])
def test_an_entry_pasted_from_another_incident_is_a_strangers(
    bench: TimelineBench, ours: bool | None
) -> None:
    """A key belongs to its incident: a paste is never edited or deleted as ours, whoever pasted."""
    entry = Entry(key=KEY, at=bench.at, created=bench.at, text="over there", author="Ana")
    bench.record.commit(IncidentId("elsewhere"), "datadog", [PutEntry(entry=entry)])
    pasted = forged("over there", KEY)
    bench.target.write_note(pasted, ours=ours)
    bench.settle()
    [entry] = bench.live
    assert (entry.text, entry.origin) == (pasted, "datadog")
    bench.settle()
    assert bench.target.writes == []


@pytest.mark.parametrize("deleted", [False, True])
def test_what_datadog_declines_to_change_is_somebody_elses(
    bench: TimelineBench, deleted: bool
) -> None:
    """After a 403 the entry is no longer ours, so that no later run tries again."""
    bench.target.ours = True
    bench.add(KEY, "once")
    bench.settle()

    def decline(_change: RemoteChange) -> None:
        raise Refused("This entry is kept for its author.", status=403)

    bench.target.before_write = decline
    if deleted:
        bench.delete(KEY)
    else:
        bench.edit(KEY, "twice")
    assert bench.sync().incidents[0].failures
    results = [bench.sync().incidents[0] for _ in range(3)]
    assert not any(result.failures for result in results)
    note = "Correction to the entry of bot@corp.example: twice"
    assert bench.texts() == (["once"] if deleted else [note, "once"],) * 2
    corrected = any(isinstance(each, Corrected) for each in results[0].timeline_effects)
    assert corrected is not deleted


def test_what_another_account_wrote_by_datadogs_word_is_not_changed(agreed: TimelineBench) -> None:
    """An entry that the record linked is still the one of its author, whom Datadog names."""
    cell = agreed.target.cells[agreed.only_cell()]
    agreed.target.cells[cell.id] = replace(cell, author=EVE, ours=False)
    agreed.edit(KEY, "twice")
    [result] = agreed.sync().incidents
    assert [type(effect) for effect in result.timeline_effects] == [Corrected]
    agreed.settle()
    assert agreed.texts()[1] == [f"Correction to the entry of {EVE}: twice", "once"]


@pytest.mark.parametrize("is_older", [False, True])
def test_a_lost_write_is_no_proof_for_a_strangers_note(
    bench: TimelineBench, is_older: bool
) -> None:
    """Datadog names somebody else as the author of what shows up under the key we tried.

    A note that was taken in as a stranger's before our own write stays one without that, too.
    """
    theirs = forged("something else", KEY)
    if is_older:
        bench.target.write_note(theirs, ours=None)
        bench.sync()
    bench.add(KEY, "ours")
    bench.target.faults = [Fault.LOST_BEFORE]
    bench.sync()
    if not is_older:
        bench.target.write_note(theirs, ours=False)
    bench.settle()
    assert bench.texts()[0] == sorted(["ours", theirs])
