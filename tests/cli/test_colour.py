"""Colour where somebody looks at it and wants it, and nowhere else."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.server import RunningSandbox
from tests.cli.program import run_in_terminal
from tests.endtoend.product import Product

ESCAPE = "\x1b"
LONG = "wilhelmina.alexandrina.featherstonehaugh-cholmondeley@engineering.corp.example"


def test_a_terminal_gets_colour(product: Product) -> None:
    """On a terminal a role that nobody holds stands out."""
    assert f"{ESCAPE}[1;31mnobody (required)" in run_in_terminal(
        "status", "1001", **product.settings
    )


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        (["--no-color"], {}),
        ([], {"NO_COLOR": "0"}),
        ([], {"NO_COLOR": "please"}),
        (["--no-color"], {"FORCE_COLOR": "1"}),
    ],
    ids=str,
)
def test_no_colour_on_a_terminal(
    product: Product, options: list[str], settings: dict[str, str]
) -> None:
    """With --no-color, and with any NO_COLOR, not one escape sequence reaches the terminal."""
    sent = run_in_terminal(*options, "status", "1001", **{**product.settings, **settings})
    assert "nobody (required)" in sent
    assert ESCAPE not in sent


def test_an_empty_no_color_is_none(product: Product) -> None:
    """NO_COLOR without a text wishes for nothing."""
    sent = run_in_terminal("status", "1001", **product.settings, NO_COLOR="")
    assert ESCAPE in sent


@pytest.mark.parametrize("command", ["status", "sync", "check"])
def test_a_pipe_gets_plain_text(product: Product, command: str) -> None:
    """What is not a terminal gets no escape sequence, even where colour is forced elsewhere."""
    ran = product.run(command, FORCE_COLOR="1")
    assert "1001" in ran.stdout
    assert ESCAPE not in ran.said


def test_a_pipe_gets_whole_cells(product: Product, running: RunningSandbox) -> None:
    """A long name and address are neither cut nor broken where no terminal sets the width."""
    running.sandbox.add_person(LONG, "Wilhelmina Featherstonehaugh-Cholmondeley")
    running.sandbox.set_commander(1001, LONG)
    [line] = [line for line in product.run("status", "1001").stdout.splitlines() if LONG in line]
    assert line.split() == [
        *("Incident", "Manager", "Wilhelmina", "Featherstonehaugh-Cholmondeley", f"<{LONG}>"),
        *line.split()[-6:],
    ]
    assert line.rstrip().endswith("in sync")
