"""Somebody who was found where people for a role are looked for, with what is known of them."""

from __future__ import annotations

from dataclasses import dataclass

from dd_incident_roles.model import Person
from dd_incident_roles.policy.facts import Account, NotRead
from dd_incident_roles.roles.catalogue import OnCallOf, SuggestionSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """That somebody takes turns in rotations of a team which, by their names, only watch.

    ``place`` is what is named so, such as ``layer 'Shadow rotation'``.
    """

    team: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who may be proposed for a role.

    ``found`` are the places in which they were found. ``is_pending`` says that the account was
    invited and never used. ``qualified`` is None where the role demands no team, or nobody could
    look.
    """

    person: Person
    found: tuple[SuggestionSource, ...]
    account: Account | NotRead
    is_pending: bool = False
    shadows: tuple[Shadow, ...] = ()
    qualified: bool | None = None

    @property
    def serves(self) -> tuple[SuggestionSource, ...]:
        """Where they were found, without the teams on whose calls they only watch."""
        watched = {shadow.team for shadow in self.shadows}
        return tuple(
            source
            for source in self.found
            if not (isinstance(source, OnCallOf) and source.team in watched)
        )

    @property
    def on_call(self) -> bool:
        """Whether a page to one of the teams reaches them first."""
        return any(isinstance(source, OnCallOf) for source in self.serves)
