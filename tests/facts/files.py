"""Snapshots in memory, and the way to a file and back."""

from __future__ import annotations

from collections.abc import Iterable

from dd_incident_roles.facts.redaction import fields_to_keep
from dd_incident_roles.facts.snapshot import Snapshot
from dd_incident_roles.facts.snapshot_file import load_snapshot, write_snapshot
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import NotEvaluated
from dd_incident_roles.roles.catalogue import Catalogue
from tests.facts.any_facts import CATALOGUE_OF_FIELDS
from tests.policy.cases import at

KEPT = fields_to_keep(CATALOGUE_OF_FIELDS)
"""The fields that the catalogue asks about."""


def snapshot(*facts: Facts, unread: Iterable[NotEvaluated] = ()) -> Snapshot:
    """A snapshot that was taken an hour after the declaration."""
    return Snapshot(
        taken_at=at(60),
        described="query 'state:active'",
        version="1.2.3",
        incidents=facts,
        unread=tuple(unread),
        is_whole=True,
    )


def written(of: Snapshot) -> str:
    """The text of its file."""
    return "".join(write_snapshot(of, kept_fields=KEPT))


def read(
    text: str, *, catalogue: Catalogue = CATALOGUE_OF_FIELDS, shows_private: bool = True
) -> Snapshot:
    """What the text of a file says."""
    return load_snapshot(
        text.encode, file="snapshot.json", catalogue=catalogue, shows_private=shows_private
    )
