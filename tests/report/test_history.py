"""What ``history`` says to a person."""

from __future__ import annotations

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.report.documents.history import History
from dd_incident_roles.report.history_text import history_table
from tests.history.stories import PILOT, catalogue, history, watched
from tests.policy.cases import at
from tests.policy.intervals import closed, interval
from tests.report.cases import printed
from tests.report.histories import EMPTY, NEEDED, ONLY_PILOT, hostile, view


def lines(shown: History) -> list[str]:
    """What is printed an hour after the declaration, with single spaces."""
    return [" ".join(line.split()) for line in printed(history_table(shown, at(60))).splitlines()]


def test_the_whole_history() -> None:
    """Rows, then gaps, overlaps and durations, then what the marks mean."""
    text = lines(view())
    assert [line for line in text if line and not set(line) <= {"─"}] == [
        "IR-1001 Checkout down",
        "Role Holder From (UTC) Until (UTC) How long Set by Seen in",
        "Incident Manager Zoe declared or earlier 2026-01-01 14:04 4 min "
        "Datadog's timeline (inferred)",
        "Incident Manager Ada 2026-01-01 14:04 2026-01-01 14:10 6 min the admin "
        "Datadog's timeline (inferred)",
        "Incident Manager Ada 2026-01-01 14:10 still 50 min Ada here",
        "Pilot Bo 2026-01-01 14:12 2026-01-01 14:20 8 min Ada here",
        "Pilot Cai 2026-01-01 14:20 2026-01-01 14:23 3 min Cai "
        "corrected: the call was not recorded",
        "Pilot Ada 2026-01-01 14:35 2026-01-01 14:45 10 min Ada here",
        "Pilot Cai 2026-01-01 14:40 still 20 min Ada here",
        "Gap: nobody was Pilot from 14:10 UTC to 14:12 UTC, 2 minutes; "
        "10 minutes allowed: short enough.",
        "Gap: nobody was Pilot from 14:23 UTC to 14:35 UTC, 12 minutes; "
        "10 minutes allowed: too long.",
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
    text = [line for line in lines(view(minute=30)) if line and not set(line) <= {"─"}]
    assert text == [
        "IR-1001 Checkout down, at 2026-01-01 14:30 UTC",
        "Role Holder From (UTC) Until (UTC) How long Set by Seen in",
        "Incident Manager Ada 2026-01-01 14:10 still 50 min Ada here",
        "Gap: nobody was Pilot from 14:23 UTC to 14:35 UTC, 12 minutes; "
        "10 minutes allowed: too long.",
    ]


def test_a_moment_with_two_holders() -> None:
    """The overlap is said for a moment in it, and not for one outside."""
    said = "Overlap: Ada and Cai were Pilot at once from 14:40 UTC to 14:45 UTC."
    assert said in lines(view(minute=40))
    assert said not in lines(view(minute=45))


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
    verdict = "10 minutes allowed: too long."
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
    ("minute", "is_said"), [(22.9, False), (23, True), (34.9, True), (35, False)]
)
def test_a_gap_at_a_moment(minute: float, is_said: bool) -> None:
    """The first instant of a gap is part of it, and that of its end is not."""
    text = " ".join(lines(view(minute=minute)))
    assert ("nobody was Pilot from 14:23 UTC to 14:35 UTC" in text) is is_said


def test_what_comes_from_outside_is_shown_as_text() -> None:
    """Escape sequences, markup and workflow commands do nothing in any part."""
    text = printed(history_table(hostile(), at(60)))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "::error" not in text.replace(": :error", "")
    assert "##[" not in text
    assert "[bold red]y[/]" in text
