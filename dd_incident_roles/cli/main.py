"""The entry point: global options, the list of commands, and one place where failures end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from copy import copy
from datetime import datetime
from importlib import import_module
from typing import Any

import click

from dd_incident_roles import __version__
from dd_incident_roles.cli.failures import end_with
from dd_incident_roles.cli.opening import Invocation, now
from dd_incident_roles.cli.options import take_globally
from dd_incident_roles.cli.output import standard_streams

CommandSpec = tuple[str, str]
"""Where a command is defined (``module:attribute``), and its one-line help."""


class LazyGroup(click.Group):
    """A group whose list of commands needs none of their modules."""

    def __init__(self, *args: object, specs: dict[str, CommandSpec], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # click's own keyword arguments
        self.specs = specs

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands in the order in which they are meant to be read."""
        return list(self.specs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command that was named."""
        if cmd_name not in self.specs:
            return None
        module, attribute = self.specs[cmd_name][0].split(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}:{attribute} is not a command")
        return self._with_global_options(command)

    def _with_global_options(self, command: click.Command) -> click.Command:
        """A command that takes the options of this group too, where its own leave them free."""
        own = {name for parameter in command.params for name in parameter.opts}
        # The command itself stays as it is, lest it take the options once more each time.
        taking = copy(command)
        taking.params = [
            *command.params,
            *(
                _repeated(option)
                for option in self.params
                if isinstance(option, click.Option)
                and option.expose_value
                and not own.intersection(option.opts)
            ),
        ]
        if isinstance(taking, click.Group):
            taking.commands = {
                name: self._with_global_options(each) for name, each in taking.commands.items()
            }
        return taking

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the one-line helps alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.specs.items()])


def _repeated(option: click.Option) -> click.Option:
    """A global option as it is taken after the command, where its help is not repeated."""
    repeated = copy(option)
    repeated.hidden, repeated.expose_value, repeated.callback = True, False, take_globally
    return repeated


_CLI = "dd_incident_roles.cli"

COMMANDS: dict[str, CommandSpec] = {
    "status": (f"{_CLI}.status:status", "Show who holds which role now, empty roles too."),
    "assign": (f"{_CLI}.assign:assign", "Give somebody a role, here and in Datadog."),
    "unassign": (f"{_CLI}.assign:unassign", "Take a role from its holder."),
    "suggest": (f"{_CLI}.status:suggest", "Propose people for roles; nobody is assigned."),
    "handoff": (f"{_CLI}.handoff:handoff", "Hand a role over, with a brief."),
    "history": (f"{_CLI}.history:history", "Show who held which role, from when to when."),
    "correct": (f"{_CLI}.history:correct", "Say who really held a role in the past."),
    "timeline": (f"{_CLI}.timeline:timeline", "Read and write the timeline of an incident."),
    "roles": (f"{_CLI}.roles:roles", "List the roles, or show what one of them is for."),
    "forget": (f"{_CLI}.status:forget", "Let go of an incident that is gone from Datadog."),
    "sync": (f"{_CLI}.sync:sync", "Bring the record and Datadog into agreement."),
    "check": (f"{_CLI}.check:check", "Report incidents whose roles break the policy."),
    "explain": (f"{_CLI}.catalog:explain", "Say what a rule of the check demands, and why."),
    "snapshot": (f"{_CLI}.check:snapshot", "Write what is known of incidents to a file."),
    "catalog": (f"{_CLI}.catalog:catalog", "Check roles, policy, people and waivers."),
    "schema": (f"{_CLI}.catalog:schema", "Print the JSON Schema of a document."),
    "sandbox": (f"{_CLI}.sandbox:sandbox", "Serve a local Datadog to try everything against."),
    "demo": (
        f"{_CLI}.sandbox:demo",
        "Show the whole product on a local Datadog, without an account.",
    ),
}


class FlagFromEnv(click.types.BoolParamType):
    """A switch that any text turns on, as the convention of NO_COLOR has it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        """Take every text but an empty one for a yes."""
        return bool(value)


@click.group(
    cls=LazyGroup,
    specs=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--config", metavar="FILE", help="Settings file (TOML).")
@click.option("--store", metavar="PATH_OR_URL", help="The record: a path or an SQLAlchemy URL.")
@click.option("-v", "--verbose", "verbosity", count=True, help="Say more; twice: each request.")
@click.option(
    "-q",
    "--quiet",
    is_flag=True,
    help="sync: say nothing unless something was done, refused or failed.",
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How log lines on stderr are written.",
)
@click.option(
    "--no-color",
    is_flag=True,
    type=FlagFromEnv(),
    envvar="NO_COLOR",
    help="Write without colours; so does NO_COLOR in the environment.",
)
@click.version_option(__version__, prog_name="dd-incident-roles")
@click.pass_context
def command_line(
    context: click.Context,
    config: str | None,
    store: str | None,
    verbosity: int,
    quiet: bool,
    log_format: str,
    no_color: bool,
) -> None:
    """During an incident on Datadog, everybody knows who does what.

    INCIDENT is 1001, IR-1001, a UUID, the incident's URL, or @: the only open one, or that of
    DD_INCIDENT_ROLES_INCIDENT. ROLE is a key, title or alias of the catalogue, in any case, such as
    im. PERSON is an e-mail, a Datadog handle, an account id, a key of the people file, or me.

    Exit codes: 0 done; 1 check found something; 2 usage or configuration; 3 incomplete, run again;
    4 held back by the guard; 70 a bug; 75 another run holds the lock.
    """
    context.color = False if no_color else None
    context.obj = Invocation(
        config=config,
        store=store,
        verbosity=verbosity,
        quiet=quiet,
        log_format=log_format,
        no_color=no_color,
        # Until here the object of the context is the clock that main was given.
        clock=context.obj or now,
    )


def main(arguments: Sequence[str] | None = None, *, clock: Callable[[], datetime] = now) -> None:
    """Run the command line and end the process with the contract's exit code."""
    with standard_streams():
        code = end_with(lambda: _run(arguments, clock))
    sys.exit(code)


def _run(arguments: Sequence[str] | None, clock: Callable[[], datetime]) -> int:
    try:
        result = command_line.main(
            args=list(arguments) if arguments is not None else None,
            prog_name="dd-incident-roles",
            standalone_mode=False,
            obj=clock,
        )
    except SystemExit:
        # So click ends, and only so, when the reader of a help text or of the demo went away.
        return 0
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    main()
