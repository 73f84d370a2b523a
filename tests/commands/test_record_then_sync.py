"""Recording a change and carrying it on, next to others who do the same."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from dd_incident_roles.application import Application
from dd_incident_roles.commands.assign import assign_role, unassign_role
from dd_incident_roles.commands.record_then_sync import TURN_WAIT_SECONDS
from dd_incident_roles.commands.sync import sync_incidents
from dd_incident_roles.commands.timeline import add_to_timeline, delete_from_timeline, edit_timeline
from dd_incident_roles.errors import RecordChanged
from dd_incident_roles.model import Entry, IncidentId
from dd_incident_roles.patience import begin
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sync.run import run
from tests.commands.stepped_record import shared

CAROL = "carol@corp.example"


def add(application: Application, text: str) -> Entry:
    """Type ``timeline add --no-sync``."""
    here = replace(application, only_here=True)
    return add_to_timeline(here, "1001", text).carried.change.entry


def recorded(application: Application, sandbox: Sandbox) -> list[str]:
    entries = application.record.entries(IncidentId(sandbox.incident(1001).id))
    return sorted(entry.text for entry in entries if entry.deleted_at is None)


def test_two_writers_lose_nothing(application: Application, sandbox: Sandbox) -> None:
    """Whoever is slower decides again from what the record then holds."""
    with shared(application, lambda: add(application, "theirs")) as slower:
        add(slower, "ours")
    assert recorded(application, sandbox) == ["ours", "theirs"]


def test_an_edit_meets_an_edit(application: Application, sandbox: Sandbox) -> None:
    """The later edit stands, and the archive has the earlier one."""
    entry = add(application, "first")

    here = replace(application, only_here=True)
    theirs = partial(edit_timeline, here, "1001", entry.key, "theirs")
    with shared(here, theirs) as slower:
        edit_timeline(slower, "1001", entry.key, "ours")
    archived = application.record.archived(IncidentId(sandbox.incident(1001).id))
    assert [each.entry.text for each in archived] == ["first", "theirs"]
    assert recorded(application, sandbox) == ["ours"]


def test_a_record_that_never_rests(application: Application, sandbox: Sandbox) -> None:
    """After a few attempts the command gives up, and has recorded nothing."""
    others = [lambda: add(application, "theirs")] * 9
    with shared(application, *others) as slower, pytest.raises(RecordChanged):
        add(slower, "ours")
    assert "ours" not in recorded(application, sandbox)


def test_a_sync_that_is_quicker_stops_no_command(
    application: Application, sandbox: Sandbox
) -> None:
    """What Datadog shows is taken in by somebody else meanwhile; ours is written all the same.

    The first commit of the command is the one that takes in what Datadog shows.
    """
    sandbox.add_note(1001, "bo@corp.example", "there")
    with shared(application, lambda: add_to_timeline(application, "1001", "theirs")) as slower:
        add_to_timeline(slower, "1001", "ours")
    assert recorded(application, sandbox) == ["ours", "theirs", "there"]
    assert len(sandbox.notes(1001)) == 3


def test_what_another_process_wrote_meanwhile_is_read_again(
    application: Application, rival: Application, sandbox: Sandbox
) -> None:
    """A reading from before it wrote would have its entry be missing in Datadog."""
    add_to_timeline(application, "1001", "before")
    sandbox.add_note(1001, "bo@corp.example", "there")
    # The first commit is that of our entry, and the second takes in what Datadog shows.
    others = [lambda: None, lambda: add_to_timeline(rival, "1001", "theirs")]
    with shared(application, *others) as slower:
        add_to_timeline(slower, "1001", "ours")
    state = application.record.state(IncidentId(sandbox.incident(1001).id), "datadog")
    assert [link.missing_since for link in state.timeline.links] == [None] * 4
    assert recorded(application, sandbox) == ["before", "ours", "theirs", "there"]
    assert len(sandbox.notes(1001)) == 4


def test_what_another_process_takes_away_while_the_incident_is_read(
    application: Application, rival: Application, sandbox: Sandbox
) -> None:
    """Parts are answered in any order: roles from before it, in an incident from after it."""
    assign_role(application, "1001", "scribe", CAROL)
    sandbox.fault(FaultKind.HANG_AFTER, method="GET", path="/responders")
    sandbox.fault(FaultKind.HANG_BEFORE, method="GET", path=r"/incidents/[^/]+\?")
    ours = begin(lambda: sync_incidents(application, ["1001"]))
    assert sandbox.hangs.wait_for(2)
    unassign_role(rival, "1001", "scribe", None)
    sandbox.set_commander(1001, CAROL)
    sandbox.hangs.release()
    assert ours().exit_code == 0
    rows = application.record.assignments(IncidentId(sandbox.incident(1001).id))
    assert [row.person for row in rows if row.role == "scribe" and row.is_open] == []


def test_a_run_holds_up_nobody(application: Application, sandbox: Sandbox) -> None:
    """People do not queue behind a run over other incidents."""
    with application.record.run_lock(clock=application.clock):
        add_to_timeline(application, "1001", "ours")
    assert len(sandbox.notes(1001)) == 1


def test_somebody_else_has_the_turn(application: Application, sandbox: Sandbox) -> None:
    """The change waits in the record, and the command says so with exit code 3."""
    add_to_timeline(application, "1001", "before")
    pauses: list[float] = []
    impatient = replace(application, sleep=pauses.append)
    with application.turn(IncidentId(sandbox.incident(1001).id)):
        changed = add_to_timeline(impatient, "1001", "ours")
    assert changed.carried.exit_code == 3
    assert sum(pauses) >= TURN_WAIT_SECONDS
    assert recorded(application, sandbox) == ["before", "ours"]
    assert len(sandbox.notes(1001)) == 1


def test_a_command_takes_in_nothing_that_the_guard_holds_back(
    application: Application, sandbox: Sandbox
) -> None:
    """An emptied Datadog empties no record because somebody happens to write an entry."""
    cells = [sandbox.add_note(1001, "bo@corp.example", f"note {number}") for number in range(12)]
    sync_incidents(application, ["1001"])
    for cell in cells:
        sandbox.delete_note(1001, cell)
    sync_incidents(application, ["1001"])
    assert add_to_timeline(application, "1001", "ours").carried.exit_code == 4
    assert len(recorded(application, sandbox)) == 13
    assert len(sandbox.notes(1001)) == 1


def test_a_deletion_right_after_an_addition(application: Application, sandbox: Sandbox) -> None:
    """What was never sent leaves no trace in Datadog."""
    entry = add(application, "slip")
    delete_from_timeline(application, "1001", entry.key)
    assert recorded(application, sandbox) == sandbox.notes(1001) == []


def test_a_run_comes_after_whoever_has_the_turn(application: Application, sandbox: Sandbox) -> None:
    """What a command wrote while a run waited for its turn is seen, and not written again."""
    add_to_timeline(application, "1001", "before")
    add(application, "ours")
    incident_id = IncidentId(sandbox.incident(1001).id)
    pauses: list[float] = []
    turn = application.turn(incident_id)
    turn.__enter__()

    def command_ends(seconds: float) -> None:
        pauses.append(seconds)
        run([incident_id], target=target, record=record, options=application.run_options())
        turn.__exit__(None, None, None)

    target, record = application.target, application.record
    patient = replace(application, sleep=command_ends)
    result = sync_incidents(patient, ["1001"])
    assert result.exit_code == 0
    assert len(pauses) == 1
    assert len(sandbox.notes(1001)) == 2
