"""Text from outside means nothing to Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.report.check_markdown import code, escaped
from dd_incident_roles.report.clean import clean
from tests.report.rendered import rendered


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Checkout is down.", "Checkout is down."),
        ("IR-1001, since 14:03", "IR-1001, since 14&#58;03"),
        ("a|b", "a&#124;b"),
        ("<b>&amp;", "&#60;b&#62;&#38;amp;"),
        ("@ada", "@&#8203;ada"),
        ("see www.evil.example", "see www&#46;evil&#46;example"),
        ("1. one", "&#49;. one"),
        ("- one", "&#45; one"),
        ("a\nb", "a b"),
    ],
)
def test_special_characters_become_references(text: str, written: str) -> None:
    """Plain words stay readable in the source; what means something does not."""
    assert escaped(text) == written


def test_code_can_be_copied() -> None:
    """Code has no characters that nobody sees."""
    assert code("assign 1 im a@b") == "<code>assign 1 im a&#64;b</code>"


def test_a_long_text_is_cut_before_it_is_escaped() -> None:
    """No reference is cut in two."""
    assert escaped("<" * 50, 3) == "&#60;&#60;…"
    assert code("<" * 50, 3) == "<code>&#60;&#60;…</code>"


@given(text=st.text())
def test_every_text_is_one_paragraph_or_one_cell(text: str) -> None:
    """A reader shows the text itself, in one cell of a table and in a line of its own."""
    table = rendered(f"| a | b |\n| --- | --- |\n| {escaped(text)} | {code(text)} |")
    assert [len(row) for row in table.rows] == [2, 2]
    assert table.rows[1][0].replace("\u200b", "") == clean(text).replace("\u200b", "")
    assert table.foreign == rendered(escaped(text)).foreign == ()
    assert rendered(f"- {escaped(text)}").structure == ("list_item_open",)
