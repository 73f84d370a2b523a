"""Decoding a large JSON object in steps, so that it never is in memory as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from json import JSONDecodeError, JSONDecoder, detect_encoding

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
