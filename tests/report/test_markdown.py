"""What ``check --format markdown`` says, and that text from outside means nothing in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.policy.judge import Checked
from dd_incident_roles.report.check_markdown import (
    LONGEST_BYTES,
    Section,
    check_markdown,
    code,
    escape,
    fair_shares,
    fit,
)
from dd_incident_roles.words import clean
from tests.report import checks
from tests.report.checks import check_of, everything, finding, gaps, known, unasked, waived
from tests.report.readers import rendered

MEBIBYTE = 1_048_576


def rows(about: Checked) -> list[tuple[str, ...]]:
    """The rows of all tables, without their heads."""
    return [row for row in rendered(check_markdown(about)).rows if row[0] != "Level"]


def headings(about: Checked) -> list[str]:
    return [line for line in check_markdown(about).splitlines() if line.startswith("#")]


def test_a_finding_is_a_row() -> None:
    """A row says how grave, which rule, incident and role, since when, what, and what to type."""
    about = check_of(finding(stream="db"))
    assert check_markdown(about).splitlines()[0] == "## Incident roles: 1 error"
    assert rows(about) == [
        (
            "error",
            "IR010 role-vacant",
            "IR-1001",
            "scribe (db)",
            "2026-01-01 14:10",
            "Nobody is Scribe of IR-1001.",
            "dd-incident-roles assign 1001 scribe PERSON",
        )
    ]
    assert "<code>dd-incident-roles assign 1001 scribe PERSON</code>" in check_markdown(about)


def test_a_finding_about_the_policy_names_its_line() -> None:
    """What is wrong in a file can be found there."""
    (row,) = rows(check_of(checks.of_the_policy()))
    assert row[2] == "the policy"
    assert row[5] == "The waiver is over. (config/policy.yaml:12)"


def test_waived_and_known_findings_have_tables_of_their_own() -> None:
    """Neither hides among those that stand, and a waiver shows its reason, owner and end."""
    about = check_of(finding(), waived(finding()), waived(finding()), known(finding()))
    assert headings(about) == [
        "## Incident roles: 1 error",
        "### Findings",
        "### Waived (2)",
        "### Known from the baseline (1)",
    ]
    assert rows(about)[1][-3:] == ("small team", "ada", "until 2026-02-01 (31 days left)")
    assert len(rows(about)) == 4


def test_what_could_not_be_looked_at_comes_first() -> None:
    """An incomplete check says so in its heading, and then why, before any finding."""
    about = check_of(finding(), not_evaluated=gaps("No answer"))
    assert headings(about) == [
        "## Incident roles: incomplete, 1 error",
        "### Not evaluated",
        "### Findings",
    ]
    shown = check_markdown(about)
    assert "- **IR-1004**: No answer" in shown
    assert (
        "**Not everything could be looked at, so nothing here says that the rest is fine.**"
        in shown
    )


def test_a_clean_check_says_how_much_it_looked_at() -> None:
    """No table is shown where there is nothing to put in it; silence is not called clean."""
    assert check_markdown(check_of(evaluated=4, described="open incidents")) == (
        "## Incident roles: nothing found\n\n"
        "4 incidents checked &#40;open incidents&#41;; nothing found.\n"
    )
    silent = headings(check_of(evaluated=0, said_nothing=True, matched=0))
    assert silent == ["## Incident roles: incomplete, nothing looked at"]


def test_the_rest_is_said_too() -> None:
    """Cautions, rules without anything to look at and measures have their lines."""
    text = rendered(check_markdown(checks.silent(measures=checks.MEASURES))).text
    for said in (
        "0 incidents matched query 'state:active', so nothing was looked at.",
        "None of the rules asked had anything to look at",
        "Not evaluated: IR020 topic-stale (no chat is connected; 2 incidents)",
        "Time to Incident Manager: median 4 min, longest 21 min (IR-1007)",
    ):
        assert said in text


@pytest.mark.parametrize("text", checks.HOSTILE.values(), ids=checks.HOSTILE)
def test_a_hostile_text_is_shown_as_text(text: str) -> None:
    """No text adds a row, a cell, a heading, a link or HTML, mentions anybody, or is lost."""
    about = everything(text)
    shown = rendered(check_markdown(about))
    assert shown.structure == rendered(check_markdown(everything())).structure
    assert shown.foreign == ()
    if len(text) < 1_000:
        assert shown.rows[1][5].replace("\u200b", "") == clean(text)
    assert "##[" not in check_markdown(about)
    assert not any(line.startswith("::") for line in check_markdown(about).splitlines())


def test_nobody_is_mentioned() -> None:
    """An @ in a text is followed by a space of no width, so that it calls nobody."""
    shown = rendered(check_markdown(everything("@everyone ada@corp.example")))
    assert "@\u200beveryone ada@\u200bcorp.example" in shown.text
    assert shown.rows[1][6] == "@everyone ada@corp.example"


def test_a_summary_is_never_too_long() -> None:
    """The limit is one of bytes, of which a character may need four; nearly all room is used."""
    about = check_of(*(finding("🔥" * 990, public_id=each) for each in range(300)))
    assert LONGEST_BYTES * 0.99 < len(check_markdown(about).encode()) <= LONGEST_BYTES < MEBIBYTE


def test_a_summary_is_cut_at_a_row_and_says_how_much_it_lacks() -> None:
    """Every row is whole, and the sections that are short are all there."""
    about = check_of(*checks.many(500), not_evaluated=gaps("No answer"), unasked=(unasked(),))
    shown = check_markdown(about, longest=50_000)
    assert len(shown.encode()) <= 50_000
    complete = rendered(shown).rows[1:]
    assert {len(row) for row in complete} == {7}
    assert {row[6] for row in complete} == {"dd-incident-roles assign 1001 scribe PERSON"}
    assert f"**{500 - len(complete)} more findings not shown here" in shown
    assert "no chat is connected" in shown
    assert "**all**: No answer" in shown


def section(number: int, *, noun: str = "row") -> Section:
    return Section(
        head=f"# {noun}", rows=tuple(f"- {each:03}" for each in range(number)), noun=noun
    )


@pytest.mark.parametrize(
    ("needs", "room", "shares"),
    [
        ([], 10, ()),
        ([3, 4], 10, (3, 4)),
        ([3, 40], 10, (3, 7)),
        ([40, 3], 10, (7, 3)),
        ([40, 40], 10, (5, 5)),
        ([4, 0, 40, 2], 12, (4, 0, 6, 2)),
        ([4, 4], -1, (0, 0)),
    ],
)
def test_a_short_need_never_gives_way_to_a_long_one(
    needs: list[int], room: int, shares: tuple[int, ...]
) -> None:
    """Whoever needs less than an equal share gets it all, and the others share what is left."""
    assert fair_shares(needs, room) == shares


@given(needs=st.lists(st.integers(0, 100)), room=st.integers(0, 1_000))
def test_shares_fit_the_room(needs: list[int], room: int) -> None:
    """Nobody gets more than is needed, and all together no more than there is."""
    shares = fair_shares(needs, room)
    assert all(share <= need for share, need in zip(shares, needs, strict=True))
    assert sum(shares) <= room
    assert sum(shares) == sum(needs) or sum(needs) > room


def test_what_fits_is_whole() -> None:
    """Nothing is said of a cut where there is none."""
    assert fit([section(2)], 200) == "# row\n- 000\n- 001\n"


def test_a_section_is_cut_between_rows_and_says_so() -> None:
    """Each section that lacks rows says how many."""
    text = fit([section(50), section(1, noun="gap")], 250)
    assert len(text.encode()) <= 250
    shown = text.count("- ")
    assert f"\n\n**{51 - shown} more rows not shown here: there is no room.**\n# gap\n" in text
    assert text.endswith("# gap\n- 000\n")


@given(longest=st.integers(150, 700))
def test_the_room_is_never_exceeded(longest: int) -> None:
    """Not by one byte, wherever the cut falls."""
    assert len(fit([section(50), section(20, noun="gap")], longest).encode()) <= longest


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
    assert escape(text) == written


def test_code_can_be_copied() -> None:
    """Code has no characters that nobody sees."""
    assert code("assign 1 im a@b") == "<code>assign 1 im a&#64;b</code>"


def test_a_long_text_is_cut_before_it_is_escaped() -> None:
    """No reference is cut in two."""
    assert escape("<" * 50, 3) == "&#60;&#60;…"
    assert code("<" * 50, 3) == "<code>&#60;&#60;…</code>"


@given(text=st.text())
def test_every_text_is_one_paragraph_or_one_cell(text: str) -> None:
    """A reader shows the text itself, in one cell of a table and in a line of its own."""
    table = rendered(f"| a | b |\n| --- | --- |\n| {escape(text)} | {code(text)} |")
    assert [len(row) for row in table.rows] == [2, 2]
    assert table.rows[1][0].replace("\u200b", "") == clean(text).replace("\u200b", "")
    assert table.foreign == rendered(escape(text)).foreign == ()
    assert rendered(f"- {escape(text)}").structure == ("list_item_open",)
