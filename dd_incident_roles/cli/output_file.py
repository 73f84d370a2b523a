"""Results in a file: whole or not at all, and for nobody else to read."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from dd_incident_roles.errors import UsageError


def write_private(path: Path, content: str | Iterable[str]) -> None:
    """Write a text, given whole or in pieces, to a file that only its owner may read.

    A file that was there is replaced once the new one is complete, and keeps standing otherwise;
    what is no plain file, such as a pipe, is written to. Raises UsageError where that fails.
    """
    pieces = (content,) if isinstance(content, str) else content
    try:
        if _is_special(path):
            with path.open("w", encoding="utf-8") as stream:
                stream.writelines(pieces)
        else:
            _replace(path.resolve(), pieces)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror or type(error).__name__}.",
            hint="Give --output a file in a folder that exists and may be written.",
        ) from error


def _is_special(path: Path) -> bool:
    return path.exists() and not stat.S_ISREG(path.stat().st_mode)


def _replace(path: Path, pieces: Iterable[str]) -> None:
    # Beside the file, since only within one file system is a replacement one step; with mode 0600.
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.writelines(pieces)
            stream.flush()
            os.fsync(stream.fileno())
        Path(beside).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(beside).unlink()
        raise
