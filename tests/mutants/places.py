"""The safety rules of issues and rooms, each with the edit that switches it off."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_STORIES = ("tests/sync/test_places_stories.py",)
_REGISTERS = ("tests/sync/test_registers.py",)
_SYNC = "dd_incident_roles/sync"

PLACES = (
    Mutant(
        rule="places: a wish to delete stays until every target was told",
        file=f"{_SYNC}/apply.py",
        before="            if key in plan.state.timeline.linked_elsewhere:",
        after="            if False:",
        tests=_STORIES,
    ),
    Mutant(
        rule="places: what one target deleted is deleted in the others first",
        file=f"{_SYNC}/entries/plan_timeline.py",
        before="    if not elsewhere:",
        after="    if True:",
        tests=_STORIES,
    ),
    Mutant(
        rule="places: a copy of another target's entry stays a copy",
        file=f"{_SYNC}/entries/plan_timeline.py",
        before="case Step.KEEP_BOTH if self._is_copy_of_another_targets():",
        after="case Step.KEEP_BOTH if False:",
        tests=_STORIES,
    ),
    Mutant(
        rule="places: a comment is told by its text alone",
        file=f"{_SYNC}/targets.py",
        before="        if self.dialect.is_plain:",
        after="        if False:",
        tests=_STORIES,
    ),
    Mutant(
        rule="places: a value of ours that landed unheard is nobody's wish",
        file=f"{_SYNC}/registers.py",
        before="landed = value.shown is not None and value.shown in base.attempted",
        after="landed = False",
        tests=_REGISTERS,
    ),
    Mutant(
        rule="places: what was taken for a stranger's gives way to what it is",
        file=f"{_SYNC}/entries/pair.py",
        before="known_as.get(link.remote_id, key) != key",
        after="False",
        tests=_STORIES,
    ),
    Mutant(
        rule="places: a second copy goes although its record is lost",
        file=f"{_SYNC}/entries/pair.py",
        before="spare = next((each for each in mine if each.ours), None)",
        after="spare = None",
        tests=_STORIES,
    ),
    Mutant(
        rule="places: a copy that nobody touched is no edit",
        file="dd_incident_roles/issues/target.py",
        before="untouched=is_ours and tagged.check == check_of(text)",
        after="untouched=False",
        tests=_STORIES,
    ),
    Mutant(
        rule="places: what one target misses is not carried to another meanwhile",
        file=f"{_SYNC}/entries/plan_timeline.py",
        before="        return self._was_never_there() and self.missing_elsewhere",
        after="        return False",
        tests=_STORIES,
    ),
    Mutant(
        rule="places: an earlier place sees the news of a later one",
        file=f"{_SYNC}/place.py",
        before="    for number in range(max(news, default=0)):",
        after="    for number in range(0):",
        tests=_STORIES,
    ),
    Mutant(
        rule="places: every record says the same correction",
        file=f"{_SYNC}/entries/plan_timeline.py",
        before="correction_of(local, theirs.text) if self._was_born_elsewhere() else theirs.text",
        after="theirs.text",
        tests=_STORIES,
    ),
    Mutant(
        rule="places: equal words are one entry where both sides changed",
        file=f"{_SYNC}/entries/decide.py",
        before="    if sides.same_text:",
        after="    if sides.same_text and sides.base is None:",
        tests=_STORIES,
    ),
)
