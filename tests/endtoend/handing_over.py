"""People who hand roles over to one another at terminals of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dd_incident_roles.model import Entry
from dd_incident_roles.roles.statements import Correction, Handoff, HandoffOutcome
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sync.state import IncidentState
from tests.endtoend.agreement import ANA, Sides
from tests.product import Product, Ran


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

    def told(self) -> tuple[list[str], list[str]]:
        """The first lines of what the record and of what Datadog's notes tell, the oldest first."""
        ordered = sorted(self.entries, key=lambda each: each.at)
        here = [each.text.partition("\n")[0] for each in ordered]
        there = [note.partition("\n")[0] for note in self.sides.sandbox.notes(1001)]
        return here, there

    def assert_told(self, *lines: str) -> None:
        """Both sides tell exactly this."""
        assert self.told() == ([*lines], [*lines])
