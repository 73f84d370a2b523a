"""The ways of naming an incident: a UUID, a public id, or the address of its page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from dd_incident_roles.errors import UnknownIncident
from dd_incident_roles.model import IncidentId

_PUBLIC_ID = re.compile(r"(?:[a-z][a-z0-9]*-|#)?(\d{1,12})", re.IGNORECASE)
_PAGE = re.compile(r"^/incidents/(?P<reference>[^/]+)")


@dataclass(frozen=True, slots=True)
class ByUuid:
    """The incident with this UUID."""

    id: IncidentId


@dataclass(frozen=True, slots=True)
class ByPublicId:
    """The incident that people know by this number."""

    number: int


Reference = ByUuid | ByPublicId
"""What somebody typed to name an incident."""


def parse_reference(text: str) -> Reference:
    """Read how an incident is named; raises UnknownIncident for anything else.

    ``IR-1001`` is the form that Datadog shows; other types of incident have other prefixes, so any
    word in front of the number is accepted.
    """
    named = text.strip()
    if "://" in named:
        page = _PAGE.match(urlsplit(named).path)
        if page is None:
            raise UnknownIncident(text)
        named = page["reference"]
    number = _PUBLIC_ID.fullmatch(named)
    if number:
        return ByPublicId(int(number[1]))
    try:
        return ByUuid(IncidentId(str(UUID(named))))
    except ValueError:
        raise UnknownIncident(text) from None
