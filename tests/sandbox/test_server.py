"""The server starts and stops as its callers need it to."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading

import pytest
import requests

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.server import RunningSandbox, listening_socket
from tests.sandbox.client import Client

SERVE = """
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import serve_forever
serve_forever(Sandbox(), port=0, started=lambda url: print(url, flush=True))
print("stopped", flush=True)
"""


def test_it_answers_until_it_is_stopped() -> None:
    """Inside the block it answers; afterwards its port and its thread are gone."""
    with RunningSandbox() as running:
        assert Client(running.url).get("/current_user")["data"]["type"] == "users"
    with pytest.raises(requests.ConnectionError):
        requests.get(running.url, timeout=10)
    assert "sandbox" not in {thread.name for thread in threading.enumerate()}


def test_a_port_can_be_chosen() -> None:
    """The server takes the port that it was given, and a second stop does nothing."""
    with RunningSandbox() as first:
        first.stop()
    with RunningSandbox(port=first.port) as second:
        assert second.url == f"http://127.0.0.1:{first.port}"


def test_a_port_in_use_is_an_error() -> None:
    """A port that somebody else listens on is told, not shared."""
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(OSError, match="in use"):
        RunningSandbox(port=other.getsockname()[1])


def test_answers_are_not_held_back() -> None:
    """asyncio sends at once only on a socket whose protocol is named."""
    with listening_socket(0) as opened:
        assert opened.proto == socket.IPPROTO_TCP


def test_it_stops_while_requests_are_held(running: RunningSandbox, client: Client) -> None:
    """A request that hangs does not keep the server alive; its client loses the connection."""
    running.sandbox.fault(FaultKind.HANG_BEFORE)
    failures = []

    def ask() -> None:
        with pytest.raises(requests.ConnectionError) as caught:
            client.ask("GET", "/incidents")
        failures.append(caught)

    asking = threading.Thread(target=ask)
    asking.start()
    assert running.sandbox.hangs.wait_for(1)
    running.stop()
    asking.join(10)
    assert failures


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM])
def test_serving_ends_in_good_order_on_a_signal(way: signal.Signals) -> None:
    """A signal ends the serving; the command goes on to its own end, with nothing on stderr."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SERVE],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert Client(url).get("/current_user")["data"]["type"] == "users"
        process.send_signal(way)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "stopped\n", "")
