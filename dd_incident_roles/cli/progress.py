"""Progress on stderr, for people who wait longer than a second in front of a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

PATIENCE_SECONDS = 1.0
"""A run that ends sooner shows nothing."""


@contextmanager
def progress(stream: TextIO) -> Iterator[Callable[[int, int], None]]:
    """Give a function that shows how far a run is, on a terminal and only when it takes long."""
    if not stream.isatty():
        yield lambda _done, _total: None
        return
    began = time.monotonic()
    width = 0

    def report(done: int, total: int) -> None:
        nonlocal width
        if time.monotonic() - began >= PATIENCE_SECONDS:
            stream.write(f"\r{done} of {total} incidents")
            width = len(f"{total} of {total} incidents")
            stream.flush()

    try:
        yield report
    finally:
        if width:
            # Blanks and not an escape sequence: --no-color promises that there is none.
            stream.write(f"\r{' ' * width}\r")
            stream.flush()
