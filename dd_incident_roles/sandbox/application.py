"""The web application: every endpoint of the API, and the control API beside it."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route

from dd_incident_roles.sandbox.connections import Connections
from dd_incident_roles.sandbox.control import control_routes
from dd_incident_roles.sandbox.endpoints import ENDPOINTS
from dd_incident_roles.sandbox.front import Front
from dd_incident_roles.sandbox.sandbox import Sandbox

EVERY_METHOD = ["GET", "POST", "PATCH", "PUT", "DELETE"]


def application(sandbox: Sandbox, connections: Connections) -> Starlette:
    """Makes the application; what is no endpoint is logged and subject to faults all the same."""
    return Starlette(
        routes=[
            *control_routes(sandbox),
            *(
                Route(
                    endpoint.template,
                    Front(sandbox, connections, endpoint),
                    methods=[endpoint.method],
                )
                for endpoint in ENDPOINTS
            ),
            Route("/{rest:path}", Front(sandbox, connections, None), methods=EVERY_METHOD),
        ]
    )
