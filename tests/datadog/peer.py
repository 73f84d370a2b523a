"""A server on this machine that answers with exactly the bytes it is given, faults included."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from threading import Event, Thread

HANG = None
"""Instead of an answer: keep the connection open and say nothing."""

DROP = b""
"""Instead of an answer: close the connection."""


def answer(
    status: int, body: bytes = b"{}", *, headers: Sequence[str] = (), announced: int | None = None
) -> bytes:
    """An HTTP answer, whose body may be shorter than ``announced``."""
    length = len(body) if announced is None else announced
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {length}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Drip(bytes):
    """An answer that begins with these bytes, and goes on byte by byte without an end."""


class Peer:
    """Serves one connection after the other; the last reply is repeated for ever."""

    def __init__(self, *replies: bytes | None) -> None:
        self.received: list[bytes] = []
        self._replies = list(replies)
        self._done = Event()
        self.arrived = Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Peer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        # Closing alone would not wake an accept that is under way.
        socket.create_connection(self._server.getsockname()).close()
        self._thread.join()
        self._server.close()

    @property
    def url(self) -> str:
        """Where the peer listens."""
        host, port = self._server.getsockname()
        return f"http://{host}:{port}"

    @property
    def methods(self) -> list[str]:
        """The method of every request that arrived."""
        return [request.split(b" ", 1)[0].decode() for request in self.received]

    def _serve(self) -> None:
        while True:
            connection, _ = self._server.accept()
            with connection:
                if self._done.is_set():
                    return
                self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        self.received.append(_request(connection))
        self.arrived.set()
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if reply is HANG:
            connection.settimeout(30)
            connection.recv(1)
        elif isinstance(reply, Drip):
            connection.sendall(reply or b"HTTP/1.1 200 ")
            with suppress(OSError):
                while not self._done.wait(0.005):
                    connection.sendall(b"x")
        else:
            connection.sendall(reply)


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    while len(body) < sum(lengths):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
