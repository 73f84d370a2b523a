"""The channel and the issue that Datadog names are kept up to date like those linked by hand."""

from __future__ import annotations

import pytest

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.resources.relationships import FAILED
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import Switch
from tests.endtoend.agreement import ANA, BO
from tests.product import Product, closed_port

ROOM = "incident-1001"
LISTING = "relationships/integrations"


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    """With tokens for the Slack and the Jira of the sandbox."""
    base = settings["DD_INCIDENT_ROLES_API_URL"]
    return {
        **settings,
        "DD_INCIDENT_ROLES_SLACK_URL": f"{base}/slack/api",
        "DD_INCIDENT_ROLES_SLACK_TOKEN": "xoxb-any",
        "DD_INCIDENT_ROLES_JIRA_URL": f"{base}/jira",
        "DD_INCIDENT_ROLES_JIRA_USER": "bot@corp.example",
        "DD_INCIDENT_ROLES_JIRA_TOKEN": "any",
    }


@pytest.fixture
def channel(sandbox: Sandbox) -> str:
    """The channel that Datadog made for the incident, by the id of its entry."""
    return sandbox.add_slack_channel(1001, sandbox.slack.add_channel(ROOM), ROOM)


@pytest.fixture
def issue(sandbox: Sandbox, settings: dict[str, str]) -> str:
    """The issue that Datadog made for the incident."""
    for each in ("ana", "bo"):
        sandbox.jira.add_person(f"acc-{each}", each.title(), f"{each}@corp.example")
    sandbox.jira.add_project("OPS")
    key = sandbox.jira.add_issue("OPS", "Checkout fails")
    sandbox.add_jira_issue(1001, settings["DD_INCIDENT_ROLES_JIRA_URL"], "OPS", key)
    return key


def topic(sandbox: Sandbox, channel: str = ROOM) -> str:
    return sandbox.slack.channel(channel).topic


def asked(sandbox: Sandbox) -> int:
    return sum(LISTING in each.path for each in sandbox.requests.entries)


def test_what_datadog_named_last_is_shown_while_it_is_down(
    product: Product, sandbox: Sandbox, channel: str, issue: str
) -> None:
    """The room stays known that people look at meanwhile."""
    del channel
    product.run("sync", "1001")
    ran = product.run("assign", "1001", "im", BO, DD_INCIDENT_ROLES_API_URL=closed_port())
    assert ran.exit_code == 3
    assert f"{issue} and the topic of #{ROOM} show it" in ran.stdout
    assert "IM bo" in topic(sandbox)
    assert sandbox.jira.issue(issue).assignee == "acc-bo"


def test_what_datadog_names_follows_a_handoff(
    product: Product, sandbox: Sandbox, channel: str, issue: str
) -> None:
    """The topic and the assignee, and the second run writes nothing."""
    del channel
    product.run("sync", "1001")
    assert "IM Ana" in topic(sandbox)
    assert sandbox.jira.issue(issue).assignee == "acc-ana"
    ran = product.run("handoff", "1001", "im", BO)
    assert ran.exit_code == 0, ran.said
    assert "IM Bo" in topic(sandbox)
    assert sandbox.jira.issue(issue).assignee == "acc-bo"
    sandbox.forget_requests()
    assert product.run("sync", "1001").exit_code == 0
    assert sandbox.requests.writes() == []
    shown = product.run("status", "1001")
    assert shown.said.count("(named by Datadog)") == 2
    places = product.run("status", "1001", "--format", "json").json()["incidents"][0]["places"]
    assert [(each["target"], each["named_by"]) for each in places] == [
        ("jira", "datadog"),
        ("slack", "datadog"),
    ]


def test_a_channel_that_a_private_one_replaced(
    product: Product, sandbox: Sandbox, channel: str
) -> None:
    """The new one shows the roles, and what the old one showed counts nothing there."""
    product.run("sync", "1001")
    private = sandbox.slack.make_private(ROOM)
    sandbox.slack.invite_bot(private)
    sandbox.slack.set_topic(private, "Only for us", by=sandbox.slack.add_member("eve"))
    sandbox.change_integration(channel, status=FAILED)
    sandbox.add_slack_channel(1001, private, f"{ROOM}-private")
    ran = product.run("sync", "1001")
    assert ran.exit_code == 0, ran.said
    assert topic(sandbox, private).endswith("Only for us")
    assert "IM Ana" in topic(sandbox, private)


def test_another_issue_is_no_wish(product: Product, sandbox: Sandbox, issue: str) -> None:
    """Its assignee is written and not asked to take over; a change there is a wish again."""
    sandbox.give_role(1001, "Tech Lead", BO)
    product.run("sync", "1001")
    other = sandbox.jira.add_issue("OPS", "The same once more")
    sandbox.jira.assign(other, "acc-bo")
    sandbox.add_jira_issue(1001, product.settings["DD_INCIDENT_ROLES_JIRA_URL"], "OPS", other)
    looked = product.run("sync", "1001", "--dry-run")
    assert "Bo was asked" not in looked.said
    ran = product.run("sync", "1001")
    assert ran.exit_code == 0, ran.said
    assert f"{other}, which counts, and {issue}" in ran.said
    assert sandbox.commander(1001) == ANA
    assert sandbox.jira.issue(other).assignee == "acc-ana"
    sandbox.jira.assign(other, "acc-bo")
    product.run("sync", "1001")
    assert "Bo was asked to take over" in product.run("status", "1001").said


def test_what_is_linked_by_hand_counts_first(
    product: Product, sandbox: Sandbox, channel: str
) -> None:
    """Until it is unlinked; what Datadog names can be unlinked too."""
    del channel
    product.run("sync", "1001")
    other = sandbox.slack.add_channel("war-room")
    product.run("link", "1001", f"slack:{other}")
    assert "IM Ana" in topic(sandbox, "war-room")
    sandbox.forget_requests()
    product.run("sync", "1001", DD_INCIDENT_ROLES_JIRA_TOKEN="")
    assert asked(sandbox) == 0

    fresh = product.beside("fresh.sqlite3")
    fresh.run("sync", "1001", DD_INCIDENT_ROLES_TIMELINE="off")
    where = f"slack:{sandbox.slack.channel(ROOM).id}"
    ran = fresh.run("unlink", "1001", where, DD_INCIDENT_ROLES_TIMELINE="off")
    assert ran.exit_code == 0, ran.said
    assert "(named by Datadog)" not in fresh.run("status", "1001").said


def test_no_issue_is_created_where_datadog_makes_one(
    product: Product, sandbox: Sandbox, issue: str, settings: dict[str, str]
) -> None:
    """Neither beside the one that it made, nor while it is still making one."""
    base = settings["DD_INCIDENT_ROLES_JIRA_URL"]
    sandbox.add_jira_issue(1002, base, "OPS", None)
    product.run("sync", DD_INCIDENT_ROLES_ISSUE_PROJECT="jira:OPS")
    assert list(sandbox.jira.view()) == [issue]


def test_an_issue_of_another_site_is_not_asked(product: Product, sandbox: Sandbox) -> None:
    """Ours may have one of the same key, which is about something else; a sync says so once."""
    sandbox.add_jira_issue(1001, "https://other.atlassian.net", "OPS", "OPS-1")
    said = "OPS-1 of https://other.atlassian.net, which is not asked"
    assert said in product.run("sync", "--dry-run").said
    assert said in product.run("sync").said
    assert said not in product.run("sync").said
    assert said in product.run("status", "1001").said
    sandbox.add_jira_issue(1001, "https://another.atlassian.net", "OPS", "OPS-1")
    assert "OPS-1 of https://another.atlassian.net" in product.run("sync").said


def test_without_a_token_or_once_it_is_closed_datadog_is_not_asked(
    product: Product, sandbox: Sandbox, channel: str
) -> None:
    """Each would be a request for nothing."""
    del channel
    product.run("sync", DD_INCIDENT_ROLES_SLACK_TOKEN="", DD_INCIDENT_ROLES_JIRA_TOKEN="")
    assert asked(sandbox) == 0
    sandbox.set_state(1001, "resolved")
    product.run("sync", "1001")
    assert asked(sandbox) == 0


def test_where_datadog_does_not_tell_or_fails_the_rest_goes_on(
    product: Product, sandbox: Sandbox, channel: str
) -> None:
    """Not offered is said once; a failure is one, and what is linked by hand is shown anyway."""
    del channel
    sandbox.switch(integrations=Switch.MISSING)
    first, second = product.run("sync", "1001"), product.run("sync", "1001")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "link them by hand" in first.said
    assert "link them by hand" not in second.said

    sandbox.switch(integrations=Switch.ON)
    other = product.beside("other.sqlite3")
    other.run("link", "1001", f"slack:{sandbox.slack.add_channel('war-room')}")
    sandbox.slack.set_topic("war-room", "", by=sandbox.slack.add_member("eve"))
    sandbox.fault(FaultKind.STATUS_BEFORE, status=400, path=LISTING, count=None)
    ran = other.run("assign", "1001", "im", BO)
    assert "IM Bo" in topic(sandbox, "war-room")
    assert ran.exit_code == 3, ran.said
