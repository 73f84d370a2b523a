"""Parts of a Markdown report, and how they share the room that there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dd_incident_roles.report.lines import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A head and its rows, each a whole line of Markdown; ``noun`` is what one row tells of."""

    head: str
    rows: tuple[str, ...]
    noun: str


def fitted(sections: Sequence[Section], longest: int) -> str:
    """Sections one after the other in at most so many bytes of UTF-8.

    What does not fit is cut between two rows, and each section says how many it lacks. A short
    section never gives way to a long one. The heads themselves must fit.
    """
    frames = sum(
        _size(section.head) + _size(_cut(section, len(section.rows))) for section in sections
    )
    needs = [sum(_size(row) for row in section.rows) for section in sections]
    shares = fair_shares(needs, longest - frames)
    parts = zip(sections, shares, strict=True)
    return "".join(_written(section, share) for section, share in parts)


def fair_shares(needs: Sequence[int], room: int) -> tuple[int, ...]:
    """How much of the room each need gets: all it asks for, or as much as any other gets."""
    shares = [0] * len(needs)
    left = max(room, 0)
    order = sorted(range(len(needs)), key=lambda place: needs[place])
    for taken, place in enumerate(order):
        shares[place] = min(needs[place], left // (len(needs) - taken))
        left -= shares[place]
    return tuple(shares)


def _written(section: Section, room: int) -> str:
    rows: list[str] = []
    for row in section.rows:
        room -= _size(row)
        if room < 0:
            break
        rows.append(f"{row}\n")
    missing = len(section.rows) - len(rows)
    return "".join([f"{section.head}\n", *rows, f"{_cut(section, missing)}\n" if missing else ""])


def _cut(section: Section, missing: int) -> str:
    return f"\n**{counted(missing, f'more {section.noun}')} not shown here: there is no room.**"


def _size(line: str) -> int:
    return len(f"{line}\n".encode())
