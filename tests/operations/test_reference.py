"""Naming an incident in every way that people paste one."""

from __future__ import annotations

import pytest

from dd_incident_roles.errors import UnknownIncident
from dd_incident_roles.model import IncidentId
from dd_incident_roles.operations.reference import ByPublicId, ByUuid, Reference, parse_reference

UUID = IncidentId("e7a543e2-56dd-5618-9504-3d21644f7505")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1001", ByPublicId(1001)),
        (" 1001 ", ByPublicId(1001)),
        ("IR-1001", ByPublicId(1001)),
        ("ir-1001", ByPublicId(1001)),
        ("#1001", ByPublicId(1001)),
        ("SECURITY-7", ByPublicId(7)),
        (UUID, ByUuid(UUID)),
        (UUID.upper(), ByUuid(UUID)),
        ("https://app.datadoghq.com/incidents/1001", ByPublicId(1001)),
        ("https://app.datadoghq.eu/incidents/1001?tab=timeline#x", ByPublicId(1001)),
        ("https://acme.datadoghq.com/incidents/1001/overview", ByPublicId(1001)),
        (f"https://app.us5.datadoghq.com/incidents/{UUID}", ByUuid(UUID)),
    ],
)
def test_every_form_of_an_incident_is_understood(text: str, expected: Reference) -> None:
    """A UUID, a number, the shown id and the address of the page all name the incident."""
    assert parse_reference(text) == expected


@pytest.mark.parametrize(
    "text", ["", "checkout", "IR-", "10.5", "https://app.datadoghq.com/dashboards/1", "-1", "IR-x1"]
)
def test_anything_else_is_refused_with_the_forms_that_work(text: str) -> None:
    """What is no incident is refused, and the answer says what one looks like."""
    with pytest.raises(UnknownIncident) as caught:
        parse_reference(text)
    assert "IR-1001" in str(caught.value.hint)
