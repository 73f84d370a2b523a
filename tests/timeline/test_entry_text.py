"""What people type, paste and pipe becomes a text that can be kept."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.errors import UsageError
from dd_incident_roles.timeline.change_entry import (
    LONGEST_TEXT,
    entry_text,
    on_one_line,
    visible_text,
)


@pytest.mark.parametrize(
    ("typed", "kept", "stripped"),
    [
        ("  paged \n", "paged", 0),
        ("a\r\nb\rc\td", "a\nb\nc\td", 0),
        ("\x1b[31mred\x07", "[31mred", 2),
        ("\udcff", "\N{REPLACEMENT CHARACTER}", 0),
        ("שלום \u200f:", "שלום \u200f:", 0),
    ],
)
def test_what_is_kept(typed: str, kept: str, stripped: int) -> None:
    """Line breaks and tabs stay, other control characters go, and how many is said."""
    text = entry_text(typed)
    assert (text.text, text.stripped) == (kept, stripped)
    assert bool(text.notices) is bool(stripped)


@pytest.mark.parametrize("typed", ["", "  \n\t", "\x1b\x07"])
def test_nothing_is_refused(typed: str) -> None:
    """An entry says something."""
    with pytest.raises(UsageError, match="is empty"):
        entry_text(typed)


def test_a_text_has_a_limit() -> None:
    """The longest text is kept whole, and one character more is refused."""
    assert len(entry_text("x" * LONGEST_TEXT).text) == LONGEST_TEXT
    with pytest.raises(UsageError, match="has 10001 characters"):
        entry_text("x" * (LONGEST_TEXT + 1))


@given(st.text())
def test_a_kept_text_is_harmless(typed: str) -> None:
    """Whatever was typed, no control character and no half of a character is kept."""
    try:
        text = entry_text(typed).text
    except UsageError:
        return
    assert {unicodedata.category(each) for each in text if each not in "\n\t"}.isdisjoint(
        {"Cc", "Cs"}
    )
    assert entry_text(text).text == text


def test_nothing_hides_in_a_file() -> None:
    """What turns the direction of writing, or cannot be seen, does not get into a file."""
    assert visible_text("a\u202egnp\u200b\ufeff \n") == "agnp"
    assert (
        visible_text("\N{WOMAN}\u200d\N{PERSONAL COMPUTER}")
        == "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}"
    )


def test_a_name_is_one_line() -> None:
    """A name with line breaks in it is a name all the same."""
    assert on_one_line(" Ana\n\x1bB\u2028C ") == "Ana B C"
