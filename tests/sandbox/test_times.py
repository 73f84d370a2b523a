"""Moments in the forms of both back-ends and of search."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from dd_incident_roles.sandbox import shapes

WHOLE = datetime(2026, 2, 23, 14, 6, 27, tzinfo=UTC)
PARTS = WHOLE.replace(microsecond=384000)
ELSEWHERE = PARTS.astimezone(timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("moment", "older", "newer"),
    [
        (WHOLE, "2026-02-23T14:06:27+00:00", "2026-02-23T14:06:27Z"),
        (PARTS, "2026-02-23T14:06:27.384000+00:00", "2026-02-23T14:06:27.384Z"),
        (ELSEWHERE, "2026-02-23T14:06:27.384000+00:00", "2026-02-23T14:06:27.384Z"),
    ],
)
def test_each_form_reads_back(moment: datetime, older: str, newer: str) -> None:
    """The older form keeps six digits, the newer drops zeros, search keeps seconds."""
    assert (shapes.older(moment), shapes.newer(moment)) == (older, newer)
    assert shapes.read(older) == shapes.read(newer) == moment
    assert shapes.whole_seconds(moment) == "2026-02-23T14:06:27+00:00"


def test_a_moment_without_an_offset_is_utc() -> None:
    """What names no offset is taken as UTC."""
    assert shapes.read("2026-02-23T14:06:27") == WHOLE
