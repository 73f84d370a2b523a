"""Directed stories of the timeline: two people, one entry; and one change that is told twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dd_incident_roles.model import Entry, EntryKey, Person, PersonKey
from dd_incident_roles.sync.entries.identity import ROLE_CHANGE
from dd_incident_roles.sync.entries.pair import NEAR, local_digest, pair, without_own_role_changes
from dd_incident_roles.sync.plan import Corrected, KeptBoth
from dd_incident_roles.sync.state import EntryState
from dd_incident_roles.sync.targets import RemoteEntry
from tests.sync.entries.timeline_bench import KEY, TimelineBench
from tests.sync.memory_target import Fault

EVE, BO, CAROL = (f"{name}@corp.example" for name in ("eve", "bo", "carol"))
TOOK_OVER = f"{EVE} took over Incident Manager from {BO}"
EVE_IS_SCRIBE = f"Scribe: nobody → {EVE}"


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


def test_both_texts_of_a_true_conflict_are_kept(agreed: TimelineBench) -> None:
    """Datadog's text keeps the place, ours becomes an entry of its own, both on both sides.

    The copy's key comes from its text, so that a run killed on the way makes no second one.
    """
    agreed.edit(KEY, "ours")
    agreed.target.edit(agreed.only_cell(), "theirs")
    [result] = agreed.sync().incidents
    assert [type(effect) for effect in result.timeline_effects] == [KeptBoth]
    wanted = local_digest(replace(agreed.entry(KEY), text="ours"))[:10]
    assert {entry.key for entry in agreed.live} == {KEY, f"{KEY}~{wanted}"}
    agreed.settle()
    assert agreed.texts() == (["ours", "theirs"],) * 2
    assert agreed.entry(KEY).text == "theirs"


def test_a_change_of_somebody_elses_note_becomes_a_note_once(bench: TimelineBench) -> None:
    """Theirs stands as it is, and one note of ours says what was changed."""
    cell = bench.target.write_note("the cache is at fault")
    bench.sync()
    bench.edit(EntryKey(f"dd:{cell.id}"), "the queue is at fault")
    [result] = bench.sync().incidents
    assert [type(effect) for effect in result.timeline_effects] == [Corrected]
    bench.settle()
    note = f"Correction to the entry of {EVE}: the queue is at fault"
    assert bench.texts() == ([note, "the cache is at fault"],) * 2


def test_a_deletion_of_somebody_elses_note_is_not_carried_out(bench: TimelineBench) -> None:
    """Only the author can take a note out of Datadog; here it comes back."""
    cell = bench.target.write_note("theirs")
    bench.sync()
    bench.delete(EntryKey(f"dd:{cell.id}"))
    bench.settle()
    assert bench.texts() == (["theirs"], ["theirs"])


def test_an_edit_made_during_a_run_is_never_overwritten(agreed: TimelineBench) -> None:
    """A text typed between the plan and its commit survives what the plan wanted to take over."""
    agreed.target.edit(agreed.only_cell(), "theirs")
    agreed.sync(before_commit=lambda: agreed.edit(KEY, "typed meanwhile"))
    agreed.settle()
    assert agreed.texts() == (["theirs", "typed meanwhile"],) * 2


def test_an_edit_in_datadog_just_before_our_write_is_never_overwritten(
    agreed: TimelineBench,
) -> None:
    """What somebody typed in Datadog after the listing is still there afterwards."""
    agreed.edit(KEY, "ours")
    agreed.target.before_write = lambda _: agreed.target.edit(agreed.only_cell(), "theirs")
    agreed.sync()
    agreed.settle()
    assert agreed.texts() == (["ours", "theirs"],) * 2


def test_a_second_attempt_does_not_forget_the_first(agreed: TimelineBench) -> None:
    """An edit that landed unheard is known again after another one was tried and did not land."""
    for text in ("second", "third"):
        agreed.edit(KEY, text)
        agreed.target.faults = [Fault.LOST_BEFORE]
        agreed.sync()
    agreed.target.edit(agreed.only_cell(), "second")
    agreed.edit(KEY, "fourth")
    agreed.settle()
    assert agreed.texts() == (["fourth"], ["fourth"])


def copied(bench: TimelineBench, cell_id: str, *, later: timedelta) -> RemoteEntry:
    """Datadog shows another cell with our text and our tag."""
    first = bench.target.cells[bench.only_cell()]
    made = replace(first, id=cell_id, created=first.created + later)
    bench.target.cells[cell_id] = made
    return made


EARLIER, LATER = timedelta(seconds=-1), timedelta(hours=1)


def test_a_second_copy_of_our_own_note_is_removed(agreed: TimelineBench) -> None:
    """The oldest of two copies that say the same stays, although the record wrote the other."""
    copied(agreed, "older", later=EARLIER)
    agreed.settle()
    assert agreed.texts() == (["once"], ["once"])
    assert agreed.only_cell() == "older"


def test_a_copy_that_this_record_did_not_write_stays(agreed: TimelineBench) -> None:
    """A younger copy may be another record's: it is left alone, and told only once."""
    copied(agreed, "copy", later=LATER)
    agreed.settle()
    assert agreed.texts() == (["once"], ["once", "once"])


def test_a_copy_is_not_removed_once_the_other_is_gone(agreed: TimelineBench) -> None:
    """Right before the deletion the copy that is to stay must stand."""
    copied(agreed, "older", later=EARLIER)
    agreed.target.before_write = lambda _: agreed.target.cells.pop("older")
    agreed.settle()
    assert agreed.texts() == (["once"], ["once"])


@pytest.mark.parametrize("later", [EARLIER, LATER])
def test_another_accounts_copy_is_never_removed(agreed: TimelineBench, later: timedelta) -> None:
    """Each account takes back its own copy where an older one stands; the text is told once."""
    theirs = replace(copied(agreed, "theirs", later=later), author=EVE, ours=False)
    agreed.target.cells["theirs"] = theirs
    agreed.settle()
    stands = ["once"] if later == EARLIER else ["once", "once"]
    assert agreed.texts() == (["once"], stands)
    assert agreed.target.cells["theirs"] == theirs
    [link] = agreed.noted.links
    assert link.ours is (later == LATER)


def test_after_a_lost_answer_another_accounts_copy_is_not_removed(bench: TimelineBench) -> None:
    """Which of the two is ours is known by its author, and only that one could ever go."""
    bench.target.ours = True
    bench.add(KEY, "once")
    bench.target.faults = [Fault.LOST_AFTER]
    bench.sync()
    theirs = replace(copied(bench, "theirs", later=LATER), author=EVE, ours=False)
    bench.target.cells["theirs"] = theirs
    bench.settle()
    assert bench.texts() == (["once"], ["once", "once"])


def test_our_account_does_not_become_the_author_of_what_it_copied(bench: TimelineBench) -> None:
    """Where nobody knows who wrote an entry, an edit of our copy of it does not tell either."""
    bench.target.ours = True
    bench.put(Entry(key=KEY, at=bench.at, created=bench.at, text="once"))
    bench.sync()
    bench.target.edit(bench.only_cell(), "changed")
    bench.settle()
    assert (bench.entry(KEY).text, bench.entry(KEY).author) == ("changed", None)


OURS = pytest.mark.parametrize("ours", [None, True])
"""Datadog does not name the author, or names our account."""


@OURS
def test_a_copy_that_somebody_changed_becomes_an_entry_of_its_own(
    bench: TimelineBench, ours: bool | None
) -> None:
    """A pasted and changed copy of our note, tag and all, is somebody's note and is kept."""
    bench.target.ours = ours
    bench.add(KEY, "once")
    bench.sync()
    copy = replace(copied(bench, "copy", later=LATER), text="twice")
    bench.target.cells["copy"] = copy
    bench.settle()
    assert bench.texts() == (["once", copy.whole], ["once", "twice"])


@OURS
def test_datadogs_own_entry_about_our_role_change_is_not_shown_twice(
    bench: TimelineBench, ours: bool | None
) -> None:
    """The entry that Datadog makes of a role that we gave is the one that we already have."""
    bench.tell_role("role-1", TOOK_OVER)
    bench.target.write_note(f"Incident Commander: {BO} → {EVE}", kind="role_change", ours=ours)
    bench.target.people = (EVE, BO)
    bench.settle()
    assert bench.texts()[0] == [TOOK_OVER]


@pytest.mark.parametrize(
    "text",
    [
        EVE_IS_SCRIBE,
        f"Incident Commander: nobody → {CAROL}",
        f"Incident Commander: {EVE} → {CAROL}",
    ],
)
def test_another_role_change_near_ours_is_shown(bench: TimelineBench, text: str) -> None:
    """Another role, or other people, are another change, however near in time."""
    bench.tell_role("role-1", TOOK_OVER)
    bench.target.people = (EVE, BO, CAROL)
    bench.target.write_note(text, kind="role_change")
    bench.settle()
    assert bench.texts()[0] == sorted([TOOK_OVER, text])


def test_somebody_elses_role_change_is_shown_and_stays(bench: TimelineBench) -> None:
    """A role that was given in Datadog is told by Datadog's own entry.

    It does not vanish because a later one of ours is like it.
    """
    bench.target.people = (EVE,)
    bench.target.write_note(EVE_IS_SCRIBE, kind="role_change")
    bench.sync()
    assert bench.texts()[0] == [EVE_IS_SCRIBE]
    bench.tell_role("role-2", f"{EVE} is Scribe")
    bench.settle()
    assert bench.texts()[0] == [EVE_IS_SCRIBE, f"{EVE} is Scribe"]


def test_what_was_taken_over_is_not_reported_as_doubtful(bench: TimelineBench) -> None:
    """After an undisturbed sync no write is left in doubt."""
    bench.add(KEY, "plain")
    [result] = bench.sync().incidents
    assert result.timeline_effects == ()
    assert bench.noted.intents == ()


AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
PEOPLE = tuple(
    Person(key=PersonKey(f"{name.casefold()}@corp.example"), name=name)
    for name in ("Ana", "Bo", "Carol")
)
STRANGE = Person(key=PersonKey("eve@corp.example"), name="Eve\n\x1b[31mRoles\u202e")
BLANK = Person(key=PersonKey("dan@corp.example"), name="\u202e")
BO_TOOK_OVER = "Bo took over Incident Manager from Ana"
BRIEF = f"{BO_TOOK_OVER}\n\nNote: Carol is Scribe"


def theirs(text: str, *, after: timedelta = timedelta(seconds=1)) -> RemoteEntry:
    """What Datadog noted by itself."""
    at = AT + after
    return RemoteEntry(
        id="cell", at=at, created=at, modified=at, text=text, author=None, kind=ROLE_CHANGE
    )


def left_of(
    entry: Entry, listed: tuple[RemoteEntry, ...], people: Collection[Person]
) -> tuple[RemoteEntry, ...]:
    """What of Datadog's is shown beside an entry of ours."""
    pairs = pair(EntryState(entries=(entry,)), listed, now=AT, grace=timedelta(minutes=5))
    left = without_own_role_changes(pairs, people)
    return tuple(each.remote for each in left if each.remote)


# what ours says, what Datadog's says, and whether it tells something else
CASES: Mapping[str, tuple[str, str, bool]] = {
    "the same": (BO_TOOK_OVER, "Incident Commander: Ana → Bo", False),
    "the same, above a brief": (BRIEF, "Incident Commander: Ana → Bo", False),
    "somebody of the brief": (BRIEF, "Incident Commander: Bo → Carol", True),
    "a role of the brief": (BRIEF, "Scribe: nobody → Bo", True),
    "another person": (BO_TOOK_OVER, "Incident Commander: Ana → Carol", True),
    "nobody whom we know": (BO_TOOK_OVER, "Incident Commander: Zed", True),
    "a name that breaks its line": (
        "Eve [31mRoles took over Incident Manager from Ana",
        f"Incident Commander: Ana → {STRANGE.name}",
        False,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_told_already(name: str) -> None:
    """It is about the same role and the same people, by the first line of ours alone."""
    ours, text, is_news = CASES[name]
    entry = Entry(key=EntryKey("role-1"), at=AT, created=AT, text=ours, kind=ROLE_CHANGE)
    listed = (theirs(text),)
    assert left_of(entry, listed, (*PEOPLE, STRANGE, BLANK)) == (listed if is_news else ())


@pytest.mark.parametrize(("after", "is_news"), [(NEAR, False), (NEAR * 2, True)])
def test_what_happened_later_is_another_change(after: timedelta, is_news: bool) -> None:
    """Both are near each other in time."""
    entry = Entry(key=EntryKey("role-1"), at=AT, created=AT, text=BO_TOOK_OVER, kind=ROLE_CHANGE)
    listed = (theirs("Incident Commander: Ana → Bo", after=after),)
    assert left_of(entry, listed, PEOPLE) == (listed if is_news else ())
