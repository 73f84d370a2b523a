"""What a watching sync answers on an address: figures, health, hooks, and the board.

It answers in a thread of its own, and does no more than look at figures and take hints: a run goes
on undisturbed, and whoever asks never waits for one.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import socket
import stat
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock, Thread
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dd_incident_roles.errors import ConfigurationError, IncidentRolesError, UsageError
from dd_incident_roles.service import hooks
from dd_incident_roles.service.metrics import Metrics
from dd_incident_roles.service.watch import Hint, Pulse
from dd_incident_roles.setting_values import is_loopback
from dd_incident_roles.transport import Secret
from dd_incident_roles.values import frozen

MOST_BYTES: Final = 1024 * 1024
"""The largest hook that is read; GitHub's may have 25 MB, those of an issue have some kilobytes."""

READ_SECONDS: Final = 10.0
"""How long the body of a hook may take to come."""

BOARD_SECONDS: Final = 10.0
"""How long a board is shown again before it is made anew: it is read from Datadog."""

_UNIX: Final = "unix:"
_MOST_CONNECTIONS: Final = 100


@frozen
class Address:
    """Where to listen: a host and a port, or the path of a socket."""

    host: str = "127.0.0.1"
    port: int = 0
    path: str | None = None

    @property
    def is_here(self) -> bool:
        """Whether only programs of this machine reach it, by a port."""
        return self.path is None and is_loopback(self.host)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{_UNIX}{self.path}" if self.path else f"{host}:{self.port}"


def parse_address(text: str) -> Address:
    """Read what was typed; without a host it is this machine alone. Raises UsageError."""
    if text.startswith(_UNIX) and text.removeprefix(_UNIX):
        return Address(path=text.removeprefix(_UNIX))
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise UsageError(
            f"{text!r} is no address to listen on.",
            hint="Give a port of this machine such as 9464, HOST:PORT, or unix:/path/of/a.sock.",
        )
    return Address(host=host, port=int(port))


def open_socket(address: Address) -> socket.socket:
    """Listen on an address; raises UsageError where that cannot be done.

    A Unix socket is for its owner and group, so that a proxy can be let in.
    """
    try:
        return _unix_socket(Path(address.path)) if address.path else _tcp_socket(address)
    except OSError as error:
        is_taken = error.errno == errno.EADDRINUSE
        raise UsageError(
            f"Nothing can listen on {address}: {error.strerror or error}.",
            hint="Another program listens there: choose another port."
            if is_taken
            else "Give an address of this machine, such as 127.0.0.1:9464.",
        ) from error


def _tcp_socket(address: Address) -> socket.socket:
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    family, _, _, _, where = found[0]
    # Only with the protocol named does asyncio switch off Nagle, which delays answers.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # Else a restart would have to wait for the connections of the last one to be forgotten.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(where)
        opened.listen(_MOST_CONNECTIONS)
    except OSError:
        opened.close()
        raise
    return opened


def _unix_socket(path: Path) -> socket.socket:
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
            _remove_unused(path)
        opened.bind(str(path))
        # Before it listens: until then nobody can connect, whatever the permissions are.
        path.chmod(0o660)
        opened.listen(_MOST_CONNECTIONS)
    except OSError:
        opened.close()
        raise
    return opened


def _remove_unused(path: Path) -> None:
    """Remove a socket that a program left behind; raises OSError where one still listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        try:
            asking.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


class Page:
    """The board, made at most every few seconds, whoever asks."""

    def __init__(self, make: Callable[[], str], monotonic: Callable[[], float]) -> None:
        self._make = make
        self._monotonic = monotonic
        self._lock = Lock()
        self._made: tuple[float, str] | None = None

    def answer(self, request: Request) -> Response:
        """The page, for whoever asks by a name of this machine."""
        # A page of the internet must not read it through a name that it lets lead here.
        if not is_loopback(request.url.hostname or ""):
            return PlainTextResponse("The board is shown on this machine alone.\n", 403)
        headers = {
            "Cache-Control": "no-store",
            # What a page cannot say of itself; it says the rest.
            "Content-Security-Policy": "frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
        }
        # Only who asks for it has the page change under their eyes.
        # From ten seconds on, since the board is not made anew more often.
        if re.fullmatch("[1-9][0-9]{1,3}", seconds := request.query_params.get("refresh", "")):
            headers["Refresh"] = seconds
        try:
            return HTMLResponse(self._html(), headers=headers)
        except IncidentRolesError as error:
            return PlainTextResponse(f"{error.message}\n{error.hint or ''}\n", 503)

    def _html(self) -> str:
        with self._lock:
            if self._made is None or self._monotonic() - self._made[0] > BOARD_SECONDS:
                html = self._make()
                self._made = (self._monotonic(), html)
            return self._made[1]


@frozen
class Health:
    """How unattended runs fare; ``reason`` is what is wrong, None where nothing is."""

    last_success: datetime | None
    lag: timedelta | None
    reason: str | None


def health(metrics: Metrics, interval: timedelta) -> Health:
    """It is well while the last complete run began less than three intervals ago.

    The time that this run itself took is not counted against it.
    """
    last, lag, reason = metrics.last, metrics.lag, None
    took = timedelta(seconds=last.seconds) if last else timedelta()
    if lag is None or lag > 3 * interval + took:
        reason = (last.reason if last else None) or (
            "no run was complete yet" if lag is None else "runs take too long, or none began"
        )
    return Health(last_success=metrics.last_success, lag=lag, reason=reason)


@frozen
class Served:
    """What is answered with; ``hint`` takes what a hook says, and ``secrets`` are asked each time.

    ``board`` is None where it is not shown, and ``seen`` are the hooks that came before.
    """

    metrics: Metrics
    interval: timedelta
    pulse: Pulse
    secrets: Callable[[], Mapping[str, Secret | None]]
    hint: Callable[[Hint], None]
    clock: Callable[[], datetime]
    board: Page | None = None
    seen: hooks.Seen = field(default_factory=hooks.Seen)

    def application(self) -> Starlette:
        """The application that answers."""
        routes = [
            Route("/metrics", self._metrics, methods=["GET"]),
            Route("/healthz", self._healthz, methods=["GET"]),
            Route("/livez", self._livez, methods=["GET"]),
            Route("/hooks/{system}", self._hook, methods=["POST"]),
        ]
        if self.board:
            # No coroutine, so that Starlette calls it in a thread: it waits for Datadog.
            routes.append(Route("/", self.board.answer, methods=["GET"]))
        return Starlette(routes=routes)

    def _metrics(self, _request: Request) -> Response:
        kind = "text/plain; version=0.0.4; charset=utf-8"
        return Response(self.metrics.text(), headers={"Content-Type": kind})

    def _healthz(self, _request: Request) -> Response:
        found = health(self.metrics, self.interval)
        last = found.last_success
        return JSONResponse(
            {
                "status": "failing" if found.reason else "ok",
                "reason": found.reason,
                "last_success": last.isoformat(timespec="seconds") if last else None,
                "lag_seconds": round(found.lag.total_seconds(), 1) if found.lag else None,
            },
            status_code=503 if found.reason else 200,
        )

    def _livez(self, _request: Request) -> Response:
        alive = self.pulse.is_alive
        return PlainTextResponse("alive\n" if alive else "stuck\n", 200 if alive else 503)

    # A coroutine, unlike the others: `Seen` is for one thread, that of the loop.
    async def _hook(self, request: Request) -> Response:
        system = request.path_params["system"]
        secret = self.secrets().get(system)
        if secret is None:
            # Of an unknown system as of one that is not used: nobody learns which there are.
            return PlainTextResponse("Not Found", 404)
        body = await _body_of(request)
        if isinstance(body, Response):
            return body
        key, now = secret.get_secret_value(), self.clock().timestamp()
        if not hooks.is_genuine(system, key, request.headers, body, now=now):
            return PlainTextResponse("not signed with the secret, or too old\n", 401)
        if not self.seen.is_new(system, request.headers, body):
            # Whoever sends again what was received goes on where this is a success.
            return PlainTextResponse("seen before\n")
        try:
            document = hooks.read_body(body)
        except ValueError:
            return PlainTextResponse("not JSON\n", 400)
        if challenge := hooks.challenge_in(system, document):
            return PlainTextResponse(challenge)
        found = hooks.hint_in(system, document)
        if found is None:
            return PlainTextResponse("about no incident\n")
        self.hint(found)
        return PlainTextResponse("taken\n", 202)


async def _body_of(request: Request) -> bytes | Response:
    """The body of a request, or why it was not read."""
    too_large = PlainTextResponse("too large\n", 413)
    length = request.headers.get("content-length", "0")
    # A body in chunks names no length. Cut, since int() raises for thousands of digits.
    if not length.isascii() or not length.isdigit() or int(length[:20]) > MOST_BYTES:
        return too_large
    body = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > MOST_BYTES:
                    return too_large
    except TimeoutError:
        return PlainTextResponse("too slow\n", 408)
    except ClientDisconnect:
        return PlainTextResponse("cut short\n", 400)
    return bytes(body)


def check_libraries(secrets: Mapping[str, Secret | None]) -> None:
    """Raise ConfigurationError where a hook is wanted whose library is not installed."""
    from importlib.util import find_spec

    if secrets["slack"] is not None and find_spec("slack_sdk") is None:
        raise ConfigurationError(
            "needs a package that is not installed",
            key="DD_INCIDENT_ROLES_SLACK_HOOK_SECRET",
            hint="Install it: pip install 'dd-incident-roles[slack]'",
        )


class Server:
    """Answers on a socket until it is left, in a thread that never holds up the program."""

    def __init__(self, application: Starlette, listening: socket.socket) -> None:
        self._socket = listening
        is_file = listening.family == socket.AF_UNIX
        # Asked now: once the server is done, the socket is closed.
        self._path = os.fsdecode(listening.getsockname()) if is_file else None
        self._server = uvicorn.Server(
            uvicorn.Config(
                application,
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=_MOST_CONNECTIONS,
                timeout_keep_alive=5,
                timeout_graceful_shutdown=2,
                h11_max_incomplete_event_size=16 * 1024,
            )
        )
        self._thread = Thread(target=self._serve, name="listen", daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        # Longer than the two seconds that uvicorn gives to open requests.
        self._thread.join(5)
        self._socket.close()
        if self._path:
            Path(self._path).unlink(missing_ok=True)

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket])
