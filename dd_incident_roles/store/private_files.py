"""Files and folders that only their owner may read."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from dd_incident_roles.errors import RecordError
from dd_incident_roles.files import other_kind

OWNER_ONLY: Final = 0o600
_OTHERS: Final = 0o077


def make_private_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, each for its owner only."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


def demand_ours(file: Path) -> None:
    """Raise RecordError unless a file, if there is one, is a regular one of the user who runs this.

    A device, a pipe or a link would be written to, and a stranger's file would be believed.
    """
    try:
        found = file.lstat()
    except FileNotFoundError:
        return
    if kind := other_kind(found.st_mode):
        raise RecordError(
            f"{file} is {kind}, not a regular file.",
            hint="It was not changed. Choose a file with --store.",
        )
    if found.st_uid != os.geteuid():
        raise RecordError(
            f"{file} belongs to another user (uid {found.st_uid}; this runs as {os.geteuid()}).",
            hint="It was not changed. Run this as its owner, or choose another file with --store.",
        )


def make_private(file: Path) -> None:
    """Remove everyone else's rights to a file; those of its owner stay."""
    # By name, and never by opening it: closing any descriptor of a database drops the locks that
    # SQLite holds on it in this process (fcntl(2)), and a second process writes into its pages.
    with suppress(FileNotFoundError, PermissionError):
        mode = file.lstat().st_mode
        if stat.S_ISREG(mode) and mode & _OTHERS:
            file.chmod(stat.S_IMODE(mode) & ~_OTHERS)


def make_descriptor_private(descriptor: int) -> None:
    """Remove everyone else's rights to an open file."""
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    if mode & _OTHERS:
        os.fchmod(descriptor, mode & ~_OTHERS)


def put_on_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, would survive a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
