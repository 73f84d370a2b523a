"""``sandbox``, a local Datadog, and ``demo``, the whole product at work on it."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dd_incident_roles.cli.options import invocation_of, now
from dd_incident_roles.cli.output import BUG
from dd_incident_roles.errors import IncidentRolesError

if TYPE_CHECKING:
    from dd_incident_roles.sandbox.sandbox import Sandbox

INCIDENT = 1001


class DemoFailed(IncidentRolesError):
    """A command of the demo did not end as it should; that is a bug worth reporting."""

    exit_code = BUG


@click.command()
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=8126,
    show_default=True,
    help="The port to answer on; 0 takes a free one.",
)
@click.option(
    "--seed",
    metavar="PATH",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A seed file; default: a made-up outage.",
)
def sandbox(port: int, seed: Path | None) -> int:
    """Serve a local Datadog on 127.0.0.1 until stopped; any keys will do.

    It knows what is known of the real one, quirks included, and keeps everything in memory. It also
    lends a record, so that yours stays as it is, and stands in for Slack, GitLab, GitHub and Jira.
    """
    from dd_incident_roles.sandbox.sandbox import Sandbox
    from dd_incident_roles.sandbox.seed import PROJECT, issue_and_room
    from dd_incident_roles.sandbox.seed import seed as fill
    from dd_incident_roles.sandbox.server import serve_forever

    local = Sandbox(clock=now)
    fill(local, seed)
    link = ""
    if seed is None:
        issue_and_room(local)
        link = f"  dd-incident-roles link 1001 'gitlab:{PROJECT}#1'\n"
    with tempfile.TemporaryDirectory(prefix="dd-incident-roles-sandbox-") as folder:
        record = shlex.quote(str(Path(folder) / "record.sqlite3"))

        def say_how(url: str) -> None:
            click.echo(
                f"A local Datadog answers at {url}. In another terminal:\n"
                f"  export DD_INCIDENT_ROLES_API_URL={url} DD_API_KEY=any DD_APP_KEY=any"
                f" DD_INCIDENT_ROLES_STORE={record}\n"
                "  dd-incident-roles status\n"
                "With an issue in GitLab and the topic of a channel in Slack:\n"
                f"  export {_shell(_elsewhere(url))}\n"
                f"{link}"
                f"What they show then: curl -s {url}/_sandbox/state\n"
                "Ctrl-C stops it; nothing is kept.",
                err=True,
            )

        try:
            serve_forever(local, port=port, started=say_how)
        except OSError as error:
            raise click.ClickException(f"Port {port} cannot be used: {error.strerror}.") from error
    return 0


def _elsewhere(url: str) -> dict[str, str]:
    """The settings by which an issue in GitLab and a topic in Slack are kept up to date."""
    return {
        "DD_INCIDENT_ROLES_GITLAB_URL": f"{url}/gitlab",
        "DD_INCIDENT_ROLES_GITLAB_TOKEN": "any",
        "DD_INCIDENT_ROLES_SLACK_URL": f"{url}/slack/api",
        "DD_INCIDENT_ROLES_SLACK_TOKEN": "any",
    }


def _shell(variables: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in variables.items())


@click.command()
@click.pass_context
def demo(context: click.Context) -> int:
    """Show the whole product on a local Datadog, GitLab and Slack, without an account.

    Starts a sandbox with a made-up outage on a free port, runs the commands that a user would type,
    with a record in a temporary folder, and leaves nothing behind.
    """
    from dd_incident_roles.environment import without_datadog
    from dd_incident_roles.sandbox.sandbox import Sandbox
    from dd_incident_roles.sandbox.seed import issue_and_room, outage
    from dd_incident_roles.sandbox.server import RunningSandbox

    datadog = Sandbox(clock=now)
    outage(datadog)
    issue_and_room(datadog)
    _staff(datadog)
    with (
        tempfile.TemporaryDirectory(prefix="dd-incident-roles-demo-") as folder,
        RunningSandbox(datadog) as running,
    ):
        environment = {
            # Nothing of the caller's own Datadog gets into the story.
            **without_datadog(),
            "DD_API_KEY": "demo",
            "DD_APP_KEY": "demo",
            "DD_INCIDENT_ROLES_API_URL": running.url,
            "DD_INCIDENT_ROLES_STORE": str(Path(folder) / "record.db"),
            "DD_INCIDENT_ROLES_ME": "ana@corp.example",
            **_elsewhere(running.url),
        }
        if invocation_of(context).no_color:
            environment["NO_COLOR"] = "1"
        _tell_story(datadog, environment)
    return 0


def _staff(datadog: Sandbox) -> None:
    """Give every role that the outage requires to somebody, but the Scribe's."""
    # That was before the story begins, so the timeline does not tell of it.
    datadog.switch(timeline_system_entries=False)
    datadog.set_commander(1002, "carol@corp.example")
    for role, person in (
        ("First Responder", "bo"),
        ("Tech Lead", "dan"),
        ("Communications Manager", "carol"),
        ("Customer Support Lead", "eve"),
    ):
        datadog.give_role(INCIDENT, role, f"{person}@corp.example")
    datadog.add_note(INCIDENT, "bo@corp.example", "Payments time out")
    datadog.switch(timeline_system_entries=True)


def _tell_story(datadog: Sandbox, environment: Mapping[str, str]) -> None:
    """Run the story; raises DemoFailed when a command ends otherwise than it should."""
    from dd_incident_roles.sandbox.seed import PROJECT, ROOM

    has_gitlab = find_spec("gitlab") is not None
    run = partial(_run, environment)
    say = partial(click.secho, fg="cyan")
    say("# This is a local Datadog with a made-up outage. You are Ana, the Incident Manager.")
    say("# 1. Who is missing? Here the Scribe of IR-1001.")
    run("status")
    say("# 2. The check knows it too, and its exit code is 1. A job can look for you.")
    run("check", "1001", ends_with=1)
    say("\n# 3. Give the role to Carol. Datadog shows it at once.")
    run("assign", "1001", "scribe", "carol@corp.example")
    if has_gitlab:
        say("# 4. Link the issue in GitLab. The channel in Slack is known from Datadog.")
        run("link", "1001", f"gitlab:{PROJECT}#1")
    else:
        say("# 4. (An issue belongs here; pip install 'dd-incident-roles[gitlab]' shows it.)")
    if has_gitlab:
        say("# 5. Write a note: Datadog and the issue show it. Eve writes one in Datadog,")
        say("# and Dan in the issue: both come here, and each goes to the other place.")
    else:
        say("# 5. Write a note: Datadog shows it. Eve writes one there, and it comes here.")
    run("timeline", "add", "1001", "Failed over to the standby database", "--at", "5m")
    datadog.add_note(INCIDENT, "eve@corp.example", "Customers can pay again")
    datadog.gitlab.comment(PROJECT, 1, "The old database has no disk left", by="dan")
    run("sync", "1001")
    say("\n# 6. Go off shift. Bo gets your role and reads how things stand.")
    run("handoff", "1001", "im", "bo@corp.example", "--note", "The bank calls back at 15:00")
    say(f"# In Datadog the commander is now {datadog.commander(INCIDENT)}.")
    if has_gitlab:
        say(f"# In GitLab the issue is assigned to {datadog.gitlab.assignees(PROJECT, 1)[0]}.")
    say(f"# In Slack the topic is: {datadog.slack.channel(ROOM).topic}")
    say("# The check is quiet.")
    run("check", "1001")
    say("# 7. Afterwards: who led, and when?")
    run("history", "1001", "--role", "im")
    # make demo installs the program where no PATH leads.
    here = "ddir" if shutil.which("ddir") else relpath(Path(sys.executable).with_name("ddir"))
    say(
        "# That was all; nothing is left behind. Three things to try next:\n"
        f"#   {here} sandbox         this Datadog, to type in yourself\n"
        f"#   {here} check --help    what CI can look for\n"
        "#   docs/incident.md     one screen to keep for three in the morning"
    )


def _run(environment: Mapping[str, str], *arguments: str, ends_with: int = 0) -> None:
    """Run one command as a user would, and show it."""
    click.secho(f"$ ddir {shlex.join(arguments)}", bold=True)
    # Before the command writes to the same stream.
    sys.stdout.flush()
    code = subprocess.run(  # noqa: S603 - our own program with arguments from above
        [sys.executable, "-m", "dd_incident_roles", *arguments],
        env=dict(environment),
        # What a terminal shows: results and messages in one stream, in their order.
        stderr=subprocess.STDOUT,
        check=False,
    ).returncode
    if code != ends_with:
        raise DemoFailed(
            f"{' '.join(arguments)} ended with exit code {code} instead of {ends_with}.",
            hint="Please report this, with the output above.",
        )
