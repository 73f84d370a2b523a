"""Reading JSON that a program wrote: what is wrong with it is said with its place and value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from json import JSONDecodeError, JSONDecoder, detect_encoding
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError

from dd_incident_roles.errors import ConfigurationError

_LONGEST_SHOWN = 60
_MUST: Final = MappingProxyType(
    {
        "missing": "is missing",
        "string_type": "must be a text",
        "int_type": "must be a whole number",
        "greater_than_equal": "must be a whole number",
        "bool_type": "must be true or false",
        "list_type": "must be a list",
        "dict_type": "must be an object",
        "mapping_type": "must be an object",
        "model_type": "must be an object",
        "model_attributes_type": "must be an object",
        "union_tag_invalid": 'must be a word or {"not_read": REASON}',
    }
)
"""What is said of each kind of error of the validation."""

_ALTERNATIVES: Final = frozenset({"bool", "int", "float", "str"})
"""What the place of an error ends with where a part could have been one of several kinds."""


def read_object(
    content: bytes, *, file: str, hint: str, each_read: EachRead = MappingProxyType({})
) -> Mapping[str, object]:
    """The JSON object that a file holds; raises ConfigurationError where it holds none.

    Elements of lists that are named in ``each_read`` are read while the file is decoded.
    """
    try:
        found = members(content, each_read)
    except UnicodeDecodeError:
        raise ConfigurationError("is no text in UTF-8", file=file, hint=hint) from None
    except RecursionError:
        raise ConfigurationError("is no JSON: it is too deep", file=file, hint=hint) from None
    except ValueError as error:
        raise ConfigurationError(f"is no JSON: {error}", file=file, hint=hint) from None
    if found is None:
        raise ConfigurationError("holds no JSON object", file=file, hint=hint)
    return found


def misread(
    error: ValidationError, *, file: str, hint: str, within: Sequence[str | int] = ()
) -> ConfigurationError:
    """The first thing that validation found wrong, with the file, the place and the value."""
    first = error.errors(include_url=False)[0]
    place = [*within, *first["loc"]]
    while place and place[-1] in _ALTERNATIVES:
        place.pop()
    problem, value = first["msg"], first["input"]
    if first["type"] == "enum":
        known = str(first["ctx"]["expected"]).replace(" or ", ", ").replace("'", "")
        problem = f"must be one of {known}"
    elif first["type"] == "missing":
        problem, value = "is missing", None
    elif first["type"] in _MUST:
        problem = f"{_MUST[first['type']]}{_found(value)}"
    return ConfigurationError(
        problem, file=file, key=_path(place) or None, value=_shown(value), hint=hint
    )


def _path(place: Sequence[str | int]) -> str:
    """The place as people write it; the names of alternatives, in brackets, are left out."""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        elif not step.startswith("("):
            text += f".{step}" if text else step
    return text


def _found(value: object) -> str:
    match value:
        case None:
            return ", and is null"
        case Mapping():
            return ", and is an object"
        case list():
            return ", and is a list"
        case _:
            return ""


def _shown(value: object) -> object:
    """The value in a message, short; what has parts is not shown."""
    match value:
        case str() if len(value) > _LONGEST_SHOWN:
            return f"{value[:_LONGEST_SHOWN]}\u2026"
        case str() | int() | float():
            return value
        case _:
            return None


_SPACE = re.compile(r"[ \t\n\r]*")

EachRead = Mapping[str, Callable[[object], object]]
"""For members that are lists: what is kept of each element instead of the element."""


def members(content: bytes, each_read: EachRead) -> dict[str, object] | None:
    """The members of a JSON object; None where the document is another value.

    Raises ValueError (UnicodeDecodeError, JSONDecodeError) and RecursionError as ``json.loads``.
    """
    text = _Text(content.decode(detect_encoding(content), "surrogatepass"))
    if not text.takes("{"):
        text.value()
        text.end()
        return None
    found: dict[str, object] = {}
    while not (text.takes("}") if not found else text.closes("}")):
        name = text.name()
        read = each_read.get(name)
        found[name] = text.elements(read) if read and text.takes("[") else text.value()
    text.end()
    return found


class _Text:
    """A JSON text, and how far it was decoded."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._decode = JSONDecoder().raw_decode

    def takes(self, sign: str) -> bool:
        """Step over a sign, if it is what comes next."""
        self._skip()
        is_next = self._text.startswith(sign, self._at)
        self._at += is_next
        return is_next

    def closes(self, sign: str) -> bool:
        """Step over the end of something, or else over the comma before what comes next."""
        if self.takes(sign):
            return True
        if not self.takes(","):
            raise JSONDecodeError("Expecting ',' delimiter", self._text, self._at)
        return False

    def name(self) -> str:
        """Step over the name of a member, and the colon after it."""
        self._skip()
        if not self._text.startswith('"', self._at):
            message = "Expecting property name enclosed in double quotes"
            raise JSONDecodeError(message, self._text, self._at)
        name = str(self.value())
        if not self.takes(":"):
            raise JSONDecodeError("Expecting ':' delimiter", self._text, self._at)
        return name

    def value(self) -> object:
        """Step over a value."""
        self._skip()
        value, self._at = self._decode(self._text, self._at)
        return value

    def elements(self, read: Callable[[object], object]) -> list[object]:
        """Step over the rest of a list, and keep what is read of its elements."""
        found: list[object] = []
        while not (self.takes("]") if not found else self.closes("]")):
            found.append(read(self.value()))
        return found

    def end(self) -> None:
        """See that nothing comes any more."""
        self._skip()
        if self._at != len(self._text):
            raise JSONDecodeError("Extra data", self._text, self._at)

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at
