"""What becomes of findings: waivers, levels, a baseline and the exit code, each switched off."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_POLICY = "dd_incident_roles/policy"
_WAIVE = ("tests/policy/test_waive.py",)
_EXIT_CODES = "tests/endtoend/test_check.py"
_JUDGE = ("tests/policy/test_judge.py",)
_CHECK_WAIVERS = ("tests/endtoend/test_check_waivers.py",)


JUDGEMENT = (
    Mutant(
        rule="a waiver holds on its last day",
        file=f"{_POLICY}/judge.py",
        before="    return waiver.expires < today",
        after="    return waiver.expires <= today",
        tests=_WAIVE,
    ),
    Mutant(
        rule="a waiver that is over covers nothing",
        file=f"{_POLICY}/judge.py",
        before="    holding = [waiver for waiver in policy.waivers if not is_over(waiver, today)]",
        after="    holding = list(policy.waivers)",
        tests=_WAIVE,
    ),
    Mutant(
        rule="a day of a waiver is one in UTC",
        file=f"{_POLICY}/judge.py",
        before="    today = now.astimezone(UTC).date()",
        after="    today = now.date()",
        tests=_WAIVE,
    ),
    Mutant(
        rule="an incomplete check cannot be waived",
        file=f"{_POLICY}/judge.py",
        before="        and finding.rule not in NEVER_WAIVED\n",
        after="",
        tests=_WAIVE,
    ),
    Mutant(
        rule="a waiver covers its own rule",
        file=f"{_POLICY}/judge.py",
        before="        finding.rule == waiver.rule\n        and ",
        after="        ",
        tests=_WAIVE,
    ),
    Mutant(
        rule="a waiver covers its own incident",
        file=f"{_POLICY}/judge.py",
        before="        and waiver.incident in (None, finding.public_id)\n",
        after="",
        tests=_WAIVE,
    ),
    Mutant(
        rule="a waiver covers its own role",
        file=f"{_POLICY}/judge.py",
        before="        and waiver.role in (None, finding.role)\n",
        after="",
        tests=_WAIVE,
    ),
    Mutant(
        rule="a waiver holds under its condition",
        file=f"{_POLICY}/judge.py",
        before="        and _applies(waiver, facts, now)\n",
        after="",
        tests=_WAIVE,
    ),
    Mutant(
        rule="a waiver is unused only in a whole check",
        file=f"{_POLICY}/judge.py",
        before="    if WAIVER_UNUSED.id in asked and is_whole:",
        after="    if WAIVER_UNUSED.id in asked:",
        tests=_WAIVE,
    ),
    Mutant(
        rule="a check with gaps calls no waiver unused",
        file=f"{_POLICY}/judge.py",
        before="        is_whole=question.is_whole and not not_evaluated,",
        after="        is_whole=question.is_whole,",
        tests=_CHECK_WAIVERS,
    ),
    Mutant(
        rule="a rule that is off is not asked",
        file=f"{_POLICY}/judge.py",
        before=(
            "    rules = tuple(rule for rule in question.rules if not policy.setting(rule).is_off)"
        ),
        after="    rules = question.rules",
        tests=_JUDGE,
    ),
    Mutant(
        rule="incidents that could not be read count",
        file=f"{_POLICY}/judge.py",
        before="sorted((*unread, *asking.not_evaluated), key=_order_of_gaps)",
        after="sorted(asking.not_evaluated, key=_order_of_gaps)",
        tests=_JUDGE,
    ),
    Mutant(
        rule="a check that asked nothing is incomplete",
        file=f"{_POLICY}/judge.py",
        before=(
            "        said_nothing=bool(wanted) and bool(asking.evaluated) "
            "and not (wanted & answered),"
        ),
        after="        said_nothing=False,",
        tests=(f"{_EXIT_CODES}::test_rules_with_nothing_to_look_at",),
    ),
    Mutant(
        rule="not evaluated outranks found",
        file=f"{_POLICY}/finding.py",
        before="        if self.not_evaluated or self.said_nothing:",
        after="        if self.said_nothing:",
        tests=_JUDGE,
    ),
    Mutant(
        rule="a warning fails nothing unless asked",
        file=f"{_POLICY}/finding.py",
        before="rank(level) <= rank(Level(fail_on.value))",
        after="level is not Level.NOTE",
        tests=(f"{_EXIT_CODES}::test_what_fails",),
    ),
    Mutant(
        rule="what the baseline knows fails nothing",
        file=f"{_POLICY}/judge.py",
        before="BaselineState.EXISTING if is_known else BaselineState.NEW",
        after="BaselineState.NEW",
        tests=(*_JUDGE, *_CHECK_WAIVERS),
    ),
    Mutant(
        rule="what is new since the baseline fails",
        file=f"{_POLICY}/judge.py",
        before="BaselineState.EXISTING if is_known else BaselineState.NEW",
        after="BaselineState.EXISTING",
        tests=(*_JUDGE, *_CHECK_WAIVERS),
    ),
    Mutant(
        rule="what is settled since the baseline is told",
        file=f"{_POLICY}/judge.py",
        before="        resolved = set(known) - {finding.fingerprint for finding in findings}",
        after="        resolved = ()",
        tests=(*_JUDGE, *_CHECK_WAIVERS),
    ),
    Mutant(
        rule="a rule that fails is not a clean one",
        file=f"{_POLICY}/judge.py",
        before=('reasons.append(f"{rule.id} ({rule.name}) failed: {_failure(facts, failure)}")'),
        after="pass",
        tests=_JUDGE,
    ),
    Mutant(
        rule="a fact that is missing is not a clean one",
        file=f"{_POLICY}/judge.py",
        before=('reasons.append(f"{rule.id} ({rule.name}) could not be checked: {missing}")'),
        after="pass",
        tests=_JUDGE,
    ),
    Mutant(
        rule="a grace of the policy is followed",
        file=f"{_POLICY}/judge.py",
        before="        grace = (rule.grace or timedelta()) if chosen is None else chosen",
        after="        grace = rule.grace or timedelta()",
        tests=(*_JUDGE, *_CHECK_WAIVERS),
    ),
    Mutant(
        rule="a level of the policy is followed",
        file=f"{_POLICY}/judge.py",
        before="            level=setting.level or breach.level or rule.default_level,",
        after="            level=breach.level or rule.default_level,",
        tests=(*_JUDGE, *_CHECK_WAIVERS),
    ),
    Mutant(
        rule="tests are passed over",
        file=f"{_POLICY}/judge.py",
        before="[facts for facts in seen if not facts.incident.is_test]",
        after="list(seen)",
        tests=_JUDGE,
    ),
    Mutant(
        rule="a failure tells nothing of a private incident",
        file=f"{_POLICY}/judge.py",
        before="    return kind if facts.is_redacted or not str(failure) else",
        after="    return kind if not str(failure) else",
        tests=_JUDGE,
    ),
)
"""What stands between the rules and the exit code of a check."""
