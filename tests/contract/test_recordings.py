"""Every recorded request, made of the sandbox, is answered as Datadog answered it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

import pytest
import requests

from dd_incident_roles.sandbox.resources import ENDPOINTS
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.contract.recorded import SCENARIOS, WITHOUT, Exchange, Scenario
from tests.contract.shapes import Shape, differences
from tests.sandbox.acts import add_team, add_todo

pytestmark = WITHOUT
TEAM_BEFORE = "2e06bf2c-193b-41d4-b3c2-afccc080458f"
ADDED_LATER = "last_login_time"
"""An attribute of users that was first recorded after the list of users was."""
KEYS = {"DD-API-KEY": "any", "DD-APPLICATION-KEY": "any"}


@pytest.fixture(scope="module")
def shapes() -> Mapping[tuple[str, str, int], Shape]:
    """What each endpoint was ever seen to answer with each status."""
    seen: dict[tuple[str, str, int], Shape] = defaultdict(Shape)
    for scenario in SCENARIOS:
        for exchange in scenario.exchanges:
            seen[exchange.endpoint].add(exchange.answer)
    return seen


@pytest.fixture
def running() -> Iterator[RunningSandbox]:
    """A sandbox with what the recorded organisation had before, and a person's keys as there."""
    sandbox = Sandbox()
    sandbox.add_person("frog@corp.example", "frog")
    sandbox.act_as("frog@corp.example")
    people = [sandbox.person(sandbox.add_person(f"m{n}@corp.example", None)) for n in range(3)]
    add_team(sandbox, "Before", *(person.email for person in people), team_id=TEAM_BEFORE)
    sandbox.declare("Before", commander="m0@corp.example")
    with RunningSandbox(sandbox) as running:
        yield running


SERVED = [
    (each.method, re.compile(re.sub(r"\{\w+\}", "[^/]+", each.template))) for each in ENDPOINTS
]


def is_served(exchange: Exchange) -> bool:
    """Whether the sandbox has the operation; what the product never asks for it has not."""
    path = exchange.target.partition("?")[0]
    return any(each.fullmatch(path) for method, each in SERVED if method == exchange.method)


def stage(sandbox: Sandbox, exchange: Exchange, ids: dict[str, str]) -> None:
    """Let the recording answer, and put what it shows to be made into the sandbox."""
    row = exchange.answer.get("data") if isinstance(exchange.answer, dict) else None
    if exchange.method != "POST" or exchange.status != 201 or not isinstance(row, dict):
        return
    row_id, made = str(row["id"]), row["attributes"]
    match row["type"]:
        case "incidents":
            ids[row_id] = sandbox.declare(made["title"]).id
        case "users":
            sandbox.add_person(made["email"], made["name"], status=made["status"], account=row_id)
            user = sandbox.person(row_id)
            sandbox.world.users.put(replace(user, title=made["title"]))
        case "team":
            add_team(sandbox, made["name"], team_id=row_id)
        case "incident_todos":
            incident = sandbox.world.incidents.get(ids[made["incident_id"]])
            assert incident is not None
            due = made["due_date"] and datetime.fromisoformat(made["due_date"])
            add_todo(sandbox, incident.public_id, made["content"], made["assignees"], due)
        case "incident_integrations":
            incident = sandbox.world.incidents.get(ids[made["incident_id"]])
            assert incident is not None
            ids[row_id] = sandbox.add_integration(
                incident.public_id,
                made["integration_type"],
                made["metadata"],
                status=made["status"],
            )
        case _:
            pass


def ask(url: str, exchange: Exchange, ids: Mapping[str, str]) -> requests.Response:
    """Make a recorded request, with the sandbox's ids in place of the recorded ones."""
    target = exchange.target
    body = json.dumps(exchange.body) if exchange.body is not None else None
    for theirs, ours in ids.items():
        target = target.replace(theirs, ours)
        body = body and body.replace(theirs, ours)
    return requests.request(exchange.method, url + target, data=body, headers=KEYS, timeout=10)


def id_of(answer: object) -> str | None:
    """The id of the one resource that an answer shows."""
    data = answer.get("data") if isinstance(answer, dict) else None
    return str(data["id"]) if isinstance(data, dict) and "id" in data else None


def test_recordings_are_found() -> None:
    """The contract is not empty."""
    assert len(SCENARIOS) > 40


@pytest.mark.parametrize(
    "scenario",
    [each for each in SCENARIOS if any(map(is_served, each.exchanges))],
    ids=lambda scenario: scenario.name,
)
def test_scenario(
    scenario: Scenario, running: RunningSandbox, shapes: Mapping[tuple[str, str, int], Shape]
) -> None:
    """Each request of the scenario gets the recorded status, content type and shape of answer."""
    ids: dict[str, str] = {}
    for exchange in scenario.exchanges:
        if not is_served(exchange):
            stage(running.sandbox, exchange, ids)
            continue
        response = ask(running.url, exchange, ids)
        place = f"{exchange.method} {exchange.target}"
        assert response.status_code == exchange.status, (place, response.text)
        assert response.headers.get("content-type") == exchange.content_type, place
        answer = response.json() if response.content else None
        known = shapes[exchange.endpoint]
        found = [
            each for each in differences(answer, exchange.answer, known) if ADDED_LATER not in each
        ]
        assert found == [], place
        theirs, ours = id_of(exchange.answer), id_of(answer)
        if theirs is not None and ours is not None:
            ids[theirs] = ours


def test_incident_types_are_listed_as_one_was_recorded(
    running: RunningSandbox, shapes: Mapping[tuple[str, str, int], Shape]
) -> None:
    """No recording lists the types; each row of the list has the shape of one that was made."""
    endpoint = ("POST", "/api/v2/incidents/config/types", 201)
    recorded = [
        exchange.answer
        for scenario in SCENARIOS
        for exchange in scenario.exchanges
        if exchange.endpoint == endpoint
    ]
    url = f"{running.url}/api/v2/incidents/config/types"
    [row] = requests.get(url, headers=KEYS, timeout=10).json()["data"]
    for answer in recorded:
        assert differences({"data": row}, answer, shapes[endpoint]) == []
    assert recorded


def test_refusals_have_the_recorded_words(running: RunningSandbox) -> None:
    """What Datadog says where an id is unknown, malformed or nil is said word for word."""
    compared = 0
    for scenario in SCENARIOS:
        first = scenario.exchanges[0]
        if first.status < 400 or not is_served(first):
            continue
        assert ask(running.url, first, {}).json() == first.answer, scenario.name
        compared += 1
    assert compared > 0
