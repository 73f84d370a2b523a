"""Log lines on stderr, as text for people or as JSON for collectors."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TextIO

from dd_incident_roles.cli.options import Invocation

RUNS = "dd_incident_roles.run"
"""The logger of lines about runs: a collector has them without being asked for more."""

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record with its time in UTC."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "at": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **fields_of(record),
        }
        # Some collectors end a line wherever Unicode has a line break.
        return json.dumps(line, ensure_ascii=True)


class TextLines(logging.Formatter):
    """A line for people, with what a collector has as fields behind it."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record with the time here."""
        fields = "".join(f" {name}={value}" for name, value in fields_of(record).items())
        return super().format(record) + fields


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """What a line has beside its message."""
    return dict(getattr(record, "fields", {}))


def set_up_logging(invocation: Invocation, stream: TextIO) -> None:
    """Send this package's log lines to a stream, as many as the options ask for."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        JsonLines()
        if invocation.log_format == "json"
        else TextLines("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S")
    )
    logger = logging.getLogger("dd_incident_roles")
    # A watching sync sets this up for each run, and a line is written once.
    logger.handlers[:] = [handler]
    logger.propagate = False
    logger.setLevel(_LEVELS[min(invocation.verbosity, len(_LEVELS) - 1)])
    is_collected = invocation.log_format == "json" and not invocation.quiet
    # NOTSET leaves it to the logger above: these lines then need -v as all others.
    logging.getLogger(RUNS).setLevel(logging.INFO if is_collected else logging.NOTSET)
