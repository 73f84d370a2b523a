"""Results on a stdout that is closed, full or coloured, and the lines of the log."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from dd_incident_roles.cli.logs import set_up_logging
from dd_incident_roles.cli.opening import Invocation
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.cli.program import COMMAND, ROOT, environment, run, run_in_terminal
from tests.product import Product

REPORTS = [
    (["roles", "list"], 0, "buffered"),
    (["roles", "list"], 0, "unbuffered"),
    (["status"], 0, "buffered"),
    (["check"], 1, "unbuffered"),
    (["check", "--format", "json"], 1, "buffered"),
    (["timeline", "add", "1001", "Paged", "--no-sync"], 0, "unbuffered"),
    (["--help"], 0, "buffered"),
]
BUFFERING = {"buffered": "", "unbuffered": "1"}


@pytest.fixture
def nobody() -> Iterator[IO[str]]:
    """A pipe whose reader has gone away."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", closefd=True) as pipe:
        yield pipe


@pytest.mark.parametrize(("arguments", "exit_code", "buffering"), REPORTS, ids=str)
def test_a_reader_that_went_away(
    product: Product, nobody: IO[str], arguments: list[str], exit_code: int, buffering: str
) -> None:
    """A command whose output nobody reads any more is quiet, and keeps its own exit code."""
    ran = run(
        *arguments,
        settings={**product.settings, "PYTHONUNBUFFERED": BUFFERING[buffering]},
        stdout=nobody,
    )
    assert (ran.exit_code, ran.stderr) == (exit_code, "")


@pytest.mark.parametrize(
    ("arguments", "exit_code", "closed"),
    [
        (["roles", "list"], 0, ">&-"),
        (["status"], 0, ">&- 2>&- <&-"),
        (["roles", "show", "none"], 2, "2>&-"),
    ],
    ids=str,
)
def test_streams_that_are_closed(
    product: Product, arguments: list[str], exit_code: int, closed: str
) -> None:
    """A command ends as it should where the shell closed its output, and leaves no trace file."""
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$@" {closed}', "sh", *COMMAND, *arguments],
        env=environment(product.settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (exit_code, "")
    assert "bug" not in done.stderr


def test_a_reader_of_the_talk_that_went_away(product: Product, nobody: IO[str]) -> None:
    """An error that nobody reads any more keeps its exit code."""
    done = subprocess.run(
        [*COMMAND, "roles", "show", "none"],
        env=environment(product.settings),
        cwd=ROOT,
        stderr=nobody,
        check=False,
    )
    assert done.returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is needed")
@pytest.mark.parametrize("arguments", [["roles", "list"], ["check", "--format", "json"]], ids=str)
def test_a_full_disk(product: Product, arguments: list[str]) -> None:
    """A report that cannot be written is incomplete work, said in a sentence."""
    with Path("/dev/full").open("w") as full:
        ran = run(*arguments, settings=product.settings, stdout=full)
    assert ran.exit_code == 3
    assert ran.stderr.startswith("Error: The result could not be written: No space left on device.")


@pytest.mark.parametrize(
    "settings",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=str,
)
def test_a_poor_encoding(
    product: Product, running: RunningSandbox, settings: dict[str, str]
) -> None:
    """A stdout that cannot say everything says the rest, and the command ends as it should."""
    running.sandbox.add_person("zofia@corp.example", "Żofia Ошибка")
    running.sandbox.set_commander(1001, "zofia@corp.example")
    ran = run("status", "1001", settings={**product.settings, **settings})
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert re.search(r"(Żofia Ошибка|\?ofia \?{6}) <zofia@corp.example>", ran.stdout)


def test_an_argument_that_is_no_text(product: Product) -> None:
    """A name that is not UTF-8 is refused like any other name that nobody has."""
    ran = run("roles", "show", os.fsdecode(b"\xff"), settings=product.settings)
    assert ran.exit_code == 2
    assert "No role is called" in ran.stderr


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["sync", "--dry-run"], ["check"], ["roles", "list"], ["roles", "show", "im"]],
    ids=" ".join,
)
def test_documents_end_once(product: Product, arguments: list[str]) -> None:
    """A JSON document ends in one line break, as a file of lines should."""
    document = product.run(*arguments, "--format", "json").stdout
    assert document.endswith("}\n")
    assert document.isascii()


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


def test_nothing_is_logged_by_itself(product: Product) -> None:
    """A command that goes well says nothing on stderr."""
    assert product.run("status").stderr == ""


def test_requests_are_shown(product: Product, running: RunningSandbox) -> None:
    """With -vv each request has a line with its outcome, and none has a key."""
    ran = product.run("-vv", "assign", "1001", "im", "bo@corp.example")
    asked = [(each.method, each.path) for each in running.sandbox.requests.entries]
    lines = [line.split() for line in ran.stderr.splitlines() if "DEBUG" in line]
    assert [(line[2], line[3].rstrip(":")) for line in lines] == asked
    assert {method for method, _ in asked} == {"GET", "PATCH", "POST"}
    assert {line[1] for line in lines} == {"DEBUG"}


def test_log_lines_for_collectors(product: Product) -> None:
    """With --log-format json every line is one JSON object with its time in UTC."""
    ran = product.run("-vv", "--log-format", "json", "status", "1001")
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    assert lines
    for line in lines:
        assert set(line) == {"at", "level", "logger", "message"}
        assert line["at"].endswith("Z")
    assert any(line["message"].startswith("GET /api/v2/incidents") for line in lines)


def test_a_line_is_written_once() -> None:
    """A watch that sets its log up for each of its runs does not repeat the lines."""
    stream = io.StringIO()
    for _ in range(3):
        set_up_logging(Invocation(verbosity=2), stream)
    logging.getLogger("dd_incident_roles.datadog").debug("asked")
    assert [line.split()[1:] for line in stream.getvalue().splitlines()] == [["DEBUG", "asked"]]
