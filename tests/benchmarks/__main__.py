"""Print the table of every benchmark, or of those that are named, row by row.

With ``--slow`` those rows too that take minutes each.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from tests.benchmarks.measuring import Measure


def main(names: Sequence[str]) -> None:
    """Measure and print."""
    files = sorted(Path(__file__).parent.glob("bench_*.py"))
    print(_line("measure", "figure", "goal", "", "anchor"))
    for file in files:
        if not names or file.stem.removeprefix("bench_") in names:
            for measure in import_module(f"tests.benchmarks.{file.stem}").measures():
                print(_row(measure), flush=True)


def _row(measure: Measure) -> str:
    goal = measure.goal
    # As both are shown: a figure that reads like its goal meets it.
    is_missed = goal is not None and _rounded(measure.figure) > _rounded(goal)
    return _line(
        measure.what,
        _number(measure.figure, measure.unit),
        "" if goal is None else _number(goal, measure.unit),
        "missed" if is_missed else "",
        measure.anchor,
    )


def _rounded(number: float) -> float:
    return round(number) if number >= 100 else float(f"{number:.3g}")


def _number(number: float, unit: str) -> str:
    return f"{_rounded(number):,.12g} {unit}".rstrip()


def _line(what: str, figure: str, goal: str, missed: str, anchor: str) -> str:
    return f"{what:<54} {figure:>12} {goal:>12} {missed:<6} {anchor}".rstrip()


if __name__ == "__main__":
    main([each for each in sys.argv[1:] if not each.startswith("--")])
