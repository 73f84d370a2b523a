"""Each change of a role is told in one entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dd_incident_roles.model import Assignment, Entry, PersonKey, Source
from dd_incident_roles.roles.assign import assign, unassign
from dd_incident_roles.roles.catalogue import Holders, Role, Streams
from dd_incident_roles.roles.ledger import LedgerChange
from dd_incident_roles.timeline.role_entries import role_entry
from tests.roles.build import ADA, GRACE, LINUS, a_role, held, minute, numbered

PILOT = a_role()
PER_STREAM = a_role(streams=Streams.OPTIONAL)
CREW = a_role(Holders.MANY)


def name(person: PersonKey) -> str:
    return person.partition("@")[0].capitalize()


def told(change: LedgerChange, role: Role = PILOT) -> Entry | None:
    return role_entry(change, role, name, minute(9), "Linus")


def given(
    person: PersonKey,
    rows: Sequence[Assignment] = (),
    *,
    role: Role = PILOT,
    stream: str | None = None,
) -> LedgerChange:
    return assign(
        rows,
        role=role,
        stream=stream,
        person=person,
        now=minute(5),
        set_by="linus",
        source=Source.CLI,
        new_id=numbered(),
    )


def taken(rows: Sequence[Assignment], *, role: Role = PILOT) -> LedgerChange:
    return unassign(
        rows,
        role=role,
        person=None,
        stream=None,
        now=minute(5),
        set_by="linus",
        source=Source.CLI,
    )


def test_an_empty_role_is_taken() -> None:
    """The entry is about the interval that began: its key, and the instant of the change."""
    entry = told(given(ADA))
    assert entry is not None
    assert (entry.text, entry.key, entry.at) == ("Ada is Pilot", "role-1", minute(5))
    assert (entry.kind, entry.origin, entry.author) == ("role_change", "cli", "Linus")
    assert entry.created == minute(9)


def test_a_role_changes_hands() -> None:
    """One entry tells of both people."""
    entry = told(given(ADA, [held(GRACE)]))
    assert entry is not None
    assert entry.text == "Ada took over Pilot from Grace"


def test_two_give_way() -> None:
    """Where a handover was cut off half-way, everybody who gives way is named."""
    entry = told(given(ADA, [held(GRACE), held(LINUS, since=1)]))
    assert entry is not None
    assert entry.text == "Ada took over Pilot from Grace, Linus"


def test_a_role_of_a_stream() -> None:
    """The stream is named, and moving to one from none takes nothing over from oneself."""
    entry = told(given(ADA, [held(ADA)], role=PER_STREAM, stream="database"), PER_STREAM)
    assert entry is not None
    assert entry.text == "Ada is Pilot (database)"


def test_a_role_is_given_up() -> None:
    """The entry is about the interval that ended."""
    row = held(ADA)
    entry = told(taken([row]))
    assert entry is not None
    assert (entry.text, entry.key) == ("Ada is no longer Pilot", f"role-{row.id}-end")
    assert entry.at == minute(5)


def test_a_role_is_given_up_in_a_stream() -> None:
    """One stream is named; where several end, the role as a whole is."""
    one = told(taken([held(ADA, "database")], role=PER_STREAM), PER_STREAM)
    both = [held(ADA, "database"), held(ADA, "network")]
    all_of_them = told(taken(both, role=PER_STREAM), PER_STREAM)
    assert one is not None
    assert one.text == "Ada is no longer Pilot (database)"
    assert all_of_them is not None
    assert all_of_them.text == "Ada is no longer Pilot"


def test_a_role_is_kept_in_a_stream_alone() -> None:
    """Whoever held a role as a whole and in a stream, and keeps the stream, has not left it."""
    rows = [held(ADA), held(ADA, "database")]
    narrowed = told(given(ADA, rows, role=PER_STREAM, stream="database"), PER_STREAM)
    assert narrowed is not None
    assert narrowed.text == "Ada is no longer Pilot without a stream"


def test_a_half_made_handover_is_ended() -> None:
    """Whoever holds the role already stays, and the other one's end is told."""
    entry = told(given(ADA, [held(ADA), held(GRACE, since=1)]))
    assert entry is not None
    assert entry.text == "Grace is no longer Pilot"


def test_several_end_at_once() -> None:
    """A sentence about several people is in the plural."""
    change = taken([held(ADA)], role=CREW)
    both = replace(change, ended=(*change.ended, held(GRACE, until=5)))
    entry = told(both, CREW)
    assert entry is not None
    assert entry.text == "Ada, Grace are no longer Pilot"


def test_nothing_changed() -> None:
    """A command that finds everything in place writes no entry."""
    assert told(given(ADA, [held(ADA)])) is None
