"""What systemd wants to hear of a service: a word on the socket that it names, see sd_notify(3)."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress

_MICRO = 1_000_000


class Systemd:
    """Tells systemd how the service fares; says nothing where systemd did not start it."""

    def __init__(self, environ: Mapping[str, str], *, pid: int) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # A name that begins with @ is of no file: the kernel marks it by a byte of zero.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        micro = environ.get("WATCHDOG_USEC", "")
        is_ours = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
        self._half = int(micro) / _MICRO / 2 if micro.isdecimal() and is_ours else None

    @property
    def seconds(self) -> float | None:
        """Half the time after which systemd takes the service for dead."""
        return self._half or None

    def beat(self) -> None:
        """It lives."""
        if self._half:
            self._say("WATCHDOG=1")

    def ready(self) -> None:
        """It is up."""
        self._say("READY=1")

    def stopping(self) -> None:
        """It is about to end."""
        self._say("STOPPING=1")

    def _say(self, word: str) -> None:
        if not self._address:
            return
        # A service does not end because nobody listens to how it fares.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as words:
            words.sendto(word.encode(), self._address)
