"""A stand-in that repeats answers: what a run takes is then the run's own, not the sandbox's."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from threading import Event, Thread
from types import TracebackType
from typing import Self

import requests

_HEAD_END = b"\r\n\r\n"
_OWN = ("content-length", "content-encoding", "connection", "date")


class Replay:
    """Gives each reading the answer that the ``origin`` gave to the first of its address.

    An answer is ``seconds`` late. What is not a GET, or fails, is not answered.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.seconds = 0.0
        self.url = ""
        self._answers: dict[bytes, bytes] = {}
        self._loop = asyncio.new_event_loop()
        self._ready = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(_HEAD_END)
                line = head.partition(b"\r\n")[0]
                if line not in self._answers:
                    self._answers[line] = await asyncio.to_thread(self._ask, head)
                if self.seconds:
                    await asyncio.sleep(self.seconds)
                # A date that is repeated would be that of a clock that stands still.
                writer.write(f"HTTP/1.1 200 OK\r\nDate: {formatdate(usegmt=True)}\r\n".encode())
                writer.write(self._answers[line])
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _ask(self, head: bytes) -> bytes:
        lines = head.decode("ascii").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        kept = {name: text for name, text in headers.items() if name.upper().startswith("DD-")}
        answer = requests.get(self.origin + lines[0].split(" ")[1], headers=kept, timeout=60)
        answer.raise_for_status()
        named = [f"{name}: {text}" for name, text in answer.headers.items()]
        named = [each for each in named if not each.lower().startswith(_OWN)]
        shown = [*named, f"Content-Length: {len(answer.content)}"]
        return "\r\n".join(shown).encode("ascii") + _HEAD_END + answer.content
