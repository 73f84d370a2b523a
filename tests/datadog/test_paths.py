"""An id stays one segment of a path."""

from __future__ import annotations

import pytest

from dd_incident_roles.datadog.paging import path
from dd_incident_roles.errors import NotFound


@pytest.mark.parametrize(
    ("segment", "quoted"),
    [
        ("e7a543e2-56dd", "e7a543e2-56dd"),
        ("a/b", "a%2Fb"),
        ("../users", "..%2Fusers"),
        ("a?b=c#d", "a%3Fb%3Dc%23d"),
        ("%2e%2e", "%252e%252e"),
        ("a b", "a%20b"),
    ],
)
def test_ids_are_quoted(segment: str, quoted: str) -> None:
    """No id leads to another resource, whatever somebody typed."""
    assert path("/api/v2/incidents", segment) == f"/api/v2/incidents/{quoted}"


@pytest.mark.parametrize("segment", ["", ".", ".."])
def test_what_cannot_be_quoted_is_not_sent(segment: str) -> None:
    """Dots and nothing would be folded into another path, so nothing has such an id."""
    with pytest.raises(NotFound):
        path("/api/v2/incidents", segment, "responders")
