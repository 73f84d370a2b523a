"""Colour, width and times; and text from outside is shown, and commands nothing."""

from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from dd_incident_roles.report.documents import instant
from dd_incident_roles.report.documents.status import Status
from dd_incident_roles.report.terminal import as_text, calling, open_console, show
from dd_incident_roles.words import clean
from tests.report.cases import DECLARED, Terminal, printed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Checkout down", "Checkout down"),
        ("Zahlung für Kürzel 支払い 🚒", "Zahlung für Kürzel 支払い 🚒"),
        ("👩\u200d🚒", "👩\u200d🚒"),
        ("std::vector is slow", "std::vector is slow"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x9b2Jgone", "gone"),
        ("a\x1bcb", "ab"),
        ("open \x1b]52;c;AAAA", "open"),
        ("a\nb\tc\r\nd", "a b c  d"),
        ("a\x00b\x07c\x7f", "abc"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("a\u2066b\u2069\ufeff\u200b", "ab"),
        ("line\u2028separator", "line separator"),
        ("\ud800", "\N{REPLACEMENT CHARACTER}"),
        ("::error file=x::y", ": :error file=x::y"),
        ("a\n::error::b", "a : :error::b"),
        ("##[error]x", "# #[error]x"),
    ],
)
def test_a_text_is_made_harmless(text: str, shown: str) -> None:
    """What steers a terminal or a CI log is left out or broken up; ordinary text stays."""
    assert clean(text) == shown


@given(text=st.text())
def test_nothing_unseen_remains(text: str) -> None:
    """Whatever comes in, one line without control characters goes out, and stays as it is."""
    shown = clean(text)
    assert "\n" not in shown
    assert not {"Cc", "Cs", "Zl", "Zp"} & {unicodedata.category(character) for character in shown}
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(shown)
    assert clean(shown) == shown


def test_markup_is_shown_as_it_is() -> None:
    """Square brackets and emoji codes of a title are text, even where markup is read."""
    stream = io.StringIO()
    Console(file=stream, width=80).print(as_text("[bold]x[/bold] [/] :fire: [link=http://a]b"))
    assert stream.getvalue() == "[bold]x[/bold] [/] :fire: [link=http://a]b\n"


def red(stream: io.StringIO, *, no_color: bool = False) -> str:
    """A red word as a stream gets it."""
    show(open_console(stream, no_color=no_color), Text("down", style="bold red"))
    return stream.getvalue()


def test_a_terminal_gets_colour_unless_it_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """With --no-color not one escape sequence is written; NO_COLOR takes the colours away."""
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[1;31m" in red(Terminal())
    assert red(Terminal(), no_color=True) == "down\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert "31m" not in red(Terminal())


def test_a_pipe_gets_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes to a file or a pipe has no colours, even where they are forced on terminals."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert red(io.StringIO()) == "down\n"


@pytest.mark.parametrize(
    ("others", "name", "email", "shown"),
    [
        ([("Ana", "ana@x.example")], "Bo", "bo@x.example", "Bo"),
        ([("bo", "bo.other@x.example")], "Bo", "bo@x.example", "Bo <bo@x.example>"),
        ([("Bo", None)], "Bo", "bo@x.example", "Bo"),
        ([("Bo", "bo@x.example")], "Bo", None, "Bo"),
        ([(None, "bo.other@x.example")], None, "bo@x.example", "bo@x.example"),
        ([], None, None, "(unknown)"),
    ],
)
def test_people_are_called_by_name(
    others: list[tuple[str | None, str | None]], name: str | None, email: str | None, shown: str
) -> None:
    """The e-mail is only there to tell apart two of the same name."""
    assert calling([(name, email), *others])(name, email) == shown


def test_a_long_line_is_not_broken() -> None:
    """A command in a sentence can be copied, however narrow the place it is shown in."""
    assert printed(Text("word " * 100 + "end")) == "word " * 100 + "end\n"


def test_instants_are_written_in_utc() -> None:
    """A document has one form for an instant, and loses no part of a second."""
    assert instant(DECLARED) == "2026-01-01T14:00:00Z"
    assert instant(DECLARED.replace(microsecond=5)) == "2026-01-01T14:00:00.000005Z"


def test_a_document_names_its_schema_first() -> None:
    """A reader knows from the first line which document it has."""
    assert Status.of(incidents=[]).splitlines()[1] == '  "schema": "dd-incident-roles/status/1",'
