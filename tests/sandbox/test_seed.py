"""What the sandbox is filled with."""

from __future__ import annotations

import inspect
from pathlib import Path
from textwrap import dedent

import pytest

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.sandbox import seed as seed_module
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import seed
from tests.sandbox.conftest import Clock

SEED = """
people:
  - {email: Ana@corp.example, name: Ana, handle: ana}
  - {email: bot@corp.example, service_account: true, status: Pending}
roles:
  - {name: Scribe, single: true}
fields:
  - {name: incident_role.scribe}
incidents:
  - title: Checkout fails
    public_id: 7
    declared: 2026-01-31T09:00:00Z
    declared_by: bot@corp.example
    severity: SEV-9
    state: stable
    commander: ana
    customer_impacted: true
    private: true
    responders: [bot@corp.example]
    roles: {Scribe: ana@corp.example}
    fields: {summary: Bad, incident_role.scribe: [ana@corp.example]}
  - title: Drill
    test: true
"""


@pytest.fixture
def empty(clock: Clock) -> Sandbox:
    """A sandbox with nothing in it."""
    return Sandbox(clock=clock)


def written(tmp_path: Path, text: str) -> Path:
    """A seed file with this text."""
    file = tmp_path / "seed.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_seed_file_is_carried_out(empty: Sandbox, tmp_path: Path) -> None:
    """Every part of a seed ends up in the state."""
    seed(empty, written(tmp_path, SEED))
    row = empty.incident(7)
    assert (row.title, row.severity, row.state) == ("Checkout fails", "SEV-9", "stable")
    assert (row.visibility, row.customer_impacted) == ("private", True)
    assert row.declared.isoformat() == "2026-01-31T09:00:00+00:00"
    assert row.created == row.declared
    assert empty.commander(7) == "ana@corp.example"
    assert empty.responders(7) == ["ana@corp.example", "bot@corp.example"]
    assert empty.holders(7, "Scribe") == ["ana@corp.example"]
    assert empty.field(7, "incident_role.scribe") == ["ana@corp.example"]
    assert empty.person("bot@corp.example").service_account
    assert empty.incident(8).is_test


def test_the_documented_seed_is_a_seed(empty: Sandbox, tmp_path: Path) -> None:
    """The example in the documentation can be used once its people are there."""
    example = dedent((inspect.getdoc(seed_module) or "").partition("::")[2]).replace("*:", ":")
    people = "".join(f"\n  - {{email: {name}@corp.example}}" for name in ("bo", "dan"))
    example = example.replace("people:", f"people:{people}", 1)
    example = example.replace("roles:", "roles:\n  - {name: Tech Lead}", 1)
    seed(empty, written(tmp_path, example))
    assert empty.commander(1001) == "ana@corp.example"
    assert empty.field(1001, "services") == ["checkout"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("incident: []", "incident"),
        ("people: {}", "people"),
        ("people: [{name: Ana}]", "people[0].email"),
        ("people: [{email: 7}]", "people[0].email (7)"),
        ("people: [{email: a@b, status: Gone}]", "Gone"),
        ("people: [{email: a@b, colour: red}]", "people[0].colour"),
        ("roles: [{name: Scribe, single: 'yes'}]", "roles[0].single"),
        ("fields: [{name: x, type: tensor}]", "tensor"),
        ("incidents: [{title: x, commander: nobody@b}]", "incidents[0].commander"),
        ("incidents: [{title: x, declared: 2026-01-31}]", "incidents[0].declared"),
        ("incidents: [{title: x, declared: soon}]", "soon"),
        ("incidents: [{title: x, roles: {Scribe: [a@b]}}]", "a@b"),
        ("people: [{email: a@b}]\nincidents: [{title: x, roles: {Scribe: a@b}}]", "roles.Scribe"),
        (
            "people: [{email: a@b}]\nincidents: [{title: x, roles: {Scribe: a@b}}]",
            "Scribe: is no role",
        ),
        ("incidents: [{title: x, public_id: 1}, {title: y, public_id: 1}]", "public_id (1)"),
        ("- a list", "object"),
        ("people: [", "YAML"),
    ],
)
def test_a_wrong_seed_is_told_with_its_place(
    empty: Sandbox, tmp_path: Path, text: str, said: str
) -> None:
    """The error names the file, be it missing, and the key and value that are wrong."""
    with pytest.raises(ConfigurationError, match=r"nowhere\.yaml"):
        seed(empty, tmp_path / "nowhere.yaml")
    file = written(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        seed(empty, file)
    assert said in str(caught.value)
    assert str(file) in str(caught.value)


def test_without_a_seed_there_is_the_outage(empty: Sandbox, clock: Clock) -> None:
    """1001 has a commander and began a while ago; the roles of the catalogue are defined."""
    seed(empty, None)
    row = empty.incident(1001)
    assert (row.severity, empty.commander(1001)) == ("SEV-1", "ana@corp.example")
    assert row.declared < clock.now
    assert row.resolved is None
    singles = {role.name for role in empty.world.role_definitions if role.is_single}
    backup = "Backup Incident Manager"
    assert singles == {"Incident Commander", "Customer Support Lead", "Scribe", backup}


def test_what_people_do_leaves_the_caller_out(empty: Sandbox, clock: Clock) -> None:
    """Acts in Datadog's pages move the time of the change, and add nobody but who acts."""
    seed(empty, None)
    clock.advance(minutes=1)
    empty.set_commander(1001, "bo@corp.example")
    empty.give_role(1001, "Scribe", "dan@corp.example")
    assert empty.incident(1001).modified == clock.now
    assert empty.responders(1001) == ["ana@corp.example", "bo@corp.example", "dan@corp.example"]
    empty.take_role(1001, "Scribe", "dan@corp.example")
    with pytest.raises(KeyError):
        empty.take_role(1001, "Scribe", "dan@corp.example")
