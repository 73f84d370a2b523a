"""What is read, kept and waited for: facts, files, turns and pauses."""

from __future__ import annotations

from tests.mutants import mutants

RECORDS = mutants(
    r"""
--- dd_incident_roles/datadog/directory.py
@@ an account is believed for a quarter of an hour
-LIFETIME = timedelta(minutes=15)
+LIFETIME = timedelta(minutes=16)
by tests/datadog/test_directory.py
@@ an account that was read is kept
-self._cache.value("user", name, ask, load=lambda row: User(**row), lifetime=LIFETIME)
+ask()
by tests/endtoend/test_requests.py
@@ an account that was said to be no person's is none
-        if self._is_listed(user):
+        if False:
by tests/datadog/test_directory.py
@@ an account in use comes before one that is not
-(bool(user.service_account), not user.active)
+(bool(user.service_account), user.active)
by tests/datadog/test_directory.py
--- dd_incident_roles/facts/live.py
@@ an account that could not be read is not a person's
-        return policy_facts.NotRead(reason=error.message.rstrip("."))
+        return policy_facts.Account.PERSON
by tests/endtoend/test_requests.py
@@ nobody is looked up for a test
-    if facts.incident.is_test or not facts.incident.is_open:
+    if not facts.incident.is_open:
by tests/endtoend/test_requests.py
--- dd_incident_roles/commands/reading.py
@@ first sights are noted by check
-        if edits := (*plan.learned, *plan.absence_notes):
+        if edits := plan.learned:
by tests/endtoend/test_absence.py::test_a_vacancy_is_a_fact_after_the_second_look
@@ what cannot be noted is taken as it is seen
-    if notes and (problem := _note(application, plan)):
+    if notes and (problem := _note(application, plan)) and not problem:
by tests/endtoend/test_absence.py::test_a_record_that_cannot_be_written
--- dd_incident_roles/sync/plan.py
@@ who is back was never gone, whoever looked
-    return same and known.missing_since != row.missing_since
+    return same and known.missing_since is None and row.missing_since is not None
by tests/endtoend/test_absence.py::test_somebody_who_is_back_was_never_gone
@@ an absence noted in the future counts for nothing
-return missing_since if missing_since and missing_since <= self.now else None
+return missing_since
by tests/endtoend/test_clocks.py::test_an_absence_that_was_noted_in_the_future
--- dd_incident_roles/application.py
@@ ages are counted by Datadog's clock where ours is off
-        return self.clock() + self.session.clock_ahead
+        return self.clock()
by tests/endtoend/test_clocks.py::test_a_clock_that_is_behind
--- dd_incident_roles/facts/snapshot.py
@@ a snapshot is not asked about another moment than it can tell
-    _expect_answerable(snapshot, at, closed_within)
by tests/endtoend/test_check_offline.py::test_what_a_snapshot_cannot_tell
@@ a check of some incidents is no whole one
-    if rule is WAIVER_UNUSED and not gathered.is_whole:
-        return False
by tests/endtoend/test_check_waivers.py
@@ a check that can ask nothing is refused
-    if not any(rule.scope is options.scope for rule in rules if rule is not NOT_EVALUATED):
+    if False:
by tests/endtoend/test_check.py::test_what_cannot_be_asked
@@ gaps of a snapshot are told
-        unread=unread,
-        described
+        unread=(),
+        described
by tests/endtoend/test_check_offline.py
--- dd_incident_roles/commands/check.py
@@ incidents that could not be looked at are told
-tuple(gap for each in seen if (gap := _unread(each)))
+()
by tests/endtoend/test_check.py::test_an_incident_that_cannot_be_read
--- dd_incident_roles/facts/recorded.py
@@ days are counted from the moment of the check
-if is_closed_since(each, now - within)]
+if is_closed_since(each, application.clock() - within)]
by tests/endtoend/test_check.py::test_days_are_counted_from_the_moment_of_the_check
@@ closed incidents that nobody recorded are told
-        if is_judged and past is None:
+        if False:
by tests/endtoend/test_rules.py::test_a_closed_incident_that_nobody_recorded_is_not_clean
--- dd_incident_roles/cli/check.py
@@ a snapshot is judged as of when it was taken
-    at = now or taken.taken_at
+    at = now or datetime.now(taken.taken_at.tzinfo)
by tests/endtoend/test_check_offline.py
@@ a snapshot with gaps is exit 3
-    return INCOMPLETE if taken.unread else 0
+    return 0
by tests/endtoend/test_check_offline.py
@@ a snapshot cannot be searched
-    if snapshot is not None and query is not None:
+    if False:
by tests/endtoend/test_check_offline.py
--- dd_incident_roles/files.py
@@ a report is written through no link
-    if kind:
+    if False:
by tests/test_files.py
@@ an input file has a limit
-    if len(content) > most:
+    if False:
by tests/test_files.py
--- dd_incident_roles/store/sqlite.py
@@ a record is only a regular file
-    if kind := other_kind(found.st_mode):
+    if kind := None:
by tests/store/test_unwritable.py
@@ a record never loses a right of its owner
-stat.S_IMODE(mode) & ~_OTHERS
+_OWNER_ONLY
by tests/store/test_unwritable.py
--- dd_incident_roles/patience.py
@@ an answer is waited for no longer than its time
-        return min(self.answer_seconds, self.left)
+        return math.inf
by tests/datadog/test_patience.py::test_an_answer_that_drips_is_cut
--- dd_incident_roles/datadog/http.py
@@ nothing is sent when the time is over
-        if left <= 0:
+        if left < 0:
by tests/datadog/test_patience.py
--- dd_incident_roles/commands/record_then_sync.py
@@ a note is recorded before Datadog is asked
-        if at_once and not application.only_here and carrier.is_compared:
+        if False:
by tests/endtoend/test_waiting.py::test_a_killed_note_is_kept
@@ an assignment is about what Datadog shows by now
-None if again and not problem
+None if again and False
by tests/endtoend/test_waiting.py::test_the_present_is_what_a_command_is_about
--- dd_incident_roles/store/database.py
@@ who lost the turn at an incident writes nothing about it
-            if found.get(each) != held[each]:
+            if each not in found:
by tests/store/test_turns.py
--- dd_incident_roles/store/postgres.py
@@ a lost commit is not taken for one that did not happen
-            if not error.connection_invalidated:
+            if error.connection_invalidated:
by tests/store/test_postgres.py::test_a_lost_connection_says_what_became_of_the_change
--- dd_incident_roles/sync/run.py
@@ a run writes about an incident only in its turn
-            with nullcontext() if is_idle else self.options.turn(incident_id):
+            with nullcontext():
by tests/commands/test_record_then_sync.py
@@ what was written in another's turn is looked at again
-not is_idle and self._state(plan.reading) != plan.state
+False
by tests/commands/test_record_then_sync.py
@@ what another process changes while the parts are read has them read again
-        if before and not says_the_same(state, before):
+        if False:
by tests/commands/test_record_then_sync.py
@@ what is behind an assumed end is not missing
-        if listed and listed.assumed and _lacks_any(state, listed):
+        if False:
by tests/sync/test_run.py
--- dd_incident_roles/datadog/reading.py
@@ a reading is used again for two seconds
-0 <= self._monotonic() - asked.began <= RECENT_SECONDS
+True
by tests/commands/test_hand_off.py
@@ a reading is used again until something is written
-        asked = self._recent.pop(incident_id, None)
+        asked = self._recent.get(incident_id)
by tests/endtoend/test_requests.py
--- dd_incident_roles/sync/state.py
@@ a reading is used again while nobody else changes the record
-    return _contents(one) == _contents(other)
+    return True
by tests/commands/test_record_then_sync.py
--- dd_incident_roles/commands/sync.py
@@ what is recorded during a run is carried by it
-if changed := overtaken():
+if (changed := overtaken()) and False:
by tests/endtoend/test_requests.py
--- dd_incident_roles/store/ahead.py
@@ a person is not recorded over what another program found
-            if owner.user_id != person.user_id or known is None
+            if False and known is None
by tests/store/test_ahead.py
--- dd_incident_roles/service/worker.py
@@ a job stays until nobody has the turn of its incident
-            if not is_free:
+            if False:
by tests/endtoend/test_worker.py::test_a_turn_is_freed_once_its_holder_is_silent
--- dd_incident_roles/patience.py
@@ Ctrl-C waits until a commit is noted
-    signal.signal(signal.SIGINT, note)
+    pass
by tests/endtoend/test_waiting.py::test_ctrl_c_right_after_a_commit
"""
)
