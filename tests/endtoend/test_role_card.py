"""Whoever takes a role gets its responsibilities, beside the one sentence that is the result."""

from __future__ import annotations

import pytest

from tests.endtoend.agreement import ANA, BO, DAN, Sides

SENTENCE = "Bo is Incident Manager of IR-1001 now, after Ana. Datadog shows it.\n"
HAND_ON = "Hand it on: dd-incident-roles handoff 1001 im --to PERSON"


def test_assign_prints_the_card_as_talk(sides: Sides) -> None:
    """The sentence alone is on stdout; title, responsibilities and command are on stderr."""
    ran = sides.product.run("assign", "1001", "im", BO)
    assert (ran.exit_code, ran.stdout) == (0, SENTENCE)
    lines = ran.stderr.splitlines()
    assert lines[:2] == ["", "Incident Manager"]
    assert sum(line.startswith("- ") for line in lines) == 6
    assert lines[-1] == HAND_ON


@pytest.mark.parametrize(
    "arguments",
    [
        ("assign", "1001", "im", ANA),
        ("unassign", "1001", "im"),
        ("assign", "1001", "im", "nobody@corp.example"),
    ],
    ids=["nothing changed", "taken away", "refused"],
)
def test_no_card_where_nobody_took_a_role(sides: Sides, arguments: tuple[str, ...]) -> None:
    """A command by which nobody takes a role says nothing of responsibilities."""
    ran = sides.product.run(*arguments)
    assert "Hand it on" not in ran.said
    assert not any(line.startswith("- ") for line in ran.said.splitlines())


def test_the_card_names_the_stream(sides: Sides) -> None:
    """A role that is taken in a stream is handed on in that stream."""
    ran = sides.product.run("assign", "1001", "tl", DAN, "--stream", "data base")
    assert "Tech Lead (data base)" in ran.stderr.splitlines()
    assert "handoff 1001 tech_lead --to PERSON --stream 'data base'" in ran.stderr


def test_what_went_wrong_comes_after_the_card(sides: Sides) -> None:
    """A role that waits in the record is taken all the same, and the error is the last word."""
    with_nobody = {"DD_INCIDENT_ROLES_API_URL": "http://127.0.0.1:9"}
    ran = sides.product.run("assign", "1001", "im", BO, **with_nobody)
    assert ran.exit_code == 3
    lines = ran.stderr.splitlines()
    error = next(number for number, line in enumerate(lines) if line.startswith("Error: "))
    assert lines.index(HAND_ON) < error


def test_roles_show_prints_the_whole_card_as_the_result(sides: Sides) -> None:
    """A role is looked up on stdout, with what the catalogue says of it besides."""
    ran = sides.product.run("roles", "show", "im")
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert sum(line.startswith("- ") for line in ran.stdout.splitlines()) == 6
    assert "In Datadog: the commander" in ran.stdout
    assert "Hand it on: dd-incident-roles handoff INCIDENT im --to PERSON" in ran.stdout
