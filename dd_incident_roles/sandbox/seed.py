"""What the sandbox is filled with: a seed file, a directory of recordings, or the outage.

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

from pathlib import Path

import yaml

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.sandbox.given import Given
from dd_incident_roles.sandbox.outage import outage
from dd_incident_roles.sandbox.recorded import load_recordings
from dd_incident_roles.sandbox.refusal import Refusal
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.state.people import ACTIVE, DISABLED, PENDING
from dd_incident_roles.sandbox.state.settings import FIELD_TYPES

SEED = frozenset({"people", "roles", "fields", "incidents"})
PERSON = frozenset({"id", "email", "name", "handle", "status", "service_account"})
ROLE = frozenset({"name", "single"})
FIELD = frozenset({"name", "type"})
INCIDENT = frozenset(
    {
        "title",
        "public_id",
        "declared",
        "declared_by",
        "severity",
        "state",
        "commander",
        "customer_impacted",
        "private",
        "test",
        "responders",
        "roles",
        "fields",
    }
)


def seed(sandbox: Sandbox, source: Path | None) -> None:
    """Fills the sandbox from a seed file, from recordings where it is a directory, or by default.

    Raises ConfigurationError for what cannot be read.
    """
    if source is None:
        outage(sandbox)
    elif source.is_dir():
        load_recordings(sandbox, source)
    else:
        load_seed(sandbox, source)


def load_seed(sandbox: Sandbox, file: Path) -> None:
    """Fills the sandbox from a seed file; raises ConfigurationError."""
    try:
        parsed: object = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(error.strerror or "cannot be read", file=str(file)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"is not YAML: {error}", file=str(file)) from error
    given = Given({} if parsed is None else parsed, known=SEED, file=str(file))
    for person in given.objects("people", known=PERSON):
        _add_person(sandbox, person)
    for role in given.objects("roles", known=ROLE):
        sandbox.define_role(role.text("name"), is_single=role.flag("single"))
    for field in given.objects("fields", known=FIELD):
        if field.text("type", "textarray") not in FIELD_TYPES.values():
            raise field.wrong("type", f"must be one of {', '.join(FIELD_TYPES.values())}")
        sandbox.define_field(field.text("name"), field.text("type", "textarray"))
    for incident in given.objects("incidents", known=INCIDENT):
        _declare(sandbox, incident)


def _add_person(sandbox: Sandbox, given: Given) -> None:
    status = given.text("status", ACTIVE)
    if status not in {ACTIVE, PENDING, DISABLED}:
        raise given.wrong("status", f"must be {ACTIVE}, {PENDING} or {DISABLED}")
    sandbox.add_person(
        given.text("email"),
        given.maybe_text("name"),
        handle=given.maybe_text("handle"),
        status=status,
        service_account=given.flag("service_account"),
        user_id=given.maybe_text("id"),
    )


def _declare(sandbox: Sandbox, given: Given) -> None:
    public_id = given.maybe_number("public_id")
    if public_id is not None and any(row.public_id == public_id for row in sandbox.world.incidents):
        raise given.wrong("public_id", "is taken by another incident")
    row = sandbox.declare(
        given.text("title"),
        public_id=public_id,
        at=given.maybe_moment("declared"),
        by=_person(sandbox, given, "declared_by"),
        severity=given.text("severity", "UNKNOWN"),
        state=given.text("state", "active"),
        commander=_person(sandbox, given, "commander"),
        customer_impacted=given.flag("customer_impacted"),
        private=given.flag("private"),
        is_test=given.flag("test"),
    )
    for email in given.texts("responders"):
        _known(sandbox, given, "responders", email)
        sandbox.add_responder(row.public_id, email)
    roles = given.anything("roles")
    for name in roles.names():
        for email in roles.texts(name):
            _known(sandbox, roles, name, email)
            _give(sandbox, roles, row.public_id, name, email)
    fields = given.anything("fields")
    for name in fields.names():
        sandbox.set_field(row.public_id, name, fields.value(name))


def _give(sandbox: Sandbox, given: Given, public_id: int, role: str, email: str) -> None:
    try:
        sandbox.give_role(public_id, role, email)
    except KeyError:
        raise given.wrong(role, "is no role that is defined") from None
    except Refusal as refusal:
        raise given.wrong(role, str(refusal)) from refusal


def _person(sandbox: Sandbox, given: Given, name: str) -> str | None:
    email = given.maybe_text(name)
    if email is not None:
        _known(sandbox, given, name, email)
    return email


def _known(sandbox: Sandbox, given: Given, name: str, email: str) -> None:
    try:
        sandbox.person(email)
    except KeyError:
        raise given.wrong(name, f"{email} is not among the people") from None
