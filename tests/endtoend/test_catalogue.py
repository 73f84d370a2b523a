"""``catalog show``, ``plan`` and ``apply`` against a Datadog that answers."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dd_incident_roles.sandbox.api import Permission
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.product import Product, Ran
from tests.report.readers import complaints

ROLES = "/incidents/config/user-defined-roles"
FIELDS = "/incidents/config/user-defined-fields"
FEWER = """\
version: 1
roles:
  - {key: incident_manager, title: Incident Manager, summary: Leads., responsibilities: [Lead.],
     holders: one, datadog: commander}
  - {key: scribe, title: Scribe, summary: SUMMARY, responsibilities: [Write.], holders: one,
     datadog: {role: Scribe}}
"""


@pytest.fixture
def fewer(settings: dict[str, str], tmp_path: Path) -> Path:
    """A catalogue with one role that Datadog has to define."""
    settings["DD_INCIDENT_ROLES_ROLES"] = str(tmp_path / "roles.yaml")
    return write_roles(tmp_path / "roles.yaml", "Writes it down.")


def write_roles(file: Path, summary: str) -> Path:
    """A roles file with this summary of the scribe."""
    file.write_text(FEWER.replace("SUMMARY", summary), "utf-8")
    return file


def steps(ran: Ran) -> dict[str, tuple[str, str | None]]:
    """The step of each definition of each incident type, and what became of it."""
    document = ran.json()
    assert complaints("catalog_plan", ran.stdout) == []
    return {
        f"{kind['name']}: {item['name']}": (item["step"], item["outcome"])
        for kind in document["types"]
        for item in kind["items"]
    }


def defined(sandbox: Sandbox) -> dict[str, tuple[bool, str | None]]:
    """The roles of all incident types, and what is said of each."""
    with sandbox.lock:
        return {
            row.name: (row.is_single, row.description)
            for row in sandbox.world.role_definitions
            if not row.reserved
        }


def test_a_second_incident_type_gets_its_roles_once(product: Product, sandbox: Sandbox) -> None:
    """Seen in the plan, made by apply with the summary of the catalogue, and not made again."""
    sandbox.add_incident_type("Security")
    plan = product.run("catalog", "plan")
    assert plan.exit_code == 0
    assert "6 to create; 6 equal." in plan.stdout
    assert "To do it: dd-incident-roles catalog apply" in plan.stdout
    assert product.run("catalog", "plan", "--exit-code").exit_code == 1
    assert sandbox.requests.writes() == []
    done = product.run("catalog", "apply", "--yes")
    assert (done.exit_code, "6 created; 6 equal." in done.stdout) == (0, True)
    sandbox.forget_requests()
    again = product.run("catalog", "apply", "--yes")
    assert (again.exit_code, sandbox.requests.writes()) == (0, [])
    assert "Nothing was to be done; 12 equal." in again.stdout
    assert product.run("catalog", "plan", "--exit-code").exit_code == 0
    assert defined(sandbox)["Scribe"] == (
        True,
        "Writes down what happens in the incident and what is done about it.",
    )


def test_one_incident_type_is_chosen_by_name_or_id(product: Product, sandbox: Sandbox) -> None:
    """The others are not asked about; an unknown name is told what there is."""
    type_id = sandbox.add_incident_type("Security")
    for named in ("security", type_id):
        ran = product.run("catalog", "plan", "--incident-type", named, "--format", "json")
        assert {place.partition(":")[0] for place in steps(ran)} == {"Security"}
        assert set(steps(ran).values()) == {("create", None)}
    wrong = product.run("catalog", "plan", "--incident-type", "Securty")
    assert wrong.exit_code == 2
    assert "Did you mean Security? Known types: Default, Security." in wrong.stderr


def test_a_role_for_one_becomes_one_for_several(product: Product, sandbox: Sandbox) -> None:
    """Both sides are shown, and the definition is changed where it is."""
    sandbox.define_role("Tech Lead", is_single=True)
    assert "one person → several people" in product.run("catalog", "plan").stdout
    assert "0 created" not in product.run("catalog", "apply", "--yes").stdout
    assert defined(sandbox)["Tech Lead"][0] is False
    assert product.run("catalog", "show").stdout.rstrip().endswith("Nothing to do; 6 equal.")


def test_only_what_is_told_is_deleted(product: Product, sandbox: Sandbox, fewer: Path) -> None:
    """Without --prune nothing; with it what this program made; with all what others made too.

    A role that was devised for an open incident stays all the same.
    """
    roles = {"Tech Lead": "", "Legal": ""}
    sandbox.define_role("Legal")
    made = product.run("catalog", "apply", "--yes", DD_INCIDENT_ROLES_ROLES="")
    assert made.exit_code == 0
    product.run("sync")
    assert product.run("roles", "devise", "1001", "Envoy", "--define").exit_code == 0
    new_type = sandbox.add_incident_type("Security")
    product.run(
        "catalog", "apply", "--yes", "--incident-type", new_type, DD_INCIDENT_ROLES_ROLES=""
    )
    for flag, left in (
        ((), {*roles, "Scribe", "Envoy", "First Responder"}),
        (("--prune",), {*roles, "Scribe", "Envoy", "First Responder"}),
        (("--prune=all",), {"Scribe", "Envoy"}),
    ):
        ran = product.run("catalog", "apply", "--yes", *flag)
        assert ran.exit_code == 0, ran.said
        assert left <= defined(sandbox).keys()
        in_security = product.run("catalog", "show", "--incident-type", "Security").stdout
        # In that type all roles were made by this program.
        assert ("Tech Lead" in in_security) is (not flag)
    assert defined(sandbox).keys() == {"Scribe", "Envoy"}


def test_fields_are_made_where_they_are_asked_for(product: Product, sandbox: Sandbox) -> None:
    """Once one is there the others belong to every plan, and the roles are kept in them."""
    assert "incident_role" not in product.run("catalog", "plan").stdout
    assert "6 created" in product.run("catalog", "apply", "--fields", "--yes").stdout
    assert len(sandbox.requests.matching("POST", FIELDS)) == 6
    assert "Nothing to do; 12 equal." in product.run("catalog", "plan").stdout
    sandbox.switch(role_assignments="404", user_defined_fields="on")
    assert product.run("assign", "1001", "scribe", "bo@corp.example").exit_code == 0
    with sandbox.lock:
        assert sandbox.incident(1001).properties["incident_role.scribe"] == ["bo@corp.example"]


def test_a_description_follows_until_somebody_edits_it(
    product: Product, sandbox: Sandbox, fewer: Path
) -> None:
    """A new summary reaches the role that this program made; what people write there stays."""
    type_id = sandbox.add_incident_type("Security")
    asked = ("catalog", "apply", "--yes", "--incident-type", type_id)
    for summary, changed in (("Writes it down.", "1 created"), ("Notes it.", "1 changed")):
        write_roles(fewer, summary)
        assert changed in product.run(*asked).stdout
        assert defined(sandbox)["Scribe"][1] == summary
    with sandbox.lock:
        [row] = sandbox.world.role_definitions.where(lambda row: row.incident_type_id == type_id)
        sandbox.world.role_definitions.put(replace(row, description="Ours."))
    write_roles(fewer, "Something else.")
    assert "Nothing was to be done" in product.run(*asked).stdout


def test_a_missing_permission_is_named_and_nothing_more_is_tried(
    product: Product, sandbox: Sandbox
) -> None:
    """One write is refused with 403; the rest would be too, and is not sent."""
    sandbox.add_incident_type("Security")
    sandbox.withdraw(Permission.SETTINGS_WRITE)
    ran = product.run("catalog", "apply", "--yes")
    assert ran.exit_code == 3
    assert "incident_settings_write" in ran.stdout
    assert "6 not done" in ran.stdout
    assert len(sandbox.requests.writes()) == 1
    sandbox.withdraw(Permission.SETTINGS_READ)
    ran = product.run("catalog", "plan")
    assert (ran.exit_code, "incident_settings_read" in ran.stderr) == (3, True)


def test_what_was_done_is_said_where_one_role_is_refused(
    product: Product, sandbox: Sandbox
) -> None:
    """A refusal of one role is told beside it, and the others are made."""
    sandbox.add_incident_type("Security")
    sandbox.fault(FaultKind.STATUS_BEFORE, method="POST", path=ROLES, nth=2, status=422)
    ran = product.run("catalog", "apply", "--yes", "--format", "json")
    outcomes = [outcome for _, outcome in steps(ran).values() if outcome]
    assert (ran.exit_code, sorted(outcomes)) == (3, ["done"] * 5 + ["refused"])
    assert product.run("catalog", "apply", "--yes").exit_code == 0


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER])
def test_a_lost_answer_is_looked_up_and_nothing_is_sent_twice(
    product: Product, sandbox: Sandbox, kind: FaultKind
) -> None:
    """A role that was made without an answer is found again, and a change is told to be in doubt.

    The next plan finds the change in place.
    """
    sandbox.add_incident_type("Security")
    sandbox.define_role("Tech Lead", is_single=True)
    sandbox.fault(kind, method="POST", path=ROLES)
    sandbox.fault(kind, method="PATCH", path=ROLES)
    ran = product.run("catalog", "apply", "--yes")
    assert (ran.exit_code, "in doubt" in ran.stdout) == (3, True)
    assert "6 created, 1 not done" in ran.stdout
    assert "dd-incident-roles catalog plan" in ran.stdout
    assert "Nothing to do; 12 equal." in product.run("catalog", "plan").stdout
    assert sandbox.requests.resent() == []


def test_nothing_is_changed_without_a_yes(product: Product, sandbox: Sandbox) -> None:
    """Where nobody can be asked, a change takes --yes; nothing to do takes nothing."""
    assert product.run("catalog", "apply").exit_code == 0
    sandbox.add_incident_type("Security")
    ran = product.run("catalog", "apply")
    assert ran.exit_code == 2
    assert "6 changes in Datadog need --yes." in ran.stderr
    assert sandbox.requests.writes() == []


def test_it_asks_on_a_terminal(product: Product, sandbox: Sandbox) -> None:
    """The plan is shown and asked about; a no changes nothing, a yes does it."""
    sandbox.add_incident_type("Security")
    for answer, made in (("n", 0), ("y", 6)):
        ours, theirs = pty.openpty()
        # What is typed waits in the terminal until it is asked for.
        os.write(ours, f"{answer}\n".encode())
        done = subprocess.run(
            [sys.executable, "-m", "dd_incident_roles", "catalog", "apply"],
            env={**os.environ, **product.settings, "TERM": "xterm"},
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            check=False,
            timeout=60,
        )
        said = os.read(ours, 100_000).decode()
        os.close(ours)
        os.close(theirs)
        assert done.returncode == 0
        assert "Make 6 changes in Datadog? [y/N]" in said
        assert len(sandbox.requests.writes()) == made
        assert (b"6 created; 6 equal." in done.stdout) is bool(made)
