"""The shipped roles as Python values, so that no command reads YAML for them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from dd_incident_roles.configuration.roles_file import load_catalogue
from dd_incident_roles.roles import shipped

FILE = Path(str(shipped.__file__))
_BEGIN = "SHIPPED: Final = "


def shipped_roles() -> str:
    """The module with today's roles of config/roles.yaml; what comes before them is kept."""
    before, _, _ = FILE.read_text("utf-8").partition(_BEGIN)
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(FILE), "-"]
    unformatted = f"{before}{_BEGIN}{_source(load_catalogue())}\n"
    done = subprocess.run(command, input=unformatted, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def _source(value: object, kind: object = None) -> str:
    match value:
        case Enum():
            return f"{type(value).__name__}.{value.name}"
        case timedelta():
            return f"timedelta(seconds={value.total_seconds():.0f})"
        case Mapping():
            inner = ", ".join(f"{key!r}: {_source(each)}" for key, each in value.items())
            return f"MappingProxyType({{{inner}}})"
        case tuple():
            # Without a comma at its end ruff puts a tuple on one line where it fits.
            end = "," if len(value) == 1 else ""
            return f"({', '.join(map(_source, value))}{end})"
        case str() if kind == "RoleKey":
            return f"RoleKey({value!r})"
        case _ if is_dataclass(value):
            given = ", ".join(
                f"{each.name}={_source(getattr(value, each.name), each.type)}"
                for each in fields(value)
                if not _is_default(each, getattr(value, each.name))
            )
            return f"{type(value).__name__}({given})"
        case _:
            return repr(value)


def _is_default(each: Field[Any], value: object) -> bool:
    return each.default is not MISSING and each.default == value
