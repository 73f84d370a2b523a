"""How the program stands with Datadog: what was answered, and the state that each check gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dd_incident_roles.configuration.roles_file import load_catalogue
from dd_incident_roles.datadog.definitions import Shown, plan_type
from dd_incident_roles.datadog.examination import PERMISSIONS
from dd_incident_roles.datadog.learned import RoleBackend
from dd_incident_roles.datadog.roles import IncidentType, RoleDefinition
from dd_incident_roles.datadog.users import User
from dd_incident_roles.diagnosis.with_datadog import (
    Rung,
    check_account,
    check_clock,
    check_definitions,
    check_incidents,
    check_keys,
    check_organisation,
    check_permissions,
    check_places_told,
    check_rungs,
    check_timeline,
    is_blocked,
)
from dd_incident_roles.errors import (
    ConfigurationError,
    Forbidden,
    NotFound,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
)
from dd_incident_roles.model import Organisation, UserId
from dd_incident_roles.report.doctor import Check
from dd_incident_roles.roles.catalogue import MembersOf

ROBOT = User(id=UserId("u"), name="Robot", service_account=True, org_id="o", org_name="Corp")
ANA = replace(ROBOT, name="Ana", email="ana@corp.example", service_account=False)
WRONG, DENIED = Unauthorized("wrong", status=401), Forbidden("denied", status=403)
DOWN, NONE = Unreachable("Could not connect to x."), NotFound("none", status=404)
ODD = UnexpectedAnswer("odd")
CATALOGUE = load_catalogue(None)
NAMES = frozenset(each.name for each in PERMISSIONS)


def state_of(check: Check, said: str) -> str:
    """The state, once the check says what it should, and what to do where that is not well."""
    assert said in f"{check.text} {check.todo}", check
    assert check.state in {"ok", "unused"} or check.todo
    return check.state


@pytest.mark.parametrize(
    ("user", "search", "api_key", "state", "said"),
    [
        (ROBOT, None, True, "ok", "accepted by host"),
        (NONE, None, None, "ok", "accepted"),
        (ROBOT, DENIED, True, "ok", "accepted"),
        (DENIED, None, True, "ok", "accepted"),
        (WRONG, WRONG, False, "fails", "does not know the API key"),
        (DENIED, DENIED, True, "fails", "not the application key"),
        (WRONG, WRONG, DOWN, "fails", "refuses the keys"),
        (DOWN, DOWN, DOWN, "fails", "Could not connect"),
    ],
)
def test_keys(user: Any, search: Any, api_key: Any, state: str, said: str) -> None:
    """A key is wrong where nothing at all is allowed; one reading that works proves them."""
    assert state_of(check_keys(user, search, api_key, host="host"), said) == state


def test_keys_that_are_not_set() -> None:
    """The variable is named."""
    missing = ConfigurationError("must be set", key="DD_API_KEY", hint="Set it.")
    check = check_keys(None, None, None, host="host", missing=missing)
    assert state_of(check, "DD_API_KEY") == "fails"


@pytest.mark.parametrize(
    ("user", "search", "blocked"),
    [
        (None, None, True),
        (WRONG, WRONG, True),
        (DENIED, DENIED, True),
        (DOWN, DOWN, True),
        (DENIED, None, False),
        (ROBOT, DENIED, False),
        (NONE, DENIED, False),
    ],
)
def test_one_line_says_it_for_all(user: Any, search: Any, blocked: bool) -> None:
    """Only where nothing can be asked."""
    assert is_blocked(user, search) is blocked


@pytest.mark.parametrize(
    ("user", "owner", "state", "said"),
    [
        (ROBOT, None, "ok", "the record has none yet"),
        (ROBOT, Organisation(site="s", id="o", name="Corp"), "ok", "the record's too"),
        (ROBOT, Organisation(site="s", id="p", name="Other"), "fails", "Other"),
        (ROBOT, Organisation(site="t", id="o", name="Corp"), "fails", "--store"),
        (ODD, None, "unseen", "odd"),
    ],
)
def test_organisation(user: Any, owner: Any, state: str, said: str) -> None:
    """Keys and record belong together."""
    assert state_of(check_organisation(user, owner, site="s"), said) == state


@pytest.mark.parametrize(
    ("user", "listed", "state", "said"),
    [
        (ROBOT, (), "ok", "the service account"),
        (ANA, (), "limit", "those of Ana, a person"),
        (ANA, ("ANA@corp.example",), "ok", "the service account"),
        (replace(ROBOT, service_account=None), (), "limit", "a person"),
        (DOWN, (), "unseen", "Could not connect"),
    ],
)
def test_account(user: Any, listed: tuple[str, ...], state: str, said: str) -> None:
    """Keys of a person make that person the author of everything."""
    assert state_of(check_account(user, listed), said) == state


@pytest.mark.parametrize(
    ("gap", "state", "said"),
    [
        (None, "unseen", "no answer"),
        (timedelta(seconds=30), "ok", "agrees"),
        (timedelta(seconds=-30), "ok", "agrees"),
        (timedelta(seconds=31), "limit", "31 seconds behind"),
        (timedelta(minutes=-5), "limit", "5 minutes ahead of"),
    ],
)
def test_clock(gap: timedelta | None, state: str, said: str) -> None:
    """Half a minute is nothing to tell."""
    assert state_of(check_clock(gap), said) == state


TEAMS = replace(
    CATALOGUE,
    roles=(replace(CATALOGUE.commander, suggested_from=(MembersOf("SRE"),)),),
)


@pytest.mark.parametrize(
    ("listed", "probed", "catalogue", "expected"),
    [
        (NAMES, {}, CATALOGUE, {}),
        (NAMES - {"incident_write"}, {}, CATALOGUE, {"incident_write": "fails"}),
        (NAMES - {"incident_read"}, {"incident_read": True}, CATALOGUE, {}),
        (NAMES, {"incident_read": False}, CATALOGUE, {"incident_read": "fails"}),
        (NAMES - {"user_access_read"}, {}, CATALOGUE, {"user_access_read": "limit"}),
        (NAMES - {"teams_read"}, {}, CATALOGUE, {"teams_read": "unused"}),
        (NAMES - {"teams_read"}, {}, TEAMS, {"teams_read": "limit"}),
        (
            DENIED,
            {"incident_read": True, "incident_settings_read": True, "user_access_read": False},
            CATALOGUE,
            {"incident_write": "unseen", "user_access_read": "limit"},
        ),
    ],
    ids=[
        *("all", "one that matters", "a reading worked", "a scope took it", "useful"),
        *("not needed", "needed by these roles", "the list is denied"),
    ],
)
def test_permissions(listed: Any, probed: Any, catalogue: Any, expected: dict[str, str]) -> None:
    """Each missing one is named with what needs it; what nobody could tell is never well."""
    found = list(check_permissions(listed, probed, catalogue))
    others = {each.name: each for each in found if each.state != "ok"}
    assert {name: each.state for name, each in others.items()} == expected
    purposes = {each.name: each.purpose.replace("`", "") for each in PERMISSIONS}
    assert all(purposes[name] in each.text for name, each in others.items())


def test_incidents() -> None:
    """Neither one nor none is a fault; one that cannot be looked for is."""
    denied = Forbidden("denied", hint="Give the permission incident_read. Or check the keys.")
    assert state_of(check_incidents(None), "none yet") == "ok"
    check = check_incidents(denied)
    assert (check.state, check.todo) == ("unseen", "Give the permission incident_read.")


def rung(*backends: RoleBackend, assignments: bool | None = True) -> Rung:
    """How the roles of one type are shown."""
    return Rung(kind="Default", backends=backends, assignments=assignments)


@pytest.mark.parametrize(
    ("rungs", "states", "said"),
    [
        ((rung(RoleBackend.ASSIGNMENT),), ["ok"], "as roles of Datadog"),
        ((rung(RoleBackend.ASSIGNMENT, assignments=None),), ["limit"], "nobody has seen working"),
        ((rung(RoleBackend.FIELD, assignments=False),), ["ok"], "in property fields"),
        ((rung(RoleBackend.RESPONDER),), ["limit"], "catalog apply"),
        ((rung(RoleBackend.RESPONDER, assignments=False),), ["limit"], "catalog apply --fields"),
        ((rung(RoleBackend.NOTHING),), ["limit"], "only in the record"),
        ((rung(),), ["unused"], "no other role"),
        ((rung(RoleBackend.FIELD), rung(RoleBackend.RESPONDER)), ["ok", "limit"], ""),
        (ODD, ["unseen"], "odd"),
    ],
)
def test_the_ladder(rungs: Any, states: list[str], said: str) -> None:
    """As what roles are shown, the worst of a type first, with the command that makes it better."""
    assert [state_of(each, said) for each in check_rungs(rungs)] == states


def planned(*roles: RoleDefinition) -> Any:
    """A plan of an incident type with these roles."""
    kind = IncidentType(id="t", name="Default")
    return plan_type(CATALOGUE, Shown(type=kind, roles=roles), ours={})


WHOLE = [
    RoleDefinition(id=role.key, name=role.title, is_single=role.is_single)
    for role in CATALOGUE.roles[1:]
]


@pytest.mark.parametrize(
    ("plans", "states", "said"),
    [
        ((planned(*WHOLE),), ["ok"], "6 roles as in the catalogue"),
        ((planned(*WHOLE[1:]),), ["limit"], "1 to create"),
        (
            (planned(replace(WHOLE[0], is_single=True), *WHOLE[1:]),),
            ["limit"],
            "only one person may be First Responder",
        ),
        ((planned(*WHOLE), planned()), ["ok", "limit"], ""),
        (DENIED, ["unseen"], "not allowed"),
    ],
)
def test_definitions(plans: Any, states: list[str], said: str) -> None:
    """What differs is counted, and the plan shows it."""
    assert [state_of(each, said) for each in check_definitions(plans)] == states


@pytest.mark.parametrize(
    ("read", "writes", "setting", "has_incident", "state"),
    [
        (True, True, "auto", True, "ok"),
        (True, None, "auto", True, "ok"),
        (True, False, "auto", True, "limit"),
        (True, False, "required", True, "fails"),
        (NONE, None, "auto", True, "limit"),
        (NONE, None, "required", True, "fails"),
        (NONE, None, "off", True, "unused"),
        (ODD, None, "auto", True, "unseen"),
        (None, None, "auto", False, "limit"),
    ],
)
def test_timeline(
    read: Any, writes: bool | None, setting: str, has_incident: bool, state: str
) -> None:
    """A timeline that the settings demand and Datadog refuses does not work."""
    check = check_timeline(read, writes, setting=setting, has_incident=has_incident)
    assert state_of(check, "") == state


@pytest.mark.parametrize(
    ("read", "matters", "has_incident", "state"),
    [
        (True, True, True, "ok"),
        (DENIED, True, True, "limit"),
        (DENIED, False, True, "unused"),
        (ODD, True, True, "unseen"),
        (None, True, False, "limit"),
    ],
)
def test_named_places(read: Any, matters: bool, has_incident: bool, state: str) -> None:
    """It matters only where Slack or Jira is set up."""
    assert (
        state_of(check_places_told(read, matters=matters, has_incident=has_incident), "") == state
    )
