"""The rules of waiting, each with the edit that switches it off."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_PATIENCE = "tests/datadog/test_patience.py"
_WAITING = "tests/endtoend/test_waiting.py"

WAITING = (
    Mutant(
        rule="an answer is waited for no longer than its time",
        file="dd_incident_roles/patience.py",
        before="        return min(self.answer_seconds, self.left)",
        after="        return math.inf",
        tests=("tests/datadog/test_patience.py::test_an_answer_that_drips_is_cut",),
    ),
    Mutant(
        rule="nothing is sent when the time is over",
        file="dd_incident_roles/datadog/http.py",
        before="        if left <= 0:",
        after="        if left < 0:",
        tests=(_PATIENCE,),
    ),
    Mutant(
        rule="a note is recorded before Datadog is asked",
        file="dd_incident_roles/commands/record_then_sync.py",
        before="        if at_once and not application.only_here and carrier.is_compared:",
        after="        if False:",
        tests=(f"{_WAITING}::test_a_killed_note_is_kept",),
    ),
    Mutant(
        rule="an assignment is about what Datadog shows by now",
        file="dd_incident_roles/commands/record_then_sync.py",
        before="None if again and not problem",
        after="None if again and False",
        tests=(f"{_WAITING}::test_the_present_is_what_a_command_is_about",),
    ),
    Mutant(
        rule="who lost the turn at an incident writes nothing about it",
        file="dd_incident_roles/store/database.py",
        before="            if found.get(each) != held[each]:",
        after="            if each not in found:",
        tests=("tests/store/test_turns.py",),
    ),
    Mutant(
        rule="a lost commit is not taken for one that did not happen",
        file="dd_incident_roles/store/postgres.py",
        before="            if not error.connection_invalidated:",
        after="            if error.connection_invalidated:",
        tests=(
            "tests/store/test_postgres.py::test_a_lost_connection_says_what_became_of_the_change",
        ),
    ),
    Mutant(
        rule="a run writes about an incident only in its turn",
        file="dd_incident_roles/sync/run.py",
        before="            with nullcontext() if is_idle else self.options.turn(incident_id):",
        after="            with nullcontext():",
        tests=("tests/commands/test_record_then_sync.py",),
    ),
    Mutant(
        rule="what was written in another's turn is looked at again",
        file="dd_incident_roles/sync/run.py",
        before="not is_idle and self._state(plan.reading) != plan.state",
        after="False",
        tests=("tests/commands/test_record_then_sync.py",),
    ),
    Mutant(
        rule="a reading is used again for two seconds",
        file="dd_incident_roles/datadog/reading.py",
        before="0 <= self._monotonic() - asked.began <= RECENT_SECONDS",
        after="True",
        tests=("tests/commands/test_hand_off.py",),
    ),
    Mutant(
        rule="a reading is used again until something is written",
        file="dd_incident_roles/datadog/reading.py",
        before="        asked = self._recent.pop(incident_id, None)",
        after="        asked = self._recent.get(incident_id)",
        tests=("tests/endtoend/test_requests.py",),
    ),
    Mutant(
        rule="a reading is used again while nobody else changes the record",
        file="dd_incident_roles/sync/state.py",
        before="    return _contents(one) == _contents(other)",
        after="    return True",
        tests=("tests/commands/test_record_then_sync.py",),
    ),
    Mutant(
        rule="what another process changes while the parts are read has them read again",
        file="dd_incident_roles/sync/run.py",
        before="        if before and not says_the_same(state, before):",
        after="        if False:",
        tests=("tests/commands/test_record_then_sync.py",),
    ),
    Mutant(
        rule="what is behind an assumed end is not missing",
        file="dd_incident_roles/sync/run.py",
        before="        if listed and listed.assumed and _lacks_any(state, listed):",
        after="        if False:",
        tests=("tests/sync/test_run.py",),
    ),
    Mutant(
        rule="what is recorded during a run is carried by it",
        file="dd_incident_roles/commands/sync.py",
        before="if changed := overtaken():",
        after="if (changed := overtaken()) and False:",
        tests=("tests/endtoend/test_requests.py",),
    ),
    Mutant(
        rule="a person is not recorded over what another program found",
        file="dd_incident_roles/store/ahead.py",
        before="            if owner.user_id != person.user_id or known is None",
        after="            if False and known is None",
        tests=("tests/store/test_ahead.py",),
    ),
)
