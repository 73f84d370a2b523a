"""Every way in which Datadog writes a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.datadog.wire import time_at


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-02-23T14:06:27.384097+00:00", datetime(2026, 2, 23, 14, 6, 27, 384097, UTC)),
        ("2026-02-16T09:47:35+00:00", datetime(2026, 2, 16, 9, 47, 35, tzinfo=UTC)),
        ("2026-07-10T20:13:46.384625879Z", datetime(2026, 7, 10, 20, 13, 46, 384625, UTC)),
        ("2026-07-10T20:13:46.999999999Z", datetime(2026, 7, 10, 20, 13, 46, 999999, UTC)),
        ("2026-07-10T20:13:46Z", datetime(2026, 7, 10, 20, 13, 46, tzinfo=UTC)),
        ("2026-07-10T22:13:46.5+02:00", datetime(2026, 7, 10, 20, 13, 46, 500000, UTC)),
        ("2026-07-10T20:13:46", datetime(2026, 7, 10, 20, 13, 46, tzinfo=UTC)),
        (" 2026-07-10T20:13:46Z ", datetime(2026, 7, 10, 20, 13, 46, tzinfo=UTC)),
    ],
)
def test_recorded_styles(written: str, meant: datetime) -> None:
    """Offsets, Z, and up to nine digits all become one aware time in UTC."""
    parsed = time_at({"at": written}, "at")
    assert parsed == meant
    assert parsed is not None
    assert parsed.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "written", ["", "yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+23:00"]
)
def test_what_is_no_time(written: str) -> None:
    """An illegible time is no time, and no crash."""
    assert time_at({"at": written}, "at") is None


@given(st.text())
def test_no_text_crashes_it(written: str) -> None:
    """Whatever stands there, the answer is an aware time or None."""
    parsed = time_at({"at": written}, "at")
    assert parsed is None or parsed.tzinfo is UTC
