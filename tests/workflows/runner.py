"""The workflows and the action as they are written, and a stand-in for the runner of GitHub.

It gives a script what that has there, and tells what the script leaves behind.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.workflows import fake_program

GITHUB = Path(__file__).parents[2] / ".github"
SCRIPTS = GITHUB / "scripts"
ACTION = GITHUB / "actions" / "check" / "action.yml"
CHECK = ACTION.with_name("check.sh")
WORKFLOWS = tuple(sorted((GITHUB / "workflows").glob("*.yml")))

Definition = Mapping[str, Any]
Plan = Mapping[str, tuple[int, str | None]]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a script came to."""

    exit_code: int
    log: str
    outputs: Mapping[str, str]
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """A folder with the program's stand-in, and the files that the runner names to a script."""

    folder: Path

    @property
    def program(self) -> Path:
        """Where the stand-in of the program is, beside a Python as in any environment."""
        return self.folder / "bin" / "dd-incident-roles"

    @property
    def workspace(self) -> Path:
        """The folder that a script starts in."""
        return self.folder / "workspace"

    def prepare(self, plan: Plan) -> None:
        """Put the stand-in of the program there, which answers as the plan says."""
        self._put("-IS", fake_program.__file__, str(self.folder))
        (self.folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")

    def install(self) -> None:
        """Put the program itself there."""
        self._put("-m", "dd_incident_roles")

    def _put(self, *arguments: str) -> None:
        self.program.parent.mkdir(parents=True, exist_ok=True)
        for path, before in ((self.program, arguments), (self.program.with_name("python"), ())):
            call = shlex.join([sys.executable, *before])
            path.write_text(f'#!/bin/sh\nexec {call} "$@"\n', encoding="utf-8")
            path.chmod(0o755)

    def run(self, script: Path, **variables: str) -> Ran:
        """Run a script as a step does, with these variables."""
        self.workspace.mkdir(exist_ok=True)
        outputs, summary = self.folder / "outputs", self.folder / "summary"
        for file in (outputs, summary):
            file.write_text("", encoding="utf-8")
        done = subprocess.run(
            [str(script)],
            check=False,
            cwd=self.workspace,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                "PATH": os.environ["PATH"],
                "HOME": os.environ["HOME"],
                "GITHUB_OUTPUT": str(outputs),
                "GITHUB_STEP_SUMMARY": str(summary),
                "PROGRAM": str(self.program),
                "RUNNER_TEMP": str(self.folder),
                **variables,
            },
        )
        lines = outputs.read_text("utf-8").splitlines()
        return Ran(
            exit_code=done.returncode,
            log=done.stdout,
            outputs=dict(line.split("=", 1) for line in lines),
            summary=summary.read_text("utf-8"),
        )

    def calls(self) -> list[Any]:
        """What the stand-in was asked, in order."""
        file = self.folder / "calls.jsonl"
        return [json.loads(line) for line in file.read_text("utf-8").splitlines()]
