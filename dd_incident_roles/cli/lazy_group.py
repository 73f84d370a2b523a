"""A group of commands that imports a command only when it is called or asked for help."""

from __future__ import annotations

from importlib import import_module

import click

Place = tuple[str, str]
"""Where a command is defined (``module:attribute``), and its one-line help."""


class LazyGroup(click.Group):
    """A group whose list of commands needs none of their modules."""

    def __init__(self, *args: object, places: dict[str, Place], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # click's own keyword arguments
        self.places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands in the order in which they are meant to be read."""
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command that was named."""
        if cmd_name not in self.places:
            return None
        module, attribute = self.places[cmd_name][0].split(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}:{attribute} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the one-line helps alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.places.items()])
