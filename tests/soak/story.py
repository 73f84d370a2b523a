"""What everybody does at random, and what has to be there in the end."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count, pairwise

from dd_incident_roles.issues.texts import incoming
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.resources.timeline import Cell
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import Moves
from dd_incident_roles.sync.entries.identity import without_tag
from tests.endtoend.agreement import INCIDENT_MANAGER, SCRIBE
from tests.endtoend.trackers import CHANNEL, KNOWN, IssueDesk, Linked, Written, topic
from tests.learned import trust
from tests.product import Clock

INCIDENT = 1001
WORD = re.compile(r"\bword\d+\b")
CORRECTION = "Correction to the entry of"
SHAPES = ("{}", "{} \r\nand more  ", "@here {}", "> {}", "**{}**")
SYNC = ("sync", "--allow-deletes", "1000", "--allow-creates", "1000")
USAGE = 2
DELETIONS = 0.4
"""How many of the changes to a text are its end."""
QUIET = range(1003, 1007)
"""Incidents beside it. Some incident is read in every run, so that one alone always is."""
ROUNDS = 8
"""After so many runs of every record all has come to rest, whatever was before."""
HANGS = (FaultKind.HANG_BEFORE, FaultKind.HANG_AFTER)
FAULTS = (
    *HANGS,
    *(FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER),
    *(FaultKind.STATUS_BEFORE, FaultKind.STATUS_AFTER, FaultKind.RATE_LIMIT),
)


def words(*texts: str) -> Counter[str]:
    """The words of people in some texts."""
    return Counter(word for text in texts for word in WORD.findall(text))


@dataclass
class Soak:
    """Everybody who writes, and what has to be there in the end.

    ``must`` are the words that have to be everywhere, and ``gone`` those that somebody deleted or
    replaced. Of those that are ``unsure`` a record was lost that knew more.
    """

    desks: tuple[Linked, ...]
    clock: Clock
    random: random.Random
    authority: str
    is_unreliable: bool
    """Whether ``modified`` moves now with these changes, and now with those."""
    runs: int = 0
    unread: int = 0
    """How many of the runs that nothing disturbed did not read the incident whole."""
    numbers: Iterator[int] = field(default_factory=count)
    must: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    story: list[str] = field(default_factory=list)

    @property
    def issue(self) -> IssueDesk:
        """The one issue."""
        return self.desks[0].issue

    @property
    def sandbox(self) -> Sandbox:
        """The systems."""
        return self.issue.sandbox

    def tell(self, line: str) -> None:
        """Keep what happens, for whoever has to find out why."""
        self.story.append(f"{self.clock.off} {line}")

    def type(self, number: int, *typed: str, **settings: str) -> int:
        """Type a command at one of the desks, as anybody; gives its exit code."""
        me = f"{self.random.choice(KNOWN)}@corp.example"
        ran = self.desks[number].desk.sides.product.run(
            *typed, **{"DD_INCIDENT_ROLES_ME": me, **settings}
        )
        said = ran.said.strip().replace("\n", " | ")
        self.tell(f"desk {number}: {' '.join(typed)} -> {ran.exit_code} {said}")
        return ran.exit_code

    def text(self) -> str:
        """A text that nobody wrote before."""
        word = f"word{next(self.numbers)}"
        self.must.add(word)
        return self.random.choice(SHAPES).format(word)

    def cells(self) -> list[Cell]:
        """The notes in Datadog that hold words of people."""
        return [each for each in self.sandbox.cells(INCIDENT) if WORD.search(each.text)]

    def key_in(self, text: str) -> str | None:
        """The key in our tag."""
        return without_tag(incoming(self.issue.tracker, text)).key

    def is_doubtful(self, text: str) -> bool:
        """Whether nobody could tell a touch from a write of ours that is yet to be known.

        Nor from a second copy that the other record wrote at the same moment, and takes back; and
        what was changed in a copy of somebody else's entry can be noted as a correction already.
        """
        key = self.key_in(text)
        records = [texts for place, texts in self.shown().items() if "record" in place]
        corrections = [each for texts in records for each in texts if CORRECTION in each]
        if CORRECTION not in text and words(text).keys() & words(*corrections).keys():
            return True
        for shown in (self.cells(), self.comments()):
            if key and sum(self.key_in(each.text) == key for each in shown) > 1:
                return True
        doubts = set()
        for each in self.desks:
            with each.sides.product.record() as record:
                for target in ("datadog", self.issue.tracker):
                    state = record.state(each.sides.incident_id(), target)
                    doubts |= {intent.key for intent in state.timeline.intents}
        return key in doubts

    def is_sent(self, key: str) -> bool:
        """Whether every record knows the cell of an entry."""
        for each in self.desks:
            with each.sides.product.record() as record:
                state = record.state(each.sides.incident_id(), "datadog")
            if key not in {link.key for link in state.timeline.links}:
                return False
        return True

    def is_to_go(self, text: str) -> bool:
        """Whether somebody deletes what every record knows.

        One that hears of it afterwards, from its copy alone, cannot know that it was deleted.
        """
        return self.random.random() <= DELETIONS and self.is_known(*words(text))

    def is_known(self, *some: str) -> bool:
        """Whether every record has these words."""
        known = [words(*texts) for place, texts in self.shown().items() if "record" in place]
        return all(set(some) <= set(each) for each in known)

    def replace(self, text: str, *, at: str | None) -> str:
        """Somebody takes a text away, and has the same with another word; another's own stays."""
        theirs = [(each.id, each.text) for each in self.cells() if each.source == "datadog"]
        theirs += [(each.id, each.text) for each in self.comments() if each.author in KNOWN]
        stand = words(*(said for place, said in theirs if place != at))
        for word in set(WORD.findall(text)) - set(stand):
            self.must.discard(word)
            # A record that never saw it takes it for somebody's own words, and keeps both.
            (self.gone if self.is_known(word) else self.unsure).add(word)
        return WORD.sub(f"word{next(self.numbers)}", text)

    def written(self, text: str) -> str:
        """Note that a text was written."""
        self.must |= set(WORD.findall(text))
        return text

    def comments(self) -> list[Written]:
        """The comments that hold words of people."""
        return [each for each in self.issue.comments if WORD.search(each.text)]

    def write_note(self) -> None:
        text = self.text()
        self.tell(f"Eve notes in Datadog: {text!r}")
        self.sandbox.add_note(INCIDENT, "eve@corp.example", text)

    def change_note(self) -> None:
        sure = [each for each in self.cells() if not self.is_doubtful(each.text)]
        if not sure:
            return
        cell = self.random.choice(sure)
        text = self.replace(cell.text, at=cell.id)
        if self.is_to_go(cell.text):
            self.tell(f"deleted in Datadog: {cell.text!r}")
            self.sandbox.delete_note(INCIDENT, cell.id)
        else:
            self.tell(f"edited in Datadog: {cell.text!r} to {text!r}")
            self.sandbox.edit_note(INCIDENT, cell.id, self.written(text))

    def comment(self) -> None:
        text = self.text()
        self.tell(f"comment: {text!r}")
        self.issue.comment(text, by=self.random.choice(KNOWN))

    def change_comment(self) -> None:
        sure = [each for each in self.comments() if not self.is_doubtful(each.text)]
        if not sure:
            return
        found = self.random.choice(sure)
        text = self.replace(found.text, at=found.id)
        if self.is_to_go(found.text):
            self.tell(f"comment deleted: {found}")
            self.issue.delete(found.id)
        else:
            self.tell(f"comment edited: {found} to {text!r}")
            self.issue.edit(found.id, self.written(text))

    def type_note(self) -> None:
        self.type(self.random.randrange(2), "note", "1001", self.text(), *self.maybe_here())

    def change_entry(self) -> None:
        number = self.random.randrange(2)
        with self.desks[number].sides.product.record() as record:
            known = record.entries(self.desks[number].sides.incident_id())
        live = [
            each
            for each in known
            if each.origin == "cli"
            and each.deleted_at is None
            and WORD.search(each.text)
            # Both records can have made the same correction, of which one is yet to be sent.
            and (CORRECTION not in each.text or self.is_sent(each.key))
        ]
        if not live:
            return
        entry = self.random.choice(live)
        before = set(self.must), set(self.gone)
        text = self.replace(entry.text, at=None)
        typed = ["timeline", "delete", "1001", entry.key]
        if self.random.random() > DELETIONS:
            typed = ["timeline", "edit", "1001", entry.key, self.written(text)]
        there = [each.text for each in self.cells() if self.key_in(each.text) == entry.key]
        how = self.maybe_here()
        code = self.type(number, *typed, *how)
        if code == USAGE:
            # The command saw that it was deleted elsewhere.
            self.must, self.gone = before
        elif not how:
            # It reads first, and changes what it read: somebody may have edited it in Datadog.
            replaced = set(words(*there)) - set(words(typed[-1]))
            self.must -= replaced
            self.unsure |= replaced

    def maybe_here(self) -> tuple[str, ...]:
        return self.random.choice([(), ("--no-sync",)])

    def change_roles(self) -> None:
        who = self.random.choice(KNOWN)
        address = f"{who}@corp.example"
        match self.random.randrange(6):
            case 0:
                self.tell(f"the issue is assigned to {who}")
                self.issue.assign(who)
            case 1:
                self.tell("the issue is assigned to nobody")
                self.issue.assign(None)
            case 2:
                self.tell(f"commander in Datadog: {who}")
                self.sandbox.set_commander(INCIDENT, address)
            case 3:
                self.tell("the topic is changed")
                self.sandbox.slack.set_topic(CHANNEL, "All hands", "ana")
            case 4:
                self.type(
                    self.random.randrange(2),
                    *("handoff", "1001", "im", "--to", address),
                )
            case _:
                role = self.random.choice(["im", "scribe"])
                self.type(
                    self.random.randrange(2), "assign", "1001", role, address, *self.maybe_here()
                )

    def sync(self) -> None:
        self.run(self.random.randrange(2))

    def run(self, number: int) -> int:
        """One run that nothing disturbs; gives its exit code."""
        self.sandbox.forget_requests()
        code = self.type(number, *SYNC)
        asked = [each.path for each in self.sandbox.requests.entries]
        self.runs += 1
        self.unread += not any(each.endswith(self.desks[0].sides.incident_id()) for each in asked)
        return code

    def run_every_minute(self) -> None:
        """The job of each desk, as it is set up to run; only then is anything left unread."""
        for _ in range(self.random.randint(5, 12)):
            self.clock.move(minutes=1)
            for number in range(len(self.desks)):
                self.run(number)

    def change_moves(self) -> None:
        """Have ``modified`` move with other changes from now on."""
        if self.is_unreliable:
            moves = [each for each in Moves if self.random.random() < 0.5]
            lags = self.random.random() < 0.5
            self.tell(f"modified moves with {moves}; the search {'lags' if lags else 'is there'}")
            self.sandbox.switch(modified_moves_with=tuple(moves))
            self.sandbox.search_lags(lags)

    def sync_both(self) -> None:
        self.tell("both sync at once")
        both = [each.sides.product.start(*SYNC) for each in self.desks]
        for process in both:
            process.join()

    def disturb(self, *kinds: FaultKind, seconds: float | None) -> None:
        """Put some faults in the way of requests anywhere."""
        for _ in range(self.random.randint(1, 3)):
            parts: dict[str, object] = {
                "kind": self.random.choice(kinds),
                "method": self.random.choice(["GET", "POST", "PATCH", "PUT", "DELETE"]),
                "path": self.random.choice(
                    ["^/api.*/incidents", f"^/{self.issue.tracker}", "^/slack"]
                ),
                "nth": self.random.randint(1, 4),
                "seconds": seconds,
            }
            self.tell(f"fault: {parts}")
            self.sandbox.fault(**parts)  # type: ignore[arg-type]

    def sync_badly(self) -> None:
        self.disturb(*FAULTS, seconds=1.0)
        self.type(self.random.randrange(2), *SYNC, DD_INCIDENT_ROLES_TIMEOUT="0.5")
        self.sandbox.clear_faults()

    def kill(self) -> None:
        """Kill a sync in the middle of a request, if it comes to it."""
        self.disturb(*HANGS, seconds=None)
        number = self.random.randrange(2)
        process = self.desks[number].sides.product.start(*SYNC)
        while process.is_alive() and not self.sandbox.hangs.wait_for(1, timeout_seconds=0.05):
            pass
        process.kill()
        process.join()
        self.tell(f"desk {number}: the sync was killed, or ended before: {process.exitcode}")
        self.sandbox.clear_faults()
        assert self.sandbox.hangs.wait_until_free()

    def lose(self) -> None:
        """A disk is gone, and with it what was never sent."""
        number = self.random.randrange(2)
        self.tell(f"desk {number} is lost")
        store = self.desks[number].sides.product.store
        for each in store.parent.glob(f"{store.name}*"):
            each.unlink()
        visible = set(words(*(text for texts in self.shown().values() for text in texts)))
        self.must &= visible
        # Which of two places is newer nobody can tell afterwards.
        self.unsure |= visible
        trust(self.desks[number].sides.product, self.clock())

    def wait(self) -> None:
        self.clock.move(minutes=self.random.choice([0.2, 2, 10]))

    def step(self) -> None:
        """One thing happens."""
        acts: dict[Callable[[], None], int] = {
            self.write_note: 3,
            self.change_note: 3,
            self.comment: 3,
            self.change_comment: 3,
            self.type_note: 4,
            self.change_entry: 3,
            self.change_roles: 5,
            self.sync: 6,
            self.run_every_minute: 3,
            self.sync_both: 3,
            self.sync_badly: 5,
            self.kill: 2,
            self.lose: 1,
            self.wait: 4,
            self.change_moves: 1,
        }
        [act] = self.random.choices(list(acts), list(acts.values()))
        act()

    def shown(self) -> dict[str, list[str]]:
        """The texts in each place, and in each record."""
        shown = {"Datadog": self.sandbox.notes(INCIDENT), "the issue": self.issue.texts}
        for number, each in enumerate(self.desks):
            with each.sides.product.record() as record:
                known = record.entries(each.sides.incident_id())
            shown[f"record {number}"] = [row.text for row in known if row.deleted_at is None]
        return shown

    def rest(self) -> None:
        """Let every record run until nothing is left to do, which an absence shows only twice."""
        quiet = 0
        for _ in range(ROUNDS):
            self.clock.move(minutes=5)
            is_quiet = True
            for number in range(len(self.desks)):
                is_quiet &= self.run(number) == 0 and " 0 changes;" in self.story[-1]
                is_quiet &= not self.desks[0].writes()
            quiet = quiet + 1 if is_quiet else 0
            if quiet == 2:
                return
        raise AssertionError(f"no rest after {ROUNDS} rounds")

    def checkpoint(self) -> None:
        """When nothing disturbs, all come to agree, and then nothing moves any more."""
        self.tell("checkpoint")
        self.rest()
        self.check_words()
        if self.authority == "follow":
            self.check_manager()
        now = self.desks[0].sides.shown(INCIDENT_MANAGER)
        manager, scribe = [each for each in KNOWN if f"{each}@corp.example" not in now][:2]
        for role, who in (("im", manager), ("scribe", scribe)):
            assert self.type(0, "assign", "1001", role, f"{who}@corp.example") == 0
        self.rest()
        self.check_words()
        self.check_manager()
        assert self.issue.assignees == [manager]
        room = topic(self.sandbox.slack)
        assert f"IM {manager.capitalize()} " in room, room
        assert f"Scribe {scribe.capitalize()}" in room, room

    def check_words(self) -> None:
        for place, texts in self.shown().items():
            found = words(*texts)
            assert not self.must - set(found), f"not in {place}: {self.must - set(found)}"
            back = (self.gone - self.unsure) & set(found)
            assert not back, f"back in {place}: {back}"
            twice = {word: number for word, number in found.items() if number > 1}
            assert not twice, f"more than once in {place}: {twice}"

    def check_manager(self) -> None:
        shown = self.desks[0].sides.shown(INCIDENT_MANAGER)
        for role in (INCIDENT_MANAGER, SCRIBE):
            held = [each.sides.recorded(role) for each in self.desks]
            assert all(a == b for a, b in pairwise(held)), f"{role}: {held}"
            assert role == SCRIBE or held[0] == shown, f"{held} and {shown} in Datadog"
        assert [f"{who}@corp.example" for who in self.issue.assignees] == shown, "the assignee"
