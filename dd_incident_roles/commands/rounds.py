"""A round of the workers: which incidents it is about, and the sync of each by itself.

It decides and does what ``sync`` without names does, but for the run: nothing lasts longer than one
incident, and each can be worked on by another process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from dd_incident_roles.application import Application
from dd_incident_roles.commands.naming import Selection
from dd_incident_roles.commands.skipping import as_decided, find_unshown, let_rest, note_unshown
from dd_incident_roles.commands.sync import Choice, Run, choose
from dd_incident_roles.errors import IncidentRolesError, OutOfTime, RateLimited, RecordLocked
from dd_incident_roles.model import IncidentId
from dd_incident_roles.sync.plan import Failure, IncidentResult, PastRun, SyncResult
from dd_incident_roles.sync.run import RunStopped
from dd_incident_roles.sync.skip import Decision, Depth, Part, SearchRow, Why
from dd_incident_roles.sync.skipping import Skipping
from dd_incident_roles.values import frozen

TURN_SECONDS: Final = 1.0
"""How long a worker waits for an incident that another program writes about."""

FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(minutes=1)
LOCKED_PAUSE: Final = timedelta(seconds=2)

Arguments = dict[str, Any]
"""A task as the queue keeps it, in JSON."""


@frozen
class Found:
    """What a round found out about an incident: how much of it is to be read.

    ``round`` is when it began. ``row`` is how the search shows the incident, if it does.
    """

    round: datetime
    decision: Decision
    row: SearchRow | None = None


@frozen
class Task:
    """One incident to be synced; without what a round ``found`` something else hinted at it.

    It ``waits`` if something is to be carried to Datadog although it is closed, and is ``lost`` if
    Datadog did not show it when last asked. One that is ``remembered`` may be gone. ``tries`` is
    how often it failed, and ``failed`` how, in names of systems and kinds of error.
    """

    incident_id: IncidentId
    found: Found | None = None
    waits: bool = False
    lost: bool = False
    remembered: bool = False
    tries: int = 0
    failed: tuple[str, ...] = ()

    @property
    def arguments(self) -> Arguments:
        """The task as the queue keeps it."""
        found = self.found
        row = found.row if found else None
        return {
            "incident": self.incident_id,
            "round": found.round.isoformat() if found else None,
            "depth": str(found.decision.depth) if found else None,
            "why": found.decision.why.name if found else None,
            "parts": sorted(found.decision.parts) if found else [],
            "row": [row.mark, row.modified.isoformat(), row.can_have_roles] if row else None,
            "waits": self.waits,
            "lost": self.lost,
            "remembered": self.remembered,
            "tries": self.tries,
            "failed": list(self.failed),
        }

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Task:
        """The task of what the queue kept."""
        found = None
        if given["round"]:
            row = None
            if given["row"]:
                mark, modified, can_have_roles = given["row"]
                row = SearchRow(
                    mark=mark,
                    modified=datetime.fromisoformat(modified),
                    can_have_roles=can_have_roles,
                )
            decision = Decision(
                depth=Depth(given["depth"]),
                why=Why[given["why"]],
                parts=frozenset(map(Part, given["parts"])),
            )
            began = datetime.fromisoformat(given["round"])
            found = Found(round=began, decision=decision, row=row)
        return cls(
            incident_id=IncidentId(given["incident"]),
            found=found,
            waits=given["waits"],
            lost=given["lost"],
            remembered=given["remembered"],
            tries=given["tries"],
            failed=tuple(given["failed"]),
        )


@frozen
class Round:
    """What one look at everything came to: tasks, those first that were read the longest ago.

    ``left`` are the incidents that nothing has to be done about.
    """

    began: datetime
    tasks: tuple[Task, ...]
    left: tuple[IncidentResult, ...] = ()

    @property
    def incidents(self) -> int:
        """How many incidents it is about."""
        return len(self.tasks) + len(self.left)


def find_tasks(application: Application) -> Round:
    """Search for the open incidents, and decide which of them are to be read.

    Raises DatadogError where they cannot be searched for.
    """
    record = application.record
    choice = replace(
        choose(application, (), None, dry_run=False), unshown=find_unshown(application)
    )
    skipping = choice.what_to_leave(application)
    decisions = dict(skipping.decisions)
    left = tuple(_left(application, skipping, each) for each in skipping.quiet)
    run = Run(application, choice, application.run_options())
    # Time goes by in what is left unread as well.
    for each in run.judge(skipping, SyncResult(dry_run=False, incidents=left)):
        decisions[each] = Decision(depth=Depth.WHOLE, why=Why.CHANGED_HERE)
    if not any(application.settings.tokens.values()):
        # Nobody knows what people changed in issues and rooms: with these, each incident is one.
        decisions = {each: how for each, how in decisions.items() if how.depth is not Depth.NOTHING}
    tasks = tuple(
        Task(
            incident_id=each,
            found=Found(round=skipping.moment.now, decision=how, row=skipping.rows.get(each)),
            waits=each in choice.waiting,
            lost=each in choice.lost,
            remembered=each in choice.remembered,
        )
        for each, how in decisions.items()
    )
    # From here on the queue knows of them, and tries again.
    note_unshown(application, choice.unshown, SyncResult(dry_run=False, incidents=()))
    record.settle(application.target.name)
    return Round(
        began=skipping.moment.now,
        tasks=tasks,
        left=tuple(each for each in left if each.incident_id not in decisions),
    )


def _left(application: Application, skipping: Skipping, incident_id: IncidentId) -> IncidentResult:
    """What a sync says of an incident in which nothing moved."""
    return IncidentResult(
        incident_id=incident_id,
        target=application.target.name,
        incident=skipping.known.get(incident_id),
        left_since=skipping.last_read(incident_id),
    )


def sync_task(application: Application, task: Task) -> SyncResult:
    """Sync one incident with Datadog and with its places, as a run over everything does."""
    incident_id, found = task.incident_id, task.found
    here = frozenset({incident_id})
    choice = Choice(
        selection=Selection(
            ids=(incident_id,),
            described="one incident of a round",
            remembered=here if task.remembered else frozenset(),
            searched=True,
        ),
        is_job=found is not None,
        is_named=False,
        waiting=(incident_id,) if task.waits else (),
        lost=here if task.lost else frozenset(),
    )
    skipping = (
        as_decided(application, incident_id, found.decision, found.row, run=found.round)
        if found
        else None
    )
    options = replace(
        application.run_options(),
        turn=lambda each: application.turn(each, wait_seconds=TURN_SECONDS),
    )
    run = Run(application, choice, options)
    result = run.sync(skipping)
    let_rest(application, choice.waiting, result)
    # What was sent is counted for all tasks together.
    return replace(run.told(result), requests={}, place_requests={})


def tries_again(task: Task, result: SyncResult) -> tuple[Task, timedelta] | None:
    """What is left to do of a task, and after which pause; None if that is nothing.

    What was declined for good is not: the next rounds look at it as the rules of a sync say.
    """
    failures = [
        failure for each in result.incidents for failure in each.failures if not failure.declined
    ]
    if not failures:
        return None
    again = replace(task, tries=task.tries + 1, failed=tuple(sorted(result.failed)))
    return again, max(_pause_after(each, task.tries) for each in failures)


def _pause_after(failure: Failure, tries: int) -> timedelta:
    match failure.error:
        case RecordLocked():
            return LOCKED_PAUSE
        case OutOfTime() | RunStopped():
            # It was asked to end, or is too much for one go: somebody else goes on.
            return timedelta()
        case RateLimited(pause=float() as seconds):
            return timedelta(seconds=seconds)
        case _:
            # More tries than that come to the longest pause anyway.
            longer: int = 2 ** min(tries, 10)
            return min(LONGEST_PAUSE, FIRST_PAUSE * longer)


def note_round(
    application: Application, *, began: datetime, incidents: int, failures: Mapping[str, int]
) -> None:
    """Note how a round ended, once all of it was worked on."""
    application.record.note_run(
        PastRun(
            began=began,
            finished=application.clock(),
            exit_code=IncidentRolesError.exit_code if failures else 0,
            incidents=incidents,
            failures=failures,
        )
    )
