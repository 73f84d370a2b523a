"""What a benchmark gives: rows of one table, and the counts and times that it measures them by.

Each ``bench_*.py`` has a ``measures()`` that yields its rows; ``python -m tests.benchmarks`` prints
them as one table, and ``python -m tests.benchmarks startup`` those of one file.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CLICK_SECONDS: Final = 0.039
"""The CPU of ``import click`` on the machine for which goals in seconds are set."""

CLICK: Final = ("-c", "import click")
# As the script does it: -m loads runpy besides.
PROGRAM: Final = ("-c", "from dd_incident_roles.cli.main import main; main()")


# A process begins with the peak memory of the one that starts it, so that one has to be small.
_LAUNCH: Final = """
import os, subprocess, sys, time
began, nowhere = time.perf_counter(), subprocess.DEVNULL
process = subprocess.Popen(sys.argv[1:], stdout=nowhere, stderr=nowhere)
_, status, usage = os.wait4(process.pid, 0)
print(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
print(usage.ru_nvcsw, os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One row: what was measured, the figure, the most that it may be, and what to compare by."""

    what: str
    figure: float
    unit: str = ""
    goal: float | None = None
    anchor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one process took: seconds, MB at its peak, and how often it waited for something."""

    wall: float
    cpu: float
    memory: float
    switches: int
    exit_code: int


def spent(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Spent:
    """Run Python with arguments, such as ``*PROGRAM, "check"``; its output goes nowhere."""
    done = subprocess.run(
        [sys.executable, "-c", _LAUNCH, sys.executable, *arguments],
        env=_environment(environment),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    wall, cpu, kilobytes, switches, exit_code = map(float, done.stdout.split())
    return Spent(
        wall=wall,
        cpu=cpu,
        memory=kilobytes / 1024,
        switches=int(switches),
        exit_code=int(exit_code),
    )


def output(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Run Python with arguments, and return what it prints."""
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, env=_environment(environment), check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def instructions(
    arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> float | None:
    """Millions of instructions that Python executes; none where valgrind is not installed.

    They are the same on a busy machine, to a hundredth.
    """
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder) / "counts"
        options = ("--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={counts}")
        subprocess.run(
            [valgrind, "-q", *options, sys.executable, *arguments],
            env=_environment({**(environment or {}), "PYTHONHASHSEED": "0"}),
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        summary = re.search(r"^summary: (\d+)", counts.read_text(encoding="utf-8"), re.MULTILINE)
    return int(summary[1]) / 1e6 if summary else None


def quickest(
    arguments: Sequence[str], environment: Mapping[str, str] | None = None, *, runs: int = 5
) -> tuple[Spent, float]:
    """The run that took the least CPU, and the least CPU of importing click between the runs.

    By the second one figures of different machines compare, and of different minutes.
    """
    pairs = [(spent(CLICK).cpu, spent(arguments, environment)) for _ in range(runs)]
    least = min((run for _, run in pairs), key=lambda run: run.cpu)
    return least, min(click for click, _ in pairs)


def processor(what: str, run: Spent, click: float, goal: float | None = None) -> Measure:
    """A row of CPU seconds, whose goal is set where importing click takes 39 ms."""
    aim = "" if goal is None else f"; {goal:g} s where 39"
    return Measure(
        what=what,
        figure=run.cpu,
        unit="s",
        goal=None if goal is None else goal * click / CLICK_SECONDS,
        anchor=f"import click {click * 1000:.0f} ms{aim}",
    )


def _environment(own: Mapping[str, str] | None) -> dict[str, str]:
    """The environment without somebody's Datadog and without Python's switches, and what is given.

    One of them keeps bytecode from being written: then each start compiles everything again.
    """
    others = {
        name: text for name, text in os.environ.items() if not name.startswith(("DD_", "PYTHON"))
    }
    return {**others, **(own or {})}
