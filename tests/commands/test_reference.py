"""Naming an incident in every way that people paste one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from dd_incident_roles.commands.naming import Reference, parse_reference
from dd_incident_roles.errors import UnknownIncident, UsageError
from dd_incident_roles.model import IncidentId
from dd_incident_roles.settings import load_settings

SETTINGS = load_settings(None, {}, {}, Path())
UUID = IncidentId("e7a543e2-56dd-5618-9504-3d21644f7505")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1001", 1001),
        (" 1001 ", 1001),
        ("IR-1001", 1001),
        ("ir-1001", 1001),
        ("#1001", 1001),
        ("SECURITY-7", 7),
        (UUID, UUID),
        (UUID.upper(), UUID),
        ("https://app.datadoghq.com/incidents/1001", 1001),
        ("https://app.datadoghq.com/incidents/1001?tab=timeline#x", 1001),
        ("HTTPS://APP.DATADOGHQ.COM/incidents/1001", 1001),
        ("https://acme.datadoghq.com/incidents/1001/overview", 1001),
        (f"https://app.datadoghq.com/incidents/{UUID}", UUID),
    ],
)
def test_every_form_of_an_incident_is_understood(text: str, expected: Reference) -> None:
    """A UUID, a number, the shown id and the address of the page all name the incident."""
    assert parse_reference(text, SETTINGS) == expected


@pytest.mark.parametrize(
    "text", ["", "checkout", "IR-", "10.5", "https://app.datadoghq.com/dashboards/1", "-1", "IR-x1"]
)
def test_anything_else_is_refused_with_the_forms_that_work(text: str) -> None:
    """What is no incident is refused, and the answer says what one looks like."""
    with pytest.raises(UnknownIncident) as caught:
        parse_reference(text, SETTINGS)
    assert "IR-1001" in str(caught.value.hint)


EU, LOCAL = {"DD_SITE": "datadoghq.eu"}, {"DD_INCIDENT_ROLES_API_URL": "http://127.0.0.1:8126"}
PROXY = {"DD_INCIDENT_ROLES_API_URL": "https://proxy.corp.example", "DD_SITE": "datadoghq.eu"}
US3 = {"DD_INCIDENT_ROLES_API_URL": "https://api.us3.datadoghq.com"}

# environment, host of the page, and the site that it is said to be of; None where it is taken
PAGES: list[tuple[Mapping[str, str], str, str | None]] = [
    ({}, "app.datadoghq.com", None),
    ({}, "mycorp.datadoghq.com", None),
    ({}, "app.datadoghq.com:443", None),
    ({}, "app.datadoghq.eu", "datadoghq.eu"),
    ({}, "us3.datadoghq.com", "us3.datadoghq.com"),
    ({}, "mycorp.us5.datadoghq.com", "us5.datadoghq.com"),
    ({}, "datadoghq.com.evil.example", "datadoghq.com.evil.example"),
    ({}, "notdatadoghq.com", "notdatadoghq.com"),
    ({}, "jira.corp.example", "jira.corp.example"),
    (EU, "mycorp.datadoghq.eu", None),
    (EU, "app.datadoghq.com", "datadoghq.com"),
    (US3, "us3.datadoghq.com", None),
    (US3, "app.datadoghq.com", "datadoghq.com"),
    (PROXY, "app.datadoghq.eu", None),
    (PROXY, "proxy.corp.example", None),
    (PROXY, "app.datadoghq.com", "datadoghq.com"),
    (LOCAL, "127.0.0.1:8126", None),
    (LOCAL, "app.datadoghq.com", None),
    (LOCAL, "app.datadoghq.eu", "datadoghq.eu"),
]


@pytest.mark.parametrize(("environ", "host", "site"), PAGES)
def test_a_page_is_of_the_configured_site(
    environ: Mapping[str, str], host: str, site: str | None
) -> None:
    """The same number is another incident elsewhere: both sites are named, and what to set."""
    settings = load_settings(None, {}, environ, Path())
    url = f"https://{host}/incidents/1001"
    if site is None:
        assert parse_reference(url, settings) == 1001
        return
    with pytest.raises(UsageError) as caught:
        parse_reference(url, settings)
    assert f"is a page of {site}, and the keys are for {settings.page_site}." in str(caught.value)
    assert type(caught.value) is UsageError
