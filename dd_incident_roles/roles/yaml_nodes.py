"""A YAML file as values that remember where they stand, so that a complaint can name the place."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from dd_incident_roles.errors import ConfigurationError

Scalar = str | int | float | bool | None
Choice = TypeVar("Choice", bound=StrEnum)

_SHOWN = 80
_LONGEST = 2000
"""More characters than any title, summary or reason has that somebody reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One value of a file: its dotted path, its line (from 1), and what stands there.

    Every reading method raises ConfigurationError when something else stands there.
    """

    file: str
    path: str
    line: int
    value: Scalar | tuple[Node, ...] | Mapping[str, Node]

    def refusal(self, problem: str, *, hint: str | None = None) -> ConfigurationError:
        """The error that names this place, ready to be raised."""
        return ConfigurationError(
            problem,
            file=self.file,
            key=self.path or None,
            value=_shown(self.value),
            line=self.line,
            hint=hint,
        )

    def table(
        self, required: Collection[str], optional: Collection[str] = ()
    ) -> Mapping[str, Node]:
        """The entries of a mapping that has every required key and no unknown one."""
        for fault in self.misfits(required, optional):
            raise fault
        return self.entries()

    def misfits(
        self, required: Collection[str], optional: Collection[str] = ()
    ) -> Iterator[ConfigurationError]:
        """An error for each unknown key of a mapping, then for each required one that it lacks."""
        entries = self.entries()
        known = [*required, *optional]
        for key, entry in entries.items():
            if key not in known:
                yield entry.refusal("unknown key", hint=f"Known keys here: {', '.join(known)}.")
        for key in required:
            if key not in entries:
                yield self.refusal(f"the key {key!r} is missing")

    def entries(self) -> Mapping[str, Node]:
        """The entries of a mapping, whatever their keys are."""
        if not isinstance(self.value, Mapping):
            raise self._instead_of("a mapping of keys to values")
        return self.value

    def items(self) -> tuple[Node, ...]:
        """The members of a list."""
        if not isinstance(self.value, tuple):
            raise self._instead_of("a list")
        return self.value

    def text(self) -> str:
        """A text that says something, on one line: runs of white space count as one space."""
        if not isinstance(self.value, str):
            raise self._instead_of("a text", hint="Put it in quotes if it is meant as a text.")
        text = " ".join(self.value.split())
        if not text:
            raise self.refusal("is empty")
        if any(unicodedata.category(character) == "Cc" for character in text):
            raise self.refusal("has a control character in it")
        if len(text) > _LONGEST:
            raise self.refusal(f"has more than {_LONGEST} characters")
        return text

    def texts(self) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(item.text() for item in self.items())

    def some_texts(self) -> tuple[Node, ...]:
        """One text, or a list of at least one, as nodes that keep their places."""
        nodes = self.value if isinstance(self.value, tuple) else (self,)
        if not nodes:
            raise self.refusal("names nothing")
        for node in nodes:
            node.text()
        return nodes

    def choice(self, kind: type[Choice]) -> Choice:
        """One of a closed set of words."""
        word = self.text()
        if word not in [member.value for member in kind]:
            allowed = ", ".join(member.value for member in kind)
            raise self.refusal(f"must be one of: {allowed}")
        return kind(word)

    def truth(self) -> bool:
        """Either true or false."""
        if not isinstance(self.value, bool):
            raise self._instead_of("true or false")
        return self.value

    def integer(self, *, least: int) -> int:
        """A whole number that is not below ``least``."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self._instead_of("a whole number")
        if self.value < least:
            raise self.refusal(f"must be at least {least}")
        return self.value

    def _instead_of(self, wanted: str, *, hint: str | None = None) -> ConfigurationError:
        return self.refusal(f"must be {wanted}, and is {_kind(self.value)}", hint=hint)


def _kind(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case tuple():
            return "a list"
        case _:
            return "a mapping"


def _shown(value: Scalar | tuple[Node, ...] | Mapping[str, Node]) -> Scalar:
    match value:
        case str() if len(value) > _SHOWN:
            return f"{value[:_SHOWN]}…"
        case None | str() | bool() | int() | float():
            return value
        case _:
            return None
