"""A check in a few sentences, the same in every report that people read."""

from __future__ import annotations

from collections.abc import Iterator

from dd_incident_roles.policy.coverage import Measures
from dd_incident_roles.policy.finding import BaselineState, Finding, Unasked, Verdict
from dd_incident_roles.report.checked import Checked
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import count_of, short_duration


def sum_of(checked: Checked) -> str:
    """How many incidents were checked, how they were chosen, and what came of it, on one line."""
    verdict = checked.verdict
    waived, known = verdict.waived, len(known_findings(verdict))
    parts = [
        f"{count_of(verdict.evaluated, 'incident')} checked ({checked.described})",
        found_words(verdict),
        *([f"{waived} waived"] if waived else []),
        *([f"{known} known"] if known else []),
        *([f"{len(verdict.resolved)} resolved since the baseline"] if verdict.resolved else []),
        *([f"{len(verdict.not_evaluated)} not evaluated"] if verdict.not_evaluated else []),
        *([f"{verdict.skipped_closed} closed passed over"] if verdict.skipped_closed else []),
        *([f"{verdict.skipped_open} open passed over"] if verdict.skipped_open else []),
        *(
            [f"{count_of(verdict.skipped_tests, 'test')} passed over"]
            if verdict.skipped_tests
            else []
        ),
    ]
    return "; ".join(parts) + "."


def found_words(verdict: Verdict) -> str:
    """How many findings of each level stand, such as ``4 errors, 1 warning``."""
    standing = standing_findings(verdict)
    counts = [
        count_of(count, level.value)
        for level in Level
        if (count := sum(finding.level is level for finding in standing))
    ]
    if verdict.said_nothing:
        return "nothing looked at"
    nothing = "nothing new found" if known_findings(verdict) else "nothing found"
    return ", ".join(counts) or nothing


def standing_findings(verdict: Verdict) -> tuple[Finding, ...]:
    """The findings that can make a check fail."""
    return tuple(finding for finding in verdict.findings if finding.stands)


def known_findings(verdict: Verdict) -> tuple[Finding, ...]:
    """The findings that a baseline knows and no waiver covers."""
    return tuple(
        finding
        for finding in verdict.findings
        if finding.baseline is BaselineState.EXISTING and finding.waived is None
    )


def cautions(checked: Checked) -> Iterator[str]:
    """What keeps a check without findings from meaning that all is well."""
    verdict = checked.verdict
    if verdict.not_evaluated:
        yield "Not everything could be looked at, so nothing here says that the rest is fine."
    elif not checked.matched:
        how = checked.described
        chosen = how if how.startswith("query ") else f"({how})"
        yield f"0 incidents matched {chosen}, so nothing was looked at."
    if verdict.said_nothing:
        yield "None of the rules asked had anything to look at, so this says nothing."


def unasked_lines(checked: Checked) -> Iterator[str]:
    """The rules that had nothing to look at, one line for each reason.

    What nobody connected is not said in every run, but where it is all that was asked.
    """
    tells_all = checked.verbose or checked.verdict.said_nothing
    shown = [each for each in checked.verdict.unasked if tells_all or not each.optional]
    for reason in dict.fromkeys(unasked.reason for unasked in shown):
        rules = [unasked for unasked in shown if unasked.reason == reason]
        names = ", ".join(f"{unasked.rule} {unasked.name}" for unasked in rules)
        yield f"Not evaluated: {names} ({reason.rstrip('.')}; {_how_often(rules)})"


def measures_line(measures: Measures) -> str:
    """How long closed incidents waited for an Incident Manager."""
    waits = "measured in no incident"
    if measures.median is not None and measures.longest is not None:
        slowest = "" if measures.slowest is None else f" (IR-{measures.slowest})"
        median, longest = short_duration(measures.median), short_duration(measures.longest)
        waits = f"median {median}, longest {longest}{slowest}"
    parts = [
        f"Time to Incident Manager: {waits}",
        *([f"{measures.without} had none"] if measures.without else []),
        *([f"{measures.unknown} not known"] if measures.unknown else []),
    ]
    return "; ".join(parts) + "."


def _how_often(rules: list[Unasked]) -> str:
    numbers = {unasked.incidents for unasked in rules}
    most = count_of(max(numbers), "incident")
    return most if len(numbers) == 1 else f"up to {most}"
