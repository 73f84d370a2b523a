"""Every fault of a file is an error that names the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from dd_incident_roles.configuration.people_file import load_people
from dd_incident_roles.configuration.policy_file import load_policy
from dd_incident_roles.configuration.roles_file import load_catalogue
from dd_incident_roles.errors import ConfigurationError
from tests.configuration.files import CATALOGUE, PEOPLE, POLICY, ROLES, RULES, TODAY, written
from tests.configuration.test_lint import found, places

GRACE = "email: grace@corp.example"
COMMANDER = "holders: one\n    datadog: commander"
WHEN = "when: {severity: [P1]}"
AFTER = "roles[1].required[0].after"
ENTRY = "roles[1].required[0].when"
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
OF_ROLES: list[Fault] = [
    ("version: 1", "version: 2", "version", 1, "only version 1"),
    ("version: 1", "version: '1'", "version", 1, "whole number"),
    ("version: 1\n", "", None, 1, "'version' is missing"),
    ("version: 1", "version: 1\ncolour: red", "colour", 2, "unknown key"),
    ("roles:\n", "roles: []\nother:\n", "other", 4, "unknown key"),
    ("{P1: [SEV-1], P2: [SEV-2]}", "{P1: [], P2: [SEV-2]}", "priorities.P1", 2, "is empty"),
    ("{P1: [SEV-1], P2: [SEV-2]}", "[P1]", "priorities", 2, "must be a mapping"),
    ("{P1: [SEV-1], P2: [SEV-2]}", "{P1: [SEV-1], p1: [SEV-2]}", "priorities.p1", 2, "twice"),
    ("{P1: [SEV-1], P2: [SEV-2]}", "{P1: [1]}", "priorities.P1[0]", 2, "must be text"),
    ("key: tech_lead", "key: tech lead", "roles[1].key", 11, "'tech lead'"),
    ("key: tech_lead", "key: incident_manager", "roles[1].datadog", 19, "must be the commander"),
    ("key: tech_lead", "kee: tech_lead", "roles[1].kee", 11, "unknown key"),
    ("    title: Tech Lead\n", "", "roles[1]", 11, "'title' is missing"),
    ("title: Tech Lead", "title: ''", "roles[1].title", 12, "is empty"),
    ("title: Tech Lead", "title:", "roles[1].title", 12, "but is empty"),
    ("title: Tech Lead", "title: 7", "roles[1].title", 12, "(7)"),
    ("title: Tech Lead", 'title: "a\\eb"', "roles[1].title", 12, "control character"),
    ("summary: Repairs.", f"summary: {'x' * 2001}", "roles[1].summary", 14, "more than 2000"),
    ("title: Tech Lead", "title: Responder", "roles[1].title", 12, "Datadog reserves"),
    ("title: Tech Lead", "title: incident-manager", "roles[1].title", 12, "incident_manager"),
    ("aliases: [tl]", "aliases: tl", "roles[1].aliases", 13, "must be a list"),
    ("aliases: [tl]", "aliases: [IM]", "roles[1].aliases[0]", 13, "already a name"),
    ("aliases: [tl]", "aliases: [tl, T-L, t_l]", "roles[1].aliases[2]", 13, "this role"),
    ("aliases: [tl]", "aliases: [tech-lead]", "roles[1].aliases[0]", 13, "this role"),
    ("aliases: [tl]", "aliases: [true]", "roles[1].aliases[0]", 13, "true or false"),
    ("summary: Repairs.", "summary: [a]", "roles[1].summary", 14, "is a list"),
    ("[Repair.]", "[]", "roles[1].responsibilities", 15, "is empty"),
    ("[Repair.]", "Repair.", "roles[1].responsibilities", 15, "must be a list"),
    ("one\n    streams", "two\n    streams", "roles[1].holders", 16, "one of: one, many"),
    ("streams: optional", "streams: maybe", "roles[1].streams", 17, "none, optional, required"),
    ("streams: optional", "streams: none", "roles[1].suggested_streams", 18, "without streams"),
    ("[database]", "[a, ' A ']", "roles[1].suggested_streams[1]", 18, "twice"),
    ("[database]", f"[{'x' * 65}]", "roles[1].suggested_streams[0]", 18, "at most 64"),
    ("{role: Tech Lead}", "{role: Responder}", "roles[1].datadog.role", 19, "('Responder')"),
    ("{role: Tech Lead}", "{role: responder}", "roles[1].datadog.role", 19, "Datadog reserves"),
    ("{role: Tech Lead}", "{role: INCIDENT COMMANDER}", "roles[1].datadog.role", 19, "reserves"),
    ("{role: Tech Lead}", f"{{role: {'x' * 256}}}", "roles[1].datadog.role", 19, "255"),
    ("{role: Tech Lead}", "{name: Tech Lead}", "roles[1].datadog.name", 19, "unknown key"),
    ("{role: Tech Lead}", "{}", "roles[1].datadog", 19, "'role' is missing"),
    ("{role: Tech Lead}", "Tech Lead", "roles[1].datadog", 19, "('Tech Lead')"),
    ("{role: Tech Lead}", "commander", "roles[1].datadog", 19, "only the role with the key"),
    ("[incident_manager]", "[pilot]", "roles[1].excludes[0]", 20, "'pilot'"),
    ("[incident_manager]", "[tech_lead]", "roles[1].excludes[0]", 20, "itself"),
    ("[incident_manager]", "[{role: pilot}]", "roles[1].excludes[0]", 20, "'pilot'"),
    ("[incident_manager]", "[{when: always}]", "roles[1].excludes[0]", 20, "'role' is missing"),
    ("[incident_manager]", "[7]", "roles[1].excludes[0]", 20, "must be a mapping"),
    ("after: 5m", "after: 5", AFTER, 22, "(5)"),
    ("after: 5m", "after: 5 minutes", AFTER, 22, "('5 minutes')"),
    ("after: 5m", "after: -5m", AFTER, 22, "duration such as"),
    ("after: 5m", "after: 1.5h", AFTER, 22, "duration such as"),
    ("after: 5m", "after: 4000d", AFTER, 22, "longer than"),
    ("after: 5m", "after: \u0665m", AFTER, 22, "duration such as"),
    (", after: 5m", "", "roles[1].required[0]", 22, "'after' is missing"),
    ("level: error", "level: fatal", "roles[1].required[0].level", 22, "error, warning, note"),
    ("level: error", "level: error, who: all", "roles[1].required[0].who", 22, "unknown key"),
    (WHEN, "when: {}", ENTRY, 22, "is empty"),
    (WHEN, "when: never", ENTRY, 22, "('never')"),
    (WHEN, "when: [always]", ENTRY, 22, "the word always"),
    (WHEN, "when: {sevrity: P1}", f"{ENTRY}.sevrity", 22, "unknown key"),
    (WHEN, "when: {field: x}", f"{ENTRY}.field", 22, "unknown key"),
    (WHEN, "when: {field.: x}", f"{ENTRY}.field.", 22, "unknown key"),
    (WHEN, "when: {field.a b: x}", f"{ENTRY}.field.a b", 22, "unknown key"),
    (WHEN, "when: {field.a: }", f"{ENTRY}.field.a", 22, "must be text, a number"),
    (WHEN, "when: {field.a: []}", f"{ENTRY}.field.a", 22, "is empty"),
    (WHEN, "when: {field.a: [[b]]}", f"{ENTRY}.field.a[0]", 22, "must be text, a number"),
    (WHEN, "when: {severity: P3}", f"{ENTRY}.severity", 22, "('P3')"),
    (WHEN, "when: {severity: [P1, SEV1]}", f"{ENTRY}.severity[1]", 22, "('SEV1')"),
    (WHEN, "when: {severity: []}", f"{ENTRY}.severity", 22, "is empty"),
    (WHEN, "when: {severity: 1}", f"{ENTRY}.severity", 22, "must be text"),
    (WHEN, "when: {state: {}}", f"{ENTRY}.state", 22, "must be text"),
    (WHEN, "when: {incident_type: [no, null]}", f"{ENTRY}.incident_type[1]", 22, "is empty"),
    (WHEN, "when: {customer_impacted: yes}", f"{ENTRY}.customer_impacted", 22, "('yes')"),
    (WHEN, "when: {customer_impacted: 1}", f"{ENTRY}.customer_impacted", 22, "true or false"),
    (WHEN, "when: {open_for: soon}", f"{ENTRY}.open_for", 22, "('soon')"),
    (WHEN, "when: {open_for: 0s}", f"{ENTRY}.open_for", 22, "longer than 0"),
    (WHEN, "when: {responders_over: -1}", f"{ENTRY}.responders_over", 22, "at least 0"),
    (WHEN, "when: {responders_over: true}", f"{ENTRY}.responders_over", 22, "whole number"),
    (WHEN, "when: {responders_over: 2.5}", f"{ENTRY}.responders_over", 22, "whole number"),
    (COMMANDER, COMMANDER.replace("one", "many"), "roles[0].holders", 9, "must be one person"),
    (COMMANDER, f"{COMMANDER}\n    streams: optional", "roles[0].streams", 11, "not a stream"),
    (COMMANDER, COMMANDER.replace("commander", "{role: Boss}"), "roles[0].datadog", 10, "must be"),
]
OF_PEOPLE: list[Fault] = [
    ("version: 1", "version: 3", "version", 1, "only version 1"),
    ("version: 1\n", "", None, 1, "'version' is missing"),
    ("version: 1", "version: 1\nteams: {}", "teams", 2, "unknown key"),
    ("  grace:\n", "  ada:\n", "people.ada", 10, "twice"),
    ("  grace:\n", "  Grace:\n", "people.Grace", 10, "lower-case"),
    ("  grace:\n", "  gr@ce:\n", "people.'gr@ce'", 10, "lower-case"),
    ("  grace:\n", "  me:\n", "people.me", 10, "person who types"),
    ("    email: grace@corp.example\n", "    name: Grace\n", "people.grace", 10, "'email'"),
    ("grace@corp.example", "grace", "people.grace.email", 11, "('grace')"),
    ("grace@corp.example", "ADA@corp.example", "people.grace.email", 11, "belongs to ada"),
    ("grace@corp.example", "", "people.grace.email", 11, "must be text"),
    ("grace@corp.example", "[a@b]", "people.grace.email", 11, "must be text"),
    ("name: Ada Example", "nick: Ada", "people.ada.nick", 5, "unknown key"),
    ("datadog: ada.handle", "datadog: ada handle", "people.ada.datadog", 6, "spaces"),
    ("datadog: ada.handle", "datadog: 12", "people.ada.datadog", 6, "must be text"),
    ("github: ada-hub", 'github: "@ada"', "people.ada.github", 7, "without the @"),
    ("gitlab: ada.lab", 'gitlab: "ada lab"', "people.ada.gitlab", 8, "without the @"),
    ("gitlab: ada.lab", 'jira: "[~ada]"', "people.ada.jira", 8, "user name of Jira"),
    ("gitlab: ada.lab", 'jira: "../ada"', "people.ada.jira", 8, "user name of Jira"),
    ("slack: U01ADA", 'slack: "@ada"', "people.ada.slack", 9, "member ID"),
    ("slack: U01ADA", "slack: u01ada", "people.ada.slack", 9, "member ID"),
    (
        GRACE,
        f"{GRACE}.uk\n    datadog: ADA.handle",
        "people.grace.datadog",
        12,
        "already belongs to ada",
    ),
    (
        GRACE,
        f"{GRACE}.uk\n    datadog: ada@corp.example",
        "people.grace.datadog",
        12,
        "already belongs to ada",
    ),
    (
        GRACE,
        f"{GRACE}.uk\n    github: Ada-Hub",
        "people.grace.github",
        12,
        "already belongs to ada",
    ),
]
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
    ("  IR001: {level: warning}", "  IR001: {grace: 5m}", "rules.IR001.grace", 3, "no 'grace'"),
    ("  IR001: {level: warning}", "  IR099: {level: off}", "rules.IR099.level", 3, "turned off"),
    ("  IR010: {level: off}", "  IR003: {}", "rules.IR003", 5, "already set on line 4"),
    ("  IR010: {level: off}", "  no-incident-manager: {}", "rules.no-incident-manager", 5, "3"),
    ("  IR010: {level: off}", "  ir001: {}", "rules.ir001", 5, "IR001 is already set on line 3"),
    ("grace: 15m", "grace: a while", "rules.patient-rule.grace", 4, "('a while')"),
]
# What a requirement and its condition refuse is said above, of the roles: it is the same form.
OF_REQUIREMENTS: list[Fault] = [
    ("  scribe:\n", "  pilot:\n", "requirements.pilot", 8, "no role is called 'pilot'"),
    ("  comms: []", "  comms:", "requirements.comms", 10, "must be a list, but is empty"),
    ("  comms: []", "  Scribe: []", "requirements.Scribe", 10, "already listed on line 8"),
    (SCRIBE_LINE, "    when: always", "requirements.scribe", 8, "must be a list"),
    (SCRIBE_LINE, "    - always", REQUIREMENT, 9, "('always')"),
    (SCRIBE_LINE, "    - {when: always, level: note}", REQUIREMENT, 9, "'after' is missing"),
]
OF_EXCLUSIONS: list[Fault] = [
    ("[im, scribe]", "[im, pilot]", "exclusions[0].roles[1]", 12, "('pilot')"),
    ("[im, scribe]", "[im, commander]", "exclusions[0].roles[1]", 12, "listed twice"),
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
    ("reason: Nobody is awake.", "reason: ' '", "waivers[0].reason", 19, "is empty"),
    ("    reason: Nobody is awake.\n", "", "waivers[0]", 14, "'reason' is missing"),
    ("owner: ada@corp.example", "owner: ''", "waivers[0].owner", 20, "is empty"),
    ("    owner: ada@corp.example\n", "", "waivers[0]", 14, "'owner' is missing"),
    ("created: 2026-11-01", "created: 2026-11-11", "waivers[0].created", 21, "future"),
    ("created: 2026-11-01", "created: 20261101", "waivers[0].created", 21, "(20261101)"),
    ("created: 2026-11-01", "created: 2026-09-01", "waivers[0].expires", 22, "after 'created'"),
    ("    expires: 2026-12-01\n", "", "waivers[0]", 14, "'expires' is missing"),
    ("expires: 2026-12-01", "expires: 2026-10-31", "waivers[0].expires", 22, "before 'created'"),
    ("expires: 2026-12-01", "expires: 2027-01-31", "waivers[0].expires", 22, "90 days"),
    ("expires: 2026-12-01", "expires: 20261201", "waivers[0].expires", 22, "(20261201)"),
    ("expires: 2026-12-01", "expires: 2026-12-1", "waivers[0].expires", 22, "('2026-12-1')"),
    ("expires: 2026-12-01", "expires: 2026-W49-2", "waivers[0].expires", 22, "must be a date"),
    ("expires: 2026-12-01", "expires: 2026-11-31", "waivers[0].expires", 22, "calendar"),
    ("expires: 2026-12-01", "expires: 01.12.2026", "waivers[0].expires", 22, "must be a date"),
    ("expires: 2026-12-01", "expires: 2026-12-01T00:00", "waivers[0].expires", 22, "('2026"),
    ("expires: 2026-12-01", "expires: never", "waivers[0].expires", 22, "('never')"),
    ("link: https:", "link: ftp:", "waivers[0].link", 23, "('ftp://"),
    ("link: https://issues.corp.example/77", "link: '77'", "waivers[0].link", 23, "('77')"),
    ("link: https://issues.corp.example/77", "link: 'https:'", "waivers[0].link", 23, "https://"),
    ("link: https://issues", "link: https://a b", "waivers[0].link", 23, "('https://a b"),
    ("link: https://issues", "link: https://[", "waivers[0].link", 23, "must be a URL"),
    (NARROW, "", "waivers[0]", 14, "would cover every"),
    (NARROW, "    when: always\n", "waivers[0]", 14, "would cover every"),
]


def load(kind: str, path: Path) -> object:
    """What a file of a kind says."""
    match kind:
        case "roles":
            return load_catalogue(path)
        case "people":
            return load_people(path)
        case _:
            return load_policy(path, catalogue=CATALOGUE, rules=RULES, today=TODAY)


def refusal(folder: Path, kind: str, text: str) -> ConfigurationError:
    """The error that a file of this text gives."""
    path = written(folder, f"{kind}.yaml", text)
    with pytest.raises(ConfigurationError) as caught:
        load(kind, path)
    return caught.value


TEXTS = {"roles": ROLES, "policy": POLICY, "people": PEOPLE}
FAULTS = [
    *(("roles", *fault) for fault in OF_ROLES),
    *(("people", *fault) for fault in OF_PEOPLE),
    *(
        ("policy", *fault)
        for faults in (OF_THE_FILE, OF_RULES, OF_REQUIREMENTS, OF_EXCLUSIONS, OF_WAIVERS)
        for fault in faults
    ),
]


@pytest.mark.parametrize("kind", TEXTS)
def test_the_text_that_the_faults_are_put_into_is_good(tmp_path: Path, kind: str) -> None:
    """Without a fault the file loads, so that each refusal below is for its own fault."""
    assert load(kind, written(tmp_path, f"{kind}.yaml", TEXTS[kind]))


@pytest.mark.parametrize(("kind", "good", "bad", "key", "line", "message"), FAULTS)
def test_a_fault_is_refused_at_its_place(
    tmp_path: Path, kind: str, good: str, bad: str, key: str | None, line: int, message: str
) -> None:
    """The error names the file, the dotted key, the line, and the value or what is wrong."""
    assert TEXTS[kind].count(good) == 1
    error = refusal(tmp_path, kind, TEXTS[kind].replace(good, bad))
    path = tmp_path / f"{kind}.yaml"
    assert (error.file, error.key, error.line) == (str(path), key, line)
    assert message in str(error)
    assert str(error).startswith(f"{path}:{line}: ")
    assert error.exit_code == 2


@pytest.mark.parametrize(("name", "said"), [("none.yaml", "No such file"), (".", "cannot be read")])
@pytest.mark.parametrize("kind", TEXTS)
def test_what_is_no_file_is_refused(tmp_path: Path, kind: str, name: str, said: str) -> None:
    """A file that was named must be there; the shipped one does not take its place."""
    with pytest.raises(ConfigurationError, match=said) as caught:
        load(kind, tmp_path / name)
    assert caught.value.file == str(tmp_path / name)


SECOND = ROLES.split("  - key: tech_lead")[1]


def test_a_catalogue_without_a_commander_is_refused(tmp_path: Path) -> None:
    """Some role has to be the commander."""
    head, rest = ROLES.split("  - key: incident_manager")
    text = head + "  - key: tech_lead" + rest.split("  - key: tech_lead")[1]
    error = refusal(tmp_path, "roles", text.replace("    excludes: [incident_manager]\n", ""))
    assert error.key == "roles"
    assert "incident_manager" in error.problem


def test_two_commanders_are_refused(tmp_path: Path) -> None:
    """A second role of the same key is a duplicate."""
    commander = ROLES.split("roles:\n")[1].partition("  - key: tech_lead")[0]
    error = refusal(tmp_path, "roles", ROLES + commander)
    assert error.key == "roles[2].key"


def test_one_name_in_datadog_for_two_roles_is_refused(tmp_path: Path) -> None:
    """Two roles cannot be the same user-defined role."""
    third = "  - key: other" + SECOND.replace("title: Tech Lead", "title: Other")
    third = third.replace("[tl]", "[]").replace("role: Tech Lead", "role: tech lead")
    error = refusal(tmp_path, "roles", ROLES + third)
    assert error.key == "roles[2].datadog.role"
    assert "tech_lead" in error.problem


def test_ninety_days_count_from_today_where_no_day_is_given(tmp_path: Path) -> None:
    """A waiver without the day on which it was written cannot end later than a new one."""
    text = POLICY.replace("    created: 2026-11-01\n", "").replace("2026-12-01", "2027-02-09")
    error = refusal(tmp_path, "policy", text)
    assert error.key == "waivers[0].expires"
    assert "90 days after today" in str(error)
    assert error.hint is not None
    assert "2027-02-08" in error.hint


@pytest.mark.parametrize("rules", ["rules:", "rules: []"])
def test_rules_that_are_there_are_a_mapping(tmp_path: Path, rules: str) -> None:
    """Rules that say nothing are a slip, since the shipped file names them all."""
    error = refusal(tmp_path, "policy", f"version: 1\n{rules}\n")
    assert (error.key, error.line) == ("rules", 2)


def test_where_the_clock_of_a_required_role_is_told(tmp_path: Path) -> None:
    """Whoever looks for the grace of an empty role is led to the requirement."""
    error = refusal(tmp_path, "policy", "version: 1\nrules: {IR010: {grace: 5m}}\n")
    assert error.hint is not None
    assert "'after'" in error.hint


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
