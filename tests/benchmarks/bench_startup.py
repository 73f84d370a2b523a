"""Wall and CPU time of ``--help`` beside importing click alone."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

RUNS = 15
GOALS = {"dd-incident-roles --help": 1.3}
"""The most that a command may take, in times of importing click."""

COMMANDS = {
    "python -c 'pass'": [sys.executable, "-c", "pass"],
    "python -c 'import click'": [sys.executable, "-c", "import click"],
    # As the script does it: -m loads runpy besides.
    "dd-incident-roles --help": [
        sys.executable,
        "-c",
        "import sys; from dd_incident_roles.cli.main import main; sys.exit(main(['--help']))",
    ],
    "dd-incident-roles roles list": [
        sys.executable,
        "-m",
        "dd_incident_roles.cli.main",
        "roles",
        "list",
    ],
}


def main() -> None:
    """Print the median of each."""
    print(f"start-up, median of {RUNS} runs:")
    anchor = import_click()
    for name, command in COMMANDS.items():
        walls, processors = zip(*(measured(command) for _ in range(RUNS)), strict=True)
        wall, processor = statistics.median(walls), statistics.median(processors)
        goal = f", goal {GOALS[name]}" if name in GOALS else ""
        print(
            f"  {name:<30} {wall * 1000:6.0f} ms wall {processor * 1000:6.0f} ms CPU, "
            f"{processor / anchor:5.2f} x import click{goal}"
        )


def import_click() -> float:
    """The CPU seconds of importing click, by which figures of different machines compare."""
    command = COMMANDS["python -c 'import click'"]
    return statistics.median(measured(command)[1] for _ in range(RUNS))


def measured(command: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds of one process."""
    before, began = os.times(), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - began, os.times()
    spent = (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )
    return wall, spent


if __name__ == "__main__":
    main()
