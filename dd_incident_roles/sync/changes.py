"""The writes that a plan can ask of a target, and what came of one."""

from __future__ import annotations

from dataclasses import dataclass

from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.sync.entries.changes import EntryChange, Removed, Written
from dd_incident_roles.sync.state import Item, Membership, Presence, Seat


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsureResponder:
    """Make a person one of the incident's responders, so that a role can be given."""

    person: PersonKey

    @property
    def item(self) -> Item:
        """What the change is about."""
        return Presence(self.person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Give a single-holder role from its present holders to the next one, as one change.

    ``before`` has one person as a rule, nobody when the role was empty, and two when an earlier
    handover was cut off half-way. ``after`` is None to empty the role.
    """

    role: RoleKey
    before: frozenset[PersonKey]
    after: PersonKey | None

    @property
    def item(self) -> Item:
        """What the change is about."""
        return Seat(self.role)


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveRole:
    """Add one person to a role that several may hold."""

    role: RoleKey
    person: PersonKey

    @property
    def item(self) -> Item:
        """What the change is about."""
        return Membership(self.role, self.person)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeRole:
    """Take one person out of a role that several may hold."""

    role: RoleKey
    person: PersonKey

    @property
    def item(self) -> Item:
        """What the change is about."""
        return Membership(self.role, self.person)


RoleChange = EnsureResponder | Handover | GiveRole | TakeRole
"""One write of a role to a target."""

RemoteChange = RoleChange | EntryChange
"""One write to a target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A write that the target's own answer, or a fresh reading, shows to be in place.

    ``holder`` is who the item shows now; ``remote_id`` is the target's id of what was made;
    ``already`` says that nothing had to be written.
    """

    holder: PersonKey | None
    remote_id: str | None = None
    already: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """Nothing was written: the target had moved since it was listed; plan again next run."""

    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """Nothing was written: the target turned out to lack the way that was chosen; plan anew."""

    reason: str


RoleOutcome = Confirmed | Outdated | Unsupported
"""What came of a write of a role that did not fail."""

Outcome = RoleOutcome | Written | Removed
"""What came of a write that did not fail."""
