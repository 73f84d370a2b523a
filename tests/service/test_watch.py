"""When the next run begins, and what it is about, with a clock that nobody waits for."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from queue import Empty, SimpleQueue

import click
import psycopg
import pytest

from dd_incident_roles.cli.options import Invocation
from dd_incident_roles.cli.runs import SyncRuns, Typed
from dd_incident_roles.cli.sync import sync
from dd_incident_roles.errors import (
    ConfigurationError,
    IncidentRolesError,
    RateLimited,
    RecordLocked,
    Unreachable,
    UsageError,
)
from dd_incident_roles.service.report import Report
from dd_incident_roles.service.watch import (
    ALIVE_SECONDS,
    BEAT_SECONDS,
    LONGEST_PAUSE_SECONDS,
    MOST_HINTS,
    Asked,
    End,
    Event,
    Hint,
    Pulse,
    Reload,
    Watch,
    seconds_between,
)
from tests.product import Clock

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
INTERVAL = 30.0
MIDDLE = 0.5
"""The chance that leaves a pause as it is."""


@dataclass
class Story:
    """A loop whose time passes only while it waits; ``events`` come at moments of that time.

    ``seconds`` is how long a run takes, and ``outcome`` what the run that begins at a moment is.
    """

    events: list[tuple[float, Event]]
    seconds: float = 1.0
    outcome: Callable[[float], IncidentRolesError | None] = lambda _now: None
    unknown: int = 0
    now: float = 0.0
    began: list[tuple[float, int]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    own: SimpleQueue[Event] = field(default_factory=SimpleQueue)

    def run(self, asked: Asked) -> Report:
        """A run, which takes some time."""
        self.began.append((round(self.now, 2), len(asked.hints)))
        error = self.outcome(self.now)
        if isinstance(error, UsageError):
            raise error
        self.now += self.seconds
        return Report(
            run="1",
            began=NOON,
            finished=NOON,
            seconds=self.seconds,
            is_whole=not asked.hints,
            error=error,
            unknown=self.unknown if asked.hints else 0,
        )

    def wind_up(self) -> None:
        """Nothing goes on for long."""
        self.said.append("wind up")

    def reload(self) -> None:
        """Read a file that is wrong."""
        raise ConfigurationError("is wrong", file="policy.yaml")

    def tell(self, error: IncidentRolesError) -> None:
        """Keep what is told."""
        self.said.append(str(error))

    keep_old = tell

    def wait(self, seconds: float | None) -> Event | None:
        """The next event, or the time that goes by without one."""
        if seconds is None:
            return self.own.get(timeout=10)
        try:
            return self.own.get_nowait()
        except Empty:
            pass
        if self.events and self.events[0][0] <= self.now + seconds:
            at, event = self.events.pop(0)
            self.now = max(self.now, at)
            return event
        self.now += seconds
        return None

    def play(self) -> list[tuple[float, int]]:
        """Run to the end; gives when each run began, and about how many hints it was."""
        Watch(
            self,
            interval=INTERVAL,
            wait=self.wait,
            put=self.own.put,
            monotonic=lambda: self.now,
            chance=lambda: MIDDLE,
            pulse=Pulse({}, pid=1, monotonic=lambda: self.now),
            on_report=lambda _report: None,
        ).run()
        return self.began


def test_runs_begin_every_so_often() -> None:
    """From start to start, however long a run takes, and at once where it takes longer."""
    assert Story([(100, End())]).play() == [(0, 0), (30, 0), (60, 0), (90, 0)]
    assert Story([(100, End())], seconds=40).play() == [(0, 0), (41, 0), (82, 0)]


def test_tries_become_rare_while_datadog_is_down_and_usual_when_it_is_back() -> None:
    """They double up to a bound below a minute; an answer ends that at once."""

    def outcome(now: float) -> IncidentRolesError | None:
        return Unreachable("down") if now < 200 else None

    starts = [at for at, _ in Story([(400, End())], outcome=outcome).play()]
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert gaps == [50] * 4 + [30] * 6
    for chance in (0.0, 1.0):
        assert [seconds_between(5, outages, chance) for outages in (0, 1, 2)] == pytest.approx(
            [5 * (0.9 + 0.2 * chance), 10 * (0.9 + 0.2 * chance), 20 * (0.9 + 0.2 * chance)]
        )
        assert seconds_between(5, 99, chance) <= LONGEST_PAUSE_SECONDS * 1.1 < 60
        assert seconds_between(600, 99, chance) == pytest.approx(600 * (0.9 + 0.2 * chance))


def test_a_rate_limit_counts_as_an_outage() -> None:
    """Whoever asks for less is asked less."""
    limited = Story([(85, End())], outcome=lambda _now: RateLimited("slowly"))
    assert limited.play() == [(0, 0), (50, 0)]


def test_another_run_is_waited_for() -> None:
    """A lock is tried again soon, and is no outage."""

    def outcome(now: float) -> IncidentRolesError | None:
        return RecordLocked("record", None) if now < 10 else None

    assert Story([(50, End())], outcome=outcome).play() == [(0, 0), (6, 0), (12, 0), (42, 0)]


def test_only_the_first_run_can_be_wrong_usage() -> None:
    """Later, what was typed was right once: it is told, and tried again."""
    with pytest.raises(UsageError):
        Story([], outcome=lambda _now: UsageError("wrong")).play()

    def outcome(now: float) -> IncidentRolesError | None:
        return UsageError("wrong") if 20 < now < 50 else None

    later = Story([(100, End())], outcome=outcome)
    assert [at for at, _ in later.play()] == [0, 30, 80]
    assert later.said == ["wrong", "wind up"]


def test_settings_that_became_wrong_stay_as_they_were() -> None:
    """A reload that fails is told, and changes neither the settings nor when the next run is."""
    story = Story([(10, Reload()), (40, End())])
    assert story.play() == [(0, 0), (30, 0)]
    assert story.said == ["policy.yaml: is wrong", "wind up"]


def test_a_hint_is_followed_within_a_second() -> None:
    """A hundred of one incident are one run, or two; many of several incidents are few runs."""
    one = [(10.0, Hint(public_id=1)) for _ in range(100)]
    assert Story([*one, (20, End())]).play() == [(0, 0), (10.2, 1)]
    spread = [(10 + number / 50, Hint(public_id=1)) for number in range(100)]
    assert Story([*spread, (20, End())]).play() == [(0, 0), (10.2, 1), (12.2, 1)]
    many = [(10.0, Hint(public_id=number)) for number in range(2 * MOST_HINTS)]
    assert Story([*many, (20, End())]).play() == [(0, 0), (10.2, MOST_HINTS)]


def test_hints_of_the_unknown_ask_for_a_search_now_and_then() -> None:
    """An incident that is new is found at once, but no flood of numbers makes a flood of runs."""
    unknown = [(10 + number / 10, Hint(public_id=number)) for number in range(100)]
    began = Story([*unknown, (25, End())], seconds=0.1, unknown=1).play()
    whole = [at for at, hints in began if not hints]
    assert whole[1] < 11
    assert all(later - earlier >= 5 for earlier, later in pairwise(whole))


def test_hints_wait_while_datadog_is_down() -> None:
    """They do not take the place of the pause, and are followed once it is back."""

    def outcome(now: float) -> IncidentRolesError | None:
        return Unreachable("down") if now < 40 else None

    story = Story([(10, Hint(public_id=1)), (60, End())], outcome=outcome)
    assert story.play() == [(0, 0), (50, 0), (51.2, 1)]


@pytest.fixture
def runs_on(
    settings: dict[str, str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], SyncRuns]]:
    """The runs of a sync that stays, in this process and on a record."""
    with ExitStack() as opened:

        def start(store: str) -> SyncRuns:
            for name, value in {**settings, "DD_INCIDENT_ROLES_STORE": store}.items():
                monkeypatch.setenv(name, value)
            context = click.Context(sync, obj=Invocation(clock=clock))
            return opened.enter_context(SyncRuns(context, Typed(), stays=True, counts=True))

        yield start


@pytest.fixture
def _nothing_freed_by_chance() -> Iterator[None]:
    """No search for garbage but the program's own, of which nothing lasts."""
    before = gc.get_threshold()
    gc.set_threshold(1_000_000)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.mark.usefixtures("_nothing_freed_by_chance")
def test_nothing_accumulates_over_quiet_runs(
    runs_on: Callable[[str], SyncRuns],
    settings: dict[str, str],
    clock: Clock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """After fifty runs as many objects are alive as after ten, and nobody was told anything."""
    runs = runs_on(settings["DD_INCIDENT_ROLES_STORE"])

    def some(number: int) -> int:
        for _ in range(number):
            assert runs.run(Asked()).is_complete
            clock.off += timedelta(seconds=30)
        return len(gc.get_objects()) + gc.get_freeze_count()

    before = some(10)
    capsys.readouterr()
    assert some(40) - before < 500
    assert capsys.readouterr() == ("", "")


def test_systemd_is_told_how_the_service_fares() -> None:
    """Nothing is sent unless it asks, a socket that is gone harms nobody, and life can be asked."""
    now = [0.0]
    started: dict[str, str] = {"WATCHDOG_USEC": "30000000", "NOTIFY_SOCKET": "/nowhere"}

    def told(environ: dict[str, str], *, is_asked: bool = False) -> Pulse:
        return Pulse(environ, pid=1, monotonic=lambda: now[0], is_asked=is_asked)

    assert told({}).seconds is None
    assert told({**started, "WATCHDOG_PID": "2"}).seconds is None
    assert told({}, is_asked=True).seconds == BEAT_SECONDS == told(started, is_asked=True).seconds
    watched = told(started)
    assert watched.seconds == 15
    watched.ready()
    now[0] = ALIVE_SECONDS
    assert not watched.is_alive
    watched.beat()
    assert watched.is_alive


def test_a_database_that_went_away_is_used_again(
    runs_on: Callable[[str], SyncRuns], postgresql_url: str
) -> None:
    """Connections that are kept may be cut between two runs: a run later all is as before."""
    runs = runs_on(postgresql_url)
    assert runs.run(Asked()).is_complete
    with psycopg.connect(postgresql_url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid != pg_backend_pid()"
        )
    runs.run(Asked())
    assert runs.run(Asked()).is_complete


def test_of_chosen_incidents_no_hint_brings_others(
    settings: dict[str, str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are all that the program syncs: it is well when they are, and a hint hurries them."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    context = click.Context(sync, obj=Invocation(clock=clock))
    with SyncRuns(context, Typed(incidents=("1001",)), stays=True, counts=True) as runs:
        metrics = runs.count_in()
        first = runs.run(Asked())
        assert (first.is_whole, metrics.lag is not None) == (True, True)
        hinted = runs.run(Asked(hints=(Hint(public_id=1002), Hint(public_id=1001))))
        assert (hinted.is_whole, hinted.unknown, hinted.result) == (False, 2, None)
