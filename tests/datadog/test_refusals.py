"""What each status means, and what the sentence says."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.incidents import Incidents
from dd_incident_roles.datadog.relationships import Todos
from dd_incident_roles.datadog.teams import OnCall, Teams
from dd_incident_roles.datadog.users import Users
from dd_incident_roles.errors import (
    DatadogError,
    Forbidden,
    NotFound,
    Refused,
    Unauthorized,
    UnexpectedAnswer,
)
from tests.datadog.conftest import BASE, Datadog, failure
from tests.datadog.parts import INCIDENT as KEY
from tests.datadog.parts import notes, responders
from tests.datadog.payloads import INCIDENT_ID

PATH = "/api/v2/incidents/abc"


def refused(
    dd: Datadog, status: int, body: bytes = b"", *, method: str = "PATCH", path: str = PATH
) -> DatadogError:
    """The error that an answer turns into."""
    dd.api.add(method, f"{BASE}{path}", status=status, body=body)
    return failure(DatadogError, lambda: dd.session.send(method, path))


READINGS: dict[str, Callable[[Session], object]] = {
    "incident": lambda session: Incidents(session).get(KEY),
    "responders": lambda session: responders(session).list(KEY),
    "role of an assignment": lambda session: responders(session).role_of("a1"),
    "timeline": lambda session: notes(session).read(KEY),
    "todos": lambda session: Todos(session).of(KEY),
    "user": lambda session: Users(session).get(INCIDENT_ID),
    "team": lambda session: Teams(session).members(INCIDENT_ID),
    "who is on call": lambda session: OnCall(session).of_team(INCIDENT_ID),
    "schedules": lambda session: OnCall(session).schedules_of_team(INCIDENT_ID),
    "schedule": lambda session: OnCall(session).schedule("s"),
}


@pytest.mark.parametrize(
    ("status", "kind"), [(404, NotFound), (403, Forbidden), (405, Refused), (400, Refused)]
)
@pytest.mark.parametrize("read", READINGS.values(), ids=READINGS)
def test_what_cannot_be_read_is_said(
    read: Callable[[Session], object], status: int, kind: type[DatadogError], dd: Datadog
) -> None:
    """What is missing, or kept from these keys, is neither empty nor hidden from the caller."""
    dd.api.get(re.compile(f"{BASE}/.*"), status=status)
    assert type(failure(DatadogError, lambda: read(dd.session))) is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        *((status, Refused) for status in (400, 405, 408, 409, 418, 422)),
        *((status, UnexpectedAnswer) for status in (500, 505, 600)),
    ],
)
def test_each_status_has_its_error(status: int, kind: type[DatadogError], dd: Datadog) -> None:
    """Every status turns into one error, which keeps the status and is no half-truth."""
    error = refused(dd, status)
    assert type(error) is kind
    assert error.status == status
    assert error.ambiguous is (status >= 500)


@pytest.mark.parametrize(
    "body",
    [
        b'{"errors":["API key required"]}',
        b'{"errors":["Invalid API key"]}',
        b'{"errors":["Missing application key"]}',
        b'{"errors":[{"title":"Forbidden","detail":"The api_key is invalid"}]}',
    ],
)
def test_a_403_about_the_key_is_about_the_key(body: bytes, dd: Datadog) -> None:
    """Datadog says 403 of a bad key too; the operator must hear of the key, and of the site."""
    error = refused(dd, 403, body)
    assert isinstance(error, Unauthorized)
    assert error.stops_the_run
    assert error.hint == "Check DD_API_KEY, DD_APP_KEY and DD_SITE (now: api.datadoghq.example)."


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("GET", "/api/v2/incidents/abc", "incident_read"),
        ("PATCH", "/api/v2/incidents/abc", "incident_write"),
        ("POST", "/api/v2/incidents/abc/responders", "incident_write"),
        ("GET", "/api/v2/incidents/config/user-defined-roles", "incident_settings_read"),
        ("POST", "/api/v2/incidents/config/user-defined-fields", "incident_settings_write"),
        ("GET", "/api/v2/users", "user_access_read"),
    ],
)
def test_a_missing_permission_is_named(
    method: str, path: str, permission: str, dd: Datadog
) -> None:
    """The operator is told which permission to grant."""
    error = refused(dd, 403, b'{"errors":[{"title":"Forbidden"}]}', method=method, path=path)
    assert isinstance(error, Forbidden)
    assert permission in (error.hint or "")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"errors":["incident abc not found"]}', "incident abc not found"),
        (
            b'{"errors":[{"title":"Generic Error","detail":"incident not found"}]}',
            "Generic Error: incident not found",
        ),
        (b'{"errors":[{"status":"404","title":"Not Found"}]}', "Not Found"),
        (b'{"errors":[{"detail":"rpc error: code = NotFound"}]}', "rpc error: code = NotFound"),
        (b'{"errors":["one", {"title":"two"}, 3]}', "one; two"),
    ],
)
def test_both_shapes_of_errors_are_repeated(body: bytes, said: str, dd: Datadog) -> None:
    """What Datadog says is in the sentence, whichever back-end said it."""
    assert f": {said}." in str(refused(dd, 404, body))


@pytest.mark.parametrize("body", [b"", b"<html>gone</html>", b"[]", b'{"errors": 5}', b"\xff"])
def test_an_illegible_error_is_still_an_error(body: bytes, dd: Datadog) -> None:
    """A page of a gateway is not repeated to the reader, and not stumbled over."""
    error = refused(dd, 404, body)
    assert isinstance(error, NotFound)
    assert str(error) == "Datadog answered with 404, not found (writing the incident)."


def test_what_is_repeated_is_clean_and_short(dd: Datadog) -> None:
    """Control characters, line breaks and endless texts of a server do not reach the terminal."""
    error = refused(dd, 400, b'{"errors":["a\\u001b[31m\\n\\u0000b' + b"x" * 5000 + b'"]}')
    assert str(error).isprintable()
    assert len(str(error)) < 400


def test_a_key_in_an_answer_is_not_repeated(dd: Datadog) -> None:
    """A server that echoes the key does not get it into our output."""
    body = b'{"errors":["bad value api-key-0123456789abcdef given"]}'
    assert "bad value *** given" in str(refused(dd, 400, body))
