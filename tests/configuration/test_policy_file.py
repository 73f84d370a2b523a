"""What a policy file says is what the policy is, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from dd_incident_roles.configuration.config_file import open_file
from dd_incident_roles.configuration.policy_file import load_policy
from dd_incident_roles.files import POLICY_FILE
from dd_incident_roles.model import INCIDENT_MANAGER, RoleKey
from dd_incident_roles.policy.policy import Policy, Rule, RuleSetting, SourceLocation, Waiver
from dd_incident_roles.policy.rules import RULES as REGISTERED
from dd_incident_roles.policy.rules.ir001_no_incident_manager import NO_INCIDENT_MANAGER
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.roles.catalogue import Condition, Exclusion, Level, SeverityIs
from tests.configuration.files import CATALOGUE, POLICY, TODAY, loaded

P1 = Condition(tests=(SeverityIs(values=("SEV-0", "SEV-1")),))
P2 = Condition(tests=(SeverityIs(values=("SEV-2",)),))
SCRIBE = RoleKey("scribe")
COMMUNICATIONS = RoleKey("communications_manager")
BY_REQUIREMENT = {"IR001", "IR010", "IR040"}
TWO_LEVELS = {"IR011", "IR014", "IR016"}


def every_rule() -> dict[str, Rule]:
    """The rules that exist, and stand-ins for those that the shipped file names beside them."""
    stand_in = replace(NO_INCIDENT_MANAGER, grace=timedelta())
    named = {
        key: replace(stand_in, id=key, name=key.lower())
        for key, _ in open_file(None, POLICY_FILE).entries("rules")
    }
    return named | dict(REGISTERED)


@pytest.fixture
def shipped() -> Policy:
    return load_policy(None, catalogue=CATALOGUE, rules=every_rule(), today=TODAY)


def test_the_shipped_policy_asks_for_nothing_new(shipped: Policy) -> None:
    """The shipped file leaves roles, exclusions and privacy as they are, and waives nothing."""
    assert shipped.applied_to(CATALOGUE) == CATALOGUE
    assert (shipped.waivers, shipped.exclusions, shipped.shows_private) == ((), None, False)
    assert shipped.file == "config/policy.yaml"


def test_the_shipped_policy_names_every_rule(shipped: Policy) -> None:
    """Whoever copies the file sees every rule that can be set."""
    assert set(REGISTERED) - {NOT_EVALUATED.id} <= set(shipped.rules)
    assert NOT_EVALUATED.id not in shipped.rules


@pytest.mark.parametrize("rule", [r for r in REGISTERED.values() if r != NOT_EVALUATED])
def test_the_shipped_policy_has_the_values_of_the_rules(rule: Rule, shipped: Policy) -> None:
    """The file shows what would hold without it; where a requirement decides, it says nothing."""
    setting = shipped.rules[rule.id]
    silent = rule.id in BY_REQUIREMENT | TWO_LEVELS
    assert setting.level == (None if silent else rule.default_level)
    assert setting.grace == rule.grace
    assert not setting.is_off


def test_a_file_is_read_to_the_last_key(tmp_path: Path) -> None:
    """Each key of the file ends where it belongs, with roles by any name and its own lines."""
    policy = loaded(tmp_path, POLICY)
    file = str(tmp_path / "policy.yaml")
    assert policy.rules == {
        "IR001": RuleSetting(place=SourceLocation(file, 3), level=Level.WARNING),
        "IR003": RuleSetting(
            place=SourceLocation(file, 4), level=Level.NOTE, grace=timedelta(minutes=15)
        ),
        "IR010": RuleSetting(place=SourceLocation(file, 5), is_off=True),
    }
    assert policy.shows_private
    assert set(policy.requirements) == {SCRIBE, COMMUNICATIONS}
    (required,) = policy.requirements[SCRIBE]
    assert (required.when, required.after) == (P1, timedelta(minutes=5))
    assert (required.level, required.file, required.line) == (Level.ERROR, file, 9)
    assert policy.requirements[COMMUNICATIONS] == ()
    assert policy.exclusions == ((INCIDENT_MANAGER, Exclusion(role=SCRIBE, when=P1)),)
    [(_, exclusion)] = policy.exclusions
    assert (exclusion.file, exclusion.line) == (file, 12)
    assert policy.waivers == (
        Waiver(
            rule="IR001",
            incident=1001,
            role=RoleKey("tech_lead"),
            stream="database",
            when=P2,
            reason="Nobody is awake.",
            owner="ada@corp.example",
            created=date(2026, 11, 1),
            expires=date(2026, 12, 1),
            link="https://issues.corp.example/77",
            place=SourceLocation(file, 14),
        ),
    )


@pytest.mark.parametrize("body", ["", "rules: {}\n", "requirements:\nexclusions:\nwaivers:\n"])
def test_everything_but_the_version_can_be_left_out(tmp_path: Path, body: str) -> None:
    """A key that is not there, or whose body is all comments, changes nothing."""
    policy = loaded(tmp_path, f"version: 1\n{body}")
    assert policy == Policy(file=str(tmp_path / "policy.yaml"))
    assert policy.applied_to(CATALOGUE) == CATALOGUE


def test_an_empty_list_of_exclusions_allows_everything(tmp_path: Path) -> None:
    """An empty list replaces those of the catalogue, and an absent one does not."""
    policy = loaded(tmp_path, "version: 1\nexclusions: []\n")
    assert CATALOGUE.commander.excludes
    assert policy.applied_to(CATALOGUE).commander.excludes == ()


def test_nobody_need_be_incident_manager_if_the_policy_says_so(tmp_path: Path) -> None:
    """An empty list of requirements is allowed for every role."""
    policy = loaded(tmp_path, "version: 1\nrequirements: {Incident Manager: []}\n")
    assert policy.applied_to(CATALOGUE).commander.required == ()


def test_each_pair_of_an_exclusion_is_excluded(tmp_path: Path) -> None:
    """Three roles of which one person holds one are three pairs."""
    policy = loaded(tmp_path, "version: 1\nexclusions: [{roles: [im, tl, scribe]}]\n")
    assert [(role, each.role) for role, each in policy.exclusions or ()] == [
        ("incident_manager", "tech_lead"),
        ("incident_manager", "scribe"),
        ("tech_lead", "scribe"),
    ]


def test_the_other_roles_keep_their_requirements(tmp_path: Path) -> None:
    """Requirements of the policy replace those of the roles that it names, and no others."""
    catalogue = loaded(tmp_path, POLICY).applied_to(CATALOGUE)
    assert catalogue.role(SCRIBE).required != CATALOGUE.role(SCRIBE).required
    assert catalogue.commander.required == CATALOGUE.commander.required


WAIVER = "version: 1\nwaivers: [{rule: IR001, reason: r, owner: o, expires: %s%s}]\n"


@pytest.mark.parametrize(
    ("rest", "incident"),
    [
        (", incident: 1001", 1001),
        (", incident: IR-1001", 1001),
        (", incident: ir-7", 7),
        (", incident: '42'", 42),
        (", incident: all", None),
        (", role: im", None),
        (", stream: db", None),
        (", when: {severity: P1}", None),
    ],
)
def test_a_waiver_is_narrowed_in_any_one_way(
    tmp_path: Path, rest: str, incident: int | None
) -> None:
    """One narrowing part is enough, and an incident is named as everywhere else."""
    (waiver,) = loaded(tmp_path, WAIVER % ("2026-12-01", rest)).waivers
    assert waiver.incident == incident


@pytest.mark.parametrize(
    ("expires", "created"),
    [
        ("2027-02-08", None),
        ("2026-11-09", None),
        ("2020-01-01", None),
        ("2026-11-10", "2026-11-10"),
        ("2027-02-08", "2026-11-10"),
        ("2026-11-09", "2026-11-01"),
        ("2020-03-01", "2020-01-01"),
    ],
)
def test_a_waiver_may_be_long_over_and_ninety_days_long(
    tmp_path: Path, expires: str, created: str | None
) -> None:
    """That a waiver ended is no fault of the file, lest every check stop on that day."""
    rest = f", incident: 1, created: {created}" if created else ", incident: 1"
    (waiver,) = loaded(tmp_path, WAIVER % (expires, rest)).waivers
    assert waiver.expires == date.fromisoformat(expires)


def test_a_level_alone_sets_a_rule(tmp_path: Path) -> None:
    """``IR030: off`` says the same as a mapping with that level."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 1\nrules:\n  IR030: off\n  IR003: error\n", encoding="utf-8")
    rules = load_policy(policy, catalogue=CATALOGUE, rules=REGISTERED, today=TODAY).rules
    assert (rules["IR030"].is_off, rules["IR003"].level) == (True, Level.ERROR)
