"""A run over many incidents in which nothing is to be done: cheap, and blind to nothing."""

from __future__ import annotations

from multiprocessing.process import BaseProcess

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from tests.endtoend.agreement import BO, CAROL, DAN, SCRIBE, Sides
from tests.product import count_statements

# One of them notes how the run ended.
MOST_STATEMENTS = 26
MOST_WITH_AUTHORS = 50


@pytest.mark.usefixtures("timeline_on")
def test_a_quiet_run_takes_few_statements(sides: Sides) -> None:
    """What a run asks of the record does not grow with the incidents that it looks at."""
    for number in range(8):
        incident = sides.sandbox.declare(f"Incident {number}", commander=CAROL)
        sides.sandbox.give_role(incident.public_id, "Scribe", CAROL)
    sides.run("sync")
    with count_statements() as few:
        sides.run("sync")
    sides.sandbox.declare("One more", commander=CAROL)
    sides.run("sync")
    with count_statements() as statements:
        sides.run("sync")
    assert len(statements) == len(few) <= MOST_STATEMENTS


@pytest.mark.usefixtures("timeline_on")
def test_authors_take_no_statement_for_each_entry(sides: Sides) -> None:
    """Many entries that name who wrote them are read with as few statements as few."""
    sides.sandbox.switch(timeline_authors="relationship")

    def statements_with(entries: int) -> int:
        for number in range(entries):
            for person in (BO, CAROL, DAN):
                sides.sandbox.add_note(1001, person, f"{person} saw {number} of {entries}.")
        sides.run("sync", "1001")
        with count_statements() as statements:
            sides.run("sync", "1001")
        return len(statements)

    assert statements_with(1) == statements_with(20) <= MOST_WITH_AUTHORS


def test_what_is_recorded_during_a_run_is_carried_by_it(sides: Sides) -> None:
    """The run read the record before, and looks again once it is through."""
    sides.sandbox.fault(FaultKind.HANG_BEFORE, path=".*/responders", count=2)
    run: BaseProcess = sides.product.start("sync")
    assert sides.sandbox.hangs.wait_for(2)
    sides.run("assign", "1001", "scribe", CAROL, "--no-sync")
    sides.sandbox.clear_faults()
    run.join(30)
    assert run.exitcode == 0
    sides.assert_agreed(SCRIBE, [CAROL])
