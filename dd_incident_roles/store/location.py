"""Where the record is, from what was configured."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from dd_incident_roles.errors import ConfigurationError

_DRIVERS: Final = frozenset({"sqlite", "sqlite+pysqlite"})
_HINT: Final = "Give a path, or a URL such as sqlite:////var/lib/dd-incident-roles/record.db."


def file_of(location: str) -> Path:
    """The file that a path or an ``sqlite:///`` URL names; raises ConfigurationError.

    A URL can have a password in it and is never shown.
    """
    path = _path_in_url(location) if "://" in location else location
    if not path or path == ":memory:":
        raise ConfigurationError("must name a file that lasts", key="store", hint=_HINT)
    return Path(path).expanduser().resolve()


def _path_in_url(location: str) -> str | None:
    try:
        url = make_url(location)
    except (ArgumentError, ValueError) as error:
        raise ConfigurationError("is not the URL of a database", key="store", hint=_HINT) from error
    if url.drivername not in _DRIVERS:
        raise ConfigurationError(
            f"this version keeps its record in SQLite, not in {url.get_backend_name()}",
            key="store",
            hint=_HINT,
        )
    if url.query or url.host:
        raise ConfigurationError("must have nothing but a path in it", key="store", hint=_HINT)
    return url.database
