"""What holds for every test: no outside environment, no home, no network but loopback.

Fixtures for the product beside a local Datadog are here too; a folder overrides ``settings`` or
``clock`` where its tests need others.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType

import hypothesis
import pytest
from hypothesis import HealthCheck

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from tests import postgres as postgresql
from tests.product import Clock, Product, own_logging, reaching

PROFILES: Mapping[str, hypothesis.settings] = MappingProxyType(
    {
        "dev": hypothesis.settings(deadline=None, max_examples=50),
        # A change fails for what is in it, never for a draw: the nightly profile looks further.
        "ci": hypothesis.settings(
            deadline=None,
            derandomize=True,
            max_examples=40,
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
        # What a rule that is switched off is noticed by.
        "mutants": hypothesis.settings(
            deadline=None,
            derandomize=True,
            max_examples=100,
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
        "nightly": hypothesis.settings(
            deadline=None,
            max_examples=2000,
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    }
)

for _name, _profile in PROFILES.items():
    hypothesis.settings.register_profile(_name, _profile)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


IN_MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder there that is ours alone
ROOM = 2**31
"""Bytes: more than the files of a whole session take."""


def is_roomy(folder: Path) -> bool:
    """Whether programs and the files of a session can be put there."""
    if not folder.is_dir() or shutil.disk_usage(folder).free < ROOM:
        return False
    return not os.statvfs(folder).f_flag & os.ST_NOEXEC


if "TMPDIR" not in os.environ and is_roomy(IN_MEMORY):
    # A record is written to the disk at each step, for which a test would wait longer than it runs.
    os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)


def is_loopback(host: object) -> bool:
    """Whether a host stays on this machine; names other than localhost would ask a name server."""
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    try:
        return ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False


def refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    """Fail the test at its first look at any other machine; an audit hook patches nothing."""
    match event, arguments:
        case "socket.connect", (_, (host, *_)):
            pass
        case (("socket.getaddrinfo" | "socket.gethostbyname"), (host, *_)):
            pass
        case _:
            return
    if not is_loopback(host):
        pytest.fail(f"A test may not reach another machine: {event} to {host!r}")


sys.addaudithook(refuse_network)


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that runs the tests in the background has them ignore Ctrl-C, and all they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_outside(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Take the settings, proxies and terminal of whoever runs the tests away, and lend a home."""
    for name in list(os.environ):
        if name.startswith(("DD_", "XDG_", "PG")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    for kind in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    with own_logging():
        yield


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> postgresql.Server:
    """A PostgreSQL server, one for all workers of the session; skips where none runs."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    base = tmp_path_factory.getbasetemp()
    # The process that starts the workers ends last.
    shared, session = (base.parent, os.getppid()) if worker else (base, os.getpid())
    found = postgresql.start(shared, session, worker or "main")
    return pytest.skip(found) if isinstance(found, str) else found


@pytest.fixture
def postgresql_url(postgres: postgresql.Server) -> Iterator[str]:
    """The address of a database of its own, in which a record may be or not."""
    with postgres.lent() as database:
        yield postgres.url(database)


@pytest.fixture
def in_postgresql(postgres: postgresql.Server) -> Iterator[None]:
    """Have the fresh records of a test in the server instead of files."""
    from tests.sync.record_copies import records_in

    with records_in(postgres):
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest) -> None:
    """Where fresh records are: once in files, and once in the server."""
    if request.param == "postgresql":
        request.getfixturevalue("in_postgresql")


@pytest.fixture
def clock() -> Clock:
    """The time that it is, for Datadog and for us."""
    return Clock()


@pytest.fixture
def running(clock: Clock) -> Iterator[RunningSandbox]:
    """A local Datadog that answers, with an outage in it."""
    with RunningSandbox(Sandbox(clock=clock)) as running:
        outage(running.sandbox)
        yield running


@pytest.fixture
def sandbox(running: RunningSandbox) -> Sandbox:
    """What people see and do in that Datadog."""
    return running.sandbox


@pytest.fixture
def settings(running: RunningSandbox, tmp_path: Path) -> dict[str, str]:
    """The environment variables of the product: keys, that Datadog, and a record of its own."""
    return reaching(running.url, tmp_path / "record.sqlite3")


@pytest.fixture
def product(settings: dict[str, str], clock: Clock) -> Product:
    """The product at a terminal."""
    store = Path(settings["DD_INCIDENT_ROLES_STORE"])
    return Product(store=store, clock=clock, settings=settings)


@pytest.fixture
def offline(tmp_path: Path) -> Product:
    """The product without keys and without a Datadog."""
    return Product(store=tmp_path / "record.sqlite3", settings={})
