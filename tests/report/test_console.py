"""Colour, width and times."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from rich.text import Text

from dd_incident_roles.report.documents.parts import instant
from dd_incident_roles.report.documents.status import status_json
from dd_incident_roles.report.terminal import open_console, show
from dd_incident_roles.words import short_duration, since_label
from tests.report.cases import DECLARED, NOW, Terminal, printed

RED = Text("down", style="bold red")


def test_a_terminal_gets_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colour is used where somebody looks at it."""
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()
    show(open_console(stream), RED)
    assert "\x1b[1;31m" in stream.getvalue()


def test_no_color_means_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """With --no-color not one escape sequence is written."""
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()
    show(open_console(stream, no_color=True), RED)
    assert stream.getvalue() == "down\n"


def test_the_environment_can_switch_colour_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR takes the colours of a terminal away."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    show(open_console(stream), RED)
    assert "31m" not in stream.getvalue()


def test_a_pipe_gets_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes to a file or a pipe has no colours, even where they are forced on terminals."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    stream = io.StringIO()
    show(open_console(stream), RED)
    assert stream.getvalue() == "down\n"


def test_a_long_line_is_not_broken() -> None:
    """A command in a sentence can be copied, however narrow the place it is shown in."""
    assert printed(Text("word " * 100 + "end")) == "word " * 100 + "end\n"


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=-9), "under 1 min"),
        (timedelta(seconds=59), "under 1 min"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(days=3, hours=4, minutes=5), "3 d 4 h"),
        (timedelta(days=3, minutes=5), "3 d"),
    ],
)
def test_a_length_of_time_in_short(length: timedelta, words: str) -> None:
    """At most two units, rounded down."""
    assert short_duration(length) == words


def test_an_instant_of_another_day_has_its_date() -> None:
    """A time of day alone is only used for today."""
    assert since_label(DECLARED, NOW) == "14:00 (1 h 12 min)"
    assert since_label(DECLARED, NOW + timedelta(days=2)) == "2026-01-01 14:00 (2 d 1 h)"


def test_instants_are_written_in_utc() -> None:
    """A document has one form for an instant, and loses no part of a second."""
    assert instant(DECLARED) == "2026-01-01T14:00:00Z"
    assert instant(DECLARED.replace(microsecond=5)) == "2026-01-01T14:00:00.000005Z"


def test_a_document_names_its_schema_first() -> None:
    """A reader knows from the first line which document it has."""
    assert status_json([]).splitlines()[1] == '  "schema": "dd-incident-roles/status/1",'
