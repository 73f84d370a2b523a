"""The faults of one file, gathered item by item, so that they can all be shown at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.roles.yaml_nodes import Node

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
            self._keep(fault)

    def attempt(self, read: Callable[[], _Read]) -> _Read | None:
        """What is read, or None after a fault."""
        try:
            return read()
        except ConfigurationError as fault:
            self._keep(fault)
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
                self._keep(fault)
        return tuple(done)

    def table(
        self, node: Node, *, required: Collection[str] = (), optional: Collection[str] = ()
    ) -> Mapping[str, Node]:
        """The parts of a mapping, with a fault for each key that is unknown or missing."""
        parts = node.entries()
        self.note(node.misfits(required, optional))
        return parts

    def part(
        self,
        parts: Mapping[str, Node],
        key: str,
        read: Callable[[Node], _Read],
        default: _Read | None = None,
    ) -> _Read:
        """What a part says, or the default where it is left out.

        After a fault it is nothing at all: ``stop`` has to come before anything is made of it.
        """
        found = self.attempt(lambda: read(parts[key])) if key in parts else default
        return cast("_Read", found)

    def items(
        self, parts: Mapping[str, Node], key: str, read: Callable[[Node], _Read]
    ) -> tuple[_Read, ...]:
        """What each item of a list says that could be read; none where the list is left out."""
        items = self.attempt(parts[key].items) if key in parts else None
        return tuple(read for _, read in self.each(items or (), read))

    def stop(self) -> None:
        """Raise the first fault with the others beside it, for whoever reads the whole file."""
        if self.found:
            first, *others = self.found
            first.others = tuple(others)
            raise first

    def _keep(self, fault: ConfigurationError) -> None:
        self.found.extend((fault, *fault.others))

    def refuse(self) -> None:
        """Raise the first fault, if there is any; it says how to see the others."""
        if not self.found:
            return
        first = self.found[0]
        if first.hint is None:
            first.hint = _SEE_ALL
        raise first
