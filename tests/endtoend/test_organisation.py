"""A record belongs to one organisation: keys of another are refused before anything is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dd_incident_roles.model import Organisation
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.sandbox.world import Switch
from tests.endtoend.agreement import Sides
from tests.product import API_KEY, APPLICATION_KEY, Clock, Product

OTHER_ID = "11111111-2222-3333-4444-555555555555"
UUID = "{uuid}"
COMMANDS = [
    ("status",),
    ("status", UUID),
    ("sync",),
    ("sync", UUID),
    ("check",),
    ("check", UUID),
    ("snapshot",),
    ("assign", "1001", "im", "bo@corp.example"),
    ("unassign", "1001", "im"),
    ("handoff", "1001", "im", "--to", "bo@corp.example"),
    ("timeline", "add", "1001", "Restarted"),
    ("timeline", "add", "1001", "Restarted", "--no-sync"),
]


@pytest.fixture
def other() -> Iterator[RunningSandbox]:
    """The Datadog of another organisation, with an outage of its own and the same numbers."""
    with RunningSandbox() as running:
        running.sandbox.world.org_id = OTHER_ID
        running.sandbox.world.org_name = "Staging"
        outage(running.sandbox)
        running.sandbox.forget_requests()
        yield running


def recorded_entries(sides: Sides) -> object:
    """The timeline of the incident, as recorded."""
    with sides.product.record() as record:
        return record.entries(sides.incident_id())


def test_keys_of_another_organisation(sides: Sides, other: RunningSandbox) -> None:
    """Both are named with what to type, exit 2; only who owns the keys was asked, and once."""
    before, entries = sides.state(), recorded_entries(sides)
    for arguments in COMMANDS:
        words = [word.format(uuid=sides.incident_id()) for word in arguments]
        ran = sides.product.run(*words, DD_INCIDENT_ROLES_API_URL=other.url)
        assert (words, ran.exit_code, ran.stdout) == (words, 2, "")
        assert f"The record {sides.product.store} belongs to Corp (" in ran.stderr
        assert f"the keys belong to Staging ({OTHER_ID}) on this machine" in ran.stderr
        assert "--store" in ran.stderr
        asked = [(each.method, each.path) for each in other.sandbox.requests.entries]
        assert asked == [("GET", "/api/v2/current_user")]
        assert (sides.state(), recorded_entries(sides)) == (before, entries)


def test_known_keys_record_without_a_request(sides: Sides, sandbox: Sandbox) -> None:
    """The record knows a pair of keys again, by a hash, and keeps neither of them."""
    sides.run("timeline", "add", "1001", "Restarted", "--no-sync")
    assert sandbox.requests.count() == 0
    kept = sides.product.store.read_bytes()
    assert API_KEY.encode() not in kept
    assert APPLICATION_KEY.encode() not in kept


def test_another_record_is_for_another_organisation(sides: Sides, other: RunningSandbox) -> None:
    """What the error says to type works, and each record stays with its own."""
    product, store = sides.product, str(sides.product.store.with_name("staging.sqlite3"))
    there = {"DD_INCIDENT_ROLES_API_URL": other.url}
    assert product.run("--store", store, "sync", **there).exit_code == 0
    assert product.run("status", "--store", store).exit_code == 2
    assert product.run("status").exit_code == 0


def test_another_site_is_refused_without_a_request(sides: Sides) -> None:
    """The site is known before Datadog is asked; the network is out of reach of the tests."""
    ran = sides.end_with(2, "status", DD_INCIDENT_ROLES_API_URL="", DD_SITE="datadoghq.eu")
    assert "the keys belong to datadoghq.eu" in ran.stderr


def test_a_datadog_that_does_not_say(product: Product, sandbox: Sandbox) -> None:
    """The site alone decides then, and the organisation is kept as soon as it is known."""
    sandbox.switch(current_user=Switch.MISSING)
    assert product.run("sync").exit_code == 0
    with product.record() as record:
        assert record.owner() == Organisation(site="this machine")
    sandbox.switch(current_user=Switch.ON)
    assert product.run("status").exit_code == 0
    with product.record() as record:
        owner = record.owner()
    assert owner == Organisation(site="this machine", id=sandbox.world.org_id, name="Corp")
    sandbox.switch(current_user=Switch.MISSING)
    assert product.run("sync").exit_code == 0


def test_the_owner_of_the_keys_is_asked_for_once(
    sides: Sides, sandbox: Sandbox, clock: Clock
) -> None:
    """To know the organisation takes a request a day, and one for each new pair of keys."""

    def asked() -> int:
        return sandbox.requests.count(path="/api/v2/current_user$")

    for command in ("status", "sync", "check"):
        sides.product.run(command)
    assert asked() == 0
    sides.run("sync", DD_APP_KEY="another-key-that-nobody-may-see")
    assert asked() == 1
    clock.move(days=1)
    sides.product.run("status")
    assert asked() == 2
