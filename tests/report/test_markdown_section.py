"""Sections of Markdown share the room that there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.report.check_markdown import Section, fair_shares, fitted


def section(number: int, *, noun: str = "row") -> Section:
    return Section(
        head=f"# {noun}", rows=tuple(f"- {each:03}" for each in range(number)), noun=noun
    )


@pytest.mark.parametrize(
    ("needs", "room", "shares"),
    [
        ([], 10, ()),
        ([3, 4], 10, (3, 4)),
        ([3, 40], 10, (3, 7)),
        ([40, 3], 10, (7, 3)),
        ([40, 40], 10, (5, 5)),
        ([4, 0, 40, 2], 12, (4, 0, 6, 2)),
        ([4, 4], -1, (0, 0)),
    ],
)
def test_a_short_need_never_gives_way_to_a_long_one(
    needs: list[int], room: int, shares: tuple[int, ...]
) -> None:
    """Whoever needs less than an equal share gets it all, and the others share what is left."""
    assert fair_shares(needs, room) == shares


@given(needs=st.lists(st.integers(0, 100)), room=st.integers(0, 1_000))
def test_shares_fit_the_room(needs: list[int], room: int) -> None:
    """Nobody gets more than is needed, and all together no more than there is."""
    shares = fair_shares(needs, room)
    assert all(share <= need for share, need in zip(shares, needs, strict=True))
    assert sum(shares) <= room
    assert sum(shares) == sum(needs) or sum(needs) > room


def test_what_fits_is_whole() -> None:
    """Nothing is said of a cut where there is none."""
    assert fitted([section(2)], 200) == "# row\n- 000\n- 001\n"


def test_a_section_is_cut_between_rows_and_says_so() -> None:
    """Each section that lacks rows says how many."""
    text = fitted([section(50), section(1, noun="gap")], 250)
    assert len(text.encode()) <= 250
    shown = text.count("- ")
    assert f"\n\n**{51 - shown} more rows not shown here: there is no room.**\n# gap\n" in text
    assert text.endswith("# gap\n- 000\n")


@given(longest=st.integers(150, 700))
def test_the_room_is_never_exceeded(longest: int) -> None:
    """Not by one byte, wherever the cut falls."""
    assert len(fitted([section(50), section(20, noun="gap")], longest).encode()) <= longest
