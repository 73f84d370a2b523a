"""Two command lines, a tracker, a room and people who write everywhere, with faults: ``make soak``.

SECONDS (120) for each of the trackers; TRACKER and SEED tell one story again. Each text has a word
of its own, by which it is known wherever it goes. ``modified`` of the incident moves with all
changes, with none, with some, or now with these and now with those, and every record begins by
trusting it: what a run leaves unread then has to come with a later one.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.sandbox.world import Moves
from tests.endtoend.agreement import Desk, Sides
from tests.endtoend.trackers import (
    CHANNEL,
    DESKS,
    TOKEN,
    IssueDesk,
    Linked,
    open_room,
    write_people,
)
from tests.learned import trust
from tests.product import API_KEY, APPLICATION_KEY, Clock, Product
from tests.soak.story import QUIET, Soak


def soak(kind: type[IssueDesk], seed: int, seconds: float) -> str | None:
    """Let people and faults act for some time; gives what is wrong then, and what happened."""
    clock = Clock()
    chance = random.Random(seed)  # noqa: S311 - a story that can be told again
    authority = chance.choice(["follow", "propose", "mirror"])
    moves = chance.choice(
        [(), tuple(Moves), tuple(each for each in Moves if chance.random() < 0.5)]
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        RunningSandbox(Sandbox(clock=clock)) as running,
    ):
        outage(running.sandbox)
        for number in QUIET:
            running.sandbox.declare("Nothing happens here", public_id=number)
        # Else a record that begins anew takes ours for others.
        running.sandbox.switch(timeline_authors="relationship", modified_moves_with=moves)
        issue = kind(running.sandbox, running.url)
        issue.open()
        open_room(running.sandbox.slack)
        here = Path(folder) / "here" / "record.sqlite3"
        there = Path(folder) / "there" / "record.sqlite3"
        for store in (here, there):
            store.parent.mkdir()
        settings = {
            **issue.settings,
            "DD_API_KEY": API_KEY,
            "DD_APP_KEY": APPLICATION_KEY,
            "DD_INCIDENT_ROLES_API_URL": running.url,
            "DD_INCIDENT_ROLES_ABSENCE_GRACE": "60",
            "DD_INCIDENT_ROLES_ISSUE_AUTHORITY": authority,
            "DD_INCIDENT_ROLES_PEOPLE": str(write_people(Path(folder) / "people.yaml")),
            "DD_INCIDENT_ROLES_SLACK_URL": f"{running.url}/slack/api",
            "DD_INCIDENT_ROLES_SLACK_TOKEN": TOKEN,
        }

        def desk(store: Path) -> Linked:
            own = {**settings, "DD_INCIDENT_ROLES_STORE": str(store)}
            product = Product(store=store, settings=own, clock=clock)
            return Linked(Desk(Sides(product, running.sandbox)), issue)

        desks = desk(here), desk(there)
        for each in desks:
            trust(each.sides.product, clock())
        said = Soak(desks, clock, chance, authority, is_unreliable=chance.random() < 0.3)
        began, steps, checks = time.monotonic(), 0, 0
        try:
            for place in (issue.place, f"slack:{CHANNEL}"):
                assert said.type(0, "link", "1001", place) == 0
            while time.monotonic() - began < seconds:
                for _ in range(chance.randint(10, 40)):
                    said.step()
                    steps += 1
                said.checkpoint()
                checks += 1
        except AssertionError as error:
            return "\n".join([*said.story, str(error)])
    took = timedelta(seconds=round(time.monotonic() - began))
    print(
        f"{kind.tracker}: seed {seed}, {authority}, modified moves with "
        f"{', '.join(moves) or 'nothing'}{' at first' if said.is_unreliable else ''}\n"
        f"  {steps} steps and {checks} checkpoints in {took}; "
        f"{said.unread} of {said.runs} undisturbed runs did not read the incident whole\n"
        f"  {len(said.must)} texts everywhere once, {len(said.gone)} nowhere"
    )
    return None


def main() -> int:
    """Each tracker in turn, or one."""
    seconds = float(os.environ.get("SECONDS", "120"))
    seed = int(os.environ.get("SEED", str(time.time_ns() % 100_000)))
    only = os.environ.get("TRACKER")
    for kind in DESKS:
        if only in {None, kind.tracker} and (wrong := soak(kind, seed, seconds)):
            print(wrong)
            print(f"TRACKER={kind.tracker} SEED={seed}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
