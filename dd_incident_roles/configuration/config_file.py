"""One configuration file: its values, their lines, and everything that is wrong with it.

YAML is read as plain values: no tags, no anchors, no key twice. Texts are typed as YAML 1.2 has it:
only ``true`` and ``false`` are truths, so that ``no`` and ``on`` stay words, and neither ``12:30``
nor a date turns into something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.files import MIB, read_limited, shipped_file, shipped_name
from dd_incident_roles.values import frozen
from dd_incident_roles.words import shorten

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Loc = tuple[str | int, ...]
"""The keys and positions that lead to a value, as pydantic names a place too."""

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

_FASTEST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 20
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
_FLOAT = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}", re.ASCII)
_PLAIN_KEY = re.compile(r"[\w.\- ]+")


@frozen(kw_only=False)
class WrittenValue:
    """A value as written (lists are tuples), and the line of its key or item.

    Lines count from 1; None where the notation has none to tell, such as JSON.
    """

    value: object
    line: int | None


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


def parse_yaml(content: bytes, *, file: str) -> Mapping[Loc, WrittenValue]:
    """Every value of the one document of a file, by the way to it; the whole of it is at ().

    Raises ConfigurationError that names the file and the line.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError("is not UTF-8 text", file=file, line=line) from error
    # libyaml reads seven times faster, and every command reads these files. What it declines is
    # read again by the parser that words what is wrong for people; tabs only libyaml would allow.
    with suppress(yaml.YAMLError, ConfigurationError):
        yaml.reader.Reader(text)
        if "\t" not in text:
            return _read(text, _FASTEST, file=file)
    try:
        return _read(text, yaml.SafeLoader, file=file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = error.problem or error.context or "is not valid YAML"
        raise ConfigurationError(problem, file=file, line=line) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigurationError("contains a control character", file=file, line=line) from error


def _read(text: str, loader: type[yaml.SafeLoader], *, file: str) -> Mapping[Loc, WrittenValue]:
    reading = _Reading(file, yaml.parse(text, Loader=loader))
    reading.document()
    return reading.parts


def parts_of(tree: object) -> Mapping[Loc, WrittenValue]:
    """The same of a tree that another notation was read into."""
    parts: dict[Loc, WrittenValue] = {}
    waiting: list[tuple[Loc, object]] = [((), tree)]
    while waiting:
        loc, value = waiting.pop()
        if isinstance(value, list):
            value = tuple(value)
        inner = value.items() if isinstance(value, dict) else ()
        items = enumerate(value) if isinstance(value, tuple) else inner
        waiting += [((*loc, key), each) for key, each in items]
        parts[loc] = WrittenValue(value, None)
    return parts


def path_text(loc: Loc) -> str:
    """The location of a value as a person reads it: ``roles[1].key``."""
    shown = ""
    for part in loc:
        if isinstance(part, int):
            shown += f"[{part}]"
        else:
            word = part if _PLAIN_KEY.fullmatch(part) else repr(part)
            shown += f".{word}" if shown else word
    return shown


@dataclass(slots=True)
class _Reading:
    file: str
    events: Iterator[yaml.Event]
    parts: dict[Loc, WrittenValue] = field(default_factory=dict)

    def document(self) -> None:
        next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            raise ConfigurationError("is empty", file=self.file)
        root = next(self.events)
        self._keep((), root, self._line(root))
        next(self.events)
        if not isinstance(after := next(self.events), yaml.StreamEndEvent):
            raise self._refusal("there is a second document in the file", after, ())

    def _keep(self, loc: Loc, event: yaml.Event, line: int) -> object:
        """Read the value that starts with an event, and note where it is."""
        # What can hide text, multiply it or make it an object of Python has no place here.
        if getattr(event, "anchor", None) is not None:
            raise self._refusal("anchors and aliases are not allowed", event)
        if getattr(event, "tag", None) is not None:
            raise self._refusal("tags are not allowed", event)
        # Far below the depth at which Python gives up, and far above what any file needs.
        if len(loc) >= _DEEPEST:
            raise self._refusal(f"nested more than {_DEEPEST} deep", event)
        match event:
            case yaml.MappingStartEvent():
                value: object = self._entries(loc)
            case yaml.SequenceStartEvent():
                value = self._items(loc)
            case _:
                value = _scalar(event)
        self.parts[loc] = WrittenValue(value, line)
        return value

    def _entries(self, loc: Loc) -> dict[str, object]:
        entries: dict[str, object] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if getattr(event, "anchor", None) is not None:
                raise self._refusal("anchors and aliases are not allowed", event)
            if not isinstance(event, yaml.ScalarEvent) or not event.value:
                raise self._refusal("a key must be text", event, loc)
            key = str(event.value)
            if key in entries:
                raise self._refusal("the key is listed twice", event, (*loc, key))
            entries[key] = self._keep((*loc, key), next(self.events), self._line(event))
        return entries

    def _items(self, loc: Loc) -> tuple[object, ...]:
        items: list[object] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._keep((*loc, len(items)), event, self._line(event)))
        return tuple(items)

    def _refusal(self, problem: str, event: yaml.Event, loc: Loc = ()) -> ConfigurationError:
        key = path_text(loc) or None
        return ConfigurationError(problem, file=self.file, key=key, line=self._line(event))

    def _line(self, event: yaml.Event) -> int:
        return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(event: yaml.Event) -> str | int | float | bool | None:
    text = str(getattr(event, "value", ""))
    # In quotes, everything is a text.
    if getattr(event, "style", None):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
