"""The timeline, and what issues and topics show of it."""

from __future__ import annotations

from tests.mutants import mutants

ENTRIES = mutants(
    r"""
--- dd_incident_roles/sync/entries/pair.py
@@ an entry of ours is known by its tag
-                key = self._key_by_tag(remote) or key
+                pass
by tests/sync/entries/test_entry_stories.py
@@ a removed entry stays hidden from old listings
-if remote.id not in hidden
+if True
by tests/sync/entries/test_entry_stories.py
@@ a second copy of our own note is removed
-            self.spares[key] = spare
+            pass
by tests/sync/entries/test_entry_conflicts.py
@@ a copy that somebody changed is kept
-each for each in claimants if is_copy(key, each, first)
+each for each in claimants
by tests/sync/entries/test_entry_conflicts.py
@@ of two copies the oldest stays, whatever is linked
-        elif link and link.ours and own in mine:
+        elif link and link.ours and younger:
by tests/sync/entries/test_entry_conflicts.py
by tests/sync/entries/test_two_records.py
@@ footer without authority: a stranger's is part of the text
-return key if tried or self._says_the_same(key, remote) else None
+return key
by tests/sync/entries/test_strangers.py
@@ footer without authority: a stranger's note takes no place of ours
-tried = key in self.intents and remote.ours is None
+tried = key in self.intents
by tests/sync/entries/test_strangers.py
@@ an account takes back only copies of its own
-        mine = [each for each in younger if each.ours is not False]
+        mine = younger
by tests/sync/entries/test_entry_conflicts.py
@@ two jobs note one finding once
-    return one.digest == other.digest or _tell_one_finding(
+    return one.digest == other.digest or False and _tell_one_finding(
by tests/sync/entries/test_two_records.py
@@ footer without authority: a stranger's entry is not ours to change
-        if remote.ours is False or remote.kind != NOTE:
+        if remote.kind != NOTE:
by tests/sync/entries/test_strangers.py
@@ footer without authority: a key belongs to its incident
-if key is None or key in self.elsewhere or
+if key is None or
by tests/sync/entries/test_strangers.py
@@ an entry that cannot be read is no absence
-        return unread or not self.complete
+        return False
by tests/sync/entries/test_entry_stories.py
@@ a role change that somebody else made is shown
- or remote.ours is False or pair.link:
+ or pair.link:
by tests/sync/entries/test_strangers.py
@@ an entry of a system is never written
-        return pair.remote.kind != NOTE
+        return False
by tests/sync/entries/test_entry_stories.py
@@ what the target cannot hold is no edit
-if pair.link is None and pair.remote and holds_what_it_can(pair.remote, local):
+if False:
by tests/sync/entries/test_entry_stories.py
@@ the same conflict makes the same copy
-~{local_digest(local)[:10]}
+~{id(local)}
by tests/sync/entries/test_entry_conflicts.py
@@ our own role change is not told twice
-any(_is_about(remote, named, each) for each in own)
+False
by tests/sync/entries/test_entry_conflicts.py
@@ places: what was taken for a stranger's gives way to what it is
-known_as.get(link.remote_id, key) != key
+False
by tests/sync/test_places_stories.py
@@ places: a second copy goes although its record is lost
-spare = next((each for each in mine if each.ours), None)
+spare = None
by tests/sync/test_places_stories.py
--- dd_incident_roles/sync/entries/decide.py
@@ an absence of an entry is believed only twice
-    if known and not sides.absence_believed:
+    if False:
by tests/sync/entries/test_entry_stories.py
@@ an old copy of an entry is left alone
-    if sides.older:
+    if False:
by tests/sync/entries/test_entry_stories.py
@@ our unheard note that somebody edited is no conflict
-        case LocalSide(digest=digest) if sides.attempted == {digest}:
+        case LocalSide(digest=digest) if False:
by tests/sync/entries/test_decide_entry.py
by tests/sync/entries/test_entry_machine.py
@@ our unheard edit is known again
-    landed = sides.remote != sides.base.remote and sides.remote in sides.attempted
+    landed = False
by tests/sync/entries/test_decide_entry.py
by tests/sync/entries/test_entry_machine.py
@@ a missing row is no deletion
-    remote_same = landed or remote == base.remote
-    match sides.local:
-        case None:
-            return Step.PULL
+    remote_same = landed or remote == base.remote
+    match sides.local:
+        case None:
+            return Step.DELETE_REMOTE
by tests/sync/entries/test_decide_entry.py
by tests/sync/entries/test_entry_stories.py
@@ an edit beats a deletion
-            if is_seen and sides.ours and not sides.system:
+            if sides.ours and not sides.system:
by tests/sync/entries/test_decide_entry.py
by tests/sync/entries/test_entry_conflicts.py
@@ what was seen before it was deleted is not taken for an edit that came after
-            is_seen = remote_same or remote == digest
+            is_seen = remote_same
by tests/sync/entries/test_decide_entry.py
@@ somebody else's note is never replaced
-return Step.PUSH if sides.ours else Step.CORRECT
+return Step.PUSH
by tests/sync/entries/test_decide_entry.py
by tests/sync/entries/test_entry_conflicts.py
@@ places: equal words are one entry where both sides changed
-    if sides.same_text:
+    if sides.same_text and sides.base is None:
by tests/sync/test_places_stories.py
--- dd_incident_roles/sync/apply.py
@@ a second attempt does not forget the first
-            return (state.Put(intent),)
+            return (state.Drop(state.EntryIntent, entry.key), state.Put(intent))
by tests/sync/entries/test_entry_conflicts.py
by tests/sync/entries/test_entry_machine.py
@@ an entry typed during a run is never overwritten
-edits, expected_version=plan.state.version)
+edits)
by tests/sync/entries/test_entry_conflicts.py
by tests/sync/entries/test_entry_machine.py
@@ what Datadog declined to let us change is somebody else's
-            return tuple(state.Put(replace(link, ours=False)) for link in own)
+            return ()
by tests/sync/entries/test_strangers.py
@@ places: a wish to delete stays until every target was told
-            if key in plan.state.timeline.linked_elsewhere:
+            if False:
by tests/sync/test_places_stories.py
--- dd_incident_roles/datadog/timeline_target.py
@@ a note is looked at again before it is replaced
-            return Written(entry=before) if before.digest == wanted else _CHANGED
+            pass
by tests/datadog
@@ a copy goes only while the older one stands
-        if beside:
+        if False:
by tests/datadog/test_timeline_writing.py
--- dd_incident_roles/commands/sync.py
@@ footer without authority: it silences no finding
-{(each.key, without_times(each.text)) for each in tagged}
+{(each.key, without_times(new.text)) for each in tagged for new in entries}
by tests/endtoend/test_timeline.py
--- dd_incident_roles/sync/guard.py
@@ more than fifty new entries look like a loop
-created if len(created) > allowed.creates else []
+[]
by tests/sync/test_guard.py
@@ second copies count among the removals that the guard judges
-        if isinstance(write, targets.DeleteEntry | targets.DeleteSpare):
+        if isinstance(write, targets.DeleteEntry):
by tests/sync/test_guard.py
@@ what the guard holds back of a timeline is not deleted
-if each not in writes and entry_written(each) not in subjects
+if True
by tests/sync/test_guard.py
@@ what the guard holds back of a timeline stays in the record
-if subjects.isdisjoint(_about(each, state))
+if True
by tests/sync/test_guard.py
--- dd_incident_roles/sync/entries/log.py
@@ a line that was edited says nothing
-    if version != VERSION or check != _check(said, key, incident):
+    if version != VERSION:
by tests/sync/entries/test_log.py
--- dd_incident_roles/sync/entries/fold.py
@@ an answer to a handoff counts only for its receiver
-    return heard.author is None or heard.author in people
+    return True
by tests/sync/entries/test_fold.py
@@ what Datadog made itself is never read as a line of ours
-    if entry.kind != NOTE:
+    if False:
by tests/sync/entries/test_fold.py
@@ nobody holds a role by a line where Datadog shows somebody else
-        return row.person in listing.holders[row.role]
+        return True
by tests/sync/test_restore.py
--- dd_incident_roles/timeline/importing.py
@@ undoing an import keeps what was changed since
-        if says != digest or not is_ours(entry, links.get(key)):
+        if not is_ours(entry, links.get(key)):
by tests/endtoend/test_timeline.py
--- dd_incident_roles/timeline/change_entry.py
@@ an entry comes back from the archive once
-        key=new_key(f"restored {old.key} {old.at.isoformat()} {old.text}"),
+        key=new_key(f"restored {now.isoformat()}"),
by tests/endtoend/test_timeline.py
--- dd_incident_roles/sync/entries/plan_timeline.py
@@ places: what one target deleted is deleted in the others first
-    if not elsewhere:
+    if True:
by tests/sync/test_places_stories.py
@@ places: a copy of another target's entry stays a copy
-case Step.KEEP_BOTH if self._is_copy_of_another_targets():
+case Step.KEEP_BOTH if False:
by tests/sync/test_places_stories.py
@@ places: what one target misses is not carried to another meanwhile
-        return self._was_never_there() and self.missing_elsewhere
+        return False
by tests/sync/test_places_stories.py
@@ places: every record says the same correction
-correction_of(local, theirs.text) if self._was_born_elsewhere() else theirs.text
+theirs.text
by tests/sync/test_places_stories.py
--- dd_incident_roles/sync/targets.py
@@ places: a comment is told by its text alone
-        if self.dialect.is_plain:
+        if False:
by tests/sync/test_places_stories.py
--- dd_incident_roles/sync/registers.py
@@ places: a value of ours that landed unheard is nobody's wish
-landed = value.shown is not None and value.shown in base.attempted
+landed = False
by tests/sync/test_registers.py
--- dd_incident_roles/issues/target.py
@@ places: a copy that nobody touched is no edit
-untouched=is_ours and tagged.check == check_of(text)
+untouched=False
by tests/sync/test_places_stories.py
--- dd_incident_roles/sync/place.py
@@ places: an earlier place sees the news of a later one
-    for number in range(max(news, default=0)):
+    for number in range(0):
by tests/sync/test_places_stories.py
"""
)
