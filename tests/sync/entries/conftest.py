"""The bench on which the stories of the timeline are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.entries.timeline_bench import TimelineBench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[TimelineBench]:
    made = TimelineBench.at_rest(tmp_path)
    yield made
    made.record.close()
