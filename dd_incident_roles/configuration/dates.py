"""Days as a configuration file has them: ``2026-12-01``."""

from __future__ import annotations

import re
from datetime import date

from dd_incident_roles.roles.yaml_nodes import Node

_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def load_date(node: Node) -> date:
    """Read a day; raises ConfigurationError for any other way to write one."""
    text = node.text()
    try:
        if _SHAPE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise node.refusal("is not a day of the calendar") from error
    raise node.refusal("must be a day such as 2026-12-01")
