"""A YAML file as plain values, with the line of each: no tags, no anchors, no key twice.

Texts are typed as YAML 1.2 has it: only ``true`` and ``false`` are truths, so that ``no`` and
``on`` stay words, and neither ``12:30`` nor a date turns into something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import yaml

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.values import frozen

Loc = tuple[str | int, ...]
"""The keys and positions that lead to a value, as pydantic names a place too."""

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
