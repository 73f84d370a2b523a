"""Log lines on stderr: as many as were asked for, in the form that was asked for, without keys."""

from __future__ import annotations

import io
import json
import logging

from dd_incident_roles.cli.logs import set_up_logging
from dd_incident_roles.cli.opening import Invocation
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.endtoend.product import Product


def test_nothing_is_logged_by_itself(product: Product) -> None:
    """A command that goes well says nothing on stderr."""
    assert product.run("status").stderr == ""


def test_requests_are_shown(product: Product, running: RunningSandbox) -> None:
    """With -vv each request has a line with its outcome, and none has a key."""
    ran = product.run("-vv", "assign", "1001", "im", "bo@corp.example")
    asked = [(each.method, each.path) for each in running.sandbox.requests.entries]
    lines = [line.split() for line in ran.stderr.splitlines() if "DEBUG" in line]
    assert [(line[2], line[3].rstrip(":")) for line in lines] == asked
    assert {method for method, _ in asked} == {"GET", "PATCH", "POST"}
    assert {line[1] for line in lines} == {"DEBUG"}


def test_log_lines_for_collectors(product: Product) -> None:
    """With --log-format json every line is one JSON object with its time in UTC."""
    ran = product.run("-vv", "--log-format", "json", "status", "1001")
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    assert lines
    for line in lines:
        assert set(line) == {"at", "level", "logger", "message"}
        assert line["at"].endswith("Z")
    assert any(line["message"].startswith("GET /api/v2/incidents") for line in lines)


def test_a_line_is_written_once() -> None:
    """A watch that sets its log up for each of its runs does not repeat the lines."""
    stream = io.StringIO()
    for _ in range(3):
        set_up_logging(Invocation(verbosity=2), stream)
    logging.getLogger("dd_incident_roles.datadog").debug("asked")
    assert [line.split()[1:] for line in stream.getvalue().splitlines()] == [["DEBUG", "asked"]]
