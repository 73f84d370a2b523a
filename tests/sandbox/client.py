"""A client that knows nothing but HTTP and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import requests

NIL = "00000000-0000-0000-0000-000000000000"
OTHER_TYPE = "00000000-0000-4000-8000-000000000002"
NOBODY = "00000000-0000-4000-8000-000000000001"
ANA, BO, DAN = (f"{name}@corp.example" for name in ("ana", "bo", "dan"))
CELLS = "incident_timeline_cells"
NO_LINKS: Mapping[str, tuple[str, str | None]] = MappingProxyType({})


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

    def shown(self, path: str, name: str, **query: str) -> list[Any]:
        """Read one attribute of every row that is listed."""
        return [row["attributes"].get(name) for row in self.get(path, **query)["data"]]

    def write(self, method: str, path: str, body: object = None) -> Any:
        """Write something, and be answered with the status that this method has."""
        response = self.ask(method, path, body)
        expected = {"POST": 201, "PATCH": 200, "DELETE": 204}[method]
        assert response.status_code == expected, response.text
        return response.json() if response.content else None

    def refused(self, method: str, path: str, body: object = None) -> tuple[int, object]:
        """Be refused, and tell the status with the first error."""
        response = self.ask(method, path, body)
        assert response.status_code >= 400, response.text
        return response.status_code, response.json()["errors"][0]

    def close(self) -> None:
        """Let go of the connections."""
        self.session.close()


def document(
    kind: str, links: Mapping[str, tuple[str, str | None]] = NO_LINKS, /, **attributes: object
) -> dict[str, object]:
    """The body of a request, with relationships that go to one row each or to nothing."""
    related = {
        name: {"data": None if row_id is None else {"type": of, "id": row_id}}
        for name, (of, row_id) in links.items()
    }
    return {"data": {"type": kind, "attributes": attributes, "relationships": related}}


def commander_body(user_id: str | None) -> dict[str, object]:
    """The body that sets or unsets the commander."""
    return document("incidents", {"commander_user": ("users", user_id)})


def note_body(text: str, key: str = "content", /, **more: object) -> dict[str, object]:
    """The body that writes a note."""
    return document(CELLS, cell_type="markdown", content={key: text}, **more)
