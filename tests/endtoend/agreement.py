"""What both sides say about a role, whether they say the same, and how a role changes hands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dd_incident_roles.model import Assignment, Entry, IncidentId
from dd_incident_roles.roles.ledger import Correction, Handoff, HandoffOutcome
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import Switch
from dd_incident_roles.sync.state import IncidentState
from tests.product import Product, Ran

ANA, BO, CAROL = "ana@corp.example", "bo@corp.example", "carol@corp.example"
DAN, EVE = "dan@corp.example", "eve@corp.example"

INCIDENT_MANAGER, SCRIBE, FIRST_RESPONDER = "incident_manager", "scribe", "first_responder"

TITLES = {SCRIBE: "Scribe", FIRST_RESPONDER: "First Responder"}

COMMANDER_PATH = r"/incidents/[^/]+$"
RESPONDERS_PATH = r"/responders$"
ASSIGNMENTS_PATH = r"/role_assignments"


@dataclass(frozen=True, slots=True)
class Sides:
    """The product and the local Datadog, looked at together."""

    product: Product
    sandbox: Sandbox

    def run(self, *arguments: str, **settings: str) -> Ran:
        """Run a command that has to end well."""
        return self.end_with(0, *arguments, **settings)

    def end_with(self, exit_code: int, /, *arguments: str, **settings: str) -> Ran:
        """Run a command that has to end with this exit code."""
        ran = self.product.run(*arguments, **settings)
        assert ran.exit_code == exit_code, ran.said
        return ran

    def beside(self, name: str) -> Sides:
        """The same Datadog, and another record, which knows nothing yet."""
        return Sides(self.product.beside(name), self.sandbox)

    def forget(self, *kinds: str) -> None:
        """Let what was learned about Datadog expire."""
        with self.product.record() as record:
            for kind in kinds:
                record.forget_cached(kind)

    def incident_id(self, public_id: int = 1001) -> IncidentId:
        """The UUID of an incident."""
        return IncidentId(self.sandbox.incident(public_id).id)

    def intervals(self, role: str, public_id: int = 1001) -> list[Assignment]:
        """The intervals of a role in the record, ended or not."""
        with self.product.record() as record:
            kept = record.assignments(self.incident_id(public_id))
        return [interval for interval in kept if interval.role == role]

    def recorded(self, role: str, public_id: int = 1001) -> list[str]:
        """Who holds a role by the record: one entry for each open interval."""
        return sorted(each.person for each in self.intervals(role, public_id) if each.is_open)

    def shown(self, role: str, public_id: int = 1001) -> list[str]:
        """Who holds a role by what Datadog shows: one entry for each assignment."""
        if role != INCIDENT_MANAGER:
            return sorted(self.sandbox.holders(public_id, TITLES[role]))
        commander = self.sandbox.commander(public_id)
        return [commander] if commander else []

    def row(self, role: str, public_id: int = 1001) -> Any:
        """The row of ``status`` about a role."""
        ran = self.product.run("status", str(public_id), "--format", "json")
        [incident] = ran.json()["incidents"]
        return next(row for row in incident["roles"] if row["role"] == role)

    def assert_agreed(self, role: str, holders: Sequence[str]) -> None:
        """Record, Datadog and ``status`` name the same people, each once, and nobody came twice."""
        assert self.recorded(role) == sorted(holders)
        assert self.shown(role) == sorted(holders)
        row = self.row(role)
        assert row["targets"] == {"datadog": "in_sync"}
        assert sorted(holder["email"] for holder in row["holders"]) == sorted(holders)
        self.assert_nothing_doubled()

    def assert_nothing_doubled(self) -> None:
        """No responder is there twice, and no write that had been carried out came again."""
        responders = self.sandbox.responders(1001)
        assert sorted(set(responders)) == sorted(responders)
        assert self.sandbox.requests.resent() == []

    def assert_quiet(self) -> Ran:
        """One more run changes nothing on either side, and leaves no write unexplained."""
        before = self.state()
        sent = len(self.sandbox.requests.writes())
        ran = self.product.run("sync", "--format", "json")
        assert (ran.exit_code, ran.json()["changes"]) == (0, [])
        assert set(ran.json()["requests"]) == {"GET"}
        assert len(self.sandbox.requests.writes()) == sent
        assert self.state() == before
        with self.product.record() as record:
            assert record.state(self.incident_id(), "datadog").intents == ()
        return ran

    def settle(self, *, most: int = 3) -> int:
        """Sync until a run changes nothing on either side, and say which one that was."""
        for number in range(1, most + 1):
            ran = self.run("sync", "--format", "json")
            if not ran.json()["changes"] and set(ran.json()["requests"]) == {"GET"}:
                return number
        raise AssertionError(f"{most} runs were not enough")

    def state(self) -> object:
        """Who holds what by the record, since when, and what both sides disagree on."""
        with self.product.record() as record:
            state = record.state(self.incident_id(), "datadog")
        return state.assignments, state.conflicts


SCRIBE_FIELD = "incident_role.scribe"


def as_it_is(_sandbox: Sandbox) -> None:
    """Leave the local Datadog alone: it keeps the scribe to one person itself."""


def enforces_nothing(sandbox: Sandbox) -> None:
    """Let the role have as many holders as anybody gives it."""
    with sandbox.lock:
        definitions = sandbox.world.role_definitions
        for role in list(definitions):
            definitions.put(replace(role, is_single=False))


def offers_fields(sandbox: Sandbox) -> None:
    """Take the role assignments away, and give the role a property field."""
    sandbox.switch(role_assignments=Switch.MISSING)
    sandbox.define_field(SCRIBE_FIELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One role that goes from one person to another.

    ``requests`` is how many requests the command makes, and ``writes`` says which of them write,
    counted from one. Up to ``first`` everything is as in another handover.
    """

    name: str
    role: str
    before: str
    after: str
    requests: int
    writes: tuple[int, ...]
    first: int = 1
    prepare: Callable[[Sandbox], None] = as_it_is

    @property
    def command(self) -> tuple[str, ...]:
        """What is typed."""
        return ("assign", "1001", self.role, self.after)

    def begin(self, sides: Sides) -> None:
        """Let the first holder have the role on both sides."""
        sides.run("assign", "1001", self.role, self.before)
        assert self.shown(sides) == sides.recorded(self.role) == [self.before]
        sides.sandbox.forget_requests()

    def shown(self, sides: Sides) -> list[str]:
        """Who has the role by what Datadog shows."""
        if self.prepare is not offers_fields:
            return sides.shown(self.role)
        value = sides.sandbox.field(1001, SCRIBE_FIELD)
        return [str(email) for email in value] if isinstance(value, list | tuple) else []


COMMANDER = Handover(
    name="commander",
    role=INCIDENT_MANAGER,
    before=ANA,
    after=CAROL,
    requests=4,
    writes=(4,),
)
ENFORCED = Handover(
    name="assignment, one holder enforced",
    role=SCRIBE,
    before=CAROL,
    after=DAN,
    requests=7,
    writes=(4, 6, 7),
)
FREE = replace(
    ENFORCED,
    name="assignment, any number of holders",
    first=5,
    prepare=enforces_nothing,
)
FIELD = replace(ENFORCED, name="property field", writes=(5, 7), prepare=offers_fields)
HANDOVERS = (COMMANDER, ENFORCED, FREE, FIELD)


@dataclass(frozen=True, slots=True)
class Desk:
    """The product with the timeline on, and both sides of what it keeps."""

    sides: Sides

    @classmethod
    def opened(cls, product: Product, sandbox: Sandbox) -> Desk:
        """Everything as after a first sync, with Ana at the terminal."""
        on = {"DD_INCIDENT_ROLES_TIMELINE": "auto", "DD_INCIDENT_ROLES_ME": ANA}
        talking = replace(product, settings={**product.settings, **on})
        assert talking.run("sync").exit_code == 0
        sandbox.forget_requests()
        return cls(Sides(talking, sandbox))

    def run(self, *words: str, me: str = ANA) -> Ran:
        """Type a command as somebody."""
        return self.sides.product.run(*words, DD_INCIDENT_ROLES_ME=me)

    def hand(self, *words: str, me: str = ANA) -> Ran:
        """Type ``handoff``."""
        return self.run("handoff", *words, me=me)

    def propose(self, receiver: str, *words: str, me: str = ANA) -> Ran:
        """Ask somebody to take over the command of 1001."""
        return self.hand("1001", "im", "--to", receiver, "--propose", *words, me=me)

    def sync(self) -> None:
        """Run once, without a failure."""
        assert self.run("sync").exit_code == 0

    def state(self, public_id: int = 1001) -> IncidentState:
        """Everything that the record holds."""
        with self.sides.product.record() as record:
            return record.state(self.sides.incident_id(public_id), "datadog")

    @property
    def handoffs(self) -> list[Handoff]:
        """Every handoff that was ever proposed in 1001."""
        return list(self.state().handoffs)

    @property
    def outcomes(self) -> list[HandoffOutcome | None]:
        """What became of them."""
        return [each.outcome for each in self.handoffs]

    @property
    def corrections(self) -> list[Correction]:
        """What was said about the past of 1001."""
        return list(self.state().corrections)

    @property
    def entries(self) -> list[Entry]:
        """The entries of 1001 in the record that nobody wished away."""
        entries = self.state().timeline.entries
        return [each for each in entries if each.deleted_at is None]

    def first_lines(self) -> tuple[list[str], list[str]]:
        """The first lines of what the record and of what Datadog's notes tell, the oldest first."""
        ordered = sorted(self.entries, key=lambda each: each.at)
        here = [each.text.partition("\n")[0] for each in ordered]
        there = [note.partition("\n")[0] for note in self.sides.sandbox.notes(1001)]
        return here, there

    def assert_noted(self, *lines: str) -> None:
        """Both sides tell exactly this."""
        assert self.first_lines() == ([*lines], [*lines])
