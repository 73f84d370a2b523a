"""The roles in a description are ours, and every byte around them is people's."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.issues.texts import block_of, roster_block, with_block, without_block
from dd_incident_roles.model import Person, PersonKey, RoleKey
from dd_incident_roles.sync.place import RosterRow

TARGETS = ("github", "gitlab", "jira")
URL = "https://app.datadoghq.com/incidents/1001"


def row(title: str, *names: str, stream: str | None = None, required: bool = False) -> RosterRow:
    """A role with these holders."""
    people = tuple(Person(key=PersonKey(name), name=name) for name in names)
    return RosterRow(
        role=RoleKey("any"), title=title, short="A", stream=stream, people=people, required=required
    )


def block(target: str, *names: str) -> str:
    """The block of an incident with one role."""
    return roster_block(
        target, number=1001, url=URL, roster=[row("Incident Manager", *names, required=True)]
    )


def test_the_block_shows_who_holds_which_role() -> None:
    """Empty roles that are required are shown, and nobody is called by it."""
    shown = roster_block(
        "github",
        number=1001,
        url=URL,
        roster=[
            row("Incident Manager", "Ana | @all\n<!--", required=True),
            row("Tech Lead", "Bo", "Cy", stream="db"),
            row("Scribe", required=True),
            row("First Responder"),
        ],
    )
    assert shown.splitlines()[1:-2] == [
        f"**Roles of [IR-1001]({URL})**",
        "",
        "| Role | Who |",
        "|---|---|",
        "| Incident Manager | Ana \\| @\u2060all <\u2060!-- |",
        "| Tech Lead (db) | Bo, Cy |",
        "| Scribe | \u2013 |",
    ]
    assert "- Incident Manager: Ana\n" in block("jira", "Ana")


PARTS = [
    *("text\n", "\r\n", "\n", "```\n", "~~~\n", "> ", "  "),
    *(line for target in TARGETS for line in (block(target).split("\n")[0] + "\n",)),
    *(line for target in TARGETS for line in (block(target).split("\n")[-1] + "\n",)),
    *(f"{block(target, 'Old')}\n" for target in TARGETS),
    block("github", "Old").replace("\n", "\r\n") + "\r\n",
]
DESCRIPTIONS = st.one_of(
    st.text(max_size=40), st.lists(st.sampled_from(PARTS), max_size=8).map("".join)
)


@pytest.mark.parametrize("target", TARGETS)
@given(description=DESCRIPTIONS)
def test_the_surroundings_stay_byte_for_byte(target: str, description: str) -> None:
    """Only our block changes, a second time changes nothing, and the block is found again."""
    new = block(target, "New")
    result = with_block(target, description, new)
    assert block_of(target, result) == new
    assert with_block(target, result, new) == result
    old = block_of(target, description)
    if old is None:
        assert result == (f"{new}\n\n{description}" if description else new)
        assert without_block(target, result) == description
    else:
        # The lines of what stands there may end in different ways.
        written = re.compile(re.escape(old).replace("\\\n", "\r?\n"))
        assert any(
            result == description[: found.start()] + new + description[found.end() :]
            for found in written.finditer(description)
        )


def test_a_quotation_in_a_code_fence_is_not_the_block() -> None:
    """Somebody who explains the marks keeps the explanation."""
    quoted = f"```\n{block('github', 'Old')}\n```\n"
    assert block_of("github", quoted) is None
    assert with_block("github", quoted, block("github", "New")).endswith(quoted)


def test_a_block_with_other_line_ends_is_not_written_again() -> None:
    """A tracker that changes line ends causes no write in each run."""
    shown = f"Words\r\n{block('github', 'Ana')}\r\nMore".replace("\r\n", "\n").replace("\n", "\r\n")
    assert with_block("github", shown, block("github", "Ana")) == shown
