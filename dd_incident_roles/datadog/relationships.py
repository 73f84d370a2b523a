"""What belongs to an incident elsewhere, as Datadog has it: its tasks, its issue, its channel."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from dd_incident_roles.datadog import wire
from dd_incident_roles.datadog.failures import MISSING, NOT_OFFERED
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.learned import ApiPart, CapabilityCache
from dd_incident_roles.model import IncidentId
from dd_incident_roles.places import Place, TargetName, channel_place, issue_place
from dd_incident_roles.values import frozen
from dd_incident_roles.words import join_names


@frozen
class Todo:
    """One task or follow-up; times are in UTC.

    It is only ever shown, so that one without an id is known by its content.
    ``assignees`` are texts as Datadog shows them, of no fixed form: "@" with a handle, or the name
    of somebody in a chat. ``content`` is empty where Datadog shows none.
    """

    id: str
    content: str = ""
    assignees: tuple[str, ...] = ()
    due: datetime | None = None
    completed: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.completed is None


class Todos:
    """Tasks and follow-ups of incidents (recorded); reading them needs incident_read."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, incident_id: IncidentId) -> tuple[Todo, ...]:
        """Read every todo, done or not, in the order of Datadog."""
        where = wire.path(wire.INCIDENTS, incident_id, "relationships", "todos")
        read = wire.reads_page(_todo)
        rows = wire.paged(
            # The released client knows no parameters here: the first request has none, and that a
            # later page[offset] is obeyed is unverified.
            lambda _, seen: self._session.get(
                where, read, (("page[offset]", str(seen)),) if seen else ()
            )
        )
        return tuple(todo for _, todo in rows)


def _todo(resource: wire.Object) -> tuple[str, Todo]:
    attributes = wire.object_at(resource, "attributes")
    content = wire.text(attributes, "content") or ""
    todo_id = wire.identifier(resource) or f"without an id: {content}"
    return todo_id, Todo(
        id=todo_id,
        content=content,
        assignees=tuple(_assignees(attributes)),
        due=wire.time_at(attributes, "due_date"),
        completed=wire.time_at(attributes, "completed"),
    )


def _assignees(attributes: wire.Object) -> Iterator[str]:
    """One list holds both handles and objects (recorded); an object may lack its name."""
    listed = attributes.get("assignees")
    for item in listed if isinstance(listed, list) else []:
        shown = (
            wire.text(item, "name") or wire.text(item, "id")
            if isinstance(item, dict)
            else wire.text({"handle": item}, "handle")
        )
        if shown:
            yield shown


NAMED_BY_DATADOG: Final[frozenset[TargetName]] = frozenset({"slack", "jira"})
"""The systems whose places Datadog notes; it has no number for GitHub and GitLab (client model)."""

# Datadog's numbers of integrations, and its status of one that failed (client model).
_SYSTEM: Final = MappingProxyType({1: "slack", 7: "teams", 8: "jira"})
_FAILED = 5
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
            if error.status not in MISSING:
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
