"""Run after run, until somebody ends it: when the next one begins, and what it is about.

The loop lives in the main thread and waits for events there; a run goes on in a thread of its own,
so that a signal, a hint or the watchdog never waits for it.
"""

from __future__ import annotations

import math
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final, Protocol

from dd_incident_roles.errors import IncidentRolesError, UsageError
from dd_incident_roles.model import IncidentId
from dd_incident_roles.patience import begin
from dd_incident_roles.service.report import Report
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.values import frozen

LONGEST_PAUSE_SECONDS: Final = 50.0
"""The longest time between two tries while Datadog is down, where the interval is shorter.

With its jitter it is below a minute: so long after the end of an outage all is up to date again.
"""

LOCKED_SECONDS: Final = 5.0
"""How long to wait for a run of another program before the next try, at most."""

GATHER_SECONDS: Final = 0.2
"""How long hints are gathered before a run about them: few come alone."""

HINTED_SECONDS: Final = 2.0
"""The least time between the beginnings of two runs about hints."""

DISCOVERY_SECONDS: Final = 5.0
"""The least time between the beginnings of two runs over everything, whoever asks for one."""

LONGEST_RUN_SECONDS: Final = 900.0
"""A run gives up after ten minutes; one that goes on for so long hangs, and shows no life."""

ALIVE_SECONDS: Final = 60.0
"""A loop that showed no life for so long is stuck."""

BEAT_SECONDS: Final = 10.0
"""How often the loop shows life, where anybody may ask."""

MOST_HINTS: Final = 200
"""Beyond so many that wait, a run over everything is cheaper, and comes soon anyway."""

_MICRO: Final = 1_000_000
_SPREAD: Final = 0.1
"""How much of a pause is random: programs that were started together drift apart."""


@frozen
class Hint:
    """Something happened in or around an incident; one of the three says which.

    Nothing in it is believed, and one that is lost costs a minute.
    ``place`` is an issue or a channel as it can be typed, in lower case, such as
    ``github:corp/shop#12``.
    """

    incident_id: IncidentId | None = None
    public_id: int | None = None
    place: str | None = None


class Hints:
    """The hints that wait, each once; for one thread."""

    def __init__(self) -> None:
        self._waiting: dict[Hint, None] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, hint: Hint) -> bool:
        """Take one in; False where too many wait already, of which nothing is lost but time."""
        if len(self._waiting) >= MOST_HINTS:
            return hint in self._waiting
        self._waiting[hint] = None
        return True

    def take(self) -> tuple[Hint, ...]:
        """All that wait, of which none waits afterwards."""
        taken = tuple(self._waiting)
        self._waiting.clear()
        return taken


def incidents_of(record: SqlRecord, hints: Iterable[Hint]) -> tuple[tuple[IncidentId, ...], int]:
    """The incidents of the record that hints are about, and how many hints are about none."""
    found: dict[IncidentId, None] = {}
    unknown = 0
    for hint in hints:
        meant = tuple(_incidents_of(record, hint))
        found |= dict.fromkeys(meant)
        unknown += not meant
    return tuple(found), unknown


def _incidents_of(record: SqlRecord, hint: Hint) -> Iterator[IncidentId]:
    if hint.incident_id and record.incident(hint.incident_id):
        yield hint.incident_id
    if hint.public_id is not None:
        yield from (each.id for each in record.incidents_numbered(hint.public_id))
    if hint.place:
        yield from record.incidents_at(hint.place)


@frozen
class End:
    """Somebody wants the program to end."""


@frozen
class Reload:
    """Somebody wants the settings, roles, policy and people to be read again."""


@frozen
class Done:
    """The run that was going on has ended."""


Event = End | Reload | Done | Hint


@frozen
class Asked:
    """What a run is about: the incidents of some hints, or everything."""

    hints: tuple[Hint, ...] = ()


class Runs(Protocol):
    """What carries runs out."""

    def run(self, asked: Asked) -> Report:
        """Carry one out; what ends it is in the report. Raises UsageError, and for bugs."""

    def wind_up(self) -> None:
        """Have the run that goes on, and any other, end after the step in hand."""

    def reload(self) -> None:
        """Read the settings and files again; what it raises leaves the old ones in force."""

    def tell(self, error: IncidentRolesError) -> None:
        """Say what is wrong, where the loop goes on all the same."""

    def keep_old(self, error: IncidentRolesError) -> None:
        """Say why the settings stay as they were."""


class Pulse:
    """The loop's signs of life, and what systemd wants to hear of a service (sd_notify(3)).

    Systemd is told nothing where it did not start the program. ``is_asked`` says that others ask
    whether the loop lives.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        pid: int,
        monotonic: Callable[[], float],
        is_asked: bool = False,
    ) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # A name that begins with @ is of no file: the kernel marks it by a byte of zero.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        micro = environ.get("WATCHDOG_USEC", "")
        is_ours = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
        # Half the time after which systemd takes the service for dead.
        self._half = int(micro) / _MICRO / 2 if micro.isdecimal() and is_ours else 0.0
        self._monotonic = monotonic
        self._last = monotonic()
        self._is_asked = is_asked

    @property
    def seconds(self) -> float | None:
        """How often at least it is to be shown; None where nobody wants to know."""
        wanted = [self._half] if self._half else []
        return min([*wanted, BEAT_SECONDS] if self._is_asked else wanted, default=None)

    @property
    def is_alive(self) -> bool:
        """Whether the loop showed life lately."""
        return self._monotonic() - self._last < ALIVE_SECONDS

    def beat(self) -> None:
        """It lives."""
        self._last = self._monotonic()
        if self._half:
            self._say("WATCHDOG=1")

    def ready(self) -> None:
        """It is up: what can be wrong with how it was started was looked at."""
        self._say("READY=1")

    def stopping(self) -> None:
        """It is about to end."""
        self._say("STOPPING=1")

    def _say(self, word: str) -> None:
        if not self._address:
            return
        # A service does not end because nobody listens to how it fares.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as words:
            words.sendto(word.encode(), self._address)


def seconds_between(interval: float, outages: int, chance: float) -> float:
    """Seconds from the beginning of a run to that of the next, after some outages in a row.

    They double with each, up to a bound; ``chance`` is a number from 0 to 1.
    """
    longest = max(interval, LONGEST_PAUSE_SECONDS)
    # After an outage of a day the power would be too large for a number.
    pause = min(longest, interval * 2.0 ** min(outages, 20))
    return pause * (1 - _SPREAD + 2 * _SPREAD * chance)


class Watch:
    """The loop. ``wait`` gives the next event, or None after so many seconds without one."""

    def __init__(
        self,
        runs: Runs,
        *,
        interval: float,
        wait: Callable[[float | None], Event | None],
        put: Callable[[Event], None],
        monotonic: Callable[[], float],
        chance: Callable[[], float],
        pulse: Pulse,
        on_report: Callable[[Report], None],
    ) -> None:
        self._runs = runs
        self._interval = interval
        self._wait = wait
        self._put = put
        self._monotonic = monotonic
        self._chance = chance
        self._pulse = pulse
        self._on_report = on_report
        self._hints = Hints()
        self._is_ending = False
        self._is_reloading = False
        self._outages = 0
        self._due = -math.inf
        self._began = -math.inf
        self._hinted_due = math.inf
        self._hinted_began = -math.inf
        self._started = math.inf

    def run(self) -> None:
        """Run until the end is asked for.

        Raises UsageError if the first run does, and what nobody foresaw at any time.
        """
        self._pulse.ready()
        self._carry_out(Asked(), is_first=True)
        while not self._is_ending:
            if self._is_reloading:
                self._reload()
            now = self._monotonic()
            if now >= self._due:
                self._carry_out(Asked())
            elif now >= self._hinted_due:
                self._carry_out(Asked(hints=self._hints.take()))
            else:
                self._take(self._next(min(self._due, self._hinted_due) - now))
        self._pulse.stopping()

    def _next(self, seconds: float | None) -> Event | None:
        """The next event; with a sign of life before and in between."""
        # A run that hangs must not look alive: whoever watches starts the program anew.
        if self._monotonic() - self._started < LONGEST_RUN_SECONDS:
            self._pulse.beat()
        most = self._pulse.seconds
        if seconds is None or (most is not None and most < seconds):
            return self._wait(most)
        return self._wait(max(0.0, seconds))

    def _take(self, event: Event | None) -> None:
        match event:
            case End():
                self._is_ending = True
                self._runs.wind_up()
            case Reload():
                self._is_reloading = True
            case Hint():
                if self._hints.add(event) and self._hinted_due == math.inf:
                    self._plan_hinted()
            case Done() | None:
                pass

    def _plan_hinted(self) -> None:
        # While Datadog is down, the next try over everything tells when it is back.
        is_due = bool(self._hints) and not self._outages
        earliest = self._hinted_began + HINTED_SECONDS
        gathered = self._monotonic() + GATHER_SECONDS
        self._hinted_due = max(earliest, gathered) if is_due else math.inf

    def _carry_out(self, asked: Asked, *, is_first: bool = False) -> None:
        began = self._monotonic()
        try:
            report = self._in_thread(asked)
        except UsageError as error:
            if is_first:
                raise
            self._runs.tell(error)
            report = None
        if self._is_ending:
            return
        if asked.hints:
            self._hinted_began = began
            self._after_hinted(asked, report)
        else:
            self._began = began
            self._after_whole(report)
        # For hints that came during the run, and those that it put back.
        self._plan_hinted()

    def _in_thread(self, asked: Asked) -> Report:
        """Carry a run out, and take events meanwhile."""

        def work() -> Report:
            try:
                return self._runs.run(asked)
            finally:
                # Also after a bug: the loop waits until it hears this.
                self._put(Done())

        self._started = self._monotonic()
        outcome = begin(work)
        while not isinstance(event := self._next(None), Done):
            self._take(event)
        self._started = math.inf
        report = outcome()
        if not self._is_ending:
            self._on_report(report)
        return report

    def _after_whole(self, report: Report | None) -> None:
        if report and report.is_locked_out:
            self._due = self._monotonic() + min(
                LOCKED_SECONDS, seconds_between(self._interval, 0, self._chance())
            )
            return
        self._outages = self._outages + 1 if report is None or report.is_outage else 0
        pause = seconds_between(self._interval, self._outages, self._chance())
        # A run that took longer than the interval is followed by the next one in a moment.
        self._due = max(self._began + pause, self._monotonic() + min(1.0, self._interval))

    def _after_hinted(self, asked: Asked, report: Report | None) -> None:
        if report and (report.is_locked_out or report.is_outage):
            for hint in asked.hints:
                self._hints.add(hint)
        if report and report.is_outage:
            self._outages = max(1, self._outages)
        if report and report.unknown:
            # A search finds an incident that is new, and what it shows of others.
            self._due = min(self._due, self._began + DISCOVERY_SECONDS)

    def _reload(self) -> None:
        self._is_reloading = False
        try:
            self._runs.reload()
        except IncidentRolesError as error:
            self._runs.keep_old(error)
        else:
            # What was changed is of interest now, and an outage may have been a wrong key.
            self._outages = 0
            self._due = self._monotonic()
