"""The environment beyond our settings: what another program is given of it, and what is secret."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from dd_incident_roles.settings.variables import SECRETS, VARIABLES

_PREFIX: Final = "DD_"


def without_datadog(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without anything that names a Datadog, its keys or our settings."""
    environ = os.environ if environ is None else environ
    return {name: text for name, text in environ.items() if not name.startswith(_PREFIX)}


def secrets(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The keys as they stand in the environment, longest first; for leaving them out of a text."""
    environ = os.environ if environ is None else environ
    texts = {environ.get(VARIABLES[name], "").strip() for name in SECRETS}
    return tuple(sorted(texts - {""}, key=lambda text: (-len(text), text)))
