"""Text from outside is shown, and commands nothing."""

from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from dd_incident_roles.report.clean import clean, styled


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
    Console(file=stream, width=80).print(styled("[bold]x[/bold] [/] :fire: [link=http://a]b"))
    assert stream.getvalue() == "[bold]x[/bold] [/] :fire: [link=http://a]b\n"
