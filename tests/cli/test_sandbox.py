"""``sandbox`` and ``demo``: a local Datadog to try the product on, and the product at work."""

from __future__ import annotations

import re
import signal
import socket
from pathlib import Path

import pytest

from dd_incident_roles.sandbox.server import RunningSandbox
from tests.cli.program import PATIENCE_SECONDS, run, start
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


LONG_PATIENCE_SECONDS = 300
SETTINGS_OF_SOMEBODY = {
    "DD_API_KEY": "key-of-the-real-datadog",
    "DD_INCIDENT_ROLES_ROLES": "/there/is/no/such/file",
    "HTTP_PROXY": "http://192.0.2.1:3128",
}
IN_ORDER = [
    "2 open incidents",
    "error IR010 Nobody is Scribe of IR-1001",
    "Carol is Scribe of IR-1001 now. Datadog and the topic of #incident-1001 show it.",
    "corp/incidents#1 is assigned to Ana",
    '"Failed over to the standby database". Datadog and corp/incidents#1 show it.',
    "in Datadog: new entry: The old database has no disk left",
    "in GitLab: new entry: Customers can pay again",
    "after Ana. Datadog, corp/incidents#1 and the topic of #incident-1001 show it.",
    "In Datadog the commander is now bo@corp.example",
    "In GitLab the issue is assigned to bo",
    "In Slack the topic is: ▸Roles: IM Bo",
    "1 incident checked (the incidents that were named); nothing found.",
    "Three things to try next",
]
MOST_LINES = 75


def test_the_demo(tmp_path: Path) -> None:
    """It shows the main job whatever the environment holds, and tidies up."""
    settings = {**SETTINGS_OF_SOMEBODY, "TMPDIR": str(tmp_path)}
    demo = run("demo", settings=settings, patience_seconds=LONG_PATIENCE_SECONDS)
    assert (demo.exit_code, demo.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []

    places = [demo.stdout.find(text) for text in IN_ORDER]
    assert -1 not in places
    assert places == sorted(places)
    assert len(demo.stdout.splitlines()) <= MOST_LINES
