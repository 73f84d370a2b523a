"""The reference of commands, made from the program itself."""

from __future__ import annotations

from collections.abc import Iterator

import click

from dd_incident_roles.cli.main import SECTIONS
from tests.cli.tree import NODES, Node

MARKER = "commands"


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
