"""The board as a value: what it says of incidents, in which order, and what it leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, PersonKey
from dd_incident_roles.report.board.board import Board, Mood, Seen, Unread
from dd_incident_roles.report.board.lanes import MOST_TRACKS, Bar, Kind
from dd_incident_roles.report.documents import TargetState
from dd_incident_roles.report.documents.status import Place
from dd_incident_roles.roles.catalogue import Level
from tests.policy.cases import ADA, BO, CAI, SCRIBE, SUPPORT, TECH_LEAD, at, person
from tests.policy.intervals import interval
from tests.report.board.cases import board, found, looked
from tests.report.cases import changed

HELD = (interval(INCIDENT_MANAGER, 0), interval(SCRIBE, 2), interval(TECH_LEAD, 0, stream="db"))
"""Everything that a SEV-1 requires for an hour, and for as long as it takes."""
ALL_WELL = looked(*HELD)
NO_SCRIBE = looked(HELD[0], interval(SCRIBE, 2, 40), HELD[2])
JUST_LEFT = looked(HELD[0], interval(SCRIBE, 2, 58), HELD[2])
UNREAD = Unread(about="IR-1002", reason="Datadog did not answer.")


@pytest.mark.parametrize(
    ("shown", "mood", "headline"),
    [
        (board(), Mood.CALM, "No incident is open"),
        (board(ALL_WELL), Mood.CALM, "Every required role is held"),
        (board(NO_SCRIBE), Mood.ALARM, "1 required role is empty in 1 incident"),
        (board(looked()), Mood.ALARM, "3 required roles are empty in 1 incident"),
        (board(JUST_LEFT), Mood.CAUTION, "1 required role is empty in 1 incident"),
        (
            board(ALL_WELL, findings=[found(ALL_WELL, Level.WARNING)]),
            Mood.CAUTION,
            "Every required role is held",
        ),
        (board(ALL_WELL, findings=[found(ALL_WELL)]), Mood.ALARM, "Every required role is held"),
        # What nobody could look at is not clean, whatever else is.
        (board(unread=[UNREAD]), Mood.CAUTION, "Not everything could be read"),
        (board(ALL_WELL, unread=[UNREAD]), Mood.CAUTION, "Not everything could be read"),
        (board(NO_SCRIBE, unread=[UNREAD]), Mood.ALARM, "1 required role is empty in 1 incident"),
    ],
)
def test_what_it_comes_to(shown: Board, mood: Mood, headline: str) -> None:
    """The worst is said first, and nothing is called good that could not be looked at."""
    assert (shown.mood, shown.headline) == (mood, headline)


def test_an_empty_required_role_comes_first() -> None:
    """With since when, and by when somebody was due: late ones before those within the grace."""
    [card] = board(
        looked(HELD[2], interval(INCIDENT_MANAGER, 0, 57), interval(SCRIBE, 2, 40))
    ).cards
    assert [row.title for row in card.rows] == ["Scribe", "Incident Manager", "Tech Lead (db)"]
    scribe, manager, lead = (row.vacancy for row in card.rows)
    assert scribe
    assert (scribe.is_late, scribe.since, scribe.due) == (True, "since 14:40 (20 min)", "due 14:45")
    assert manager
    assert (manager.is_late, manager.since) == (False, "since 14:57 (3 min)")
    assert lead is None
    assert card.idle == ("Customer Support Lead", "Backup Incident Manager", "Liaison")


def test_the_record_alone_knows_since_when() -> None:
    """An incident that was not read has no facts about vacancies; its past tells of them."""
    [card] = board(
        replace(
            NO_SCRIBE,
            status=replace(NO_SCRIBE.status, is_read=False, notices=("Only recorded.", "More.")),
        )
    ).cards
    assert card.rows[0].vacancy
    assert card.rows[0].vacancy.since == "since 14:40 (20 min)"
    assert (card.unread, card.notes) == ("Only recorded.", ("More.",))


def test_nobody_is_said_to_have_been_missing_while_nobody_watched() -> None:
    """Before the first look it is known that a role was required, and not that it was empty."""
    [card] = board(looked(interval(SCRIBE, 30, 40), first_look=20)).cards
    told = {row.title: row.vacancy and row.vacancy.since for row in card.rows}
    assert told["Incident Manager"] == "required since 14:00 (1 h)"
    assert told["Scribe"] == "since 14:40 (20 min)"


def bars(seen: Seen, title: str = "Scribe") -> list[tuple[Kind, float, float, str]]:
    """The bars of a lane from left to right, the gaps among them."""
    [card] = board(seen).cards
    [row] = [row for row in card.rows if row.title == title]
    every: Sequence[Bar] = sorted((*row.lane.gaps, *row.lane.bars), key=lambda bar: bar.x)
    return [(bar.kind, bar.x, bar.width, bar.about) for bar in every]


def test_a_lane() -> None:
    """Holders and gaps in percent of an hour; a gap within what is allowed is no red one."""
    seen = looked(interval(SCRIBE, 3, 30), interval(SCRIBE, 30, 36, by=BO), interval(SCRIBE, 54))
    assert bars(seen) == [
        (Kind.GRACE, 0, 5, "nobody from 14:00 to 14:03 (3 min)"),
        (Kind.PAST, 5, 45, "Ada from 14:03 to 14:30"),
        (Kind.PAST, 50, 10, "Bo from 14:30 to 14:36"),
        (Kind.GAP, 60, 30, "nobody from 14:36 to 14:54 (18 min)"),
        (Kind.NOW, 90, 10, "Ada from 14:54 on"),
    ]
    [card] = board(seen).cards
    [scribe] = [row for row in card.rows if row.title == "Scribe"]
    assert scribe.lane.told == f"{'; '.join(about for *_, about in bars(seen))}."
    assert scribe.lane.tracks == 1
    assert [(tick.x, tick.label) for tick in card.ticks][:2] == [(0, "14:00"), (25, "14:15")]
    # Where there is no room, no half of a name.
    assert [bar.label for bar in scribe.lane.bars] == ["Ada", "Bo", "Ada"]


def test_several_at_once_have_a_track_each() -> None:
    """What overlaps lies one below the other, up to a number; the table has the rest."""
    crowd = [interval(SCRIBE, 1, by=person(f"P{number}")) for number in range(MOST_TRACKS + 2)]
    [card] = board(looked(*crowd, interval(SCRIBE, 0, 1))).cards
    [scribe] = [row for row in card.rows if row.title == "Scribe"]
    assert [bar.track for bar in scribe.lane.bars] == [0, *range(MOST_TRACKS)]
    assert (scribe.lane.tracks, scribe.lane.more, len(card.past)) == (
        MOST_TRACKS,
        2,
        len(crowd) + 1,
    )


def test_streams() -> None:
    """Each has its lane, also when it has ended; that nobody held the role is in all of them."""
    seen = looked(interval(TECH_LEAD, 30, stream="web"), interval(TECH_LEAD, 40, 50, stream="db"))
    [card] = board(seen).cards
    assert [row.title for row in card.rows[-2:]] == ["Tech Lead (db)", "Tech Lead (web)"]
    assert [row.holders for row in card.rows[-2:]] == [(), (("Ada", "since 14:30 (30 min)"),)]
    for title in ("Tech Lead (db)", "Tech Lead (web)"):
        assert bars(seen, title)[0] == (Kind.GRACE, 0, 50, "nobody from 14:00 to 14:30 (30 min)")


def test_a_closed_incident_ends_when_it_ended() -> None:
    """Nothing of it is empty now, and its lanes do not go on to now."""
    shown = board(looked(interval(SCRIBE, 0, 45), state="resolved"))
    [card] = shown.cards
    assert (shown.mood, card.empty, card.end) == (Mood.CALM, (), "14:45")
    assert card.facts[:2] == ("resolved", "was open for 45 min")
    assert bars(looked(interval(SCRIBE, 0, 45), state="resolved"))[0][:3] == (Kind.PAST, 0, 100)


SECRETS = ("Checkout", "Ada", "Cai", "merger", "room", "was told")


def test_a_private_incident_has_no_names() -> None:
    """Only its number, its state, and when which role was held; the policy may show all of it."""
    seen = looked(
        interval(INCIDENT_MANAGER, 0, 30),
        interval(INCIDENT_MANAGER, 30, by=CAI),
        interval(TECH_LEAD, 0, stream="bank merger"),
        private=True,
        notices=("Ada was told.",),
        places=(Place(target="slack", label="#room", url="https://chat.example/room"),),
    )
    hidden = board(seen)
    assert [secret for secret in (*SECRETS, "@") if secret in repr(hidden)] == []
    [card] = hidden.cards
    assert (card.title, card.is_nameless, card.facts[-1]) == ("Private incident", True, "private")
    assert [link.label for link in card.links] == ["Datadog"]
    assert [(row.title, row.holders and row.holders[0][0]) for row in card.rows] == [
        ("Scribe", ()),
        ("Incident Manager", "someone"),
        ("Tech Lead (stream 1)", "someone"),
    ]
    assert card.rows[1].lane.told == "someone from 14:00 to 14:30; someone from 14:30 on."
    shown = repr(board(seen, shows_private=True))
    assert all(secret in shown for secret in SECRETS)


@pytest.mark.parametrize(
    ("url", "is_followed"),
    [
        ("https://app.datadoghq.eu/incidents/1001", True),
        ("http://app.datadoghq.eu/incidents/1001", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://", False),
        ("https://me@evil.example/", False),
        ("https://corp.example/\u202egnp", False),
        ("https://corp.example/a b", False),
        ("//corp.example", False),
        ("https://[", False),
        (None, False),
    ],
)
def test_only_safe_addresses_are_links(url: str | None, is_followed: bool) -> None:
    """Anything else is shown as a name without an address."""
    place = Place(target="gitlab", label="corp/shop#12", url=url)
    [card] = board(looked(url=None, places=(place,))).cards
    assert [(each.label, each.url) for each in card.links] == [
        ("GitLab corp/shop#12", url if is_followed else None)
    ]


def test_findings_go_to_their_incident() -> None:
    """What is about the policy, or about an incident that is not shown, stands by itself."""
    other = looked(public_id=1002)
    shown = board(
        ALL_WELL,
        findings=[
            found(ALL_WELL, message="a"),
            found(None, message="b"),
            found(other, message="c"),
        ],
    )
    assert [each.finding.message for card in shown.cards for each in card.remarks] == ["a"]
    assert [each.finding.message for each in shown.remarks] == ["b", "c"]
    assert shown.summary == "1 incident, 3 errors"


def test_where_something_else_is_shown() -> None:
    """A role that is not in sync says where, and what is not empty says that it cannot be shown."""
    scribe, support = (
        next(row for row in ALL_WELL.status.rows if row.role == key) for key in (SCRIBE, SUPPORT)
    )
    states = {"datadog": TargetState.NOT_SUPPORTED, "slack": TargetState.PENDING}
    rows = (changed(scribe, targets=states), changed(support, targets=states))
    [card] = board(replace(ALL_WELL, status=replace(ALL_WELL.status, rows=rows))).cards
    shown = {row.title: row.states for row in card.rows}
    assert shown["Scribe"] == ("Datadog: recorded here", "Slack: pending")
    assert len(card.notes) == 2


def test_times_are_in_the_zone_of_the_reader() -> None:
    """Also on the axis."""
    there = timezone(timedelta(hours=5, minutes=30), "IST")
    shown = board(NO_SCRIBE, now=at(60).astimezone(there))
    [card] = shown.cards
    assert (shown.made, shown.zone) == ("2026-01-01 20:30 IST", "IST")
    assert card.rows[0].vacancy
    assert card.rows[0].vacancy.since == "since 20:10 (20 min)"
    assert [tick.label for tick in card.ticks] == ["19:30", "19:45", "20:00", "20:15"]


def test_two_of_one_name_are_told_apart() -> None:
    """By their address, as everywhere."""
    twin = replace(ADA, key=PersonKey("ada@other.example"))
    [card] = board(looked(interval(SCRIBE, 0, 30), interval(SCRIBE, 30, by=twin))).cards
    assert [holder for role, holder, *_ in card.past if role == "Scribe"] == [
        "Ada <ada@corp.example>",
        "Ada <ada@other.example>",
    ]
