"""What a check goes by: accounts, what was gathered and what a snapshot says, each cut short."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_OPERATIONS = "dd_incident_roles/commands"
_FACTS = "dd_incident_roles/facts"
_ACCOUNTS = ("tests/datadog/test_directory.py",)
_ACCOUNT_REQUESTS = ("tests/endtoend/test_requests.py",)
_OFFLINE = ("tests/endtoend/test_check_offline.py",)
_WAIVERS = ("tests/endtoend/test_check_waivers.py",)
_EXIT_CODES = "tests/endtoend/test_check.py"
_RULES = "tests/endtoend/test_rules.py"
_CLOCKS = "tests/endtoend/test_clocks.py"
_SIGHTS = "tests/endtoend/test_absence.py"

CHECK_FACTS = (
    Mutant(
        rule="an account is believed for a quarter of an hour",
        file="dd_incident_roles/datadog/directory.py",
        before="LIFETIME = timedelta(minutes=15)",
        after="LIFETIME = timedelta(minutes=16)",
        tests=_ACCOUNTS,
    ),
    Mutant(
        rule="an account that was read is kept",
        file="dd_incident_roles/datadog/directory.py",
        before='self._cache.value("user", name, ask, '
        "load=lambda row: User(**row), lifetime=LIFETIME)",
        after="ask()",
        tests=_ACCOUNT_REQUESTS,
    ),
    Mutant(
        rule="an account that was said to be no person's is none",
        file="dd_incident_roles/datadog/directory.py",
        before="        if self._is_listed(user):",
        after="        if False:",
        tests=("tests/datadog/test_directory.py",),
    ),
    Mutant(
        rule="an account in use comes before one that is not",
        file="dd_incident_roles/datadog/directory.py",
        before="(bool(user.service_account), not user.active)",
        after="(bool(user.service_account), user.active)",
        tests=_ACCOUNTS,
    ),
    Mutant(
        rule="an account that could not be read is not a person's",
        file=f"{_FACTS}/live.py",
        before='        return policy_facts.NotRead(reason=error.message.rstrip("."))',
        after="        return policy_facts.Account.PERSON",
        tests=_ACCOUNT_REQUESTS,
    ),
    Mutant(
        rule="first sights are noted by check",
        file=f"{_OPERATIONS}/reading.py",
        before="        if edits := (*plan.learned, *plan.absence_notes):",
        after="        if edits := plan.learned:",
        tests=(f"{_SIGHTS}::test_a_vacancy_is_a_fact_after_the_second_look",),
    ),
    Mutant(
        rule="who is back was never gone, whoever looked",
        file="dd_incident_roles/sync/plan.py",
        before="    return same and known.missing_since != row.missing_since",
        after="    return same and known.missing_since is None and row.missing_since is not None",
        tests=(f"{_SIGHTS}::test_somebody_who_is_back_was_never_gone",),
    ),
    Mutant(
        rule="what cannot be noted is taken as it is seen",
        file=f"{_OPERATIONS}/reading.py",
        before="    if notes and (problem := _note(application, plan)):",
        after="    if notes and (problem := _note(application, plan)) and not problem:",
        tests=(f"{_SIGHTS}::test_a_record_that_cannot_be_written",),
    ),
    Mutant(
        rule="ages are counted by Datadog's clock where ours is off",
        file="dd_incident_roles/application.py",
        before="        return self.clock() + self.session.clock_ahead",
        after="        return self.clock()",
        tests=(f"{_CLOCKS}::test_a_clock_that_is_behind",),
    ),
    Mutant(
        rule="an absence noted in the future counts for nothing",
        file="dd_incident_roles/sync/plan.py",
        before="return missing_since if missing_since and missing_since <= self.now else None",
        after="return missing_since",
        tests=(f"{_CLOCKS}::test_an_absence_that_was_noted_in_the_future",),
    ),
    Mutant(
        rule="a snapshot is not asked about another moment than it can tell",
        file=f"{_FACTS}/snapshot.py",
        before="    _expect_answerable(snapshot, at, closed_within)\n",
        after="",
        tests=(f"{_OFFLINE[0]}::test_what_a_snapshot_cannot_tell",),
    ),
    Mutant(
        rule="nobody is looked up for a test",
        file=f"{_FACTS}/live.py",
        before="    if facts.incident.is_test or not facts.incident.is_open:",
        after="    if not facts.incident.is_open:",
        tests=_ACCOUNT_REQUESTS,
    ),
    Mutant(
        rule="incidents that could not be looked at are told",
        file=f"{_OPERATIONS}/check.py",
        before="tuple(gap for each in seen if (gap := _unread(each)))",
        after="()",
        tests=(f"{_EXIT_CODES}::test_an_incident_that_cannot_be_read",),
    ),
    Mutant(
        rule="days are counted from the moment of the check",
        file=f"{_FACTS}/recorded.py",
        before="if is_closed_since(each, now - within)]",
        after="if is_closed_since(each, application.clock() - within)]",
        tests=(f"{_EXIT_CODES}::test_days_are_counted_from_the_moment_of_the_check",),
    ),
    Mutant(
        rule="closed incidents that nobody recorded are told",
        file=f"{_FACTS}/recorded.py",
        before="        if is_judged and past is None:",
        after="        if False:",
        tests=(f"{_RULES}::test_a_closed_incident_that_nobody_recorded_is_not_clean",),
    ),
    Mutant(
        rule="a check of some incidents is no whole one",
        file="dd_incident_roles/facts/snapshot.py",
        before="    if rule is WAIVER_UNUSED and not gathered.is_whole:\n        return False\n",
        after="",
        tests=_WAIVERS,
    ),
    Mutant(
        rule="a check that can ask nothing is refused",
        file="dd_incident_roles/facts/snapshot.py",
        before=(
            "    if not any(rule.scope is options.scope for rule in rules if rule is not "
            "NOT_EVALUATED):\n"
        ),
        after="    if False:\n",
        tests=(f"{_EXIT_CODES}::test_what_cannot_be_asked",),
    ),
    Mutant(
        rule="gaps of a snapshot are told",
        file=f"{_FACTS}/snapshot.py",
        before="        unread=unread,\n        described",
        after="        unread=(),\n        described",
        tests=_OFFLINE,
    ),
    Mutant(
        rule="a snapshot is judged as of when it was taken",
        file="dd_incident_roles/cli/check.py",
        before="    at = now or taken.taken_at",
        after="    at = now or datetime.now(taken.taken_at.tzinfo)",
        tests=_OFFLINE,
    ),
    Mutant(
        rule="a snapshot with gaps is exit 3",
        file="dd_incident_roles/cli/check.py",
        before="    return INCOMPLETE if taken.unread else 0",
        after="    return 0",
        tests=_OFFLINE,
    ),
    Mutant(
        rule="a snapshot cannot be searched",
        file="dd_incident_roles/cli/check.py",
        before="    if snapshot is not None and query is not None:",
        after="    if False:",
        tests=_OFFLINE,
    ),
)
"""What stands between Datadog, a record or a file and the rules."""
