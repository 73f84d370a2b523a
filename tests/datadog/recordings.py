"""What Datadog really answered, where the recordings lie beside the repository."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parents[3] / "shared" / "recordings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One recorded exchange."""

    method: str
    path: str
    status: int
    body: bytes


def recorded(name: str = "*") -> list[Recorded]:
    """The exchanges of the recordings whose file name fits; skips the test when there are none."""
    found = list(_exchanges(name))
    if not found:
        pytest.skip("The recorded responses are not beside this repository.")
    return found


def one(name: str, method: str, path_part: str) -> Recorded:
    """The first exchange with a method whose path contains something."""
    fitting = (each for each in recorded(name) if each.method == method and path_part in each.path)
    return next(fitting)


def _exchanges(name: str) -> Iterator[Recorded]:
    for file in sorted(_FOLDER.glob(f"{name}.json")):
        for exchange in json.loads(file.read_text()):
            request, response = exchange["request"], exchange["response"]
            yield Recorded(
                method=request["method"],
                path=request["url"].split(".com", 1)[1],
                status=response["status"],
                body=json.dumps(response["body"]).encode(),
            )
