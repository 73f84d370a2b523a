"""Random stories of two timelines, with faults, crashes and old listings, over the real engine."""

from __future__ import annotations

import re
from collections import Counter
from itertools import count
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import rule

from dd_incident_roles.model import Entry
from dd_incident_roles.sync.targets import DeleteEntry, RemoteChange, RemoteEntry, UpdateEntry
from tests.machines import in_postgresql, machine_settings
from tests.sync.entries.timeline_bench import TimelineBench
from tests.sync.machine import SyncMachine

TOKEN = re.compile(r"t\d+")
which = st.integers(0, 5)


def tokens(texts: list[str]) -> Counter[str]:
    """The authored words in some texts; every text that anybody writes has one of its own."""
    return Counter(token for text in texts for token in TOKEN.findall(text))


class EntryMachine(SyncMachine[TimelineBench]):
    """People write on both sides while runs fail in every known way.

    ``must`` are the words that have to be on both sides in the end, ``gone`` those that somebody
    deleted or replaced.
    """

    def make(self, folder: Path) -> TimelineBench:
        self.words = count()
        self.must: set[str] = set()
        self.gone: set[str] = set()
        return TimelineBench.at_rest(folder)

    def new_word(self) -> str:
        word = f"t{next(self.words)}"
        self.must.add(word)
        return word

    def replaced(self, text: str) -> None:
        for word in TOKEN.findall(text):
            self.must.discard(word)
            self.gone.add(word)

    def is_theirs(self, entry: Entry) -> bool:
        """Whether this very text is somebody else's in Datadog, where we cannot replace it."""
        links = self.bench.noted.links
        cells = self.bench.target.cells
        return any(
            link.key == entry.key
            and not link.ours
            and link.remote_id in cells
            and cells[link.remote_id].text == entry.text
            for link in links
        )

    def local(self, number: int) -> Entry | None:
        live = self.bench.live
        return live[number % len(live)] if live else None

    def remote(self, number: int) -> RemoteEntry | None:
        """A cell that people can touch without making a doubt that nobody could ever resolve."""
        state = self.bench.noted
        linked = {link.remote_id: link.key for link in state.links}
        doubtful = {intent.key for intent in state.intents}
        cells = [
            cell
            for cell in self.bench.target.cells.values()
            if linked.get(cell.id, cell.tagged) not in doubtful
        ]
        return cells[number % len(cells)] if cells else None

    @rule()
    def add(self) -> None:
        """Somebody types ``timeline add``."""
        word = self.new_word()
        self.bench.add(f"key-{word}", word)

    @rule(number=which)
    def edit(self, number: int) -> None:
        """Somebody types ``timeline edit``; the text of somebody else's entry stands."""
        entry = self.local(number)
        if entry:
            if not self.is_theirs(entry):
                self.replaced(entry.text)
            self.bench.edit(entry.key, self.new_word())

    @rule(number=which)
    def delete(self, number: int) -> None:
        """Somebody types ``timeline delete`` of an entry of ours."""
        entry = self.local(number)
        if entry and entry.origin == "cli":
            self.replaced(entry.text)
            self.bench.delete(entry.key)

    @rule()
    def write_in_datadog(self) -> None:
        """Somebody writes a note in Datadog."""
        self.bench.target.write_note(self.new_word())

    @rule(number=which)
    def edit_in_datadog(self, number: int) -> None:
        """Somebody edits a note in Datadog."""
        cell = self.remote(number)
        if cell:
            self.replaced(cell.text)
            self.bench.target.edit(cell.id, self.new_word())

    @rule(number=which)
    def delete_in_datadog(self, number: int) -> None:
        """Somebody deletes a note in Datadog."""
        cell = self.remote(number)
        if cell:
            self.replaced(cell.text)
            del self.bench.target.cells[cell.id]

    @rule()
    def sync_while_datadog_is_edited(self) -> None:
        """A human edits the very note that the run is about to change."""

        def act(change: RemoteChange) -> None:
            if isinstance(change, UpdateEntry | DeleteEntry):
                cell = self.bench.target.cells.get(change.remote_id)
                if cell:
                    self.replaced(cell.text)
                    self.bench.target.edit(cell.id, self.new_word())

        self.bench.target.before_write = act
        self.bench.sync()
        self.bench.target.before_write = None

    @rule(number=which)
    def sync_while_the_record_is_edited(self, number: int) -> None:
        """Somebody types ``timeline edit`` between the plan and its first commit."""
        self.bench.sync(before_commit=lambda: self.edit(number))

    def check_agreement(self) -> None:
        here = tokens([entry.text for entry in self.bench.live])
        there = tokens([cell.text for cell in self.bench.target.cells.values()])
        assert here == there, f"the sides differ: {here - there} here, {there - here} there"
        assert not self.must - set(there), f"lost: {self.must - set(there)}"
        assert not self.gone & set(there), f"came back: {self.gone & set(there)}"
        assert all(number == 1 for number in there.values()), f"more than once: {there}"


TestEntryMachine = EntryMachine.TestCase
TestEntryMachine.settings = machine_settings(steps=18)
TestEntryMachineInPostgresql = in_postgresql(EntryMachine, steps=18)
