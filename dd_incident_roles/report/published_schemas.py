"""The JSON Schemas of the documents that this program writes."""

from __future__ import annotations

from importlib.resources import files

from dd_incident_roles.errors import UsageError

_FOLDER = files("dd_incident_roles.report").joinpath("schemas")
_ENDING = ".schema.json"


def schema_names() -> tuple[str, ...]:
    """The documents that have a schema, by name; a file in the folder is all that one needs."""
    found = (each.name for each in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(_ENDING) for name in found if name.endswith(_ENDING)))


def read_schema(name: str) -> str:
    """The schema of a document as text; raises UsageError where there is none."""
    if name not in schema_names():
        known = ", ".join(schema_names())
        raise UsageError(f"No document is called {name!r}.", hint=f"Known documents: {known}.")
    return _FOLDER.joinpath(f"{name}{_ENDING}").read_text("utf-8")
