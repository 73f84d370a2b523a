"""What a command is given on stdin or in a file."""

from __future__ import annotations

import sys
from pathlib import Path

from dd_incident_roles.errors import UsageError
from dd_incident_roles.files import MIB, read_limited

STDIN = "-"
"""What stands for stdin."""

_LONGEST_TEXT = 8 * MIB
"""More than anybody writes down of one incident, in bytes; on stdin in characters."""

_LARGEST_DOCUMENT = 256 * MIB
"""A snapshot of about fifty thousand incidents, in bytes."""


def read_file_or_stdin(file: str) -> str:
    """The text of a file, or of stdin; raises UsageError where it cannot be read."""
    if file == STDIN:
        return read_stdin()
    try:
        return read_limited(Path(file), most=_LONGEST_TEXT).decode("utf-8-sig")
    except ValueError as error:
        reason = "it is no text in UTF-8" if isinstance(error, UnicodeDecodeError) else error
        raise UsageError(
            f"{file} cannot be read: {reason}.", hint="Give a file of text in UTF-8."
        ) from error


def read_document(file: Path) -> bytes:
    """A snapshot or an earlier report; raises ConfigurationError where it cannot be read."""
    return read_limited(file, most=_LARGEST_DOCUMENT)


def read_stdin() -> str:
    """Everything on stdin; raises UsageError where that is no text, or too long a one."""
    try:
        text = sys.stdin.read(_LONGEST_TEXT + 1)
    except UnicodeDecodeError as error:
        raise UsageError("stdin is no text in UTF-8.", hint="Convert it first.") from error
    if len(text) > _LONGEST_TEXT:
        raise UsageError(f"stdin is longer than {_LONGEST_TEXT // MIB} MiB.")
    return text
