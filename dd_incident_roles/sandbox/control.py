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

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.sandbox.control_acts import act, fault_of
from dd_incident_roles.sandbox.control_views import requests_view, state_view
from dd_incident_roles.sandbox.refusal import Refusal
from dd_incident_roles.sandbox.sandbox import Sandbox

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
