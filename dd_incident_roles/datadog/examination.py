"""What the keys need to be allowed, and what is asked of Datadog to see whether all is set up.

Only readings, each as cheap as can be. docs/permissions.md has the same permissions.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from dd_incident_roles.datadog import wire
from dd_incident_roles.datadog.failures import if_offered
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.incidents import Incidents
from dd_incident_roles.datadog.responders import parse_responders, parse_role_assignment
from dd_incident_roles.errors import Forbidden, Refused, Unauthorized
from dd_incident_roles.model import Incident, IncidentId, UserId
from dd_incident_roles.values import frozen

_ONE_ROW: Final = wire.page_params(size=1, number=0)
_RULES: Final = f"{wire.INCIDENTS}/config/rules"
_ASSIGNMENTS: Final = f"{wire.INCIDENTS}/role_assignments"
_OPEN: Final = "state:(active OR stable)"
_ANY: Final = "state:(active OR stable OR resolved OR completed)"


class Need(StrEnum):
    """How much a missing permission matters."""

    ALWAYS = "always"
    """Without it the program is of no use."""
    USEFUL = "useful"
    """Without it something is missing."""
    SOMETIMES = "sometimes"
    """Only some commands, or some settings, need it."""


@frozen(kw_only=False)
class Permission:
    """A permission by the name that Datadog gives it, and what takes it."""

    name: str
    purpose: str
    need: Need


PERMISSIONS: Final = (
    Permission("incident_read", "every command", Need.ALWAYS),
    Permission(
        "incident_write",
        "commander, responders, roles, property fields, timeline entries",
        Need.ALWAYS,
    ),
    Permission(
        "incident_settings_read", "which roles and property fields are defined", Need.USEFUL
    ),
    Permission(
        "user_access_read",
        "finding people, and telling service accounts apart; `check` looks at the accounts of "
        "holders (IR002, IR013)",
        Need.USEFUL,
    ),
    Permission("teams_read", "`suggest`, and the warning about `qualified`", Need.SOMETIMES),
    Permission(
        "on_call_read",
        "`suggest`, where `suggested_from` names an on-call team",
        Need.SOMETIMES,
    ),
    Permission(
        "incident_settings_write",
        "only `catalog apply` and `roles devise --define`",
        Need.SOMETIMES,
    ),
    Permission(
        "incidents_private_global_access",
        "only if private incidents are to be seen",
        Need.SOMETIMES,
    ),
)


@frozen
class AutomationRule:
    """A rule by which Datadog itself does something for incidents; ``task`` says what."""

    task: str
    is_enabled: bool


@frozen
class Responding:
    """What an incident shows of its responders; ``assignment`` is one that could be asked about."""

    responders: int
    assignment: str | None


class Examination:
    """Looks at one Datadog as these keys see it; every method raises DatadogError."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._incidents = Incidents(session)

    def knows_api_key(self) -> bool:
        """Whether the API key is good by itself (recorded: 200 with "valid", else 403)."""
        try:
            self._session.get("/api/v1/validate", wire.document)
        except (Unauthorized, Forbidden, Refused):
            return False
        return True

    def permissions(self, user_id: UserId) -> frozenset[str]:
        """The names of what the roles of an account permit (released client, unrecorded).

        The scopes of an application key can take some of it away, which nothing tells.
        """
        where = wire.path("/api/v2/users", user_id, "permissions")
        read = wire.reads_all(lambda row: wire.text(row, "attributes", "name"))
        names = self._session.get(where, read)
        return frozenset(name for name in names if name)

    def rules(self) -> tuple[AutomationRule, ...]:
        """The rules by which Datadog opens issues and channels (released client, unrecorded)."""
        return tuple(rule for rule in self._session.get(_RULES, wire.reads_all(_rule)) if rule)

    def an_incident(self) -> Incident | None:
        """An incident to look at, an open one where there is any; None where none is shown."""
        for query in (_OPEN, _ANY):
            rows = self._incidents.search_rows(query)
            found = next((reading for _, reading in rows if reading), None)
            if found:
                return found.incident
        return None

    def responding(self, incident_id: IncidentId) -> Responding:
        """Who responds, and an assignment of one of them."""
        where = wire.path(wire.INCIDENTS, incident_id, "responders")
        rows = self._session.get(where, parse_responders).responders
        ids = [each for row in rows for each in row.assignment_ids]
        return Responding(responders=len(rows), assignment=ids[0] if ids else None)

    def assignment_works(self, assignment_id: str) -> bool:
        """Whether a role assignment that a responder names can be read (unreleased)."""
        where = wire.path(_ASSIGNMENTS, assignment_id)
        return if_offered(lambda: self._session.get(where, parse_role_assignment)) is not None

    def timeline(self, incident_id: IncidentId) -> bool:
        """Whether the beginning of a timeline can be read (unreleased)."""
        where = wire.path(wire.INCIDENTS, incident_id, "timeline")
        return self._begins(where, wire.page_params(size=1, offset=0))

    def places(self, incident_id: IncidentId) -> bool:
        """Whether Datadog tells where an incident is shown elsewhere (recorded)."""
        return self._begins(wire.path(wire.INCIDENTS, incident_id, "relationships", "integrations"))

    def users(self) -> bool:
        """Whether people can be found (recorded)."""
        return self._begins("/api/v2/users", _ONE_ROW)

    def teams(self) -> bool:
        """Whether teams can be read (recorded)."""
        return self._begins("/api/v2/team", _ONE_ROW)

    def on_call(self) -> bool:
        """Whether schedules of On-Call can be read (released client)."""
        return self._begins("/api/v2/on-call/schedules", _ONE_ROW)

    def _begins(self, where: str, params: wire.Params = ()) -> bool:
        """True where a listing can be read; raises where it cannot."""
        self._session.get(where, wire.document, params)
        return True


def _rule(resource: wire.Object) -> AutomationRule | None:
    """A rule that does something, and was not deleted."""
    attributes = wire.object_at(resource, "attributes")
    task = wire.text(attributes, "task_id")
    if task is None or wire.text(attributes, "deleted"):
        return None
    return AutomationRule(task=task, is_enabled=wire.flag(attributes, "enabled") or False)
