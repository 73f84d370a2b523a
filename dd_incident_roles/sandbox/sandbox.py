"""The sandbox as a Python object, and the control API by which other processes drive it.

GET /_sandbox/state                  people, incidents, roles held, faults waiting, requests held
GET, DELETE /_sandbox/requests       what was asked until now · start counting anew
POST, DELETE /_sandbox/faults        put a fault in force (the parts of ``Fault``) · clear them all
PUT /_sandbox/capabilities           {"role_assignments": "404", "short_search_pages": true, …}
PUT /_sandbox/permissions            {"withdrawn": ["incident_write"]}, from every key
POST /_sandbox/release               let the held requests go on
POST /_sandbox/acts                  {"act": "set_commander", "incident": 1001, "person": "a@…"}
                                     {"act": "github.close", "issue": "ops/incidents#1"}
                                     {"act": "gitlab.close", "project": "ops/incidents", "iid": 1}
                                     {"act": "jira.assign", "issue": "OPS-1", "person": "…"}
                                     {"act": "slack.archive", "channel": "incident-1001"}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.sandbox.api import Access, Json, Permission, Refusal, picked
from dd_incident_roles.sandbox.faults import Fault, FaultKind, FaultPlan, Hangs, RequestLog
from dd_incident_roles.sandbox.resources.fields import FieldActs, add_type
from dd_incident_roles.sandbox.resources.github_site import GithubSite
from dd_incident_roles.sandbox.resources.gitlab_site import GitlabSite
from dd_incident_roles.sandbox.resources.incidents import Incident, IncidentActs
from dd_incident_roles.sandbox.resources.jira_site import JiraDataCenter, JiraSite
from dd_incident_roles.sandbox.resources.relationships import IntegrationActs
from dd_incident_roles.sandbox.resources.roles import add_reserved_roles
from dd_incident_roles.sandbox.resources.search import SearchActs
from dd_incident_roles.sandbox.resources.slack import Workspace
from dd_incident_roles.sandbox.resources.timeline import TimelineActs
from dd_incident_roles.sandbox.resources.users import UserActs, add_caller
from dd_incident_roles.sandbox.world import DEFAULT_TYPE_ID, Switches, World, call, checked

LOCAL_NAMES = frozenset({"127.0.0.1", "localhost"})
JIRA_ACTS = (
    *("add_person", "add_project", "add_issue", "assign", "edit_description", "close"),
    *("comment", "edit_comment", "delete_comment"),
)
ACTS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "": (
            *("set_commander", "give_role", "take_role", "add_responder"),
            *("add_incident_type", "define_role", "define_field", "add_rule", "act_as"),
            *("set_severity", "set_state", "set_field", "add_person", "add_outsider"),
            *("add_note", "edit_note", "delete_note", "add_integration", "change_integration"),
            *("add_slack_channel", "add_jira_issue"),
        ),
        "github": (
            *("add_user", "add_repository", "add_collaborator", "remove_collaborator"),
            *("set_visibility", "open_issue", "assign", "edit_description", "close"),
            *("comment", "edit_comment", "delete_comment"),
            *("limit_token", "refuse_token", "accept_token", "exhaust", "become_app"),
        ),
        "gitlab": (
            *("add_user", "add_project", "set_member", "set_visibility", "open_issue", "assign"),
            *("edit_description", "close", "comment", "edit_comment", "delete_comment"),
            *("limit_token", "refuse_token", "accept_token"),
        ),
        "jira": JIRA_ACTS,
        "jira_dc": JIRA_ACTS,
        "slack": (
            *("add_member", "add_channel", "set_topic", "archive", "make_private"),
            *("invite_bot", "remove_bot", "withdraw_scope"),
        ),
    }
)
"""What can be done from outside in each system, Datadog first: no other method is reached."""


class Sandbox(IncidentActs, TimelineActs, UserActs, FieldActs, IntegrationActs, SearchActs):
    """One local Datadog; every method may be called from any thread.

    ``world`` and ``log`` are read under ``lock`` by those who reach for them directly.
    """

    def __init__(self, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(world=World(clock=clock))
        add_caller(self.world)
        add_reserved_roles(self.world)
        add_type(self.world, DEFAULT_TYPE_ID, "Default", by=self.world.caller)
        self.jira = self.world.service(JiraSite)
        self.jira_dc = self.world.service(JiraDataCenter)
        self.access = Access()
        self.faults = FaultPlan()
        self.hangs = Hangs()
        self.log = RequestLog()
        self.github = self.world.service(GithubSite)
        self.gitlab = self.world.service(GitlabSite)
        self.slack = self.world.service(Workspace)

    @property
    def requests(self) -> RequestLog:
        """The requests until now, as a copy that stays as it is."""
        # Acts are wrapped to hold the lock, and properties are not.
        with self.lock:
            return RequestLog([replace(each) for each in self.log.entries])

    def forget_requests(self) -> None:
        """Starts counting requests at 0 again."""
        self.log.entries.clear()

    def fault(self, kind: FaultKind, **parts: object) -> None:
        """Puts a fault in force, of the parts of ``Fault``; raises ConfigurationError."""
        self.faults.add(checked(Fault, {"kind": kind, **parts}))

    def clear_faults(self) -> None:
        """Takes all faults out of force, and lets held requests go on."""
        self.faults.clear()
        self.hangs.release()

    def switch(self, **switches: object) -> None:
        """Turns parts of the API and quirks by the names in ``Switches``.

        Raises ConfigurationError for an unknown name, and for a setting that does not fit; nothing
        is turned then.
        """
        # All are read before one is turned.
        turned = {**self.world.switches.model_dump(), **switches}
        self.world.switches = checked(Switches, turned)

    def withdraw(self, *permissions: Permission, application_key: str | None = None) -> None:
        """Takes permissions from one application key, or from every one."""
        held = self.access.withdrawn.get(application_key, frozenset())
        self.access.withdrawn[application_key] = held | frozenset(permissions)

    def withdraw_only(self, *, withdrawn: Sequence[str] = ()) -> None:
        """Takes these permissions from every key, and gives all others back.

        Raises ValueError for a permission that there is not.
        """
        self.access.withdrawn = {None: frozenset(map(Permission, withdrawn))}

    def accept_only(self, *, api_keys: Iterable[str], application_keys: Iterable[str]) -> None:
        """Refuses every key but these."""
        self.access.api_keys = frozenset(api_keys)
        self.access.application_keys = frozenset(application_keys)


def control_routes(sandbox: Sandbox) -> list[Route]:
    """Makes the routes of the control API; they are neither counted nor subject to faults."""
    views: Mapping[tuple[str, str], Callable[[Sandbox], Json]] = {
        ("GET", "state"): state_view,
        ("GET", "requests"): requests_view,
    }
    orders: Mapping[tuple[str, str], Callable[[Json], None]] = {
        ("DELETE", "requests"): lambda _: sandbox.forget_requests(),
        ("POST", "faults"): lambda body: sandbox.faults.add(checked(Fault, body)),
        ("DELETE", "faults"): lambda _: sandbox.clear_faults(),
        ("PUT", "capabilities"): lambda body: sandbox.switch(**body),
        ("PUT", "permissions"): lambda body: call(sandbox.withdraw_only, body),
        ("POST", "release"): lambda _: sandbox.hangs.release(),
        ("POST", "acts"): lambda body: act(sandbox, body),
    }

    async def serve(request: Request) -> Response:
        if _is_foreign(request):
            return JSONResponse({"error": "only for this machine"}, status_code=403)
        asked = request.method, request.url.path.removeprefix("/_sandbox/")
        if (view := views.get(asked)) is not None:
            return JSONResponse(view(sandbox))
        try:
            # What clears or releases is sent without a body.
            parsed: object = json.loads(await request.body() or b"{}")
            orders[asked](parsed if isinstance(parsed, dict) else {})
        except (ValueError, KeyError, Refusal, ConfigurationError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"ok": True})

    return [Route(f"/_sandbox/{path}", serve, methods=[how]) for how, path in (*views, *orders)]


def _is_foreign(request: Request) -> bool:
    """Whether a page of another site may have sent it, through the browser of whoever looks at it.

    A browser names the site that a request comes from, and lets a page send JSON unasked only under
    the type of a plain text.
    """
    own = f"{request.url.scheme}://{request.url.netloc}"
    origin, referer = request.headers.get("origin"), request.headers.get("referer")
    return (
        request.url.hostname not in LOCAL_NAMES
        or origin not in {None, own}
        or not (referer is None or f"{referer}/".startswith(f"{own}/"))
        or request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}
        or request.headers.get("content-type", "").startswith(("text/", "multipart/"))
    )


def act(sandbox: Sandbox, parts: Mapping[str, object]) -> None:
    """Does what a person does in Datadog's pages, or in those of the system before the dot.

    The parts are the arguments of the act.

    Raises KeyError for an incident, person or role that is not there, Refusal for what Datadog
    refuses, ConfigurationError for the rest.
    """
    name = parts.get("act")
    names = [f"{system}.{each}".lstrip(".") for system, acts in ACTS.items() for each in acts]
    if not isinstance(name, str) or name not in names:
        known = f"is unknown; there are {', '.join(names)}"
        raise ConfigurationError("is required" if name is None else known, key="act", value=name)
    system, _, plain_name = name.rpartition(".")
    # What has no system before it is done in Datadog.
    actor = getattr(sandbox, system) if system else sandbox
    call(
        getattr(actor, plain_name), {part: value for part, value in parts.items() if part != "act"}
    )


def state_view(sandbox: Sandbox) -> Json:
    """Sums up the state: who is there, what is going on, who holds what."""
    with sandbox.lock:
        world = sandbox.world
        return {
            "people": [picked(row, "email", "name", "status") for row in world.users],
            "roles": [
                picked(row, "name", "is_single", "reserved") for row in world.role_definitions
            ],
            "incidents": [_incident(sandbox, row) for row in world.incidents],
            "github": sandbox.github.view(),
            "gitlab": sandbox.gitlab.view(),
            "jira": sandbox.jira.view(),
            "jira_dc": sandbox.jira_dc.view(),
            "slack": sandbox.slack.view(),
            "faults": [fault.model_dump(mode="json") for fault in sandbox.faults.pending()],
            "held": sandbox.hangs.count,
            "requests": len(sandbox.log.entries),
        }


def requests_view(sandbox: Sandbox) -> Json:
    """Shows every request, and how often each endpoint was asked."""
    log = sandbox.requests
    return {
        "requests": [
            picked(entry, "method", "target", "template", "status", "applied")
            for entry in log.entries
        ],
        "counts": {f"{method} {path}": n for (method, path), n in log.by_template().items()},
        "writes": len(log.writes()),
        "resent": len(log.resent()),
    }


def _incident(sandbox: Sandbox, row: Incident) -> Json:
    held = sandbox.world.assignments.of("incident_id", row.id)
    role_ids = dict.fromkeys(each.role_id for each in held)
    roles = (sandbox.world.role_definitions.get(role_id) for role_id in role_ids)
    return {
        **picked(row, "id", "public_id", "title", "severity", "state"),
        "commander": sandbox.commander(row.public_id),
        "responders": sandbox.responders(row.public_id),
        "roles": {
            role.name: sandbox.holders(row.public_id, role.name)
            for role in roles
            if role is not None
        },
        "timeline": [
            picked(cell, "id", "cell_type", "text") for cell in sandbox.cells(row.public_id)
        ],
    }
