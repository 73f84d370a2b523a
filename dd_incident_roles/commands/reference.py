"""The ways of naming an incident: a UUID, a public id, or the address of its page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from dd_incident_roles.errors import UnknownIncident, UsageError
from dd_incident_roles.model import IncidentId
from dd_incident_roles.settings import Settings
from dd_incident_roles.settings.sites import host_of, site_of

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


def parse_reference(text: str, settings: Settings) -> Reference:
    """Read how an incident is named; raises UnknownIncident for anything else.

    A page must be of the Datadog that the settings name: the same number is another incident
    elsewhere. Raises UsageError for one of another site or host.

    ``IR-1001`` is the form that Datadog shows; other types of incident have other prefixes, so any
    word in front of the number is accepted.
    """
    named = text.strip()
    if "://" in named:
        named = _on_page(text, named, settings)
    number = _PUBLIC_ID.fullmatch(named)
    if number:
        return ByPublicId(int(number[1]))
    try:
        return ByUuid(IncidentId(str(UUID(named))))
    except ValueError:
        raise UnknownIncident(text) from None


def _on_page(text: str, url: str, settings: Settings) -> str:
    host = host_of(url)
    page = _PAGE.match(urlsplit(url).path) if host else None
    if page is None or host is None:
        raise UnknownIncident(text)
    if settings.shows_pages_of(host):
        return page["reference"]
    shown = site_of(host)
    raise UsageError(
        f"{text} is a page of {shown or host}, and the keys are for {settings.page_site}.",
        hint=f"Set DD_SITE={shown} with keys of that organisation, and name another record "
        "with --store."
        if shown
        else f"Give an address on {settings.page_site}, or the number of the incident.",
    )
