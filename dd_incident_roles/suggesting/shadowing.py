"""Who only watches on call, as far as the names of rotations tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dd_incident_roles.model import UserId

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
