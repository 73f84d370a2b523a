"""The control API under /_sandbox/, by which other processes drive the sandbox.

GET /_sandbox/state                  people, incidents, roles held, faults waiting, requests held
GET, DELETE /_sandbox/requests       what was asked until now · start counting anew
POST, DELETE /_sandbox/faults        put a fault in force (the parts of ``Fault``) · clear them all
PUT /_sandbox/capabilities           {"role_assignments": "404", "short_search_pages": true, …}
POST /_sandbox/release               let the held requests go on
POST /_sandbox/acts                  {"act": "set_commander", "incident": 1001, "person": "a@…"}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.sandbox.faults import Fault, FaultKind
from dd_incident_roles.sandbox.given import Given
from dd_incident_roles.sandbox.refusal import Refusal
from dd_incident_roles.sandbox.render.shapes import Json
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.state.incident import Incident

LOCAL_NAMES = frozenset({"127.0.0.1", "localhost"})


def control_routes(sandbox: Sandbox) -> list[Route]:
    """Makes the routes of the control API; they are neither counted nor subject to faults."""

    def on(method: str, path: str, carry_out: Callable[[Mapping[str, object]], object]) -> Route:
        async def serve(request: Request) -> Response:
            if _is_foreign(request):
                return JSONResponse({"error": "only for this machine"}, status_code=403)
            try:
                parsed: object = json.loads(await request.body() or b"{}")
                return JSONResponse(carry_out(parsed if isinstance(parsed, dict) else {}))
            except (ValueError, TypeError, KeyError, Refusal, ConfigurationError) as error:
                return JSONResponse({"error": str(error)}, status_code=400)

        return Route(f"/_sandbox/{path}", serve, methods=[method])

    def done(act: Callable[[], None]) -> object:
        act()
        return {"ok": True}

    return [
        on("GET", "state", lambda _: state_view(sandbox)),
        on("GET", "requests", lambda _: requests_view(sandbox)),
        on("DELETE", "requests", lambda _: done(sandbox.forget_requests)),
        on("POST", "faults", lambda body: done(lambda: sandbox.add_fault(fault_of(body)))),
        on("DELETE", "faults", lambda _: done(sandbox.clear_faults)),
        on("PUT", "capabilities", lambda body: done(lambda: sandbox.switch(**body))),
        on("POST", "release", lambda _: done(sandbox.hangs.release)),
        on("POST", "acts", lambda body: done(lambda: act(sandbox, body))),
    ]


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


FAULT_PARTS = frozenset({"kind", "method", "path", "nth", "count", "seconds", "status", "location"})


def fault_of(parts: Mapping[str, object]) -> Fault:
    """Reads a fault; what is left out is as in ``Fault``, and a count of null is for good.

    Raises ConfigurationError.
    """
    given = Given(parts, known=FAULT_PARTS)
    kind = given.text("kind")
    if kind not in set(FaultKind):
        raise given.wrong("kind", f"must be one of {', '.join(FaultKind)}")
    forever = given.has("count") and given.value("count") is None
    return Fault(
        kind=FaultKind(kind),
        method=given.maybe_text("method"),
        path=given.maybe_text("path") or "",
        nth=given.number("nth", 1),
        count=given.number("count", 1) if not forever else None,
        seconds=given.maybe_seconds("seconds"),
        status=given.number("status", 502),
        location=given.text("location", Fault(kind=FaultKind.REDIRECT).location),
    )


def act(sandbox: Sandbox, parts: Mapping[str, object]) -> None:
    """Does what somebody does in Datadog's pages.

    Raises KeyError for an incident, person or role that is not there, Refusal for what Datadog
    refuses, ConfigurationError for the rest.
    """
    known = frozenset(
        {"act", "incident", "person", "role", "field", "value", "name", "status", "text", "cell"}
        | {"account", "service_account", "source"}
    )
    given = Given(parts, known=known)
    name = given.text("act")
    if name not in ACTS:
        raise given.wrong("act", f"is unknown; there are {', '.join(ACTS)}")
    ACTS[name](sandbox, given)


ACTS: Mapping[str, Callable[[Sandbox, Given], object]] = {
    "set_commander": lambda sandbox, given: sandbox.set_commander(
        given.number("incident"), given.maybe_text("person")
    ),
    "give_role": lambda sandbox, given: sandbox.give_role(
        given.number("incident"), given.text("role"), given.text("person")
    ),
    "take_role": lambda sandbox, given: sandbox.take_role(
        given.number("incident"), given.text("role"), given.text("person")
    ),
    "add_responder": lambda sandbox, given: sandbox.add_responder(
        given.number("incident"), given.text("person")
    ),
    "set_severity": lambda sandbox, given: sandbox.set_severity(
        given.number("incident"), given.text("value")
    ),
    "set_state": lambda sandbox, given: sandbox.set_state(
        given.number("incident"), given.text("value")
    ),
    "set_field": lambda sandbox, given: sandbox.set_field(
        given.number("incident"), given.text("field"), given.value("value")
    ),
    "add_note": lambda sandbox, given: sandbox.add_note(
        given.number("incident"), given.maybe_text("person"), given.text("text")
    ),
    "edit_note": lambda sandbox, given: sandbox.edit_note(
        given.number("incident"), given.text("cell"), given.text("text")
    ),
    "delete_note": lambda sandbox, given: sandbox.delete_note(
        given.number("incident"), given.text("cell")
    ),
    "add_person": lambda sandbox, given: sandbox.add_person(
        given.text("person"),
        given.maybe_text("name"),
        status=given.text("status", "Active"),
        service_account=given.flag("service_account"),
        user_id=given.maybe_text("account"),
    ),
    "add_outsider": lambda sandbox, given: sandbox.add_outsider(
        given.number("incident"),
        given.text("person"),
        given.text("source", "slack"),
        role_name=given.maybe_text("role"),
    ),
}


def state_view(sandbox: Sandbox) -> Json:
    """Sums up the state: who is there, what is going on, who holds what."""
    with sandbox.lock:
        world = sandbox.world
        return {
            "people": [
                {"email": row.email, "name": row.name, "status": row.status} for row in world.users
            ],
            "roles": [
                {"name": row.name, "is_single": row.is_single, "reserved": row.reserved}
                for row in world.role_definitions
            ],
            "incidents": [_incident(sandbox, row) for row in world.incidents],
            "faults": [asdict(fault) for fault in sandbox.faults.pending()],
            "held": sandbox.hangs.count,
            "requests": len(sandbox.log.entries),
        }


def requests_view(sandbox: Sandbox) -> Json:
    """Shows every request, and how often each endpoint was asked."""
    log = sandbox.requests
    return {
        "requests": [
            {
                "method": entry.method,
                "target": entry.target,
                "template": entry.template,
                "status": entry.status,
                "applied": entry.applied,
            }
            for entry in log.entries
        ],
        "counts": {f"{method} {path}": n for (method, path), n in log.by_template().items()},
        "writes": len(log.writes()),
        "resent": len(log.resent()),
    }


def _incident(sandbox: Sandbox, row: Incident) -> Json:
    held = sandbox.world.assignments_of(row.id)
    role_ids = dict.fromkeys(each.role_id for each in held)
    roles = (sandbox.world.role_definitions.get(role_id) for role_id in role_ids)
    return {
        "id": row.id,
        "public_id": row.public_id,
        "title": row.title,
        "severity": row.severity,
        "state": row.state,
        "commander": sandbox.commander(row.public_id),
        "responders": sandbox.responders(row.public_id),
        "roles": {
            role.name: sandbox.holders(row.public_id, role.name)
            for role in roles
            if role is not None
        },
        "timeline": [
            {"id": cell.id, "cell_type": cell.cell_type, "text": cell.text}
            for cell in sandbox.cells(row.public_id)
        ],
    }
