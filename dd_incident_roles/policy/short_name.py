"""What a command that is offered calls a role."""

from __future__ import annotations

from dd_incident_roles.errors import UnknownRole
from dd_incident_roles.model import RoleKey
from dd_incident_roles.roles.catalogue import Catalogue

_MANAGER = "im"


def short_name(catalogue: Catalogue, role: RoleKey) -> str:
    """``im`` where that is what the catalogue calls the role, else the key of the role."""
    try:
        is_called_so = catalogue.find(_MANAGER).key == role
    except UnknownRole:
        return role
    return _MANAGER if is_called_so else role
