"""Entries as people type and name them, and what a command makes of one."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import Entry, EntryKey, IncidentId
from dd_incident_roles.sync.entries.pair import copy_key
from dd_incident_roles.sync.state import (
    ArchiveEntry,
    Drop,
    EntryIntent,
    EntryLink,
    EntryState,
    IncidentState,
    Put,
    PutEntry,
    Tombstone,
    replay,
)
from dd_incident_roles.timeline.change_entry import (
    LONGEST_TEXT,
    Act,
    TimelineChange,
    add_entry,
    delete_entry,
    edit_entry,
    entry_text,
    imported_key,
    in_order,
    named_entry,
    new_key,
    on_one_line,
    refuse_slip,
    shown_keys,
    visible_text,
)
from tests.timeline.samples import HAPPENED, NOW, a_link, an_entry, holding


@pytest.mark.parametrize(
    ("typed", "kept", "stripped"),
    [
        ("  paged \n", "paged", 0),
        ("a\r\nb\rc\td", "a\nb\nc\td", 0),
        ("\x1b[31mred\x07", "[31mred", 2),
        ("\udcff", "\N{REPLACEMENT CHARACTER}", 0),
        ("שלום \u200f:", "שלום \u200f:", 0),
    ],
)
def test_what_is_kept(typed: str, kept: str, stripped: int) -> None:
    """Line breaks and tabs stay, other control characters go, and how many is said."""
    text = entry_text(typed)
    assert (text.text, text.stripped) == (kept, stripped)
    assert bool(text.notices) is bool(stripped)


@pytest.mark.parametrize("typed", ["", "  \n\t", "\x1b\x07"])
def test_nothing_is_refused(typed: str) -> None:
    """An entry says something."""
    with pytest.raises(UsageError, match="is empty"):
        entry_text(typed)


def test_a_text_has_a_limit() -> None:
    """The longest text is kept whole, and one character more is refused."""
    assert len(entry_text("x" * LONGEST_TEXT).text) == LONGEST_TEXT
    with pytest.raises(UsageError, match="has 10001 characters"):
        entry_text("x" * (LONGEST_TEXT + 1))


@given(st.text())
def test_a_kept_text_is_harmless(typed: str) -> None:
    """Whatever was typed, no control character and no half of a character is kept."""
    try:
        text = entry_text(typed).text
    except UsageError:
        return
    assert {unicodedata.category(each) for each in text if each not in "\n\t"}.isdisjoint(
        {"Cc", "Cs"}
    )
    assert entry_text(text).text == text


def test_nothing_hides_in_a_file() -> None:
    """What turns the direction of writing, or cannot be seen, does not get into a file."""
    assert visible_text("a\u202egnp\u200b\ufeff \n") == "agnp"
    assert (
        visible_text("\N{WOMAN}\u200d\N{PERSONAL COMPUTER}")
        == "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}"
    )


def test_a_name_is_one_line() -> None:
    """A name with line breaks in it is a name all the same."""
    assert on_one_line(" Ana\n\x1bB\u2028C ") == "Ana B C"


OURS = an_entry("ourownnote")
THEIRS = an_entry("dd:cell-1", author="Bo", origin="datadog")
BY_ANOTHER_ACCOUNT = an_entry("otherhosts")
SYSTEM = an_entry("dd:cell-2", kind="status_change", origin="datadog", author=None)
ROLE = an_entry("role-1", kind="role_change")


def edited(state: EntryState, key: str, text: str = "paged twice") -> TimelineChange:
    return edit_entry(state, key, text, now=NOW, author="Ana")


def whole(timeline: EntryState) -> IncidentState:
    return IncidentState(version=1, timeline=timeline)


def after(state: EntryState, change: TimelineChange) -> dict[str, Entry]:
    return {entry.key: entry for entry in replay(whole(state), change.edits).timeline.entries}


def refused(match: str, *entries: Entry, key: str) -> UsageError:
    """What is said when an entry may neither be named nor changed so."""
    with pytest.raises(UsageError, match=match) as caught:
        delete_entry(holding(*entries), key, now=NOW)
    return caught.value


def test_a_new_entry_is_put() -> None:
    """Adding writes exactly the entry."""
    assert add_entry(OURS).edits == (PutEntry(entry=OURS),)


@pytest.mark.parametrize("links", [(a_link(OURS),), ()])
def test_our_own_entry_is_edited(links: tuple[EntryLink, ...]) -> None:
    """The text changes; when it happened and who wrote it stay."""
    state = holding(OURS, links=links)
    change = edited(state, "ouro")
    assert change.act is Act.EDITED
    assert after(state, change) == {OURS.key: replace(OURS, text="paged twice")}


@pytest.mark.parametrize("entry", [OURS, THEIRS])
def test_an_edit_that_changes_nothing(entry: Entry) -> None:
    """The text that is there already is not written again, and needs no correction."""
    assert edited(holding(entry), entry.key, entry.text).edits == ()


@pytest.mark.parametrize(
    "state",
    [
        holding(THEIRS),
        holding(THEIRS, links=(a_link(THEIRS, ours=False),)),
        holding(BY_ANOTHER_ACCOUNT, links=(a_link(BY_ANOTHER_ACCOUNT, ours=False),)),
    ],
)
def test_what_somebody_else_wrote_gets_a_correction(state: EntryState) -> None:
    """Theirs stands as it is, and one entry of ours beside it says whose it corrects."""
    [theirs] = state.entries
    change = edited(state, theirs.key)
    timeline = after(state, change)
    note = timeline.pop(change.entry.key)
    assert timeline == {theirs.key: theirs}
    assert change.act is Act.CORRECTED
    assert note.text == f"Correction to the entry of {theirs.author}: paged twice"
    assert (note.author, note.origin, note.at, note.created) == ("Ana", "cli", theirs.at, NOW)


def test_a_correction_is_made_once() -> None:
    """It has the key that sync would give it: giving the command again adds nothing.

    Another text is another correction.
    """
    first = edited(holding(THEIRS), THEIRS.key)
    assert first.entry.key == copy_key(THEIRS.key, replace(THEIRS, text="paged twice"))
    state = replay(whole(holding(THEIRS)), first.edits).timeline
    assert edited(state, THEIRS.key).edits == ()
    assert len(edited(state, THEIRS.key, "no, thrice").edits) == 1


def test_a_correction_by_nobody_known() -> None:
    """An entry whose author Datadog does not tell can be corrected too."""
    change = edited(holding(replace(THEIRS, author=None)), THEIRS.key)
    assert change.entry.text.startswith("Correction to the entry of somebody else: ")


@pytest.mark.parametrize("entry", [SYSTEM, ROLE])
def test_what_a_system_wrote_is_left_alone(entry: Entry) -> None:
    """Neither side of a change that a system noted can be rewritten."""
    with pytest.raises(UsageError, match="was not written by a person"):
        edited(holding(entry), entry.key)
    refused("was not written by a person", entry, key=entry.key)


def test_an_entry_that_was_never_sent_goes_at_once() -> None:
    """What is nowhere else needs no sync to be gone; the archive keeps it."""
    change = delete_entry(holding(OURS), OURS.key, now=NOW)
    assert change.edits == (ArchiveEntry(key=OURS.key, at=NOW),)


@pytest.mark.parametrize(
    "state",
    [
        holding(OURS, links=(a_link(OURS),)),
        holding(OURS, intents=(EntryIntent(key=OURS.key, digest=None, since=NOW),)),
    ],
)
def test_an_entry_that_may_be_elsewhere_waits_for_sync(state: EntryState) -> None:
    """Where Datadog has it, or may have it, the wish to delete is noted and carried there."""
    change = delete_entry(state, OURS.key, now=NOW)
    assert after(state, change) == {OURS.key: replace(OURS, deleted_at=NOW)}


def test_deleting_again_changes_nothing() -> None:
    """A wish that waits already is not made again."""
    gone = replace(OURS, deleted_at=NOW - timedelta(minutes=5))
    assert delete_entry(holding(gone), OURS.key, now=NOW).edits == ()


def test_a_deleted_entry_cannot_be_edited() -> None:
    """What was wished away is not brought back by an edit."""
    with pytest.raises(UsageError, match="has no entry"):
        edited(holding(replace(OURS, deleted_at=NOW)), OURS.key)


def test_what_somebody_else_wrote_is_not_deleted() -> None:
    """The refusal says who can delete it, and where."""
    hint = refused("written by Bo in Datadog", THEIRS, key=THEIRS.key).hint or ""
    assert hint.startswith("Bo, or an administrator, can delete it in Datadog")


@pytest.mark.parametrize("at", [NOW, NOW + timedelta(seconds=60), NOW - timedelta(days=400)])
def test_a_time_that_can_be(at: datetime) -> None:
    """The past is fine, and so is a clock that is a little ahead."""
    refuse_slip(at, NOW)


@pytest.mark.parametrize(
    "at", [NOW + timedelta(seconds=61), NOW.replace(year=9999), NOW.replace(year=1)]
)
def test_a_time_that_cannot_be(at: datetime) -> None:
    """What has yet to come, and what was before there were computers, is a slip."""
    with pytest.raises(UsageError):
        refuse_slip(at, NOW)


FIRST = an_entry("zzzz", at=HAPPENED - timedelta(minutes=5))
WRITTEN_LATE = replace(an_entry("aaaa"), created=NOW)
SECOND = an_entry("bbbb")
THIRD = an_entry("cccc")


def test_entries_stand_by_when_it_happened() -> None:
    """Then by when they were written down, then by key; never by how they arrived."""
    for entries in permutations([FIRST, SECOND, THIRD, WRITTEN_LATE]):
        assert in_order(entries) == (FIRST, SECOND, THIRD, WRITTEN_LATE)


def test_what_is_wished_away_is_not_shown() -> None:
    """A deletion is seen at once, also where Datadog does not know of it yet."""
    assert in_order([FIRST, replace(SECOND, deleted_at=NOW)]) == (FIRST,)


def test_replaying_shows_what_a_commit_would_leave() -> None:
    """Entries and links come, are replaced and go; the state that was read stays as it was."""
    state = holding(FIRST, SECOND, links=(a_link(FIRST), a_link(SECOND)))
    changed = replace(FIRST, text="changed")
    edits = (
        *(PutEntry(entry=changed), PutEntry(entry=THIRD), Put(a_link(THIRD))),
        *(ArchiveEntry(key=SECOND.key, at=NOW), Drop(EntryLink, SECOND.key)),
        Drop(Tombstone, "other"),
    )
    replayed = replay(whole(state), edits).timeline
    assert set(replayed.entries) == {changed, THIRD}
    assert {link.key for link in replayed.links} == {FIRST.key, THIRD.key}
    assert state.entries == (FIRST, SECOND)


def test_a_new_key_is_short_and_its_own() -> None:
    """Ten characters that are easily typed, another ten for another id."""
    one, other = new_key(str(uuid4())), new_key(str(uuid4()))
    assert len(one) == 10
    assert set(one) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert one != other


def test_an_imported_entry_has_one_key() -> None:
    """The same entry of a file gets the same key, and another incident's gets another."""

    def key(
        incident: str = "1", at: datetime = HAPPENED, text: str = "paged", author: str | None = "A"
    ) -> EntryKey:
        return imported_key(IncidentId(incident), at=at, text=text, author=author)

    assert key() == key(text="paged ")
    late = HAPPENED.replace(minute=1)
    assert len({key(), key("2"), key(at=late), key(text="paged on"), key(author=None)}) == 5


@pytest.mark.parametrize("typed", ["abcdefghij", "abcd", "ABCDe", " abcdef "])
def test_the_beginning_of_a_key_is_enough(typed: str) -> None:
    """Four characters name an entry where no other begins so, in any case."""
    entries = [an_entry("abcdefghij"), an_entry("zbcdefghij")]
    assert named_entry(entries, typed).key == "abcdefghij"


def test_a_whole_key_is_never_ambiguous() -> None:
    """An entry and its copy can both be named, although one key begins with the other."""
    entries = [an_entry("abcdefghij~1234567890"), an_entry("abcdefghij")]
    assert named_entry(entries, "abcdefghij").key == "abcdefghij"
    assert named_entry(entries, "abcdefghij~").key == "abcdefghij~1234567890"


def test_several_entries_are_listed() -> None:
    """Where several keys begin so, they are named, but for a list that nobody reads."""
    error = refused("2 entries", an_entry("abcdefghij"), an_entry("abcdzzzzzz"), key="abcd")
    assert "abcdefghij, abcdzzzzzz" in (error.hint or "")
    many = [an_entry(f"abcd{number}") for number in range(50)]
    error = refused("^50 entries begin with 'abcd'.$", *many, key="abcd")
    assert (error.hint or "").count(",") == 10


@pytest.mark.parametrize("typed", ["", "abc", "zzzzz"])
def test_what_names_nothing_is_refused(typed: str) -> None:
    """Too little, or something else, names no entry."""
    refused("is too short|has no entry", an_entry("abcdefghij"), key=typed)


keys = st.lists(
    st.text("abd:-~", min_size=4, max_size=14).map(EntryKey), min_size=1, max_size=6, unique=True
)


@given(keys)
def test_what_is_shown_names_the_entry(known: list[EntryKey]) -> None:
    """Whatever else there is, typing what the list shows finds the entry."""
    entries = [an_entry(key) for key in known]
    for key, shown in shown_keys(known).items():
        assert named_entry(entries, shown).key == key


@given(
    ours=st.sets(st.text("ab", min_size=10, max_size=10), min_size=1),
    theirs=st.sets(st.text("cd", min_size=36, max_size=36).map("dd:{}".format)),
    digests=st.sets(st.text("01", min_size=10, max_size=10)),
)
def test_no_key_that_is_shown_begins_another(
    ours: set[str], theirs: set[str], digests: set[str]
) -> None:
    """What is typed for an entry is never also the beginning of another, such as of its copy."""
    copies = {f"{min(ours)}~{digest}" for digest in digests}
    shown = shown_keys([EntryKey(key) for key in ours | theirs | copies]).values()
    assert not [(one, other) for one, other in permutations(shown, 2) if other.startswith(one)]


def test_a_key_is_shown_as_short_as_can_be() -> None:
    """Four characters are enough, of an entry from Datadog too."""
    long, copied = EntryKey("dd:43de0c06-10b2-5860-90fd-a409a8fecec6"), "abcdefghij~1234567890"
    keys = [long, EntryKey("abcdefghij"), EntryKey(copied)]
    assert list(shown_keys(keys).values()) == ["1234", "43de", "abcd"]
