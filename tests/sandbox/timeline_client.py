"""A timeline as a client sees and changes it."""

from __future__ import annotations

from typing import Any

from tests.sandbox.client import Client, document

CELLS = "incident_timeline_cells"


class Timeline:
    """The timeline of one incident."""

    def __init__(self, client: Client, incident_id: str) -> None:
        self.client = client
        self.path = f"/incidents/{incident_id}/timeline"

    def rows(self, **query: str) -> list[Any]:
        """The entries, as they are listed."""
        return list(self.client.get(self.path, **query)["data"])

    def shown(self, name: str) -> list[object]:
        """One attribute of every entry."""
        return [row["attributes"].get(name) for row in self.rows()]

    def body(self, text: str, *, key: str = "content") -> dict[str, object]:
        """What writes a note."""
        return document(CELLS, cell_type="markdown", content={key: text})

    def write(self, text: str, **more: object) -> Any:
        """Write a note, and be shown it."""
        body = document(CELLS, cell_type="markdown", content={"content": text}, **more)
        return self.client.write("POST", self.path, body, status=201)["data"]
