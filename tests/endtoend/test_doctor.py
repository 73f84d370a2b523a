"""``doctor`` beside a Datadog that answers, refuses, hangs or is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dd_incident_roles.sandbox.api import Permission
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.sandbox.world import Switch, Switches, Table
from tests import postgres as postgresql
from tests.endtoend.agreement import BO, SCRIBE, Sides
from tests.endtoend.trackers import TOKEN, IssueDesk, open_room
from tests.product import Product, Ran, closed_port, reaching
from tests.report.readers import complaints

WELL = {"ok", "unused"}


def states(ran: Ran, *, well: bool = False) -> dict[str, str]:
    """What is not well, or everything, by the words for programs; each says what to do."""
    document = ran.json()
    assert complaints("doctor", ran.stdout) == []
    for check in document["checks"]:
        assert check["state"] in WELL or check["todo"], check
    found = {each["id"]: each["state"] for each in document["checks"]}
    worst = set(found.values())
    expected = 3 if worst & {"fails", "unseen"} else 1 if "limit" in worst else 0
    assert ran.exit_code == expected
    return {key: state for key, state in found.items() if well or state not in WELL}


def examined(product: Product, **settings: str) -> Ran:
    """What the doctor finds, as a document."""
    return product.run("doctor", "--format", "json", **settings)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    """Both sides after somebody was given a role, so that all of the ladder was seen."""
    with RunningSandbox() as running:
        outage(running.sandbox)
        open_room(running.sandbox.slack)
        store = tmp_path_factory.mktemp("doctor") / "record.sqlite3"
        settings = {
            **reaching(running.url, store),
            "DD_INCIDENT_ROLES_SLACK_URL": f"{running.url}/slack/api",
            "DD_INCIDENT_ROLES_SLACK_TOKEN": TOKEN,
        }
        sides = Sides(Product(store=store, settings=settings), running.sandbox)
        sides.run("sync")
        sides.run("assign", "1001", "scribe", BO)
        yield sides


@pytest.fixture
def healthy(one: Sides) -> Iterator[Sides]:
    """The same for a test that only turns switches, which are turned back behind it."""
    one.sandbox.forget_requests()
    yield one
    assert one.sandbox.requests.writes() == []
    one.sandbox.clear_faults()
    one.sandbox.switch(**Switches().model_dump())
    one.sandbox.slack.tokens = None
    with one.sandbox.lock:
        one.sandbox.access.withdrawn.clear()
        one.sandbox.access.api_keys = one.sandbox.access.application_keys = None


@pytest.fixture
def alone(sides: Sides) -> Sides:
    """Both sides, of which a test may change anything."""
    sides.run("assign", "1001", "scribe", BO)
    return sides


def test_all_is_well(healthy: Sides) -> None:
    """Exit 0, a line for each check, nothing is written in Datadog or elsewhere, and no key shows.

    Not even beside the record: neither its bytes nor its folder change.
    """
    store = healthy.product.store
    before = {path.name: path.read_bytes() for path in store.parent.iterdir() if path.is_file()}
    ran = healthy.product.run("doctor")
    assert ran.exit_code == 0, ran.stdout
    assert ran.stdout.rstrip().endswith("unused.")
    assert "✓ ok     Keys" in ran.stdout
    assert "6 roles shown as roles of Datadog" in ran.stdout
    assert healthy.product.run("doctor", "-q").stdout.startswith("All is well: ")
    assert "incident_settings_read" in healthy.product.run("doctor", "-v").stdout
    after = {path.name: path.read_bytes() for path in store.parent.iterdir() if path.is_file()}
    assert after == before


def test_what_is_looked_at(healthy: Sides) -> None:
    """Nothing that the doctor is asked for is missing."""
    found = states(examined(healthy.product), well=True)
    assert {
        *("settings", "files", "me", "keys", "organisation", "account", "clock", "permissions"),
        *(
            "incidents",
            "roles",
            "definitions",
            "timeline",
            "named_places",
            "github",
            "gitlab",
            "jira",
            "slack",
        ),
        *("writers", "record", "waiting", "last_sync", "trust"),
    } == found.keys()


@pytest.mark.parametrize(
    ("permission", "expected"),
    [
        (Permission.INCIDENT_WRITE, {"permission:incident_write": "fails"}),
        (
            Permission.INCIDENT_READ,
            {
                "permission:incident_read": "fails",
                **dict.fromkeys(("incidents", "definitions", "roles"), "unseen"),
            },
        ),
        (Permission.TEAMS_READ, {}),
        (
            Permission.USERS_READ,
            {"permission:user_access_read": "limit", "permission:incident_write": "unseen"},
        ),
        (
            Permission.SETTINGS_READ,
            {
                "permission:incident_settings_read": "limit",
                "definitions": "unseen",
                "roles": "unseen",
                "writers": "unseen",
            },
        ),
    ],
)
def test_a_missing_permission(
    healthy: Sides, permission: Permission, expected: dict[str, str]
) -> None:
    """It is named with what needs it, and what could not be looked at for it is not well."""
    healthy.sandbox.withdraw(permission)
    assert states(examined(healthy.product)) == expected
    said = healthy.product.run("doctor").stdout
    assert (f"the permission {permission}" in said) is bool(expected)


def test_wrong_keys(healthy: Sides) -> None:
    """Which of the two is wrong is said, and one line stands for all that was not looked at."""
    expected = {"keys": "fails", "datadog": "unseen"}
    for api_key, application_key, said in (
        ("another", "another", "does not know the API key"),
        (healthy.product.settings["DD_API_KEY"], "another", "but not the application key"),
    ):
        healthy.sandbox.accept_only(api_keys=[api_key], application_keys=[application_key])
        assert states(examined(healthy.product)) == expected
        assert said in healthy.product.run("doctor").stdout


def test_a_token_in_place_of_keys(alone: Sides) -> None:
    """It does what both keys do, in commands and here; a wrong one is named by its variable."""
    token = {"DD_API_KEY": "", "DD_APP_KEY": "", "DD_BEARER_TOKEN": "ddpat_good"}
    assert alone.run("assign", "1001", "tl", BO, **token).stdout.endswith("Datadog shows it.\n")
    assert states(examined(alone.product, **token)) == {}
    alone.sandbox.accept_only(api_keys=[], application_keys=["another"])
    ran = alone.product.run("doctor", "-q", **token)
    assert ran.exit_code == 3
    assert "Check DD_BEARER_TOKEN" in ran.stdout
    assert "ddpat_good" not in ran.said


def test_keys_that_are_refused_at_the_door(healthy: Sides) -> None:
    """A 401 to everything is one finding, not one for each question."""
    healthy.sandbox.fault(FaultKind.STATUS_BEFORE, path="^/api/", status=401, count=None)
    assert states(examined(healthy.product)) == {"keys": "fails", "datadog": "unseen"}


def test_without_keys(offline: Product) -> None:
    """It says so, looks at everything else, and asks nobody."""
    ran = examined(offline)
    assert states(ran) == {"keys": "fails", "datadog": "unseen"}
    assert states(ran, well=True)["record"] == "unused"
    assert "DD_API_KEY" in ran.stdout


def test_datadog_is_down(healthy: Sides) -> None:
    """Whether nobody answers or the answer never comes, the rest is told within the deadline."""
    expected = {"keys": "fails", "datadog": "unseen"}
    ran = examined(healthy.product, DD_INCIDENT_ROLES_API_URL=closed_port())
    assert states(ran) == expected
    healthy.sandbox.fault(FaultKind.HANG_BEFORE, path="^/api/", count=None)
    ran = examined(healthy.product, DD_INCIDENT_ROLES_TIMEOUT="0.2")
    assert states(ran) == expected
    assert states(ran, well=True)["record"] == "ok"


def test_one_look_that_fails_does_not_end_the_others(healthy: Sides) -> None:
    """A part that Datadog answers with nonsense is not looked at; the others are."""
    healthy.sandbox.fault(FaultKind.HTML, path="/config/types", count=None)
    assert states(examined(healthy.product)) == {"definitions": "unseen", "roles": "unseen"}


def test_a_skewed_clock(healthy: Sides) -> None:
    """More than half a minute is told, less is not."""
    healthy.sandbox.switch(clock_ahead_seconds=20)
    assert states(examined(healthy.product)) == {}
    healthy.sandbox.switch(clock_ahead_seconds=90)
    ran = healthy.product.run("doctor", "-q")
    assert re.search(r"this machine is (89|90) seconds behind Datadog", ran.stdout)
    assert ran.exit_code == 1


def test_competing_writers(healthy: Sides) -> None:
    """Datadog's own rule for Slack is told where this program writes topics."""
    for switch, expected in ((Switch.MISSING, "limit"), (Switch.FORBIDDEN, "unseen")):
        healthy.sandbox.switch(rules=switch)
        assert states(examined(healthy.product)) == {"writers": expected}
    healthy.sandbox.switch(rules=Switch.ON)
    healthy.sandbox.add_rule("slack-create-channel-job")
    assert states(examined(healthy.product)) == {"writers": "limit"}
    with healthy.sandbox.lock:
        healthy.sandbox.world.automations = Table()


def test_a_token_that_is_refused(healthy: Sides) -> None:
    """The system and the variable are named."""
    healthy.sandbox.slack.tokens = frozenset({"another"})
    ran = healthy.product.run("doctor", "-q")
    assert (ran.exit_code, "✗ fails  Slack" in ran.stdout) == (3, True)
    assert "DD_INCIDENT_ROLES_SLACK_TOKEN" in ran.stdout


def take_scopes(sandbox: Sandbox, tracker: str) -> str:
    """Take from the token what the program cannot do without, and say what it is called."""
    with sandbox.lock:
        match tracker:
            case "github":
                sandbox.github.scopes = ("gist",)
                return "repo"
            case "gitlab":
                sandbox.gitlab.scopes = frozenset({"read_api"})
                return "api"
            case _:
                sandbox.jira.turn(lacking=frozenset({"ASSIGN_ISSUES"}))
                return "ASSIGN_ISSUES"


def test_scopes_of_each_tracker(product: Product, sandbox: Sandbox, issue: IssueDesk) -> None:
    """A token that lacks a scope is told before it is needed, and nothing is written."""
    assert states(examined(product), well=True)[issue.tracker] == "ok"
    lacking = take_scopes(sandbox, issue.tracker)
    ran = examined(product)
    assert states(ran)[issue.tracker] == "limit"
    [check] = [each for each in ran.json()["checks"] if each["id"] == issue.tracker]
    assert check["text"].endswith(f"lacks {lacking}")
    assert sandbox.requests.writes() == []


def test_scopes_of_slack(healthy: Sides) -> None:
    """They are named one by one."""
    workspace = healthy.sandbox.slack
    workspace.scopes -= {"channels:manage", "channels:join"}
    ran = healthy.product.run("doctor", "-q")
    workspace.scopes |= {"channels:manage", "channels:join"}
    assert "lacks channels:manage and channels:join" in ran.stdout


def test_a_person_owns_the_keys(alone: Sides) -> None:
    """It works, with an advice; the trust of another account is not shown as this one's."""
    alone.sandbox.act_as(BO)
    alone.forget("owner_of_keys")
    assert states(examined(alone.product)) == {"account": "limit"}


def test_what_is_not_settled_in_the_record(alone: Sides) -> None:
    """Refused writes and what waits are told with the incident and the command."""
    alone.sandbox.withdraw(Permission.INCIDENT_WRITE)
    alone.end_with(3, "assign", "1001", SCRIBE, "carol@corp.example")
    with alone.sandbox.lock:
        alone.sandbox.access.withdrawn.clear()
    found = states(examined(alone.product))
    assert {"waiting", "refused"} <= found.keys()
    said = alone.product.run("doctor", "-q").stdout
    assert "(IR-1001)" in said
    assert "dd-incident-roles sync --retry-refused" in said


def test_a_record_that_is_not_there_or_not_ours(
    alone: Sides, product: Product, tmp_path: Path
) -> None:
    """A missing one is none yet; one that is damaged or that others can read is told."""
    beside = product.beside("new.sqlite3")
    assert states(examined(beside), well=True)["record"] == "unused"
    assert not beside.store.exists()
    beside.store.write_bytes(b"not a database, " * 100)
    assert states(examined(beside))["record"] == "fails"
    alone.product.store.chmod(0o644)
    assert states(examined(alone.product)) == {"record": "limit"}
    alone.product.store.chmod(0o400)
    assert states(examined(alone.product)) == {}


def test_a_record_in_postgresql(healthy: Sides, postgres: postgresql.Server) -> None:
    """An empty database is none yet and stays one; a record is read where it is."""
    there = {"DD_INCIDENT_ROLES_STORE": postgres.url(postgres.database())}
    for _ in range(2):
        assert states(examined(healthy.product, **there), well=True)["record"] == "unused"
    assert healthy.product.run("status", **there).exit_code == 0
    ran = examined(healthy.product, **there)
    assert states(ran, well=True)["record"] == "ok"
    assert states(ran, well=True)["last_sync"] == "unused"


def test_keys_of_another_organisation(alone: Sides, sandbox: Sandbox) -> None:
    """Both organisations are named, and what hangs on the record is told all the same."""
    with sandbox.lock:
        sandbox.world.org_id, sandbox.world.org_name = "00000000-0000-4000-8000-00000000000a", "B"
    alone.forget("owner_of_keys")
    found = states(examined(alone.product))
    assert found["organisation"] == "fails"


def test_wrong_settings(offline: Product) -> None:
    """Not even the settings have to be right, and the wrong one is named."""
    ran = examined(offline, DD_INCIDENT_ROLES_TIMELINE="perhaps", DD_INCIDENT_ROLES_TIMEZON="UTC")
    found = {"settings": "fails", "variables": "limit", "datadog": "unseen"}
    assert states(ran) == found
    assert "DD_INCIDENT_ROLES_TIMEZONE" in ran.stdout


def test_wrong_files(healthy: Sides, tmp_path: Path) -> None:
    """Roles that cannot be read are told, and the rest is looked at."""
    (tmp_path / "roles.yaml").write_text("version: 1\nroles: [1]\n", "utf-8")
    ran = examined(healthy.product, DD_INCIDENT_ROLES_ROLES=str(tmp_path / "roles.yaml"))
    found = states(ran)
    assert found["files"] == "fails"
    assert states(ran, well=True)["keys"] == "ok"
