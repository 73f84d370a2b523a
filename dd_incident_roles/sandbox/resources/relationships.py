"""What belongs to an incident and is only read: channels and issues elsewhere, and its todos."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from dd_incident_roles.sandbox import api
from dd_incident_roles.sandbox.world import DatadogActs, Row

KIND: Final = "incident_integrations"
SLACK, TEAMS, JIRA = 1, 7, 8
"""The numbers of three systems; there are others (client model)."""

PENDING, CREATED, FAILED = 1, 2, 5
"""Of an entry that Datadog makes; one that is made or changed by hand has 3 or 4 (recording)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration(Row):
    """What one system has for one incident; the metadata differ with the system."""

    incident_id: str
    integration_type: int
    metadata: Mapping[str, object]
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Automation(Row):
    """A rule by which Datadog itself does something for each new incident."""

    task_id: str


def shown_rule(row: Automation) -> api.Json:
    """Renders a rule (released client, never recorded); the payload is a text of JSON."""
    attributes: api.Json = {
        **api.dates(row, api.newer),
        "created_by_uuid": row.created_by,
        "modified_by_uuid": row.last_modified_by,
        "conditions": [],
        "deleted": None,
        "execution_type": 1,
        "task_payload": "{}",
        "task_id": row.task_id,
        "enabled": True,
        "trigger": "incident_created_trigger",
    }
    return api.resource("incidents_rules", row.id, attributes)


def list_rules(call: api.Call) -> api.Answer:
    """Lists every rule in one answer: the client knows no pages here."""
    return call.answer([shown_rule(row) for row in call.world.automations])


def shown_integration(row: Integration) -> api.Json:
    """Renders an entry as it is read: ids of users, no users (recording)."""
    attributes: api.Json = {
        **api.dates(row, api.newer),
        "created_by_uuid": row.created_by,
        "last_modified_by_uuid": row.last_modified_by,
        "metadata": dict(row.metadata),
        **api.picked(row, "incident_id", "integration_type", "status"),
    }
    return api.resource(KIND, row.id, attributes, api.authors(row))


def list_integrations(call: api.Call) -> api.Answer:
    """Lists every entry in one answer: the client knows no pages here."""
    incident = call.incident()
    rows = call.world.integrations.of("incident_id", incident.id)
    return call.answer([shown_integration(row) for row in rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo(Row):
    """A task or follow-up; assignees are handles, or objects for people of a chat."""

    incident_id: str
    content: str
    assignees: tuple[object, ...] = ()
    completed: datetime | None = None
    due_date: datetime | None = None


def shown_todo(row: Todo) -> api.Json:
    """Renders a todo as the list does: ids of users, no users (recording)."""
    attributes: api.Json = {
        **api.dates(row, api.older),
        "completed": None if row.completed is None else api.older(row.completed),
        "due_date": None if row.due_date is None else api.older(row.due_date),
        **api.picked(row, "assignees", "content", "incident_id"),
        "created_by_uuid": row.created_by,
        "last_modified_by_uuid": row.last_modified_by,
    }
    return api.resource("incident_todos", row.id, attributes, api.authors(row))


def list_todos(call: api.Call) -> api.Answer:
    """Lists the todos; what the client does not document, size and offset, is unverified."""
    incident, window = call.incident(), call.window(default=api.LARGEST_PAGE)
    rows = call.world.todos.of("incident_id", incident.id)[window]
    return call.answer(
        [shown_todo(row) for row in rows], {"meta": api.offset_page(window.start, len(rows))}
    )


ENDPOINTS = (
    *api.family(
        "/incidents/{incident_id}/relationships/integrations",
        {"GET": list_integrations},
        read=api.Permission.INCIDENT_READ,
        switch=lambda switches: switches.integrations,
    ),
    *api.family(
        "/incidents/config/rules",
        {"GET": list_rules},
        read=api.Permission.SETTINGS_READ,
        switch=lambda switches: switches.rules,
    ),
    *api.family(
        "/incidents/{incident_id}/relationships/todos",
        {"GET": list_todos},
        read=api.Permission.INCIDENT_READ,
        backend=api.Backend.OLDER,
        switch=lambda switches: switches.todos,
    ),
)


class IntegrationActs(DatadogActs):
    """What Datadog's integrations note of an incident; metadata are as Datadog shows them."""

    def add_rule(self, task_id: str) -> str:
        """Has Datadog do something by itself, such as ``slack-create-channel-job``."""
        row = Automation(**self.world.stamp(self.world.caller), task_id=task_id)
        return self.world.automations.put(row).id

    def add_integration(
        self,
        incident: int,
        integration_type: int,
        metadata: Mapping[str, object],
        *,
        status: int = CREATED,
    ) -> str:
        """Notes what a system has for an incident, and returns the id of the entry."""
        row = Integration(
            **self.world.stamp(self.world.caller),
            incident_id=self.incident(incident).id,
            integration_type=integration_type,
            metadata=MappingProxyType(dict(metadata)),
            status=status,
        )
        return self.world.integrations.put(row).id

    def change_integration(self, integration: str, *, status: int) -> None:
        """Replaces the status of an entry, such as by 5, failed; raises KeyError."""
        row, now = self.world.integrations[integration], self.world.clock()
        self.world.integrations.put(replace(row, status=status, modified=now))

    def add_slack_channel(self, incident: int, channel: str, name: str) -> str:
        """Notes the channel of an incident as Datadog's Slack integration does (recording)."""
        redirect = f"https://slack.com/app_redirect?channel={channel}&team=T01234567"
        row = {
            "channel_id": channel,
            "channel_name": f"#{name}",
            "redirect_url": redirect,
            "team_id": "T01234567",
        }
        return self.add_integration(incident, SLACK, {"channels": [row]})

    def add_jira_issue(self, incident: int, account: str, project: str, issue: str | None) -> str:
        """Notes the issue of an incident; without a key it is still being made (client model)."""
        row = {"account": account, "project_key": project}
        if issue is not None:
            row |= {"issue_key": issue, "redirect_url": f"{account}/browse/{issue}"}
        status = PENDING if issue is None else CREATED
        return self.add_integration(incident, JIRA, {"issues": [row]}, status=status)
