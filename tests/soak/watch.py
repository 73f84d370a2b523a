"""One watching sync through an outage: how soon it is up to date again, and what memory it takes.

``python -m tests.soak.watch``; FAULTY (360) and QUIET (240) are seconds with faults and without,
INTERVAL (10) those between two runs.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import requests

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.cli.program import COMMAND, ROOT, environment
from tests.product import closed_port, reaching
from tests.soak.story import FAULTS, HANGS

PEOPLE = ("ana@corp.example", "bo@corp.example", "eve@corp.example")
STEP_SECONDS = 2.0


def main() -> int:
    """Let it run, and tell how it fared."""
    faulty, quiet, interval = (
        float(os.environ.get(name, default))
        for name, default in (("FAULTY", "360"), ("QUIET", "240"), ("INTERVAL", "10"))
    )
    port = closed_port().rpartition(":")[2]
    with tempfile.TemporaryDirectory() as folder, RunningSandbox(Sandbox()) as running:
        outage(running.sandbox)
        settings = {
            **reaching(running.url, Path(folder) / "record.sqlite3"),
            "DD_INCIDENT_ROLES_TIMEOUT": "5",
        }
        said = (Path(folder) / "said").open("w+")
        typed = ("sync", "--watch", f"{interval:.0f}", "--listen", port)
        environ = environment({**settings, "PYTHONUNBUFFERED": "1"})
        words = [*COMMAND, *typed]
        with subprocess.Popen(words, env=environ, cwd=ROOT, stdout=said, stderr=said) as process:
            try:
                watched = Watched(port, process.pid, interval)
                watched.let_pass(60, lambda: change(running.sandbox), "before")
                watched.let_pass(faulty, lambda: disturb(running.sandbox), "faults")
                running.sandbox.clear_faults()
                over = time.monotonic()
                watched.let_pass(quiet, lambda: change(running.sandbox), "after")
                watched.tell(over)
            finally:
                process.terminate()
        code = process.returncode
        said.seek(0)
        text = said.read()
    print(f"ended with {code}; it printed {len(text.splitlines())} lines")
    return int(code != 0 or "Traceback" in text or "bug" in text)


class Watched:
    """The lag and the memory of a process, looked at every few seconds."""

    def __init__(self, port: str, pid: int, interval: float) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.pid = pid
        self.interval = interval
        self.looks: list[tuple[float, str, float | None, float]] = []

    def let_pass(self, seconds: float, act: Callable[[], None], phase: str) -> None:
        """Act, look, and wait, until the time is over."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            act()
            time.sleep(STEP_SECONDS)
            self.looks.append((time.monotonic(), phase, self.lag(), self.memory()))

    def lag(self) -> float | None:
        """How old what is recorded can be, in seconds."""
        try:
            text = requests.get(f"{self.url}/metrics", timeout=10).text
        except requests.RequestException:
            return None
        found = re.search(r"(?m)^dd_incident_roles_lag_seconds (\S+)$", text)
        return float(found[1]) if found else None

    def memory(self) -> float:
        """The memory that the process holds, in MB."""
        text = Path(f"/proc/{self.pid}/status").read_text("utf-8")
        return int(re.findall(r"VmRSS:\s+(\d+)", text)[0]) / 1024

    def tell(self, over: float) -> None:
        """Print what was seen; ``over`` is when the faults ended."""
        for phase in ("before", "faults", "after"):
            looks = [each for each in self.looks if each[1] == phase]
            lags = [lag for _, _, lag, _ in looks if lag is not None]
            memory = [held for *_, held in looks]
            print(
                f"{phase:7} {len(looks):4} looks, {len(looks) - len(lags)} without an answer; "
                f"lag {min(lags):.1f} to {max(lags):.1f} s; "
                f"memory {memory[0]:.1f} to {memory[-1]:.1f} MB, most {max(memory):.1f}"
            )
        back = [
            at - over
            for at, phase, lag, _ in self.looks
            if phase == "after" and lag is not None and lag < self.interval
        ]
        print(f"lag under one interval {back[0]:.0f} s after the faults" if back else "never back")


def change(sandbox: Sandbox) -> None:
    """Somebody does something in Datadog, now and then."""
    if random.random() < 0.3:  # noqa: S311 - a story
        sandbox.set_commander(1001, random.choice(PEOPLE))  # noqa: S311 - a story
        sandbox.add_note(1001, random.choice(PEOPLE), f"Seen at {time.time()}")  # noqa: S311


def disturb(sandbox: Sandbox) -> None:
    """The same, while requests fail in every way."""
    change(sandbox)
    kind = random.choice(FAULTS)  # noqa: S311 - a story
    sandbox.fault(
        kind,
        method=random.choice(["GET", "POST", "PATCH"]),  # noqa: S311 - a story
        path="^/api",
        count=random.randint(1, 8),  # noqa: S311 - a story
        seconds=8.0 if kind in HANGS or kind is FaultKind.RATE_LIMIT else None,
    )


if __name__ == "__main__":
    sys.exit(main())
