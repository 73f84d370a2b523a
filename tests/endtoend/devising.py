"""One role that is devised for the first incident, and what each side says of it."""

from __future__ import annotations

from tests.endtoend.agreement import Sides

TITLE, KEY = "Network Liaison", "network_liaison"
DEVISE = ("roles", "devise", "1001", TITLE)
DEFINE = (*DEVISE, "--define")
FIELD = f"incident_role.{KEY}"
DEFINITIONS_PATH = r"/user-defined-roles$"


def devise(sides: Sides, *options: str) -> str:
    """Devise the role; what is said."""
    ran = sides.product.run(*DEVISE, *options)
    assert ran.exit_code == 0, ran.said
    return ran.said


def assigned(sides: Sides) -> list[str]:
    """Who has the role by Datadog's assignments."""
    return sorted(sides.sandbox.holders(1001, TITLE))


def definitions(sides: Sides) -> list[str]:
    """What Datadog calls the role, once for each definition."""
    return [
        role.name
        for role in sides.sandbox.world.role_definitions
        if role.name.casefold() == TITLE.casefold()
    ]


def notices(sides: Sides, public_id: int = 1001) -> list[str]:
    """What status says about the role beside its row."""
    ran = sides.product.run("status", str(public_id), "--format", "json")
    [incident] = ran.json()["incidents"]
    return [notice for notice in incident["notices"] if TITLE in notice]
