"""The issue and the channel of an incident, as Datadog's own integrations note them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from dd_incident_roles.datadog import wire
from dd_incident_roles.datadog.capabilities import ApiPart, CapabilityCache
from dd_incident_roles.datadog.failures import NOT_OFFERED
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.model import IncidentId
from dd_incident_roles.places import Place, TargetName, channel_place, issue_place
from dd_incident_roles.values import frozen
from dd_incident_roles.words import join_names

NAMED_BY_DATADOG: Final[frozenset[TargetName]] = frozenset({"slack", "jira"})
"""The systems whose places Datadog notes; it has no number for GitHub and GitLab (client model)."""

_SYSTEM: Final = MappingProxyType({1: "slack", 7: "teams", 8: "jira"})
_FAILED = 5
_MISSING = frozenset({403, 404, 405, 501})
_EARLIEST = datetime.min.replace(tzinfo=UTC)


@frozen
class NamedPlace:
    """A place that Datadog names; ``url`` is its page, where Datadog tells one."""

    place: Place
    url: str | None = None


@frozen
class NamedPlaces:
    """What Datadog names of an incident: at most one place of each system.

    ``awaited`` are systems in which there may be one that is not known yet.
    """

    places: tuple[NamedPlace, ...] = ()
    awaited: frozenset[TargetName] = frozenset()
    notices: tuple[str, ...] = ()


class Integrations:
    """The integration metadata of incidents (recorded, but for the list itself)."""

    def __init__(self, session: Session, capabilities: CapabilityCache) -> None:
        self._session = session
        self._capabilities = capabilities

    def of(self, incident_id: IncidentId, asked: Collection[TargetName]) -> NamedPlaces:
        """Read what is noted of some systems; that the keys may not is said once for a while.

        The incident must have been read just before, so that a 404 is about the endpoint.
        Raises DatadogError where Datadog cannot be asked.
        """
        worked = self._capabilities.seen(ApiPart.INTEGRATIONS)
        if worked is False:
            return NamedPlaces()
        where = wire.path(wire.INCIDENTS, incident_id, "relationships", "integrations")
        try:
            entries = self._session.get(where, wire.reads_all(_entry))
        except NOT_OFFERED as error:
            if error.status not in _MISSING:
                raise
            # What worked before is not written off because of one incident.
            if not worked:
                self._capabilities.note_refused(ApiPart.INTEGRATIONS)
            lacking = (
                "Datadog does not tell these keys which channel and which issue an incident has; "
                "link them by hand."
            )
            return NamedPlaces(notices=(lacking,))
        self._capabilities.note_working(ApiPart.INTEGRATIONS)
        return _named(entries, asked)


@frozen
class _Entry:
    """What one integration has; ``items`` are its channels or issues."""

    system: str | None
    created: datetime
    has_failed: bool
    items: tuple[wire.Object, ...]


def _entry(resource: wire.Object) -> _Entry:
    attributes = wire.object_at(resource, "attributes")
    system = _SYSTEM.get(wire.whole_number(attributes, "integration_type") or 0)
    key = {"slack": "channels", "teams": "teams", "jira": "issues"}.get(system or "", "")
    return _Entry(
        system=system,
        created=wire.time_at(attributes, "created") or _EARLIEST,
        has_failed=wire.whole_number(attributes, "status") == _FAILED,
        items=tuple(wire.objects_at(attributes, "metadata", key)),
    )


def _named(entries: Sequence[_Entry], asked: Collection[TargetName]) -> NamedPlaces:
    """The first item of the newest entry that has not failed, for each system."""
    # Of two that are as old, the one that is listed last.
    newest = sorted(enumerate(entries), key=lambda each: (each[1].created, each[0]), reverse=True)
    items: dict[str, list[wire.Object]] = {}
    for _, entry in newest:
        if entry.system is not None and not entry.has_failed:
            items.setdefault(entry.system, []).extend(entry.items)
    places, notices = [], []
    for read, system, what in ((_issue, "jira", "issues"), (_channel, "slack", "channels")):
        if system not in asked:
            continue
        found = [named for item in items.get(system, ()) if (named := read(item))]
        places += found[:1]
        others = dict.fromkeys(each.place for each in found if each.place != found[0].place)
        if others:
            notices.append(
                f"Datadog names several {what}: {found[0].place.label}, which counts, and "
                f"{join_names([each.label for each in others])}."
            )
    if "slack" in asked and "slack" not in items:
        notices += _of_teams(items.get("teams", ()))
    # An issue that is still being made has no key yet.
    is_awaited = bool(items.get("jira")) and all(each.place.target != "jira" for each in places)
    awaited: frozenset[TargetName] = frozenset({"jira"}) if is_awaited else frozenset()
    return NamedPlaces(places=tuple(places), awaited=awaited, notices=tuple(notices))


def _channel(item: wire.Object) -> NamedPlace | None:
    place = channel_place(wire.text(item, "channel_id") or "", name=wire.text(item, "channel_name"))
    return NamedPlace(place=place, url=_page(item)) if place else None


def _issue(item: wire.Object) -> NamedPlace | None:
    account = wire.text(item, "account")
    place = issue_place(wire.text(item, "issue_key") or "", base=_secure(account))
    return NamedPlace(place=place, url=_page(item)) if place else None


def _of_teams(items: Sequence[wire.Object]) -> Iterator[str]:
    if items:
        name = wire.text(items[0], "ms_channel_name")
        called = f"the channel {name}" if name else "a channel"
        yield f"Microsoft Teams: Datadog names {called}; it has no topic to show roles in."


def _page(item: wire.Object) -> str | None:
    return _secure(wire.text(item, "redirect_url"))


def _secure(address: str | None) -> str | None:
    """An address that can be opened, and None for anything else."""
    try:
        url = urlsplit(address or "")
    except ValueError:
        return None
    return address if url.scheme == "https" and url.hostname else None
