"""What happens to a request from its arrival to its answer: log, faults, keys, switches."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from dd_incident_roles.sandbox.api import Answer, Backend, Call, Endpoint, Permission, Refusal
from dd_incident_roles.sandbox.faults import Fault, FaultKind, LoggedRequest
from dd_incident_roles.sandbox.switches import Switch

if TYPE_CHECKING:
    from uvicorn.server import Protocols

    from dd_incident_roles.sandbox.sandbox import Sandbox

# What a proxy answers in place of Datadog, with a 200.
HTML_PAGE = b"<!doctype html><html><body><h1>Please sign in</h1></body></html>"


async def disconnected(receive: Receive) -> None:
    """Returns once the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


class Hangs:
    """Requests that are held without an answer until any thread releases them."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._held: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    @property
    def count(self) -> int:
        """How many requests are held now."""
        with self._condition:
            return len(self._held)

    def wait_for(self, count: int = 1, *, timeout_seconds: float = 10) -> bool:
        """Waits until so many requests are held; says whether that came about in time."""
        with self._condition:
            return self._condition.wait_for(
                lambda: len(self._held) >= count, timeout=timeout_seconds
            )

    def wait_until_free(self, *, timeout_seconds: float = 10) -> bool:
        """Waits until no request is held, because of a release or because the clients have gone."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._held, timeout=timeout_seconds)

    def release(self) -> None:
        """Lets every held request go on."""
        with self._condition:
            for event, loop in self._held.items():
                loop.call_soon_threadsafe(event.set)
            # At once, so that what is held from now on is another request.
            self._held.clear()
            self._condition.notify_all()

    async def hold(self, receive: Receive, seconds: float | None) -> bool:
        """Holds the current request; says whether its client was still there at the end."""
        event = asyncio.Event()
        with self._condition:
            self._held[event] = asyncio.get_running_loop()
            self._condition.notify_all()
        # Two tasks, because a client may leave before anybody releases it.
        released = asyncio.ensure_future(event.wait())
        gone = asyncio.ensure_future(disconnected(receive))
        try:
            await asyncio.wait(
                {released, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            return not gone.done()
        finally:
            with self._condition:
                # Whether released, timed out or left alone, it is held no longer.
                self._held.pop(event, None)
                self._condition.notify_all()
            for task in (released, gone):
                task.cancel()
            await asyncio.gather(released, gone, return_exceptions=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Serves one endpoint, or the absence of one, as an ASGI application.

    ``connections`` are those of the server, for faults that HTTP has no words for.
    """

    sandbox: Sandbox
    connections: Set[Protocols]
    endpoint: Endpoint | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or leaves it without an answer where a fault says so."""
        request = Request(scope, receive)
        body = await request.body()
        entry = LoggedRequest(
            method=request.method,
            target=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            template=self.endpoint.template if self.endpoint else request.url.path,
            body=body,
        )
        with self.sandbox.lock:
            self.sandbox.log.begin(entry)
            # Under the same lock as the log, lest two requests share one fault.
            faults = self.sandbox.faults.strike(entry.method, entry.target)
        kinds = {fault.kind: fault for fault in faults}
        # Outside the lock: the others are answered meanwhile.
        await asyncio.sleep(
            sum(each.seconds or 0 for each in faults if each.kind is FaultKind.LATENCY)
        )
        if not await self._goes_on(request, kinds, FaultKind.DROP_BEFORE, FaultKind.HANG_BEFORE):
            return
        answer = self._instead(kinds) or self._carry_out(request, entry)
        if not await self._goes_on(request, kinds, FaultKind.DROP_AFTER, FaultKind.HANG_AFTER):
            return
        if (fault := kinds.get(FaultKind.STATUS_AFTER)) is not None:
            answer = self._failure(fault.status)
        with self.sandbox.lock:
            # Before it is sent: a test that has the answer may look at the log at once.
            entry.status = answer.status
            self.sandbox.log.end(entry)
        if FaultKind.TRUNCATE in kinds:
            await self._hang_up(request, _truncated(answer))
            return
        ahead = timedelta(seconds=self.sandbox.world.switches.clock_ahead_seconds)
        headers = {"date": format_datetime(self.sandbox.world.clock() + ahead, usegmt=True)}
        if answer.content_type is not None:
            headers["content-type"] = answer.content_type
        response = Response(answer.content, answer.status, {**headers, **answer.headers})
        await response(scope, receive, send)

    async def _goes_on(
        self, request: Request, kinds: Mapping[FaultKind, Fault], drop: FaultKind, hang: FaultKind
    ) -> bool:
        if drop in kinds:
            await self._hang_up(request)
            return False
        return hang not in kinds or await self.sandbox.hangs.hold(
            request.receive, kinds[hang].seconds
        )

    async def _hang_up(self, request: Request, message: bytes = b"") -> None:
        """Closes the connection of this request, after these very bytes."""
        for each in self.connections:
            # A connection is known by the address of its client.
            if isinstance(each, H11Protocol) and each.client == request.scope["client"]:
                each.transport.write(message)
                each.transport.close()
        await disconnected(request.receive)

    def _carry_out(self, request: Request, entry: LoggedRequest) -> Answer:
        with self.sandbox.lock:
            service = self.endpoint.service if self.endpoint else None
            # A request without a key, or for a path that does not exist, meets the older back end.
            keys: tuple[str, ...] = ("dd-api-key", "dd-application-key")
            if self.endpoint and self.endpoint.by_api_key:
                keys = keys[:1]
            if request.headers.get("authorization", "").startswith("Bearer "):
                keys = ("authorization",)
            if service is None and not all(map(request.headers.get, keys)):
                return self._failure(HTTPStatus.UNAUTHORIZED)
            try:
                answer = self._handle(request, entry)
            except Refusal as refusal:
                return self._refuse(refusal)
            # A refused write changed nothing, and never gets here.
            entry.applied = entry.method != "GET"
            return answer

    def _handle(self, request: Request, entry: LoggedRequest) -> Answer:
        world, endpoint = self.sandbox.world, self.endpoint
        if endpoint is not None and endpoint.service is not None:
            caller = endpoint.service.admit(world, request.headers)
            return endpoint.handle(self._call(request, entry, endpoint, caller, frozenset()))
        if endpoint is not None and endpoint.by_api_key:
            # A token opens what the API key alone does not (other clients).
            is_token = "dd-api-key" not in request.headers
            if is_token or not self.sandbox.access.knows_api_key(request.headers):
                raise Refusal(403, "Forbidden")
            return endpoint.handle(self._call(request, entry, endpoint, world.caller, frozenset()))
        # A wrong key is refused before the path is looked at.
        permissions = self.sandbox.access.permissions(request.headers)
        if endpoint is None:
            raise Refusal(404, "Not Found")
        switch = endpoint.switch(world.switches)
        if switch is Switch.MISSING:
            raise Refusal(404, title="Not Found", show_status=True)
        if switch is Switch.FORBIDDEN or endpoint.permission not in {None, *permissions}:
            raise Refusal(403)
        return endpoint.handle(self._call(request, entry, endpoint, world.caller, permissions))

    def _call(
        self,
        request: Request,
        entry: LoggedRequest,
        endpoint: Endpoint,
        caller: str,
        permissions: frozenset[Permission],
    ) -> Call:
        return Call(
            world=self.sandbox.world,
            backend=endpoint.backend,
            url=f"{request.url.scheme}://{request.url.netloc}{entry.target}",
            raw_path=request.scope["raw_path"].decode("ascii"),
            caller=caller,
            permissions=permissions,
            ids={name: str(value) for name, value in request.path_params.items()},
            query=dict(request.query_params),
            headers=request.headers,
            content=entry.body,
        )

    def _refuse(self, refusal: Refusal) -> Answer:
        if self.endpoint is None:
            return refusal.answer(Backend.OLDER)
        service = self.endpoint.service
        return service.refuse(refusal) if service else refusal.answer(self.endpoint.backend)

    def _failure(self, status: int) -> Answer:
        refusal = Refusal(status, HTTPStatus(status).phrase)
        is_other = self.endpoint is not None and self.endpoint.service is not None
        return self._refuse(refusal) if is_other else refusal.answer(Backend.OLDER)

    def _instead(self, kinds: Mapping[FaultKind, Fault]) -> Answer | None:
        """Makes the answer of a fault that keeps the request from being carried out."""
        if (fault := kinds.get(FaultKind.STATUS_BEFORE)) is not None:
            return self._failure(fault.status)
        if (fault := kinds.get(FaultKind.REDIRECT)) is not None:
            status = fault.status if 300 <= fault.status < 400 else 307
            return Answer(status=status, headers={"Location": fault.location})
        if FaultKind.HTML in kinds:
            return Answer(body=HTML_PAGE, content_type="text/html")
        if (fault := kinds.get(FaultKind.RATE_LIMIT)) is None:
            return None
        if self.endpoint is not None and self.endpoint.service is not None:
            limited = self._failure(HTTPStatus.TOO_MANY_REQUESTS)
            return replace(limited, headers={"Retry-After": f"{fault.seconds or 0:g}"})
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


def _truncated(answer: Answer) -> bytes:
    whole = answer.content or json.dumps({"data": None}).encode()
    head = (
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
        f"content-type: {answer.content_type or Backend.OLDER.value}\r\n"
        # The length promises the whole body, of which half is sent.
        f"content-length: {len(whole)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + whole[: len(whole) // 2]
