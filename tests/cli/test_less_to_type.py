"""What a tired person need not type: the incident at hand, and option names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.product import Product, closed_port

BO = "bo@corp.example"
NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
BERLIN = {"DD_INCIDENT_ROLES_TIMEZONE": "Europe/Berlin"}


def test_the_incident_of_the_settings(shared: Product) -> None:
    """It is what @ means, whatever else is open, and is named as any incident is."""
    settings = {"DD_INCIDENT_ROLES_INCIDENT": "IR-1002"}
    for command in (("status", "@"), ("timeline", "export", "@", "--format", "json")):
        ran = shared.run(*command, **settings)
        assert ran.exit_code == 0
        assert ran.stdout == shared.run(*[word.replace("@", "1002") for word in command]).stdout
    ran = shared.run("status", "@", DD_INCIDENT_ROLES_INCIDENT="the big one")
    assert (ran.exit_code, "incident 'the big one'" in ran.stderr) == (2, True)


def test_one_of_several_open_incidents(shared: Product) -> None:
    """They are listed to choose from, and nothing is done."""
    ran = shared.run("assign", "@", "im", BO)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr == (
        "Error: 2 incidents are open. Which one?\n"
        "  IR-1002  SEV-3  Nightly report is late\n"
        "  IR-1001  SEV-1  Checkout fails for most customers\n"
        "  Type a number instead of @, or set DD_INCIDENT_ROLES_INCIDENT to it.\n"
    )


def test_the_only_open_incident(product: Product, sandbox: Sandbox) -> None:
    """It is what @ means, by the record where Datadog is down, until it is resolved."""
    sandbox.set_state(1002, "resolved")
    handed = product.run("handoff", "@", "im", BO)
    assert (handed.exit_code, handed.stderr.count("Error")) == (0, 0)
    assert handed.stdout.startswith("Bo is Incident Manager of IR-1001 now, after Ana.")
    assert sandbox.commander(1001) == BO
    down = product.run("timeline", "add", "@", "Paged", DD_INCIDENT_ROLES_API_URL=closed_port())
    assert down.exit_code == 3
    assert "the timeline of IR-1001" in down.stdout
    for command in (("roles", "list", "--incident", "@"), ("forget", "@")):
        assert product.run(*command).exit_code == 0
    sandbox.set_state(1001, "resolved")
    none = product.run("status", "@")
    assert (none.exit_code, none.stdout) == (2, "")
    assert "@ names no incident: none is open." in none.stderr


def test_who_and_what_may_be_meant(product: Product) -> None:
    """A slip in a person or an entry is answered with what is spelled most like it."""
    key = product.run("timeline", "add", "1001", "Paged").stdout.split()[1]
    swapped = key[:4] + key[5] + key[4] + key[6:]
    for words, meant in (
        (("assign", "1001", "scribe", "ana@corp.exmple"), "ana@corp.example"),
        (("assign", "1001", "scribe", "anna"), "ana@corp.example"),
        (("timeline", "edit", "1001", swapped, "x"), key),
    ):
        ran = product.run(*words)
        assert (ran.exit_code, ran.stdout) == (2, "")
        assert f"Did you mean {meant}?" in ran.stderr


@pytest.mark.parametrize("typed", ["13:55", "2026-07-01 13:55", "11:55Z", "5m", "-5m", "5m ago"])
def test_a_time_in_the_zone_of_whoever_types(product: Product, typed: str) -> None:
    """What names no zone is in theirs, and what is shown is as well; the record has UTC."""
    here = replace(product, clock=lambda: NOON)
    added = here.run("timeline", "add", "1001", "Paged", "--at", typed, "--no-sync", **BERLIN)
    assert ", 2026-07-01 13:55 CEST: " in added.stdout
    [entry] = here.run("timeline", "list", "1001", "--format", "json", **BERLIN).json()["entries"]
    assert entry["at"] == "2026-07-01T11:55:00Z"


def test_times_are_shown_in_the_zone_of_whoever_reads(product: Product) -> None:
    """By an option before or after the command, by environment, and else in UTC."""
    assert product.run("assign", "1001", "scribe", BO).exit_code == 0
    assert (
        product.run("timeline", "add", "1001", "Paged", "--at", "2026-07-01 11:55").exit_code == 0
    )
    east = ("--timezone", "Asia/Tokyo")
    for command in (("status", "1001"), ("history", "1001"), ("timeline", "list", "1001")):
        for ran in (product.run(*east, *command), product.run(*command, *east, **BERLIN)):
            assert "(JST)" in ran.stdout
            assert "UTC" not in ran.stdout
        assert "(CE" in product.run(*command, **BERLIN).stdout
        assert "(UTC)" in product.run(*command).stdout
    assert "20:55" in product.run("timeline", "export", "1001", *east).stdout
