"""``sandbox``: a local Datadog for whoever wants to try the product."""

from __future__ import annotations

import re
import signal
import socket
from pathlib import Path

import pytest

from dd_incident_roles.sandbox.server import RunningSandbox
from tests.cli.program import PATIENCE_SECONDS, start
from tests.product import Product


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_stopped(offline: Product, with_signal: signal.Signals) -> None:
    """It says where it answers and how to use it, does so, and ends with 0 when told to."""
    with start("sandbox", "--port", "0") as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        found = re.search(r"answers at (http://127\.0\.0\.1:\d+)\. In another terminal:", said)
        assert found, said
        export = process.stderr.readline()
        settings = dict(pair.split("=", 1) for pair in export.split() if "=" in pair)
        assert settings["DD_INCIDENT_ROLES_API_URL"] == found[1]
        assert "IR-1001" in offline.run("status", "1001", **settings).stdout
        lent = Path(settings["DD_INCIDENT_ROLES_STORE"])
        assert lent.exists()
        process.send_signal(with_signal)
        assert process.wait(PATIENCE_SECONDS) == 0
    assert not lent.parent.exists()


def test_trying_it_leaves_the_real_record_alone(
    offline: Product, running: RunningSandbox, tmp_path: Path
) -> None:
    """Whoever only sets the address of a local Datadog works with a record of its own as well."""
    settings = {
        "XDG_DATA_HOME": str(tmp_path),
        "DD_API_KEY": "any",
        "DD_APP_KEY": "any",
        "DD_INCIDENT_ROLES_API_URL": running.url,
    }
    assert offline.run("sync", **settings).exit_code == 0
    folder = tmp_path / "dd-incident-roles"
    assert (folder / "sandbox.sqlite3").exists()
    assert not (folder / "record.sqlite3").exists()


def test_a_port_that_is_taken(offline: Product) -> None:
    """Another program on the port is said in a sentence."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ran = offline.run("sandbox", "--port", str(port))
    assert ran.exit_code == 2
    assert ran.stderr == f"Error: Port {port} cannot be used: Address already in use.\n"


def test_a_seed_that_is_none(offline: Product, tmp_path: Path) -> None:
    """A seed file with an unknown part is refused, with the place."""
    seed = tmp_path / "seed.yaml"
    seed.write_text("incident: []\n")
    ran = offline.run("sandbox", "--seed", str(seed))
    assert ran.exit_code == 2
    assert "incident" in ran.stderr
