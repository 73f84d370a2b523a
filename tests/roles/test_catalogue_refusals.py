"""Every fault of a catalogue file is an error that names the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from dd_incident_roles.configuration.roles_file import load_catalogue
from dd_incident_roles.errors import ConfigurationError

ROLES = """\
version: 1
priorities: {P1: [SEV-1], P2: [SEV-2]}
roles:
  - key: incident_manager
    title: Incident Manager
    aliases: [im]
    summary: Leads.
    responsibilities: [Lead.]
    holders: one
    datadog: commander
  - key: tech_lead
    title: Tech Lead
    aliases: [tl]
    summary: Repairs.
    responsibilities: [Repair.]
    holders: one
    streams: optional
    suggested_streams: [database]
    datadog: {role: Tech Lead}
    excludes: [incident_manager]
    required:
      - {when: {severity: [P1]}, after: 5m, level: error}
"""

WHEN = "when: {severity: [P1]}"
AFTER = "roles[1].required[0].after"
ENTRY = "roles[1].required[0].when"

# what is replaced, by what, the key that is named, the line, and a part of the message
Fault = tuple[str, str, str | None, int, str]
FAULTS: list[Fault] = [
    ("version: 1", "version: 2", "version", 1, "only version 1"),
    ("version: 1", "version: '1'", "version", 1, "whole number"),
    ("version: 1\n", "", None, 1, "'version' is missing"),
    ("version: 1", "version: 1\ncolour: red", "colour", 2, "unknown key"),
    ("roles:\n", "roles: []\nother:\n", "other", 4, "unknown key"),
    ("{P1: [SEV-1], P2: [SEV-2]}", "{P1: [], P2: [SEV-2]}", "priorities.P1", 2, "names nothing"),
    ("{P1: [SEV-1], P2: [SEV-2]}", "[P1]", "priorities", 2, "must be a mapping"),
    ("{P1: [SEV-1], P2: [SEV-2]}", "{P1: [SEV-1], p1: [SEV-2]}", "priorities.p1", 2, "twice"),
    ("{P1: [SEV-1], P2: [SEV-2]}", "{P1: [1]}", "priorities.P1[0]", 2, "must be a text"),
    ("key: tech_lead", "key: tech lead", "roles[1].key", 11, "'tech lead'"),
    ("key: tech_lead", "key: incident_manager", "roles[1].datadog", 19, "must be the commander"),
    ("key: tech_lead", "kee: tech_lead", "roles[1].kee", 11, "unknown key"),
    ("    title: Tech Lead\n", "", "roles[1]", 11, "'title' is missing"),
    ("title: Tech Lead", "title: ''", "roles[1].title", 12, "is empty"),
    ("title: Tech Lead", "title:", "roles[1].title", 12, "and is empty"),
    ("title: Tech Lead", "title: 7", "roles[1].title", 12, "(7)"),
    ("title: Tech Lead", 'title: "a\\eb"', "roles[1].title", 12, "control character"),
    ("summary: Repairs.", f"summary: {'x' * 2001}", "roles[1].summary", 14, "more than 2000"),
    ("title: Tech Lead", "title: Responder", "roles[1].title", 12, "keeps for itself"),
    ("title: Tech Lead", "title: incident-manager", "roles[1].title", 12, "incident_manager"),
    ("aliases: [tl]", "aliases: tl", "roles[1].aliases", 13, "must be a list"),
    ("aliases: [tl]", "aliases: [IM]", "roles[1].aliases[0]", 13, "already a name"),
    ("aliases: [tl]", "aliases: [tl, T-L, t_l]", "roles[1].aliases[2]", 13, "this role"),
    ("aliases: [tl]", "aliases: [tech-lead]", "roles[1].aliases[0]", 13, "this role"),
    ("aliases: [tl]", "aliases: [true]", "roles[1].aliases[0]", 13, "true or false"),
    ("summary: Repairs.", "summary: [a]", "roles[1].summary", 14, "is a list"),
    ("[Repair.]", "[]", "roles[1].responsibilities", 15, "names nothing"),
    ("[Repair.]", "Repair.", "roles[1].responsibilities", 15, "must be a list"),
    ("one\n    streams", "two\n    streams", "roles[1].holders", 16, "one of: one, many"),
    ("streams: optional", "streams: maybe", "roles[1].streams", 17, "none, optional, required"),
    ("streams: optional", "streams: none", "roles[1].suggested_streams", 18, "without streams"),
    ("[database]", "[a, ' A ']", "roles[1].suggested_streams[1]", 18, "twice"),
    ("[database]", f"[{'x' * 65}]", "roles[1].suggested_streams[0]", 18, "at most 64"),
    ("{role: Tech Lead}", "{role: Responder}", "roles[1].datadog.role", 19, "('Responder')"),
    ("{role: Tech Lead}", "{role: responder}", "roles[1].datadog.role", 19, "keeps for itself"),
    ("{role: Tech Lead}", "{role: INCIDENT COMMANDER}", "roles[1].datadog.role", 19, "keeps"),
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
    ("after: 5m", "after: -5m", AFTER, 22, "length of time"),
    ("after: 5m", "after: 1.5h", AFTER, 22, "length of time"),
    ("after: 5m", "after: 4000d", AFTER, 22, "longer than"),
    ("after: 5m", "after: \u0665m", AFTER, 22, "length of time"),
    (", after: 5m", "", "roles[1].required[0]", 22, "'after' is missing"),
    ("level: error", "level: fatal", "roles[1].required[0].level", 22, "error, warning, note"),
    ("level: error", "level: error, who: all", "roles[1].required[0].who", 22, "unknown key"),
    (WHEN, "when: {}", ENTRY, 22, "names nothing"),
    (WHEN, "when: never", ENTRY, 22, "('never')"),
    (WHEN, "when: [always]", ENTRY, 22, "the word always"),
    (WHEN, "when: {sevrity: P1}", f"{ENTRY}.sevrity", 22, "unknown key"),
    (WHEN, "when: {field: x}", f"{ENTRY}.field", 22, "unknown key"),
    (WHEN, "when: {field.: x}", f"{ENTRY}.field.", 22, "unknown key"),
    (WHEN, "when: {field.a b: x}", f"{ENTRY}.field.a b", 22, "unknown key"),
    (WHEN, "when: {field.a: }", f"{ENTRY}.field.a", 22, "must be a text, a number"),
    (WHEN, "when: {field.a: []}", f"{ENTRY}.field.a", 22, "names nothing"),
    (WHEN, "when: {field.a: [[b]]}", f"{ENTRY}.field.a[0]", 22, "must be a text, a number"),
    (WHEN, "when: {severity: P3}", f"{ENTRY}.severity", 22, "('P3')"),
    (WHEN, "when: {severity: [P1, SEV1]}", f"{ENTRY}.severity[1]", 22, "('SEV1')"),
    (WHEN, "when: {severity: []}", f"{ENTRY}.severity", 22, "names nothing"),
    (WHEN, "when: {severity: 1}", f"{ENTRY}.severity", 22, "must be a text"),
    (WHEN, "when: {state: {}}", f"{ENTRY}.state", 22, "must be a text"),
    (WHEN, "when: {incident_type: [no, null]}", f"{ENTRY}.incident_type[1]", 22, "is empty"),
    (WHEN, "when: {customer_impacted: yes}", f"{ENTRY}.customer_impacted", 22, "('yes')"),
    (WHEN, "when: {customer_impacted: 1}", f"{ENTRY}.customer_impacted", 22, "true or false"),
    (WHEN, "when: {open_for: soon}", f"{ENTRY}.open_for", 22, "('soon')"),
    (WHEN, "when: {open_for: 0s}", f"{ENTRY}.open_for", 22, "longer than nothing"),
    (WHEN, "when: {responders_over: -1}", f"{ENTRY}.responders_over", 22, "at least 0"),
    (WHEN, "when: {responders_over: true}", f"{ENTRY}.responders_over", 22, "whole number"),
    (WHEN, "when: {responders_over: 2.5}", f"{ENTRY}.responders_over", 22, "whole number"),
]


def refusal(path: Path, text: str) -> ConfigurationError:
    """The error that a file of this text gives."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_catalogue(path)
    return caught.value


def test_the_text_that_the_faults_are_put_into_is_good(tmp_path: Path) -> None:
    """Without a fault the file loads, so that each refusal below is for its own fault."""
    path = tmp_path / "roles.yaml"
    path.write_text(ROLES, encoding="utf-8")
    assert load_catalogue(path).known_names == ("incident_manager", "tech_lead")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_at_its_place(tmp_path: Path, fault: Fault) -> None:
    """The error names the file, the dotted key, the line, and the value or what is wrong."""
    good, bad, key, line, message = fault
    path = tmp_path / "roles.yaml"
    assert ROLES.count(good) == 1
    error = refusal(path, ROLES.replace(good, bad))
    assert (error.file, error.key, error.line) == (str(path), key, line)
    assert message in str(error)
    assert str(error).startswith(f"{path}:{line}: ")
    assert error.exit_code == 2


SECOND = ROLES.split("  - key: tech_lead")[1]


@pytest.mark.parametrize(
    ("good", "bad", "key"),
    [
        (
            "holders: one\n    datadog: commander",
            "holders: many\n    datadog: commander",
            "holders",
        ),
        (
            "datadog: commander",
            "streams: optional\n    datadog: commander",
            "streams",
        ),
        ("datadog: commander", "datadog: {role: Boss}", "datadog"),
    ],
)
def test_the_commander_is_one_person_for_the_whole_incident(
    tmp_path: Path, good: str, bad: str, key: str
) -> None:
    """The Incident Manager cannot be several, have streams, or be a user-defined role."""
    error = refusal(tmp_path / "roles.yaml", ROLES.replace(good, bad))
    assert error.key == f"roles[0].{key}"


def test_a_catalogue_without_a_commander_is_refused(tmp_path: Path) -> None:
    """Some role has to be the commander."""
    head, rest = ROLES.split("  - key: incident_manager")
    text = head + "  - key: tech_lead" + rest.split("  - key: tech_lead")[1]
    error = refusal(tmp_path / "roles.yaml", text.replace("    excludes: [incident_manager]\n", ""))
    assert error.key == "roles"
    assert "incident_manager" in error.problem


def test_two_commanders_are_refused(tmp_path: Path) -> None:
    """A second role of the same key is a duplicate."""
    commander = ROLES.split("roles:\n")[1].partition("  - key: tech_lead")[0]
    error = refusal(tmp_path / "roles.yaml", ROLES + commander)
    assert error.key == "roles[2].key"


def test_one_name_in_datadog_for_two_roles_is_refused(tmp_path: Path) -> None:
    """Two roles cannot be the same user-defined role."""
    third = "  - key: other" + SECOND.replace("title: Tech Lead", "title: Other")
    third = third.replace("[tl]", "[]").replace("role: Tech Lead", "role: tech lead")
    error = refusal(tmp_path / "roles.yaml", ROLES + third)
    assert error.key == "roles[2].datadog.role"
    assert "tech_lead" in error.problem
