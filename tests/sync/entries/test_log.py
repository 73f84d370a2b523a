"""The line for programs in a footer: written, carried by Markdown, and read back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.model import EntryKey, IncidentId, PersonKey, RoleKey
from dd_incident_roles.roles.ledger import (
    Decide,
    Devise,
    DevisedRole,
    Handoff,
    HandoffOutcome,
    Locate,
    PlaceLink,
    Propose,
)
from dd_incident_roles.sync.entries.identity import with_tag, without_tag
from dd_incident_roles.sync.entries.log import (
    EntryStatement,
    RoleChanged,
    RoleHolder,
    read_line,
    write_line,
)
from tests.sync.entries.said import said_with_keys

INCIDENT = IncidentId("11111111-1111-4111-8111-111111111111")
KEY, DAN = EntryKey("role-k3f9x2"), "dan@corp.example"
AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
GIVEN = RoleChanged(
    role=RoleKey("tech_lead"),
    stream="database",
    at=AT,
    by="ana@corp.example",
    interval="k3f9x2",
    person=PersonKey(DAN),
    ended=(RoleHolder(person=PersonKey("bo@corp.example"), stream="database"),),
)


@given(said_with_keys())
def test_what_is_written_is_read(drawn: tuple[EntryKey, EntryStatement, str]) -> None:
    """Whatever names, streams and titles hold: the footer brings all of it back, on one line."""
    key, said, text = drawn
    line = write_line(said, key, INCIDENT)
    assert line.isprintable()
    tagged = without_tag(with_tag(text, key=key, author="Ana", statement=line))
    assert (tagged.text, tagged.key, tagged.author) == (text, key, "Ana")
    assert tagged.statement == line
    assert read_line(line, key, text, INCIDENT) == said


def test_it_can_be_read_by_people() -> None:
    """The line names role, stream, people and time as a person would type them."""
    assert write_line(GIVEN, KEY, INCIDENT).startswith(
        "tech_lead/database = dan@corp.example, not bo@corp.example, by ana@corp.example, "
        "at 2026-01-31T09:30:00.000000Z, v1."
    )


@pytest.mark.parametrize(
    "changed",
    [
        lambda line: line.replace("_", r"\_"),
        lambda line: line.replace(
            "dan@corp.example", "[dan@corp.example](mailto:dan@corp.example)"
        ),
        lambda line: line.replace("dan@corp.example", "<dan@corp.example>"),
        lambda line: line.replace("dan@corp.example", "<mailto:dan@corp.example>"),
        lambda line: line.replace("@", "&#64;"),
        lambda line: line.replace(", ", ",  "),
    ],
    ids=["escaped", "linked", "autolink", "mailto", "entity", "blanks"],
)
def test_renderers_do_no_harm(changed: Callable[[str], str]) -> None:
    """What an editor of Markdown makes of the line says the same."""
    assert read_line(changed(write_line(GIVEN, KEY, INCIDENT)), KEY, "", INCIDENT) == GIVEN


@given(drawn=said_with_keys(), data=st.data())
def test_an_edited_line_says_nothing(
    drawn: tuple[EntryKey, EntryStatement, str], data: st.DataObject
) -> None:
    """A letter changed, left out or added, a line cut, or one moved elsewhere."""
    key, said, text = drawn
    line = write_line(said, key, INCIDENT)
    place = data.draw(st.integers(0, len(line) - 1))
    letter = data.draw(st.sampled_from("abcxyz019@.=").filter(lambda each: each != line[place]))
    for edited in (
        line[:place] + letter + line[place + 1 :],
        line[:place] + line[place + 1 :] if line[place] != " " else line[:place],
        line[:place],
    ):
        assert read_line(edited, key, text, INCIDENT) is None
    assert read_line(line, EntryKey("role-other"), text, INCIDENT) is None
    assert read_line(line, key, text, IncidentId("another")) is None


@pytest.mark.parametrize(
    "line",
    ["", ",", "scribe", "scribe, v1.", "scribe, v2.1234abcd", "— · dd-incident-roles/x", "a" * 999],
)
def test_anything_else_says_nothing(line: str) -> None:
    """Text that no program wrote is a plain note."""
    assert read_line(line, KEY, "", INCIDENT) is None


def test_what_ends_before_it_begins_says_nothing() -> None:
    """No record could keep it, and one bad line must not stop every sync of its incident."""
    handoff = Handoff(
        id="h1",
        role=RoleKey("scribe"),
        stream=None,
        giver=None,
        receiver=PersonKey(DAN),
        proposed=AT,
        proposed_by="ana",
        expires=AT,
    )
    assert read_line(write_line(Propose(handoff=handoff), KEY, INCIDENT), KEY, "", INCIDENT) is None


@pytest.mark.parametrize(
    ("target", "where"),
    [
        ("github", "github:corp/../admin#12"),
        ("github", "jira:OPS-7"),
        ("github", "GITHUB:corp/shop#12"),
        ("github", "https://github.com/corp/shop/issues/12"),
        ("slack", "slack:"),
        ("pager", None),
    ],
)
def test_a_place_that_nobody_can_read_says_nothing(target: str, where: str | None) -> None:
    """A line whose check fits can be made by hand, and must not stop the syncs of its incident."""
    said = Locate(place=PlaceLink(target=target, where=where, url=None, stated=AT, stated_by="ana"))
    assert read_line(write_line(said, KEY, INCIDENT), KEY, "", INCIDENT) is None


def test_a_newer_version_is_ignored() -> None:
    """A line in another form is left to the programs that know it."""
    line = write_line(GIVEN, KEY, INCIDENT)
    assert read_line(line.replace(", v1.", ", v2."), KEY, "", INCIDENT) is None


@pytest.mark.parametrize(
    "said",
    [
        Decide(handoff_id="h1", outcome=HandoffOutcome.DECLINED, at=AT, by="Dan"),
        Devise(
            role=DevisedRole(
                key=RoleKey("chaos"),
                title="Chaos, Lead · <b>",
                is_single=True,
                devised=AT,
                devised_by="ana@corp.example",
                until=AT + timedelta(hours=1),
            )
        ),
    ],
    ids=["declined", "devised"],
)
def test_text_of_people_cannot_break_the_line(said: EntryStatement) -> None:
    """A comma, a dot, a tag or a line break in a name stays inside its word."""
    line = write_line(said, KEY, INCIDENT)
    assert "\u00b7" not in line
    assert "<" not in line
    assert read_line(line, KEY, "", INCIDENT) == said
