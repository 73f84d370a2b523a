"""Every command, from the tree that click builds, and the reference that is made of them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

import click

from dd_incident_roles.cli.main import SECTIONS, command_line

MARKER = "commands"
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


def reference() -> str:
    """Every command with what it does, its options and their defaults, as Markdown."""
    program = next(node for node in NODES if not node.words)
    blocks = ["## Options of every command", *_options(program)]
    for title, commands in SECTIONS.items():
        blocks.append(f"## {title}")
        for node in NODES:
            if node.words and node.words[0] in commands and not node.is_group:
                blocks += [f"### `{node.usage}`", node.text, *_options(node), *_example(node)]
    return "\n" + "\n\n".join(blocks) + "\n\n"


def _example(node: Node) -> Iterator[str]:
    if node.command.epilog:
        said, _, example = node.command.epilog.partition(": ")
        yield f"{said}: `{example}`"


def _options(node: Node) -> Iterator[str]:
    if node.options:
        rows = [_row(option, node.context) for option in node.options]
        yield "\n".join(["| Option | Default | Meaning |", "|---|---|---|", *rows])


def _row(option: click.Option, context: click.Context) -> str:
    names = ", ".join(f"`{name}{_value(option, context)}`" for name in option.opts)
    default = f"`{option.default}`" if option.show_default else ""
    return f"| {names} | {default} | {option.help}{_range(option)} |"


def _value(option: click.Option, context: click.Context) -> str:
    if option.is_flag or option.count:
        return ""
    return " " + option.make_metavar(context).strip("[]").replace("|", "\\|")


def _range(option: click.Option) -> str:
    if option.count:
        return ""
    match option.type:
        case click.IntRange(min=int() as least, max=int() as most):
            return f" From {least} to {most}."
        case click.IntRange(min=int() as least):
            return f" At least {least}."
        case _:
            return ""
