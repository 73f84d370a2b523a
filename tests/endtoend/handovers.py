"""The ways in which Datadog can be made to show that a role changes hands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.switches import Switch
from tests.endtoend.agreement import ANA, CAROL, DAN, INCIDENT_MANAGER, SCRIBE, Sides

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
        assert sides.product.run("assign", "1001", self.role, self.before).exit_code == 0
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
    requests=9,
    writes=(9,),
)
ENFORCED = Handover(
    name="assignment, one holder enforced",
    role=SCRIBE,
    before=CAROL,
    after=DAN,
    requests=14,
    writes=(9, 12, 14),
)
FREE = replace(
    ENFORCED,
    name="assignment, any number of holders",
    writes=(9, 13, 14),
    first=10,
    prepare=enforces_nothing,
)
FIELD = replace(ENFORCED, name="property field", requests=12, writes=(9, 12), prepare=offers_fields)
HANDOVERS = (COMMANDER, ENFORCED, FREE, FIELD)
