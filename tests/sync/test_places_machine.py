"""Random stories of Datadog, one or two issues and a room, and of the records between them."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from itertools import count

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from dd_incident_roles.errors import UsageError
from dd_incident_roles.issues.tracker import Comment
from dd_incident_roles.model import EntryKey, PersonKey
from dd_incident_roles.sync.entries.identity import without_tag
from dd_incident_roles.sync.registers import Authority
from dd_incident_roles.sync.targets import RemoteEntry
from tests.machines import in_postgresql, machine_settings
from tests.sync.entries.timeline_bench import MemoryTimeline
from tests.sync.machine import RecordsMachine, faults, which
from tests.sync.memory_target import INCIDENT, Fault, Killed
from tests.sync.memory_tracker import BOT, NAMES, Flavour, MemoryTracker, account_of
from tests.sync.places_bench import PlacesDesk, PlacesWorld
from tests.sync.shared_bench import MANAGER, SharedTarget

TOKEN = re.compile(r"\bt\d+\b")
SYSTEM = re.compile(r"\bs\d+\b")
_FLAVOURS: tuple[Flavour, ...] = ("github", "gitlab", "jira")
people = st.sampled_from([PersonKey(f"{name}@corp.example") for name in NAMES])
shapes = st.sampled_from(["{}", "{} \r\nand more  ", "/close {}", "@here {}", "{}\n /assign @bo"])
assignees = st.sampled_from([(), ("ana",), ("bo",), ("carol",), ("mallory",), ("ana", "bo")])


def tokens(texts: list[str]) -> Counter[str]:
    """The authored words in some texts; every text that anybody writes has one of its own."""
    return Counter(token for text in texts for token in TOKEN.findall(text))


def key_of(tracker: MemoryTracker, comment: Comment) -> str:
    """The key of the entry that a comment is, or is a copy of."""
    return without_tag(comment.text).key or comment.key or f"{tracker.key_prefix}:{comment.id}"


class PlacesMachine(RecordsMachine[PlacesDesk]):
    """People write, edit and assign everywhere, while runs fail in every known way.

    ``must`` are the words that have to be everywhere in the end, ``gone`` those that somebody
    deleted or replaced. Of those that are ``unsure`` a record was lost that knew more, and
    those that were ``heard`` of in one place alone a second record may bring back from another.
    """

    rounds = 5

    @initialize(
        flavours=st.lists(st.sampled_from(_FLAVOURS), min_size=1, max_size=2, unique=True),
        authority=st.sampled_from(Authority),
        records=st.integers(0, 2),
    )
    def begin(self, flavours: list[Flavour], authority: Authority, records: int) -> None:
        place = self.begin_in()
        # Where Datadog names no authors, only the record that wrote an entry knows it for ours.
        self.is_alone = records == 0
        self.notes = MemoryTimeline(ours=None if self.is_alone else True)
        self.trackers = [
            MemoryTracker(name=each, flavour=each, tick=self.notes.tick) for each in flavours
        ]
        self.world = PlacesWorld(
            target=SharedTarget(notes=self.notes), trackers=self.trackers, authority=authority
        )
        self.desks = [
            PlacesDesk(place / f"desk-{each}", self.world) for each in range(records or 1)
        ]
        self.words = count()
        self.must: set[str] = set()
        self.gone: set[str] = set()
        self.unsure: set[str] = set()
        self.heard: set[str] = set()

    def tracker(self, number: int) -> MemoryTracker:
        return self.trackers[number % len(self.trackers)]

    def new_text(self, shape: str = "{}") -> str:
        word = f"t{next(self.words)}"
        self.must.add(word)
        return shape.format(word)

    def leave_copies(self, key: str) -> None:
        """What was edited in copies before their origin went, while no record knew of both."""
        states = [desk.record.state(INCIDENT.id, "datadog").timeline for desk in self.desks]
        if self.is_orphan(key) and not all(key in {e.key for e in s.links} for s in states):
            copies = [
                *(each.text for each in self.notes.cells.values() if each.tagged == key),
                *(
                    each.text
                    for tracker in self.trackers
                    for each in self.comments(tracker)
                    if key_of(tracker, each) == key
                ),
            ]
            self.must -= set(tokens(copies))
            self.unsure |= set(tokens(copies))

    def edited(self, key: str) -> str:
        """A new text for an entry; of an orphan nobody brings it back to where that was born."""
        text = self.new_text()
        if self.is_orphan(key):
            self.must.discard(text)
            self.unsure.add(text)
        return text

    def comments(self, tracker: MemoryTracker) -> list[Comment]:
        return [each for each in tracker.notes.values() if not each.is_system]

    def replaced(self, text: str, *, at: str | None, key: str) -> None:
        """Somebody took a text away, unless another entry has it, such as a correction."""
        theirs = [
            (cell.id, cell.text) for cell in self.notes.cells.values() if cell.ours is False
        ] + [
            (f"{tracker.name} {each.id}", each.text)
            for tracker in self.trackers
            for each in self.comments(tracker)
            if each.author != BOT
        ]
        stands = tokens([said for place, said in theirs if place != at])
        kept = tokens([each.text for desk in self.desks for each in desk.live if each.key != key])
        for word in TOKEN.findall(text):
            if word not in stands:
                self.must.discard(word)
                if word not in kept:
                    self.gone.add(word)
                if not self.is_known_to_all(word, at=at, key=key):
                    self.heard.add(word)

    def is_known_to_all(self, word: str, *, at: str | None, key: str) -> bool:
        """Whether every record saw this text in the place where somebody touches it."""
        target = at.partition(" ")[0] if at and " " in at else "datadog"
        states = [desk.record.state(INCIDENT.id, target).timeline for desk in self.desks]
        linked = all(key in {link.key for link in state.links} for state in states)
        read = all(word in tokens([each.text for each in state.entries]) for state in states)
        return len(self.desks) == 1 or (linked and read)

    def is_orphan(self, key: str) -> bool:
        """Whether an entry was deleted where it was born, so that only copies of it are left."""
        born = {f"dd:{each}" for each in self.notes.cells}
        born |= {f"{each.key_prefix}:{name}" for each in self.trackers for name in each.notes}
        return ":" in key and key not in born

    def is_doubtful(self, target: str, key: EntryKey | None) -> bool:
        """Whether a touch would make a doubt that nobody could ever resolve."""
        states = [desk.record.state(INCIDENT.id, target).timeline for desk in self.desks]
        return any(intent.key == key for state in states for intent in state.intents)

    def cell(self, number: int) -> RemoteEntry | None:
        cells = [
            each
            for each in self.notes.cells.values()
            if TOKEN.search(each.text) and not self.is_doubtful("datadog", each.tagged)
        ]
        return cells[number % len(cells)] if cells else None

    def comment_in(self, tracker: MemoryTracker, number: int) -> Comment | None:
        found = [
            each
            for each in self.comments(tracker)
            if not self.is_doubtful(tracker.name, without_tag(each.text).key or each.key)
        ]
        return found[number % len(found)] if found else None

    @rule(on=which, shape=shapes)
    def add(self, on: int, shape: str) -> None:
        """Somebody types ``timeline add``."""
        text = self.new_text(shape)
        self.desk(on).add(f"key-{next(self.words)}", text)

    @rule(on=which, number=which)
    def edit(self, on: int, number: int) -> None:
        """Somebody types ``timeline edit``."""
        live = [each for each in self.desk(on).live if TOKEN.search(each.text)]
        if live:
            entry = live[number % len(live)]
            self.replaced(entry.text, at=None, key=entry.key)
            self.desk(on).edit(entry, self.edited(entry.key))

    @rule(on=which, number=which)
    def delete(self, on: int, number: int) -> None:
        """Somebody types ``timeline delete`` of an entry of ours."""
        live = [each for each in self.desk(on).live if each.origin == "cli" and each.kind == "note"]
        if live:
            entry = live[number % len(live)]
            self.replaced(entry.text, at=None, key=entry.key)
            self.desk(on).delete(entry)

    @rule(shape=shapes)
    def write_in_datadog(self, shape: str) -> None:
        self.notes.write_note(self.new_text(shape))

    @rule()
    def datadog_notes_something(self) -> None:
        self.notes.write_note(f"s{next(self.words)}", kind="status_change", ours=None)

    @rule(number=which)
    def edit_in_datadog(self, number: int) -> None:
        if cell := self.cell(number):
            key = cell.tagged or f"dd:{cell.id}"
            self.replaced(cell.text, at=cell.id, key=key)
            self.notes.edit(cell.id, self.edited(key))

    @rule(number=which)
    def delete_in_datadog(self, number: int) -> None:
        if cell := self.cell(number):
            key = cell.tagged or f"dd:{cell.id}"
            self.replaced(cell.text, at=cell.id, key=key)
            del self.notes.cells[cell.id]
            self.leave_copies(key)

    @rule(at=which, shape=shapes)
    def comment(self, at: int, shape: str) -> None:
        self.tracker(at).comment(self.new_text(shape.replace("/", "")))

    @rule(at=which, number=which)
    def edit_comment(self, at: int, number: int) -> None:
        tracker = self.tracker(at)
        if found := self.comment_in(tracker, number):
            key = key_of(tracker, found)
            self.replaced(found.text, at=f"{tracker.name} {found.id}", key=key)
            tracker.edit(found.id, self.edited(key))

    @rule(at=which, number=which)
    def delete_comment(self, at: int, number: int) -> None:
        tracker = self.tracker(at)
        if found := self.comment_in(tracker, number):
            key = key_of(tracker, found)
            self.replaced(found.text, at=f"{tracker.name} {found.id}", key=key)
            tracker.delete(found.id)
            self.leave_copies(key)

    @rule(at=which, names=assignees)
    def give_issue(self, at: int, names: tuple[str, ...]) -> None:
        self.tracker(at).give(*names)

    @rule(person=st.none() | people)
    def choose_in_datadog(self, person: PersonKey | None) -> None:
        self.world.target.roles.choose(MANAGER, person)

    @rule(on=which, person=people, looks=st.booleans())
    def assign(self, on: int, person: PersonKey, looks: bool) -> None:
        with suppress(UsageError):
            self.desk(on).assign(MANAGER, person, None, by=person, looks=looks)

    @rule(by=st.sampled_from(["U-EVE", "U-OTHER"]))
    def set_topic(self, by: str) -> None:
        self.world.chat.put("All quiet", by=by)

    @rule(on=which, faults=faults, commits=st.none() | st.integers(0, 20), down=which)
    def bad_sync(self, on: int, faults: list[Fault | None], commits: int | None, down: int) -> None:
        """A run whose writes fail or land unheard, or that is killed; a tracker may be down."""
        self.disturb(faults)
        for number, tracker in enumerate(self.trackers):
            tracker.is_down = number == down
        with suppress(Killed):
            self.desk(on).sync(commits)
        self.disturb([])
        for tracker in self.trackers:
            tracker.is_down = False

    def disturb(self, faults: list[Fault | None]) -> None:
        self.notes.faults = list(faults)
        self.world.target.roles.faults = list(faults)
        self.world.chat.faults = list(faults)
        for tracker in self.trackers:
            tracker.faults = list(faults)

    @precondition(lambda self: not self.is_alone)
    @rule(on=which)
    def lose(self, on: int) -> None:
        """A disk is gone, and with it what was never sent."""
        self.desk(on).lose()
        visible = tokens(
            [
                *(cell.text for cell in self.notes.cells.values()),
                *(each.text for tracker in self.trackers for each in self.comments(tracker)),
                *(entry.text for desk in self.desks for entry in desk.live),
            ]
        )
        self.must &= set(visible)
        # Which of two places is newer nobody can tell afterwards.
        self.unsure |= set(visible)

    def time_passes(self) -> None:
        self.world.wait()

    def written(self) -> int:
        return self.world.written

    def check_agreement(self) -> None:
        self.check_words()
        self.check_managers()

    def check_words(self) -> None:
        shown = {"datadog": [cell.text for cell in self.notes.cells.values()]}
        for number, desk in enumerate(self.desks):
            shown[f"record {number}"] = [entry.text for entry in desk.live]
        for tracker in self.trackers:
            shown[tracker.name] = [each.text for each in self.comments(tracker)]
            assert not tracker.acted, f"carried out: {tracker.acted}"
            assert not any(map(SYSTEM.search, shown[tracker.name])), "a word of a system"
            keys = [without_tag(text).key or "" for text in shown[tracker.name]]
            assert not any(key.startswith(("role-", "handoff-")) for key in keys)
        for place, texts in shown.items():
            words = tokens(texts)
            assert not self.must - set(words), f"not in {place}: {self.must - set(words)}"
            back = (self.gone - self.unsure - self.heard) & set(words)
            assert not back, f"back in {place}: {back}"
            assert all(number == 1 for number in words.values()), f"in {place}: {words}"
            # What was deleted where it was born, while no record saw it, may stand elsewhere.
            assert words.keys() - self.unsure == tokens(shown["datadog"]).keys() - self.unsure, (
                f"{place} differs from Datadog: {words} {tokens(shown['datadog'])}"
            )

    def check_managers(self) -> None:
        held = {desk.manager() for desk in self.desks}
        assert held - {None} == self.world.target.roles.roles[MANAGER], "who is in command"
        [manager] = held
        if self.world.authority is not Authority.FOLLOW or manager is None:
            return
        right = account_of(manager.partition("@")[0])
        for tracker in self.trackers:
            known = all(each.login.removesuffix("-login") in NAMES for each in tracker.assignees)
            if known and len(tracker.assignees) <= 1:
                assert tracker.assignees == (right,), "the assignee is not in command"


TestPlacesMachine = PlacesMachine.TestCase
TestPlacesMachine.settings = machine_settings(steps=15)
TestPlacesMachineInPostgresql = in_postgresql(PlacesMachine, steps=15)
