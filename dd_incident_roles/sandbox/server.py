"""The sandbox as a web server, and what happens to a request from its arrival to its answer."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, compile_path
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from dd_incident_roles.sandbox.api import Answer, Backend, Call, Endpoint, Permission, Refusal
from dd_incident_roles.sandbox.faults import Fault, FaultKind, LoggedRequest, disconnected
from dd_incident_roles.sandbox.resources import ENDPOINTS
from dd_incident_roles.sandbox.sandbox import Sandbox, control_routes
from dd_incident_roles.sandbox.world import Switch

if TYPE_CHECKING:
    from uvicorn.server import Protocols


HOST = "127.0.0.1"
PATIENCE_SECONDS = 10.0
TICK_SECONDS = 0.1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# What a proxy answers in place of Datadog, with a 200.
HTML_PAGE = b"<!doctype html><html><body><h1>Please sign in</h1></body></html>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Serves one request of an endpoint, or of none, as an ASGI application.

    ``connections`` are those of the server, for faults that HTTP has no words for. ``ids`` are the
    parts of the path that the template leaves open.
    """

    sandbox: Sandbox
    connections: Set[Protocols]
    endpoint: Endpoint | None
    ids: Mapping[str, str]

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
        service = self.endpoint.service if self.endpoint else None
        # What is empty has no type.
        if service and answer.content_type is None and answer.body != b"":
            answer = replace(answer, content_type=service.content_type)
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
            caller = world.service(endpoint.service).admit(request.headers)
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
            ids=self.ids,
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


class RunningSandbox:
    """A sandbox that answers on a port of this machine until it is stopped.

    Port 0 takes a free one. Raises OSError where the port is taken.
    """

    def __init__(self, sandbox: Sandbox | None = None, *, port: int = 0) -> None:
        self.sandbox = sandbox or Sandbox()
        self._ready = threading.Event()
        self._server = _Server(self.sandbox, port, lambda _: self._ready.set())
        self.port, self.url = self._server.port, self._server.url
        # A daemon, lest a sandbox that nobody stops keeps its process alive.
        self._thread = threading.Thread(target=self._server.serve_here, name="sandbox", daemon=True)
        self._thread.start()
        if not self._ready.wait(PATIENCE_SECONDS):
            raise RuntimeError("the sandbox did not start")

    def stop(self) -> None:
        """Stops the server and waits until it has gone; a second time does nothing."""
        self._server.stop()
        self._thread.join(PATIENCE_SECONDS)

    def __enter__(self) -> RunningSandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve_forever(sandbox: Sandbox, *, port: int, started: Callable[[str], None]) -> None:
    """Serves until SIGINT or SIGTERM; ``started`` is told the address once it answers.

    Raises OSError where the port is taken.
    """
    _Server(sandbox, port, started).serve_here()


class _Server(uvicorn.Server):
    """Reports its address when it is ready, and stops at once instead of at the next tick."""

    def __init__(self, sandbox: Sandbox, port: int, started: Callable[[str], None]) -> None:
        connections: set[Protocols] = set()
        super().__init__(configuration(sandbox, connections))
        # The fronts were made before the server, and see its connections by sharing the set.
        self.server_state.connections = connections
        self._socket = listening_socket(port)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        self._started = started
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()

    def serve_here(self) -> None:
        """Serves in this thread until it is stopped."""
        self.run(sockets=[self._socket])

    def stop(self) -> None:
        """Makes the server stop; may be called from any thread, and more than once."""
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # it closed just now
                # An event of asyncio may be set from its own thread only.
                self._loop.call_soon_threadsafe(self._stopping.set)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes SIGINT and SIGTERM as the wish to stop, and does not raise them again later."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {each: signal.signal(each, self.handle_exit) for each in STOP_SIGNALS}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to listen, and says so."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._started(self.url)

    async def main_loop(self) -> None:
        """Waits for the end, with a look at the clock and the signals in between."""
        for tick in itertools.count():
            if await self.on_tick(tick):
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Closes every connection, whatever still goes on in it."""
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        for connection in list(self.server_state.connections):
            # Left to itself, uvicorn would wait for requests that a fault holds.
            connection.transport.abort()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for server in self.servers:
            await server.wait_closed()


def listening_socket(port: int) -> socket.socket:
    """Opens the port on the loopback interface only."""
    # Only with the protocol named does asyncio switch off Nagle, which costs 40 ms an answer.
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((HOST, port))
        opened.listen(128)
    except OSError:
        opened.close()
        raise
    return opened


# Once for all sandboxes, of which the tests start thousands.
ROUTES = tuple((each.method, compile_path(each.template)[0], each) for each in ENDPOINTS)


def find_endpoint(method: str, path: str) -> tuple[Endpoint | None, Mapping[str, str]]:
    """Finds what is asked for, and the ids in the path; None where there is no such endpoint."""
    for known, template, endpoint in ROUTES:
        if known == method and (found := template.match(path)):
            return endpoint, found.groupdict()
    return None, {}


def configuration(sandbox: Sandbox, connections: set[Protocols]) -> uvicorn.Config:
    """Makes the configuration of a quiet server that speaks HTTP/1.1 only.

    A path that is not an endpoint is logged and subject to faults too.
    """

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        endpoint, ids = find_endpoint(scope["method"], scope["path"])
        front = Front(sandbox=sandbox, connections=connections, endpoint=endpoint, ids=ids)
        await front(scope, receive, send)

    return uvicorn.Config(
        Starlette(routes=[*control_routes(sandbox), Mount("", app=serve)]),
        http="h11",
        ws="none",
        # Named, or uvloop would be taken wherever it happens to be installed.
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        # The date is that of the clock of the sandbox, which tests move.
        date_header=False,
        # Long, lest an idle client finds its connection closed.
        timeout_keep_alive=30,
    )
