"""Parts of a JSON or YAML object that was handed to the sandbox from outside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from dd_incident_roles.errors import ConfigurationError


class Given:
    """One object, whose parts must be known and are read as what they must be.

    Raises ConfigurationError, which names the file, the place and the value.
    """

    def __init__(
        self, whole: object, *, known: frozenset[str], place: str = "", file: str | None = None
    ) -> None:
        self._place = place
        self._file = file
        if not isinstance(whole, Mapping):
            raise ConfigurationError("must be an object", file=file, key=place or None)
        self._parts: Mapping[str, object] = {str(name): part for name, part in whole.items()}
        for name in self._parts:
            if name not in known:
                raise self.wrong(name, f"is unknown; there are {', '.join(sorted(known))}")

    def wrong(self, name: str, problem: str) -> ConfigurationError:
        """Makes the error for a part that cannot be as it is."""
        return ConfigurationError(
            problem, file=self._file, key=self._path(name), value=self._parts.get(name)
        )

    def has(self, name: str) -> bool:
        """Whether the part is there, be it null."""
        return name in self._parts

    def value(self, name: str) -> object:
        """Reads a part of any type; None where it is missing."""
        return self._parts.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        """Reads a text; one without a default is required."""
        value = self._parts.get(name, default)
        if not isinstance(value, str) or not value:
            if name not in self._parts:
                raise self.wrong(name, "is required")
            raise self.wrong(name, "must be a text")
        return value

    def maybe_text(self, name: str) -> str | None:
        """Reads a text, or nothing."""
        return None if self._parts.get(name) is None else self.text(name)

    def number(self, name: str, default: int | None = None) -> int:
        """Reads a whole number; one without a default is required."""
        value = self._parts.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(name, "must be a whole number")
        return value

    def maybe_number(self, name: str) -> int | None:
        """Reads a whole number, or nothing."""
        return None if self._parts.get(name) is None else self.number(name)

    def maybe_seconds(self, name: str) -> float | None:
        """Reads a length of time, or nothing."""
        value = self._parts.get(name)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.wrong(name, "must be a number")
        return float(value)

    def flag(self, name: str) -> bool:
        """Reads true or false; false where it is missing."""
        value = self._parts.get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(name, "must be true or false")
        return value

    def maybe_moment(self, name: str) -> datetime | None:
        """Reads a moment, or nothing; one without an offset is UTC."""
        value = self._parts.get(name)
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                raise self.wrong(name, "must be a time such as 2026-01-31T09:30:00Z") from None
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        if value is None:
            return None
        raise self.wrong(
            name, "must be a time, not a date" if isinstance(value, date) else "must be a time"
        )

    def texts(self, name: str) -> list[str]:
        """Reads a list of texts, or a single text; empty where it is missing."""
        value = self._parts.get(name)
        if value is None:
            return []
        listed = value if isinstance(value, list) else [value]
        if not all(isinstance(each, str) for each in listed):
            raise self.wrong(name, "must be a list of texts")
        return [str(each) for each in listed]

    def objects(self, name: str, *, known: frozenset[str]) -> list[Given]:
        """Reads a list of objects with these parts; empty where it is missing."""
        value = self._parts.get(name)
        if value is not None and not isinstance(value, list):
            raise self.wrong(name, "must be a list")
        return [
            Given(each, known=known, place=f"{self._path(name)}[{number}]", file=self._file)
            for number, each in enumerate(value or [])
        ]

    def anything(self, name: str) -> Given:
        """Reads an object whose parts may have any name; empty where it is missing."""
        value = self._parts.get(name)
        if value is not None and not isinstance(value, Mapping):
            raise self.wrong(name, "must be an object")
        whole = value or {}
        known = frozenset(str(each) for each in whole)
        return Given(whole, known=known, place=self._path(name), file=self._file)

    def names(self) -> list[str]:
        """Lists the parts that are there."""
        return list(self._parts)

    def _path(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name
