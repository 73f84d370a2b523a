"""The worker: takes incidents from a queue that any number of processes share, one job for each.

The queue is procrastinate's, and only says what may be worth doing: a job that is lost costs a
round, and one that is done twice costs its requests. What protects an incident is below it, in the
record: the turn of whoever writes about it, and the epoch that each turn raises.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol

import procrastinate
from procrastinate import jobs
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

from dd_incident_roles.commands.rounds import Round, Task
from dd_incident_roles.errors import IncidentRolesError, RecordError, UsageError
from dd_incident_roles.store.queue import Queue
from dd_incident_roles.values import frozen

log = logging.getLogger("dd_incident_roles.worker")

_SYNC: Final = "sync"
_DISCOVER: Final = "discover"
_INCIDENTS: Final = "incidents"
_ROUNDS: Final = "rounds"
_AT_ONCE: Final = 500
"""How many jobs one statement queues."""

_KEPT_HOURS: Final = 24
"""How long a job is kept that ended in a bug; all others go as soon as they are done."""

_POLL_SECONDS: Final = 2.0
"""How late a job may be that was put off; new ones are told of by the database."""

_LONGEST_PAUSE: Final = 30.0


@frozen
class Timing:
    """How often what is done, in seconds.

    ``every`` is from one round to the next, and ``lease`` how long a worker may give no sign of
    life before its jobs are given to others.
    """

    every: float
    lease: float

    @property
    def heartbeat(self) -> float:
        """How often a sign of life is given: a few may be lost."""
        return self.lease / 5

    @property
    def sweep(self) -> float:
        """How often each worker looks for jobs of others that give none."""
        return self.lease / 3


@frozen
class Previous:
    """The last round: when it began, and how many incidents it was about."""

    began: datetime
    incidents: int


class Work(Protocol):
    """What the jobs are about; each method is called in a thread, several at the same time."""

    def find_tasks(self, previous: Previous | None, waiting: Sequence[Task]) -> Round:
        """Look at everything; ``waiting`` are the tasks that are left of earlier rounds.

        Raises IncidentRolesError.
        """

    def sync(self, task: Task) -> tuple[Task, timedelta] | None:
        """Sync one incident; returns what is left to do, and after which pause."""

    def wind_up(self) -> None:
        """Have what goes on end after the step in hand."""

    def reload(self) -> None:
        """Read the settings and files again."""

    def tell(self, error: IncidentRolesError) -> None:
        """Say what is wrong, where the worker goes on all the same."""

    def tell_bug(self, error: Exception) -> None:
        """Say that something happened which nobody foresaw; raises it where it is to end all."""


class Worker:
    """One process of several; ``concurrency`` is how many incidents it works on at a time."""

    def __init__(
        self,
        queue: Queue,
        work: Work,
        *,
        timing: Timing,
        concurrency: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._queue = queue
        self._work = work
        self._timing = timing
        self._concurrency = concurrency
        self._clock = clock
        self._app = procrastinate.App(connector=queue.connector)
        self._app.task(name=_SYNC, queue=_INCIDENTS, pass_context=True)(self._sync)
        self._app.task(name=_DISCOVER, queue=_ROUNDS, pass_context=True)(self._discover)
        self._taking: asyncio.Task[None] | None = None
        self._number: int | None = None
        self._running = set[int]()
        self._unacknowledged = frozenset[int]()
        self._done = 0
        self._is_ending = False
        self._ended = asyncio.Event()
        self._fatal: BaseException | None = None

    def stay(self) -> None:
        """Work until SIGTERM or Ctrl-C; the steps in hand come to their end.

        Raises UsageError where the settings are of no use. A database that is down is waited for.
        """
        self._run(self._stay)

    def work_empty(self, tasks: Sequence[Task]) -> None:
        """Queue tasks, and work until none is left that is due; raises RecordError."""
        self._run(lambda: self._work_empty(tasks))

    def _run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def run() -> None:
            loop = asyncio.get_running_loop()
            # One more than jobs, so that a reload or a takeover need not wait for one of them.
            loop.set_default_executor(ThreadPoolExecutor(self._concurrency + 1, "incident"))
            # What cannot be told to the queue shows there as a job without a worker.
            loop.set_exception_handler(_note_lost)
            with self._signals(loop):
                await work()
            if self._fatal:
                raise self._fatal

        asyncio.run(run())

    @contextmanager
    def _signals(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._end)
        loop.add_signal_handler(signal.SIGHUP, loop.run_in_executor, None, self._work.reload)
        try:
            yield
        finally:
            for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(name)

    def _end(self) -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(name)
            # A second one ends the process at once, which is safe at any moment.
            signal.signal(name, signal.SIG_DFL)
        self._is_ending = True
        self._stop()
        self._work.wind_up()

    def _stop(self) -> None:
        """Take no more jobs; those that go on come to their end."""
        self._ended.set()
        if self._taking:
            # Procrastinate takes this as a wish to stop, and still waits for the jobs in hand.
            self._taking.cancel()

    async def _stay(self) -> None:
        pause = 1.0
        while not self._ended.is_set():
            problem = RecordError(f"The queue of the record {self._queue.name} was lost.")
            done = self._done
            try:
                with self._queue.explaining():
                    async with self._app.open_async():
                        await self._take_jobs(waits=True)
            except RecordError as error:
                problem = error
            if self._ended.is_set():
                return
            self._work.tell(problem)
            pause = min(_LONGEST_PAUSE, 2 * pause) if self._done == done else 1.0
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), pause)

    async def _work_empty(self, tasks: Sequence[Task]) -> None:
        with self._queue.explaining():
            async with self._app.open_async():
                await self._put(tasks)
                done = -1
                # What is left when a pass has done nothing is being worked on by others.
                while self._done > done and not self._ended.is_set():
                    done = self._done
                    await self._take_jobs(waits=False)

    async def _take_jobs(self, *, waits: bool) -> None:
        self._taking = asyncio.create_task(
            self._app.run_worker_async(
                # With --once everything was looked at before; rounds are for workers that stay.
                queues=[_INCIDENTS, _ROUNDS] if waits else [_INCIDENTS],
                concurrency=self._concurrency,
                wait=waits,
                delete_jobs=jobs.DeleteJobCondition.SUCCESSFUL,
                install_signal_handlers=False,
                fetch_job_polling_interval=_POLL_SECONDS,
                update_heartbeat_interval=self._timing.heartbeat,
                stalled_worker_timeout=self._timing.lease,
            )
        )
        keeping = asyncio.create_task(self._keep(finds=waits))
        try:
            await asyncio.wait([self._taking])
            # So it ends where it was told to: the jobs that went on are done.
            if not self._taking.cancelled():
                self._taking.result()
        finally:
            keeping.cancel()
            self._taking = None

    async def _discover(
        self, context: procrastinate.JobContext, /, began: str | None = None, incidents: int = 0
    ) -> None:
        """Look at everything, queue what is to be done, and the next look."""
        previous = (
            Previous(began=datetime.fromisoformat(began), incidents=incidents) if began else None
        )
        try:
            with self._in_hand(context):
                waiting = [Task.of(job.task_kwargs) for job in await self._unfinished(_INCIDENTS)]
                found = await asyncio.to_thread(self._work.find_tasks, previous, waiting)
                await self._put(found.tasks)
                previous = Previous(began=found.began, incidents=found.incidents)
        finally:
            # After a failure too: `_keep` would begin the next round at once.
            await self._put_discovery(previous, after=self._timing.every)

    async def _sync(self, context: procrastinate.JobContext, /, **arguments: Any) -> None:
        """Sync one incident, and queue what is left of it."""
        with self._in_hand(context):
            left = await asyncio.to_thread(self._work.sync, Task.of(arguments))
            self._done += 1
            if left:
                task, pause = left
                await self._put([task], at=self._clock() + pause)

    @contextmanager
    def _in_hand(self, context: procrastinate.JobContext) -> Iterator[None]:
        """Work on a job; what is wrong with it is said, and the next round looks at it again."""
        number, self._number = context.job.id or 0, context.job.worker_id
        self._running.add(number)
        try:
            yield
        except UsageError as error:
            self._give_up(error)
        except IncidentRolesError as error:
            self._work.tell(error)
        except ConnectorException:
            raise
        except Exception as error:
            try:
                self._work.tell_bug(error)
            except Exception as bug:
                self._give_up(bug)
            # So procrastinate keeps the job as one that failed, for _KEPT_HOURS.
            raise
        finally:
            self._running.discard(number)

    def _give_up(self, error: BaseException) -> None:
        self._fatal = error
        self._stop()

    async def _keep(self, *, finds: bool) -> None:
        """Look every few seconds for jobs whose worker is gone, and that rounds go on."""
        sweeps = 0
        while True:
            # What cannot be asked ends the worker by itself, or is asked again.
            with suppress(ConnectorException):
                if finds and not await self._unfinished(_ROUNDS):
                    await self._put_discovery(None, after=0)
                for job in await self._without_worker():
                    await self._take_over(job)
                # With the usual lease of 15 seconds, every eight minutes.
                if sweeps % 100 == 0:
                    await self._app.job_manager.delete_old_jobs(
                        _KEPT_HOURS,
                        include_failed=True,
                        include_cancelled=True,
                        include_aborted=True,
                    )
            sweeps += 1
            await asyncio.sleep(self._timing.sweep)

    async def _without_worker(self) -> list[jobs.Job]:
        """The jobs of workers that give no sign of life, and of ours those that it lost.

        A job that ended while the database was away is said to go on, by a worker that lives.
        """
        manager = self._app.job_manager
        stalled = await manager.get_stalled_jobs(seconds_since_heartbeat=self._timing.lease)
        ours = await manager.list_jobs_async(status="doing", worker_id=self._number or 0)
        idle = {job.id: job for job in ours if job.id and job.id not in self._running}
        # That it ended may be told to the queue right now: only what was so a while ago is lost.
        lost = [idle[each] for each in idle.keys() & self._unacknowledged]
        self._unacknowledged = frozenset(idle)
        return [*stalled, *lost]

    async def _take_over(self, job: jobs.Job) -> None:
        """Put another job in the place of one, whose worker may still wake up and end that one."""
        if job.task_name == _SYNC:
            task = Task.of(job.task_kwargs)
            is_free = False
            with suppress(RecordError):
                free = partial(self._queue.free, idle_seconds=self._timing.lease)
                is_free = await asyncio.to_thread(free, task.incident_id)
            # It took its turn after its last sign of life, or could not be asked about. The job is
            # the only reason to look again, and the next sweep does.
            if not is_free:
                return
            # The new job first: the lock keeps it waiting for the old one, and none is lost.
            await self._put([task])
        fields = {"worker": job.worker_id, "incident": job.task_kwargs.get("incident")}
        log.warning("job taken over", extra={"fields": fields})
        # Another worker may have been quicker.
        with suppress(ConnectorException):
            await self._app.job_manager.finish_job_by_id_async(
                job_id=job.id or 0, status=jobs.Status.FAILED, delete_job=True
            )

    async def _unfinished(self, queue: str) -> list[jobs.Job]:
        every = await self._app.job_manager.list_jobs_async(queue=queue)
        return [job for job in every if job.status in {"todo", "doing"}]

    async def _put(self, tasks: Sequence[Task], *, at: datetime | None = None) -> None:
        """Queue tasks, but for incidents of which one waits already."""
        new = [_job_of(task, at) for task in tasks]
        for start in range(0, len(new), _AT_ONCE):
            await self._put_jobs(new[start : start + _AT_ONCE])

    async def _put_jobs(self, new: list[jobs.Job]) -> None:
        put = self._app.job_manager.batch_defer_jobs_async
        # A single one the database refuses by itself; of many, one known has all refused.
        if len(new) > 1:
            known = await self._app.job_manager.list_jobs_async(queue=_INCIDENTS, status="todo")
            waiting = {job.queueing_lock for job in known}
            new = [job for job in new if job.queueing_lock not in waiting]
        try:
            if new:
                await put(new)
        except AlreadyEnqueued:
            # Another worker has queued one of them in this moment, and none of them is.
            for job in new:
                with suppress(AlreadyEnqueued):
                    await put([job])

    async def _put_discovery(self, previous: Previous | None, *, after: float) -> None:
        arguments: dict[str, Any] = (
            {"began": previous.began.isoformat(), "incidents": previous.incidents}
            if previous
            else {}
        )
        at = self._clock() + timedelta(seconds=after) if after else None
        with suppress(AlreadyEnqueued):
            await self._app.job_manager.defer_job_async(
                jobs.Job(
                    id=None,
                    queue=_ROUNDS,
                    lock=_DISCOVER,
                    queueing_lock=_DISCOVER,
                    task_name=_DISCOVER,
                    task_kwargs=arguments,
                    scheduled_at=at,
                )
            )


def _job_of(task: Task, at: datetime | None) -> jobs.Job:
    # Hints come first: somebody did something a moment ago.
    return jobs.Job(
        id=None,
        queue=_INCIDENTS,
        # One job of an incident is in hand, and one more may wait for what comes meanwhile.
        lock=task.incident_id,
        queueing_lock=task.incident_id,
        task_name=_SYNC,
        task_kwargs=task.arguments,
        scheduled_at=at,
        priority=0 if task.found else 1,
    )


def _note_lost(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    log.warning("queue not told", extra={"fields": {"error": type(error).__name__}})
