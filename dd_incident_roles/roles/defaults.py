"""The configuration files that the product brings along."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from dd_incident_roles.errors import ConfigurationError


def shipped_file(name: str) -> Traversable:
    """A file of ``config/``: the copy inside the package, else the one of a source checkout.

    Raises ConfigurationError when the installation lacks it.
    """
    packaged = files("dd_incident_roles").joinpath("config", name)
    if packaged.is_file():
        return packaged
    checkout = Path(__file__).resolve().parents[2] / "config" / name
    if checkout.is_file():
        return checkout
    raise ConfigurationError(
        "is missing from the installation",
        file=shipped_name(name),
        hint="Install dd-incident-roles again.",
    )


def shipped_name(name: str) -> str:
    """What a shipped file is called in messages, wherever it was installed."""
    return f"config/{name}"
