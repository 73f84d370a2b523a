"""Bringing what entries tell into a record: Datadog stands above it, and once is enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.model import Assignment, EntryKey, PersonKey, RoleKey, Source
from dd_incident_roles.roles.ledger import Correct, Correction, Handoff, HandoffOutcome, Propose
from dd_incident_roles.sync.entries.fold import Heard, Picture, fold, restore
from dd_incident_roles.sync.entries.log import EntryStatement, RoleChanged, RoleHolder
from dd_incident_roles.sync.state import IncidentState, replay
from dd_incident_roles.sync.targets import RoleListing

AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
BO, CAROL = PersonKey("bo@corp.example"), PersonKey("carol@corp.example")
LEAD, SCRIBE = RoleKey("tech_lead"), RoleKey("scribe")
EMPTY = IncidentState(version=0)


def minutes(number: float) -> datetime:
    """Some minutes after the beginning."""
    return AT + timedelta(minutes=number)


def listing(*people: PersonKey) -> RoleListing:
    """Datadog shows these as Tech Leads, and cannot show a Scribe."""
    return RoleListing(
        holders={LEAD: frozenset(people)},
        via={LEAD: "role"},
        single=frozenset(),
        unsupported={SCRIBE: "Datadog has no such role"},
    )


def row(name: str, person: PersonKey, **parts: Any) -> Assignment:
    """An interval of a Tech Lead for the database, which began with the incident."""
    known: dict[str, Any] = {
        "role": LEAD,
        "stream": "db",
        "since": AT,
        "until": None,
        "set_by": "ana",
        "source": Source.CLI,
        **parts,
    }
    return Assignment(id=name, person=person, **known)


def restored(picture: Picture, shown: RoleListing, state: IncidentState = EMPTY) -> IncidentState:
    """The record afterwards; a second time there is nothing to do."""
    after = replay(state, tuple(restore(state, picture, shown)))
    assert tuple(restore(after, picture, shown)) == ()
    return after


def test_an_interval_that_datadog_shows_is_opened() -> None:
    """With its stream, its beginning, and who gave it."""
    told = row("i1", BO)
    assert restored(Picture(assignments=(told,)), listing(BO)).assignments == (told,)


def test_nobody_holds_a_role_by_a_line_alone() -> None:
    """Where Datadog shows somebody else, or nobody, the interval is not opened."""
    told = Picture(assignments=(row("i1", BO),))
    assert restored(told, listing(CAROL)).assignments == ()
    assert restored(told, listing()).assignments == ()


def test_a_role_that_datadog_cannot_show_follows_the_lines() -> None:
    """There they are all that is known; one that Datadog was not read for waits."""
    told = row("i1", BO, role=SCRIBE, stream=None)
    picture = Picture(assignments=(told,))
    assert restored(picture, listing()).assignments == (told,)
    unread = replace(listing(), unsupported={}, unread=frozenset({SCRIBE}))
    assert restored(picture, unread).assignments == ()


def test_a_guess_is_put_right() -> None:
    """What the record made of Datadog alone gets its stream and beginning, and stays one row."""
    guess = row("g", BO, stream=None, since=minutes(9), source=Source.DATADOG, set_by="datadog")
    state = replace(EMPTY, assignments=(guess,))
    [after] = restored(Picture(assignments=(row("i1", BO),)), listing(BO), state).assignments
    assert after == row("g", BO)


def test_an_end_is_believed_where_datadog_agrees() -> None:
    """What another record ended stays open while Datadog still shows it."""
    state = replace(EMPTY, assignments=(row("i1", BO),))
    ended = row("i1", BO, until=minutes(5), ended_by="ana", ended_source=Source.CLI)
    picture = Picture(assignments=(ended,))
    assert restored(picture, listing(BO), state).assignments == state.assignments
    assert restored(picture, listing(), state).assignments == (ended,)


def test_who_holds_the_role_again_gave_it_up_before() -> None:
    """A record that slept through the change of hands learns of it, and has both intervals."""
    first = row("i1", BO, until=minutes(5), ended_by="carol", ended_source=Source.CLI)
    again = row("i3", BO, since=minutes(9))
    picture = Picture(assignments=(first, again))
    asleep = replace(EMPTY, assignments=(row("i1", BO),))
    assert restored(picture, listing(BO), asleep).assignments == (first, again)


def test_who_held_the_role_all_the_time_here_is_not_given_it_again() -> None:
    """A record that saw no gap in Datadog keeps its interval, which began before the line."""
    seen = row("i0", BO, source=Source.DATADOG)
    told = Picture(assignments=(row("i1", BO, since=minutes(5)),))
    known = replace(EMPTY, assignments=(seen,))
    assert restored(told, listing(BO), known).assignments == (seen,)


def test_a_role_given_twice_began_with_the_first() -> None:
    """Two machines gave it to one person, neither knowing of the other: it is one holding."""
    here = row("i2", BO, since=minutes(4), set_by="carol")
    state = replace(EMPTY, assignments=(here,))
    told = Picture(assignments=(row("i1", BO),))
    assert restored(told, listing(BO), state).assignments == (row("i2", BO),)


def test_a_new_holder_ends_what_the_target_no_longer_shows() -> None:
    """One person holds the role: the line says since when, so the one before ended then."""
    before = row("i1", BO, stream=None)
    told = Picture(assignments=(row("i2", CAROL, stream=None, since=minutes(4)),))
    shown = replace(listing(CAROL), single=frozenset({LEAD}))
    after = restored(told, shown, replace(EMPTY, assignments=(before,))).assignments
    gone = replace(before, until=minutes(4), ended_by="ana", ended_source=Source.CLI)
    assert after == (gone, *told.assignments)
    # Where the target still shows both, or cannot show the role, nobody is ended by a line.
    both = replace(listing(BO, CAROL), single=frozenset({LEAD}))
    for unclear in (both, replace(shown, holders={}, unsupported={LEAD: "no such role"})):
        kept = restored(told, unclear, replace(EMPTY, assignments=(before,)))
        assert all(each.is_open for each in kept.assignments)


def test_who_gave_up_what_they_got_in_datadog_is_believed_at_once() -> None:
    """The line says when; without it two listings without them would have to say so."""
    before = row("g", BO, stream=None, since=minutes(1), source=Source.DATADOG, set_by="datadog")
    state = replace(EMPTY, assignments=(before,))
    said = RoleChanged(
        role=LEAD,
        stream=None,
        at=minutes(4),
        by="ana",
        interval="i2",
        person=CAROL,
        ended=(RoleHolder(person=BO, stream=None),),
    )
    picture = fold([Heard(key=EntryKey("role-i2"), said=said, author=None)])
    bo, carol = restored(picture, listing(CAROL), state).assignments
    assert (bo.until, bo.ended_by, carol.person) == (minutes(4), "ana", CAROL)
    assert restored(picture, listing(BO), state).assignments == (before,)
    later = replace(before, since=minutes(5))
    kept = restored(picture, listing(CAROL), replace(EMPTY, assignments=(later,)))
    assert later in kept.assignments


def test_an_end_without_a_beginning_undoes_no_interval_that_is_known() -> None:
    """One line ended what another began, and a third names the same person once more."""
    here = row("g", BO, stream=None, since=minutes(5), source=Source.DATADOG, set_by="datadog")
    gone = (RoleHolder(person=BO, stream=None),)
    given: dict[str, Any] = {"role": LEAD, "stream": None, "by": "ana"}
    said = (
        RoleChanged(**given, at=minutes(4), interval="i1", person=BO),
        RoleChanged(**given, at=minutes(6), ended=gone),
        RoleChanged(**given, at=minutes(7), interval="i2", person=CAROL, ended=gone),
    )
    heard = [
        Heard(key=EntryKey(f"role-{n}"), said=each, author=None) for n, each in enumerate(said)
    ]
    state = replace(EMPTY, assignments=(here,))
    bo, _carol = restored(fold(heard), listing(CAROL), state).assignments
    assert (bo.since, bo.until) == (minutes(4), minutes(6))


def test_every_record_has_the_end_that_the_lines_tell() -> None:
    """Two machines ended it: the first end counts, but not over one that the target showed."""
    told = row("i1", BO, until=minutes(5), ended_by="ana", ended_source=Source.CLI)
    later = replace(told, until=minutes(7), ended_by="carol")
    seen = replace(later, ended_by="datadog", ended_source=Source.DATADOG)
    for own, wanted in ((later, told), (seen, seen)):
        state = replace(EMPTY, assignments=(own,))
        assert restored(Picture(assignments=(told,)), listing(), state).assignments == (wanted,)


def asked(name: str, at: float, **parts: Any) -> Handoff:
    """That Bo was asked to take over the database."""
    known: dict[str, Any] = {
        "role": LEAD,
        "stream": "db",
        "giver": None,
        "receiver": BO,
        "proposed": minutes(at),
        "proposed_by": "ana",
        "expires": minutes(at + 10),
        **parts,
    }
    return Handoff(id=name, **known)


def test_of_two_open_handoffs_the_later_counts() -> None:
    """Only one can wait for a stream: whichever record asked later is the one that is answered."""
    first, second = asked("h1", 0), asked("h2", 1)
    for own, told in ((first, second), (second, first)):
        state = replace(EMPTY, handoffs=(own,))
        after = {
            each.id: each for each in restored(Picture(handoffs=(told,)), listing(), state).handoffs
        }
        assert after["h1"].outcome is HandoffOutcome.SUPERSEDED
        assert after["h2"].is_open


def test_an_answer_elsewhere_ends_it_here() -> None:
    """And what was decided here is not opened again by a line that does not know of it."""
    ended = asked("h1", 0, outcome=HandoffOutcome.DECLINED, decided=minutes(2), decided_by="bo")
    state = replace(EMPTY, handoffs=(asked("h1", 0),))
    assert restored(Picture(handoffs=(ended,)), listing(), state).handoffs == (ended,)
    here = replace(EMPTY, handoffs=(ended,))
    assert restored(Picture(handoffs=(asked("h1", 0),)), listing(), here).handoffs == (ended,)


PEOPLE, STREAMS = st.sampled_from([BO, CAROL]), st.sampled_from([None, "db", "api"])


@st.composite
def lines(draw: st.DrawFn) -> list[tuple[EntryKey, EntryStatement]]:
    """Anything that several records say of two roles, at moments of their own."""
    said: list[tuple[EntryKey, EntryStatement]] = []
    for number in range(draw(st.integers(0, 6))):
        at, stream = minutes(draw(st.integers(0, 20))), draw(STREAMS)
        role, person = draw(st.sampled_from([LEAD, SCRIBE])), draw(PEOPLE)
        ended = tuple(RoleHolder(person=each, stream=stream) for each in draw(st.sets(PEOPLE)))
        match draw(st.integers(0, 2)):
            case 0:
                each: EntryStatement = RoleChanged(
                    role=role,
                    stream=stream,
                    at=at,
                    by="ana",
                    interval=f"i{number}",
                    person=person,
                    ended=ended,
                )
            case 1:
                each = Propose(
                    handoff=asked(
                        f"h{number}",
                        0,
                        role=role,
                        stream=stream,
                        receiver=person,
                        proposed=at,
                        expires=at + timedelta(minutes=9),
                    )
                )
            case _:
                each = Correct(
                    correction=Correction(
                        id=f"c{number}",
                        role=role,
                        stream=stream,
                        person=person,
                        since=AT,
                        until=minutes(1),
                        reason="asked",
                        set_by="ana",
                        recorded=at,
                    )
                )
        said.append((EntryKey(f"k{number}"), each))
    return said


@given(said=lines(), shown=st.sets(PEOPLE), data=st.data())
def test_records_agree_whatever_they_heard_first(
    said: list[tuple[EntryKey, EntryStatement]], shown: set[PersonKey], data: st.DataObject
) -> None:
    """One that heard a part first and one that heard all at once hold the same open things."""
    heard = [Heard(key=key, said=each, author=None) for key, each in said]
    part = (
        data.draw(st.lists(st.sampled_from(heard), unique_by=lambda each: each.key))
        if heard
        else []
    )
    at_once = restored(fold(heard), listing(*shown))
    in_parts = restored(fold(heard), listing(*shown), restored(fold(part), listing(*shown)))
    assert open_things(in_parts) == open_things(at_once)
    assert set(in_parts.corrections) == set(at_once.corrections)
    for row_ in at_once.assignments:
        assert not row_.is_open or row_.role == SCRIBE or row_.person in shown


def open_things(state: IncidentState) -> object:
    """Who holds what in which stream, and which handoffs wait."""
    held = {(each.role, each.stream, each.person) for each in state.assignments if each.is_open}
    return held, {each.id for each in state.handoffs if each.is_open}
