"""One incident as it was looked at, and what of a private one may be shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dd_incident_roles.model import RoleKey
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.report.documents import history, status
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.values import frozen

SOMEONE: Final = "someone"
"""Whoever holds a role of a private incident."""

_SHOWN_OF_PRIVATE: Final = ("role", "since", "seen", "until", "seconds", "seen_in", "basis")


@frozen
class Seen:
    """One incident as it was looked at: who holds what, what the rules look at, and its past."""

    status: status.StatusView
    facts: Facts
    history: history.History


def nameless(seen: Seen, catalogue: Catalogue) -> Seen:
    """A private incident without its title, its people, its streams and what was devised for it.

    It is made anew of what may be shown, so that what is added to it later is not shown by mistake.
    """
    shown, told = seen.status, seen.history
    places = [*(row.stream for row in shown.rows), *(row.stream for row in told.shown)]
    streams = sorted({stream for stream in places if stream})
    called = {name: f"stream {number}" for number, name in enumerate(streams, 1)}

    def title(role: str, known: str) -> str:
        return known if catalogue.has(RoleKey(role)) else "A role of its own"

    def past(row: history.Held) -> history.Held:
        return history.Held(
            **{name: getattr(row, name) for name in _SHOWN_OF_PRIVATE},
            title=title(row.role, row.title),
            stream=called.get(row.stream or ""),
            holder=history.Person(name=SOMEONE, email=None),
            set_by=None,
            ended_by=None,
            reason=None,
        )

    rows = tuple(
        status.Role(
            role=row.role,
            title=title(row.role, row.title),
            stream=called.get(row.stream or ""),
            required=row.required,
            holders=tuple(
                status.Holder(email=None, name=SOMEONE, since=each.since, source=each.source)
                for each in row.holders
            ),
            targets=row.targets,
        )
        for row in shown.rows
    )
    return Seen(
        status=status.StatusView(
            incident=replace(shown.incident, title=""),
            rows=rows,
            url=shown.url,
            is_read=shown.is_read,
            # That and why it was not read; others tell of people and roles.
            notices=() if shown.is_read else shown.notices[:1],
        ),
        facts=seen.facts,
        history=told.model_copy(
            update={
                "incident_title": "",
                "rows": (),
                "emptied": (),
                "recorded": (),
                "shown": tuple(map(past, told.shown)),
                "overlaps": (),
                "durations": None,
                "notices": (),
            }
        ),
    )
