"""``check`` for a person, and the sentences about a check that every report of it has.

Incident by incident, the worst first, each finding with what to type.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.style import StyleType

from dd_incident_roles.policy.clock import Measures
from dd_incident_roles.policy.facts import LONGEST_TITLE
from dd_incident_roles.policy.judge import Checked
from dd_incident_roles.policy.policy import (
    BaselineState,
    Evidence,
    Finding,
    Unasked,
    Verdict,
    Waiver,
    rank,
)
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.report.terminal import (
    ALARM,
    CAUTION,
    LEVEL_STYLES,
    Line,
    Lines,
    name_of,
)
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import (
    clause,
    clean,
    count_of,
    incident_label,
    instant_label,
    short_duration,
    shorten,
)

_INDENT = ("  ", "")
_LONG = 20
"""A report of more lines begins with what it comes to, since its end is what a terminal shows."""


def check_text(checked: Checked) -> Lines:
    """What a check found, and what it could not look at."""
    lines, sums = list(_lines(checked)), list(_sums(checked))
    first = sums[:1] if len(lines) > _LONG else []
    return Lines(lines=[*first, *([()] if first else []), *lines, *sums])


def _lines(checked: Checked) -> Iterator[Line]:
    about: dict[str, list[Finding]] = {}
    for finding in checked.verdict.findings:
        # What IR099 finds are the gaps, which have a line each below.
        if finding.rule != NOT_EVALUATED.id:
            about.setdefault(_about(finding), []).append(finding)
    for subject, findings in sorted(about.items(), key=lambda each: _gravity(each[1])):
        yield _line(subject, "bold")
        for finding in findings:
            yield from _finding(finding, checked.now)
        yield ()
    for gap in checked.verdict.not_evaluated:
        reason = _line(f"{name_of(gap.incident)}: {gap.reason}")
        yield (("not evaluated", ALARM), (" ", ""), *reason)


def _line(text: str, style: StyleType = "") -> Line:
    return ((clean(text), style),)


def _about(finding: Finding) -> str:
    """What a finding is listed under."""
    if finding.incident is None or finding.subject:
        return "The policy" if finding.incident is None else "The organisation"
    return f"{incident_label(finding.incident.public_id)} {finding.incident.title or '(private)'}"


def _gravity(findings: list[Finding]) -> tuple[int, ...]:
    """By the gravest that stands, then by how many there are of it, the worst first."""
    levels = [rank(finding.level) for finding in findings if finding.is_active]
    worst = min(levels, default=len(Level))
    return worst, -levels.count(worst)


def _sums(checked: Checked) -> Iterator[Line]:
    yield _line(sum_of(checked), "bold")
    for caution in cautions(checked):
        yield _line(caution, f"bold {CAUTION}")
    for line in unasked_lines(checked):
        yield _line(line, "dim")
    if checked.verdict.measures:
        yield _line(measures_line(checked.verdict.measures))


def _finding(finding: Finding, now: datetime) -> Iterator[Line]:
    known = "(known) " if finding.baseline is BaselineState.EXISTING else ""
    waived = f"(waived by {finding.waived.owner}) " if finding.waived else ""
    message = finding.message
    if finding.incident and finding.incident.title:
        # The line above the findings of an incident has its title.
        message = message.replace(f' "{shorten(finding.incident.title, LONGEST_TITLE)}"', "")
    level, style = finding.level, LEVEL_STYLES[finding.level]
    said = clean(f"{known}{waived}{message}")
    yield (_INDENT, (f"{level.value} {finding.rule}", style), (f" {said}", ""))
    # The line that demands a role helps nobody in an incident; what to type does.
    if finding.incident is None and finding.place:
        yield _below(f"{finding.place.file}:{finding.place.line}")
    if finding.waived:
        yield _below(f"{until(finding.waived, now)}: {finding.waived.reason}")
    else:
        for evidence in finding.evidence:
            yield _below(f"seen: {evidence_line(evidence, now)}", "dim")
        yield _below(f"fix: {finding.fix}")


def _below(text: str, style: StyleType = "") -> Line:
    return (_INDENT, _INDENT, (clean(text), style))


def evidence_line(evidence: Evidence, now: datetime) -> str:
    """What was seen, about whom, where, and since when."""
    who = f"{evidence.who}: " if evidence.who else ""
    since = f" since {instant_label(evidence.since, now)}" if evidence.since else ""
    return f"{who}{evidence.what}{since} ({evidence.seen_in.place})"


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


def until(waiver: Waiver, now: datetime) -> str:
    """The last day of a waiver in UTC, such as ``until 2026-02-01 (31 days left)``."""
    # A waiver ends with a day of UTC, whatever the zone of whoever reads it.
    left = (waiver.expires - now.astimezone(UTC).date()).days
    shown = f"{count_of(left, 'day')} left" if left else "its last day"
    return f"until {waiver.expires.isoformat()} ({shown})"
