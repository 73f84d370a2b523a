"""``check`` for a person: each finding with what to type, then what was looked at."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from dd_incident_roles.policy.finding import Finding
from dd_incident_roles.policy.verdict import Verdict
from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.lines import counted, joined, named
from dd_incident_roles.roles.catalogue import Level

_STYLES = {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.NOTE: "cyan"}


def check_text(verdict: Verdict) -> Text:
    """What a check found, and what it could not look at."""
    return joined(_lines(verdict))


def _lines(verdict: Verdict) -> Iterator[Text]:
    for finding in verdict.findings:
        yield from _finding(finding)
    for gap in verdict.not_evaluated:
        yield Text.assemble(
            ("not evaluated", "bold red"), " ", styled(f"{named(gap.incident)}: {gap.reason}")
        )
    yield styled(_sum(verdict), "bold")
    if verdict.not_evaluated:
        yield Text("Not everything could be looked at, so nothing here says that the rest is fine.")


def _finding(finding: Finding) -> Iterator[Text]:
    waived = f"(waived by {finding.waived.owner}) " if finding.waived else ""
    yield Text.assemble(
        (f"{finding.level.value} {finding.rule}", _STYLES[finding.level]),
        " ",
        styled(f"{waived}{finding.message}"),
    )
    if finding.waived:
        until = finding.waived.expires.isoformat()
        yield Text.assemble("  ", styled(f"until {until}: {finding.waived.reason}"))
    else:
        yield Text.assemble("  ", styled(f"fix: {finding.fix}"))


def _sum(verdict: Verdict) -> str:
    standing = [finding for finding in verdict.findings if finding.waived is None]
    waived = len(verdict.findings) - len(standing)
    found = [
        counted(count, level.value)
        for level in Level
        if (count := sum(finding.level is level for finding in standing))
    ]
    parts = [
        f"{counted(verdict.evaluated, 'incident')} checked",
        ", ".join(found) or "nothing found",
        *([f"{waived} waived"] if waived else []),
        *([f"{len(verdict.not_evaluated)} not evaluated"] if verdict.not_evaluated else []),
        *([f"{verdict.skipped_closed} closed passed over"] if verdict.skipped_closed else []),
        *(
            [f"{counted(verdict.skipped_tests, 'test')} passed over"]
            if verdict.skipped_tests
            else []
        ),
    ]
    return "; ".join(parts) + "."
