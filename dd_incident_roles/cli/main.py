"""The entry point: global options, the list of commands, and one place where failures end."""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from typing import Any, Final

import click

from dd_incident_roles import __version__
from dd_incident_roles.cli.options import Invocation, Zone, invocation_of, now, take_globally
from dd_incident_roles.cli.output import end_with, standard_streams, write
from dd_incident_roles.words import did_you_mean

_NEW_OBJECTS: Final = 150_000
"""After how many new objects Python looks for garbage: more than a short command makes.

Their memory is at most some megabytes.
"""

PROGRAM: Final = "ddir"
"""The short name of the program, for what people type."""

CommandSpec = tuple[str, str, str]
"""The module of a command (``module:name`` where its name differs), its help, and an example."""


class LazyGroup(click.Group):
    """A group whose list of commands needs none of their modules."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands in the order in which they are meant to be read."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command that was named."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(f"dd_incident_roles.cli.{module}"), attribute or cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{cmd_name} in {module} is not a command")
        taking = self._with_global_options(command)
        # A command can be listed under a second, shorter name.
        taking.name = cmd_name
        taking.epilog = f"For example: {PROGRAM} {COMMANDS[cmd_name][2]}"
        if ctx.resilient_parsing:
            from dd_incident_roles.cli.completion import complete_values

            complete_values(taking)
        return taking

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for one that there is not, say which may be meant."""
        name = args[0]
        if name not in COMMANDS and name[:1].isalnum() and not ctx.resilient_parsing:
            meant = OTHER_WORDS.get(name.casefold())
            near = f"Did you mean {meant}?" if meant else did_you_mean(name, list(COMMANDS))
            ctx.fail(f"No such command {name!r}. {near}".strip())
        return super().resolve_command(ctx, args)

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
        widest = max(map(len, COMMANDS))
        for title, section in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(name.ljust(widest), spec[1]) for name, spec in section.items()]
                )
                example = next(iter(section.values()))[2]
                formatter.write_text(f"For example: {PROGRAM} {example}")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands before the options: they are what a person looks for."""
        self.format_commands(ctx, formatter)
        click.Command.format_options(self, ctx, formatter)


def _repeated(option: click.Option) -> click.Option:
    """A global option as it is taken after the command, where its help is not repeated."""
    repeated = copy(option)
    repeated.hidden, repeated.expose_value, repeated.callback = True, False, take_globally
    return repeated


SECTIONS: Mapping[str, Mapping[str, CommandSpec]] = {
    "During an incident": {
        "status": ("status", "Show who holds which role now, empty roles too.", "status @"),
        "assign": ("assign", "Give somebody a role, here and in Datadog.", "assign @ im me"),
        "unassign": ("assign", "Take a role from its holder.", "unassign @ scribe"),
        "handoff": (
            "assign",
            "Hand a role over, with a brief.",
            "handoff @ im bo@corp.example --note 'DB is back, queue is not'",
        ),
        "note": (
            "timeline:add",
            "Write down what happened: timeline add, in short.",
            "note @ 'Paged the DBA' --at 5m",
        ),
        "timeline": (
            "timeline",
            "Read and write the timeline of an incident.",
            "timeline add @ 'Paged the DBA' --at 5m",
        ),
        "link": (
            "assign",
            "Show the incident in an issue or a chat room.",
            "link @ github:corp/shop#12",
        ),
        "unlink": ("assign", "Show the incident no longer in an issue or a chat room.", "unlink @"),
        "suggest": ("status", "Propose people for roles; nobody is assigned.", "suggest @ tl"),
        "roles": ("roles", "List the roles, or show what one of them is for.", "roles show im"),
    },
    "Afterwards": {
        "history": ("status", "Show who held which role, from when to when.", "history 1001"),
        "correct": (
            "status",
            "Say who really held a role in the past.",
            "correct 1001 im bo@corp.example --from 14:03 --until 14:20 --reason 'Bo led by phone'",
        ),
        "forget": ("status", "Let go of an incident that is gone from Datadog.", "forget 1001"),
    },
    "Set-up and automation": {
        "board": (
            "check",
            "Make a page to look at: incidents, roles, gaps, findings.",
            "board --output board.html",
        ),
        "sync": ("sync", "Bring the record and Datadog into agreement.", "sync --dry-run"),
        "worker": ("sync", "Sync beside other workers of one record.", "worker --once"),
        "check": ("check", "Report incidents whose roles break the policy.", "check @"),
        "doctor": ("catalog", "Look whether all that is set up works.", "doctor"),
        "explain": ("catalog", "Say what a rule of the check demands, and why.", "explain IR010"),
        "snapshot": (
            "check",
            "Write what is known of incidents to a file.",
            "snapshot --output incidents.json",
        ),
        "catalog": ("catalog", "Define the roles in Datadog; check the files.", "catalog plan"),
        "record": (
            "record",
            "Move the record to another file or database.",
            "record export moved.jsonl",
        ),
        "schema": ("catalog", "Print the JSON Schema of a document.", "schema status"),
        "completion": ("completion", "Have your shell complete commands.", "completion bash"),
        "sandbox": (
            "sandbox",
            "Serve a local Datadog to try everything on.",
            "sandbox --port 8126",
        ),
        "demo": ("sandbox", "Show the whole product, without an account.", "demo"),
        "help": ("main:help_", "Explain a command.", "help assign"),
        "version": ("main", "Show the version.", "version"),
    },
}
"""The commands by when they are needed."""

COMMANDS: Mapping[str, CommandSpec] = {
    name: spec for section in SECTIONS.values() for name, spec in section.items()
}

OTHER_WORDS: Mapping[str, str] = {
    "accept": "handoff accept",
    "add": "timeline add",
    "decline": "handoff decline",
    "devise": "roles devise",
    "give": "assign",
    "list": "timeline list",
    "take": "assign",
    "who": "status",
    "write": "timeline write",
}
"""What else people type, and the command that they mean."""


class FlagFromEnv(click.types.BoolParamType):
    """A switch that any text turns on, as the convention of NO_COLOR has it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        """Take every text but an empty one for a yes."""
        return bool(value)


_WORDS = """INCIDENT is 1001, IR-1001, a UUID, the incident's URL, or @: the incident of
DD_INCIDENT_ROLES_INCIDENT, else the only open one. ROLE is a name of a role in any case, such as
im. PERSON is an e-mail, a Datadog handle, an account id, a key of the people file, or me. TIME is
14:03, now, 10m (ten minutes ago), or ISO 8601.

Exit codes: 0 done; 1 check found something; 2 usage or configuration; 3 incomplete, run again; 4
held back by the guard; 70 a bug; 75 another run holds the lock."""


@click.group(
    cls=LazyGroup,
    epilog=_WORDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--config", metavar="FILE", help="Settings file (TOML).")
@click.option("--store", metavar="PATH_OR_URL", help="The record: a path or an SQLAlchemy URL.")
@click.option(
    "--timezone",
    metavar="ZONE",
    type=Zone(),
    envvar="DD_INCIDENT_ROLES_TIMEZONE",
    # Before the times that are typed beside it, which are read in this zone.
    is_eager=True,
    help="The zone of times that are typed and shown, such as Europe/Berlin; default: UTC.",
)
@click.option("-v", "--verbose", "verbosity", count=True, help="Say more; twice: each request.")
@click.option(
    "-q",
    "--quiet",
    is_flag=True,
    help="Say less: no card of a role, no waiting; of a sync only what was done or went wrong.",
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
def command_line(context: click.Context, /, **typed: Any) -> None:
    """During an incident on Datadog, everybody knows who does what."""
    context.obj = replace(invocation_of(context), **typed)
    context.color = False if context.obj.no_color else None


def main(
    arguments: Sequence[str] | None = None,
    *,
    clock: Callable[[], datetime] = now,
    sleep: Callable[[float], None] | None = None,
) -> None:
    """Run the command line and end the process with the contract's exit code."""
    # Loading a program makes many objects and leaves hardly any garbage: to look for some after
    # each 700 new ones, as Python does, takes a tenth of a short command. At the end Python looks
    # through all that was loaded several times, which takes as long, and the memory is free anyway.
    gc.set_threshold(_NEW_OBJECTS)
    atexit.register(gc.freeze)
    with standard_streams():
        code = end_with(lambda: _run(arguments, Invocation(clock=clock, sleep=sleep)))
    sys.exit(code)


def _called() -> str:
    """The name that was typed; by hand, since pathlib would make half of what a help text loads."""
    file = sys.argv[0].replace("\\", "/").rpartition("/")[2]
    return PROGRAM if file.partition(".")[0] == PROGRAM else "dd-incident-roles"


def _run(arguments: Sequence[str] | None, invocation: Invocation) -> int:
    try:
        result = command_line.main(
            args=list(arguments) if arguments is not None else None,
            prog_name=_called(),
            # One variable for both names of the program: click has one for each.
            complete_var="_DDIR_COMPLETE",
            standalone_mode=False,
            obj=invocation,
        )
    except SystemExit:
        # So click ends, and only so, when the reader of a help text or of the demo went away.
        return 0
    return result if isinstance(result, int) else 0


@click.command("help")
@click.argument("commands", nargs=-1, metavar="[COMMAND]...")
@click.pass_context
def help_(context: click.Context, commands: tuple[str, ...]) -> int:
    """Explain a command, or list all of them."""
    found = context.find_root()
    for word in commands:
        group = found.command
        if not isinstance(group, click.Group):
            context.fail(f"{found.command_path} has no commands of its own.")
        name, command, _ = group.resolve_command(found, [word])
        if command is None:
            context.fail(f"No such command {word!r}.")
        found = click.Context(command, parent=found, info_name=name)
    write(found.get_help())
    return 0


@click.command()
def version() -> int:
    """Show the version."""
    write(f"dd-incident-roles, version {__version__}")
    return 0
