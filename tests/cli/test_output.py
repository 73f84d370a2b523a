"""Results on a stdout that is closed, full or coloured, the log, and where every failure ends."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

import click
import pytest

from dd_incident_roles.cli.logs import set_up_logging
from dd_incident_roles.cli.opening import ProgressLine
from dd_incident_roles.cli.options import Invocation
from dd_incident_roles.cli.output import end_with
from dd_incident_roles.errors import NotHandedOver, RecordLocked, Unreachable, UsageError
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.cli.program import COMMAND, run, run_in_terminal
from tests.product import Product
from tests.report.cases import Terminal

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
def unread() -> Iterator[IO[str]]:
    """A pipe whose reader has gone away."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", closefd=True) as pipe:
        yield pipe


@pytest.mark.parametrize(("arguments", "exit_code", "buffering"), REPORTS, ids=str)
def test_a_reader_that_went_away(
    shared: Product, unread: IO[str], arguments: list[str], exit_code: int, buffering: str
) -> None:
    """A command whose output nobody reads any more is quiet, and keeps its own exit code."""
    settings = {**shared.settings, "PYTHONUNBUFFERED": BUFFERING[buffering]}
    ran = run(*arguments, settings=settings, stdout=unread)
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
    shared: Product, arguments: list[str], exit_code: int, closed: str
) -> None:
    """A command ends as it should where the shell closed its output, and leaves no trace file."""
    shell = ("/bin/sh", "-c", f'"$@" {closed}', "sh", *COMMAND)
    ran = run(*arguments, settings=shared.settings, program=shell)
    assert (ran.exit_code, ran.stdout) == (exit_code, "")
    assert "bug" not in ran.stderr


@pytest.mark.parametrize("buffering", BUFFERING)
def test_a_reader_of_errors_that_went_away(
    shared: Product, unread: IO[str], buffering: str
) -> None:
    """An error that nobody reads any more keeps its exit code."""
    settings = {**shared.settings, "PYTHONUNBUFFERED": BUFFERING[buffering]}
    ran = run("roles", "show", "none", settings=settings, stderr=unread)
    assert ran.exit_code == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is needed")
@pytest.mark.parametrize("arguments", [["roles", "list"], ["check", "--format", "json"]], ids=str)
def test_a_full_disk(shared: Product, arguments: list[str]) -> None:
    """A report that cannot be written is incomplete work, said in a sentence."""
    with Path("/dev/full").open("w") as full:
        ran = run(*arguments, settings=shared.settings, stdout=full)
    assert ran.exit_code == 3
    assert ran.stderr.startswith("Error: The result could not be written: No space left on device.")


POOR_ENCODINGS = (
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
)


def test_a_poor_encoding(product: Product, sandbox: Sandbox) -> None:
    """A stdout that cannot say everything says the rest, and the command ends as it should."""
    sandbox.add_person("zofia@corp.example", "Żofia Ошибка")
    sandbox.set_commander(1001, "zofia@corp.example")
    for settings in POOR_ENCODINGS:
        ran = run("status", "1001", settings={**product.settings, **settings})
        assert (ran.exit_code, ran.stderr) == (0, ""), settings
        assert re.search(r"Żofia Ошибка|\?ofia \?{6}", ran.stdout)


def test_an_argument_that_is_no_text(shared: Product) -> None:
    """A name that is not UTF-8 is refused like any other name that nobody has."""
    ran = run("roles", "show", os.fsdecode(b"\xff"), settings=shared.settings)
    assert ran.exit_code == 2
    assert "No role is called" in ran.stderr


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["sync", "--dry-run"], ["check"], ["roles", "list"], ["roles", "show", "im"]],
    ids=" ".join,
)
def test_documents_end_once(shared: Product, arguments: list[str]) -> None:
    """A JSON document ends in one line break, as a file of lines should."""
    document = shared.run(*arguments, "--format", "json").stdout
    assert document.endswith("}\n")
    assert document.isascii()


ESCAPE = "\x1b"
LONG = "wilhelmina.alexandrina.featherstonehaugh-cholmondeley@engineering.corp.example"


@pytest.mark.parametrize(
    ("environ", "shown"),
    [({}, f"{ESCAPE}[1;31mnobody (required)"), ({"NO_COLOR": "0"}, "nobody (required)")],
    ids=str,
)
def test_colour_on_a_terminal_of_the_system(
    shared: Product, environ: dict[str, str], shown: str
) -> None:
    """The program knows a terminal for one, and whoever sits there can still turn colour off."""
    sent = run_in_terminal("status", "1001", **{**shared.settings, **environ})
    assert shown in sent
    assert (ESCAPE in sent) == (ESCAPE in shown)


@pytest.mark.parametrize(
    ("options", "environ", "shown"),
    [
        ([], {}, f"{ESCAPE}[1;31mnobody (required)"),
        ([], {"NO_COLOR": ""}, f"{ESCAPE}[1;31mnobody (required)"),
        (["--no-color"], {}, "nobody (required)"),
        ([], {"NO_COLOR": "0"}, "nobody (required)"),
        ([], {"NO_COLOR": "please"}, "nobody (required)"),
        (["--no-color"], {"FORCE_COLOR": "1"}, "nobody (required)"),
    ],
    ids=str,
)
def test_colour_on_a_terminal(
    shared: Product, options: list[str], environ: dict[str, str], shown: str
) -> None:
    """A role that nobody holds stands out; with --no-color and any NO_COLOR nothing does."""
    screen = replace(shared, screen=Terminal)
    sent = screen.run(*options, "status", "1001", TERM="xterm-256color", **environ).stdout
    assert shown in sent
    assert (ESCAPE in sent) == (ESCAPE in shown)


@pytest.mark.parametrize("command", ["status", "sync", "check"])
def test_a_pipe_gets_plain_text(shared: Product, command: str) -> None:
    """What is not a terminal gets no escape sequence, even where colour is forced elsewhere."""
    ran = shared.run(command, FORCE_COLOR="1")
    assert "1001" in ran.stdout
    assert ESCAPE not in ran.said


def test_a_pipe_gets_whole_cells(product: Product, sandbox: Sandbox) -> None:
    """A long name is neither cut nor broken where no terminal sets the width."""
    sandbox.add_person(LONG, "Wilhelmina Featherstonehaugh-Cholmondeley")
    sandbox.set_commander(1001, LONG)
    lines = product.run("status", "1001").stdout.splitlines()
    assert "Incident Manager Wilhelmina Featherstonehaugh-Cholmondeley in sync" in [
        " ".join(line.split()) for line in lines
    ]


def test_requests_are_shown(product: Product, sandbox: Sandbox) -> None:
    """With -vv each request has a line with its outcome, without a key; else nothing is logged."""
    assert product.run("status").stderr == ""
    sandbox.forget_requests()
    ran = product.run("-vv", "assign", "1001", "im", "bo@corp.example")
    asked = [(each.method, each.path) for each in sandbox.requests.entries]
    lines = [line.split() for line in ran.stderr.splitlines() if "DEBUG" in line]
    # Those that are under way at once are told as they are answered.
    assert sorted((line[2], line[3].rstrip(":")) for line in lines) == sorted(asked)
    assert {method for method, _ in asked} == {"GET", "PATCH", "POST"}
    assert {line[1] for line in lines} == {"DEBUG"}


def test_log_lines_for_collectors(shared: Product) -> None:
    """With --log-format json every line is one JSON object with its time in UTC."""
    ran = shared.run("-vv", "--log-format", "json", "status", "1001")
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


@pytest.mark.parametrize(
    ("stream", "shown"),
    [(Terminal(), f"\r2 of 9 incidents\r{' ' * 16}\r"), (io.StringIO(), "")],
    ids=["a terminal", "a file"],
)
def test_a_long_reading_shows_how_far_it_is(stream: io.StringIO, shown: str) -> None:
    """On a terminal, after a second, and gone when the last is done."""
    times = iter([0.0, 0.5, 1.5])
    line = ProgressLine(stream, lambda: next(times))
    for done in (1, 2, 9):
        line.show(done, 9)
    assert stream.getvalue() == shown


KEY = "0123456789abcdef0123456789abcdef"


def raising(error: BaseException) -> Callable[[], int]:
    def body() -> int:
        raise error

    return body


@pytest.fixture
def traces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that traces are written to."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UsageError("It is wrong.", hint="Do this."), 2, "Error: It is wrong.\n  Do this.\n"),
        (click.ClickException("It is wrong."), 2, "Error: It is wrong.\n"),
        (Unreachable("Datadog is down."), 3, "Error: Datadog is down.\n"),
        (NotHandedOver("It stays."), 3, "Error: It stays.\n"),
        (NotHandedOver("It stays.", exit_code=75), 75, "Error: It stays.\n"),
        (
            RecordLocked("record.sqlite3", None),
            75,
            "Error: Another run holds the lock on record.sqlite3.\n  Wait and run again. The "
            "lock is released when that run ends, even if it crashes.\n",
        ),
        (KeyboardInterrupt(), 130, "Interrupted. Nothing was recorded.\n"),
        (
            # What Datadog or a file says cannot steer the terminal.
            Unreachable("It said \x1b[2Jboo.", hint="\x1b]0;title\x07Go on."),
            3,
            "Error: It said boo.\n  Go on.\n",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_a_failure_that_was_foreseen(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, said: str
) -> None:
    """A failure ends in its own exit code, with what happened and what to do on stderr."""
    assert end_with(raising(error)) == code
    assert capsys.readouterr() == ("", said)


def test_a_bug(capsys: pytest.CaptureFixture[str], traces: Path) -> None:
    """What nobody foresaw ends with 70 and one line, and its trace is in a file of its own."""
    assert end_with(lambda: 1 // 0) == 70
    said = capsys.readouterr()
    [trace] = traces.iterdir()
    assert said == (
        "",
        "This is a bug in dd-incident-roles (ZeroDivisionError). "
        f"The trace is in {trace}; please report it.\n",
    )
    assert re.search(
        r"^Traceback .*ZeroDivisionError: ", trace.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert trace.stat().st_mode & 0o777 == 0o600


def test_a_trace_without_keys(
    capsys: pytest.CaptureFixture[str], traces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trace can be passed on: a library that quotes a key is not quoted."""
    monkeypatch.setenv("DD_API_KEY", KEY)
    monkeypatch.setenv("DD_APP_KEY", KEY + "-of-the-application")
    said = f"no header may be {KEY} or {KEY}-of-the-application"
    assert end_with(raising(RuntimeError(said))) == 70
    [trace] = traces.iterdir()
    text = trace.read_text("utf-8")
    assert "RuntimeError: no header may be *** or ***\n" in text
    assert KEY not in text + capsys.readouterr().err


def test_a_trace_that_cannot_be_kept(
    capsys: pytest.CaptureFixture[str], traces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no file can be written, the bug is still one line and its exit code."""
    monkeypatch.setattr(tempfile, "tempdir", str(traces / "gone"))
    assert end_with(lambda: 1 // 0) == 70
    assert capsys.readouterr().err == (
        "This is a bug in dd-incident-roles (ZeroDivisionError). "
        "Its trace could not be kept: No such file or directory. Please report it.\n"
    )
