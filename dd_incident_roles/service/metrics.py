"""Figures of the runs in the text format of Prometheus, for a page or a file.

Whoever reads them learns numbers, names of systems and rules, and nothing of an incident or a
person. The registry is our own, since one of the process would have figures of other libraries.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from dd_incident_roles import __version__
from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.files import MIB, read_limited, write_public
from dd_incident_roles.service.report import Report

PREFIX: Final = "dd_incident_roles_"

_COUNTERS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "runs": ("Runs by result: complete, incomplete, or locked out by another run.", ("result",)),
    "requests": (
        'Requests by system and class of the answer\'s status; "none" is no answer.',
        ("system", "status"),
    ),
    "writes": ("Changes that were written, by system.", ("system",)),
    "failures": ("Things that could not be read or written, by system.", ("system",)),
}
"""What each figure that only grows counts, and its labels."""

_GAUGES: Final[Mapping[str, str]] = {
    "open_incidents": "Open incidents in the last run over everything.",
    "conflicts": "Roles that were changed on both sides and that nobody settled.",
    "refused_writes": "Writes that a system refused and that are still wanted.",
    "held_back_incidents": "Incidents in which the guard holds removals back.",
    "waiting_incidents": "Incidents in which something recorded here waits for Datadog.",
}
"""What each figure is of which the last run over everything tells how it stands."""


class Metrics(Collector):
    """The figures of this process; those that only grow go on from a file of an earlier one.

    ``clock`` tells when the lag is asked for. Any thread may ask.
    """

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._counts: dict[str, Counter[tuple[str, ...]]] = {name: Counter() for name in _COUNTERS}
        self._gauges: dict[str, int] = {}
        self._findings: Mapping[tuple[str, str], int] = {}
        self._seconds: float | None = None
        self._ended: datetime | None = None
        self.last_success: datetime | None = None
        """When the last run over everything began that was complete."""
        self.last: Report | None = None
        """The last run over everything."""
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def add(self, report: Report) -> None:
        """Take a run in."""
        with self._lock:
            counts = self._counts
            counts["runs"][_result_of(report),] += 1
            for system, answers in report.answers.items():
                for status, number in answers.items():
                    counts["requests"][system, status] += number
            for each in report.result.incidents if report.result else ():
                counts["writes"][each.target,] += len(each.writes)
                counts["failures"][each.target,] += len(each.failures)
            if report.error and not report.is_locked_out:
                counts["failures"]["datadog" if report.is_outage else "record",] += 1
            if report.is_whole and not report.is_locked_out:
                self._take_whole(report)

    def _take_whole(self, report: Report) -> None:
        self.last, self._ended, self._seconds = report, report.finished, report.seconds
        if report.is_complete:
            self.last_success = report.began
        if report.result is None:
            return
        results = report.result.incidents
        # Reversed, so that Datadog's result counts, which stands before those of places.
        first = {each.incident_id: each.incident for each in reversed(results)}
        self._gauges = {
            "open_incidents": sum(bool(each and each.is_open) for each in first.values()),
            "conflicts": sum(len(each.conflicts) for each in results),
            "refused_writes": sum(len(each.refused_writes) for each in results),
            "held_back_incidents": len({each.incident_id for each in results if each.refusal}),
        }
        if report.waiting is not None:
            self._gauges["waiting_incidents"] = report.waiting
        if report.findings is not None:
            self._findings = report.findings

    @property
    def lag(self) -> timedelta | None:
        """How long ago the last complete run began; None where there was none."""
        last = self.last_success
        return None if last is None else max(timedelta(), self._clock() - last)

    def text(self) -> bytes:
        """All figures, as Prometheus reads them."""
        return generate_latest(self._registry)

    def write(self, file: Path) -> None:
        """Write them to a file in one step; raises UsageError.

        Whoever collects them is another user as a rule, and they are of no use to anybody else.
        """
        write_public(file, self.text().decode())

    def resume(self, file: Path) -> None:
        """Go on from the figures of an earlier process: what it counted must not begin anew.

        A job of its own for each run would always show the counts of one run, of which Prometheus
        could not make a rate.
        """
        # Python has three errors for numbers that are no count or no time.
        with suppress(ConfigurationError, ValueError, OverflowError, OSError):
            text = read_limited(file, most=MIB).decode()
            for family in text_string_to_metric_families(text):
                self._resume(family)

    def _resume(self, family: Metric) -> None:
        name = family.name.removeprefix(PREFIX)
        for sample in family.samples:
            if name in _COUNTERS and sample.name.endswith("_total"):
                _, labels = _COUNTERS[name]
                key = tuple(sample.labels.get(label, "") for label in labels)
                self._counts[name][key] += int(sample.value)
            elif name == "last_success_timestamp_seconds":
                self.last_success = datetime.fromtimestamp(sample.value, UTC)

    def describe(self) -> Iterator[Metric]:
        """Nothing ahead: which figures there are is known when they are asked for."""
        yield from ()

    def collect(self) -> Iterator[Metric]:
        """Every figure as it is at this moment."""
        with self._lock:
            figures = list(self._collect())
        yield from figures

    def _collect(self) -> Iterator[Metric]:
        build = GaugeMetricFamily(
            f"{PREFIX}build_info",
            "The version of dd-incident-roles and of Python; always 1.",
            labels=("version", "python"),
        )
        build.add_metric((__version__, platform.python_version()), 1)
        yield build
        yield from self._times()
        for name, (help_text, labels) in _COUNTERS.items():
            counter = CounterMetricFamily(f"{PREFIX}{name}", help_text, labels=labels)
            for key, number in sorted(self._counts[name].items()):
                counter.add_metric(key, number)
            yield counter
        for name, help_text in _GAUGES.items():
            # What no run has told yet is left out: a zero would say that all is well.
            if name in self._gauges:
                yield GaugeMetricFamily(f"{PREFIX}{name}", help_text, value=self._gauges[name])
        findings = GaugeMetricFamily(
            f"{PREFIX}findings",
            "What the rules of the check find in open incidents, by rule and level.",
            labels=("rule", "level"),
        )
        for (rule, level), number in sorted(self._findings.items()):
            findings.add_metric((rule, level), number)
        yield findings

    def _times(self) -> Iterator[Metric]:
        lag = self.lag
        times: tuple[tuple[str, str, float | None], ...] = (
            (
                "last_run_timestamp_seconds",
                "When the last run over everything ended, in seconds since 1970.",
                self._ended.timestamp() if self._ended else None,
            ),
            (
                "last_run_duration_seconds",
                "How long the last run over everything took.",
                self._seconds,
            ),
            (
                "last_success_timestamp_seconds",
                "When the last run over everything began that read and wrote all that it should, "
                "in seconds since 1970.",
                self.last_success.timestamp() if self.last_success else None,
            ),
            (
                "lag_seconds",
                "How long ago that was: how old what is recorded and shown can be.",
                None if lag is None else lag.total_seconds(),
            ),
        )
        for name, help_text, value in times:
            if value is not None:
                yield GaugeMetricFamily(f"{PREFIX}{name}", help_text, value=value)


def _result_of(report: Report) -> str:
    if report.is_locked_out:
        return "locked"
    return "complete" if report.is_complete else "incomplete"
