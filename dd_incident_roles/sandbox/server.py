"""Runs the sandbox as a web server: in a thread beside the caller, or until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from dd_incident_roles.sandbox.control import control_routes
from dd_incident_roles.sandbox.front import Front
from dd_incident_roles.sandbox.resources import ENDPOINTS
from dd_incident_roles.sandbox.sandbox import Sandbox

if TYPE_CHECKING:
    from uvicorn.server import Protocols

HOST = "127.0.0.1"
PATIENCE_SECONDS = 10.0
TICK_SECONDS = 0.1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


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


EVERY_METHOD = ["GET", "POST", "PATCH", "PUT", "DELETE"]


def configuration(sandbox: Sandbox, connections: set[Protocols]) -> uvicorn.Config:
    """Makes the configuration of a quiet server that speaks HTTP/1.1 only.

    A path that is not an endpoint is logged and subject to faults too.
    """
    routes = [
        Route(
            each.template,
            Front(sandbox=sandbox, connections=connections, endpoint=each),
            methods=[each.method],
        )
        for each in ENDPOINTS
    ]
    rest = Front(sandbox=sandbox, connections=connections, endpoint=None)
    routes.append(Route("/{rest:path}", rest, methods=EVERY_METHOD))
    return uvicorn.Config(
        Starlette(routes=[*control_routes(sandbox), *routes]),
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
