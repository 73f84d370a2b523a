"""Stand-ins for names, which tell the bearers apart and say nothing else of them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Pseudonyms:
    """Numbered stand-ins for the names of one incident, such as ``stream-2``.

    They sort as the names do, so that whatever goes by the order of names comes out the same, and
    a stand-in of one that is given again stays what it is.
    """

    word: str
    _met: set[str] = field(default_factory=set)
    _given: dict[str, str] = field(default_factory=dict)

    def of(self, name: str) -> str:
        """The stand-in for a name; the name itself as long as none was given out."""
        self._met.add(name)
        return self._given.get(name, name)

    def give_out(self) -> None:
        """Give every name that was met a number."""
        width = len(str(len(self._met)))
        for number, name in enumerate(sorted(self._met), start=1):
            self._given[name] = f"{self.word}{number:0{width}}"
