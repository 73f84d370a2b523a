"""What ``check`` says to a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from dd_incident_roles.policy.coverage import Measures
from dd_incident_roles.policy.finding import Evidence, FailOn, NotEvaluated, SeenIn, Verdict, Waived
from dd_incident_roles.report.check_junit import check_junit
from dd_incident_roles.report.check_markdown import check_markdown
from dd_incident_roles.report.check_summary import Checked, until
from dd_incident_roles.report.check_text import check_text
from dd_incident_roles.report.github import check_github
from dd_incident_roles.roles.catalogue import Level
from tests.policy.cases import at
from tests.report.cases import printed
from tests.report.checks import (
    HOSTILE,
    MEASURES,
    ROOT,
    checked,
    everything,
    finding,
    found,
    known,
    of_the_policy,
    unasked,
    verdict,
    waived,
)
from tests.report.readers import rendered

PRIVATE = checked(found("Secret deal", private=True))


def lines(about: Checked) -> list[str]:
    return printed(check_text(about)).splitlines()


def test_each_finding_comes_with_evidence_and_fix_and_the_sum_comes_last() -> None:
    """A person reads the level, the rule, what is wrong, what was seen and what to type."""
    assert [line.split(" of ")[0] for line in lines(checked(found()))] == [
        "error IR001 Nobody is Incident Manager",
        "  seen: Incident Manager is required always since 14:00 UTC (the policy)",
        "  fix: dd-incident-roles assign 1001 im PERSON",
        "error IR010 Nobody is Scribe",
        "  seen: Scribe is required in SEV-1 since 14:00 UTC (the policy)",
        "  fix: dd-incident-roles assign 1001 scribe PERSON",
        "1 incident checked (query 'state:active'); 2 errors.",
    ]


@pytest.mark.parametrize(
    ("evidence", "line"),
    [
        (
            Evidence("holds Scribe", SeenIn.DATADOG, who="ada", since=at(3)),
            "  seen: ada: holds Scribe since 14:03 UTC (Datadog)",
        ),
        (
            Evidence("holds Scribe", SeenIn.CHAT, since=at(-24 * 60)),
            "  seen: holds Scribe since 2025-12-31 14:00 UTC (the chat)",
        ),
        (Evidence("quiet", SeenIn.TIMELINE), "  seen: quiet (the timeline)"),
    ],
)
def test_evidence_says_who_where_and_since_when(evidence: Evidence, line: str) -> None:
    """What is not known of a piece of evidence is left out."""
    about = replace(finding(), evidence=(evidence,))
    assert lines(checked(verdict(about)))[1] == line


def test_a_finding_about_the_policy_shows_its_line() -> None:
    """What is wrong in a file can be found there; of an incident no file is shown."""
    assert lines(checked(verdict(of_the_policy())))[1] == "  config/policy.yaml:12"
    assert "policy.yaml" not in printed(check_text(checked(verdict(finding()))))


def test_a_clean_check_says_how_much_it_looked_at() -> None:
    """Clean is told apart from having looked at nothing."""
    clean = Verdict(findings=(), not_evaluated=(), evaluated=4)
    nothing = Verdict(findings=(), not_evaluated=(), evaluated=0, skipped_closed=2, skipped_open=1)
    assert lines(checked(clean)) == ["4 incidents checked (query 'state:active'); nothing found."]
    assert lines(checked(nothing)) == [
        "0 incidents checked (query 'state:active'); nothing found; 2 closed passed over; "
        "1 open passed over."
    ]


def test_no_incident_is_said_out_loud() -> None:
    """A query that fits nothing does not pass for a check that found nothing."""
    nothing = Verdict(findings=(), not_evaluated=(), evaluated=0)
    assert lines(checked(nothing, matched=0)) == [
        "0 incidents checked (query 'state:active'); nothing found.",
        "0 incidents matched query 'state:active', so nothing was looked at.",
    ]


def test_what_could_not_be_looked_at_is_said() -> None:
    """An incident that could not be read is named, and the check does not call the rest fine."""
    gap = NotEvaluated(incident=1002, reason="Datadog answered 403")
    about = Verdict(findings=(), not_evaluated=(gap,), evaluated=1, skipped_tests=1)
    assert lines(checked(about, matched=0)) == [
        "not evaluated IR-1002: Datadog answered 403",
        "1 incident checked (query 'state:active'); nothing found; 1 not evaluated; "
        "1 test passed over.",
        "Not everything could be looked at, so nothing here says that the rest is fine.",
    ]


def test_a_waived_finding_is_shown_and_counted_apart() -> None:
    """A waiver hides nothing: the finding stays, with its owner, reason, end and time left."""
    about = waived(finding(level=Level.WARNING), owner="ada@corp.example")
    assert lines(checked(verdict(about))) == [
        "warning IR010 (waived by ada@corp.example) Nobody is Scribe of IR-1001.",
        "  until 2026-02-01 (31 days left): small team",
        "1 incident checked (query 'state:active'); nothing found; 1 waived.",
    ]
    assert verdict(about).exit_code(FailOn.WARNING) == 0


def test_the_last_day_of_a_waiver_is_said() -> None:
    """A waiver that ends today still holds, and nobody reads of zero days."""
    ends = Waived(reason="small team", owner="ada", expires=date(2026, 1, 1))
    shown = lines(checked(verdict(replace(finding(), waived=ends))))
    assert shown[1] == "  until 2026-01-01 (its last day): small team"


def test_the_days_of_a_waiver_are_those_of_utc() -> None:
    """Late in the evening of another zone, a day less is left."""
    evening = datetime(2026, 1, 1, 22, tzinfo=timezone(timedelta(hours=-5)))
    ends = Waived(reason="small team", owner="ada", expires=date(2026, 1, 3))
    assert until(ends, evening) == "until 2026-01-03 (1 day left)"


def test_what_is_secondary_is_dim() -> None:
    """Findings and fixes stand out from evidence and from rules that were not asked."""
    about = checked(replace(found(), unasked=(unasked(),)))
    text = check_text(about)
    dim = {
        text.plain[span.start : span.end].split(":")[0]
        for span in text.spans
        if span.style == "dim"
    }
    assert dim == {"seen", "Not evaluated"}


def test_a_known_finding_is_marked_and_counted_apart() -> None:
    """What the baseline knows is shown with its fix and fails nothing; what is gone is counted."""
    about = replace(verdict(known(finding())), resolved=("a", "b"))
    assert lines(checked(about)) == [
        "error IR010 (known) Nobody is Scribe of IR-1001.",
        "  fix: dd-incident-roles assign 1001 scribe PERSON",
        "1 incident checked (query 'state:active'); nothing new found; 1 known; "
        "2 resolved since the baseline.",
    ]


def test_a_finding_that_is_known_and_waived_is_counted_once() -> None:
    """It shows both marks, and counts among the waived."""
    shown = lines(checked(verdict(waived(known(finding())))))
    assert shown[0].startswith("error IR010 (known) (waived by ada) Nobody")
    assert shown[-1].endswith("nothing found; 1 waived.")


def test_rules_without_anything_to_look_at_are_grouped_by_reason() -> None:
    """One line for each reason, with how many incidents it was so in."""
    about = replace(
        verdict(evaluated=3),
        unasked=(
            unasked(),
            unasked(rule="IR021", name="assignee-stale", reason="no issue is linked.", incidents=1),
            unasked(rule="IR022", name="topic-odd", incidents=3),
        ),
    )
    assert lines(checked(about))[1:] == [
        "Not evaluated: IR020 topic-stale, IR022 topic-odd (no chat is connected; "
        "up to 3 incidents)",
        "Not evaluated: IR021 assignee-stale (no issue is linked; 1 incident)",
    ]


def test_what_nobody_connected_is_said_once_and_only_where_more_is_asked_for() -> None:
    """A system that many never connect is no news in each run; anything else that lacks is."""
    about = replace(verdict(), unasked=(replace(unasked(), optional=True), unasked(rule="IR030")))
    assert len(lines(checked(about))) == 2
    assert len(lines(replace(checked(about), verbose=True))) == 2
    [only] = lines(replace(checked(about), verbose=True))[1:]
    assert "IR020 topic-stale, IR030" in only
    assert "IR020" not in lines(checked(about))[1]


def test_what_nobody_connected_is_said_where_nothing_else_was_asked() -> None:
    """A check that says nothing names the reason."""
    about = replace(verdict(), unasked=(replace(unasked(), optional=True),), said_nothing=True)
    assert "Not evaluated: IR020 topic-stale (no chat is connected; 2 incidents)" in lines(
        checked(about)
    )


def test_a_check_that_says_nothing_says_so() -> None:
    """Where no rule had anything to look at, the absence of findings is not good news."""
    about = replace(verdict(), unasked=(unasked(),), said_nothing=True)
    assert "None of the rules asked had anything to look at, so this says nothing." in lines(
        checked(about)
    )


@pytest.mark.parametrize(
    ("measures", "line"),
    [
        (
            MEASURES,
            "Time to Incident Manager: median 4 min, longest 21 min (IR-1007); 2 had none; "
            "1 not known.",
        ),
        (
            replace(MEASURES, without=0, unknown=0),
            "Time to Incident Manager: median 4 min, longest 21 min (IR-1007).",
        ),
        (
            Measures(measured=0, without=0, unknown=4),
            "Time to Incident Manager: measured in no incident; 4 not known.",
        ),
    ],
)
def test_closed_incidents_tell_how_long_they_waited(measures: Measures, line: str) -> None:
    """The last line of a check of closed incidents is how fast they had an Incident Manager."""
    assert lines(checked(replace(verdict(), measures=measures)))[-1] == line


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_forges_no_line(text: str) -> None:
    """No text from outside adds a line, a workflow command or a colour to the log."""
    shown = printed(check_text(everything(text)))
    assert len(shown.splitlines()) == len(lines(everything()))
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())
    assert not {"\x1b", "\u202e", "\u2066", "\x00"} & set(shown)
    assert "##[" not in shown


@pytest.mark.parametrize(
    "shown",
    [
        printed(check_text(PRIVATE)),
        check_github(PRIVATE, root=ROOT),
        check_junit(PRIVATE),
        rendered(check_markdown(PRIVATE)).text,
    ],
    ids=["text", "github", "junit", "markdown"],
)
def test_a_private_incident_is_named_by_its_number_alone(shown: str) -> None:
    """Many read a log or a summary: neither the title is told there nor what was seen."""
    assert "IR-1001 (private)" in shown
    assert "Secret" not in shown
    assert "seen:" not in shown
