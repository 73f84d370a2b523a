"""What is said of a change of a role, and the brief that its next holder gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import Entry, EntryKey, Incident, IncidentId, PersonKey
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.ledger import LedgerChange
from dd_incident_roles.timeline.change_entry import LONGEST_NOTE, typed_line
from dd_incident_roles.timeline.role_entries import (
    LONGEST_LINE,
    MOST_ENTRIES,
    MOST_PROMISES,
    Brief,
    HeldRole,
    Promise,
    brief_lines,
    last_important,
    role_entry,
)
from tests.roles.build import (
    GRACE,
    MANY,
    ONE,
    ONE_PER_STREAM,
    give,
    held,
    minute,
    place,
    rows,
    take,
)
from tests.timeline.samples import NOW, an_entry

INCIDENT = IncidentId("1001")


def told(change: LedgerChange, role: Role = ONE) -> Entry | None:
    def name(person: PersonKey) -> str:
        return person.partition("@")[0].capitalize()

    return role_entry(
        INCIDENT, change, role, name, minute(59), author="Linus", by="linus@corp.example"
    )


# the role, who holds it, who is given it (None where it is taken from all), what is told
CASES = [
    (ONE, "", "ada", "Ada is Pilot"),
    (ONE, "grace", "ada", "Ada took over Pilot from Grace"),
    # where a handover was cut off half-way, everybody who gives way is named
    (ONE, "grace linus", "ada", "Ada took over Pilot from Grace, Linus"),
    # whoever holds the role already stays, and the other one's end is told
    (ONE, "ada grace", "ada", "Grace is no longer Pilot"),
    # moving to a stream from none takes nothing over from oneself
    (ONE_PER_STREAM, "ada", "ada/db", "Ada is Pilot (database)"),
    # whoever keeps the stream has not left the role
    (ONE_PER_STREAM, "ada ada/db", "ada/db", "Ada is no longer Pilot without a stream"),
    (ONE, "ada", None, "Ada is no longer Pilot"),
    (ONE_PER_STREAM, "ada/db", None, "Ada is no longer Pilot (database)"),
    (ONE_PER_STREAM, "ada/db ada/net", None, "Ada is no longer Pilot"),
    (ONE, "ada", "ada", None),
]


@pytest.mark.parametrize(("role", "before", "given", "text"), CASES)
def test_what_is_told(role: Role, before: str, given: str | None, text: str | None) -> None:
    """Who has the role now and from whom, in its stream; nothing where nothing changed."""
    asked = rows(before)
    entry = told(take(asked, role) if given is None else give(asked, role, *place(given)), role)
    assert (entry.text if entry else None) == text


def test_an_entry_is_about_the_interval_that_began() -> None:
    """It has its key, and the instant of the change."""
    entry = told(give((), ONE, GRACE))
    assert entry is not None
    assert (entry.key, entry.at, entry.created) == ("role-1", minute(30), minute(59))
    assert (entry.kind, entry.origin, entry.author) == ("role_change", "cli", "Linus")


def test_an_entry_is_about_the_interval_that_ended() -> None:
    """Where none began."""
    entry = told(take([row := held(GRACE)], ONE))
    assert entry is not None
    assert (entry.key, entry.at) == (f"role-{row.id}-end", minute(30))


def test_several_end_at_once() -> None:
    """A sentence about several people is in the plural."""
    change = take(rows("ada"), MANY)
    entry = told(replace(change, ended=(*change.ended, held(GRACE, until=5))), MANY)
    assert entry is not None
    assert entry.text == "Ada, Grace are no longer Pilot"


CHECKOUT = Incident(
    id=IncidentId("1"),
    public_id=1001,
    title="Checkout fails",
    severity="SEV-1",
    state="active",
    declared=NOW - timedelta(minutes=40),
    modified=NOW,
)
HOSTILE = "a\x1b[31mb\u202ec\nd\u200b"


def lines(now: datetime = NOW, **parts: Any) -> list[str]:
    """The brief of an incident in which nothing else is known."""
    brief = Brief(incident=CHECKOUT, roles=(), important=())
    return list(brief_lines(replace(brief, **parts), now))


def test_the_whole_of_it() -> None:
    """The note comes first, then the state, the roles, what happened, and what is promised."""
    assert lines(
        note="the database is the suspect",
        incident=replace(CHECKOUT, customer_impacted=True),
        roles=(
            HeldRole(title="Incident Manager", holders=("Bo",), required=True),
            HeldRole(title="Tech Lead", stream="database", holders=("Carol", "Dan")),
            HeldRole(title="Scribe", required=True),
            HeldRole(title="Communications Manager", stream="external", required=True),
            HeldRole(title="Backup"),
        ),
        important=(an_entry(text="rolled back"),),
        promises=(
            Promise(text="restart the database", people=("carol",), due=NOW),
            Promise(text="tell support"),
        ),
    ) == [
        "Note: the database is the suspect",
        "State: SEV-1, active, open for 40 min, customers impacted",
        "Roles: Incident Manager: Bo; Tech Lead (database): Carol, Dan",
        "Empty: Scribe, Communications Manager (external)",
        "Important so far:",
        "- 14:00 UTC rolled back",
        "Open tasks:",
        "- restart the database (carol), due 15:00 UTC",
        "- tell support",
    ]


def test_where_nothing_is_known() -> None:
    """Nothing promised and nobody in a role are said; what is not there has no heading."""
    assert lines() == [
        "State: SEV-1, active, open for 40 min",
        "Roles: nobody holds any",
        "Open tasks: none",
    ]


@pytest.mark.parametrize("unread", ["Datadog did not answer", None])
def test_tasks_that_could_not_be_read(unread: str | None) -> None:
    """That nobody knows is not that there is nothing."""
    why = unread or "the tasks could not be read"
    assert lines(promises=None, unread=unread)[-1] == f"Open tasks: not known ({why})"


@pytest.mark.parametrize(
    ("state", "age", "said"),
    [
        ("active", timedelta(seconds=-5), "open for under 1 min"),
        ("active", timedelta(seconds=59), "open for under 1 min"),
        ("active", timedelta(minutes=1), "open for 1 min"),
        ("active", timedelta(hours=2, minutes=5), "open for 2 h 5 min"),
        ("active", timedelta(hours=3), "open for 3 h"),
        ("active", timedelta(days=2, hours=3, minutes=4), "open for 2 d 3 h"),
        ("resolved", timedelta(minutes=40), "declared 40 min ago"),
    ],
)
def test_for_how_long(state: str, age: timedelta, said: str) -> None:
    """In the two largest units; of an incident that is over, when it was declared."""
    brief = lines(incident=replace(CHECKOUT, state=state, declared=NOW - age))
    assert brief[0] == f"State: SEV-1, {state}, {said}"


def test_a_time_of_another_day_has_its_day() -> None:
    """Whoever takes over at night must not take yesterday's entry for today's."""
    yesterday = NOW - timedelta(days=1)
    west = NOW.replace(hour=1).astimezone(UTC)
    assert "- 2026-01-30 15:00 UTC paged" in lines(important=(an_entry(at=yesterday),))
    assert "- 01:00 UTC paged" in lines(important=(an_entry(at=west),))
    promised = lines(promises=(Promise(text="x", due=NOW + timedelta(days=2)),))
    assert promised[-1] == "- x, due 2026-02-02 15:00 UTC"


def test_ten_entries_at_most() -> None:
    """The last ones that are marked and not deleted, oldest first."""
    entries = [
        replace(an_entry(f"entry-{number}", at=NOW - timedelta(minutes=number)), important=True)
        for number in range(12)
    ]
    gone = replace(entries[0], key=EntryKey("gone"), deleted_at=NOW)
    chosen = last_important([*entries, an_entry("plain", at=NOW), gone])
    assert chosen == (*reversed(entries[:MOST_ENTRIES]),)


def test_more_promises_than_anybody_reads() -> None:
    """The first are listed, and of the others it is said how many there are."""
    said = lines(promises=tuple(Promise(text=f"task {number}") for number in range(13)))
    assert said[-1] == "- and 3 more"
    assert len([line for line in said if line.startswith("- task")]) == MOST_PROMISES
    enough = lines(promises=tuple(Promise(text="x") for _ in range(MOST_PROMISES)))
    assert "more" not in enough[-1]


def test_long_texts_are_cut() -> None:
    """Of an entry the first line, and of that as much as fits; the timeline has the rest."""
    said = lines(
        important=(an_entry(text=f"{'x' * 300}\nsecond"), an_entry(text="first\nsecond")),
        promises=(Promise(text="y" * 300),),
    )
    assert f"- 14:00 UTC {'x' * LONGEST_LINE}…" in said
    assert "- 14:00 UTC first" in said
    assert said[-1] == f"- {'y' * LONGEST_LINE}…"


def test_hostile_text_is_harmless() -> None:
    """Whatever anybody wrote anywhere, no line has a control character or a break."""
    held = HeldRole(title=HOSTILE, stream=HOSTILE, holders=(HOSTILE,))
    said = lines(
        note=HOSTILE,
        incident=replace(CHECKOUT, severity=HOSTILE, state=HOSTILE),
        roles=(held, HeldRole(title=HOSTILE, required=True)),
        important=(an_entry(text=HOSTILE),),
        promises=(Promise(text=HOSTILE, people=(HOSTILE,)),),
    )
    text = "".join([*said, *lines(promises=None, unread=HOSTILE)])
    assert text.isprintable()
    assert not {"\u202e", "\u200b", "\x1b", "\n"} & set(text)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (None, None),
        ("", None),
        (" \n ", None),
        (" look at\nthe\x1b[2J database ", "look at the[2J database"),
        ("x" * LONGEST_NOTE, "x" * LONGEST_NOTE),
    ],
)
def test_a_note_is_one_line(typed: str | None, kept: str | None) -> None:
    """A note that breaks its line would look like a part of the brief."""
    assert typed_line(typed) == kept


def test_a_note_that_nobody_reads_is_refused() -> None:
    """It is said how long it may be, before anything is done."""
    with pytest.raises(UsageError, match="2001 characters; it can have 2000"):
        typed_line("x" * 2001)
