"""Every command of the program, from the tree that click builds."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

import click

from dd_incident_roles.cli.main import command_line

WIDEST_HELP = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One command, and the words by which it is called; the program itself has none."""

    words: tuple[str, ...]
    command: click.Command
    context: click.Context

    @property
    def usage(self) -> str:
        """How it is called, with its arguments in order and without its options."""
        arguments = [
            parameter.make_metavar(self.context)
            for parameter in self.command.params
            if isinstance(parameter, click.Argument)
        ]
        return " ".join(["dd-incident-roles", *self.words, *arguments])

    @property
    def options(self) -> tuple[click.Option, ...]:
        """Its own options, without ``--help`` and the global ones that it takes too."""
        return tuple(
            parameter
            for parameter in self.command.params
            if isinstance(parameter, click.Option) and not parameter.hidden
        )

    @property
    def is_group(self) -> bool:
        """Whether it only leads to other commands."""
        return isinstance(self.command, click.Group)

    @property
    def text(self) -> str:
        """What its help says about it, one paragraph a line."""
        paragraphs = inspect.cleandoc(self.command.help or "").split("\n\n")
        return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def nodes() -> tuple[Node, ...]:
    """The program and every command under it, in the order of the help."""
    root = click.Context(
        command_line,
        info_name="dd-incident-roles",
        terminal_width=WIDEST_HELP,
        max_content_width=WIDEST_HELP,
    )
    return tuple(_walk(Node(words=(), command=command_line, context=root)))


def _walk(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node.command, click.Group):
        for name in node.command.list_commands(node.context):
            command = node.command.get_command(node.context, name)
            assert command is not None
            context = click.Context(
                command,
                info_name=name,
                parent=node.context,
                terminal_width=WIDEST_HELP,
                max_content_width=WIDEST_HELP,
            )
            yield from _walk(Node(words=(*node.words, name), command=command, context=context))


NODES = nodes()
"""They do not change while the tests run."""
