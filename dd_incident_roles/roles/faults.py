"""The faults of one file, gathered item by item, so that they can all be shown at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from dd_incident_roles.errors import ConfigurationError

_SEE_ALL = "Every problem of the files: dd-incident-roles catalog lint"

_Item = TypeVar("_Item")
_Read = TypeVar("_Read")


@dataclass(slots=True)
class Faults:
    """What is wrong with a file, in the order in which it is read.

    A reader goes on after a fault with whatever does not depend on it.
    """

    found: list[ConfigurationError] = field(default_factory=list)

    def note(self, faults: Iterable[ConfigurationError]) -> None:
        """Keep faults that somebody else found, however many come before another is raised."""
        try:
            for fault in faults:
                self.found.append(fault)
        except ConfigurationError as fault:
            self.found.append(fault)

    def attempt(self, read: Callable[[], _Read]) -> _Read | None:
        """What is read, or None after a fault."""
        try:
            return read()
        except ConfigurationError as fault:
            self.found.append(fault)
            return None

    def each(
        self, items: Iterable[_Item], read: Callable[[_Item], _Read]
    ) -> tuple[tuple[_Item, _Read], ...]:
        """The items that could be read, each with what it came to."""
        done = []
        for item in items:
            try:
                done.append((item, read(item)))
            except ConfigurationError as fault:
                self.found.append(fault)
        return tuple(done)

    def refuse(self) -> None:
        """Raise the first fault, if there is any; it says how to see the others."""
        if not self.found:
            return
        first = self.found[0]
        if first.hint is None:
            first.hint = _SEE_ALL
        raise first
