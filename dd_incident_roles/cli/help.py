"""``help`` and ``version``: what people type before they know the options for it."""

from __future__ import annotations

import click

from dd_incident_roles import __version__
from dd_incident_roles.cli import output


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
    output.write(found.get_help())
    return 0


@click.command()
def version() -> int:
    """Show the version."""
    output.write(f"dd-incident-roles, version {__version__}")
    return 0
