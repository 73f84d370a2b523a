"""What the board shows of incidents, as one value: the page only lays it out.

All texts are as they are to be read, but not cleaned: that is done where they enter the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from dd_incident_roles import words
from dd_incident_roles.model import RoleKey
from dd_incident_roles.policy import clock
from dd_incident_roles.policy.clock import SOON_ENOUGH, Stretch
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.policy import Finding, Verdict
from dd_incident_roles.report import history_text
from dd_incident_roles.report.board.lanes import Lane, Tick, lane_of, ticks_of
from dd_incident_roles.report.check_text import until
from dd_incident_roles.report.documents import TargetState, history, status
from dd_incident_roles.report.targets import display_name, footnotes, state_text
from dd_incident_roles.report.terminal import Call, calling, incident_facts
from dd_incident_roles.roles.catalogue import Catalogue, Level
from dd_incident_roles.values import frozen
from dd_incident_roles.words import clean

_UNREAD: Final = "It could not be read; this is what is recorded here."
_LONGEST_TITLE: Final = 200
_SOMEONE: Final = "someone"
"""Whoever holds a role of a private incident."""

_SHOWN_OF_PRIVATE: Final = ("role", "since", "seen", "until", "seconds", "seen_in", "basis")

_Place = tuple[str, str | None]
"""A role and one of its streams, None for the role as a whole."""


@frozen
class Seen:
    """One incident as it was looked at: who holds what, what the rules look at, and its past."""

    status: status.StatusView
    facts: Facts
    history: history.History


class Mood(StrEnum):
    """What the page comes to, the worst first."""

    ALARM = "alarm"
    CAUTION = "caution"
    CALM = "calm"


@frozen
class Unread:
    """Something that could not be read, so that the page may lack something."""

    about: str
    reason: str
    hint: str | None = None


@frozen
class Link:
    """Where an incident is shown; ``url`` is None where that is no address to follow."""

    label: str
    url: str | None


@frozen
class Vacancy:
    """That a required role is empty; ``is_late`` is whether for longer than is allowed."""

    is_late: bool
    since: str
    due: str


@frozen
class Row:
    """A role, or a stream of it: who holds it now and since when, and its lane.

    ``states`` say where something else is shown. A role that is empty, and must not be, has a
    vacancy.
    """

    title: str
    holders: tuple[tuple[str, str], ...]
    vacancy: Vacancy | None
    states: tuple[str, ...]
    lane: Lane


@frozen
class Remark:
    """A finding of a rule with what to type about it; ``waived`` is who accepted it, and why."""

    finding: Finding
    waived: str | None


@frozen
class Card:
    """One incident; ``idle`` are the roles that nobody holds, holds no more, or has to."""

    anchor: str
    label: str
    title: str
    severity: str
    facts: tuple[str, ...]
    unread: str | None
    is_nameless: bool
    links: tuple[Link, ...]
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    span: str
    end: str
    idle: tuple[str, ...]
    remarks: tuple[Remark, ...]
    notes: tuple[str, ...]
    past: tuple[tuple[str, ...], ...]
    past_notes: tuple[tuple[str, bool], ...]

    @property
    def empty(self) -> tuple[Row, ...]:
        """The required roles that nobody holds."""
        return tuple(row for row in self.rows if row.vacancy)


@frozen
class Board:
    """The page: the gravest incident first, and what could not be read before anything else."""

    made: str
    zone: str
    mood: Mood
    headline: str
    summary: str
    cards: tuple[Card, ...]
    unread: tuple[Unread, ...]
    remarks: tuple[Remark, ...]
    notes: tuple[str, ...]

    @property
    def empty(self) -> tuple[Vacancy, ...]:
        """Every required role that nobody holds, in any of the incidents."""
        return tuple(row.vacancy for card in self.cards for row in card.rows if row.vacancy)


def board_of(
    incidents: Iterable[Seen],
    *,
    verdict: Verdict,
    unread: Sequence[Unread],
    notes: Sequence[str],
    catalogue: Catalogue,
    shows_private: bool,
    now: datetime,
) -> Board:
    """Make the page of incidents in their order; times are in the zone of ``now``.

    Of a private incident only its number, its severity and its state are shown, and when which role
    was held, but not by whom, unless the policy shows private ones. ``catalogue`` has the roles
    that every incident has.
    """
    by_incident: dict[str | None, list[Remark]] = {}
    for finding in verdict.findings:
        about = finding.incident.id if finding.incident else None
        by_incident.setdefault(about, []).append(_remark(finding, now))
    cards = []
    for seen in incidents:
        is_nameless = seen.status.incident.private and not shows_private
        shown = _nameless(seen, catalogue) if is_nameless else seen
        remarks = by_incident.pop(seen.status.incident.id, [])
        cards.append(_card(shown, remarks, now, is_nameless=is_nameless))
    # What is about the policy, or about an incident that the page does not show.
    others = tuple(remark for remarks in by_incident.values() for remark in remarks)
    board = Board(
        # As if seen from another day, so that the date is in it.
        made=words.instant_label(now, now - timedelta(days=2)),
        zone=f"{now:%Z}",
        mood=Mood.CALM,
        headline="",
        summary="",
        cards=tuple(cards),
        unread=tuple(unread),
        remarks=others,
        notes=tuple(notes),
    )
    return replace(board, mood=_mood(board), headline=_headline(board), summary=_summary(board))


def _nameless(seen: Seen, catalogue: Catalogue) -> Seen:
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
            holder=history.Person(name=_SOMEONE, email=None),
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
                status.Holder(email=None, name=_SOMEONE, since=each.since, source=each.source)
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


def _active(board: Board) -> list[Remark]:
    every = [*board.remarks, *(remark for card in board.cards for remark in card.remarks)]
    return [remark for remark in every if remark.waived is None]


def _mood(board: Board) -> Mood:
    levels = {remark.finding.level for remark in _active(board)}
    if any(each.is_late for each in board.empty) or Level.ERROR in levels:
        return Mood.ALARM
    return Mood.CAUTION if board.empty or levels or board.unread else Mood.CALM


def _headline(board: Board) -> str:
    """The one sentence for who only looks; what was not read is never called good."""
    if empty := board.empty:
        where = sum(bool(card.empty) for card in board.cards)
        are = "is" if len(empty) == 1 else "are"
        return (
            f"{words.count_of(len(empty), 'required role')} {are} empty in "
            f"{words.count_of(where, 'incident')}"
        )
    if board.unread:
        return "Not everything could be read"
    return "Every required role is held" if board.cards else "No incident is open"


def _summary(board: Board) -> str:
    parts = [words.count_of(len(board.cards), "incident")]
    active = _active(board)
    parts += [
        words.count_of(number, level.value)
        for level in Level
        if (number := sum(remark.finding.level is level for remark in active))
    ]
    if board.unread:
        parts.append(f"{len(board.unread)} not read")
    return ", ".join(parts)


def _remark(finding: Finding, now: datetime) -> Remark:
    waived = finding.waived
    return Remark(
        finding=finding,
        waived=f"{waived.owner}, {until(waived, now)}: {waived.reason}" if waived else None,
    )


def _card(seen: Seen, remarks: Sequence[Remark], now: datetime, *, is_nameless: bool) -> Card:
    shown, incident = seen.status, seen.status.incident
    ended = now if incident.is_open else incident.resolved or incident.modified
    call = calling(
        [
            *((each.name, each.email) for row in shown.rows for each in row.holders),
            *((row.holder.name, row.holder.email) for row in seen.history.shown),
        ]
    )
    rows = tuple(_rows(seen, ended, call, now))
    ours = {place for place, _ in rows}
    end = "now" if incident.is_open else words.time_label(ended, now)
    age, *marks = incident_facts(incident, now)
    return Card(
        # Several incidents can have one number, and an address that stays may be passed on.
        anchor=f"ir-{incident.public_id}-{incident.id[:8]}",
        label=words.incident_label(incident.public_id),
        title=words.shorten(incident.title, _LONGEST_TITLE)
        or ("Private incident" if is_nameless else "(no title)"),
        severity=incident.severity,
        facts=(
            incident.state,
            age,
            f"declared {words.instant_label(incident.declared, now)}",
            *marks,
        ),
        # What comes first of one that was not read is why.
        unread=None if shown.is_read else next(iter(shown.notices), _UNREAD),
        is_nameless=is_nameless,
        links=tuple(_links(shown)),
        rows=tuple(row for _, row in rows),
        ticks=ticks_of(Stretch(began=incident.declared, ended=ended), now),
        span=f"From {words.time_label(incident.declared, now)} to {end} ({now:%Z})",
        end=end,
        idle=tuple(row.title for row in shown.rows if (row.role, row.stream) not in ours),
        remarks=tuple(remarks),
        notes=tuple(_notes(shown)),
        past=tuple(
            (words.role_label(row.title, row.stream), *map(str, history_text.cells(row, now, call)))
            for row in seen.history.shown
        ),
        past_notes=(
            *history_text.gap_sentences(seen.history.gaps, now),
            *(
                (history_text.overlap_sentence(each, now, call), True)
                for each in seen.history.overlaps
            ),
        ),
    )


def _notes(shown: status.StatusView) -> Iterator[str]:
    if shown.is_read:
        yield from footnotes(shown.rows, shown.incident.public_id)
        yield from shown.notices
    else:
        yield from shown.notices[1:]


def _links(shown: status.StatusView) -> Iterator[Link]:
    if shown.url:
        yield Link(label="Datadog", url=_address(shown.url))
    for place in shown.places:
        label = f"{display_name(place.target)} {place.label}".strip()
        yield Link(label=label, url=_address(place.url))


def _address(url: str | None) -> str | None:
    """An address that may be followed from the page; anything else is no link."""
    if url is None or url != clean(url) or " " in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    # A user name can make an address look like that of another host.
    return url if parts.scheme == "https" and parts.hostname and not parts.username else None


def _rows(seen: Seen, ended: datetime, call: Call, now: datetime) -> Iterator[tuple[_Place, Row]]:
    """Every role that is held, must be held or was held: first what is empty and must not be."""
    past: dict[_Place, list[history.Held]] = {}
    for held in seen.history.shown:
        past.setdefault((held.role, held.stream), []).append(held)
    roles = {(row.role, row.stream): row for row in seen.status.rows}
    for place, own in past.items():
        # A stream that nobody holds any more, or a role that was dropped since.
        gone = status.Role(role=place[0], title=own[0].title, stream=place[1])
        roles.setdefault(place, gone)
    vacancies = {place: _vacancy(role, seen, now) for place, role in roles.items()}
    places = [
        place for place, role in roles.items() if role.is_held or vacancies[place] or place in past
    ]
    order = {role.key: number for number, role in enumerate(seen.facts.catalogue.roles)}

    def rank(place: _Place) -> tuple[bool, bool, int, bool, str]:
        vacancy, at = vacancies[place], order.get(RoleKey(place[0]), len(order))
        late = vacancy is not None and vacancy.is_late
        return (vacancy is None, not late, at, place[1] is not None, place[1] or "")

    for place in sorted(places, key=rank):
        role = roles[place]
        # Nobody held the role in any stream: that is said once where there is a lane for it.
        is_told = place[1] is None or (place[0], None) not in places
        yield (
            place,
            Row(
                title=words.role_label(role.title, role.stream),
                holders=tuple(
                    (
                        each.called_by(call),
                        f"since {words.since_label(each.since, now)}" if each.since else "",
                    )
                    for each in role.holders
                ),
                vacancy=vacancies[place],
                # Of one that was not read none is known, which is said once.
                states=tuple(_states(role)) if seen.status.is_read else (),
                lane=lane_of(
                    past.get(place, ()),
                    [gap for gap in seen.history.gaps if is_told and gap.role == place[0]],
                    life=Stretch(began=seen.status.incident.declared, ended=ended),
                    call=call,
                    now=now,
                ),
            ),
        )


def _vacancy(role: status.Role, seen: Seen, now: datetime) -> Vacancy | None:
    """That a required role is empty, since when by the rules that find it so, and what was due."""
    if role.is_held or not role.required:
        return None
    key = RoleKey(role.role)
    left = [row.until for row in seen.history.shown if row.role == key and row.until]
    # What the record alone knows has no vacancies, but it has the past.
    emptied = seen.facts.vacancies.get(key) or max(left, default=None)
    demands = [
        (max(each.since, emptied or each.since), each.requirement.after)
        for each in clock.demands_on(seen.facts, seen.facts.catalogue.role(key), now)
        if each.sure
    ]
    if not demands:
        return Vacancy(is_late=False, since="", due="")
    since = min(since for since, _ in demands)
    # Where nobody watched, somebody may have held it: only that it was required is known.
    first_look = seen.history.first_seen
    is_watched = first_look is not None and first_look - since <= SOON_ENOUGH
    known = "" if emptied or is_watched else "required "
    due = min(since + after for since, after in demands)
    return Vacancy(
        is_late=due <= now,
        since=f"{known}since {words.since_label(since, now)}",
        due=f"due {words.time_label(due, now)}",
    )


def _states(role: status.Role) -> Iterator[str]:
    """Where something else is shown than what is recorded, or nobody could look."""
    for target, state in sorted(role.targets.items()):
        is_said = state is not TargetState.NOT_SUPPORTED or role.is_held
        if state is not TargetState.IN_SYNC and is_said:
            yield f"{display_name(target)}: {state_text(state).plain}"
