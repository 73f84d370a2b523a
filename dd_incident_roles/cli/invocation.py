"""How the program was called: the options that stand before the command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import click


def now() -> datetime:
    """The present moment, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """The global options, and the clock that the command goes by."""

    config: str | None = None
    store: str | None = None
    verbosity: int = 0
    quiet: bool = False
    log_format: str = "text"
    no_color: bool = False
    clock: Callable[[], datetime] = now


def invocation_of(context: click.Context) -> Invocation:
    """Find the global options from within any command."""
    found = context.find_object(Invocation)
    return found or Invocation()
