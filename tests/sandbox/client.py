"""A client that knows nothing but HTTP and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

NIL = "00000000-0000-0000-0000-000000000000"
OTHER_TYPE = "00000000-0000-4000-8000-000000000002"
NOBODY = "00000000-0000-4000-8000-000000000001"


class Client:
    """Asks the API of one sandbox."""

    def __init__(self, url: str, *, application_key: str = "app") -> None:
        self.url = url
        self.session = requests.Session()
        self.session.headers.update({"DD-API-KEY": "api", "DD-APPLICATION-KEY": application_key})

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        timeout: float = 10,
    ) -> requests.Response:
        """Make a request, without following redirects."""
        return self.session.request(
            method,
            f"{self.url}/api/v2{path}",
            params=query,
            json=body,
            timeout=timeout,
            allow_redirects=False,
        )

    def get(self, path: str, **query: str) -> Any:
        """Read something that is there."""
        response = self.ask("GET", path, query=query)
        assert response.status_code == 200, response.text
        return response.json()

    def write(self, method: str, path: str, body: object, *, status: int) -> Any:
        """Write something, and be answered with this status."""
        response = self.ask(method, path, body)
        assert response.status_code == status, response.text
        return response.json() if response.content else None

    def refused(self, method: str, path: str, body: object = None) -> tuple[int, object]:
        """Be refused, and tell the status with the first error."""
        response = self.ask(method, path, body)
        assert response.status_code >= 400, response.text
        return response.status_code, response.json()["errors"][0]

    def close(self) -> None:
        """Let go of the connections."""
        self.session.close()


def document(kind: str, row_id: str | None = None, /, **attributes: object) -> dict[str, object]:
    """The body of a request with attributes."""
    data: dict[str, object] = {"type": kind, "attributes": attributes}
    return {"data": data if row_id is None else {**data, "id": row_id}}


def relating(
    kind: str, relationships: Mapping[str, tuple[str, str | None]], /, **attributes: object
) -> dict[str, object]:
    """The body of a request with relationships, each to one row or to nothing."""
    links = {
        name: {"data": None if row_id is None else {"type": of, "id": row_id}}
        for name, (of, row_id) in relationships.items()
    }
    return {"data": {"type": kind, "attributes": attributes, "relationships": links}}


def commander_body(incident_id: str, user_id: str | None) -> dict[str, object]:
    """The body that sets or unsets the commander."""
    body = relating("incidents", {"commander_user": ("users", user_id)})
    data = body["data"]
    assert isinstance(data, dict)
    return {"data": {**data, "id": incident_id}}


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
