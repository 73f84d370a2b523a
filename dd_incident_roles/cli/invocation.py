"""How the program was called: the options that stand before the command."""

from __future__ import annotations

from dataclasses import dataclass

import click


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """The global options."""

    config: str | None = None
    store: str | None = None
    verbosity: int = 0
    log_format: str = "text"
    no_color: bool = False


def invocation_of(context: click.Context) -> Invocation:
    """Find the global options from within any command."""
    found = context.find_object(Invocation)
    return found or Invocation()
