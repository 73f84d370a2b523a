"""``demo``: the whole product at work on a local Datadog, by the commands that a user types."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dd_incident_roles.cli.invocation import invocation_of
from dd_incident_roles.errors import IncidentRolesError

if TYPE_CHECKING:
    from dd_incident_roles.sandbox.sandbox import Sandbox

INCIDENT = 1001


class DemoFailed(IncidentRolesError):
    """A command of the demo did not end as it should; that is a bug worth reporting."""

    exit_code = 70


@click.command()
@click.pass_context
def demo(context: click.Context) -> int:
    """Show the whole product on a local Datadog, without an account.

    Starts a sandbox with a made-up outage on a free port, runs the commands that a user would type,
    with a record in a temporary folder, and leaves nothing behind.
    """
    from dd_incident_roles.sandbox.outage import outage
    from dd_incident_roles.sandbox.sandbox import Sandbox
    from dd_incident_roles.sandbox.server import RunningSandbox

    datadog = Sandbox(clock=lambda: datetime.now(UTC))
    outage(datadog)
    _staff(datadog)
    with (
        tempfile.TemporaryDirectory(prefix="dd-incident-roles-demo-") as folder,
        RunningSandbox(datadog) as running,
    ):
        environment = _environment(running.url, Path(folder))
        if invocation_of(context).no_color:
            environment["NO_COLOR"] = "1"
        _Story(datadog, environment).tell()
    return 0


def _staff(datadog: Sandbox) -> None:
    """Give every role that the outage requires to somebody, but the Scribe's.

    That was before the story begins, so the timeline does not tell of it.
    """
    datadog.switch(timeline_system_entries=False)
    datadog.set_commander(1002, "carol@corp.example")
    for role, person in (
        ("First Responder", "bo"),
        ("Tech Lead", "dan"),
        ("Communications Manager", "carol"),
        ("Customer Support Lead", "eve"),
    ):
        datadog.give_role(INCIDENT, role, f"{person}@corp.example")
    datadog.switch(timeline_system_entries=True)


def _environment(url: str, folder: Path) -> dict[str, str]:
    """The environment of the commands: nothing of the caller's own Datadog gets into it."""
    from dd_incident_roles.environment import without_datadog

    return {
        **without_datadog(),
        "DD_API_KEY": "demo",
        "DD_APP_KEY": "demo",
        "DD_INCIDENT_ROLES_API_URL": url,
        "DD_INCIDENT_ROLES_STORE": str(folder / "record.db"),
        "DD_INCIDENT_ROLES_ABSENCE_GRACE": "0",
        "DD_INCIDENT_ROLES_ME": "carol@corp.example",
    }


@dataclass(frozen=True, slots=True)
class _Story:
    """What happens, in order."""

    datadog: Sandbox
    environment: Mapping[str, str]

    def tell(self) -> None:
        """Run the story; raises DemoFailed when a command ends otherwise than it should."""
        self.say("A local Datadog is running, with a made-up outage. Ana is its commander there.")
        self.run("sync")
        self.run("status", "1001")
        self.say("Ana goes off shift and Bo takes over.")
        self.run("assign", "1001", "im", "bo@corp.example")
        self.say(f"The commander in Datadog is now: {self.datadog.commander(INCIDENT)}")
        self.say("Meanwhile somebody makes Eve Tech Lead in Datadog, in Dan's place.")
        self.datadog.give_role(INCIDENT, "Tech Lead", "eve@corp.example")
        self.datadog.take_role(INCIDENT, "Tech Lead", "dan@corp.example")
        self.run("sync")
        self.say("That Dan is gone is believed once it was seen twice (here without a pause).")
        self.run("sync")
        self.say("Does everybody know who does what? The check says who is missing.")
        self.run("check", ends_with=1)
        self.say("Carol takes the timeline, and writes the first entry.")
        self.run("assign", "1001", "scribe", "carol@corp.example")
        self.run("timeline", "add", "1001", "Failed over to the standby database", "--at=-5m")
        self.run("check")
        self.run("status", "1001")
        self.say("Eve writes a note in Datadog; a sync brings it here.")
        self.datadog.add_note(INCIDENT, "eve@corp.example", "Customers can pay again")
        self.run("sync")
        self.run("timeline", "list", "1001")
        self.say("Another run finds nothing left to do.")
        self.run("sync")
        self.say("That was all; nothing is left behind. Next: the README's first steps.")

    def say(self, text: str) -> None:
        """Say what happens next."""
        click.secho(f"# {text}", fg="cyan")

    def run(self, *arguments: str, ends_with: int = 0) -> None:
        """Run one command as a user would, and show it."""
        click.secho(f"$ dd-incident-roles {shlex.join(arguments)}", bold=True)
        sys.stdout.flush()
        program = [sys.executable, "-m", "dd_incident_roles.cli.main", *arguments]
        code = subprocess.run(  # noqa: S603 - our own program with arguments from above
            # What a terminal shows: results and talk in one stream, in their order.
            program,
            env=dict(self.environment),
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
        click.echo("")
        if code != ends_with:
            raise DemoFailed(
                f"{' '.join(arguments)} ended with exit code {code} instead of {ends_with}.",
                hint="Please report this, with the output above.",
            )
