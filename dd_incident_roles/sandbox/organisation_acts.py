"""What administrators do in Datadog's own pages: people, teams, types, roles and fields."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace

from dd_incident_roles.sandbox.state.belongings import Team
from dd_incident_roles.sandbox.state.on_call import Layer, OnCallTeam, Schedule, Step
from dd_incident_roles.sandbox.state.people import ACTIVE, User
from dd_incident_roles.sandbox.state.settings import (
    FIELD_TYPES,
    FieldDefinition,
    IncidentType,
    RoleDefinition,
)
from dd_incident_roles.sandbox.state.world import World


class OrganisationActs:
    """Acts on the organisation; people are named by their e-mails."""

    def __init__(self, world: World, lock: threading.RLock) -> None:
        self.world = world
        self.lock = lock

    def person(self, email: str) -> User:
        """Finds the user with this e-mail, handle or id; raises KeyError."""
        with self.lock:
            for user in self.world.users:
                if user.answers_to(email):
                    return user
            raise KeyError(email)

    def add_person(
        self,
        email: str,
        name: str | None = None,
        *,
        service_account: bool = False,
        status: str = ACTIVE,
        handle: str | None = None,
        user_id: str | None = None,
    ) -> str:
        """Adds a user, or changes the one with this e-mail, and tells the id.

        With a ``user_id`` of its own it is another account, which may share the e-mail.
        """
        with self.lock:
            now = self.world.clock()
            address = email.lower()
            known = next((row for row in self.world.users if row.email == address), None)
            if user_id is not None:
                known = self.world.users.get(user_id)
            made_id = str(uuid.uuid5(uuid.UUID(self.world.org_id), address))
            return self.world.users.put(
                User(
                    id=user_id or (known.id if known else made_id),
                    email=address,
                    handle=(handle or address).lower(),
                    name=name,
                    status=status,
                    service_account=service_account,
                    verified=status == ACTIVE,
                    created=known.created if known else now,
                    modified=now,
                )
            ).id

    def set_status(self, email: str, status: str) -> None:
        """Makes a user Active, Pending or Disabled."""
        with self.lock:
            user = self.person(email)
            self.world.users.put(replace(user, status=status, modified=self.world.clock()))

    def add_team(self, name: str, *emails: str, team_id: str | None = None) -> str:
        """Adds a team with these members, and tells its id."""
        with self.lock:
            now = self.world.clock()
            return self.world.teams.put(
                Team(
                    id=team_id or self.world.ids(),
                    name=name,
                    handle=name.lower().replace(" ", "-"),
                    created=now,
                    modified=now,
                    members=tuple(self.person(email).id for email in emails),
                )
            ).id

    def team(self, name: str) -> Team:
        """Finds the team with this name or handle; raises KeyError."""
        with self.lock:
            for row in self.world.teams:
                if name.lower() in {row.name.lower(), row.handle.lower()}:
                    return row
            raise KeyError(name)

    def set_on_call(
        self,
        team_name: str,
        *,
        primary: Iterable[str] = (),
        escalations: Iterable[Iterable[str]] = (),
    ) -> None:
        """Says who is on call for a team, and whom each further step pages."""
        with self.lock:
            self.world.on_call_teams.put(
                OnCallTeam(
                    id=self.team(team_name).id,
                    responders=tuple(self.person(email).id for email in primary),
                    steps=tuple(
                        Step(
                            id=self.world.ids(),
                            responders=tuple(self.person(email).id for email in emails),
                        )
                        for emails in escalations
                    ),
                )
            )

    def add_schedule(
        self,
        name: str,
        team_name: str,
        *,
        layers: Mapping[str, Iterable[str | None]] | None = None,
        tags: Iterable[str] = (),
    ) -> str:
        """Adds a schedule of a team and tells its id; a member of None is an empty place."""
        with self.lock:
            return self.world.schedules.put(
                Schedule(
                    id=self.world.ids(),
                    name=name,
                    team_ids=(self.team(team_name).id,),
                    tags=tuple(tags),
                    layers=tuple(
                        Layer(
                            id=self.world.ids(),
                            name=layer_name,
                            members=tuple(
                                (self.world.ids(), email and self.person(email).id)
                                for email in emails
                            ),
                        )
                        for layer_name, emails in (layers or {}).items()
                    ),
                )
            ).id

    def add_incident_type(self, name: str) -> IncidentType:
        """Adds an incident type."""
        with self.lock:
            return self.world.add_incident_type(self.world.ids(), name, by=self.world.caller)

    def define_role(
        self, name: str, *, is_single: bool = False, incident_type: str | None = None
    ) -> RoleDefinition:
        """Defines a role in the incident type with this id, or in the default one.

        One that is there by this name is changed.
        """
        with self.lock:
            now = self.world.clock()
            type_id = incident_type or self.world.default_type.id
            known = next(
                (
                    row
                    for row in self.world.role_definitions
                    if row.name == name and row.incident_type_id == type_id
                ),
                None,
            )
            return self.world.role_definitions.put(
                RoleDefinition(
                    id=known.id if known else self.world.ids(),
                    name=name,
                    is_single=is_single,
                    incident_type_id=type_id,
                    created=known.created if known else now,
                    modified=now,
                    created_by=self.world.caller,
                    last_modified_by=self.world.caller,
                )
            )

    def define_field(
        self, name: str, type_name: str = "textarray", *, incident_type: str | None = None
    ) -> FieldDefinition:
        """Defines a property field; ``type_name`` is as in an incident's fields."""
        numbers = {value: number for number, value in FIELD_TYPES.items()}
        with self.lock:
            now = self.world.clock()
            return self.world.field_definitions.put(
                FieldDefinition(
                    id=self.world.ids(),
                    name=name,
                    display_name=name,
                    type=numbers[type_name],
                    incident_type_id=incident_type or self.world.default_type.id,
                    created=now,
                    modified=now,
                    created_by=self.world.caller,
                    last_modified_by=self.world.caller,
                )
            )

    def _user_id(self, email: str | None) -> str:
        return self.world.caller if email is None else self.person(email).id
