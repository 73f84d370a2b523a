"""What people state about roles beside who holds them now: handoffs, corrections, devised roles."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.values import frozen


class HandoffOutcome(StrEnum):
    """How a proposed handoff ended; SUPERSEDED is by another change of the role."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


@frozen
class Handoff:
    """That somebody was asked to take over a role; the giver holds it until they accept.

    ``giver`` is None where nobody held the role. ``outcome`` is None while nobody answered, be it
    before ``expires`` or after.
    """

    id: str
    role: RoleKey
    stream: str | None
    giver: PersonKey | None
    receiver: PersonKey
    proposed: datetime
    proposed_by: str
    expires: datetime
    note: str | None = None
    outcome: HandoffOutcome | None = None
    decided: datetime | None = None
    decided_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody answered yet."""
        return self.outcome is None


@frozen
class Correction:
    """Who really held a role in a stretch of the past, whatever was recorded of it.

    ``person`` is None where nobody did. Where two corrections speak of the same time, the one that
    was recorded later stands.
    """

    id: str
    role: RoleKey
    stream: str | None
    person: PersonKey | None
    since: datetime
    until: datetime
    reason: str
    set_by: str
    recorded: datetime


@frozen
class DevisedRole:
    """A role of one incident that the catalogue does not know.

    ``is_single`` says that one person at a time holds it. ``may_hold`` are the people who may, and
    nobody is left out where it is empty. ``until`` is when it lapses, None if it does not. One that
    is dropped lapses at the moment at which that is said, so that every reader of it knows.
    """

    key: RoleKey
    title: str
    is_single: bool
    devised: datetime
    devised_by: str
    summary: str = ""
    may_hold: tuple[PersonKey, ...] = ()
    until: datetime | None = None

    @property
    def is_dropped(self) -> bool:
        """Whether the incident does without it again; its key stays its own."""
        return self.until == self.devised


@frozen
class Propose:
    """Begin a handoff, which is open."""

    handoff: Handoff


@frozen
class Decide:
    """End an open handoff, named by its id."""

    handoff_id: str
    outcome: HandoffOutcome
    at: datetime
    by: str


@frozen
class Correct:
    """Add a correction."""

    correction: Correction


@frozen
class Devise:
    """Add a role to an incident, or change the one of the same key."""

    role: DevisedRole


@frozen
class PlaceLink:
    """Where an incident is shown beside Datadog: an issue, or a room of a chat.

    ``target`` is the system, such as ``github``, and ``where`` names the place there, such as
    ``github:owner/repo#12``; None where the incident is no longer shown there.
    """

    target: str
    where: str | None
    url: str | None
    stated: datetime
    stated_by: str


@frozen
class Locate:
    """Say where an incident is shown in a system, in place of what was said before."""

    place: PlaceLink


Statement = Propose | Decide | Correct | Devise | Locate
"""One thing that somebody states about an incident beside who holds its roles."""
