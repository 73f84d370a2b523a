"""Who holds which role: sync, guard, handovers and devised roles."""

from __future__ import annotations

from tests.mutants import mutants

ROLES = mutants(
    r"""
--- dd_incident_roles/datadog/users.py
@@ a record of one organisation takes no keys of another
-    if kept and kept.is_another_than(found):
+    if False:
by tests/endtoend/test_identity.py
--- dd_incident_roles/commands/record_then_sync.py
@@ nothing is recorded with the keys of another organisation
-    application.organisation.before_recording()
by tests/endtoend/test_identity.py
@@ handoff: nothing is recorded that cannot be carried at once
-        elif or_nothing:
+        elif False:
by tests/commands/test_hand_off.py
--- dd_incident_roles/datadog/http.py
@@ the organisation is asked for before anything else
-        if self._check and path != CURRENT_USER:
+        if False:
by tests/endtoend/test_identity.py
--- dd_incident_roles/model.py
@@ an incident is gone at the second look a grace later
-return replace(self, gone=at, looked=at) if at - self.missed >= grace else self
+return replace(self, gone=at, looked=at)
by tests/store/test_seen.py
--- dd_incident_roles/settings.py
@@ a settings file does not say where the keys go
-    for given in addresses:
+    for given in ():
by tests/test_settings_refusals.py
--- dd_incident_roles/commands/naming.py
@@ a page is of the configured site
-    if settings.shows_pages_of(host):
+    if True:
by tests/commands/test_reference.py
@@ identity by account: Datadog is asked before a role is given
-    if not asks:
+    if True:
by tests/endtoend/test_identity.py::test_an_account_is_looked_at_before_it_gets_a_role
--- dd_incident_roles/sync/plan.py
@@ an absence is believed only twice
-        return first is not None and self.now - first >= self.grace
+        return first is not None
by tests/sync/test_role_stories.py
@@ an absence is noted before it is believed
-        return first is not None and self.now - first >= self.grace
+        return first is None or self.now - first >= self.grace
by tests/sync/test_role_stories.py
by tests/sync/test_role_machine.py
--- dd_incident_roles/sync/decide_roles.py
@@ our own write is known again (single holder)
-    if remote in sides.attempted:
+    if False:
by tests/sync/test_decide_roles.py
by tests/sync/test_role_machine.py
@@ our own write is known again (member of a role)
-    base = sides.remote if landed and trusted else sides.base
+    base = sides.base
by tests/sync/test_decide_roles.py
by tests/sync/test_role_machine.py
@@ a missing row never empties a single-holder role
-    if sides.local is None and not sides.set_by_user:
+    if False:
by tests/sync/test_decide_roles.py
@@ a handover that was cut off is finished
-    if sides.attempted & sides.remote and not strangers:
+    if False:
by tests/sync/test_decide_roles.py
by tests/sync/test_role_machine.py
@@ several holders that people chose are left alone
-    if sides.attempted & sides.remote and not strangers:
+    if sides.attempted & sides.remote:
by tests/sync/test_decide_roles.py
@@ only a person takes a role from several
-    if sides.explicitly_set and sides.local is not None:
+    if sides.local is not None:
by tests/sync/test_decide_roles.py
--- dd_incident_roles/sync/plan_roles.py
@@ an old listing brings nobody back
-        if each.role == role
+        if False
by tests/sync/test_role_stories.py
@@ a reading made after the change is believed
-        and not reading.incident.modified > each.seen
by tests/sync/test_role_stories.py
@@ somebody named again after an absence is a new wish
-base=one.link is not None and not renewed
+base=one.link is not None
by tests/sync/test_role_stories.py
@@ a missing row is never a removal
-return decide.Local.RELEASED if rows else decide.Local.UNKNOWN
+return decide.Local.RELEASED
by tests/sync/test_role_stories.py
--- dd_incident_roles/sync/apply.py
@@ an intent is on disk before the write
-        self._commit(intent, expected=self.version)
+        pass
by tests/sync/test_role_machine.py
by tests/sync/test_role_stories.py
@@ a write that was declined leaves no intent behind
-(*withdraw(self.plan, write), *self._conclude(write, error))
+self._conclude(write, error)
by tests/sync/test_role_stories.py
@@ a write whose answer was lost keeps its intent
-        if not error.ambiguous:
+        if True:
by tests/sync/test_role_machine.py
by tests/sync/test_role_stories.py
@@ the record's part is refused when somebody was quicker
-edits, expected_version=plan.state.version)
+edits)
by tests/sync/test_role_stories.py
@@ nothing is written for a role that changed hands here meanwhile
-        self._commit(intent, expected=self.version)
+        self._commit(intent)
by tests/sync/test_role_stories.py
--- dd_incident_roles/sync/guard.py
@@ the guard holds back what strips an incident
-hold_back(plan, subjects |
+hold_back(plan, set() |
by tests/sync/test_guard.py
@@ what the guard holds back of a role is not written
-if item_of(each) not in subjects
+if True
by tests/sync/test_guard.py
@@ what people removed in the target waits for half an hour
-and now >= removal.settles
by tests/sync/test_guard.py
--- dd_incident_roles/sync/run.py
@@ the guard per incident: what is held back in one stops no other
-        return planned, self._carry_out(planned)
+        if planned.refusal:
+            from dd_incident_roles.errors import RateLimited
+            self.halt.consider(RateLimited('guard'), reading=False)
+        return planned, self._carry_out(planned)
by tests/sync/test_run.py
@@ the guard per incident: everything else of the incident goes on
-        if self.options.dry_run:
+        if self.options.dry_run or planned.refusal:
by tests/commands/test_record_then_sync.py
@@ one failing incident does not stop the others
-            if self._reason is None and (error.stops_the_run or denied):
+            if self._reason is None:
by tests/sync/test_run.py
--- dd_incident_roles/datadog/target.py
@@ a contradicting listing of responders ends no role
-if listing is None or contradiction_of(reading, listing) is None:
+if True:
by tests/commands/test_guard.py
@@ a second look before the commander is written
-        if not leaving <= before:
+        if False:
by tests/commands/test_hand_off.py
@@ a second look before a role assignment is written
-        if not leaving <= before:
+        if False:
by tests/commands/test_hand_off.py
@@ a second look before a role's field is written
-        if not leaving <= before:
+        if False:
by tests/commands/test_hand_off.py
--- dd_incident_roles/sync/resting.py
@@ refusal at rest
-        if row.rests(options.now) and not
+        if False and not
by tests/endtoend/test_refused_writes.py
@@ a refused write is sent again once something about it changed
- and row.fingerprint == wanted_writes[by_text[row.about]].fingerprint
by tests/endtoend/test_refused_writes.py
--- dd_incident_roles/commands/skipping.py
@@ an incident in which nothing can be carried is not read for ever
-            if until is None or application.clock() >= until:
+            if until is None or True:
by tests/endtoend/test_refused_writes.py
--- dd_incident_roles/transport.py
@@ a redirect is never followed
-    session = NoRedirects()
+    session = requests.Session()
by tests/datadog/test_secrecy.py
--- dd_incident_roles/datadog/failures.py
@@ a redirect is refused and no answer
-        case _ if 300 <= status < 400:
+        case _ if False:
by tests/datadog/test_secrecy.py
--- dd_incident_roles/datadog/directory.py
@@ identity by account
-        if owner is None or owner.user_id in {None, person.user_id}:
+        if True:
by tests/datadog/test_directory.py
@@ identity by account: a service account takes no e-mail
-        if kind is PersonKind.SERVICE_ACCOUNT:
+        if False:
by tests/datadog/test_directory.py
@@ identity by account: a service account gets no role
-people = [user for user in matches.exact if not self._is_service(user)]
+people = list(matches.exact)
by tests/datadog/test_directory.py
--- dd_incident_roles/roles/handoffs.py
@@ handoff: who leaves a shared role ends as the other begins
-        at=change.begun.since,
+        at=now,
by tests/roles/test_handoffs.py
@@ handoff: the giver leaves a shared role
-    if role.holders is Holders.ONE or change.begun is None:
+    if True:
by tests/roles/test_handoffs.py
@@ handoff: another change of the role ends what was proposed
-each.role == role.key and (role.is_single or each.stream in touched)
+False
by tests/roles/test_handoffs.py
@@ handoff: what was proposed stands while its giver holds the role
-    return people == set() if handoff.giver is None else handoff.giver in people
+    return True
by tests/roles/test_handoffs.py
@@ handoff: whoever can no longer accept is told
-        if isinstance(each, Decide) and each.outcome is HandoffOutcome.SUPERSEDED
+        if False
by tests/endtoend/test_handoff.py
--- dd_incident_roles/commands/role_change.py
@@ handoff: an acceptance looks again at who holds the role
-        self.expect(state)
+        pass
by tests/endtoend/test_handoff.py
--- dd_incident_roles/commands/handoff.py
@@ handoff: a role is not taken without a reason
-        if me is None or me.key != found.person.key:
+        if True:
by tests/endtoend/test_handoff.py
@@ handoff: what Datadog refuses is taken back
-    if begun and result and _is_refused(application, begun, result):
+    if False:
by tests/endtoend/test_handoff.py
@@ handoff: a lost answer is no refusal
-    return not any(each.item in items and each.holder
+    return True or any(each.item in items and each.holder
by tests/commands/test_handoff_sweep.py
@@ handoff: what was taken back is said of the past
-    if until > begun.since:
+    if False:
by tests/endtoend/test_handoff.py
@@ handoff: the entry about what was taken back goes
-    if entry is not None:
+    if False:
by tests/endtoend/test_handoff.py
--- dd_incident_roles/commands/handoff_proposals.py
@@ handoff: nobody accepts for somebody else
-    if me.key != handoff.receiver:
+    if False:
by tests/endtoend/test_handoff.py
@@ handoff: it cannot be accepted after its time
-    if handoff.expires <= application.clock():
+    if False:
by tests/endtoend/test_handoff.py
--- dd_incident_roles/commands/devise.py
@@ devised role: nobody loses it by dropping it
-        if held := sorted(holders_of(state.assignments, before.key)):
+        if held := []:
by tests/endtoend/test_devised_roles.py
--- dd_incident_roles/sync/entries/pair.py
@@ handoff: only the first line says who took over
-    headline = text.partition("\n")[0]
+    headline = text
by tests/sync/entries/test_entry_conflicts.py
"""
)
