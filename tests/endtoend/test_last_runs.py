"""How the last runs over everything ended, which a record remembers."""

from __future__ import annotations

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.store.seen import RUNS_KEPT
from dd_incident_roles.sync.result import PastRun
from tests.product import Clock, Product


def runs_of(product: Product) -> tuple[PastRun, ...]:
    with product.record() as record:
        return record.last_runs()


def test_each_run_over_everything_is_remembered(
    product: Product, sandbox: Sandbox, clock: Clock
) -> None:
    """What the last run did and when, and what failed in one that came to nothing."""
    began = clock()
    assert product.run("sync").exit_code == 0
    [run] = runs_of(product)
    assert (run.exit_code, run.is_complete, run.failures) == (0, True, {})
    assert run.incidents == len(sandbox.world.incidents)
    assert began <= run.began <= run.finished <= clock()
    clock.move(minutes=1)
    sandbox.fault(FaultKind.HTML, path="/incidents/search", count=None)
    assert product.run("sync").exit_code == 3
    failed, before = runs_of(product)
    assert before == run
    assert (failed.exit_code, failed.is_complete, failed.incidents) == (3, False, 0)
    assert failed.failures == {"datadog UnexpectedAnswer": 1}


def test_an_incident_that_fails_is_counted_by_kind(product: Product, sandbox: Sandbox) -> None:
    """Of a run over everything it is kept what failed, and nothing of what it was about."""
    sandbox.fault(FaultKind.HTML, path=".*/responders", count=None)
    assert product.run("sync").exit_code == 3
    [run] = runs_of(product)
    assert dict(run.failures) == {"datadog UnexpectedAnswer": run.incidents}


def test_what_is_no_run_over_everything_is_not_remembered(product: Product) -> None:
    """A dry run, named incidents, a query, and wrong usage leave no trace among the runs."""
    product.run("sync", "--dry-run")
    product.run("sync", "1001")
    product.run("sync", "--query", "state:active")
    assert product.run("sync", "1001", "--query", "state:active").exit_code == 2
    assert runs_of(product) == ()


def test_only_the_last_runs_are_kept(product: Product, clock: Clock) -> None:
    """The oldest makes room for the newest, and they come newest first."""
    product.run("sync")
    with product.record() as record:
        for number in range(RUNS_KEPT + 3):
            at = clock()
            record.note_run(PastRun(began=at, finished=at, exit_code=0, incidents=number))
            clock.move(seconds=30)
        numbers = [each.incidents for each in record.last_runs()]
    assert numbers == list(reversed(range(3, RUNS_KEPT + 3)))
