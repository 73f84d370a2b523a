"""What the guard holds back in one incident stops nothing else, over HTTP and with a clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from dd_incident_roles.application import Application
from dd_incident_roles.commands.assign import assign_role, unassign_role
from dd_incident_roles.commands.check import gather
from dd_incident_roles.commands.handoff import hand_off
from dd_incident_roles.commands.sync import sync_incidents
from dd_incident_roles.commands.timeline import (
    add_to_timeline,
    carry_import,
    delete_from_timeline,
    prepare_import,
)
from dd_incident_roles.model import IncidentId
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.plan import SyncResult

ANA, BO, CAROL, DAN, EVE = (f"{name}@corp.example" for name in ("ana", "bo", "carol", "dan", "eve"))
HELD_BACK = 4
NOTES = 5
ROLES = {"Scribe": CAROL, "Tech Lead": BO, "First Responder": BO, "Customer Support Lead": EVE}


@dataclass(slots=True)
class Clocked:
    """The product with a clock that moves by hand, beside a local Datadog."""

    application: Application
    sandbox: Sandbox
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def sync(self, *, minutes: float = 0, allow_deletes: int | None = None) -> SyncResult:
        """Let some minutes pass and run as the scheduled job does, over all open incidents."""
        self.at += timedelta(minutes=minutes)
        return sync_incidents(self.application, (), allow_deletes=allow_deletes)

    def texts(self, number: int) -> list[str]:
        """The entries that the record holds of an incident."""
        entries = self.record.entries(self.id_of(number))
        return sorted(entry.text for entry in entries if entry.deleted_at is None)

    def held(self, number: int, role: str) -> set[str]:
        """Who holds a role by the record."""
        rows = self.record.assignments(self.id_of(number))
        return {row.person for row in rows if row.role == role and row.is_open}

    def assign(self, roles: Mapping[str, str], *, lead: str | None = None) -> None:
        """Give people roles by command, the Tech Lead's in a stream where one is named."""
        for title, email in roles.items():
            stream = lead if title == "Tech Lead" else None
            assign_role(self.application, "1001", title, email, stream=stream)

    @property
    def only_here(self) -> Application:
        """The product with ``--no-sync``."""
        return replace(self.application, only_here=True)

    @property
    def record(self) -> SqlRecord:
        return self.application.record

    def id_of(self, number: int = 1001) -> IncidentId:
        return IncidentId(self.sandbox.incident(number).id)


@pytest.fixture
def clocked(application: Application, sandbox: Sandbox) -> Clocked:
    """A record in agreement with Datadog, and a clock."""
    made = Clocked(application, sandbox)
    made.application = replace(application, clock=lambda: made.at)
    assert made.sync().exit_code == 0
    return made


def lose_notes(clocked: Clocked) -> list[str]:
    """Four of five notes of IR-1001 are deleted in Datadog; returns what they said."""
    cells = [clocked.sandbox.add_note(1001, BO, f"note {each}") for each in range(NOTES)]
    assert clocked.sync().exit_code == 0
    for cell in cells[1:]:
        clocked.sandbox.delete_note(1001, cell)
    assert clocked.sync(minutes=1).exit_code == 0
    return [f"note {each}" for each in range(1, NOTES)]


def test_one_incident_in_doubt_holds_up_no_other(clocked: Clocked) -> None:
    """Held back in one, the other synced, and let through by itself once it stood half an hour."""
    lost = lose_notes(clocked)
    clocked.sandbox.add_note(1001, EVE, "written meanwhile")
    clocked.sandbox.set_commander(1002, DAN)
    clocked.sandbox.give_role(1001, "Scribe", CAROL)

    result = clocked.sync(minutes=6)
    assert result.exit_code == HELD_BACK
    [refusal] = result.refused
    assert (refusal.public_id, refusal.flag) == (1001, "--allow-deletes 4")
    assert clocked.held(1002, "incident_manager") == {DAN}
    assert clocked.held(1001, "scribe") == {CAROL}
    assert set(lost) < set(clocked.texts(1001))
    assert "written meanwhile" in clocked.texts(1001)

    assert clocked.sync(minutes=22).exit_code == HELD_BACK
    assert set(lost) < set(clocked.texts(1001))
    assert clocked.sync(minutes=3).exit_code == 0
    assert not set(lost) & set(clocked.texts(1001))
    archived = clocked.record.archived(refusal.incident_id)
    assert sorted(each.entry.text for each in archived) == lost
    assert clocked.sync(minutes=1).exit_code == 0


def test_an_absence_that_ends_begins_again(clocked: Clocked) -> None:
    """Half an hour counts from the first look of an unbroken row of looks."""
    lose_notes(clocked)
    state = clocked.record.state(clocked.id_of(), "datadog")
    [missing] = {link.missing_since for link in state.timeline.links if link.missing_since}
    [refusal] = clocked.sync(minutes=6).refused
    assert refusal.by_itself == missing + timedelta(minutes=30)


def test_roles_that_are_released_while_an_incident_winds_down(clocked: Clocked) -> None:
    """They stay with their holders for half an hour, and the commander's change is followed."""
    clocked.assign(ROLES)
    for title, email in ROLES.items():
        clocked.sandbox.take_role(1001, title, email)
    assert clocked.sync(minutes=1).exit_code == 0
    clocked.sandbox.set_commander(1001, DAN)
    assert clocked.sync(minutes=6).exit_code == HELD_BACK
    assert clocked.held(1001, "incident_manager") == {DAN}
    assert clocked.held(1001, "tech_lead") == {BO}
    assert clocked.sync(minutes=25).exit_code == 0
    assert clocked.held(1001, "tech_lead") == set()
    assert clocked.sandbox.requests.writes()[-1].method != "DELETE"


def test_commands_in_an_incident_whose_guard_holds_something_back(clocked: Clocked) -> None:
    """A role, a handoff and a note reach Datadog; the exit code tells of what is held back."""
    product = clocked.application
    lost = lose_notes(clocked)
    assert clocked.sync(minutes=6).exit_code == HELD_BACK
    changed = assign_role(product, "1001", "Scribe", CAROL)
    assert changed.exit_code == HELD_BACK
    assert clocked.sandbox.holders(1001, "Scribe") == [CAROL]
    assert add_to_timeline(product, "1001", "typed meanwhile").carried.exit_code == HELD_BACK
    assert "typed meanwhile" in "\n".join(clocked.sandbox.notes(1001))
    handed = hand_off(product, "1001", "im", DAN, reason="asleep")
    assert handed.exit_code == HELD_BACK
    assert clocked.sandbox.commander(1001) == DAN
    assert clocked.held(1001, "incident_manager") == {DAN}
    assert set(lost) < set(clocked.texts(1001))


def test_what_a_command_takes_away_is_its_own_permission(clocked: Clocked) -> None:
    """Five roles were given up here and wait for the flag; the sixth, by command, goes at once."""
    backup = "Backup Incident Manager"
    clocked.assign({**ROLES, backup: DAN})
    for title in ROLES:
        unassign_role(clocked.only_here, "1001", title, None)
    assert clocked.sync().exit_code == HELD_BACK
    unassign_role(clocked.application, "1001", backup, None)
    assert clocked.sandbox.holders(1001, backup) == []
    assert {title: clocked.sandbox.holders(1001, title) for title in ROLES} == {
        title: [email] for title, email in ROLES.items()
    }
    assert clocked.sync(minutes=120).exit_code == HELD_BACK
    assert clocked.sync(allow_deletes=len(ROLES)).exit_code == 0
    assert not any(clocked.sandbox.holders(1001, title) for title in ROLES)


def test_entries_that_are_deleted_here_wait_for_the_flag(clocked: Clocked) -> None:
    """A removal in Datadog never goes by itself; one by command goes at once."""
    for each in range(NOTES + 1):
        add_to_timeline(clocked.application, "1001", f"ours {each}")
    entries = clocked.record.entries(clocked.id_of())
    keys = [entry.key for entry in entries if entry.text.startswith("ours")]
    for key in keys[1:]:
        delete_from_timeline(clocked.only_here, "1001", key)
    assert clocked.sync(minutes=120).exit_code == HELD_BACK
    shown = len(clocked.sandbox.notes(1001))
    delete_from_timeline(clocked.application, "1001", keys[0])
    assert len(clocked.sandbox.notes(1001)) == shown - 1
    assert clocked.sync(allow_deletes=NOTES).exit_code == 0
    assert clocked.sandbox.notes(1001) == []


def test_notes_that_an_import_recorded_are_no_loop(clocked: Clocked) -> None:
    """However many a person took in, and whenever they are sent: they are wanted."""
    begin = clocked.at - timedelta(minutes=100)
    lines = [
        f"- {begin + timedelta(minutes=each):%Y-%m-%d %H:%M} note {each}" for each in range(60)
    ]
    text, product = "\n".join(lines), clocked.only_here
    prepared = prepare_import(product, "1001", text, file="notes.md", zone=UTC)
    carry_import(product, prepared)
    assert clocked.sync().exit_code == 0
    assert len(clocked.sandbox.notes(1001)) == len(lines)


def test_a_listing_that_contradicts_itself_ends_nothing(clocked: Clocked) -> None:
    """No responders at all beside a commander, who is one: no role ends, and no stream is lost."""
    clocked.assign(ROLES, lead="database")
    before = clocked.record.assignments(clocked.id_of())
    clocked.sandbox.switch(responders_lost=True)
    clocked.sandbox.set_commander(1002, DAN)
    clocked.sandbox.add_note(1001, BO, "written meanwhile")
    for _ in range(3):
        assert clocked.sync(minutes=20).exit_code == 3
    assert clocked.record.assignments(clocked.id_of()) == before
    assert clocked.held(1002, "incident_manager") == {DAN}
    assert "written meanwhile" in clocked.texts(1001)
    gathered = gather(clocked.application, ["1001"], query=None)
    assert [each.incident for each in gathered.unread] == [1001]
    changed = assign_role(clocked.application, "1001", "Scribe", DAN)
    assert changed.exit_code == 3
    assert clocked.sandbox.holders(1001, "Scribe") == [CAROL]
    clocked.sandbox.switch(responders_lost=False)
    assert clocked.sync(minutes=1).exit_code == 0
    assert clocked.sandbox.holders(1001, "Scribe") == [DAN]
    assert clocked.held(1001, "tech_lead") == {BO}
