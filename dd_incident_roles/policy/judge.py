"""The whole check: rules over incidents, then waivers, then the comparison with a baseline.

The scheduled job, the command line and CI differ only in where the facts come from.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from dd_incident_roles.policy.clock import in_force, measure
from dd_incident_roles.policy.facts import Facts, FactsMissing, NothingConnected, subject
from dd_incident_roles.policy.policy import (
    BaselineState,
    Breach,
    Finding,
    IncidentRef,
    NotEvaluated,
    Policy,
    Rule,
    RuleContext,
    Scope,
    Unasked,
    Verdict,
    Waiver,
    rank,
)
from dd_incident_roles.policy.rules.ir09x_of_the_engine import (
    NOT_EVALUATED,
    WAIVER_EXPIRED,
    WAIVER_UNUSED,
)
from dd_incident_roles.roles.catalogue import ALWAYS, describe
from dd_incident_roles.values import frozen
from dd_incident_roles.words import command, count_of, incident_label


@frozen
class Question:
    """What a check is to find out.

    ``is_whole`` says that every incident that the policy is about was looked at, so that a waiver
    without a finding is one that nobody needs. ``baseline`` are the fingerprints of an earlier
    check.
    """

    rules: tuple[Rule, ...]
    now: datetime
    policy: Policy
    scope: Scope = Scope.OPEN
    is_whole: bool = False
    baseline: Collection[str] | None = None


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


def judge(
    question: Question, incidents: Iterable[Facts], *, unread: Iterable[NotEvaluated] = ()
) -> Verdict:
    """Evaluate incidents; ``unread`` are those about which facts are missing.

    A rule that fails, or lacks a fact, leaves a finding and a mark that makes the check incomplete;
    what it found before that counts, and the other rules are asked all the same.
    """
    policy, scope = question.policy, question.scope
    rules = tuple(rule for rule in question.rules if not policy.setting(rule).is_off)
    concerned = tuple(rule for rule in rules if rule.scope is scope)
    # Waivers look at those as well that are passed over.
    seen = tuple(incidents)
    real = [facts for facts in seen if not facts.incident.is_test]
    judged = [facts for facts in real if facts.incident.is_open is (scope is Scope.OPEN)]
    asking = _Asking(policy, question.now, concerned)
    for facts in judged:
        asking.ask(facts)
    asking.ask_of_all()
    answered, said_nothing = asking.answered, set(asking.nothing) - asking.answered
    not_evaluated = tuple(sorted((*unread, *asking.not_evaluated), key=_order_of_gaps))
    findings = waive(
        asking.findings,
        seen,
        policy,
        rules=tuple(
            rule
            for rule in rules
            if rule.scope in {scope, Scope.POLICY} and rule.id not in said_nothing
        ),
        now=question.now,
        is_whole=question.is_whole and not not_evaluated,
    )
    known = question.baseline
    resolved: Iterable[str] = ()
    if known is not None:
        findings = tuple(_compared(finding, known) for finding in findings)
        resolved = set(known) - {finding.fingerprint for finding in findings}
    skipped = len(real) - len(judged)
    closed = scope is Scope.CLOSED
    # It comes along with every other rule, and looks at nothing itself.
    wanted = {rule.id for rule in concerned} - {NOT_EVALUATED.id}
    return Verdict(
        findings=tuple(sorted(findings, key=_order)),
        not_evaluated=not_evaluated,
        evaluated=asking.evaluated,
        skipped_tests=len(seen) - len(real),
        skipped_closed=0 if closed else skipped,
        skipped_open=skipped if closed else 0,
        unasked=tuple(asking.unasked()),
        resolved=tuple(sorted(resolved)),
        measures=measure(judged) if closed else None,
        said_nothing=bool(wanted) and bool(asking.evaluated) and not (wanted & answered),
    )


class _Asking:
    """What the rules found so far; ``nothing`` counts the incidents without anything to read."""

    def __init__(self, policy: Policy, now: datetime, rules: Iterable[Rule]) -> None:
        self.policy = policy
        self.now = now
        # The context of a rule is the same for every incident.
        self.rules = [(rule, self._context(rule)) for rule in rules]
        self.findings: list[Finding] = []
        self.not_evaluated: list[NotEvaluated] = []
        self.nothing: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.concerned: defaultdict[str, list[Facts]] = defaultdict(list)
        self.answered: set[str] = set()
        self.evaluated = 0

    def ask(self, facts: Facts) -> None:
        """Ask each rule about one incident."""
        reasons: list[str] = []
        for rule, context in self.rules:
            try:
                for breach in rule.evaluate(facts, context):
                    if rule.organisation:
                        # What there is to say is said once, by ask_of_all.
                        self.concerned[rule.id].append(facts)
                        break
                    self.findings.append(self._finding(rule, facts, breach))
            except NothingConnected as nothing:
                self.nothing[rule.id][str(nothing)] += 1
                continue
            except FactsMissing as missing:
                reasons.append(f"{rule.id} ({rule.name}) could not be checked: {missing}")
            except Exception as failure:  # recorded: one broken rule must not hide the others
                reasons.append(f"{rule.id} ({rule.name}) failed: {_failure(facts, failure)}")
            self.answered.add(rule.id)
        if not reasons:
            self.evaluated += 1
            return
        number = facts.incident.public_id
        gap = Breach(
            message=f"{subject(facts)} was not checked in full: {'; '.join(reasons)}.",
            since=self.now,
            fix=command("check", number),
        )
        self.findings.append(self._finding(NOT_EVALUATED, facts, gap))
        self.not_evaluated += [NotEvaluated(incident=number, reason=each) for each in reasons]

    def ask_of_all(self) -> None:
        """Ask the rules about the whole organisation once, at its first incident."""
        for rule, context in self.rules:
            facts = sorted(self.concerned[rule.id], key=lambda each: each.incident.public_id)
            if rule.organisation and facts:
                breaches = rule.organisation(facts, context)
                self.findings += [self._finding(rule, facts[0], breach) for breach in breaches]

    def unasked(self) -> Iterator[Unasked]:
        """The rules that had nothing to look at, and where."""
        for rule, _ in sorted(self.rules, key=lambda each: each[0].id):
            for reason, count in sorted(self.nothing[rule.id].items()):
                yield Unasked(
                    rule=rule.id,
                    name=rule.name,
                    reason=reason,
                    incidents=count,
                    optional=rule.optional,
                )

    def _context(self, rule: Rule) -> RuleContext:
        chosen = self.policy.setting(rule).grace
        grace = (rule.grace or timedelta()) if chosen is None else chosen
        return RuleContext(now=self.now, grace=grace)

    def _finding(self, rule: Rule, facts: Facts, breach: Breach) -> Finding:
        setting = self.policy.setting(rule)
        return Finding(
            rule=rule.id,
            name=rule.name,
            level=setting.level or breach.level or rule.default_level,
            incident=IncidentRef.of(facts.incident, shows_private=facts.shows_private),
            message=breach.message,
            since=breach.since,
            fix=breach.fix,
            role=breach.role,
            stream=None if facts.is_redacted else breach.stream,
            distinct=breach.distinct or breach.stream or "",
            subject=breach.subject,
            evidence=() if facts.is_redacted else breach.evidence,
            place=breach.place or setting.place,
        )


def _failure(facts: Facts, failure: Exception) -> str:
    kind = type(failure).__name__
    # The text of a failure can quote the incident, which must not be shown if it is private.
    return kind if facts.is_redacted or not str(failure) else f"{kind}: {failure}"


def _compared(finding: Finding, known: Collection[str]) -> Finding:
    is_known = finding.fingerprint in known
    return replace(finding, baseline=BaselineState.EXISTING if is_known else BaselineState.NEW)


def _order(finding: Finding) -> tuple[int, int, str, str, str, str]:
    return (
        rank(finding.level),
        finding.public_id or 0,
        finding.rule,
        finding.role or "",
        finding.stream or "",
        finding.subject,
    )


def _order_of_gaps(gap: NotEvaluated) -> tuple[int, str, str]:
    number = gap.incident if isinstance(gap.incident, int) else -1
    return (number, str(gap.incident or ""), gap.reason)


NEVER_WAIVED: Final = frozenset({NOT_EVALUATED.id, WAIVER_EXPIRED.id, WAIVER_UNUSED.id})
"""Rules that cannot be waived: a waiver must not hide that something was not checked."""


def waive(
    findings: Iterable[Finding],
    incidents: Sequence[Facts],
    policy: Policy,
    *,
    rules: Sequence[Rule],
    now: datetime,
    is_whole: bool,
) -> tuple[Finding, ...]:
    """Every finding, with its waiver if one covers it, and the findings about the waivers.

    A waiver that is over covers nothing, and is a finding itself (IR090); one that covers nothing
    in a whole check is another (IR091). IR099 cannot be waived. ``rules`` are those that were
    asked, with the two about waivers where they are wanted.
    """
    today = now.astimezone(UTC).date()
    holding = [waiver for waiver in policy.waivers if not is_over(waiver, today)]
    facts = {each.incident.id: each for each in incidents}
    judged: list[Finding] = []
    used: set[int] = set()
    for finding in findings:
        about = facts.get(finding.incident.id) if finding.incident else None
        covering = [
            number for number, waiver in enumerate(holding) if _covers(waiver, finding, about, now)
        ]
        # If two overlap, both count as used, although only the first one is named.
        used.update(covering)
        judged.append(replace(finding, waived=holding[covering[0]]) if covering else finding)
    asked = {rule.id for rule in rules}
    if WAIVER_EXPIRED.id in asked:
        over = (waiver for waiver in policy.waivers if is_over(waiver, today))
        judged += [_expired(waiver, policy, today) for waiver in over]
    if WAIVER_UNUSED.id in asked and is_whole:
        idle = (waiver for number, waiver in enumerate(holding) if number not in used)
        judged += [_unused(waiver, policy, today) for waiver in idle if waiver.rule in asked]
    return tuple(judged)


def is_over(waiver: Waiver, today: date) -> bool:
    """Whether the last day of a waiver has passed; ``today`` is a day in UTC."""
    return waiver.expires < today


def _covers(waiver: Waiver, finding: Finding, facts: Facts | None, now: datetime) -> bool:
    return (
        finding.rule == waiver.rule
        and finding.rule not in NEVER_WAIVED
        and waiver.incident in (None, finding.public_id)
        and waiver.role in (None, finding.role)
        and waiver.stream in (None, finding.stream or finding.distinct)
        and _applies(waiver, facts, now)
    )


def _applies(waiver: Waiver, facts: Facts | None, now: datetime) -> bool:
    if waiver.when == ALWAYS:
        return True
    held = None if facts is None else in_force(waiver.when, facts, now)
    return held is not None and held.sure


def _expired(waiver: Waiver, policy: Policy, today: date) -> Finding:
    days = count_of((today - waiver.expires).days, "day")
    message = (
        f"The waiver of {_coverage(waiver)} expired on {waiver.expires.isoformat()}, "
        f"{days} ago. Remove or renew it at"
    )
    return _finding(WAIVER_EXPIRED, waiver, policy, message, waiver.expires + timedelta(days=1))


def _unused(waiver: Waiver, policy: Policy, today: date) -> Finding:
    message = (
        f"The waiver of {_coverage(waiver)} covers no finding. Remove it, or narrow it "
        "to what it is for, at"
    )
    return _finding(WAIVER_UNUSED, waiver, policy, message, waiver.created or today)


def _finding(rule: Rule, waiver: Waiver, policy: Policy, message: str, since: date) -> Finding:
    return Finding(
        rule=rule.id,
        name=rule.name,
        level=policy.setting(rule).level or rule.default_level,
        incident=None,
        message=f"{message} {waiver.place.file}:{waiver.place.line}.",
        since=datetime.combine(since, time(), tzinfo=UTC),
        fix=command("catalog", "lint"),
        place=waiver.place,
        subject=waiver.subject,
    )


def _coverage(waiver: Waiver) -> str:
    return f"{waiver.rule} by {waiver.owner}, for {' '.join(_parts(waiver))},"


def _parts(waiver: Waiver) -> Iterator[str]:
    yield "every incident" if waiver.incident is None else incident_label(waiver.incident)
    if waiver.role is not None:
        yield f"and the role {waiver.role}"
    if waiver.stream is not None:
        yield f"and the stream {waiver.stream!r}"
    if waiver.when != ALWAYS:
        yield describe(waiver.when)
