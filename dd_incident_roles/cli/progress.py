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
    shown = False

    def report(done: int, total: int) -> None:
        nonlocal shown
        if time.monotonic() - began >= PATIENCE_SECONDS:
            shown = True
            stream.write(f"\r{done} of {total} incidents")
            stream.flush()

    try:
        yield report
    finally:
        if shown:
            stream.write("\r\x1b[K")
            stream.flush()
