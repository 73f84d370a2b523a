"""Anything that an entry can say for programs, as Hypothesis draws it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from dd_incident_roles.model import EntryKey, PersonKey, RoleKey
from dd_incident_roles.roles.ledger import (
    Correct,
    Correction,
    Decide,
    Devise,
    DevisedRole,
    Handoff,
    HandoffOutcome,
    Locate,
    PlaceLink,
    Propose,
)
from dd_incident_roles.sync.entries.log import EntryStatement, RoleChanged, RoleHolder

WORDS = st.one_of(
    st.sampled_from(["nobody", "ana@corp.example", "a, b", "x/y", "100 %", "tech_lead", "— · <b>"]),
    st.text(min_size=1, max_size=12).filter(str.strip),
)
"""Names of every sort, with what the line itself is made of."""

PEOPLE = st.one_of(st.sampled_from(["ana@corp.example", "bo@corp.example"]), WORDS).map(PersonKey)
ROLES = st.one_of(st.sampled_from(["tech_lead", "scribe"]), WORDS).map(RoleKey)
STREAMS = st.one_of(st.none(), st.sampled_from(["db", "api"]), WORDS)
TIMES = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone itself
    max_value=datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
LENGTHS = st.timedeltas(min_value=timedelta(microseconds=1), max_value=timedelta(days=9))
PLACES = (
    ("github", "github:corp/shop#12"),
    ("gitlab", "gitlab:corp/ops/shop#3"),
    ("jira", "jira:OPS-7"),
    ("slack", "slack:C0123456789"),
)
IDS = st.uuids().map(str)


@st.composite
def said_with_keys(draw: st.DrawFn) -> tuple[EntryKey, EntryStatement, str]:
    """Something that is said, the key of its entry, and the text above its footer."""
    name, by, at = draw(IDS), draw(WORDS), draw(TIMES)
    role, stream = draw(ROLES), draw(STREAMS)
    match draw(st.integers(0, 5)):
        case 0:
            person = draw(st.none() | PEOPLE)
            ended = draw(st.lists(st.builds(RoleHolder, person=PEOPLE, stream=STREAMS), max_size=3))
            changed = RoleChanged(
                role=role,
                stream=stream,
                at=at,
                by=by,
                interval=name if person else None,
                person=person,
                ended=tuple(ended),
                handoff=draw(st.none() | IDS),
            )
            return EntryKey(f"role-{name}"), changed, "Dan is Tech Lead"
        case 1:
            handoff = Handoff(
                id=name,
                role=role,
                stream=stream,
                giver=draw(st.none() | PEOPLE),
                receiver=draw(PEOPLE),
                proposed=at,
                proposed_by=by,
                expires=at + draw(LENGTHS),
                note=draw(st.sampled_from([None, "The restart is running"])),
            )
            note = f"\n\nNote: {handoff.note}" if handoff.note else ""
            return EntryKey(f"handoff-{name}"), Propose(handoff=handoff), f"Bo asks Dan{note}"
        case 2:
            outcome = draw(st.sampled_from(HandoffOutcome))
            decide = Decide(handoff_id=draw(IDS), outcome=outcome, at=at, by=by)
            return EntryKey(f"handoff-{name}-end"), decide, "Dan declines"
        case 3:
            devised = DevisedRole(
                key=role,
                title=draw(WORDS),
                is_single=draw(st.booleans()),
                devised=at,
                devised_by=by,
                summary=draw(st.just("") | WORDS),
                may_hold=tuple(draw(st.lists(PEOPLE, max_size=3))),
                until=draw(st.none() | TIMES),
            )
            return EntryKey(f"devised-{name}"), Devise(role=devised), "Ana devised the role"
        case 4:
            target, where = draw(st.sampled_from(PLACES))
            place = PlaceLink(
                target=target,
                where=draw(st.none() | st.just(where)),
                url=draw(st.none() | WORDS),
                stated=at,
                stated_by=by,
            )
            return EntryKey(f"place-{name}"), Locate(place=place), "The incident issue is there"
        case _:
            since = draw(TIMES)
            correction = Correction(
                id=name,
                role=role,
                stream=stream,
                person=draw(st.none() | PEOPLE),
                since=since,
                until=since + draw(LENGTHS),
                reason="asked",
                set_by=by,
                recorded=at,
            )
            text = "Correction: Di was Scribe from 2026-01-31 09:00 to 2026-01-31 09:30 UTC: asked"
            return EntryKey(f"correction-{name}"), Correct(correction=correction), text
