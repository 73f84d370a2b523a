"""Keys that people can type, and what they may leave out of them."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import EntryKey, IncidentId
from dd_incident_roles.timeline.keys import imported_key, named_entry, new_key, shown_keys
from tests.timeline.samples import HAPPENED, an_entry

INCIDENT = IncidentId("11111111-1111-4111-8111-111111111111")


def test_a_new_key_is_short_and_its_own() -> None:
    """Ten characters that are easily typed, another ten for another id."""
    one, other = new_key(str(uuid4())), new_key(str(uuid4()))
    assert len(one) == 10
    assert set(one) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert one != other


def test_an_imported_entry_has_one_key() -> None:
    """The same entry of a file gets the same key, and another incident's gets another."""
    key = imported_key(INCIDENT, at=HAPPENED, text="paged", author="Ana")
    assert key == imported_key(INCIDENT, at=HAPPENED, text="paged ", author="Ana")
    other = IncidentId("22222222-2222-4222-8222-222222222222")
    differing = {
        imported_key(other, at=HAPPENED, text="paged", author="Ana"),
        imported_key(INCIDENT, at=HAPPENED.replace(minute=1), text="paged", author="Ana"),
        imported_key(INCIDENT, at=HAPPENED, text="paged again", author="Ana"),
        imported_key(INCIDENT, at=HAPPENED, text="paged", author=None),
    }
    assert len({key, *differing}) == 5


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
    """Where several keys begin so, they are all named."""
    entries = [an_entry("abcdefghij"), an_entry("abcdzzzzzz")]
    with pytest.raises(UsageError) as caught:
        named_entry(entries, "abcd")
    assert caught.value.hint is not None
    assert "abcdefghij, abcdzzzzzz" in caught.value.hint


def test_a_long_list_ends() -> None:
    """Hundreds of candidates are not listed."""
    with pytest.raises(UsageError) as caught:
        named_entry([an_entry(f"abcd{number}") for number in range(50)], "abcd")
    assert caught.value.message == "50 entries begin with 'abcd'."
    assert (caught.value.hint or "").count(",") == 10


@pytest.mark.parametrize("typed", ["", "abc", "zzzzz"])
def test_what_names_nothing_is_refused(typed: str) -> None:
    """Too little, or something else, names no entry."""
    with pytest.raises(UsageError):
        named_entry([an_entry("abcdefghij")], typed)


keys = st.lists(
    st.text("abd:-~", min_size=4, max_size=14).map(EntryKey), min_size=1, max_size=6, unique=True
)


@given(keys)
def test_what_is_shown_names_the_entry(known: list[EntryKey]) -> None:
    """Whatever else there is, typing what the list shows finds the entry."""
    entries = [an_entry(key) for key in known]
    for key, shown in shown_keys(known).items():
        assert named_entry(entries, shown).key == key


def test_a_long_key_is_shown_short() -> None:
    """The key of an entry from Datadog takes no more room than one of ours."""
    [shown] = shown_keys([EntryKey("dd:43de0c06-10b2-5860-90fd-a409a8fecec6")]).values()
    assert shown == "dd:43de0c0"
