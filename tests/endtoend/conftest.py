"""The product and a local Datadog that agree before a test begins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dd_incident_roles.sandbox.resources.slack import Workspace
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.endtoend.agreement import Desk, Sides
from tests.endtoend.trackers import (
    DESKS,
    TOKEN,
    GitlabDesk,
    IssueDesk,
    JiraDesk,
    Linked,
    open_room,
    write_people,
)
from tests.product import Product, reaching


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    """Settings by which an absence is believed at the second look."""
    return {
        **settings,
        "DD_INCIDENT_ROLES_ABSENCE_GRACE": "0",
        # What is sent for roles is counted request by request; the timeline has its own tests.
        "DD_INCIDENT_ROLES_TIMELINE": "off",
    }


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    """Both sides after a first sync, for all tests of a module: only for what changes neither."""
    with RunningSandbox() as running:
        outage(running.sandbox)
        store = tmp_path_factory.mktemp("shared") / "record.sqlite3"
        settings = {**reaching(running.url, store), "DD_INCIDENT_ROLES_TIMELINE": "off"}
        sides = Sides(Product(store=store, settings=settings), running.sandbox)
        sides.run("sync")
        yield sides


@pytest.fixture
def unchanged(shared: Sides) -> Iterator[Sides]:
    """Both sides, of which a test changes neither: no request writes, and the record stays."""
    shared.sandbox.forget_requests()
    before = shared.state()
    yield shared
    assert shared.state() == before
    assert shared.sandbox.requests.writes() == []


@pytest.fixture
def timeline_on(settings: dict[str, str]) -> None:
    """Have the timeline kept in Datadog as well, for every command of a test."""
    settings["DD_INCIDENT_ROLES_TIMELINE"] = "auto"


@pytest.fixture
def sides(product: Product, sandbox: Sandbox) -> Sides:
    """Both sides together, after a first sync."""
    sides = Sides(product, sandbox)
    assert product.run("sync").exit_code == 0
    sandbox.forget_requests()
    return sides


@pytest.fixture
def desk(product: Product, sandbox: Sandbox) -> Desk:
    """Ana commands 1001, on both sides, and sits at the terminal; the timeline is on."""
    return Desk.opened(product, sandbox)


@pytest.fixture
def people(settings: dict[str, str], tmp_path: Path) -> None:
    """Have the people file tell who is who in the trackers."""
    settings["DD_INCIDENT_ROLES_PEOPLE"] = str(write_people(tmp_path / "people.yaml"))


@pytest.fixture(params=DESKS, ids=lambda each: each.tracker)
def issue(
    request: pytest.FixtureRequest, running: RunningSandbox, settings: dict[str, str], people: None
) -> IssueDesk:
    """An issue in each tracker, which the settings reach."""
    return _opened(request.param, running, settings)


@pytest.fixture
def gitlab_issue(running: RunningSandbox, settings: dict[str, str], people: None) -> IssueDesk:
    """An issue in one tracker, for what holds of all of them."""
    return _opened(GitlabDesk, running, settings)


@pytest.fixture
def jira_issue(running: RunningSandbox, settings: dict[str, str], people: None) -> IssueDesk:
    """An issue in another tracker beside it."""
    return _opened(JiraDesk, running, settings)


def _opened(kind: type[IssueDesk], running: RunningSandbox, settings: dict[str, str]) -> IssueDesk:
    issue = kind(running.sandbox, running.url)
    issue.open()
    settings.update(issue.settings)
    return issue


@pytest.fixture
def met(issue: IssueDesk, desk: Desk) -> Linked:
    """Incident 1001 with its issue in each tracker."""
    return _linked(issue, desk)


@pytest.fixture
def linked(gitlab_issue: IssueDesk, desk: Desk) -> Linked:
    """Incident 1001 with its issue in one tracker."""
    return _linked(gitlab_issue, desk)


def _linked(issue: IssueDesk, desk: Desk) -> Linked:
    linked = Linked(desk, issue)
    linked.run("link", "1001", issue.place)
    linked.writes()
    return linked


@pytest.fixture
def room(running: RunningSandbox, settings: dict[str, str], people: None) -> Workspace:
    """A room in Slack, which the settings reach."""
    settings["DD_INCIDENT_ROLES_SLACK_URL"] = f"{running.url}/slack/api"
    settings["DD_INCIDENT_ROLES_SLACK_TOKEN"] = TOKEN
    open_room(running.sandbox.slack)
    return running.sandbox.slack
