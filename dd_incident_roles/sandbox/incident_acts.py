"""What people do in an incident in Datadog's own pages, and what they would see there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from dd_incident_roles.sandbox.organisation_acts import OrganisationActs
from dd_incident_roles.sandbox.state.belongings import Todo
from dd_incident_roles.sandbox.state.declaring import declare
from dd_incident_roles.sandbox.state.incident import PRIVATE, Incident
from dd_incident_roles.sandbox.state.response_team import Responder
from dd_incident_roles.sandbox.state.settings import RoleDefinition
from dd_incident_roles.sandbox.state.staffing import (
    appoint_commander,
    assign,
    join,
    touch,
    unassign,
)
from dd_incident_roles.sandbox.state.timeline import note_status


class IncidentActs(OrganisationActs):
    """Acts by e-mail, public id and role name; they never make the key's user a responder."""

    def incident(self, public_id: int) -> Incident:
        """Finds an incident by its public id; raises KeyError."""
        with self.lock:
            for row in self.world.incidents:
                if row.public_id == public_id:
                    return row
            raise KeyError(public_id)

    def declare(
        self,
        title: str,
        *,
        severity: str = "UNKNOWN",
        state: str = "active",
        commander: str | None = None,
        by: str | None = None,
        customer_impacted: bool = False,
        private: bool = False,
        is_test: bool = False,
        incident_type: str | None = None,
        public_id: int | None = None,
        incident_id: str | None = None,
        at: datetime | None = None,
    ) -> Incident:
        """Declares an incident, now or back-dated; people are named by their e-mails."""
        with self.lock:
            row = declare(
                self.world,
                title=title,
                by=self._user_id(by),
                incident_type_id=incident_type,
                public_id=public_id,
                incident_id=incident_id,
                customer_impacted=customer_impacted,
                customer_impact_scope="Customers cannot check out" if customer_impacted else None,
                visibility=PRIVATE if private else "organization",
                is_test=is_test,
                commander=None if commander is None else self.person(commander).id,
            )
            self._set(row, "severity", severity)
            row = self._set(self.incident(row.public_id), "state", state)
            return row if at is None else self.world.incidents.put(_back_dated(row, at))

    def commander(self, public_id: int) -> str | None:
        """Tells the e-mail of the commander."""
        with self.lock:
            user_id = self.incident(public_id).commander
            user = self.world.users.get(user_id) if user_id is not None else None
            return None if user is None else user.email

    def set_commander(self, public_id: int, email: str | None, *, by: str | None = None) -> None:
        """Makes somebody commander, or nobody."""
        with self.lock:
            row = self.incident(public_id)
            user_id = None if email is None else self.person(email).id
            appoint_commander(self.world, row.id, user_id, by=self._user_id(by))
            touch(self.world, self.incident(public_id), by=self._user_id(by))

    def holders(self, public_id: int, role_name: str) -> list[str]:
        """Lists those to whom the role is assigned, by e-mail; outsiders by what they are there."""
        with self.lock:
            row = self.incident(public_id)
            role = self._role(row, role_name)
            held = [
                self.world.responders.get(each.responder_id)
                for each in self.world.assignments_of(row.id)
                if each.role_id == role.id
            ]
            return self._emails(part for part in held if part is not None)

    def give_role(self, public_id: int, role_name: str, email: str) -> None:
        """Assigns a role, adding the person to the responders first."""
        with self.lock:
            row = self.incident(public_id)
            user_id = self.person(email).id
            part = join(self.world, row.id, user_id, by=user_id)
            assign(self.world, part, self._role(row, role_name), by=user_id)
            touch(self.world, self.incident(public_id), by=user_id)

    def take_role(self, public_id: int, role_name: str, email: str) -> None:
        """Takes a role from somebody who holds it; raises KeyError where they do not."""
        with self.lock:
            row = self.incident(public_id)
            user_id = self.person(email).id
            role = self._role(row, role_name)
            part = self.world.responder_of(row.id, user_id)
            for held in self.world.assignments_of(row.id):
                if part and held.responder_id == part.id and held.role_id == role.id:
                    unassign(self.world, held, by=user_id)
                    touch(self.world, self.incident(public_id), by=user_id)
                    return
            raise KeyError(f"{email} does not hold {role_name}")

    def responders(self, public_id: int) -> list[str]:
        """Lists the e-mails of the responders, in the order in which they came."""
        with self.lock:
            return self._emails(self.world.responders_of(self.incident(public_id).id))

    def add_responder(self, public_id: int, email: str) -> None:
        """Adds somebody to the responders."""
        with self.lock:
            user_id = self.person(email).id
            join(self.world, self.incident(public_id).id, user_id, by=user_id)

    def add_outsider(
        self,
        public_id: int,
        external_id: str,
        source: str = "slack",
        *,
        role_name: str | None = None,
    ) -> None:
        """Adds somebody who responds from a chat without an account, with a role if one is named.

        That such a responder can be given a role is a guess (unverified).
        """
        with self.lock:
            row, now = self.incident(public_id), self.world.clock()
            part = self.world.responders.put(
                Responder(
                    id=self.world.ids(),
                    incident_id=row.id,
                    user_id=None,
                    created=now,
                    modified=now,
                    created_by=self.world.caller,
                    last_modified_by=self.world.caller,
                    is_billable=False,
                    external_id=external_id,
                    external_source=source,
                )
            )
            if role_name is not None:
                assign(self.world, part, self._role(row, role_name), by=self.world.caller)
            touch(self.world, self.incident(public_id), by=self.world.caller)

    def add_todo(
        self,
        public_id: int,
        content: str,
        assignees: Iterable[object] = (),
        due: datetime | None = None,
        *,
        by: str | None = None,
    ) -> str:
        """Adds a task and tells its id; assignees are "@" with a handle, or objects of a chat."""
        with self.lock:
            now = self.world.clock()
            author = self._user_id(by)
            return self.world.todos.put(
                Todo(
                    id=self.world.ids(),
                    incident_id=self.incident(public_id).id,
                    created=now,
                    modified=now,
                    created_by=author,
                    last_modified_by=author,
                    content=content,
                    assignees=tuple(assignees),
                    due_date=due,
                )
            ).id

    def complete_todo(self, public_id: int, todo_id: str, *, at: datetime | None = None) -> None:
        """Ticks off a task; raises KeyError."""
        with self.lock:
            row = self.world.todos.get(todo_id)
            if row is None or row.incident_id != self.incident(public_id).id:
                raise KeyError(todo_id)
            now = self.world.clock()
            self.world.todos.put(replace(row, completed=at or now, modified=now))

    def set_severity(self, public_id: int, severity: str) -> None:
        """Sets the severity to any word."""
        self.set_field(public_id, "severity", severity)

    def set_state(self, public_id: int, state: str) -> None:
        """Sets the state to any word."""
        self.set_field(public_id, "state", state)

    def set_field(self, public_id: int, name: str, value: object) -> None:
        """Sets a property field, defined or not."""
        with self.lock:
            before = self.incident(public_id)
            row = self._set(before, name, value)
            note_status(self.world, before, row)
            touch(self.world, row, by=row.declared_by)

    def field(self, public_id: int, name: str) -> object:
        """Tells the value of a property field; None where it was never set."""
        with self.lock:
            held = self.incident(public_id).properties.get(name)
            return None if held is None else held.value

    def set_impacted(self, public_id: int, *, impacted: bool) -> None:
        """Says whether customers are impacted."""
        with self.lock:
            row = self.incident(public_id)
            self.world.incidents.put(replace(row, customer_impacted=impacted))

    def _set(self, row: Incident, name: str, value: object) -> Incident:
        held = row.properties.get(name)
        type_name = next(
            (
                each.type_name
                for each in self.world.fields_of(row.incident_type_id)
                if each.name == name
            ),
            held.type if held else "textbox",
        )
        return self.world.incidents.put(
            row.with_property(name, value, type_name=type_name, now=self.world.clock())
        )

    def _role(self, row: Incident, name: str) -> RoleDefinition:
        for role in self.world.role_definitions:
            if role.name.lower() == name.lower() and role.incident_type_id in (
                None,
                row.incident_type_id,
            ):
                return role
        raise KeyError(name)

    def _emails(self, parts: Iterable[Responder]) -> list[str]:
        users = ((part, self.world.users.get(part.user_id or "")) for part in parts)
        named = (user.email if user else part.external_id for part, user in users)
        return [name for name in named if name is not None]


def _back_dated(row: Incident, at: datetime) -> Incident:
    return replace(
        row,
        created=at,
        modified=at,
        detected=at,
        declared=at,
        state_since=at,
        customer_impact_start=at if row.customer_impacted else None,
        resolved=at if row.resolved is not None else None,
    )
