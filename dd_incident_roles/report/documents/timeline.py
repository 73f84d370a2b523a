"""The document of ``timeline list --format json``, which ``timeline import`` reads too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field as attribute
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BeforeValidator

from dd_incident_roles import model
from dd_incident_roles.report.documents import Document, Instant, Part, TargetState, field
from dd_incident_roles.values import frozen


@frozen
class EntryTarget:
    """Where an entry is in a target: its id there, if it has one, and how the two compare."""

    state: TargetState
    id: str | None = None


@frozen
class EntryRow:
    """One entry; ``key`` is what has to be typed to name it."""

    entry: model.Entry
    key: str
    targets: Mapping[str, EntryTarget] = attribute(default_factory=lambda: MappingProxyType({}))


@frozen
class TimelineView:
    """The timeline of one incident, in the order of what happened.

    ``name`` is how the incident is called in a sentence, ``title`` its title where it is known.
    ``left_out`` is how many entries were not asked for.
    """

    incident_id: model.IncidentId
    name: str
    title: str | None
    rows: tuple[EntryRow, ...]
    notices: tuple[str, ...] = ()
    left_out: int = 0


class ArchivedBecause(StrEnum):
    """Why a text is in the archive and not in the timeline."""

    DELETED = "deleted"
    CHANGED = "changed"


@frozen
class ArchiveRow:
    """An entry as it was until it was deleted or changed; ``key`` names it."""

    entry: model.Entry
    key: str
    archived: datetime
    why: ArchivedBecause


@frozen
class ArchiveView:
    """What was taken out of a timeline or changed in it, in that order."""

    incident_id: model.IncidentId
    name: str
    rows: tuple[ArchiveRow, ...]


def _able(targets: object) -> object:
    """The targets that can hold the entry, by name."""
    if not isinstance(targets, Mapping):
        return targets
    # Nothing is claimed of a target without a timeline.
    return {
        name: target
        for name, target in sorted(targets.items())
        if target.state is not TargetState.NOT_SUPPORTED
    }


class Target(Part):
    """Where an entry is in a target."""

    id: str | None = field("Its id there, if it has one.")
    state: Literal[
        TargetState.IN_SYNC, TargetState.PENDING, TargetState.CONFLICT, TargetState.NOT_KNOWN
    ] = field("Whether the target shows what is recorded.")


class Said(Part):
    """What one entry says."""

    id: str = field("The key of the entry.", source="entry.key")
    at: Instant = field("When it happened, in UTC.", source="entry.at")
    text: str = field("What happened.", source="entry.text")
    author: str | None = field("Who wrote it, if it is known.", source="entry.author")
    important: bool = field("Whether it is marked as important.", source="entry.important")
    kind: str = field(
        "What kind of entry it is, such as note, status_change or role_change.",
        source="entry.kind",
    )
    origin: str = field(
        "Where it was first written, such as cli or datadog.", source="entry.origin"
    )


class Entry(Said):
    """One entry."""

    targets: Annotated[Mapping[str, Target], BeforeValidator(_able)] = field(
        "The entry in each target, by name, such as datadog; without targets that cannot hold it."
    )


class Timeline(Document):
    """The entries of a timeline."""

    written_by = "`timeline list --format json` writes, and `timeline import` reads"

    incident: str = field("The id of the incident in Datadog.", source="incident_id")
    entries: list[Entry] = field("Every entry, by when it happened.", source="rows")


class Archived(Said):
    """One entry as it was."""

    archived: Instant = field("When it was deleted or changed here, in UTC.")
    why: ArchivedBecause = field("Whether it was deleted, or changed and is still there.")


class Archive(Document):
    """What was taken out of a timeline or changed in it."""

    written_by = "`timeline archive --format json` writes"

    incident: str = field("The id of the incident in Datadog.", source="incident_id")
    entries: list[Archived] = field(
        "Every text that the timeline no longer has, by when it was archived.", source="rows"
    )
