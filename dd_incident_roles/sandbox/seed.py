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
from pydantic import AfterValidator, Field, StrictBool, StrictInt

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.sandbox.api import Refusal
from dd_incident_roles.sandbox.resources.fields import FIELD_TYPES
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import Given, Moment, Text, Texts, checked, path_of


def _field_type(name: str) -> str:
    if name not in FIELD_TYPES.values():
        raise ValueError(f"must be one of {', '.join(FIELD_TYPES.values())}")
    return name


class SeedPerson(Given):
    """A user of the organisation, by the arguments of ``add_person``."""

    person: Annotated[Text, Field(alias="email")]
    name: Text | None = None
    handle: Text | None = None
    status: Literal["Active", "Pending", "Disabled"] = "Active"
    service_account: StrictBool = False
    account: Annotated[Text | None, Field(alias="id")] = None


class SeedRole(Given):
    """A user-defined role, by the arguments of ``define_role``."""

    name: Text
    is_single: Annotated[StrictBool, Field(alias="single")] = False


class SeedField(Given):
    """A property field, by the arguments of ``define_field``."""

    name: Text
    type_name: Annotated[str, AfterValidator(_field_type), Field(alias="type")] = "textarray"


class SeedIncident(Given):
    """An incident, by the arguments of ``declare``, with its response team."""

    title: Text
    public_id: StrictInt | None = None
    at: Annotated[Moment | None, Field(alias="declared")] = None
    by: Annotated[Text | None, Field(alias="declared_by")] = None
    severity: Text = "UNKNOWN"
    state: Text = "active"
    commander: Text | None = None
    customer_impacted: StrictBool = False
    private: StrictBool = False
    is_test: Annotated[StrictBool, Field(alias="test")] = False
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
        sandbox.add_person(**person.model_dump())
    for role in given.roles:
        sandbox.define_role(**role.model_dump())
    for field in given.fields:
        sandbox.define_field(**field.model_dump())
    for number, incident in enumerate(given.incidents):
        _declare(sandbox, incident, str(file), number)


def _declare(sandbox: Sandbox, given: SeedIncident, file: str, number: int) -> None:
    def wrong(problem: str, value: object, *key: str) -> ConfigurationError:
        place = path_of(("incidents", number, *key))
        return ConfigurationError(problem, file=file, key=place, value=value)

    if given.public_id in {row.public_id for row in sandbox.world.incidents}:
        raise wrong("is taken by another incident", given.public_id, "public_id")
    named = [("declared_by", given.by), ("commander", given.commander)]
    named += [("responders", person) for person in given.responders]
    named += [(f"roles.{role}", each) for role, holders in given.roles.items() for each in holders]
    # All of them first, so that a wrong name leaves no half of an incident behind.
    for place, person in named:
        try:
            if person is not None:
                sandbox.person(person)
        except KeyError:
            raise wrong("is not among the people", person, place) from None
    row = sandbox.declare(**given.model_dump(exclude={"responders", "roles", "fields"}))
    for person in given.responders:
        sandbox.add_responder(row.public_id, person)
    for role, holders in given.roles.items():
        for person in holders:
            try:
                sandbox.give_role(row.public_id, role, person)
            except KeyError:
                raise wrong("is no role that is defined", None, "roles", role) from None
            except Refusal as refusal:
                raise wrong(str(refusal), person, "roles", role) from refusal
    for name, value in given.fields.items():
        sandbox.set_field(row.public_id, name, value)


PEOPLE = ("Ana", "Bo", "Carol", "Dan", "Eve")
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
    for name in PEOPLE:
        sandbox.add_person(f"{name.lower()}@corp.example", name)
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


PROJECT = "corp/incidents"
ROOM = "incident-1001"


def issue_and_room(sandbox: Sandbox) -> None:
    """Gives incident 1001 of the outage an issue in GitLab, and a channel in Slack.

    Datadog names the channel; nobody has linked the issue yet.
    """
    sandbox.gitlab.add_project(PROJECT)
    for name in PEOPLE:
        login = name.lower()
        sandbox.gitlab.add_user(login, name, email=f"{login}@corp.example")
        sandbox.gitlab.set_member(PROJECT, login)
        sandbox.slack.add_member(login, name, f"{login}@corp.example")
    title = sandbox.incident(1001).title
    sandbox.gitlab.open_issue(PROJECT, title, "Customers report it since this morning.", by="bo")
    channel = sandbox.slack.add_channel(ROOM)
    sandbox.slack.set_topic(ROOM, "Checkout fails", by="bo")
    sandbox.add_slack_channel(1001, channel, ROOM)
