"""The shipped catalogue is the design's table, and its roles can be looked up by any name."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from dd_incident_roles.configuration.roles_file import load_catalogue
from dd_incident_roles.errors import ConfigurationError, UnknownRole
from dd_incident_roles.files import shipped_file, shipped_name
from dd_incident_roles.model import RoleKey
from dd_incident_roles.roles import catalogue as roles
from dd_incident_roles.roles.catalogue import (
    ALWAYS,
    Condition,
    CustomerImpacted,
    FieldIs,
    OpenFor,
    SeverityIs,
    Test,
)

P1 = SeverityIs(values=("SEV-0", "SEV-1"))
P1_OR_P2 = SeverityIs(values=("SEV-0", "SEV-1", "SEV-2"))
IMPACT = CustomerImpacted(value=True)
PUBLIC_RELATIONS = FieldIs(name="public_relations", values=(True,))
LONG = OpenFor(length=timedelta(hours=2))

ERROR, WARNING = roles.Level.ERROR, roles.Level.WARNING
ONE, MANY = roles.Holders.ONE, roles.Holders.MANY
NONE, OPTIONAL = roles.Streams.NONE, roles.Streams.OPTIONAL

TABLE = [
    ("incident_manager", "Incident Manager", ONE, NONE, [((), 5, ERROR)]),
    ("first_responder", "First Responder", MANY, NONE, [((P1_OR_P2,), 5, WARNING)]),
    ("tech_lead", "Tech Lead", ONE, OPTIONAL, [((P1_OR_P2,), 10, ERROR)]),
    (
        "communications_manager",
        "Communications Manager",
        ONE,
        OPTIONAL,
        [((P1,), 15, ERROR), ((IMPACT,), 15, ERROR), ((PUBLIC_RELATIONS,), 15, ERROR)],
    ),
    ("customer_support_lead", "Customer Support Lead", ONE, NONE, [((IMPACT,), 15, ERROR)]),
    ("scribe", "Scribe", ONE, NONE, [((P1_OR_P2,), 10, ERROR)]),
    ("backup_incident_manager", "Backup Incident Manager", ONE, NONE, [((P1, LONG), 0, WARNING)]),
]

NAMES = [
    ("im", "incident_manager"),
    ("IC", "incident_manager"),
    ("commander", "incident_manager"),
    ("Incident Commander", "incident_manager"),
    ("incident-commander", "incident_manager"),
    ("  INCIDENT__manager ", "incident_manager"),
    ("fr", "first_responder"),
    ("Responder", "first_responder"),
    ("tl", "tech_lead"),
    ("Tech Lead", "tech_lead"),
    ("tech-LEAD", "tech_lead"),
    ("cm", "communications_manager"),
    ("comms", "communications_manager"),
    ("csl", "customer_support_lead"),
    ("support", "customer_support_lead"),
    ("scribe", "scribe"),
    ("backup", "backup_incident_manager"),
    ("deputy", "backup_incident_manager"),
]


@pytest.fixture
def catalogue() -> roles.Catalogue:
    """The shipped catalogue."""
    return load_catalogue()


def test_the_shipped_roles_are_those_of_the_table(catalogue: roles.Catalogue) -> None:
    """Keys, titles, holders, streams and requirements are what the product promises."""
    found = [
        (
            role.key,
            role.title,
            role.holders,
            role.streams,
            [
                (need.when.tests, need.after / timedelta(minutes=1), need.level)
                for need in role.required
            ],
        )
        for role in catalogue.roles
    ]
    assert found == TABLE


def test_every_shipped_role_says_what_it_is_for(catalogue: roles.Catalogue) -> None:
    """Whoever takes a role can read what is expected."""
    assert all(role.summary and len(role.responsibilities) >= 2 for role in catalogue.roles)


def test_the_commander_is_the_incident_manager_and_no_other(catalogue: roles.Catalogue) -> None:
    """Every other role is a user-defined one that is called by its title."""
    shown = {role.key: role.datadog for role in catalogue.roles}
    assert shown.pop(RoleKey("incident_manager")) == roles.CommanderRole()
    assert shown == {
        role.key: roles.NamedRole(role.title) for role in catalogue.roles if not role.is_commander
    }
    assert catalogue.commander.key == "incident_manager"


def test_the_incident_manager_is_no_tech_lead_in_grave_incidents(
    catalogue: roles.Catalogue,
) -> None:
    """The only shipped exclusion holds in P1 and P2, and in no lesser incident."""
    exclusions = {role.key: role.excludes for role in catalogue.roles if role.excludes}
    when = Condition(tests=(P1_OR_P2,))
    assert exclusions == {
        "incident_manager": (roles.Exclusion(role=RoleKey("tech_lead"), when=when),)
    }


def test_only_roles_without_streams_are_single(catalogue: roles.Catalogue) -> None:
    """A Tech Lead of each stream makes several Tech Leads of the incident."""
    assert {role.key for role in catalogue.roles if role.is_single} == {
        "incident_manager",
        "customer_support_lead",
        "scribe",
        "backup_incident_manager",
    }


def test_streams_are_suggested_for_communications(catalogue: roles.Catalogue) -> None:
    """Internal and external communications can be told apart."""
    role = catalogue.find("comms")
    assert role.suggested_streams == ("internal", "external")


def test_requirements_know_where_they_stand(catalogue: roles.Catalogue) -> None:
    """A finding can point to the line that asks for the role, on any machine alike."""
    need = catalogue.find("scribe").required[0]
    lines = Path(str(shipped_file("roles.yaml"))).read_text(encoding="utf-8").splitlines()
    assert need.file == "config/roles.yaml"
    assert "after: 10m" in lines[need.line - 1]


def test_the_field_of_a_role_is_named_after_its_key(catalogue: roles.Catalogue) -> None:
    """A title can change without losing the field in Datadog."""
    assert catalogue.find("tl").field_name == "incident_role.tech_lead"


@pytest.mark.parametrize(("text", "key"), NAMES)
def test_a_role_is_found_by_each_of_its_names(
    catalogue: roles.Catalogue, text: str, key: str
) -> None:
    """Case, spaces, hyphens and underscores do not matter."""
    assert catalogue.find(text).key == key


@pytest.mark.parametrize("text", ["", " ", "lead", "tech", "techlead", "incident", "scribes"])
def test_a_part_of_a_name_is_no_name(catalogue: roles.Catalogue, text: str) -> None:
    """A role is never guessed; the error lists the roles."""
    with pytest.raises(UnknownRole) as caught:
        catalogue.find(text)
    known = "Known roles: im, fr, tl, cm, csl, scribe, backup."
    assert str(caught.value.hint).endswith(known)


def test_a_key_is_looked_up_exactly(catalogue: roles.Catalogue) -> None:
    """The record's keys are not typed by people, so that an alias is none."""
    assert catalogue.role(RoleKey("tech_lead")).title == "Tech Lead"
    with pytest.raises(UnknownRole):
        catalogue.role(RoleKey("tl"))


def test_full_width_letters_are_the_same_letters() -> None:
    """Names are compared by what they look like to a reader."""
    assert roles.folded("Ｔech\u00a0Lead") == "tech lead"  # noqa: RUF001 - the point of the test


OWN = """\
version: 1
priorities: {Critical: [Sev1, SEV-9]}
roles:
  - key: incident_manager
    title: Incident Commander
    summary: Leads.
    responsibilities: [Lead.]
    holders: one
    datadog: commander
    excludes: [pilot]
  - key: pilot
    title: Pilot
    summary: Flies.
    responsibilities: [Fly.]
    holders: many
    streams: required
    datadog: {role: Pilot}
    required:
      - when: {severity: [critical, sev-3], state: active, open_for: 1d, responders_over: 3}
        after: 90s
        level: note
      - when: {incident_type: [Flight, Test], field.wind: [strong, 9, 1.5, no]}
        after: 0s
        level: note
"""


def test_an_organisation_s_own_file_replaces_the_shipped_one(tmp_path: Path) -> None:
    """Nothing of the shipped catalogue is left, and severities of any name can be mapped."""
    path = tmp_path / "own.yaml"
    path.write_text(OWN, encoding="utf-8")
    catalogue = load_catalogue(path)
    pilot = catalogue.find("pilot")
    assert catalogue.known_names == ("incident_manager", "pilot")
    assert catalogue.commander.title == "Incident Commander"
    assert catalogue.commander.excludes == (roles.Exclusion(role=RoleKey("pilot"), when=ALWAYS),)
    assert dict(catalogue.priorities) == {"Critical": ("Sev1", "SEV-9")}
    assert pilot.required[0].when.tests[0] == SeverityIs(values=("Sev1", "SEV-9", "sev-3"))
    assert pilot.required[0].after == timedelta(seconds=90)
    assert (pilot.required[0].file, pilot.required[0].line) == (str(path), 19)
    assert pilot.required[1].when.tests[1] == FieldIs(name="wind", values=("strong", 9, 1.5, "no"))
    names: list[type[Test]] = [type(test) for test in pilot.required[0].when.tests]
    assert len(set(names)) == 4


def test_a_severity_of_another_shape_is_known_by_its_priority(tmp_path: Path) -> None:
    """An organisation's own severities can be named in a rule once the file has named them."""
    path = tmp_path / "own.yaml"
    path.write_text(OWN.replace("[critical, sev-3]", "sev1"), encoding="utf-8")
    pilot = load_catalogue(path).find("pilot")
    assert pilot.required[0].when.tests[0] == SeverityIs(values=("sev1",))


def test_a_missing_shipped_file_is_a_fault_of_the_installation() -> None:
    """A file that the product does not bring along is named."""
    with pytest.raises(ConfigurationError) as caught:
        shipped_file("nothing.yaml")
    assert caught.value.file == shipped_name("nothing.yaml")


def test_a_catalogue_can_be_read_from_inside_an_archive(tmp_path: Path) -> None:
    """The shipped file need not lie on a disk by itself."""
    archive = tmp_path / "wheel.zip"
    with zipfile.ZipFile(archive, "w") as writing:
        writing.writestr("config/roles.yaml", OWN)
    with zipfile.ZipFile(archive) as reading:
        catalogue = load_catalogue(zipfile.Path(reading, "config/roles.yaml"))
    assert catalogue.file == str(archive / "config" / "roles.yaml")


def test_every_shipped_yaml_file_is_known_to_a_loader() -> None:
    """No file of the roles or people lies in config/ unread."""
    folder = Path(str(shipped_file("roles.yaml"))).parent
    assert {"roles.yaml", "people.example.yaml"} <= {path.name for path in folder.iterdir()}
