"""What a target showed until a moment ago, so that an old listing is not taken for news."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.sync.ports import Reading
from dd_incident_roles.sync.role_plan import Terms
from dd_incident_roles.sync.state import DropLink, Edit, Former, Link, PutLink

FORMERLY = "formerly"
"""How a former holder is kept among the links."""


def note_former(role: RoleKey, person: PersonKey, *, seen: datetime, now: datetime) -> PutLink:
    """Note that somebody held a role in the target before it changed.

    ``seen`` is when the incident had last been modified in the reading that still showed it; a
    later reading that shows it again was made after the change, and is believed.
    """
    link = Link(
        item=Former(role, person),
        holder=None,
        via=FORMERLY,
        remote_id=seen.isoformat(),
        missing_since=now,
    )
    return PutLink(link=link)


def formers(
    links: Collection[Link], role: RoleKey, reading: Reading, terms: Terms
) -> frozenset[PersonKey]:
    """Who may be shown in a role only because the reading is older than a change we know of."""
    return frozenset(
        link.item.person
        for link in links
        if isinstance(link.item, Former)
        and link.item.role == role
        and _may_be_stale(link, reading, terms)
    )


def outlived(links: Collection[Link], terms: Terms) -> Iterator[Edit]:
    """Forget the former holders that no listing can show any more."""
    for link in links:
        if isinstance(link.item, Former) and _is_old(link, terms):
            yield DropLink(item=link.item)


def _may_be_stale(link: Link, reading: Reading, terms: Terms) -> bool:
    newer = link.remote_id and reading.incident.modified > datetime.fromisoformat(link.remote_id)
    return not _is_old(link, terms) and not newer


def _is_old(link: Link, terms: Terms) -> bool:
    return link.missing_since is None or terms.is_settled(link.missing_since)
