"""A stand-in for the runner of GitHub: what a script is given there, and what it leaves behind."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.workflows import fake_program

Plan = Mapping[str, tuple[int, str | None]]


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
