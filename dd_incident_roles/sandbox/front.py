"""What happens to a request from its arrival to its answer: log, faults, keys, switches."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dd_incident_roles.sandbox.access import forbidden
from dd_incident_roles.sandbox.connections import Connections
from dd_incident_roles.sandbox.endpoint import Answer, Call, Endpoint
from dd_incident_roles.sandbox.faults import Fault, FaultKind
from dd_incident_roles.sandbox.refusal import Backend, Refusal
from dd_incident_roles.sandbox.request_log import LoggedRequest
from dd_incident_roles.sandbox.switches import Capabilities, Switch

if TYPE_CHECKING:
    from dd_incident_roles.sandbox.sandbox import Sandbox

HTML_PAGE = b"<!doctype html><html><body><h1>Please sign in</h1></body></html>"


class Front:
    """Serves one endpoint, or the absence of one, as an ASGI application."""

    def __init__(
        self, sandbox: Sandbox, connections: Connections, endpoint: Endpoint | None
    ) -> None:
        self._sandbox = sandbox
        self._connections = connections
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or leaves it without an answer where a fault says so."""
        request = Request(scope, receive)
        body = await request.body()
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        with self._sandbox.lock:
            number = self._sandbox.log.begin(
                LoggedRequest(
                    method=request.method,
                    target=target,
                    template=self._endpoint.template if self._endpoint else request.url.path,
                    body=body,
                )
            )
            faults = self._sandbox.faults.strike(request.method, target)
        kinds = {fault.kind: fault for fault in faults}
        await asyncio.sleep(
            sum(each.seconds or 0 for each in faults if each.kind is FaultKind.LATENCY)
        )
        if FaultKind.DROP_BEFORE in kinds:
            await self._connections.drop(scope, receive)
            return
        if (fault := kinds.get(FaultKind.HANG_BEFORE)) is not None and not (
            await self._sandbox.hangs.hold(receive, fault.seconds)
        ):
            return
        answer = _instead(kinds)
        if answer is None:
            answer = self._carry_out(request, target, body, number)
        if FaultKind.DROP_AFTER in kinds:
            await self._connections.drop(scope, receive)
            return
        if (fault := kinds.get(FaultKind.HANG_AFTER)) is not None and not (
            await self._sandbox.hangs.hold(receive, fault.seconds)
        ):
            return
        if (fault := kinds.get(FaultKind.STATUS_AFTER)) is not None:
            answer = _failure(fault.status)
        with self._sandbox.lock:
            self._sandbox.log.note(number, status=answer.status)
        if FaultKind.TRUNCATE in kinds:
            await self._connections.send_raw(scope, receive, _truncated(answer))
            return
        await _response(answer, self._sandbox.world.clock())(scope, receive, send)

    def _carry_out(self, request: Request, target: str, body: bytes, number: int) -> Answer:
        sandbox = self._sandbox
        with sandbox.lock:
            try:
                answer = self._handle(request, target, body)
            except Refusal as refusal:
                return Answer(
                    status=refusal.status,
                    body={"errors": refusal.errors},
                    content_type=refusal.backend.value,
                )
            sandbox.log.note(number, applied=request.method != "GET")
            return answer

    def _handle(self, request: Request, target: str, body: bytes) -> Answer:
        world = self._sandbox.world
        endpoint = self._endpoint
        backend = Backend.OLDER if endpoint is None else endpoint.backend
        permissions = self._sandbox.access.permissions(request.headers, backend=backend)
        if endpoint is None:
            raise Refusal(404, "Not Found", backend=backend)
        _check_switch(endpoint.switch, world.capabilities, backend)
        if endpoint.permission is not None and endpoint.permission not in permissions:
            raise forbidden(backend)
        return endpoint.handle(
            Call(
                world=world,
                backend=backend,
                origin=f"{request.url.scheme}://{request.url.netloc}",
                target=target,
                caller=world.caller,
                permissions=permissions,
                ids=_texts(request.path_params),
                query=_texts(request.query_params),
                body=body,
            )
        )


def _check_switch(
    switch: Callable[[Capabilities], Switch] | None, capabilities: Capabilities, backend: Backend
) -> None:
    match Switch.ON if switch is None else switch(capabilities):
        case Switch.ON:
            return
        case Switch.MISSING:
            raise Refusal(404, None, backend=backend, title="Not Found", show_status=True)
        case Switch.FORBIDDEN:
            raise forbidden(backend)


def _instead(kinds: Mapping[FaultKind, Fault]) -> Answer | None:
    """Makes the answer of a fault that keeps the request from being carried out."""
    if (fault := kinds.get(FaultKind.STATUS_BEFORE)) is not None:
        return _failure(fault.status)
    if (fault := kinds.get(FaultKind.REDIRECT)) is not None:
        return Answer(status=307, headers={"Location": fault.location})
    if FaultKind.HTML in kinds:
        return Answer(content_type="text/html")
    if (fault := kinds.get(FaultKind.RATE_LIMIT)) is not None:
        return Answer(
            status=429,
            body={"errors": ["Too many requests"]},
            content_type=Backend.OLDER.value,
            headers={
                "X-RateLimit-Limit": "10",
                "X-RateLimit-Period": "10",
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": f"{fault.seconds or 0:g}",
                "X-RateLimit-Name": "incidents_public_api",
            },
        )
    return None


def _failure(status: int) -> Answer:
    return Answer(
        status=status,
        body={"errors": [HTTPStatus(status).phrase]},
        content_type=Backend.OLDER.value,
    )


def _content(answer: Answer) -> bytes:
    # the one answer with a type and no body is the page of somebody in between
    return HTML_PAGE if answer.content_type == "text/html" else answer.content


def _response(answer: Answer, now: datetime) -> Response:
    headers = {"date": format_datetime(now, usegmt=True), **answer.headers}
    if answer.content_type is not None:
        headers["content-type"] = answer.content_type
    return Response(_content(answer), status_code=answer.status, headers=headers)


def _truncated(answer: Answer) -> bytes:
    whole = _content(answer) or json.dumps({"data": None}).encode()
    head = (
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
        f"content-type: {answer.content_type or Backend.OLDER.value}\r\n"
        f"content-length: {len(whole)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + whole[: len(whole) // 2]


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}
