"""Every fault of a policy file is an error that names the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from dd_incident_roles.configuration.policy_file import load_policy
from dd_incident_roles.errors import ConfigurationError
from tests.configuration.files import CATALOGUE, POLICY, RULES, TODAY, loaded
from tests.configuration.test_lint import found, places

SCRIBE_LINE = "    - {when: {severity: [P1]}, after: 5m, level: error}"
REQUIREMENT = "requirements.scribe[0]"
NARROW = """\
    incident: 1001
    role: tech_lead
    stream: Database
    when: {severity: P2}
"""

# what is replaced, by what, the key that is named, the line, and a part of the message
Fault = tuple[str, str, str | None, int, str]
OF_THE_FILE: list[Fault] = [
    ("version: 1", "version: 2", "version", 1, "only version 1"),
    ("version: 1\n", "", None, 1, "'version' is missing"),
    ("version: 1", "version: 1\ncolour: red", "colour", 2, "unknown key"),
    ("private_incidents: shown", "private_incidents: open", "private_incidents", 6, "('open')"),
    ("private_incidents: shown", "private_incidents:", "private_incidents", 6, "is empty"),
]
OF_RULES: list[Fault] = [
    ("  IR001: {level: warning}", "  IR777: {}", "rules.IR777", 3, "no rule is called 'IR777'"),
    ("  IR001: {level: warning}", "  no-manager: {}", "rules.no-manager", 3, "'no-manager'"),
    ("  IR001: {level: warning}", "  IR0: {}", "rules.IR0", 3, "no rule is called"),
    ("  IR001: {level: warning}", "  IR001: loud", "rules.IR001", 3, "('loud')"),
    ("  IR001: {level: warning}", "  IR001:", "rules.IR001", 3, "is empty"),
    ("  IR001: {level: warning}", "  IR001: {colour: 1}", "rules.IR001.colour", 3, "unknown key"),
    ("  IR001: {level: warning}", "  IR001: {level: fatal}", "rules.IR001.level", 3, "('fatal')"),
    ("  IR001: {level: warning}", "  IR001: {level: true}", "rules.IR001.level", 3, "(True)"),
    ("  IR001: {level: warning}", "  IR001: {grace: 5m}", "rules.IR001.grace", 3, "no grace"),
    ("  IR001: {level: warning}", "  IR099: {level: off}", "rules.IR099.level", 3, "switched off"),
    ("  IR010: {level: off}", "  IR003: {}", "rules.IR003", 5, "already set on line 4"),
    ("  IR010: {level: off}", "  no-incident-manager: {}", "rules.no-incident-manager", 5, "3"),
    ("  IR010: {level: off}", "  ir001: {}", "rules.ir001", 5, "IR001 is already set on line 3"),
    ("grace: 15m", "grace: 15", "rules.patient-rule.grace", 4, "(15)"),
    ("grace: 15m", "grace: a while", "rules.patient-rule.grace", 4, "('a while')"),
]
OF_REQUIREMENTS: list[Fault] = [
    ("  scribe:\n", "  pilot:\n", "requirements.pilot", 8, "no role is called 'pilot'"),
    ("  comms: []", "  comms:", "requirements.comms", 10, "must be a list, and is empty"),
    ("  comms: []", "  Scribe: []", "requirements.Scribe", 10, "already there on line 8"),
    (SCRIBE_LINE, "    when: always", "requirements.scribe", 8, "must be a list"),
    (SCRIBE_LINE, "    - always", REQUIREMENT, 9, "('always')"),
    (SCRIBE_LINE, "    - {when: always, level: note}", REQUIREMENT, 9, "'after' is missing"),
    ("[P1]}, after", "[P9]}, after", f"{REQUIREMENT}.when.severity[0]", 9, "('P9')"),
    ("after: 5m", "after: 5 m", f"{REQUIREMENT}.after", 9, "('5 m')"),
    ("level: error", "level: off", f"{REQUIREMENT}.level", 9, "('off')"),
    ("level: error", "level: error, who: me", f"{REQUIREMENT}.who", 9, "unknown key"),
]
OF_EXCLUSIONS: list[Fault] = [
    ("[im, scribe]", "[im, pilot]", "exclusions[0].roles[1]", 12, "('pilot')"),
    ("[im, scribe]", "[im, commander]", "exclusions[0].roles[1]", 12, "there twice"),
    ("[im, scribe]", "[im]", "exclusions[0].roles", 12, "at least 2"),
    ("[im, scribe]", "[]", "exclusions[0].roles", 12, "at least 2"),
    ("[im, scribe]", "im", "exclusions[0].roles", 12, "('im')"),
    ("roles: [im, scribe], ", "", "exclusions[0]", 12, "'roles' is missing"),
    ("[im, scribe]", "[im, 7]", "exclusions[0].roles[1]", 12, "(7)"),
    ("scribe], when", "scribe], who", "exclusions[0].who", 12, "unknown key"),
    ("[P1]}}", "[P3]}}", "exclusions[0].when.severity[0]", 12, "('P3')"),
    ("  - {roles", "  {roles", "exclusions", 11, "must be a list"),
]
OF_WAIVERS: list[Fault] = [
    ("  - rule: IR001", "  - rule: IR777", "waivers[0].rule", 14, "('IR777')"),
    ("  - rule: IR001", "  - rule: IR099", "waivers[0].rule", 14, "cannot be waived"),
    ("  - rule: IR001", "  - rule: not-evaluated", "waivers[0].rule", 14, "cannot be waived"),
    ("  - rule: IR001", "  - rule: IR090", "waivers[0].rule", 14, "cannot be waived"),
    ("  - rule: IR001", "  - rule: waiver-unused", "waivers[0].rule", 14, "cannot be waived"),
    ("  - rule: IR001\n", "  - colour: red\n", "waivers[0].colour", 14, "unknown key"),
    ("incident: 1001", "incident: 0", "waivers[0].incident", 15, "(0)"),
    ("incident: 1001", "incident: IR-0", "waivers[0].incident", 15, "('IR-0')"),
    ("incident: 1001", "incident: 'all '", "waivers[0].incident", 15, "('all ')"),
    ("incident: 1001", "incident: [1001]", "waivers[0].incident", 15, "whole number"),
    ("incident: 1001", "incident:", "waivers[0].incident", 15, "is empty"),
    ("role: tech_lead", "role: pilot", "waivers[0].role", 16, "('pilot')"),
    ("role: tech_lead", "role: scribe", "waivers[0].stream", 17, "has no streams"),
    ("stream: Database", "stream: ''", "waivers[0].stream", 17, "is empty"),
    ("severity: P2", "severity: P4", "waivers[0].when.severity", 18, "('P4')"),
    ("severity: P2", "sevrity: P2", "waivers[0].when.sevrity", 18, "unknown key"),
    ("reason: Nobody is awake.", "reason: ' '", "waivers[0].reason", 19, "is empty"),
    ("reason: Nobody is awake.", "reason:", "waivers[0].reason", 19, "is empty"),
    ("    reason: Nobody is awake.\n", "", "waivers[0]", 14, "'reason' is missing"),
    ("owner: ada@corp.example", "owner: ''", "waivers[0].owner", 20, "is empty"),
    ("    owner: ada@corp.example\n", "", "waivers[0]", 14, "'owner' is missing"),
    ("created: 2026-11-01", "created: 2026-11-11", "waivers[0].created", 21, "future"),
    ("created: 2026-11-01", "created: 20261101", "waivers[0].created", 21, "(20261101)"),
    (
        "created: 2026-11-01",
        "created: 2026-09-01",
        "waivers[0].expires",
        22,
        "90 days after 'created'",
    ),
    ("    expires: 2026-12-01\n", "", "waivers[0]", 14, "'expires' is missing"),
    ("expires: 2026-12-01", "expires: 2026-10-31", "waivers[0].expires", 22, "before the day"),
    ("expires: 2026-12-01", "expires: 2027-01-31", "waivers[0].expires", 22, "90 days"),
    ("expires: 2026-12-01", "expires: 20261201", "waivers[0].expires", 22, "(20261201)"),
    ("expires: 2026-12-01", "expires: 2026-12-1", "waivers[0].expires", 22, "('2026-12-1')"),
    ("expires: 2026-12-01", "expires: 2026-W49-2", "waivers[0].expires", 22, "must be a day"),
    ("expires: 2026-12-01", "expires: 2026-11-31", "waivers[0].expires", 22, "calendar"),
    ("expires: 2026-12-01", "expires: 01.12.2026", "waivers[0].expires", 22, "must be a day"),
    ("expires: 2026-12-01", "expires: 2026-12-01T00:00", "waivers[0].expires", 22, "('2026"),
    ("expires: 2026-12-01", "expires: never", "waivers[0].expires", 22, "('never')"),
    ("link: https:", "link: ftp:", "waivers[0].link", 23, "('ftp://"),
    ("link: https://issues.corp.example/77", "link: '77'", "waivers[0].link", 23, "('77')"),
    ("link: https://issues.corp.example/77", "link: 'https:'", "waivers[0].link", 23, "https://"),
    ("link: https://issues", "link: https://a b", "waivers[0].link", 23, "('https://a b"),
    ("link: https://issues", "link: https://[", "waivers[0].link", 23, "must be an address"),
    (NARROW, "", "waivers[0]", 14, "narrows nothing"),
    (NARROW, "    when: always\n", "waivers[0]", 14, "narrows nothing"),
]
FAULTS = [*OF_THE_FILE, *OF_RULES, *OF_REQUIREMENTS, *OF_EXCLUSIONS, *OF_WAIVERS]


def refusal(folder: Path, text: str) -> ConfigurationError:
    """The error that a file of this text gives."""
    with pytest.raises(ConfigurationError) as caught:
        loaded(folder, text)
    return caught.value


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_at_its_place(tmp_path: Path, fault: Fault) -> None:
    """The error names the file, the dotted key, the line, and the value or what is wrong."""
    good, bad, key, line, message = fault
    assert POLICY.count(good) == 1
    error = refusal(tmp_path, POLICY.replace(good, bad))
    path = tmp_path / "policy.yaml"
    assert (error.file, error.key, error.line) == (str(path), key, line)
    assert message in str(error)
    assert str(error).startswith(f"{path}:{line}: ")
    assert error.exit_code == 2


def test_ninety_days_count_from_today_where_no_day_is_given(tmp_path: Path) -> None:
    """A waiver without the day on which it was written cannot end later than a new one."""
    text = POLICY.replace("    created: 2026-11-01\n", "").replace("2026-12-01", "2027-02-09")
    error = refusal(tmp_path, text)
    assert error.key == "waivers[0].expires"
    assert "90 days after today" in str(error)
    assert error.hint is not None
    assert "2027-02-08" in error.hint


@pytest.mark.parametrize("rules", ["rules:", "rules: []"])
def test_rules_that_are_there_are_a_mapping(tmp_path: Path, rules: str) -> None:
    """Rules that say nothing are a slip, since the shipped file names them all."""
    error = refusal(tmp_path, f"version: 1\n{rules}\n")
    assert (error.key, error.line) == ("rules", 2)


def test_where_the_clock_of_a_required_role_is_told(tmp_path: Path) -> None:
    """Whoever looks for the grace of an empty role is led to the requirement."""
    error = refusal(tmp_path, "version: 1\nrules: {IR010: {grace: 5m}}\n")
    assert error.hint is not None
    assert "'after'" in error.hint


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A policy that was named must be there; the shipped one does not stand in for it."""
    path = tmp_path / "none.yaml"
    with pytest.raises(ConfigurationError, match="No such file"):
        load_policy(path, catalogue=CATALOGUE, rules=RULES, today=TODAY)


def test_every_problem_of_one_item_is_told(tmp_path: Path) -> None:
    """An entry of a list with several faults is one edit, and not one for each run."""
    roles = """\
version: 1
roles:
  - {key: incident_manager, title: IM, summary: s, responsibilities: [x], holders: one,
     datadog: commander}
  - key: Scribe
    title: ''
    summary: [a]
    responsibilities: [1, 2]
    holders: several
    streams: some
    excludes: [7, {role: 8, when: {severity: [P8, P9], open_for: soon}}]
    required: [{when: {colour: red, state: 1}, after: soon, level: fatal, who: x}]
    colour: red
"""
    policy = """\
version: 1
rules: {IR003: {level: fatal, grace: soon}}
exclusions: [{roles: [pilot, captain], when: {severity: [P9]}, colour: red}]
waivers:
  - {rule: IR777, incident: no, role: pilot, reason: '', owner: '', expires: never, link: x}
  - {rule: IR001, reason: r, owner: o, expires: 2036-12-01}
"""
    people = "version: 1\npeople:\n  ada: {email: ada, github: a b, slack: x, colour: red}\n"
    seen = {(key or "").rpartition(".")[2] for _, _, key in places(found(tmp_path, roles=roles))}
    assert seen >= {"key", "title", "summary", "responsibilities[0]", "responsibilities[1]"}
    assert seen >= {"holders", "streams", "excludes[0]", "role", "severity[0]", "severity[1]"}
    assert seen >= {"open_for", "colour", "state", "after", "level", "who"}
    seen = {(key or "").rpartition(".")[2] for _, _, key in places(found(tmp_path, policy=policy))}
    assert seen >= {"level", "grace", "roles[0]", "roles[1]", "severity[0]", "colour"}
    assert seen >= {"rule", "incident", "role", "reason", "owner", "expires", "link", "waivers[1]"}
    seen = {(key or "").rpartition(".")[2] for _, _, key in places(found(tmp_path, people=people))}
    assert seen == {"email", "github", "slack", "colour"}
