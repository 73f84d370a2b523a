"""What ``check --format markdown`` says in the summary of a job."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.report.check_markdown import LONGEST_BYTES, check_markdown
from dd_incident_roles.report.check_summary import Checked
from dd_incident_roles.report.clean import clean
from tests.report.checks import (
    HOSTILE,
    MEASURES,
    checked,
    everything,
    finding,
    found,
    gaps,
    incomplete,
    known,
    many,
    of_the_policy,
    unasked,
    verdict,
    waived,
)
from tests.report.rendered import rendered

MEBIBYTE = 1_048_576


def rows(about: Checked) -> list[tuple[str, ...]]:
    """The rows of all tables, without their heads."""
    return [row for row in rendered(check_markdown(about)).rows if row[0] != "Level"]


def headings(about: Checked) -> list[str]:
    return [line for line in check_markdown(about).splitlines() if line.startswith("#")]


def test_a_finding_is_a_row() -> None:
    """A row says how grave, which rule, incident and role, since when, what, and what to type."""
    about = checked(verdict(finding(stream="db")))
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
    (row,) = rows(checked(verdict(of_the_policy())))
    assert row[2] == "the policy"
    assert row[5] == "The waiver is over. (config/policy.yaml:12)"


def test_waived_and_known_findings_have_tables_of_their_own() -> None:
    """Neither hides among those that stand, and a waiver shows its reason, owner and end."""
    about = checked(verdict(finding(), waived(finding()), waived(finding()), known(finding())))
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
    about = checked(replace(incomplete(gaps("No answer")), findings=(finding(),)))
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
    """No table is shown where there is nothing to put in it."""
    assert check_markdown(checked(verdict(evaluated=4), described="open incidents")) == (
        "## Incident roles: nothing found\n\n"
        "4 incidents checked &#40;open incidents&#41;; nothing found.\n"
    )


def test_a_check_that_says_nothing_is_not_called_clean() -> None:
    """The heading says that it is incomplete."""
    about = checked(replace(verdict(evaluated=0), said_nothing=True), matched=0)
    assert headings(about) == ["## Incident roles: incomplete, nothing looked at"]
    text = rendered(check_markdown(about)).text
    assert "0 incidents matched query 'state:active', so nothing was looked at." in text
    assert "None of the rules asked had anything to look at" in text


def test_the_rest_is_said_too() -> None:
    """Rules without anything to look at and measures have their lines."""
    about = checked(replace(verdict(), unasked=(unasked(),), measures=MEASURES))
    text = rendered(check_markdown(about)).text
    assert "Not evaluated: IR020 topic-stale (no chat is connected; 2 incidents)" in text
    assert "Time to Incident Manager: median 4 min, longest 21 min (IR-1007)" in text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
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
    """Whatever is found, it stays below a mebibyte, and nearly all the room is used."""
    size = len(check_markdown(checked(many(10_000))).encode())
    assert LONGEST_BYTES * 0.99 < size <= LONGEST_BYTES < MEBIBYTE


def test_a_summary_is_cut_at_a_row_and_says_how_much_it_lacks() -> None:
    """Every row is whole, and the sections that are short are all there."""
    about = checked(replace(many(500), not_evaluated=gaps("No answer"), unasked=(unasked(),)))
    shown = check_markdown(about, longest=50_000)
    assert len(shown.encode()) <= 50_000
    complete = rendered(shown).rows[1:]
    assert {len(row) for row in complete} == {7}
    assert {row[6] for row in complete} == {"dd-incident-roles assign 1001 scribe PERSON"}
    assert f"**{500 - len(complete)} more findings not shown here" in shown
    assert "no chat is connected" in shown
    assert "**all**: No answer" in shown


def test_wide_characters_are_counted_as_bytes() -> None:
    """The limit is one of bytes, of which a character may need four."""
    about = checked(verdict(*(finding("🔥" * 900, public_id=each) for each in range(50))))
    assert len(check_markdown(about, longest=20_000).encode()) <= 20_000


def test_a_private_incident_is_named_by_its_number_alone() -> None:
    """The title of a private incident is not told."""
    shown = rendered(check_markdown(checked(found("Secret deal", private=True)))).text
    assert "IR-1001 (private)" in shown
    assert "Secret" not in shown
