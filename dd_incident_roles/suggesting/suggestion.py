"""Who is proposed for the roles of an incident, who is not and why, and where nobody could look."""

from __future__ import annotations

from dataclasses import dataclass

from dd_incident_roles.model import Incident, Person
from dd_incident_roles.policy.facts import Holding
from dd_incident_roles.roles.catalogue import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """Somebody who could take a role.

    ``found`` says where they were found, ``holds`` which roles they have in the incident already,
    and ``warning`` what speaks against them. ``command`` gives them the role when it is pasted.
    """

    person: Person
    found: tuple[str, ...]
    on_call: bool
    holds: tuple[str, ...]
    qualified: bool | None
    warning: str | None
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Somebody who was found and is not proposed; ``reason`` goes on from their name."""

    person: Person
    found: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterTiers:
    """How many people a page to a team reaches only later; they are counted, and not proposed."""

    team: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Something that could not be read, ``what`` as in "Nobody could read …"."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Whom to ask for one role, the best first.

    ``called`` is what a command calls the role, and ``holders`` are those who have it now.
    ``is_looked_for`` says whether anybody looked for people, and ``is_devised`` that the role is
    of this incident alone.
    """

    role: Role
    called: str
    required: bool
    holders: tuple[Holding, ...] = ()
    proposed: tuple[Proposed, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    later_tiers: tuple[LaterTiers, ...] = ()
    unread: tuple[Unread, ...] = ()
    is_looked_for: bool = True
    is_devised: bool = False

    @property
    def has_places(self) -> bool:
        """Whether the catalogue tells where to look for people."""
        return bool(self.role.suggested_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """Whom to ask for roles of one incident; ``file`` is where the catalogue comes from."""

    incident: Incident
    file: str
    roles: tuple[Suggestion, ...]

    @property
    def is_whole(self) -> bool:
        """Whether everything could be read that was to be looked at."""
        return not any(each.unread for each in self.roles)
