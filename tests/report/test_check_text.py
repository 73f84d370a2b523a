"""What ``check`` says to a person, and what no format says of a private incident."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from dd_incident_roles.policy.clock import Measures
from dd_incident_roles.policy.judge import Checked
from dd_incident_roles.policy.policy import Evidence, FailOn, NotEvaluated, SeenIn
from dd_incident_roles.report.check_ci import check_github, check_junit, check_sarif
from dd_incident_roles.report.check_markdown import check_markdown
from dd_incident_roles.report.check_text import check_text, until
from dd_incident_roles.report.documents.check import check_json
from dd_incident_roles.roles.catalogue import Level
from tests.policy.cases import at
from tests.report import checks
from tests.report.cases import printed, steers_nothing
from tests.report.checks import check_of, everything, finding, unasked, waived
from tests.report.readers import complaints, rendered

FIX = "    fix: dd-incident-roles assign 1001 scribe PERSON"
HEAD = "IR-1001 Checkout down"
SUM = "1 incident checked (query 'state:active'); "


def lines(about: Checked) -> list[str]:
    return printed(check_text(about)).splitlines()


def test_each_finding_comes_with_evidence_and_fix_and_the_sum_comes_last() -> None:
    """A person reads the level, the rule, what is wrong, what was seen and what to type."""
    assert [line.split(" of ")[0] for line in lines(checks.found())] == [
        "IR-1001 Checkout down",
        "  error IR001 Nobody is Incident Manager",
        "    seen: Incident Manager is required always since 14:00 UTC (the policy)",
        "    fix: dd-incident-roles assign 1001 im PERSON",
        "  error IR010 Nobody is Scribe",
        "    seen: Scribe is required in SEV-1 since 14:00 UTC (the policy)",
        FIX,
        "",
        f"{SUM}2 errors.",
    ]


def test_the_worst_comes_first_and_a_long_report_begins_with_its_sum() -> None:
    """What stands is worse than what is known or waived, and two errors are worse than one."""
    many = checks.many(6)
    found = check_of(
        checks.known(many[0]),
        replace(many[1], level=Level.WARNING),
        *(many[2], many[3], replace(many[3], stream="database")),
        waived(many[4]),
        replace(many[5], subject="roles that nobody knows"),
    )
    shown = lines(found)
    heads = [line.split()[0] for line in shown if line and not line.startswith(" ")]
    sums = shown[0].split()[0]
    assert heads == [sums, "IR-4", "IR-3", "The", "IR-2", "IR-1", "IR-5", sums]
    assert shown[0] == shown[-1] == f"{SUM}4 errors, 1 warning; 1 waived; 1 known."


@pytest.mark.parametrize(
    ("evidence", "line"),
    [
        (
            Evidence("holds Scribe", SeenIn.DATADOG, who="ada", since=at(3)),
            "    seen: ada: holds Scribe since 14:03 UTC (Datadog)",
        ),
        (
            Evidence("holds Scribe", SeenIn.CHAT, since=at(-24 * 60)),
            "    seen: holds Scribe since 2025-12-31 14:00 UTC (the chat)",
        ),
        (Evidence("quiet", SeenIn.TIMELINE), "    seen: quiet (the timeline)"),
    ],
)
def test_evidence_says_who_where_and_since_when(evidence: Evidence, line: str) -> None:
    """What is not known of a piece of evidence is left out."""
    assert lines(check_of(replace(finding(), evidence=(evidence,))))[2] == line


def test_a_finding_about_the_policy_shows_its_line() -> None:
    """What is wrong in a file can be found there; of an incident no file is shown."""
    assert lines(check_of(checks.of_the_policy()))[::2][:2] == [
        "The policy",
        "    config/policy.yaml:12",
    ]
    assert not any("policy.yaml" in line for line in lines(check_of(finding())))


GAP = NotEvaluated(incident=1002, reason="Datadog answered 403")
NO_ISSUE = unasked(rule="IR021", name="assignee-stale", reason="no issue is linked.", incidents=1)
ODD = unasked(rule="IR022", name="topic-odd", incidents=3)
CASES = {
    "clean": (
        check_of(evaluated=4),
        ["4 incidents checked (query 'state:active'); nothing found."],
    ),
    "passed over": (
        check_of(evaluated=0, skipped_closed=2, skipped_open=1),
        [
            "0 incidents checked (query 'state:active'); nothing found; 2 closed passed over; "
            "1 open passed over."
        ],
    ),
    "no incident": (
        check_of(matched=0, evaluated=0),
        [
            "0 incidents checked (query 'state:active'); nothing found.",
            "0 incidents matched query 'state:active', so nothing was looked at.",
        ],
    ),
    "incomplete": (
        check_of(matched=0, not_evaluated=(GAP,), skipped_tests=1),
        [
            "not evaluated IR-1002: Datadog answered 403",
            f"{SUM}nothing found; 1 not evaluated; 1 test passed over.",
            "Not everything could be looked at, so nothing here says that the rest is fine.",
        ],
    ),
    "waived": (
        check_of(waived(finding(level=Level.WARNING), owner="ada@corp.example")),
        [
            HEAD,
            "  warning IR010 (waived by ada@corp.example) Nobody is Scribe of IR-1001.",
            "    until 2026-02-01 (31 days left): small team",
            "",
            f"{SUM}nothing found; 1 waived.",
        ],
    ),
    "known": (
        check_of(checks.known(finding()), resolved=("a", "b")),
        [
            HEAD,
            "  error IR010 (known) Nobody is Scribe of IR-1001.",
            FIX,
            "",
            f"{SUM}nothing new found; 1 known; 2 resolved since the baseline.",
        ],
    ),
    "known and waived, which counts once": (
        check_of(waived(checks.known(finding()))),
        [
            HEAD,
            "  error IR010 (known) (waived by ada) Nobody is Scribe of IR-1001.",
            "    until 2026-02-01 (31 days left): small team",
            "",
            f"{SUM}nothing found; 1 waived.",
        ],
    ),
    "rules without anything to look at, by reason": (
        check_of(unasked=(unasked(), NO_ISSUE, ODD)),
        [
            f"{SUM}nothing found.",
            "Not evaluated: IR020 topic-stale, IR022 topic-odd (no chat is connected; "
            "up to 3 incidents)",
            "Not evaluated: IR021 assignee-stale (no issue is linked; 1 incident)",
        ],
    ),
    "nothing said, and why": (
        check_of(unasked=(unasked(optional=True),), said_nothing=True),
        [
            f"{SUM}nothing looked at.",
            "None of the rules asked had anything to look at, so this says nothing.",
            "Not evaluated: IR020 topic-stale (no chat is connected; 2 incidents)",
        ],
    ),
}


@pytest.mark.parametrize(("about", "expected"), CASES.values(), ids=CASES)
def test_what_a_check_came_to(about: Checked, expected: list[str]) -> None:
    """Clean is told from having looked at nothing; nothing that may stand is hidden or counted."""
    assert lines(about) == expected


def test_a_waived_finding_fails_nothing() -> None:
    """Not even where a warning is enough to fail."""
    assert check_of(waived(finding())).verdict.exit_code(FailOn.WARNING) == 0


def test_the_last_day_of_a_waiver_is_said() -> None:
    """A waiver that ends today still holds; days are those of UTC, whatever the zone."""
    ends = replace(checks.WAIVER, expires=date(2026, 1, 1))
    assert until(ends, at(60)) == "until 2026-01-01 (its last day)"
    evening = datetime(2026, 1, 1, 22, tzinfo=timezone(timedelta(hours=-5)))
    later = replace(ends, expires=date(2026, 1, 3))
    assert until(later, evening) == "until 2026-01-03 (1 day left)"


def test_what_is_secondary_is_dim() -> None:
    """Findings and fixes stand out from evidence and from rules that were not asked."""
    about = checks.found()
    report = check_text(replace(about, verdict=replace(about.verdict, unasked=(unasked(),))))
    dim = [text for line in report.lines for text, style in line if style == "dim"]
    assert {each.split(":")[0] for each in dim} == {"seen", "Not evaluated"}


def test_what_nobody_connected_is_said_only_where_more_is_asked_for() -> None:
    """A system that many never connect is no news in each run; anything else that lacks is."""
    about = check_of(unasked=(unasked(optional=True), unasked(rule="IR030")))
    [line], [all_of_it] = lines(about)[1:], lines(replace(about, verbose=True))[1:]
    assert "IR030" in line
    assert "IR020" not in line
    assert "IR020 topic-stale, IR030" in all_of_it


WAITED = "Time to Incident Manager: "
FAST = f"{WAITED}median 4 min, longest 21 min (IR-1007)"


@pytest.mark.parametrize(
    ("measures", "line"),
    [
        (checks.MEASURES, f"{FAST}; 2 had none; 1 not known."),
        (replace(checks.MEASURES, without=0, unknown=0), f"{FAST}."),
        (
            Measures(measured=0, without=0, unknown=4),
            f"{WAITED}measured in no incident; 4 not known.",
        ),
    ],
)
def test_closed_incidents_tell_how_long_they_waited(measures: Measures, line: str) -> None:
    """The last line of a check of closed incidents is how fast they had an Incident Manager."""
    assert lines(check_of(measures=measures))[-1] == line


@pytest.mark.parametrize("text", checks.HOSTILE.values(), ids=checks.HOSTILE)
def test_a_hostile_text_forges_no_line(text: str) -> None:
    """No text from outside adds a line, a workflow command or a colour to the log."""
    shown = printed(check_text(everything(text)))
    assert len(shown.splitlines()) == len(lines(everything()))
    assert steers_nothing(shown)


PRIVATE = checks.found("Secret deal", private=True)
FORMATS = {
    "text": printed(check_text(PRIVATE)),
    "github": check_github(PRIVATE, root=checks.ROOT),
    "junit": check_junit(PRIVATE),
    "markdown": rendered(check_markdown(PRIVATE)).text,
    "json": check_json(PRIVATE),
    "sarif": check_sarif(PRIVATE, root=checks.ROOT, version="1.2.3"),
}


@pytest.mark.parametrize("shown", FORMATS.values(), ids=FORMATS)
def test_a_private_incident_is_named_by_its_number_alone(shown: str) -> None:
    """Many read a log or a summary: neither the title is told there nor what was seen."""
    assert "IR-1001 (private)" in shown
    assert "Secret" not in shown
    assert "seen:" not in shown
    assert "seen_in" not in shown


def test_only_the_document_has_the_id_of_a_private_incident() -> None:
    """Programs need it; a service that shows findings learns the public id and nothing else."""
    assert complaints("check", FORMATS["json"]) == []
    assert [name for name, text in FORMATS.items() if "00000000-0000" in text] == ["json"]
