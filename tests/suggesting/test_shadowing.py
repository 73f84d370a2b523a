"""Who only watches on call, by the names of rotations."""

from __future__ import annotations

import pytest

from dd_incident_roles.model import UserId
from dd_incident_roles.suggesting.suggest import Rotation, shadows

ADA, BO = UserId("ada"), UserId("bo")


def rotation(
    layer: str, *members: UserId, schedule: str = "SRE", tags: tuple[str, ...] = ()
) -> Rotation:
    return Rotation(schedule=schedule, layer=layer, members=members, tags=tags)


CASES = {
    "a layer": ([rotation("Shadow rotation", ADA)], {ADA: "layer 'Shadow rotation'"}),
    "in any case": ([rotation("SHADOWING", ADA)], {ADA: "layer 'SHADOWING'"}),
    "a schedule": ([rotation("a", ADA, schedule="Shadows")], {ADA: "schedule 'Shadows'"}),
    "a tag": ([rotation("a", ADA, tags=("x", "kind:shadow"))], {ADA: "tag 'kind:shadow'"}),
    "in a usual layer as well": ([rotation("shadow", ADA), rotation("Primary", ADA)], {}),
    "a usual layer first": ([rotation("Primary", ADA), rotation("shadow", ADA)], {}),
    "in two that watch": (
        [rotation("shadow", ADA), rotation("shadow too", ADA)],
        {ADA: "layer 'shadow'"},
    ),
    "one of two people": (
        [rotation("shadow", ADA, BO), rotation("Primary", BO)],
        {ADA: "layer 'shadow'"},
    ),
    "a usual layer": ([rotation("Primary", ADA)], {}),
    "names that are missing": ([rotation("", ADA, schedule="")], {}),
    "no rotation": ([], {}),
}


@pytest.mark.parametrize(("rotations", "expected"), CASES.values(), ids=CASES)
def test_shadows(rotations: list[Rotation], expected: dict[UserId, str]) -> None:
    """Whoever is in nothing but rotations called so is a shadow, and no one else."""
    assert shadows(rotations) == expected
