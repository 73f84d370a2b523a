"""One configuration file: its values, their lines, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from dd_incident_roles.configuration.yaml_with_lines import Loc, WrittenValue, parse_yaml, path_text
from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.files import MIB, read_limited
from dd_incident_roles.words import shorten

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_Form = TypeVar("_Form", bound=BaseModel)
_Content = TypeVar("_Content")

_SEE_ALL = "To see every problem of the files: dd-incident-roles catalog lint"
_LONGEST_SHOWN = 81
_WANTED: Mapping[str, str] = {
    "bool_type": "true or false",
    "date_type": "a date such as 2026-12-01",
    "dict_type": "a mapping of keys to values",
    "float_type": "a number",
    "int_type": "a whole number",
    "model_type": "a mapping of keys to values",
    "string_type": "text",
    "time_delta_type": "a duration such as 5m",
    "tuple_type": "a list",
}
"""What a value of the wrong type should be, by pydantic's name of the error."""


_KINDS: Mapping[type, str] = {
    **{bool: "true or false", int: "a number", float: "a number"},
    **{str: "text", tuple: "a list"},
}


@dataclass(slots=True)
class ConfigFile:
    """A file that is read part by part, so that one error does not hide another.

    ``name`` is what it is called in messages; ``problems`` are in the order of the reading.
    """

    name: str
    parts: Mapping[Loc, WrittenValue]
    problems: list[ConfigurationError] = field(default_factory=list)

    def value(self, *loc: str | int) -> object:
        """The value of a place; None where there is none."""
        part = self.parts.get(loc)
        return part.value if part else None

    def line(self, loc: Loc) -> int:
        """The line of a part, from 1."""
        return self.parts[loc].line or 1

    def items(self, *loc: str | int) -> list[Loc]:
        """The locations of the items of a list; none if it is not a list."""
        items = self.value(*loc)
        return [(*loc, at) for at in range(len(items))] if isinstance(items, tuple) else []

    def entries(self, *loc: str | int) -> list[tuple[str, Loc]]:
        """The keys of a mapping and the locations of their values; none if it is not a mapping."""
        entries = self.value(*loc)
        return [(key, (*loc, key)) for key in entries] if isinstance(entries, dict) else []

    def refuse(
        self, loc: Loc, problem: str, *, hint: str | None = None, cause: Exception | None = None
    ) -> None:
        """Note what is wrong with a part, or with the one that ought to hold it."""
        # A missing key has no line, nor has the single text that is allowed instead of a list.
        while loc not in self.parts:
            loc = loc[:-1]
        part = self.parts[loc]
        error = ConfigurationError(
            problem,
            file=self.name,
            key=path_text(loc) or None,
            value=_shown(part.value),
            line=part.line,
            hint=hint,
        )
        # It is not raised here, and so gets its cause by hand.
        error.__cause__ = cause
        self.problems.append(error)

    def read(self, form: type[_Form], loc: Loc = (), context: object = None) -> _Form | None:
        """What a part says, or None after a fault; all of its faults are noted."""
        try:
            return form.model_validate(self.parts[loc].value, context=context)
        except ValidationError as error:
            faults = error.errors(include_url=False)
        # An unknown key is often the missing one, misspelt: showing it helps most.
        for fault in sorted(faults, key=lambda fault: fault["type"] != "extra_forbidden"):
            self._refuse(form, loc, fault)
        return None

    def _refuse(self, form: type[BaseModel], loc: Loc, fault: ErrorDetails) -> None:
        place, details = (*loc, *fault["loc"]), fault.get("ctx", {})
        wanted, hint = _WANTED.get(fault["type"]), details.get("hint")
        problem = fault["msg"].removeprefix("Value error, ")
        if wanted:
            problem = f"must be {wanted}, but is {_kind(fault['input'])}"
        match fault["type"]:
            case "missing":
                problem = f"the key {str(place[-1])!r} is missing"
            case "extra_forbidden":
                problem = "unknown key"
                hint = f"Known keys here: {', '.join(_known_keys(form, fault['loc']))}."
            case "enum" | "literal_error":
                allowed = str(details["expected"]).replace("'", "").replace(" or ", ", ")
                is_word = isinstance(fault["input"], str)
                problem = f"must be one of: {allowed}"
                problem += "" if is_word else f", but is {_kind(fault['input'])}"
            case "greater_than_equal":
                problem = f"must be at least {details['ge']}"
            case "string_type":
                hint = "If you mean text, put it in quotes."
            case _:
                pass
        self.refuse(place, problem, hint=hint, cause=details.get("cause"))


def open_file(path: Path | Traversable | None, shipped: str) -> ConfigFile:
    """An organisation's file, or without one the shipped file of a name.

    Raises ConfigurationError for what is no YAML, and names the file and the line.
    """
    name = shipped_name(shipped) if path is None else str(path)
    content = read_limited(path or shipped_file(shipped), most=MIB, name=name)
    return ConfigFile(name, parse_yaml(content, file=name))


def load_file(
    path: Path | Traversable | None, shipped: str, gather: Callable[[ConfigFile], _Content]
) -> _Content:
    """The content of a file; raises its first error, which says how to see the others."""
    file = open_file(path, shipped)
    content = gather(file)
    if file.problems:
        # One is enough to stop a command; lint shows all of them.
        first = file.problems[0]
        first.hint = first.hint or _SEE_ALL
        raise first
    return content


def shipped_file(name: str) -> Traversable:
    """A file of ``config/``: the copy inside the package, else the one of a source checkout.

    Raises ConfigurationError when the installation lacks it.
    """
    packaged = files("dd_incident_roles").joinpath("config", name)
    if packaged.is_file():
        return packaged
    checkout = Path(__file__).resolve().parents[2] / "config" / name
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


def _known_keys(form: type[BaseModel], loc: Loc) -> Iterator[str]:
    for part in loc[:-1]:
        inner = None if isinstance(part, int) else _form_in(form.model_fields[part].annotation)
        form = inner or form
    yield from form.model_fields


def _form_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((form for each in get_args(annotation) if (form := _form_in(each))), None)


def _kind(value: object) -> str:
    return "empty" if value is None else _KINDS.get(type(value), "a mapping")


def _shown(value: object) -> object:
    match value:
        case str():
            return shorten(value, _LONGEST_SHOWN)
        case bool() | int() | float():
            return value
        case _:
            return None
