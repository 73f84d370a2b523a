"""The kinds of entry that the program writes by itself, known again by their keys.

Datadog keeps our entries as notes, so after the record was lost only the key in the tag tells them
from what people wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dd_incident_roles.model import NOTE, EntryKey
from dd_incident_roles.sync.entries.own_role_changes import ROLE_CHANGE

HANDOFF: Final = "handoff"
"""The kind of an entry that tells of a handoff that was proposed or declined."""

FINDING: Final = "finding"
"""The kind of an entry that tells of a finding of the check."""

CORRECTION: Final = "correction"
"""The kind of an entry that says who really held a role in the past."""

ROLE_DEVISED: Final = "role_devised"
"""The kind of an entry that tells of a role devised for the incident."""

_BEGINNINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "role-": ROLE_CHANGE,
        "handoff-": HANDOFF,
        "finding-": FINDING,
        "correction-": CORRECTION,
        "devised-": ROLE_DEVISED,
    }
)


def kind_of_own(key: EntryKey) -> str:
    """The kind of an entry of ours; what a person wrote here is a note."""
    return next(
        (kind for beginning, kind in _BEGINNINGS.items() if key.startswith(beginning)), NOTE
    )
