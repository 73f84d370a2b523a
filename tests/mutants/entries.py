"""The safety rules of timeline sync, each with the edit that switches it off."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_MACHINE = "tests/sync/entries/test_entry_machine.py"
_TABLE = "tests/sync/entries/test_decide_entry.py"
_STORIES = "tests/sync/entries/test_entry_stories.py"
_CONFLICTS = "tests/sync/entries/test_entry_conflicts.py"
_STRANGERS = "tests/sync/entries/test_strangers.py"
_TWO_RECORDS = "tests/sync/entries/test_two_records.py"
_ENTRIES = "dd_incident_roles/sync/entries"

ENTRIES = (
    Mutant(
        rule="an entry of ours is known by its tag",
        file=f"{_ENTRIES}/pair.py",
        before="linked.get(remote.id) or self._key_by_tag(remote)",
        after="linked.get(remote.id)",
        tests=(_STORIES,),
    ),
    Mutant(
        rule="an absence of an entry is believed only twice",
        file=f"{_ENTRIES}/decide.py",
        before="    if known and not sides.absence_believed:",
        after="    if False:",
        tests=(_STORIES,),
    ),
    Mutant(
        rule="an old copy of an entry is left alone",
        file=f"{_ENTRIES}/decide.py",
        before="    if sides.older:",
        after="    if False:",
        tests=(_STORIES,),
    ),
    Mutant(
        rule="a removed entry stays hidden from old listings",
        file=f"{_ENTRIES}/pair.py",
        before="if remote.id not in hidden",
        after="if True",
        tests=(_STORIES,),
    ),
    Mutant(
        rule="our unheard note that somebody edited is no conflict",
        file=f"{_ENTRIES}/decide.py",
        before="        case LocalSide(digest=digest) if sides.attempted == {digest}:",
        after="        case LocalSide(digest=digest) if False:",
        tests=(_TABLE, _MACHINE),
    ),
    Mutant(
        rule="our unheard edit is known again",
        file=f"{_ENTRIES}/decide.py",
        before="    landed = sides.remote != sides.base.remote and sides.remote in sides.attempted",
        after="    landed = False",
        tests=(_TABLE, _MACHINE),
    ),
    Mutant(
        rule="a second attempt does not forget the first",
        file="dd_incident_roles/sync/apply.py",
        before="            return (state.Put(intent),)",
        after="            return (state.Drop(state.EntryIntent, entry.key), state.Put(intent))",
        tests=(_CONFLICTS, _MACHINE),
    ),
    Mutant(
        rule="an entry typed during a run is never overwritten",
        file="dd_incident_roles/sync/apply.py",
        before="edits, expected_version=plan.state.version)",
        after="edits)",
        tests=(_CONFLICTS, _MACHINE),
    ),
    Mutant(
        rule="a note is looked at again before it is replaced",
        file="dd_incident_roles/datadog/timeline_target.py",
        before="            return Written(entry=before) if before.digest == wanted else _CHANGED",
        after="            pass",
        tests=("tests/datadog",),
    ),
    Mutant(
        rule="a missing row is no deletion",
        file=f"{_ENTRIES}/decide.py",
        before="    remote_same = landed or remote == base.remote\n"
        "    match sides.local:\n        case None:\n            return Step.PULL",
        after="    remote_same = landed or remote == base.remote\n"
        "    match sides.local:\n        case None:\n            return Step.DELETE_REMOTE",
        tests=(_TABLE, _STORIES),
    ),
    Mutant(
        rule="a second copy of our own note is removed",
        file=f"{_ENTRIES}/pair.py",
        before="            self.spares[key] = spare",
        after="            pass",
        tests=(_CONFLICTS,),
    ),
    Mutant(
        rule="a copy that somebody changed is kept",
        file=f"{_ENTRIES}/pair.py",
        before="each for each in claimants if is_copy(key, each, first)",
        after="each for each in claimants",
        tests=(_CONFLICTS,),
    ),
    Mutant(
        rule="of two copies the oldest stays, whatever is linked",
        file=f"{_ENTRIES}/pair.py",
        before="        elif link and link.ours and own in mine:",
        after="        elif link and link.ours and younger:",
        tests=(_CONFLICTS, _TWO_RECORDS),
    ),
    Mutant(
        rule="a copy goes only while the older one stands",
        file="dd_incident_roles/datadog/timeline_target.py",
        before="        if beside:",
        after="        if False:",
        tests=("tests/datadog/test_timeline_writing.py",),
    ),
    Mutant(
        rule="footer without authority: a stranger's is part of the text",
        file=f"{_ENTRIES}/pair.py",
        before="return key if tried or self._says_the_same(key, remote) else None",
        after="return key",
        tests=(_STRANGERS,),
    ),
    Mutant(
        rule="footer without authority: a stranger's note takes no place of ours",
        file=f"{_ENTRIES}/pair.py",
        before="tried = key in self.intents and remote.ours is None",
        after="tried = key in self.intents",
        tests=(_STRANGERS,),
    ),
    Mutant(
        rule="an account takes back only copies of its own",
        file=f"{_ENTRIES}/pair.py",
        before="        mine = [each for each in younger if each.ours is not False]",
        after="        mine = younger",
        tests=(_CONFLICTS,),
    ),
    Mutant(
        rule="two jobs note one finding once",
        file=f"{_ENTRIES}/pair.py",
        before="    return one.digest == other.digest or _tell_one_finding(",
        after="    return one.digest == other.digest or False and _tell_one_finding(",
        tests=(_TWO_RECORDS,),
    ),
    Mutant(
        rule="footer without authority: a stranger's entry is not ours to change",
        file=f"{_ENTRIES}/pair.py",
        before="        if remote.ours is False or remote.kind != NOTE:",
        after="        if remote.kind != NOTE:",
        tests=(_STRANGERS,),
    ),
    Mutant(
        rule="footer without authority: a key belongs to its incident",
        file=f"{_ENTRIES}/pair.py",
        before="if key is None or key in self.elsewhere or",
        after="if key is None or",
        tests=(_STRANGERS,),
    ),
    Mutant(
        rule="footer without authority: it silences no finding",
        file="dd_incident_roles/commands/sync.py",
        before="{(each.key, without_times(each.text)) for each in tagged}",
        after="{(each.key, without_times(new.text)) for each in tagged for new in entries}",
        tests=("tests/endtoend/test_timeline.py",),
    ),
    Mutant(
        rule="an entry that cannot be read is no absence",
        file=f"{_ENTRIES}/pair.py",
        before="        return unread or not self.complete",
        after="        return False",
        tests=(_STORIES,),
    ),
    Mutant(
        rule="what Datadog declined to let us change is somebody else's",
        file="dd_incident_roles/sync/apply.py",
        before="            return tuple(state.Put(replace(link, ours=False)) for link in own)",
        after="            return ()",
        tests=(_STRANGERS,),
    ),
    Mutant(
        rule="a role change that somebody else made is shown",
        file=f"{_ENTRIES}/own_entries.py",
        before=" or remote.ours is False or pair.link:",
        after=" or pair.link:",
        tests=(_STRANGERS,),
    ),
    Mutant(
        rule="an edit beats a deletion",
        file=f"{_ENTRIES}/decide.py",
        before="            if remote_same and sides.ours and not sides.system:",
        after="            if sides.ours and not sides.system:",
        tests=(_TABLE, _CONFLICTS),
    ),
    Mutant(
        rule="somebody else's note is never replaced",
        file=f"{_ENTRIES}/decide.py",
        before="return Step.PUSH if sides.ours else Step.CORRECT",
        after="return Step.PUSH",
        tests=(_TABLE, _CONFLICTS),
    ),
    Mutant(
        rule="an entry of a system is never written",
        file=f"{_ENTRIES}/plan_timeline.py",
        before="        return pair.remote.kind != NOTE",
        after="        return False",
        tests=(_STORIES,),
    ),
    Mutant(
        rule="what the target cannot hold is no edit",
        file=f"{_ENTRIES}/plan_timeline.py",
        before="if pair.link is None and pair.remote and holds_what_it_can(pair.remote, local):",
        after="if False:",
        tests=(_STORIES,),
    ),
    Mutant(
        rule="the same conflict makes the same copy",
        file=f"{_ENTRIES}/pair.py",
        before="~{local_digest(local)[:10]}",
        after="~{id(local)}",
        tests=(_CONFLICTS,),
    ),
    Mutant(
        rule="our own role change is not told twice",
        file=f"{_ENTRIES}/own_entries.py",
        before="any(_is_about(remote, named, each) for each in own)",
        after="False",
        tests=(_CONFLICTS,),
    ),
    Mutant(
        rule="more than fifty new entries look like a loop",
        file="dd_incident_roles/sync/guard.py",
        before="created if len(created) > allowed.creates else []",
        after="[]",
        tests=("tests/sync/test_guard.py",),
    ),
    Mutant(
        rule="second copies count among the removals that the guard judges",
        file="dd_incident_roles/sync/guard.py",
        before="        if isinstance(write, targets.DeleteEntry | targets.DeleteSpare):",
        after="        if isinstance(write, targets.DeleteEntry):",
        tests=("tests/sync/test_guard.py",),
    ),
    Mutant(
        rule="what the guard holds back of a timeline is not deleted",
        file="dd_incident_roles/sync/guard.py",
        before="if each not in writes and entry_written(each) not in subjects",
        after="if True",
        tests=("tests/sync/test_guard.py",),
    ),
    Mutant(
        rule="what the guard holds back of a timeline stays in the record",
        file="dd_incident_roles/sync/guard.py",
        before="if subjects.isdisjoint(_about(each, state))",
        after="if True",
        tests=("tests/sync/test_guard.py",),
    ),
    Mutant(
        rule="a line that was edited says nothing",
        file=f"{_ENTRIES}/log.py",
        before="    if version != VERSION or check != _check(said, key, incident):",
        after="    if version != VERSION:",
        tests=("tests/sync/entries/test_log.py",),
    ),
    Mutant(
        rule="an answer to a handoff counts only for its receiver",
        file=f"{_ENTRIES}/fold.py",
        before="    return heard.author is None or heard.author in people",
        after="    return True",
        tests=("tests/sync/entries/test_fold.py",),
    ),
    Mutant(
        rule="what Datadog made itself is never read as a line of ours",
        file=f"{_ENTRIES}/fold.py",
        before="    if entry.kind != NOTE:",
        after="    if False:",
        tests=("tests/sync/entries/test_fold.py",),
    ),
    Mutant(
        rule="nobody holds a role by a line where Datadog shows somebody else",
        file="dd_incident_roles/sync/restore.py",
        before="        return row.person in listing.holders[row.role]",
        after="        return True",
        tests=("tests/sync/test_restore.py",),
    ),
)
