"""Two records and a third writer on one timeline, with faults on: ``make soak`` (SECONDS=120)."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import count
from pathlib import Path

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox

INCIDENT = 1001
WORD = re.compile(r"\bword\d+\b")
FAULTS = (
    FaultKind.DROP_BEFORE,
    FaultKind.DROP_AFTER,
    FaultKind.STATUS_BEFORE,
    FaultKind.STATUS_AFTER,
)
GRACE_SECONDS = 2


class Soak:
    """Everybody who writes, and what has to be there in the end."""

    def __init__(self, datadog: Sandbox, url: str, folder: Path, seed: int) -> None:
        self.datadog = datadog
        self.random = random.Random(seed)  # noqa: S311 - a story that can be told again
        self.words = count()
        self.stores = [folder / "first.db", folder / "second.db"]
        self.url = url
        self.authored: set[str] = set()
        self.replaced: set[str] = set()

    def environment(self, store: Path) -> dict[str, str]:
        inherited = {name: text for name, text in os.environ.items() if not name.startswith("DD_")}
        return {
            **inherited,
            "DD_API_KEY": "soak",
            "DD_APP_KEY": "soak",
            "DD_INCIDENT_ROLES_API_URL": self.url,
            "DD_INCIDENT_ROLES_STORE": str(store),
            "DD_INCIDENT_ROLES_ABSENCE_GRACE": str(GRACE_SECONDS),
        }

    def command(self, store: Path, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "dd_incident_roles.cli.main", *arguments],
            env=self.environment(store),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def word(self) -> str:
        word = f"word{next(self.words)}"
        self.authored.add(word)
        return word

    def disturb(self) -> None:
        """The third writer writes or edits, a scribe adds, or the network misbehaves."""
        match self.random.randrange(5):
            case 0:
                self.datadog.add_note(INCIDENT, "eve@corp.example", self.word())
            case 1:
                self.edit()
            case 2 | 3:
                store = self.random.choice(self.stores)
                self.command(store, "timeline", "add", "1001", self.word(), "--no-sync").wait()
            case _:
                kind = self.random.choice(FAULTS)
                method = self.random.choice(["GET", "POST", "PATCH"])
                self.datadog.fault(kind, method=method, path=r"/incidents", nth=1, count=1)

    def edit(self) -> None:
        own = [cell for cell in self.datadog.cells(INCIDENT) if cell.source == "datadog"]
        notes = [cell for cell in own if cell.is_note]
        if notes:
            cell = self.random.choice(notes)
            self.replaced |= set(WORD.findall(cell.text))
            self.datadog.edit_note(INCIDENT, cell.id, self.word())

    def there(self) -> Counter[str]:
        texts = self.datadog.notes(INCIDENT)
        return Counter(word for text in texts for word in WORD.findall(text))


def main() -> int:
    """Run for some seconds, then let everything settle, and compare."""
    seconds = float(os.environ.get("SECONDS", "120"))
    seed = int(os.environ.get("SEED", str(time.time_ns() % 100_000)))
    datadog = Sandbox()
    outage(datadog)
    with tempfile.TemporaryDirectory() as folder, RunningSandbox(datadog) as running:
        soak = Soak(datadog, running.url, Path(folder), seed)
        loops = [soak.command(store, "sync", "--watch", "1") for store in soak.stores]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            soak.disturb()
            time.sleep(0.2)
        for loop in loops:
            loop.terminate()
            loop.wait()
        datadog.clear_faults()
        for _ in range(4):
            time.sleep(GRACE_SECONDS + 0.5)
            codes = [soak.command(store, "sync").wait() for store in soak.stores]
        datadog.forget_requests()
        codes = [soak.command(store, "sync").wait() for store in soak.stores]
        writes = len(datadog.requests.writes())
        there = soak.there()
    wanted = soak.authored - soak.replaced
    lost, back = wanted - set(there), soak.replaced & set(there)
    doubled = {word: number for word, number in there.items() if number > 1}
    print(
        f"seed {seed}: {len(soak.authored)} texts written, {len(soak.replaced)} replaced, ", end=""
    )
    print(f"{len(there)} in Datadog; lost {sorted(lost)}, back {sorted(back)}, doubled {doubled}; ")
    print(f"the last runs ended with {codes} and made {writes} writes")
    return 1 if lost or back or doubled or writes or any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
