"""What ``check --format github`` says to a workflow run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.report import github
from dd_incident_roles.report.check_summary import Checked
from dd_incident_roles.report.clean import clean
from dd_incident_roles.roles.catalogue import Level
from tests.report import checks
from tests.report.checks import check_of, everything, finding
from tests.report.readers import Annotation, annotated

WARNING = finding(level=Level.WARNING)


def log_of(about: Checked) -> list[str]:
    return github.check_github(about, root=checks.ROOT).splitlines()


def seen(about: Checked) -> list[Annotation]:
    return annotated("\n".join(log_of(about)))


def kinds(about: Checked) -> list[str]:
    return [each.kind for each in seen(about)]


def test_a_finding_is_an_annotation() -> None:
    """It names the rule, the line that demands what is missing, and what to type."""
    assert log_of(check_of(finding())) == [
        "::error title=IR010 role-vacant,file=config/policy.yaml,line=12::"
        "Nobody is Scribe of IR-1001.  fix: dd-incident-roles assign 1001 scribe PERSON",
        "1 incident checked (query 'state:active'); 1 error.",
    ]
    (without_place,) = seen(check_of(replace(finding(), place=None)))
    assert without_place.properties == {"title": "IR010 role-vacant"}


def test_each_level_has_its_kind() -> None:
    """Errors come first, then warnings, then notices."""
    about = check_of(finding(level=Level.NOTE), WARNING, finding())
    assert kinds(about) == ["error", "warning", "notice"]


def test_what_could_not_be_looked_at_comes_first() -> None:
    """A gap is one error that no number of findings crowds out, nor the finding that says it."""
    same = replace(finding(), rule=NOT_EVALUATED.id, name=NOT_EVALUATED.name)
    about = check_of(same, *checks.many(20), not_evaluated=checks.gaps("No answer."))
    assert [each.message for each in seen(about)[:3]] == [
        "Not evaluated: IR-1004: No answer.",
        "Not evaluated: No answer.: No answer.",
        "Not evaluated: all: No answer.",
    ]
    assert len(seen(about)) == github.MOST_PER_KIND
    assert len(seen(check_of(same, not_evaluated=checks.gaps("No answer.")))) == 3


def test_no_more_annotations_than_github_shows() -> None:
    """Ten of each kind, and a plain line that says how many more there are."""
    about = check_of(*checks.many(25), *[WARNING] * 11)
    assert kinds(about) == ["error"] * 10 + ["warning"] * 10
    assert [line for line in log_of(about) if not line.startswith("::")][:2] == [
        "15 more errors not shown here; see the summary or --format json.",
        "1 more warning not shown here; see the summary or --format json.",
    ]
    assert not any("more error" in line for line in log_of(check_of(*checks.many(10))))


def test_what_may_stand_is_counted_and_annotates_nothing() -> None:
    """Waived and known findings are in the closing line."""
    assert log_of(check_of(checks.waived(finding()), checks.known(finding()))) == [
        "1 incident checked (query 'state:active'); nothing new found; 1 waived; 1 known."
    ]


def test_the_rest_is_said_in_plain_lines() -> None:
    """Cautions, rules without anything to look at and measures follow the sum."""
    assert log_of(checks.silent(measures=checks.MEASURES))[1:] == [
        "0 incidents matched query 'state:active', so nothing was looked at.",
        "None of the rules asked had anything to look at, so this says nothing.",
        "Not evaluated: IR020 topic-stale (no chat is connected; 2 incidents)",
        "Time to Incident Manager: median 4 min, longest 21 min (IR-1007); 2 had none; "
        "1 not known.",
    ]


def test_a_file_is_named_as_the_repository_knows_it() -> None:
    """Below the root a path is relative; what GitHub would read as its own is escaped."""
    files = ("/work tree/config/a,b:c%.yaml", "/etc/policy.yaml")
    about = check_of(*(finding(file=file) for file in files))
    assert "file=config/a%2Cb%3Ac%25.yaml,line=12::" in log_of(about)[0]
    found = [each.properties["file"] for each in seen(about)]
    assert found == ["config/a,b:c%.yaml", "/etc/policy.yaml"]


@pytest.mark.parametrize("text", checks.HOSTILE.values(), ids=checks.HOSTILE)
def test_a_hostile_text_stays_one_annotation(text: str) -> None:
    """Whatever a text holds, the runner sees as many annotations, and reads them whole."""
    about = everything(text)
    assert kinds(about) == kinds(everything())
    assert len(log_of(about)) == len(log_of(everything()))
    assert not any("##[" in line for line in log_of(about))
    (warning,) = [each for each in seen(about) if each.kind == "warning"]
    if len(text) < github.LONGEST_MESSAGE:
        assert warning.message.startswith(f"{clean(text)}  fix: dd-incident-roles assign")


def test_a_long_message_is_cut_before_its_fix() -> None:
    """What to type is still there behind ten thousand characters."""
    (only,) = seen(check_of(finding("x" * 10_000)))
    shown, _, fix = only.message.partition("…")
    assert shown == "x" * (github.LONGEST_MESSAGE - 1)
    assert fix == "  fix: dd-incident-roles assign 1001 scribe PERSON"
