"""The workflows and the action as they are written, in the shape that the tests ask about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

GITHUB = Path(__file__).parents[2] / ".github"
SCRIPTS = GITHUB / "scripts"
ACTION = GITHUB / "actions" / "check" / "action.yml"
CHECK = ACTION.with_name("check.sh")
WORKFLOWS = tuple(sorted((GITHUB / "workflows").glob("*.yml")))

Definition = Mapping[str, Any]


def definition(path: Path) -> Definition:
    """One file, with the key ``on``, which YAML 1.1 takes for a truth value, under its own name."""
    read = yaml.safe_load(path.read_text("utf-8"))
    return {("on" if key is True else key): value for key, value in read.items()}


def workflow(name: str) -> Definition:
    """A workflow by the name of its file without the ending."""
    return definition(GITHUB / "workflows" / f"{name}.yml")


def jobs() -> Iterator[tuple[str, Definition]]:
    """Every job of every workflow, under a name such as ``ci.test``."""
    for path in WORKFLOWS:
        for name, job in definition(path)["jobs"].items():
            yield f"{path.stem}.{name}", job


def steps() -> Iterator[tuple[str, Definition]]:
    """Every step of every job and of the action, under the name of where it stands."""
    for name, job in jobs():
        yield from ((name, step) for step in job["steps"])
    yield from (("action", step) for step in definition(ACTION)["runs"]["steps"])
