"""The recorded scenarios: requests that were made of the real Datadog, with its answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"
_ID = re.compile(r"(?<=/)([0-9a-f]{8}-[0-9a-f-]{26,27}|REPLACE\.ME)(?=[/?]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request with the answer that it got."""

    method: str
    target: str
    body: object
    status: int
    content_type: str | None
    answer: object

    @property
    def endpoint(self) -> tuple[str, str, int]:
        """The endpoint and the status: what answers of the same shape have in common."""
        return self.method, _ID.sub("*", self.target.partition("?")[0]), self.status


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Exchanges that follow from one another."""

    name: str
    exchanges: tuple[Exchange, ...]


def recorded_scenarios() -> list[Scenario]:
    """Read the recordings that lie beside the project; none where they do not."""
    return [
        Scenario(
            name=file.stem,
            exchanges=tuple(_exchange(row) for row in json.loads(file.read_text("utf-8"))),
        )
        for file in sorted(RECORDINGS.glob("*.json"))
    ]


def _exchange(row: Mapping[str, Mapping[str, object]]) -> Exchange:
    request, response = row["request"], row["response"]
    headers = response["headers"]
    status = response["status"]
    assert isinstance(headers, dict)
    assert isinstance(status, int)
    return Exchange(
        method=str(request["method"]),
        target=str(request["url"]).removeprefix("https://api.datadoghq.com"),
        body=request.get("body"),
        status=status,
        content_type=headers.get("content-type"),
        answer=response.get("body"),
    )
