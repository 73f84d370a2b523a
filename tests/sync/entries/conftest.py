"""The benches on which the stories of the timeline are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.entries.timeline_bench import KEY, TimelineBench


@pytest.fixture
def bench(tmp_path: Path, home: None) -> Iterator[TimelineBench]:
    made = TimelineBench.at_rest(tmp_path)
    yield made
    made.record.close()


@pytest.fixture
def agreed(bench: TimelineBench) -> TimelineBench:
    """Both sides have one entry that was written here."""
    bench.add(KEY, "once")
    bench.sync()
    return bench
