"""What a sync did, what failed, and what it held back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from types import MappingProxyType

from dd_incident_roles.errors import DatadogError, IncidentRolesError, TargetError
from dd_incident_roles.model import Incident, IncidentId, Person, PersonKey
from dd_incident_roles.sync.plan import GuardRefusal, RoleEffect, RoleState, TimelineEffect
from dd_incident_roles.sync.state import Conflict, RefusedWrite
from dd_incident_roles.sync.targets import RemoteChange
from dd_incident_roles.values import frozen

HELD_BACK = 4
"""The exit code if the guard held something back and everything else was done."""


@frozen
class Failure:
    """Something that could not be read or written, about one incident."""

    error: IncidentRolesError
    ambiguous: bool = False

    @property
    def declined(self) -> bool:
        """Whether a write was refused, so that sending it again at once is useless."""
        return isinstance(self.error, TargetError) and self.error.declines_write


@frozen
class IncidentResult:
    """What one sync did with one incident; in a dry run, what it would do.

    ``refused_writes`` are those that the target declined, now or earlier, and that are still
    wanted. ``unshared`` is why no entry of it reaches another record, if none does. ``place`` is
    what people call the issue or room that it is about, and ``url`` its page; None of Datadog.
    ``left_since`` is when it was last read, where it was left unread because nothing moved since.
    """

    incident_id: IncidentId
    target: str
    incident: Incident | None = None
    people: Mapping[PersonKey, Person] = field(default_factory=lambda: MappingProxyType({}))
    effects: tuple[RoleEffect, ...] = ()
    timeline_effects: tuple[TimelineEffect, ...] = ()
    writes: tuple[RemoteChange, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    refused_writes: tuple[RefusedWrite, ...] = ()
    notices: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    refusal: GuardRefusal | None = None
    role_states: tuple[RoleState, ...] = ()
    unshared: str | None = None
    place: str | None = None
    url: str | None = None
    left_since: datetime | None = None

    def followed_by(self, later: IncidentResult) -> IncidentResult:
        """What two syncs of one incident with one target did, one after the other."""
        return replace(
            later,
            effects=(*self.effects, *later.effects),
            timeline_effects=(*self.timeline_effects, *later.timeline_effects),
            writes=(*self.writes, *later.writes),
            notices=tuple(dict.fromkeys((*self.notices, *later.notices))),
            failures=(*self.failures, *later.failures),
            refusal=later.refusal or self.refusal,
        )


@frozen
class SyncResult:
    """What one run did, incident by incident, and how many ``requests`` it sent, by method.

    ``stopped_by`` is why it did not come to look at any.
    """

    dry_run: bool
    incidents: tuple[IncidentResult, ...]
    requests: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    place_requests: Mapping[str, Mapping[str, int]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    stopped_by: DatadogError | None = None

    @property
    def refused(self) -> tuple[GuardRefusal, ...]:
        """What the guard held back, one for each incident."""
        return tuple(result.refusal for result in self.incidents if result.refusal)

    @property
    def exit_code(self) -> int:
        """0 when all is done, 3 when something is missing, 4 when the guard held something back."""
        if self.stopped_by:
            return self.stopped_by.exit_code
        # What is missing outweighs what was held back: the next run may complete it.
        if any(result.failures for result in self.incidents):
            return 3
        return HELD_BACK if self.refused else 0

    @property
    def failed(self) -> Mapping[str, int]:
        """How much could not be read or written, by system and kind of error."""
        failed = Counter(
            f"{each.target} {type(failure.error).__name__}"
            for each in self.incidents
            for failure in each.failures
        )
        if self.stopped_by:
            failed[f"datadog {type(self.stopped_by).__name__}"] += 1
        return failed


@frozen
class PastRun:
    """What is known of a run over everything once it is over.

    ``failures`` says how much could not be read or written, by system and kind of error.
    """

    began: datetime
    finished: datetime
    exit_code: int
    incidents: int
    failures: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_complete(self) -> bool:
        """Whether all was read and written that may be: what the guard held back may not."""
        return self.exit_code in {0, HELD_BACK}


@frozen
class OpenEnds:
    """What of a record is not settled, in the incidents that Datadog still shows.

    ``waiting`` are incidents in which something is to be carried to Datadog, ``in_doubt`` counts
    writes of which nobody knows whether they were made, ``refused`` names the incidents with writes
    that were declined, by system, and ``conflicts`` counts what a person has to settle.
    """

    waiting: tuple[IncidentId, ...] = ()
    in_doubt: int = 0
    refused: tuple[tuple[str, IncidentId], ...] = ()
    conflicts: int = 0
