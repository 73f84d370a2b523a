"""Two and three targets on one record: each harm of a second target that was seen, and is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dd_incident_roles.model import PersonKey
from dd_incident_roles.roles.handoffs import open_handoff
from dd_incident_roles.sync.registers import Authority
from tests.sync.bench import CATALOGUE
from tests.sync.entries.timeline_bench import MemoryTimeline
from tests.sync.memory_target import Fault
from tests.sync.memory_tracker import Flavour, MemoryTracker
from tests.sync.places_bench import PlacesDesk, PlacesWorld
from tests.sync.shared_bench import MANAGER, Desk, SharedTarget

ANA, BO = PersonKey("ana@corp.example"), PersonKey("bo@corp.example")


@pytest.fixture
def world() -> PlacesWorld:
    """Datadog with Ana in command, an issue in GitHub and one in GitLab, which shows no wish."""
    notes = MemoryTimeline()
    flavours: tuple[Flavour, ...] = ("github", "gitlab")
    made = [MemoryTracker(name=each, flavour=each, tick=notes.tick) for each in flavours]
    world = PlacesWorld(target=SharedTarget(notes=notes), trackers=made)
    world.target.roles.choose(MANAGER, ANA)
    return world


@pytest.fixture
def desk(world: PlacesWorld, tmp_path: Path, home: None) -> Iterator[PlacesDesk]:
    desk = PlacesDesk(tmp_path / "desk", world)
    yield desk
    desk.record.close()


def settle(desk: PlacesDesk) -> None:
    """Run until everything was seen twice, and then see that nothing is written any more."""
    for _ in range(4):
        desk.sync()
        desk.world.wait()
    world, before = desk.places_world, desk.places_world.written
    desk.sync()
    assert world.written == before


def assigned(world: PlacesWorld) -> list[list[str]]:
    return [[each.id for each in tracker.assignees] for tracker in world.trackers]


def test_who_was_assigned_before_takes_no_command(world: PlacesWorld, desk: PlacesDesk) -> None:
    """An issue that is assigned to Bo when it is linked makes nobody the commander."""
    world.trackers[0].give("bo")
    settle(desk)
    assert world.target.roles.roles[MANAGER] == {ANA}
    assert desk.manager() == ANA
    assert assigned(world) == [["ana-id"], ["ana-id"]]


def test_who_was_assigned_before_is_not_asked(world: PlacesWorld, desk: PlacesDesk) -> None:
    """Nor where nobody is in command: what was shown before the link is no wish."""
    world.target.roles.choose(MANAGER, None)
    world.trackers[0].give("bo")
    settle(desk)
    assert world.target.roles.roles[MANAGER] == set()
    assert assigned(world) == [["bo-id"], []]


def test_whoever_is_unassigned_stays_so(world: PlacesWorld, desk: PlacesDesk) -> None:
    """Where an assignee counts like a command, Datadog does not bring back who was unassigned."""
    settle(desk)
    world.trackers[0].give()
    settle(desk)
    assert desk.manager() is None
    assert world.target.roles.roles[MANAGER] == set()
    assert assigned(world) == [[], []]


def test_whoever_is_assigned_takes_over(world: PlacesWorld, desk: PlacesDesk) -> None:
    """Where an assignee counts like a command, everybody else shows the new one."""
    settle(desk)
    world.trackers[1].give("bo")
    settle(desk)
    assert world.target.roles.roles[MANAGER] == {BO}
    assert assigned(world) == [["bo-id"], ["bo-id"]]


@pytest.mark.parametrize("authority", [Authority.PROPOSE, Authority.MIRROR])
@pytest.mark.parametrize("names", [(), ("bo",)])
def test_an_assignee_that_does_not_count(
    world: PlacesWorld, desk: PlacesDesk, authority: Authority, names: tuple[str, ...]
) -> None:
    """Nobody fights over it: the issue keeps what people chose, and the record its manager."""
    world.authority = authority
    settle(desk)
    world.trackers[0].give(*names)
    settle(desk)
    assert desk.manager() == ANA
    assert world.target.roles.roles[MANAGER] == {ANA}
    assert assigned(world) == [[f"{name}-id" for name in names], ["ana-id"]]
    [shown, *_] = desk.seen[0].result.role_states
    assert shown.state == "conflict"
    asked = open_handoff(desk.state.handoffs, CATALOGUE.role(MANAGER), None)
    is_asked = authority is Authority.PROPOSE and bool(names)
    assert (asked.receiver if asked else None) == (BO if is_asked else None)


def test_what_datadog_noted_itself_becomes_no_comment(world: PlacesWorld, desk: PlacesDesk) -> None:
    """Nor do our own entries about roles; a note of a person does, once in each issue."""
    world.target.notes.write_note("status set to active", kind="status_change")
    world.target.notes.write_note("Eve looks at the database")
    desk.assign(MANAGER, BO, None, by=ANA, looks=True)
    settle(desk)
    for tracker in world.trackers:
        words = [each.text for each in tracker.notes.values() if not each.is_system]
        assert len(words) == 1
        assert words[0].startswith("Eve looks at the database")


def test_equal_ids_are_two_entries(world: PlacesWorld, desk: PlacesDesk) -> None:
    """The first comment of two trackers has the same number, and each stays what it is."""
    first, second = (tracker.comment(f"said in {tracker.name}") for tracker in world.trackers)
    assert first.id == second.id
    world.target.notes.cells[first.id] = world.target.notes.write_note("said in datadog")
    settle(desk)
    said = ["said in datadog", "said in github", "said in gitlab"]
    assert sorted(each.text for each in desk.live if each.kind == "note") == said
    for tracker in world.trackers:
        shown = (each.text for each in tracker.notes.values() if not each.is_system)
        assert sorted(text.partition("\n")[0] for text in shown) == said


def test_a_deletion_here_reaches_every_place(world: PlacesWorld, desk: PlacesDesk) -> None:
    """What is gone from Datadog is deleted elsewhere too, and comes back from nowhere."""
    desk.add("key-1", "a slip")
    settle(desk)
    [entry] = [each for each in desk.live if each.key == "key-1"]
    desk.delete(entry)
    settle(desk)
    assert [each for each in desk.live if each.key == "key-1"] == []
    assert not [each for each in world.target.notes.cells.values() if each.tagged == "key-1"]
    for tracker in world.trackers:
        assert not [each for each in tracker.notes.values() if not each.is_system]


def test_what_was_edited_before_it_was_deleted_comes_back_from_no_place(
    world: PlacesWorld, desk: PlacesDesk, other: PlacesDesk
) -> None:
    """Another record wrote the last text into every issue, which this one has not looked at."""
    world.target.notes.ours = True
    desk.add("key-1", "before")
    rest(desk, other)
    [entry] = [each for each in other.live if each.key == "key-1"]
    other.edit(entry, "after")
    other.sync()
    Desk.sync(desk)
    [entry] = [each for each in desk.live if each.text == "after"]
    desk.delete(entry)
    rest(desk, other)
    assert said_in(world, "after") == [0, 0, 0]


@pytest.mark.parametrize("number", [0, 1])
def test_a_deletion_in_one_tracker_reaches_every_place(
    world: PlacesWorld, desk: PlacesDesk, number: int
) -> None:
    """Somebody deletes their comment; the copies of it that we wrote elsewhere go too."""
    said = world.trackers[number].comment("a slip")
    settle(desk)
    assert len(world.target.notes.cells) == 1
    world.trackers[number].delete(said.id)
    settle(desk)
    assert desk.live == []
    assert world.target.notes.cells == {}
    for tracker in world.trackers:
        assert not [each for each in tracker.notes.values() if not each.is_system]


def words_in(tracker: MemoryTracker) -> list[str]:
    """The first lines of the comments that people read as such."""
    said = (each for each in tracker.notes.values() if not each.is_system)
    return sorted(each.text.partition("\n")[0] for each in said)


@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.LOST_BEFORE, Fault.NOT_SENT])
def test_an_edit_without_an_answer_is_nobody_elses(
    world: PlacesWorld, desk: PlacesDesk, fault: Fault
) -> None:
    """A comment shows when it was written, not when it happened: that tells no edit from ours."""
    desk.add("key-1", "before")
    settle(desk)
    [entry] = [each for each in desk.live if each.key == "key-1"]
    desk.edit(entry, "after")
    for tracker in world.trackers:
        tracker.faults = [fault]
    settle(desk)
    assert [each.text for each in desk.live if each.kind == "note"] == ["after"]
    assert [words_in(tracker) for tracker in world.trackers] == [["after"]] * 2


def test_what_failed_before_the_place_went_away_is_said_too(
    world: PlacesWorld, desk: PlacesDesk
) -> None:
    """The record changes in the middle of a write that fails, and the new look finds nobody."""
    desk.add("key-1", "one")
    tracker = world.trackers[0]
    tracker.faults = [Fault.NOT_SENT]

    def meanwhile(_write: str) -> None:
        desk.add("key-2", "two")
        tracker.is_down = True

    tracker.before_write = meanwhile
    desk.sync()
    said = [str(each.error) for each in desk.seen[0].result.failures]
    assert said == ["refused", "no answer"]


def test_a_copy_that_was_edited_while_no_record_was_there(
    world: PlacesWorld, desk: PlacesDesk
) -> None:
    """Eve's own note stays hers, and what was written into our copy of it becomes a new one."""
    world.target.notes.write_note("hers")
    settle(desk)
    first, second = world.trackers
    desk.lose()
    first.edit(next(iter(first.notes)), "his")
    settle(desk)
    said = ["Correction to the entry of eve@corp.example: his", "hers"]
    assert sorted(each.text for each in world.target.notes.cells.values()) == said
    assert words_in(first) == words_in(second) == said


def test_two_records_do_not_carry_two_texts_to_and_fro(
    world: PlacesWorld, desk: PlacesDesk, other: PlacesDesk
) -> None:
    """Copies of a note that is gone from Datadog were edited, each in another issue."""
    world.target.notes.ours = True
    note = world.target.notes.write_note("hers", ours=False)
    rest(desk)
    first, second = world.trackers
    del world.target.notes.cells[note.id]
    desk.lose()
    first.edit(next(iter(first.notes)), "his")
    desk.sync()
    [copy] = [each for each in second.notes.values() if "his" in each.text]
    second.edit(copy.id, "mine")
    rest(desk, other)
    before = world.written
    rest(desk, other)
    assert world.written == before


def test_an_edit_of_what_is_missing_in_datadog_comes_back_once(
    world: PlacesWorld, desk: PlacesDesk, other: PlacesDesk
) -> None:
    """A second record brings it back first, and knows another time of it."""
    world.target.notes.ours = True
    desk.add("key-1", "Paged the DBA")
    rest(desk)
    world.target.notes.cells.clear()
    first, _ = world.trackers
    first.edit(next(iter(first.notes)), "Called the DBA")
    desk.sync()
    other.sync()
    rest(desk, other)
    assert said_in(world, "Called") == [1, 1, 1]


def test_an_edit_of_a_copy_is_one_correction_for_all_records(
    world: PlacesWorld, desk: PlacesDesk, other: PlacesDesk
) -> None:
    """Also where one of them knew the note before, and the other meets both texts at once."""
    world.target.notes.write_note("hers")
    rest(desk)
    first, _ = world.trackers
    first.edit(next(iter(first.notes)), "his")
    desk.sync()
    other.sync()
    rest(desk, other)
    assert said_in(world, "hers") == said_in(world, "his") == [1, 1, 1]


@pytest.fixture
def other(world: PlacesWorld, tmp_path: Path, home: None) -> Iterator[PlacesDesk]:
    """Another person's machine, which has not looked at the incident yet."""
    other = PlacesDesk(tmp_path / "other", world)
    yield other
    other.record.close()


def rest(*desks: PlacesDesk) -> None:
    for _ in range(5):
        for desk in desks:
            desk.sync()
        desks[0].world.wait()


def said_in(world: PlacesWorld, word: str) -> list[int]:
    """How many entries of Datadog and comments of each tracker hold a word."""
    texts = [[cell.text for cell in world.target.notes.cells.values()]]
    texts += [[each.text for each in tracker.notes.values()] for tracker in world.trackers]
    return [sum(word in text for text in place) for place in texts]


def test_what_was_deleted_in_datadog_is_not_brought_back_from_an_issue(
    world: PlacesWorld, desk: PlacesDesk, other: PlacesDesk
) -> None:
    """A record that heard of an entry from its copy alone leaves it to those who saw it go."""
    notes = world.target.notes
    notes.write_note("the key is hunter2")
    rest(desk)
    [cell] = [each for each in notes.cells.values() if "hunter2" in each.text]
    del notes.cells[cell.id]
    other.sync()
    assert said_in(world, "hunter2") == [0, 1, 1]
    rest(desk, other)
    assert said_in(world, "hunter2") == [0, 0, 0]


def test_what_was_deleted_in_datadog_is_not_carried_to_an_issue_meanwhile(
    world: PlacesWorld, desk: PlacesDesk
) -> None:
    """One listing without it is no proof, and nobody brings it elsewhere before the second."""
    world.trackers[0].is_down = True
    desk.add("key-1", "the key is hunter2")
    desk.sync()
    world.target.notes.cells.clear()
    world.trackers[0].is_down = False
    desk.sync()
    assert said_in(world, "hunter2") == [0, 0, 1]
    rest(desk)
    assert said_in(world, "hunter2") == [0, 0, 0]


def test_an_entry_that_was_heard_from_an_issue_first_stands_once(
    world: PlacesWorld, desk: PlacesDesk, other: PlacesDesk
) -> None:
    """An issue keeps no times: the record that knows when it happened says so to all."""
    rest(desk, other)
    desk.add("key-1", "Paged the DBA")
    world.target.notes.faults = [Fault.NOT_SENT]
    desk.sync()
    world.target.notes.faults = []
    assert said_in(world, "Paged") == [0, 1, 1]
    other.sync()
    assert said_in(world, "Paged") == [1, 1, 1]
    rest(desk, other)
    assert said_in(world, "Paged") == [1, 1, 1]
    [mine] = [each for each in desk.live if "Paged" in each.text]
    [theirs] = [each for each in other.live if "Paged" in each.text]
    assert (mine.at, mine.key) == (theirs.at, theirs.key)


def test_a_comment_that_was_edited_while_the_record_was_lost_stands_beside(
    world: PlacesWorld, desk: PlacesDesk
) -> None:
    """The texts that Datadog and the other issue have keep their place, and the edit is kept."""
    world.target.notes.ours = True
    desk.add("key-1", "Paged the DBA")
    rest(desk)
    desk.lose()
    [comment] = [each for each in world.trackers[0].notes.values() if "Paged" in each.text]
    world.trackers[0].edit(comment.id, "Called the DBA")
    rest(desk)
    assert said_in(world, "Paged") == [1, 1, 1]
    assert said_in(world, "Called") == [1, 1, 1]


def test_what_was_taken_for_a_strangers_is_known_again_from_an_issue(
    world: PlacesWorld, desk: PlacesDesk, other: PlacesDesk
) -> None:
    """Where Datadog names no authors, a record learns from the issue whose entry it took in."""
    rest(desk, other)
    desk.add("key-1", "Paged the DBA")
    for tracker in world.trackers:
        tracker.is_down = True
    desk.sync()
    other.sync()
    for tracker in world.trackers:
        tracker.is_down = False
    rest(desk, other)
    assert said_in(world, "Paged") == [1, 1, 1]
    for each in (desk, other):
        assert [entry.key for entry in each.live if "Paged" in entry.text] == ["key-1"]
    settle(other)
    [result] = other.sync().incidents
    assert result.notices == ()


def test_a_second_copy_goes_although_its_record_is_lost(
    world: PlacesWorld, desk: PlacesDesk, other: PlacesDesk
) -> None:
    """Two records carry a note to an issue at the same moment, and one of them begins anew."""
    world.target.notes.ours = True
    rest(desk, other)
    world.target.notes.write_note("Paged the DBA", ours=False)
    world.trackers[0].before_write = lambda _text: other.sync()
    # No news from a second place has the run look at the first once more.
    world.trackers[1].is_down = True
    desk.sync()
    assert said_in(world, "Paged") == [1, 2, 0]
    world.trackers[1].is_down = False
    desk.lose()
    rest(desk, other)
    assert said_in(world, "Paged") == [1, 1, 1]


def edit_in_datadog(world: PlacesWorld, before: str, after: str) -> None:
    notes = world.target.notes
    [cell] = [each for each in notes.cells.values() if before in each.text]
    notes.edit(cell.id, after)


def test_a_copy_that_is_behind_brings_no_old_text_back(
    world: PlacesWorld, desk: PlacesDesk, other: PlacesDesk
) -> None:
    """What a record of ours wrote, and nobody touched since, is no wish of anybody."""
    world.target.notes.ours = True
    rest(desk)
    desk.add("key-1", "first")
    desk.sync()
    edit_in_datadog(world, "first", "second")
    other.sync()
    assert said_in(world, "second") == [1, 1, 1]
    edit_in_datadog(world, "second", "third")
    rest(desk, other)
    for gone in ("first", "second"):
        assert said_in(world, gone) == [0, 0, 0]
    assert said_in(world, "third") == [1, 1, 1]
    world.trackers[0].edit(next(iter(world.trackers[0].notes)), "fourth")
    rest(desk, other)
    assert said_in(world, "fourth") == [1, 1, 1]
    assert said_in(world, "third") == [0, 0, 0]
