"""Roles that an Incident Manager devised for one incident, as the record keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.model import PersonKey, RoleKey


@dataclass(frozen=True, slots=True, kw_only=True)
class DevisedRole:
    """A role of one incident that the catalogue does not know.

    ``is_single`` says that one person at a time holds it. ``may_hold`` are the people who may, and
    nobody is left out where it is empty. ``until`` is when it lapses, None if it does not.
    """

    key: RoleKey
    title: str
    is_single: bool
    devised: datetime
    devised_by: str
    summary: str = ""
    may_hold: tuple[PersonKey, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Devise:
    """Add a role to an incident, or change the one of the same key."""

    role: DevisedRole
