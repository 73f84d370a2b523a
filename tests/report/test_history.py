"""What ``history`` says: to a person, as its document and as a file for a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest

from dd_incident_roles.history.history import History as Traced
from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.report.documents.history import History, history_document
from dd_incident_roles.report.history_text import history_csv, history_table
from dd_incident_roles.roles.catalogue import ALWAYS, Level
from tests.history.stories import PILOT, catalogue, correction, history, noted, pilot, watched
from tests.policy.cases import BO, CAI, CROWD, at, requirement
from tests.policy.intervals import closed, interval
from tests.report.cases import changed, document, named, parsed, printed

NEEDED = catalogue(
    pilot(required=(requirement(ALWAYS, 10), requirement(CROWD, 60, Level.NOTE))),
)
FULL = history(
    watched(
        interval(INCIDENT_MANAGER, 10),
        interval(PILOT, 12, 20, by=BO),
        interval(PILOT, 35, 45),
        interval(PILOT, 40, by=CAI),
        roles=NEEDED,
        first_look=10,
    ),
    noted(4, "Incident Commander: Zoe → Ada", author="the admin"),
    corrections=[correction(20, 23, CAI)],
)
"""Somebody of a mere name, somebody inferred, corrected, two at once, gaps, and a late look."""


def view(
    shown: Traced = FULL, *, minute: float | None = None, notices: tuple[str, ...] = ()
) -> History:
    """A history, or what was so at a minute, with its people named."""
    return history_document(
        shown, named, at=None if minute is None else at(minute), notices=notices
    )


EMPTY = history(watched(roles=catalogue(pilot())))
"""An incident in which nobody held anything and nothing was required."""
ONLY_PILOT = history(watched(roles=catalogue(pilot())), only=PILOT)
"""The same, of one role."""


def lines(shown: History) -> list[str]:
    """What is printed an hour after the declaration, with single spaces and without rules."""
    text = printed(history_table(shown, at(60)))
    return [" ".join(line.split()) for line in text.splitlines() if set(line) - set(" ─")]


def test_the_whole_history() -> None:
    """Rows, then gaps, overlaps and durations, then what the marks mean."""
    assert lines(view()) == [
        "IR-1001 Checkout down",
        "Role Holder From (UTC) Until How long Known from",
        "Incident Manager Zoe declared or earlier 14:04 4 min Datadog's timeline (inferred)",
        "Ada 14:04 14:10 6 min the admin, Datadog's timeline (inferred)",
        "Ada 14:10 still 50 min Ada, here",
        "Pilot Bo 14:12 14:20 8 min Ada, here",
        "Cai 14:20 14:23 3 min Cai, corrected: the call was not recorded",
        "Ada 14:35 14:45 10 min Ada, here",
        "Cai 14:40 still 20 min Ada, here",
        "Gap: nobody was Pilot from 14:10 UTC to 14:12 UTC, 2 minutes; "
        "within the 10 minutes allowed.",
        "Gap: nobody was Pilot from 14:23 UTC to 14:35 UTC, 12 minutes; "
        "longer than the 10 minutes allowed.",
        "Not known from 14:00 UTC to 14:10 UTC, 10 minutes, before the record first looked: Pilot.",
        "Overlap: Ada and Cai were Pilot at once from 14:40 UTC to 14:45 UTC.",
        "The first Incident Manager came at the declaration.",
        "How far these were covered is not known: Pilot.",
        "Incident Manager was handed over once.",
        "Pilot was handed over once.",
        "Ada held a role for 56 minutes in all.",
        "Cai held a role for 23 minutes in all.",
        "Bo held a role for 8 minutes in all.",
        "Zoe held a role for 4 minutes in all.",
        "inferred: from what Datadog noted before the record first looked at the incident.",
        "corrected: --format json shows what was recorded as well.",
    ]


def test_one_moment() -> None:
    """Only who held what then, what lacked then, and no figures."""
    assert lines(view(minute=30)) == [
        "IR-1001 Checkout down, at 2026-01-01 14:30 UTC",
        "Role Holder From (UTC) Until How long Known from",
        "Incident Manager Ada 14:10 still 50 min Ada, here",
        "Gap: nobody was Pilot from 14:23 UTC to 14:35 UTC, 12 minutes; "
        "longer than the 10 minutes allowed.",
    ]


@pytest.mark.parametrize(
    ("shown", "sentence"),
    [
        (view(EMPTY), "Nobody is known to have held a role."),
        (view(EMPTY, minute=5), "Nobody is known to have held a role then."),
        (view(ONLY_PILOT), "Nobody is known to have held Pilot."),
        (view(EMPTY), "There was no Incident Manager so far."),
        (
            view(history(closed(catalogue=catalogue()), now=90)),
            "There was no Incident Manager.",
        ),
        (
            view(history(watched(interval(INCIDENT_MANAGER, 20), first_look=20))),
            "When the first Incident Manager came is not known: the record first looked at the "
            "incident too late to tell.",
        ),
        (
            view(history(watched(interval(INCIDENT_MANAGER, 3)))),
            "The first Incident Manager came 3 minutes after the declaration.",
        ),
        (view(EMPTY, notices=("Datadog could not be read.",)), "Datadog could not be read."),
    ],
)
def test_what_is_not_a_row_is_a_sentence(shown: History, sentence: str) -> None:
    """An empty answer, an unknown one and a notice are said in words."""
    assert sentence in lines(shown)


def test_a_history_of_one_role_says_nothing_of_the_incident_manager() -> None:
    """Who asks for another role gets no figures about this one."""
    assert not any("Incident Manager" in line for line in lines(view(ONLY_PILOT)))


def test_a_gap_that_lasts() -> None:
    """In an open incident a gap that reaches to now has no end; in a closed one it has."""
    held = interval(PILOT, 0, 20)
    still = lines(view(history(watched(held, roles=NEEDED))))
    over = lines(view(history(closed(held, resolved=40, catalogue=NEEDED))))
    said = "Gap: nobody was Pilot from 14:20 UTC"
    verdict = "longer than the 10 minutes allowed."
    assert f"{said} on, 40 minutes; {verdict}" in still
    assert f"{said} to 14:40 UTC, 20 minutes; {verdict}" in over


@pytest.mark.parametrize(("seconds", "is_said"), [(0.4, False), (1, True)])
def test_a_gap_too_short_to_tell(seconds: float, is_said: bool) -> None:
    """Between two commands a role is empty for a blink, which is no news to anybody."""
    back = 20 + seconds / 60
    held = (interval(PILOT, 0, 20), interval(PILOT, back))
    shown = view(history(watched(*held, roles=NEEDED)))
    assert any("Gap: nobody was Pilot" in line for line in lines(shown)) is is_said


@pytest.mark.parametrize(
    ("sentence", "start", "end"),
    [
        ("nobody was Pilot from 14:23 UTC to 14:35 UTC", 23, 35),
        ("Ada and Cai were Pilot at once from 14:40 UTC to 14:45 UTC", 40, 45),
    ],
    ids=["gap", "overlap"],
)
def test_a_stretch_at_a_moment(sentence: str, start: int, end: int) -> None:
    """The first instant of a gap or overlap is part of it, and that of its end is not."""
    moments = (start - 0.1, start, end - 0.1, end)
    said = [sentence in " ".join(lines(view(minute=minute))) for minute in moments]
    assert said == [False, True, True, False]


def test_the_document_says_it_all() -> None:
    """One row of each kind, and the figures."""
    whole = parsed(view().text())
    rows, gaps, recorded = (whole.pop(name) for name in ("rows", "gaps", "recorded"))
    assert whole == document(
        "history",
        """
        "incident": "00000000-0000-0000-0000-000000001001", "public_id": 1001,
        "title": "Checkout down", "declared": "2026-01-01T14:00:00Z",
        "first_seen": "2026-01-01T14:10:00Z", "role": null, "at": null,
        "overlaps": [{
            "role": "pilot", "title": "Pilot", "stream": null,
            "people": [{"name": "Ada", "email": "ada@corp.example"},
                       {"name": "Cai", "email": "cai@corp.example"}],
            "from": "2026-01-01T14:40:00Z", "until": "2026-01-01T14:45:00Z"}],
        "durations": {
            "incident_manager_after": {"seconds": 0.0, "known": true, "at_most": false},
            "coverage": [{
                "role": "pilot", "required_seconds": 3000.0, "held_seconds": 2160.0,
                "unknown_seconds": 600.0, "fraction": null}],
            "handoffs": [{"role": "incident_manager", "number": 1},
                         {"role": "pilot", "number": 1}],
            "people": [
                {"person": {"name": "Ada", "email": "ada@corp.example"}, "seconds": 3360.0,
                 "at_least": false},
                {"person": {"name": "Cai", "email": "cai@corp.example"}, "seconds": 1380.0,
                 "at_least": false},
                {"person": {"name": "Bo", "email": "bo@corp.example"}, "seconds": 480.0,
                 "at_least": false},
                {"person": {"name": "Zoe", "email": null}, "seconds": 240.0, "at_least": false}]},
        "emptied": [],
        "notices": []
        """,
    )
    assert rows[0] == parsed("""{
        "role": "incident_manager", "title": "Incident Manager", "stream": null,
        "holder": {"name": "Zoe", "email": null}, "from": null,
        "until": "2026-01-01T14:04:00Z", "seconds": 240.0, "set_by": null,
        "ended_by": "the admin", "seen_in": "datadog_timeline", "basis": "inferred",
        "reason": null, "seen": null}""")
    corrected = rows[4]["basis"], rows[4]["reason"]
    assert corrected == ("corrected", "the call was not recorded")
    assert len(recorded) == len(rows) - 1
    assert gaps[1] == parsed("""{
        "role": "pilot", "title": "Pilot", "from": "2026-01-01T14:23:00Z",
        "until": "2026-01-01T14:35:00Z", "seconds": 720.0, "allowed_seconds": 600.0,
        "level": "error", "too_long": true, "sure": true, "watched": true}""")


def test_a_document_of_a_moment_has_no_durations() -> None:
    """Figures are of the whole history only."""
    whole = parsed(view(minute=41).text())
    assert whole["at"] == "2026-01-01T14:41:00Z"
    assert whole["durations"] is None
    assert [row["holder"]["name"] for row in whole["rows"]] == ["Ada", "Ada", "Cai"]


HEADINGS = (
    "incident,role,title,stream,holder,email,from,until,seconds,"
    "set_by,ended_by,seen_in,basis,reason,seen"
)


def test_each_row_is_a_line() -> None:
    """Who held what when, by whom and how that is known; what is not known is empty."""
    lines = history_csv(view()).splitlines()
    assert len(lines) == 1 + len(view().rows)
    assert lines[0] == HEADINGS
    assert lines[1] == (
        "1001,incident_manager,Incident Manager,,Zoe,,,2026-01-01T14:04:00Z,240,,the admin,"
        "datadog_timeline,inferred,,"
    )
    assert lines[5].endswith(",corrected,the call was not recorded,")
    assert "ada@corp.example" in lines[3]


def test_an_empty_history_is_the_headings() -> None:
    """A reader finds the columns even where there is no row."""
    assert history_csv(view(EMPTY)) == f"{HEADINGS}\n"


@pytest.mark.parametrize(
    ("written", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'x"),
        ("\rx", "'x"),
        ("  =1+1", "'=1+1"),
        ("\u200b=1+1", "'=1+1"),
        ("\x1b[31m=1+1", "'=1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        (" \ufe621", "'\ufe621"),
        ("\u200b\uff20A1", "'\uff20A1"),
        ("\u22121", "'\u22121"),
        ("a=1", "a=1"),
        ('he said "no", twice', 'he said "no", twice'),
        ("two\nlines", "two lines"),
    ],
)
def test_no_cell_is_calculated(written: str, cell: str) -> None:
    """What a spreadsheet would take for a formula is text, in whatever column."""
    row = changed(view().rows[4], stream=written, reason=written, set_by=written, title=written)
    (found,) = csv.DictReader(io.StringIO(history_csv(changed(view(), shown=(row,))), newline=""))
    assert [found[each] for each in ("stream", "reason", "set_by", "title")] == [cell] * 4
