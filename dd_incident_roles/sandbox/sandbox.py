"""The sandbox as a Python object: its state, its faults, and what people do in Datadog's UI."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from dd_incident_roles.sandbox.api import Access, Permission
from dd_incident_roles.sandbox.faults import Fault, FaultKind, FaultPlan, RequestLog
from dd_incident_roles.sandbox.front import Hangs
from dd_incident_roles.sandbox.gitlab_acts import GitlabActs
from dd_incident_roles.sandbox.given import checked
from dd_incident_roles.sandbox.resources.fields import FieldActs, add_type
from dd_incident_roles.sandbox.resources.github_site import GithubActs
from dd_incident_roles.sandbox.resources.incidents import IncidentActs
from dd_incident_roles.sandbox.resources.integrations import IntegrationActs
from dd_incident_roles.sandbox.resources.jira import CLOUD, DATA_CENTER
from dd_incident_roles.sandbox.resources.jira_site import JiraActs
from dd_incident_roles.sandbox.resources.roles import add_reserved_roles
from dd_incident_roles.sandbox.resources.search import SearchActs
from dd_incident_roles.sandbox.resources.slack import SlackActs
from dd_incident_roles.sandbox.resources.timeline import TimelineActs
from dd_incident_roles.sandbox.resources.users import UserActs, add_caller
from dd_incident_roles.sandbox.switches import Switches
from dd_incident_roles.sandbox.world import DEFAULT_TYPE_ID, World


class Sandbox(IncidentActs, TimelineActs, UserActs, FieldActs, IntegrationActs, SearchActs):
    """One local Datadog; every method may be called from any thread.

    ``world`` and ``log`` are read under ``lock`` by those who reach for them directly.
    """

    def __init__(self, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(World(clock=clock))
        add_caller(self.world)
        add_reserved_roles(self.world)
        add_type(self.world, DEFAULT_TYPE_ID, "Default", by=self.world.caller)
        self.jira = JiraActs(self.world, self.lock, name=CLOUD.name, is_cloud=True)
        self.jira_dc = JiraActs(self.world, self.lock, name=DATA_CENTER.name, is_cloud=False)
        self.access = Access()
        self.faults = FaultPlan()
        self.hangs = Hangs()
        self.log = RequestLog()
        self.github = GithubActs(self.world, self.lock)
        self.gitlab = GitlabActs(self.world, self.lock)
        self.slack = SlackActs(self.world, self.lock)

    @property
    def requests(self) -> RequestLog:
        """The requests until now, as a copy that stays as it is."""
        with self.lock:
            return RequestLog([replace(each) for each in self.log.entries])

    def forget_requests(self) -> None:
        """Starts counting requests at 0 again."""
        with self.lock:
            self.log.entries.clear()

    def fault(self, kind: FaultKind, **parts: object) -> None:
        """Puts a fault in force, of the parts of ``Fault``; raises ConfigurationError."""
        with self.lock:
            self.faults.add(checked(Fault, {"kind": kind, **parts}))

    def clear_faults(self) -> None:
        """Takes all faults out of force, and lets held requests go on."""
        with self.lock:
            self.faults.clear()
        self.hangs.release()

    def switch(self, **switches: object) -> None:
        """Turns parts of the API and quirks by the names in ``Switches``.

        Raises ConfigurationError for an unknown name, and for a setting that does not fit; nothing
        is turned then.
        """
        with self.lock:
            # All are read before one is turned.
            turned = {**self.world.switches.model_dump(), **switches}
            self.world.switches = checked(Switches, turned)

    def withdraw(self, *permissions: Permission, application_key: str | None = None) -> None:
        """Takes permissions from one application key, or from every one."""
        with self.lock:
            held = self.access.withdrawn.get(application_key, frozenset())
            self.access.withdrawn[application_key] = held | frozenset(permissions)

    def withdraw_only(self, *, withdrawn: Sequence[str] = ()) -> None:
        """Takes these permissions from every key, and gives all others back.

        Raises ValueError for a permission that there is not.
        """
        with self.lock:
            self.access.withdrawn = {None: frozenset(map(Permission, withdrawn))}

    def accept_only(self, *, api_keys: Iterable[str], application_keys: Iterable[str]) -> None:
        """Refuses every key but these."""
        with self.lock:
            self.access.api_keys = frozenset(api_keys)
            self.access.application_keys = frozenset(application_keys)
