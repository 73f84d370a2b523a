"""What both sides say about a role, and whether they say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dd_incident_roles.model import Assignment, IncidentId
from dd_incident_roles.sandbox.sandbox import Sandbox
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
