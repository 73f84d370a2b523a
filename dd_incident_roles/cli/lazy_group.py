"""A group of commands that imports a command only when it is called or asked for help."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from importlib import import_module
from typing import Any

import click
from click.core import ParameterSource

from dd_incident_roles.cli.invocation import invocation_of

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
        return self._with_global_options(command)

    def _with_global_options(self, command: click.Command) -> click.Command:
        """A command that takes the options of this group too, where its own leave them free."""
        own = {name for parameter in command.params for name in parameter.opts}
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
            formatter.write_dl([(name, text) for name, (_, text) in self.places.items()])


def _repeated(option: click.Option) -> click.Option:
    """A global option as it is taken after the command, where its help is not repeated."""
    repeated = copy(option)
    repeated.hidden, repeated.expose_value, repeated.callback = True, False, _take
    return repeated


def _take(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    name = str(parameter.name)
    if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
        context.obj = replace(invocation_of(context), **{name: value})
    return value
