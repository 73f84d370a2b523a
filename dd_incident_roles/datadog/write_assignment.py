"""Roles as role assignments of responders, where Datadog offers them (unreleased)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dd_incident_roles.datadog.assignments import RoleAssignments
from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.offers import Offers
from dd_incident_roles.datadog.situation import Situation
from dd_incident_roles.datadog.writer import found_instead
from dd_incident_roles.errors import DatadogError, Forbidden, NotFound, Refused
from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.sync.changes import Confirmed, Outcome, Outdated, Unsupported

_NOT_OFFERED = "Datadog does not offer role assignments to these keys"


class AssignmentWriter:
    """Gives and takes roles by making and deleting assignments."""

    def __init__(self, assignments: RoleAssignments, offers: Offers, directory: Directory) -> None:
        self._assignments = assignments
        self._offers = offers
        self._directory = directory

    def hand_over(
        self,
        situation: Situation,
        role: RoleKey,
        before: frozenset[PersonKey],
        after: PersonKey | None,
    ) -> Outcome:
        """Give the role to one and take it from the others.

        Where Datadog itself keeps the role to one person the old holder has to leave first;
        everywhere else the new one comes first, so that the role is never empty on the way.
        """
        definition = situation.definition(role)
        given = situation.given(role)
        leaving = {person: row for person, row in given.items() if person != after}
        if not frozenset(leaving) <= before:
            return Outdated(found=found_instead(role, frozenset(given)))
        if not leaving and (after is None or after in given):
            return Confirmed(
                holder=after, remote_id=given.get(after) if after else None, already=True
            )
        if after is None:
            return self._remove(leaving)
        if definition is not None and definition.is_single:
            removed = self._remove(leaving)
            if not isinstance(removed, Confirmed):
                return removed
            with _half_done(bool(leaving)):
                return self.give(situation, role, after)
        outcome = self.give(situation, role, after)
        if not isinstance(outcome, Confirmed):
            return outcome
        with _half_done(not outcome.already):
            removed = self._remove(leaving)
        return outcome if isinstance(removed, Confirmed) else removed

    def give(self, situation: Situation, role: RoleKey, person: PersonKey) -> Outcome:
        """Give a responder the role."""
        given = situation.given(role)
        if person in given:
            return Confirmed(holder=person, remote_id=given[person], already=True)
        definition = situation.definition(role)
        if definition is None or situation.team is None or self._offers.assignments is False:
            return Unsupported(reason=_NOT_OFFERED)
        responder = situation.outside(person)
        if responder is None:
            responder = situation.team.listing.of_user(self._directory.user_id(person))
        if responder is None:
            return Outdated(found=f"{person} is not among the responders")
        try:
            made = self._assignments.create(
                responder_id=responder.id, user_defined_role_id=definition.id
            )
        except (Forbidden, NotFound, Refused) as error:
            return self._declined(error)
        self._offers.assignments_work()
        return Confirmed(holder=person, remote_id=made.id)

    def take(self, situation: Situation, role: RoleKey, person: PersonKey) -> Outcome:
        """Take the role from a responder; one who does not have it any more is no error."""
        given = situation.given(role)
        return self._remove({person: given[person]} if person in given else {})

    def _remove(self, leaving: dict[PersonKey, str]) -> Outcome:
        for number, assignment_id in enumerate(leaving.values()):
            try:
                self._assignments.delete(assignment_id)
            except DatadogError as error:
                if number == 0 and isinstance(error, Forbidden | Refused):
                    return self._declined(error)
                error.ambiguous = error.ambiguous or number > 0
                raise
        return Confirmed(holder=None, already=not leaving)

    def _declined(self, error: DatadogError) -> Outcome:
        """Tell a missing endpoint from a refusal; only one that never worked can be missing."""
        missing = isinstance(error, NotFound | Forbidden) or error.status in {405, 501}
        if missing and self._offers.assignments is not True:
            self._offers.assignments_missing()
            return Unsupported(reason=_NOT_OFFERED)
        raise error


@contextmanager
def _half_done(begun: bool) -> Iterator[None]:
    """Once a first half is in place, even a clear refusal leaves something behind."""
    try:
        yield
    except DatadogError as error:
        error.ambiguous = error.ambiguous or begun
        raise
