"""Files as a report names them to a reader who knows only the repository."""

from __future__ import annotations

from pathlib import PurePath
from urllib.parse import quote


def relative_path(file: str, root: PurePath) -> PurePath:
    """The path of a file below a root; a file that lies elsewhere keeps the path it has."""
    path = PurePath(file)
    return path.relative_to(root) if path.is_relative_to(root) else path


def relative_uri(file: str, root: PurePath) -> str:
    """The same as a URI: a relative one below the root, else one that begins with ``file://``."""
    path = relative_path(file, root)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
