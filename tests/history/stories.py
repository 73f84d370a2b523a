"""What happened to roles, told as the record and as Datadog's timeline tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from dd_incident_roles import model
from dd_incident_roles.history.held import Held
from dd_incident_roles.history.history import History, history_of
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.roles.catalogue import (
    Catalogue,
    Holders,
    NamedRole,
    Requirement,
    Role,
    Streams,
)
from dd_incident_roles.roles.ledger import Correction
from tests.policy.cases import ADA, BO, CAI, at, role, seen
from tests.policy.cases import facts as open_facts
from tests.policy.intervals import interval

PEOPLE = (ADA, BO, CAI)
PILOT = model.RoleKey("pilot")


def pilot(
    holders: Holders = Holders.ONE,
    streams: Streams = Streams.NONE,
    required: tuple[Requirement, ...] = (),
) -> Role:
    """A role called Pilot."""
    return Role(
        key=PILOT,
        title="Pilot",
        summary="",
        responsibilities=(),
        holders=holders,
        streams=streams,
        datadog=NamedRole("Pilot"),
        aliases=("flyer",),
        required=required,
    )


def catalogue(*roles: Role) -> Catalogue:
    """A catalogue of the Incident Manager, whom nothing requires, and some roles."""
    manager = replace(
        role(model.INCIDENT_MANAGER, "Incident Manager"),
        aliases=("im", "commander", "Incident Commander"),
    )
    return Catalogue(file="roles.yaml", roles=(manager, *(roles or (pilot(),))))


def noted(minutes: float, text: str, *, author: str | None = None, key: str = "") -> model.Entry:
    """What Datadog noted of a role by itself."""
    return model.Entry(
        key=model.EntryKey(f"dd:{key or minutes}"),
        at=at(minutes),
        created=at(minutes),
        text=text,
        author=author,
        kind="role_change",
        origin="datadog",
    )


def correction(
    since: float,
    until: float,
    person: model.Person | None,
    *,
    key: model.RoleKey = PILOT,
    stream: str | None = None,
    number: int = 0,
) -> Correction:
    """What Cai says about the past of a role, Pilot unless said otherwise."""
    return Correction(
        id=str(number),
        role=key,
        stream=stream,
        person=person.key if person else None,
        since=at(since),
        until=at(until),
        reason="the call was not recorded",
        set_by=CAI.key,
        recorded=at(500 + number),
    )


def watched(
    *intervals: model.Assignment, roles: Catalogue | None = None, first_look: float | None = 0
) -> Facts:
    """An open SEV-1 that the record has looked at from so many minutes after the declaration."""
    return replace(
        open_facts(catalogue=roles or catalogue(), observations=(seen(0, "SEV-1"),)),
        intervals=intervals,
        watched_since=None if first_look is None else at(first_look),
    )


def history(
    facts: Facts,
    *entries: model.Entry,
    corrections: Iterable[Correction] = (),
    now: float = 60,
    people: tuple[model.Person, ...] = PEOPLE,
    only: model.RoleKey | None = None,
) -> History:
    """The history, an hour after the declaration unless said otherwise."""
    return history_of(
        facts,
        entries=entries,
        people=people,
        corrections=tuple(corrections),
        now=at(now),
        only=only,
    )


def intervals(text: str, role: model.RoleKey = PILOT) -> list[model.Assignment]:
    """Intervals of a role such as ``ada 0-20, bo/web 10-``: who, in which stream, from, until."""
    people = {name(each.key): each for each in PEOPLE}
    found = []
    for each in filter(None, text.split(", ")):
        place, _, stretch = each.partition(" ")
        who, _, stream = place.partition("/")
        since, _, until = stretch.partition("-")
        ends = float(until) if until else None
        found.append(interval(role, float(since), ends, by=people[who], stream=stream or None))
    return found


def noted_entries(text: str) -> list[model.Entry]:
    """Entries of Datadog such as ``5 Pilot: nobody → Ada; 9 Pilot: Ada → Bo``, from minute 5 on."""
    each = [part.partition(" ") for part in text.split("; ") if part]
    return [noted(float(at), said, key=f"{n}") for n, (at, _, said) in enumerate(each)]


def brief(rows: Iterable[Held]) -> str:
    """Rows such as ``ada ?-9 inferred, bo/web 9- recorded``: who, when, and how it is known."""
    return ", ".join(
        f"{name(row.person)}{f'/{row.stream}' if row.stream else ''} "
        f"{span(row.since, row.until)} {row.basis.value}"
        for row in rows
    )


def span(since: datetime | None, until: datetime | None) -> str:
    """A stretch in minutes; ``?`` for since the declaration or earlier."""
    begins = "?" if since is None else f"{minute(since):g}"
    return f"{begins}-" if until is None else f"{begins}-{minute(until):g}"


def minute(moment: datetime | None) -> float | None:
    """An instant in minutes since the declaration."""
    return None if moment is None else (moment - at(0)).total_seconds() / 60


def name(person: model.PersonKey) -> str:
    """Somebody without the part of the address that all share."""
    return person.removesuffix("@corp.example")
