"""What the sandbox is filled with: a seed file, or a made-up outage.

A seed file is YAML or JSON. All of it is optional but what is marked *; what is not listed here
is refused, with the place in the file::

    people:
      - email*: ana@corp.example
        name: Ana
        handle: ana                 # else the e-mail
        status: Active              # or Pending, Disabled
        service_account: false
    roles:                          # user-defined roles of the default incident type
      - {name*: Scribe, single: true}
    fields:                         # property fields of the default incident type
      - {name*: incident_role.scribe, type: textarray}
    incidents:
      - title*: Checkout fails
        public_id: 1001             # else the next one
        declared: 2026-01-31T09:30:00Z   # else now
        declared_by: bo@corp.example     # else the key's user
        severity: SEV-1             # else UNKNOWN
        state: active               # or stable, resolved, completed
        commander: ana@corp.example
        customer_impacted: true
        private: false
        test: false
        responders: [dan@corp.example]
        roles: {Tech Lead: [bo@corp.example]}
        fields: {services: [checkout]}
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, StrictBool, StrictInt

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.sandbox.api import Refusal
from dd_incident_roles.sandbox.given import Given, Moment, Text, Texts, checked, path_of
from dd_incident_roles.sandbox.sandbox import Sandbox


class SeedPerson(Given):
    """A user of the organisation."""

    email: Text
    name: Text | None = None
    handle: Text | None = None
    status: Literal["Active", "Pending", "Disabled"] = "Active"
    service_account: StrictBool = False
    account: Annotated[Text | None, Field(alias="id")] = None


class SeedRole(Given):
    """A user-defined role."""

    name: Text
    single: StrictBool = False


class SeedField(Given):
    """A property field."""

    name: Text
    type: Literal[
        "dropdown",
        "multiselect",
        "textbox",
        "textarray",
        "metrictag",
        "autocomplete",
        "number",
        "datetime",
    ] = "textarray"


class SeedIncident(Given):
    """An incident with its response team."""

    title: Text
    public_id: StrictInt | None = None
    declared: Moment | None = None
    declared_by: Text | None = None
    severity: Text = "UNKNOWN"
    state: Text = "active"
    commander: Text | None = None
    customer_impacted: StrictBool = False
    private: StrictBool = False
    test: StrictBool = False
    responders: Texts = ()
    roles: Mapping[str, Texts] = Field(default_factory=dict)
    fields: Mapping[str, object] = Field(default_factory=dict)


class Seed(Given):
    """All that a seed file can hold."""

    people: tuple[SeedPerson, ...] = ()
    roles: tuple[SeedRole, ...] = ()
    fields: tuple[SeedField, ...] = ()
    incidents: tuple[SeedIncident, ...] = ()


def seed(sandbox: Sandbox, file: Path | None) -> None:
    """Fills the sandbox from a seed file, or with the outage.

    Raises ConfigurationError for what cannot be read, with file, key and value.
    """
    if file is None:
        outage(sandbox)
        return
    try:
        parsed: object = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(error.strerror or "cannot be read", file=str(file)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"is not YAML: {error}", file=str(file)) from error
    given = checked(Seed, {} if parsed is None else parsed, file=str(file))
    for person in given.people:
        sandbox.add_person(
            person.email,
            person.name,
            handle=person.handle,
            status=person.status,
            service_account=person.service_account,
            account=person.account,
        )
    for role in given.roles:
        sandbox.define_role(role.name, is_single=role.single)
    for field in given.fields:
        sandbox.define_field(field.name, field.type)
    for number, incident in enumerate(given.incidents):
        _Place(sandbox, str(file), number).declare(incident)


class _Place:
    """One incident of the seed file, whose people and roles must be there already."""

    def __init__(self, sandbox: Sandbox, file: str, number: int) -> None:
        self._sandbox = sandbox
        self._file = file
        self._number = number

    def declare(self, given: SeedIncident) -> None:
        """Declares the incident with its team; raises ConfigurationError."""
        taken = {row.public_id for row in self._sandbox.world.incidents}
        if given.public_id in taken:
            raise self._wrong("is taken by another incident", given.public_id, "public_id")
        for key in ("declared_by", "commander"):
            self._check_person(getattr(given, key), key)
        row = self._sandbox.declare(
            given.title,
            public_id=given.public_id,
            at=given.declared,
            by=given.declared_by,
            severity=given.severity,
            state=given.state,
            commander=given.commander,
            customer_impacted=given.customer_impacted,
            private=given.private,
            is_test=given.test,
        )
        for email in given.responders:
            self._check_person(email, "responders")
            self._sandbox.add_responder(row.public_id, email)
        for role, people in given.roles.items():
            for email in people:
                self._check_person(email, "roles", role)
                self._give(row.public_id, role, email)
        for name, value in given.fields.items():
            self._sandbox.set_field(row.public_id, name, value)

    def _give(self, public_id: int, role: str, email: str) -> None:
        try:
            self._sandbox.give_role(public_id, role, email)
        except KeyError:
            raise self._wrong("is no role that is defined", email, "roles", role) from None
        except Refusal as refusal:
            raise self._wrong(str(refusal), email, "roles", role) from refusal

    def _check_person(self, email: str | None, *key: str) -> None:
        try:
            if email is not None:
                self._sandbox.person(email)
        except KeyError:
            raise self._wrong(f"{email} is not among the people", email, *key) from None

    def _wrong(self, problem: str, value: object, *key: str) -> ConfigurationError:
        place = path_of(("incidents", self._number, *key))
        return ConfigurationError(problem, file=self._file, key=place, value=value)


PEOPLE = (
    ("ana@corp.example", "Ana"),
    ("bo@corp.example", "Bo"),
    ("carol@corp.example", "Carol"),
    ("dan@corp.example", "Dan"),
    ("eve@corp.example", "Eve"),
)
ROLES = (
    ("First Responder", False),
    ("Tech Lead", False),
    ("Communications Manager", False),
    ("Customer Support Lead", True),
    ("Scribe", True),
    ("Backup Incident Manager", True),
)


def outage(sandbox: Sandbox) -> None:
    """Fills the sandbox with five people, the roles of the catalogue and two incidents.

    1001 is a SEV-1 of 40 minutes ago with Ana as commander, 1002 a SEV-3 of 3 hours ago that
    nobody has taken.
    """
    now = sandbox.world.clock()
    for email, name in PEOPLE:
        sandbox.add_person(email, name)
    for role, is_single in ROLES:
        sandbox.define_role(role, is_single=is_single)
    sandbox.declare(
        "Checkout fails for most customers",
        severity="SEV-1",
        commander="ana@corp.example",
        by="bo@corp.example",
        customer_impacted=True,
        public_id=1001,
        at=now - timedelta(minutes=40),
    )
    sandbox.declare(
        "Nightly report is late",
        severity="SEV-3",
        by="carol@corp.example",
        public_id=1002,
        at=now - timedelta(hours=3),
    )
