"""The product as somebody at a terminal has it: one record, one Datadog, and commands."""

from __future__ import annotations

import io
import json
import logging
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from dd_incident_roles.cli.main import main
from dd_incident_roles.cli.options import now
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.store.record import SqlRecord

API_KEY = "api-key-that-nobody-may-see"
APPLICATION_KEY = "application-key-that-nobody-may-see"
BUG = 70

_children = multiprocessing.get_context("forkserver")
# Loaded once in the process that children are forked from, which makes a child cost nothing.
_children.set_forkserver_preload(
    [
        *("tests.product", "dd_incident_roles.app", "dd_incident_roles.cli.assign"),
        *("dd_incident_roles.cli.jobs", "dd_incident_roles.service.worker"),
    ]
)


def hurry(_seconds: float) -> None:
    """Pause not at all: what fails in a test does so until the test says otherwise."""


class Clock:
    """A clock that tests set: as far from the right time as they say."""

    def __init__(self, **off: float) -> None:
        self.off = timedelta(**off)

    def __call__(self) -> datetime:
        """The time that it shows."""
        return datetime.now(UTC) + self.off

    def move(self, **length: float) -> None:
        """Let time pass, or set the clock."""
        self.off += timedelta(**length)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What one command came to."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def said(self) -> str:
        """Everything that it said, on either stream."""
        return self.stdout + self.stderr

    def json(self) -> Any:
        """The document on stdout."""
        return json.loads(self.stdout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Commands that share one record and one Datadog; each fails the test if it shows a key.

    ``settings`` are environment variables; those given to a command are its own and come on top.
    ``clock`` is what a command in this process goes by, and ``screen`` what it writes to. Without
    ``sleep`` it pauses between tries, and says so, as it does for a person.
    """

    store: Path
    settings: Mapping[str, str]
    clock: Callable[[], datetime] = now
    screen: Callable[[], io.StringIO] = io.StringIO
    sleep: Callable[[float], None] | None = hurry

    def run(self, *arguments: str, **settings: str) -> Ran:
        """Run a command in this process."""
        stdout, stderr = self.screen(), self.screen()
        # Not only around a test: a fixture of a whole module runs commands before its first one.
        with (
            own_logging(),
            self._environment(settings),
            redirect_stdout(stdout),
            redirect_stderr(stderr),
        ):
            exit_code = _ended(arguments, self.clock, self.sleep)
        return proper(Ran(exit_code=exit_code, stdout=stdout.getvalue(), stderr=stderr.getvalue()))

    def start(self, *arguments: str, **settings: str) -> BaseProcess:
        """Start a command in a process of its own, which can be killed."""
        environment = {**self.settings, **settings}
        child = _children.Process(target=live, args=(arguments, environment, self.clock))
        child.start()
        return child

    def beside(self, name: str) -> Product:
        """The same product with another record, which knows nothing yet."""
        store = self.store.with_name(name)
        settings = {**self.settings, "DD_INCIDENT_ROLES_STORE": str(store)}
        return replace(self, store=store, settings=settings)

    @contextmanager
    def record(self) -> Iterator[SqlRecord]:
        """The record, to look into."""
        # Not the path, which a record in PostgreSQL has not.
        store = self.settings.get("DD_INCIDENT_ROLES_STORE", str(self.store))
        with open_record(store, clock=self.clock) as record:
            yield record

    @contextmanager
    def _environment(self, settings: Mapping[str, str]) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {**self.settings, **settings}.items():
                patch.setenv(name, value)
            yield


def reaching(url: str, store: Path | str) -> dict[str, str]:
    """The environment variables of the product: keys, the Datadog at a URL, and a record."""
    return {
        "DD_API_KEY": API_KEY,
        "DD_APP_KEY": APPLICATION_KEY,
        "DD_INCIDENT_ROLES_API_URL": url,
        "DD_INCIDENT_ROLES_STORE": str(store),
    }


def closed_port() -> str:
    """The address of a port of this machine that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def own_logging() -> Iterator[None]:
    """A command sets up logging for its process, which in a test is that of the next one too."""
    logger = logging.getLogger("dd_incident_roles")
    before = (logger.level, logger.propagate, list(logger.handlers))
    try:
        yield
    finally:
        logger.level, logger.propagate, logger.handlers[:] = before


@contextmanager
def count_statements() -> Iterator[list[str]]:
    """The SQL statements of this process, but for the ends of transactions."""
    seen: list[str] = []

    def note(*given: object) -> None:
        seen.append(str(given[2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@contextmanager
def interrupt_after(table: str) -> Iterator[None]:
    """Press Ctrl-C when the first commit that adds to a table is through, and not yet noted."""
    is_written = False

    def note(*given: object) -> None:
        nonlocal is_written
        is_written = is_written or str(given[2]).startswith(f"INSERT INTO {table} ")

    def interrupt(*_: object) -> None:
        nonlocal is_written
        if is_written:
            is_written = False
            signal.raise_signal(signal.SIGINT)

    event.listen(Engine, "before_cursor_execute", note)
    event.listen(Pool, "checkin", interrupt)
    try:
        yield
    finally:
        event.remove(Pool, "checkin", interrupt)
        event.remove(Engine, "before_cursor_execute", note)


def live(
    arguments: tuple[str, ...], environment: Mapping[str, str], clock: Callable[[], datetime]
) -> None:
    """Be a command, in a process that was made for it."""
    os.environ.update(environment)
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        main(arguments, clock=clock, sleep=hurry)


def _ended(
    arguments: tuple[str, ...],
    clock: Callable[[], datetime],
    sleep: Callable[[float], None] | None,
) -> int:
    try:
        main(arguments, clock=clock, sleep=sleep)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    raise AssertionError("a command ends with an exit code")


def proper(ran: Ran) -> Ran:
    """What a command came to, which shows no key and is no bug."""
    for secret in (API_KEY, APPLICATION_KEY):
        assert secret not in ran.said
    assert "Traceback" not in ran.said
    assert ran.exit_code != BUG, ran.said
    return ran
