"""Who was found where people for a role are looked for, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dd_incident_roles.model import Person, UserId
from dd_incident_roles.policy.facts import Account, NotRead
from dd_incident_roles.roles.catalogue import OnCallOf, SuggestionSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """That somebody takes turns in rotations of a team which, by their names, only watch.

    ``place`` is what is named so, such as ``layer 'Shadow rotation'``.
    """

    team: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who may be proposed for a role.

    ``found`` are the places in which they were found. ``is_pending`` says that the account was
    invited and never used. ``qualified`` is None where the role demands no team, or nobody could
    look.
    """

    person: Person
    found: tuple[SuggestionSource, ...]
    account: Account | NotRead
    is_pending: bool = False
    shadows: tuple[Shadow, ...] = ()
    qualified: bool | None = None

    @property
    def serves(self) -> tuple[SuggestionSource, ...]:
        """Where they were found, without the teams on whose calls they only watch."""
        watched = {shadow.team for shadow in self.shadows}
        return tuple(
            source
            for source in self.found
            if not (isinstance(source, OnCallOf) and source.team in watched)
        )

    @property
    def on_call(self) -> bool:
        """Whether a page to one of the teams reaches them first."""
        return any(isinstance(source, OnCallOf) for source in self.serves)


SHADOW = "shadow"
"""What names and tags of rotations that only watch have in them, in any case.

Datadog has no mark for such a rotation (released client); the name is a convention.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A layer of a schedule, and who takes turns in it."""

    schedule: str
    layer: str
    members: tuple[UserId, ...]
    tags: tuple[str, ...] = ()

    @property
    def named_shadow(self) -> str | None:
        """What says that it only watches: its own name, or that or a tag of the schedule."""
        names = [("layer", self.layer), ("schedule", self.schedule)]
        names += [("tag", tag) for tag in self.tags]
        return next((f"{what} {name!r}" for what, name in names if SHADOW in name.casefold()), None)


def shadows(rotations: Iterable[Rotation]) -> dict[UserId, str]:
    """Who takes turns only in rotations that watch, and by what name that is known.

    Whoever is in another rotation of the same team as well is no shadow.
    """
    watching: dict[UserId, str] = {}
    serving: set[UserId] = set()
    for rotation in rotations:
        place = rotation.named_shadow
        for member in rotation.members:
            if place is None:
                serving.add(member)
            else:
                watching.setdefault(member, place)
    return {member: place for member, place in watching.items() if member not in serving}
