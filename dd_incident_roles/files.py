"""Files that people name: read up to a limit; written completely, privately, never over a link."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final

from dd_incident_roles.errors import ConfigurationError, UsageError

MIB: Final = 1024 * 1024
"""The unit of every limit, in bytes."""

ROLES_FILE: Final = "roles.yaml"
POLICY_FILE: Final = "policy.yaml"
"""What the shipped catalogue and policy are called."""

_KINDS: Final = MappingProxyType(
    {
        stat.S_IFDIR: "a folder",
        stat.S_IFLNK: "a link",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
)


def other_kind(mode: int) -> str | None:
    """What kind of file it is, or None for a regular file."""
    if stat.S_ISREG(mode):
        return None
    return _KINDS.get(stat.S_IFMT(mode), "something else")


def read_limited(source: Path | Traversable, *, most: int, name: str | None = None) -> bytes:
    """The content of a file, never more than ``most`` bytes.

    ``name`` is what the file is called in messages. Raises ConfigurationError that names it.
    """
    file = name or str(source)
    try:
        with source.open("rb") as stream:
            # One byte more than allowed is enough to see that a file is too large.
            content = stream.read(most + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigurationError(f"cannot be read: {reason}", file=file) from error
    if len(content) > most:
        raise ConfigurationError(f"is larger than {most // MIB} MiB", file=file)
    return content


def shipped_file(name: str) -> Traversable:
    """A file of ``config/``: the copy inside the package, else the one of a source checkout.

    Raises ConfigurationError when the installation lacks it.
    """
    # A module of its own is slow to load, and few commands read one of these.
    from importlib.resources import files

    packaged = files("dd_incident_roles").joinpath("config", name)
    if packaged.is_file():
        return packaged
    checkout = Path(__file__).resolve().parents[1] / "config" / name
    if checkout.is_file():
        return checkout
    raise ConfigurationError(
        "is missing from the installation",
        file=shipped_name(name),
        hint="Install dd-incident-roles again.",
    )


def shipped_name(name: str) -> str:
    """What a shipped file is called in messages, wherever it was installed."""
    return f"config/{name}"


def read_secret(file: str) -> str:
    """The secret in a file; raises ConfigurationError that names the file and quotes nothing."""
    try:
        return read_limited(Path(file).expanduser(), most=MIB).decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ConfigurationError("is not UTF-8 text", file=file) from None


def read_lines(stream: BinaryIO, *, most: int, name: str) -> Iterator[bytes]:
    """The lines of a file, each with its end; raises ConfigurationError for one that is too long.

    So also a file of many gigabytes takes no more memory than its longest line.
    """
    number = 0
    while line := stream.readline(most):
        number += 1
        if len(line) == most:
            problem = f"is longer than {most // MIB} MiB"
            raise ConfigurationError(problem, file=name, line=number)
        yield line


def write_private(path: Path, content: str | Iterable[str]) -> None:
    """Write a text, given whole or in pieces, to a file that only its owner may read.

    An existing file is replaced once the new one is complete, and is kept if that fails.
    Raises UsageError where that fails, and for what is no regular file: the target of a link
    in a folder of several people was chosen by the one who made the link.
    """
    _write(path, content, mode=0o600)


def write_public(path: Path, content: str) -> None:
    """Write a text in the same way to a file that all may read, since nothing in it is secret."""
    _write(path, content, mode=0o644)


def _write(path: Path, content: str | Iterable[str], *, mode: int) -> None:
    pieces = (content,) if isinstance(content, str) else content
    try:
        _refuse_other_kinds(path)
        _replace(path, pieces, mode)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror or type(error).__name__}.",
            hint="Name a file in a folder that exists and may be written.",
        ) from error


def _refuse_other_kinds(path: Path) -> None:
    try:
        kind = other_kind(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if kind:
        raise UsageError(
            f"{path} cannot be written: it is {kind}.",
            hint="Name a regular file, or - for stdout.",
        )


def _replace(path: Path, pieces: Iterable[str], mode: int) -> None:
    # Beside the file, since only within one file system is a replacement one step. Made anew, with
    # mode 0600; to take its name replaces a link or the name of a hard link, and follows neither.
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            os.fchmod(handle, mode)
            stream.writelines(pieces)
            stream.flush()
            os.fsync(stream.fileno())
        Path(beside).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(beside).unlink()
        raise
