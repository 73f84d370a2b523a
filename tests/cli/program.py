"""The program as a process of its own, where that is what a test is about."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tests.product import Ran, proper

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "dd_incident_roles")
PATIENCE_SECONDS = 60
HEAVY = frozenset(
    {
        *("alembic", "pydantic", "requests", "rich"),
        *("sqlalchemy", "sqlite3", "starlette", "urllib3", "uvicorn", "yaml"),
    }
)
"""What a help text can do without."""


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of this test, with settings on top."""
    return {**os.environ, **settings}


def run(
    *arguments: str,
    settings: Mapping[str, str],
    stdout: int | IO[str] = subprocess.PIPE,
    stderr: int | IO[str] = subprocess.PIPE,
    program: Sequence[str] = COMMAND,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Ran:
    """Run the program to its end, with settings in its environment."""
    done = subprocess.run(
        [*program, *arguments],
        env=environment(settings),
        cwd=ROOT,
        stdout=stdout,
        stderr=stderr,
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=patience_seconds,
    )
    ran = Ran(exit_code=done.returncode, stdout=done.stdout or "", stderr=done.stderr or "")
    return proper(ran)


def start(*arguments: str, **settings: str) -> subprocess.Popen[str]:
    """Start the program and leave it running."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment({"PYTHONUNBUFFERED": "1", **settings}),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_in_terminal(*arguments: str, **settings: str) -> str:
    """Run the program with a terminal for its stdout and stderr; what that terminal was sent."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment({"TERM": "xterm-256color", **settings}),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        sent = _everything(ours)
        process.wait(PATIENCE_SECONDS)
    os.close(ours)
    return sent.decode()


def _everything(descriptor: int) -> bytes:
    sent = b""
    while True:
        try:
            part = os.read(descriptor, 65_536)
        except OSError:
            # So Linux says that nobody has the other end any more.
            return sent
        if not part:
            return sent
        sent += part
