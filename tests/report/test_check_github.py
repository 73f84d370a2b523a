"""What ``check --format github`` says to a workflow run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.report.check_summary import Checked
from dd_incident_roles.report.clean import clean
from dd_incident_roles.report.github import LONGEST_MESSAGE, MOST_PER_KIND, check_github
from dd_incident_roles.roles.catalogue import Level
from tests.report.checks import (
    HOSTILE,
    MEASURES,
    ROOT,
    checked,
    everything,
    finding,
    gaps,
    incomplete,
    known,
    many,
    unasked,
    verdict,
    waived,
)
from tests.report.readers import Annotation, annotated


def log_of(about: Checked) -> str:
    return check_github(about, root=ROOT)


def seen(about: Checked) -> list[Annotation]:
    return annotated(log_of(about))


def plain(about: Checked) -> list[str]:
    return [line for line in log_of(about).splitlines() if not line.startswith("::")]


def test_a_finding_is_an_annotation() -> None:
    """It names the rule, the line that demands what is missing, and what to type."""
    assert log_of(checked(verdict(finding()))).splitlines() == [
        "::error title=IR010 role-vacant,file=config/policy.yaml,line=12::"
        "Nobody is Scribe of IR-1001.  fix: dd-incident-roles assign 1001 scribe PERSON",
        "1 incident checked (query 'state:active'); 1 error.",
    ]


def test_each_level_has_its_kind() -> None:
    """Errors come first, then warnings, then notices."""
    about = verdict(finding(), finding(level=Level.WARNING), finding(level=Level.NOTE))
    assert [each.kind for each in seen(checked(about))] == ["error", "warning", "notice"]


def test_what_could_not_be_looked_at_comes_first() -> None:
    """A gap is an error that no number of findings crowds out."""
    about = replace(many(20), not_evaluated=gaps("No answer."))
    shown = seen(checked(about))
    assert [each.message for each in shown[:3]] == [
        "Not evaluated: IR-1004: No answer.",
        "Not evaluated: No answer.: No answer.",
        "Not evaluated: all: No answer.",
    ]
    assert len(shown) == MOST_PER_KIND


def test_a_gap_is_annotated_once() -> None:
    """The finding that says the same of an incident takes none of the ten places."""
    same = replace(finding(), rule=NOT_EVALUATED.id, name=NOT_EVALUATED.name)
    about = replace(incomplete(gaps("No answer.")), findings=(same,))
    assert len(seen(checked(about))) == len(gaps(""))


def test_no_more_annotations_than_github_shows() -> None:
    """Ten of each kind, and a plain line that says how many more there are."""
    warnings = [finding(level=Level.WARNING) for _ in range(11)]
    about = replace(many(25), findings=(*many(25).findings, *warnings))
    kinds = [each.kind for each in seen(checked(about))]
    assert kinds == ["error"] * 10 + ["warning"] * 10
    assert plain(checked(about))[:2] == [
        "15 more errors not shown here; see the summary or --format json.",
        "1 more warning not shown here; see the summary or --format json.",
    ]
    assert "more error" not in log_of(checked(many(MOST_PER_KIND)))


def test_what_may_stand_is_counted_and_annotates_nothing() -> None:
    """Waived and known findings are in the closing line."""
    about = checked(verdict(waived(finding()), known(finding())))
    assert seen(about) == []
    assert plain(about) == [
        "1 incident checked (query 'state:active'); nothing new found; 1 waived; 1 known."
    ]


def test_the_rest_is_said_in_plain_lines() -> None:
    """Cautions, rules without anything to look at and measures follow the sum."""
    about = replace(
        verdict(evaluated=0), unasked=(unasked(),), said_nothing=True, measures=MEASURES
    )
    assert plain(checked(about, matched=0))[1:] == [
        "0 incidents matched query 'state:active', so nothing was looked at.",
        "None of the rules asked had anything to look at, so this says nothing.",
        "Not evaluated: IR020 topic-stale (no chat is connected; 2 incidents)",
        "Time to Incident Manager: median 4 min, longest 21 min (IR-1007); 2 had none; "
        "1 not known.",
    ]


def test_a_file_is_named_as_the_repository_knows_it() -> None:
    """Below the root a path is relative; what GitHub would read as its own is escaped."""
    files = ("/work tree/config/a,b:c%.yaml", "/etc/policy.yaml")
    about = checked(verdict(*(finding(file=file) for file in files)))
    assert "file=config/a%2Cb%3Ac%25.yaml,line=12::" in log_of(about)
    assert [each.properties["file"] for each in seen(about)] == [
        "config/a,b:c%.yaml",
        "/etc/policy.yaml",
    ]


def test_a_finding_without_a_place_is_annotated_too() -> None:
    """It then names no file."""
    (only,) = seen(checked(verdict(replace(finding(), place=None))))
    assert only.properties == {"title": "IR010 role-vacant"}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_stays_one_annotation(text: str) -> None:
    """Whatever a text holds, the runner sees as many annotations, and reads them whole."""
    about = everything(text)
    assert [each.kind for each in seen(about)] == [each.kind for each in seen(everything())]
    assert len(log_of(about).splitlines()) == len(log_of(everything()).splitlines())
    assert "##[" not in log_of(about)
    (warning,) = [each for each in seen(about) if each.kind == "warning"]
    if len(text) < LONGEST_MESSAGE:
        assert warning.message.startswith(f"{clean(text)}  fix: dd-incident-roles assign")


def test_a_long_message_is_cut_before_its_fix() -> None:
    """What to type is still there behind ten thousand characters."""
    (only,) = seen(checked(verdict(finding("x" * 10_000))))
    assert only.message == (
        f"{'x' * (LONGEST_MESSAGE - 1)}…  fix: dd-incident-roles assign 1001 scribe PERSON"
    )
