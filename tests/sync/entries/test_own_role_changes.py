"""What Datadog notes about a change that we made and told ourselves is not told twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from dd_incident_roles.model import Entry, EntryKey, Person, PersonKey
from dd_incident_roles.sync.entries.identity import ROLE_CHANGE
from dd_incident_roles.sync.entries.pair import NEAR, pair, without_own_role_changes
from dd_incident_roles.sync.state import EntryState
from dd_incident_roles.sync.targets import RemoteEntry

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
PEOPLE = tuple(
    Person(key=PersonKey(f"{name.casefold()}@corp.example"), name=name)
    for name in ("Ana", "Bo", "Carol")
)
STRANGE = Person(key=PersonKey("eve@corp.example"), name="Eve\n\x1b[31mRoles\u202e")
BLANK = Person(key=PersonKey("dan@corp.example"), name="\u202e")
TOOK_OVER = "Bo took over Incident Manager from Ana"
BRIEF = f"{TOOK_OVER}\n\nNote: Carol is Scribe"


def theirs(text: str, *, after: timedelta = timedelta(seconds=1)) -> RemoteEntry:
    """What Datadog noted by itself."""
    at = AT + after
    return RemoteEntry(
        id="cell", at=at, created=at, modified=at, text=text, author=None, kind=ROLE_CHANGE
    )


def left_of(
    entry: Entry, listed: tuple[RemoteEntry, ...], people: Collection[Person]
) -> tuple[RemoteEntry, ...]:
    """What of Datadog's is shown beside an entry of ours."""
    pairs = pair(EntryState(entries=(entry,)), listed, now=AT, grace=timedelta(minutes=5))
    left = without_own_role_changes(pairs, people)
    return tuple(each.remote for each in left if each.remote)


# what ours says, what Datadog's says, and whether it tells something else
CASES: Mapping[str, tuple[str, str, bool]] = {
    "the same": (TOOK_OVER, "Incident Commander: Ana → Bo", False),
    "the same, above a brief": (BRIEF, "Incident Commander: Ana → Bo", False),
    "somebody of the brief": (BRIEF, "Incident Commander: Bo → Carol", True),
    "a role of the brief": (BRIEF, "Scribe: nobody → Bo", True),
    "another person": (TOOK_OVER, "Incident Commander: Ana → Carol", True),
    "nobody whom we know": (TOOK_OVER, "Incident Commander: Zed", True),
    "a name that breaks its line": (
        "Eve [31mRoles took over Incident Manager from Ana",
        f"Incident Commander: Ana → {STRANGE.name}",
        False,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_told_already(name: str) -> None:
    """It is about the same role and the same people, by the first line of ours alone."""
    ours, text, is_news = CASES[name]
    entry = Entry(key=EntryKey("role-1"), at=AT, created=AT, text=ours, kind=ROLE_CHANGE)
    listed = (theirs(text),)
    assert left_of(entry, listed, (*PEOPLE, STRANGE, BLANK)) == (listed if is_news else ())


@pytest.mark.parametrize(("after", "is_news"), [(NEAR, False), (NEAR * 2, True)])
def test_what_happened_later_is_another_change(after: timedelta, is_news: bool) -> None:
    """Both are near each other in time."""
    entry = Entry(key=EntryKey("role-1"), at=AT, created=AT, text=TOOK_OVER, kind=ROLE_CHANGE)
    listed = (theirs("Incident Commander: Ana → Bo", after=after),)
    assert left_of(entry, listed, PEOPLE) == (listed if is_news else ())
