"""Choosing the incidents that an operation is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.find_incident import find_incident
from dd_incident_roles.errors import NotFound, Refused, UsageError
from dd_incident_roles.model import IncidentId

OPEN_INCIDENTS = "state:(active OR stable)"
"""The query that finds the incidents that people are working on (document)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The incidents to look at; ``described`` says in words how they were chosen.

    ``remembered`` are those that only the record knows of: they are not in the search any more, be
    it that they were resolved or that the keys lost sight of them. ``searched`` says that Datadog
    was asked for them, and answered.
    """

    ids: tuple[IncidentId, ...]
    described: str
    remembered: frozenset[IncidentId] = frozenset()
    searched: bool = False


def select_incidents(
    application: Application, named: Sequence[str], query: str | None
) -> Selection:
    """The incidents that were named, else those of the query, else the open ones.

    Without names and query the record's own open incidents join, so that one which was resolved in
    Datadog meanwhile is still brought to an end here. Raises DatadogError when the search fails:
    nothing found and nothing looked at are different things.
    """
    check_choice(named, query)
    if named:
        ids = tuple(dict.fromkeys(find_incident(application, text) for text in named))
        return Selection(ids=ids, described="the incidents that were named")
    if query is not None:
        ids = tuple(dict.fromkeys(application.incidents.search_ids(query)))
        return Selection(ids=ids, described=f"query {query!r}", searched=True)
    found = _open_ones(application)
    remembered = [
        each for each in application.record.known_open_incident_ids() if each not in set(found)
    ]
    return Selection(
        ids=(*dict.fromkeys(found), *remembered),
        described="all open incidents",
        remembered=frozenset(remembered),
        searched=True,
    )


def check_choice(named: Sequence[str], query: str | None) -> None:
    """Raise UsageError where incidents are both named and searched for, or searched for nothing."""
    if query is None:
        return
    if named:
        raise UsageError(
            f"Incidents are named ({', '.join(named)}) and searched for (--query {query!r}).",
            hint="Name the incidents or give a --query, not both.",
        )
    if not query.strip():
        raise UsageError(
            "The --query is empty.",
            hint=f"Give a search of Datadog, such as '{OPEN_INCIDENTS}', "
            "or leave --query out for the open incidents.",
        )


def _open_ones(application: Application) -> list[IncidentId]:
    try:
        return list(application.incidents.search_ids(OPEN_INCIDENTS))
    except (NotFound, Refused) as error:
        if error.status not in {404, 405}:
            raise
    # Where nothing can be searched the listing has every incident, closed ones too.
    return [
        each.incident.id
        for each in application.incidents.all()
        if each.incident.is_open and not each.incident.is_test
    ]
