"""What every report of a check is made from, and a check in a few sentences, the same in all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from dd_incident_roles.policy.clock import Measures
from dd_incident_roles.policy.finding import BaselineState, Finding, Unasked, Verdict, Waived
from dd_incident_roles.policy.policy import Rule, Scope
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.values import frozen
from dd_incident_roles.words import clause, count_of, incident_label, short_duration


@frozen
class Checked:
    """One check: what it came to, as of when, which rules were asked, and about what.

    ``described`` says in words how the incidents were chosen, such as ``query 'state:active'``, and
    ``matched`` is how many there were. Reports for people are short unless they are ``verbose``.
    """

    verdict: Verdict
    now: datetime
    rules: tuple[Rule, ...]
    described: str
    matched: int
    scope: Scope = Scope.OPEN
    verbose: bool = False


def sum_of(checked: Checked) -> str:
    """How many incidents were checked, how they were chosen, and what came of it, on one line."""
    verdict = checked.verdict
    counts = (
        (verdict.waived, "waived"),
        (len(known_findings(verdict)), "known"),
        (len(verdict.resolved), "resolved since the baseline"),
        (len(verdict.not_evaluated), "not evaluated"),
        (verdict.skipped_closed, "closed passed over"),
        (verdict.skipped_open, "open passed over"),
    )
    parts = [
        f"{count_of(verdict.evaluated, 'incident')} checked ({checked.described})",
        found_words(verdict),
        *(f"{count} {what}" for count, what in counts if count),
    ]
    if verdict.skipped_tests:
        parts.append(f"{count_of(verdict.skipped_tests, 'test')} passed over")
    return "; ".join(parts) + "."


def found_words(verdict: Verdict) -> str:
    """How many findings of each level stand, such as ``4 errors, 1 warning``."""
    if verdict.said_nothing:
        return "nothing looked at"
    active = active_findings(verdict)
    counts = [
        count_of(count, level.value)
        for level in Level
        if (count := sum(finding.level is level for finding in active))
    ]
    nothing = "nothing new found" if known_findings(verdict) else "nothing found"
    return ", ".join(counts) or nothing


def active_findings(verdict: Verdict) -> tuple[Finding, ...]:
    """The findings that can make a check fail."""
    return tuple(finding for finding in verdict.findings if finding.is_active)


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
        # A query with a slip in it matches nothing, and must not look like good news.
        how = checked.described
        chosen = how if how.startswith("query ") else f"({how})"
        yield f"0 incidents matched {chosen}, so nothing was looked at."
    if verdict.said_nothing:
        yield "None of the rules asked had anything to look at, so this says nothing."


def unasked_lines(checked: Checked) -> Iterator[str]:
    """The rules that had nothing to look at, one line for each reason."""
    # What nobody connected is not said in every run, but where it is all that was asked.
    tells_all = checked.verbose or checked.verdict.said_nothing
    same: dict[str, list[Unasked]] = {}
    # Many rules lack the same thing, and a line for each would bury what was found.
    for each in checked.verdict.unasked:
        if tells_all or not each.optional:
            same.setdefault(each.reason, []).append(each)
    for reason, rules in same.items():
        names = ", ".join(f"{each.rule} {each.name}" for each in rules)
        numbers = {each.incidents for each in rules}
        most = count_of(max(numbers), "incident")
        how_often = most if len(numbers) == 1 else f"up to {most}"
        yield f"Not evaluated: {names} ({clause(reason)}; {how_often})"


def measures_line(measures: Measures) -> str:
    """How long closed incidents waited for an Incident Manager."""
    waits = "measured in no incident"
    if measures.median is not None and measures.longest is not None:
        slowest = "" if measures.slowest is None else f" ({incident_label(measures.slowest)})"
        median, longest = short_duration(measures.median), short_duration(measures.longest)
        waits = f"median {median}, longest {longest}{slowest}"
    parts = [
        f"Time to Incident Manager: {waits}",
        *([f"{measures.without} had none"] if measures.without else []),
        *([f"{measures.unknown} not known"] if measures.unknown else []),
    ]
    return "; ".join(parts) + "."


def until(waived: Waived, now: datetime) -> str:
    """The last day of a waiver in UTC, such as ``until 2026-02-01 (31 days left)``."""
    # A waiver ends with a day of UTC, whatever the zone of whoever reads it.
    left = (waived.expires - now.astimezone(UTC).date()).days
    shown = f"{count_of(left, 'day')} left" if left else "its last day"
    return f"until {waived.expires.isoformat()} ({shown})"
