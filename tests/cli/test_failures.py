"""Where every failure ends: one sentence for people, one exit code for scripts."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from dd_incident_roles.cli.output import end_with
from dd_incident_roles.errors import NotHandedOver, RecordLocked, Unreachable, UsageError

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
