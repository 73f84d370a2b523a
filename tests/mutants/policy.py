"""What check says: rules, waivers, baselines and reports."""

from __future__ import annotations

from tests.mutants import mutants

POLICY = mutants(
    r"""
--- dd_incident_roles/policy/rules/ir010_role_vacant.py
@@ IR001 inverted
-        if since + demand.requirement.after <= now:
+        if since + demand.requirement.after > now:
by tests/policy/test_ir001_no_incident_manager.py
@@ IR001 without a clock
-        if since + demand.requirement.after <= now:
+        if True:
by tests/policy/test_ir001_no_incident_manager.py
@@ IR001 a handover has no grace
-        since = max(demand.since, facts.vacancies.get(role.key, demand.since))
+        since = demand.since
by tests/policy/test_ir001_no_incident_manager.py
@@ IR010 inverted
-        if since + demand.requirement.after <= now:
+        if since + demand.requirement.after > now:
by tests/policy/test_ir010_role_vacant.py
@@ IR010 without a clock
-        if since + demand.requirement.after <= now:
+        if True:
by tests/policy/test_ir010_role_vacant.py
@@ IR010 a handover has no grace
-        since = max(demand.since, facts.vacancies.get(role.key, demand.since))
+        since = demand.since
by tests/policy/test_ir010_role_vacant.py
@@ IR010 whoever holds it
-        if role.key in held:
+        if role.key not in held:
by tests/policy/test_ir010_role_vacant.py
by tests/policy/test_private_incidents.py
--- dd_incident_roles/policy/rules/ir001_no_incident_manager.py
@@ IR001 whoever holds it
-    if not facts.is_held(
+    if facts.is_held(
by tests/policy/test_ir001_no_incident_manager.py
by tests/policy/test_private_incidents.py
--- dd_incident_roles/policy/rules/ir002_incident_manager_not_a_person.py
@@ IR002 inverted
-        if found:
+        if not found:
by tests/policy/test_ir002_incident_manager_not_a_person.py
by tests/policy/test_private_incidents.py
@@ IR002 without a clock
-        if holding.since + context.grace > context.now:
+        if False:
by tests/policy/test_ir002_incident_manager_not_a_person.py
by tests/policy/test_private_incidents.py
@@ IR002 the commander unseen
-    if commander and commander.key not in seen:
+    if False:
by tests/policy/test_ir002_incident_manager_not_a_person.py
by tests/policy/test_private_incidents.py
--- dd_incident_roles/policy/rules/ir003_incident_manager_by_default.py
@@ IR003 inverted
-    if not _declared_it(facts, manager.person):
+    if _declared_it(facts, manager.person):
by tests/policy/test_ir003_incident_manager_by_default.py
by tests/policy/test_private_incidents.py
@@ IR003 without a clock
-    if since + context.grace > context.now:
+    if False:
by tests/policy/test_ir003_incident_manager_by_default.py
by tests/policy/test_private_incidents.py
@@ IR003 taking it by name is no sign
-        manager.source.is_wish
-        or _is_named(manager.person, manager.set_by)
+        _is_named(manager.person, manager.set_by)
by tests/policy/test_ir003_incident_manager_by_default.py
by tests/policy/test_private_incidents.py
@@ IR003 a note is no sign
-        or _wrote(facts, manager.person)
by tests/policy/test_ir003_incident_manager_by_default.py
by tests/policy/test_private_incidents.py
@@ IR003 giving roles is no sign
-        or _gave_roles(facts, manager)
by tests/policy/test_ir003_incident_manager_by_default.py
by tests/policy/test_private_incidents.py
--- dd_incident_roles/policy/rules/ir004_incident_manager_disagrees.py
@@ IR004 inverted
-    if any(not one.keys & other.keys
+    if not any(not one.keys & other.keys
by tests/policy/test_ir004_incident_manager_disagrees.py
by tests/policy/test_private_incidents.py
@@ IR004 without a clock
-    if since + context.grace > context.now:
+    if False:
by tests/policy/test_ir004_incident_manager_disagrees.py
by tests/policy/test_private_incidents.py
@@ IR004 a conflict is told twice
-    if not namings or is_disputed:
+    if not namings:
by tests/policy/test_ir004_incident_manager_disagrees.py
by tests/policy/test_private_incidents.py
--- dd_incident_roles/policy/rules/ir005_assignment_conflict.py
@@ IR005 inverted
-        if dispute.since + context.grace <= context.now:
+        if dispute.since + context.grace > context.now:
by tests/policy/test_ir005_assignment_conflict.py
by tests/policy/test_private_incidents.py
@@ IR005 without a clock
-        if dispute.since + context.grace <= context.now:
+        if True:
by tests/policy/test_ir005_assignment_conflict.py
by tests/policy/test_private_incidents.py
--- dd_incident_roles/policy/rules/ir011_role_overheld.py
@@ IR011 inverted
-len(holders) > 1 and
+len(holders) <= 1 and
by tests/policy/test_ir011_role_overheld.py
by tests/policy/test_private_incidents.py
@@ IR011 without a clock
-len(holders) > 1 and holders[1].since + context.grace <= context.now
+len(holders) > 1
by tests/policy/test_ir011_role_overheld.py
by tests/policy/test_private_incidents.py
--- dd_incident_roles/policy/rules/ir012_roles_exclude.py
@@ IR012 inverted
-each.since + context.grace <= context.now
+each.since + context.grace > context.now
by tests/policy/test_ir012_roles_exclude.py
by tests/policy/test_private_incidents.py
@@ IR012 without a clock
- if each.since + context.grace <= context.now]
+]
by tests/policy/test_ir012_roles_exclude.py
by tests/policy/test_private_incidents.py
@@ IR012 the condition's clock ignored
-return max(self.both_since, self.condition.since)
+return self.both_since
by tests/policy/test_ir012_roles_exclude.py
by tests/policy/test_private_incidents.py
@@ IR012 anybody beside anybody
-                if person in others:
+                if others:
by tests/policy/test_ir012_roles_exclude.py
by tests/policy/test_private_incidents.py
--- dd_incident_roles/policy/rules/ir013_holder_unavailable.py
@@ IR013 inverted
-holding.person.key not in facts.responders
+holding.person.key in facts.responders
by tests/policy/test_ir013_holder_unavailable.py
by tests/policy/test_private_incidents.py
@@ IR013 accounts inverted
-        if account is not Account.PERSON:
+        if account is Account.PERSON:
by tests/policy/test_ir013_holder_unavailable.py
by tests/policy/test_private_incidents.py
@@ IR013 the clock of absence ignored
- or since + context.grace > context.now
by tests/policy/test_ir013_holder_unavailable.py
by tests/policy/test_private_incidents.py
@@ IR013 the clock of holding ignored
-        if holding.since + context.grace > context.now:
+        if False:
by tests/policy/test_ir013_holder_unavailable.py
by tests/policy/test_private_incidents.py
--- dd_incident_roles/policy/rules/ir014_role_unknown.py
@@ IR014 inverted
-if role.key in roles
+if role.key not in roles
by tests/policy/test_ir014_role_unknown.py
by tests/policy/test_private_incidents.py
@@ IR014 unknown roles passed over
-    if unknown:
+    if not unknown:
by tests/policy/test_ir014_role_unknown.py
by tests/policy/test_private_incidents.py
@@ IR014 one person passed over
-    if undefined or narrow:
+    if undefined:
by tests/policy/test_ir014_role_unknown.py
by tests/policy/test_private_incidents.py
@@ IR014 not connected is clean
-    roles = known(facts.datadog_roles)
+    roles = facts.datadog_roles
+    if not isinstance(roles, DatadogRoles):
+        return
by tests/policy/test_ir014_role_unknown.py
by tests/policy/test_private_incidents.py
--- dd_incident_roles/policy/rules/ir015_handoff_pending.py
@@ IR015 inverted
-        if proposal.expires <= context.now:
+        if proposal.expires > context.now:
by tests/policy/test_ir015_handoff_pending.py
by tests/policy/test_private_incidents.py
@@ IR015 without a clock
-        if proposal.expires <= context.now:
+        if True:
by tests/policy/test_ir015_handoff_pending.py
by tests/policy/test_private_incidents.py
--- dd_incident_roles/policy/rules/ir016_write_refused.py
@@ IR016 nothing found
-in facts.refused:
+in ():
by tests/policy/test_ir016_write_refused.py
by tests/policy/test_private_incidents.py
@@ IR016 Datadog's words in a log
-"" if facts.is_redacted else f
+f
by tests/policy/test_ir016_write_refused.py
by tests/policy/test_private_incidents.py
--- dd_incident_roles/policy/rules/ir020_topic_stale.py
@@ IR020 inverted
-if _shown(topic, role) != _held(facts, role)]
+if _shown(topic, role) == _held(facts, role)]
by tests/policy/test_ir020_topic_stale.py
by tests/policy/test_private_incidents.py
@@ IR020 without a clock
-if since + context.grace <= context.now:
+if since <= context.now:
by tests/policy/test_ir020_topic_stale.py
by tests/policy/test_private_incidents.py
--- dd_incident_roles/policy/rules/ir021_assignee_stale.py
@@ IR021 inverted
-if manager.person.key in {
+if manager.person.key not in {
by tests/policy/test_ir021_assignee_stale.py
by tests/policy/test_private_incidents.py
@@ IR021 the issue's clock ignored
-since = max(manager.since, issue.since)
+since = manager.since
by tests/policy/test_ir021_assignee_stale.py
by tests/policy/test_private_incidents.py
@@ IR021 without a clock
-    if since + context.grace <= context.now:
+    if True:
by tests/policy/test_ir021_assignee_stale.py
by tests/policy/test_private_incidents.py
--- dd_incident_roles/policy/rules/ir030_timeline_silent.py
@@ IR030 inverted
-if _quiet_since(each, last_note) <= longest]
+if _quiet_since(each, last_note) > longest]
by tests/policy/test_ir030_timeline_silent.py
by tests/policy/test_private_incidents.py
@@ IR030 without a clock
-    longest = context.now - context.grace
+    longest = context.now
by tests/policy/test_ir030_timeline_silent.py
by tests/policy/test_private_incidents.py
@@ IR030 asked of everybody
-    if not required:
-        return
by tests/policy/test_ir030_timeline_silent.py
by tests/policy/test_private_incidents.py
--- dd_incident_roles/policy/rules/ir040_coverage_gap.py
@@ IR040 inverted
-    if not was_watched(facts):
+    if was_watched(facts):
by tests/policy/test_ir040_coverage_gap.py
by tests/policy/test_private_incidents.py
@@ IR040 what nobody watched is no gap
-        if any(found.unwatched for _, found in replayed):
+        if False:
by tests/policy/test_ir040_coverage_gap.py
by tests/policy/test_private_incidents.py
--- dd_incident_roles/policy/clock.py
@@ IR040 without a clock
-if each.length > after)
+if each.length)
by tests/policy/test_ir040_coverage_gap.py
by tests/policy/test_clock.py
@@ IR040 a closed stretch is no gap
-        is_asked = seen.is_open or closed_too
+        is_asked = True
by tests/policy/test_ir040_coverage_gap.py
by tests/policy/test_clock.py
@@ a late first look measures nothing
- or watched - declared > SOON_ENOUGH
by tests/policy/test_clock.py
@@ a condition that may hold is not passed over
-    responders = MANY if facts.responders is None else
+    responders = 0 if facts.responders is None else
by tests/policy/test_ir012_roles_exclude.py
--- dd_incident_roles/policy/judge.py
@@ a waiver holds on its last day
-    return waiver.expires < today
+    return waiver.expires <= today
by tests/policy/test_waive.py
@@ a waiver that is over covers nothing
-    holding = [waiver for waiver in policy.waivers if not is_over(waiver, today)]
+    holding = list(policy.waivers)
by tests/policy/test_waive.py
@@ a day of a waiver is one in UTC
-    today = now.astimezone(UTC).date()
+    today = now.date()
by tests/policy/test_waive.py
@@ an incomplete check cannot be waived
-        and finding.rule not in NEVER_WAIVED
by tests/policy/test_waive.py
@@ a waiver covers its own rule
-        finding.rule == waiver.rule
-        and finding.rule not in NEVER_WAIVED
+        finding.rule not in NEVER_WAIVED
by tests/policy/test_waive.py
@@ a waiver covers its own incident
-        and waiver.incident in (None, finding.public_id)
by tests/policy/test_waive.py
@@ a waiver covers its own role
-        and waiver.role in (None, finding.role)
by tests/policy/test_waive.py
@@ a waiver holds under its condition
-        and _applies(waiver, facts, now)
by tests/policy/test_waive.py
@@ a waiver is unused only in a whole check
-    if WAIVER_UNUSED.id in asked and is_whole:
+    if WAIVER_UNUSED.id in asked:
by tests/policy/test_waive.py
@@ a check with gaps calls no waiver unused
-        is_whole=question.is_whole and not not_evaluated,
+        is_whole=question.is_whole,
by tests/endtoend/test_check_waivers.py
@@ a rule that is off is not asked
-    rules = tuple(rule for rule in question.rules if not policy.setting(rule).is_off)
+    rules = question.rules
by tests/policy/test_judge.py
@@ incidents that could not be read count
-sorted((*unread, *asking.not_evaluated), key=_order_of_gaps)
+sorted(asking.not_evaluated, key=_order_of_gaps)
by tests/policy/test_judge.py
@@ a check that asked nothing is incomplete
-        said_nothing=bool(wanted) and bool(asking.evaluated) and not (wanted & answered),
+        said_nothing=False,
by tests/endtoend/test_check.py::test_rules_with_nothing_to_look_at
@@ what the baseline knows fails nothing
-BaselineState.EXISTING if is_known else BaselineState.NEW
+BaselineState.NEW
by tests/policy/test_judge.py
by tests/endtoend/test_check_waivers.py
@@ what is new since the baseline fails
-BaselineState.EXISTING if is_known else BaselineState.NEW
+BaselineState.EXISTING
by tests/policy/test_judge.py
by tests/endtoend/test_check_waivers.py
@@ what is settled since the baseline is told
-        resolved = set(known) - {finding.fingerprint for finding in findings}
+        resolved = ()
by tests/policy/test_judge.py
by tests/endtoend/test_check_waivers.py
@@ a rule that fails is not a clean one
-reasons.append(f"{rule.id} ({rule.name}) failed: {_failure(facts, failure)}")
+pass
by tests/policy/test_judge.py
@@ a fact that is missing is not a clean one
-reasons.append(f"{rule.id} ({rule.name}) could not be checked: {missing}")
+pass
by tests/policy/test_judge.py
@@ a grace of the policy is followed
-        grace = (rule.grace or timedelta()) if chosen is None else chosen
+        grace = rule.grace or timedelta()
by tests/policy/test_judge.py
by tests/endtoend/test_check_waivers.py
@@ a level of the policy is followed
-            level=setting.level or breach.level or rule.default_level,
+            level=breach.level or rule.default_level,
by tests/policy/test_judge.py
by tests/endtoend/test_check_waivers.py
@@ tests are passed over
-[facts for facts in seen if not facts.incident.is_test]
+list(seen)
by tests/policy/test_judge.py
@@ a failure tells nothing of a private incident
-    return kind if facts.is_redacted or not str(failure) else
+    return kind if not str(failure) else
by tests/policy/test_judge.py
--- dd_incident_roles/policy/policy.py
@@ not evaluated outranks found
-        if self.not_evaluated or self.said_nothing:
+        if self.said_nothing:
by tests/policy/test_judge.py
@@ a warning fails nothing unless asked
-rank(level) <= rank(Level(fail_on.value))
+level is not Level.NOTE
by tests/endtoend/test_check.py::test_what_fails
"""
)
