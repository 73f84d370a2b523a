"""What a command is given on stdin or in a file."""

from __future__ import annotations

import sys
from pathlib import Path

from dd_incident_roles.errors import UsageError

STDIN = "-"
"""What stands for stdin."""


def read_file_or_stdin(file: str) -> str:
    """The text of a file, or of stdin; raises UsageError where it cannot be read."""
    if file == STDIN:
        return read_stdin()
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{file} cannot be read: {_reason(error)}.", hint="Give a file of text in UTF-8."
        ) from error


def read_bytes(file: Path) -> bytes:
    """The content of a file; raises UsageError where it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {_reason(error)}.") from error


def read_stdin() -> str:
    """Everything on stdin; raises UsageError where that is no text."""
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise UsageError("stdin is no text in UTF-8.", hint="Convert it first.") from error


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "it is no text in UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
