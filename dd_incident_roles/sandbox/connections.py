"""The sockets behind the requests, for faults that HTTP has no words for."""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from dd_incident_roles.sandbox.hangs import disconnected


class Connections:
    """Knows the transport of each open connection by the address of its client."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """Makes uvicorn's protocol with the one addition that its connections are known here."""
        transports = self._transports

        class KnownConnection(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it likewise
                super().connection_made(transport)
                if self.client is not None:
                    transports[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    transports.pop(self.client, None)
                super().connection_lost(exc)

        return KnownConnection

    async def drop(self, scope: Scope, receive: Receive) -> None:
        """Closes the connection of this request without a word."""
        transport = self._transports.get(tuple(scope["client"]))
        if transport is not None:
            transport.abort()
        await disconnected(receive)

    async def send_raw(self, scope: Scope, receive: Receive, message: bytes) -> None:
        """Sends these very bytes as the answer, and closes the connection."""
        transport = self._transports.get(tuple(scope["client"]))
        if transport is not None:
            transport.write(message)
            transport.close()
        await disconnected(receive)
