"""The scheduled job over HTTP: what it leaves unread, and what that must not lose."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.sandbox.world import CALLER_ID, ORG_ID, Moves
from dd_incident_roles.sync.skip import ENOUGH, ChangeKind, Part
from tests.endtoend.agreement import ANA, BO, CAROL, Sides
from tests.endtoend.checks import policy_file
from tests.endtoend.trackers import GitlabDesk, write_people
from tests.learned import EVERY_KIND, source_of, trust
from tests.product import Clock, Product, Ran

NUMBERS = range(1001, 1009)


@dataclass(frozen=True, slots=True)
class Job(Sides):
    """A job that runs every minute over eight incidents of which each has two holders."""

    clock: Clock

    def trust(self, kinds: Iterable[ChangeKind] = EVERY_KIND) -> None:
        """Let the job have learned that these kinds of change show in the search."""
        trust(self.product, self.clock(), kinds)

    def minute(self, *arguments: str, **settings: str) -> Ran:
        """One run of the job, a minute after the last one."""
        self.clock.move(minutes=1)
        self.sandbox.forget_requests()
        return self.product.run("sync", *arguments, "--format", "json", **settings)

    def minutes(self, count: int) -> list[Ran]:
        """Some runs of the job, one after another."""
        return [self.minute() for _ in range(count)]

    @property
    def asked(self) -> Counter[str]:
        """How often the last run read what."""
        return Counter(_part(each.path) for each in self.sandbox.requests.entries)

    def notes(self, public_id: int) -> list[str]:
        """The texts of the timeline in the record."""
        with self.product.record() as record:
            return [each.text for each in record.entries(self.incident_id(public_id))]


def _part(path: str) -> str:
    path = path.partition("?")[0]
    for name in ("search", "responders", "timeline", "role_assignments"):
        if name in path:
            return name
    return "incident" if re.search(r"/incidents/[^/]+$", path) else path


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    """Timelines too, unlike in the other tests here."""
    return {**settings, "DD_INCIDENT_ROLES_TIMELINE": "auto"}


@pytest.fixture
def running(clock: Clock) -> Iterator[RunningSandbox]:
    """A Datadog with eight incidents that are hours old."""
    sandbox = Sandbox(clock=clock)
    for name in ("Ana", "Bo", "Carol"):
        sandbox.add_person(f"{name.lower()}@corp.example", name)
    for role in ("Scribe", "Tech Lead"):
        sandbox.define_role(role, is_single=role == "Scribe")
    for number in NUMBERS:
        sandbox.declare(f"Incident {number}", commander=ANA, public_id=number)
        sandbox.give_role(number, "Scribe", BO)
        sandbox.add_note(number, BO, "We look into it")
    with RunningSandbox(sandbox) as running:
        yield running


@pytest.fixture
def job(product: Product, sandbox: Sandbox, clock: Clock) -> Job:
    """The job after its first runs, when there is nothing left to do."""
    job = Job(product, sandbox, clock)
    clock.move(hours=2)
    # The first takes in, the second finds that both sides agree, and the third how often it runs.
    job.minutes(3)
    return job


def test_a_quiet_run_reads_an_eighth(job: Job) -> None:
    """Once all kinds of change are trusted, each incident is read every eight minutes."""
    job.trust()
    for ran in job.minutes(4):
        assert (ran.exit_code, ran.json()["changes"]) == (0, [])
        assert (ran.json()["incidents"], ran.json()["left_unread"]) == (8, 7)
        assert job.asked["incident"] == job.asked["responders"] == job.asked["search"] == 1


def test_what_people_write_in_an_issue_is_carried_by_the_same_run(
    job: Job, tmp_path: Path, settings: dict[str, str]
) -> None:
    """The issue of an incident that is left unread is read, and Datadog written."""
    issue = GitlabDesk(job.sandbox, settings["DD_INCIDENT_ROLES_API_URL"])
    issue.open()
    people = str(write_people(tmp_path / "people.yaml"))
    settings.update(issue.settings, DD_INCIDENT_ROLES_PEOPLE=people)
    assert job.product.run("link", "1003", issue.place).exit_code == 0
    job.minutes(3)
    job.trust()
    for said in ("first", "second"):
        job.minutes(2)
        issue.comment(said)
        job.minute()
        assert sum(said in each for each in job.sandbox.notes(1003)) == 1


@pytest.mark.parametrize("part", Part)
def test_what_is_not_trusted_is_asked_for_in_every_run(job: Job, part: Part) -> None:
    """The row of the search replaces the incident itself, and trust the other part."""
    other, path = {
        Part.ROLES: ("timeline", "responders"),
        Part.ENTRIES: ("responders", "timeline"),
    }[part]
    job.trust(kind for kind in EVERY_KIND if kind.part != part)
    job.minute()
    assert job.asked["incident"] == 1
    assert job.asked[other] < 3
    assert job.asked[path] >= len(NUMBERS)
    # And what it shows is taken in by the same run.
    if part is Part.ROLES:
        job.sandbox.switch(modified_moves_with=[])
        job.sandbox.give_role(1003, "Tech Lead", ANA)
        job.minute()
        assert job.recorded("tech_lead", 1003) == [ANA]
    else:
        job.sandbox.switch(modified_moves_with=[])
        job.sandbox.add_note(1003, BO, "The disk is full")
        job.minute()
        assert "The disk is full" in job.notes(1003)


def first_note(sandbox: Sandbox, public_id: int) -> str:
    """The id of the note with which an incident begins."""
    return next(each.id for each in sandbox.cells(public_id) if each.is_note)


def act_on_everything(sandbox: Sandbox) -> None:
    """What people do in Datadog in one minute, a kind of change for each incident."""
    sandbox.give_role(1001, "Tech Lead", CAROL)
    sandbox.take_role(1002, "Scribe", BO)
    sandbox.add_note(1003, BO, "A note")
    sandbox.add_note(1004, CAROL, "A note of somebody new")
    sandbox.edit_note(1005, first_note(sandbox, 1005), "We know more")
    sandbox.delete_note(1006, first_note(sandbox, 1006))
    sandbox.set_commander(1007, CAROL)
    sandbox.set_severity(1008, "SEV-1")


def assert_taken_in(job: Job) -> None:
    """The record has all of what they did."""
    assert job.recorded("tech_lead", 1001) == [CAROL]
    assert job.recorded("scribe", 1002) == []
    assert "A note" in job.notes(1003)
    assert "A note of somebody new" in job.notes(1004)
    assert "We know more" in job.notes(1005)
    assert "We look into it" not in job.notes(1006)
    assert job.recorded("incident_manager", 1007) == [CAROL]
    with job.product.record() as record:
        seen = record.incident(job.incident_id(1008))
    assert seen is not None
    assert seen.severity == "SEV-1"


@pytest.mark.parametrize(
    ("moves", "lags"),
    [
        ((Moves.NOTES, Moves.ROLES), False),
        ((), True),
    ],
    ids=str,
)
def test_what_others_do_arrives_within_the_cap(
    job: Job, moves: tuple[Moves, ...], lags: bool
) -> None:
    """Holes 1, 5 and 6: also where trust was won by chance, and where the search shows nothing."""
    job.trust()
    job.sandbox.switch(modified_moves_with=moves)
    job.minute()
    if lags:
        job.sandbox.search_lags()
    act_on_everything(job.sandbox)
    # Two more, because what is missing has to be missing twice.
    for ran in job.minutes(11):
        assert ran.exit_code == 0
    assert_taken_in(job)


def test_who_runs_the_job_and_how_fast_changes_nothing(job: Job) -> None:
    """Only what a reading is judged by makes the last ones void."""
    job.trust()
    job.minute()
    hands = {"ME": "bo@corp.example", "CONCURRENCY": "3", "TIMEOUT": "20", "INCIDENT": "1001"}
    settings = {f"DD_INCIDENT_ROLES_{name}": value for name, value in hands.items()}
    assert job.minute(**settings).json()["left_unread"] == 7
    assert job.minute(DD_INCIDENT_ROLES_ISSUE_PUBLIC="allow").json()["left_unread"] == 0


def test_whatever_else_is_typed_reads_everything(job: Job) -> None:
    """Hole 20: only the job without names leaves anything unread."""
    job.trust()
    job.minute()
    for arguments in (
        ("status",),
        ("check",),
        ("sync", "--dry-run"),
        ("sync", *map(str, NUMBERS)),
        ("sync", "--query", "state:active"),
        ("sync", "--retry-refused"),
    ):
        job.sandbox.forget_requests()
        job.product.run(*arguments)
        assert job.asked["incident"] == job.asked["responders"] == len(NUMBERS), arguments
        assert job.asked["timeline"] >= len(NUMBERS), arguments


def test_what_waits_goes_with_the_next_run(job: Job) -> None:
    """Hole 13: an incident in which something was recorded is never left unread."""
    job.trust()
    job.minute()
    job.run("timeline", "add", "1004", "From here", "--no-sync")
    assert job.minute().json()["requests"]["POST"] == 1
    assert any("From here" in each for each in job.sandbox.notes(1004))


def test_what_was_refused_is_told_by_every_run(job: Job) -> None:
    """Hole 13: a write that Datadog refused rests, and the incident does not."""
    job.trust()
    job.minute()
    job.run("timeline", "add", "1004", "From here", "--no-sync")
    refusal = {"path": ".*/timeline", "method": "POST", "status": 422, "count": None}
    job.sandbox.fault(FaultKind.STATUS_BEFORE, **refusal)
    told = [len(ran.json()["refused_writes"]) for ran in job.minutes(4)]
    assert told == [1] * 4


def test_what_the_guard_holds_back_is_told_by_every_run(job: Job) -> None:
    """Hole 13: a plan that was refused does not count as a reading."""
    job.trust()
    for number in range(60):
        job.sandbox.add_note(1002, BO, f"Note {number}")
    job.minutes(2)
    for cell in [each.id for each in job.sandbox.cells(1002) if each.is_note]:
        job.sandbox.delete_note(1002, cell)
    codes = [ran.exit_code for ran in job.minutes(5)]
    assert 4 in codes
    assert codes[codes.index(4) :] == [4] * (len(codes) - codes.index(4))


def test_a_reading_that_failed_is_made_again(job: Job) -> None:
    """Hole 12: half a reading is none, whatever the search shows."""
    job.trust()
    job.minute()
    job.sandbox.fault(FaultKind.HTML, path=".*/timeline", count=None)
    failed = job.minute()
    assert failed.exit_code == 3
    assert job.minute().exit_code == 3
    job.sandbox.clear_faults()
    ran = job.minute()
    assert (ran.exit_code, ran.json()["left_unread"]) == (0, 5)


def test_another_configuration_reads_everything_once(job: Job) -> None:
    """Hole 16: what was judged by other roles, people or rules is judged anew."""
    job.trust()
    job.minute()
    told = {"DD_INCIDENT_ROLES_SERVICE_ACCOUNTS": "robot@corp.example"}
    assert job.minute(**told).json()["left_unread"] == 0
    assert job.minute(**told).json()["left_unread"] == 7


def test_a_record_that_was_put_back_misses_nothing(job: Job) -> None:
    """Hole 17: the reading is as old as what it brought, so the row differs, or the cap is over."""
    job.trust()
    job.minute()
    copy = job.product.store.read_bytes()
    act_on_everything(job.sandbox)
    job.minutes(2)
    job.product.store.write_bytes(copy)
    job.minutes(3)
    assert_taken_in(job)


def test_a_holder_of_a_moment_is_told_by_the_timeline(job: Job) -> None:
    """Hole 19: nobody saw Ana hold it, but Datadog noted it, and the record has the note."""
    job.trust()
    job.sandbox.switch(modified_moves_with=[])
    job.sandbox.give_role(1001, "Tech Lead", ANA)
    job.sandbox.take_role(1001, "Tech Lead", ANA)
    job.minutes(9)
    assert job.recorded("tech_lead", 1001) == []
    with job.product.record() as record:
        entries = record.entries(job.incident_id(1001))
    assert [each.kind for each in entries].count("role_change") >= 2


def test_a_timeline_that_appears_is_read_everywhere(job: Job) -> None:
    """Hole 21: once one incident shows it, the others are due."""
    job.sandbox.switch(timeline="403")
    job.clock.move(days=2)
    job.minutes(3)
    job.trust()
    job.sandbox.switch(timeline="on")
    job.clock.move(minutes=11)
    job.minutes(2)
    with job.product.record() as record:
        saw = {each.saw for each in record.last_readings("datadog").of.values()}
    assert saw == {(Part.ENTRIES, Part.ROLES)}


def test_what_readings_teach_is_told_by_status(job: Job) -> None:
    """Holes 2 and 3: changes of others count, one at a time, and one counter-example ends trust."""
    trust(job.product, job.clock(), EVERY_KIND, examples=ENOUGH - 1)
    box = job.sandbox
    box.give_role(1001, "Tech Lead", ANA)
    box.take_role(1002, "Scribe", BO)
    box.add_note(1003, BO, "A note")
    box.edit_note(1005, first_note(box, 1005), "We know more")
    box.delete_note(1006, first_note(box, 1006))
    # Neither of two at once counts, be the other a role or the severity.
    box.add_note(1007, BO, "A note")
    box.give_role(1007, "Tech Lead", ANA)
    box.add_note(1008, BO, "A note")
    box.set_severity(1008, "SEV-1")
    job.minute()
    told = job.run("status", "-v").stderr
    assert "Roles are read by sync when the search shows a change, and every 8 minutes" in told
    assert "Seen to show: create (datadog) 10 of 10; edit (datadog) 10" in told
    assert "delete 10 of 10" in told
    assert told.count("10 of 10") == len(EVERY_KIND)
    # Hole 18: what holds for one account is not known to hold for another.
    with job.product.record() as record:
        source = source_of(job.product)
        assert len(record.evidence(source)) == len(EVERY_KIND)
        assert record.evidence(source.replace(CALLER_ID, ORG_ID)) == ()
    # Ours do not count.
    job.run("timeline", "add", "1001", "From here")
    job.minute()
    job.sandbox.switch(modified_moves_with=[])
    job.sandbox.add_note(1002, BO, "It did not move")
    job.minutes(2)
    assert "create (datadog) 0 of 10, not at " in job.run("status", "-v").stderr


def test_clocks_go_on_in_an_incident_that_is_left_unread(job: Job, tmp_path: Path) -> None:
    """Hole 15: a finding of time alone is told although nothing was read."""
    policy = policy_file(tmp_path, note_in_timeline="warning")
    job.sandbox.set_severity(1002, "SEV-1")
    job.minutes(4)
    job.trust()

    def told() -> bool:
        return any("Tech Lead" in each and "(IR010)" in each for each in job.sandbox.notes(1002))

    # A required role may be empty for ten minutes; the last run leaves the incident unread.
    assert not any(job.minute(**policy).exit_code or told() for _ in range(2))
    job.clock.move(minutes=4)
    job.minute(**policy)
    assert told()
