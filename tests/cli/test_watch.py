"""``sync --watch``: again and again, until somebody ends it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from dd_incident_roles.cli.sync import run_repeatedly
from dd_incident_roles.errors import RecordLocked, Unreachable, UsageError
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.cli.program import PATIENCE_SECONDS, start
from tests.product import Product

LONG_PAUSE = 600.0
NO_PAUSE = 0.0


def ending(with_signal: signal.Signals, code: int) -> Callable[[], int]:
    """A run in the middle of which somebody asks for the end."""

    def once() -> int:
        os.kill(os.getpid(), with_signal)
        return code

    return once


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("code", [0, 3, 4])
def test_the_end_comes_after_the_run(with_signal: signal.Signals, code: int) -> None:
    """The run goes on to its end, no pause follows, and both signals do what they did before."""
    before = [signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)]
    assert run_repeatedly(ending(with_signal, code), LONG_PAUSE) == code
    assert [signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)] == before


def test_a_failure_is_told_and_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    """An outage or another run does not end the watch, and the last run decides on the code."""
    errors = [RecordLocked("record.sqlite3", None), Unreachable("Datadog is down.")]

    def once() -> int:
        if errors:
            raise errors.pop()
        return ending(signal.SIGTERM, 0)()

    assert run_repeatedly(once, NO_PAUSE) == 0
    said = capsys.readouterr().err
    assert "Error: Datadog is down.\n" in said
    assert "Error: Another run holds the lock on record.sqlite3.\n" in said


def test_the_last_failure_is_the_exit_code() -> None:
    """A watch that ends in a failing run ends with the code of the failure."""

    def once() -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        raise Unreachable("Datadog is down.")

    assert run_repeatedly(once, LONG_PAUSE) == 3


def test_wrong_configuration_ends_it() -> None:
    """What waiting cannot mend is not waited for."""

    def once() -> int:
        raise UsageError("It is wrong.")

    with pytest.raises(UsageError):
        run_repeatedly(once, LONG_PAUSE)


def test_sigterm_in_the_middle_of_a_sync(product: Product, sandbox: Sandbox) -> None:
    """A sync that is told to end while Datadog keeps it waiting finishes its work first."""
    sandbox.fault(FaultKind.HANG_BEFORE, path="search")
    with start("sync", "--watch", "600", **product.settings) as process:
        assert sandbox.hangs.wait_for(1, timeout_seconds=PATIENCE_SECONDS)
        process.terminate()
        sandbox.hangs.release()
        said, problems = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, problems) == (0, "")
    assert "in the record: Ana is Incident Manager" in said
    assert said.count("incidents,") == 1


def test_sigterm_in_the_pause(product: Product) -> None:
    """A sync that waits for its next turn ends at once."""
    with start("sync", "--watch", "600", **product.settings) as process:
        assert process.stdout is not None
        while "incidents," not in process.stdout.readline():
            assert process.poll() is None
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 0


def test_a_quiet_sync_speaks_only_of_news(product: Product, sandbox: Sandbox) -> None:
    """With -q, before or after the command, a run says nothing unless something was done."""
    assert "Ana is Incident Manager" in product.run("-q", "sync").stdout
    for words in (("-q", "sync"), ("sync", "--quiet"), ("sync", "-q", "--format", "json")):
        assert product.run(*words).said == ""
    sandbox.set_commander(1001, "bo@corp.example")
    assert "Bo" in product.run("sync", "-q").stdout
    sandbox.fault(FaultKind.HTML, path="/incidents/search", count=None)
    assert product.run("sync", "-q").said != ""


def test_a_quiet_sync_does_not_tell_of_another_run(product: Product) -> None:
    """That another run holds the lock is normal, and no mail each minute; the code says it."""
    product.run("sync")
    with (
        product.record() as record,
        record.run_lock(clock=lambda: datetime.now(UTC), sleep=lambda _: None),
    ):
        ran = product.run("-q", "sync")
        assert (ran.exit_code, ran.said) == (75, "")
        assert "Another run holds the lock" in product.run("sync").stderr
