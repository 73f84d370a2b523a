"""One PostgreSQL database: its transactions, its locks, and its errors as sentences for people."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from hashlib import blake2b
from threading import Lock
from typing import Any, Final, NoReturn, cast

import psycopg
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from dd_incident_roles.errors import RecordError, RecordReadOnly
from dd_incident_roles.store.address import Address
from dd_incident_roles.store.database import Database, Part, Subject

PROGRAM: Final = "dd-incident-roles"
"""What the server's administrator sees the connections of."""

STATEMENT_SECONDS: Final = 60
"""How long one statement may take; the slowest, over a large record, takes a few."""

IDLE_SECONDS: Final = 20
"""How long a transaction may do nothing: one whose process was stopped keeps others waiting."""

_KEPT_CONNECTIONS: Final = 8
_MOST_CONNECTIONS: Final = 20
# Of more incidents than this one transaction locks the whole record, since locks are limited too.
_MOST_SUBJECTS: Final = 50


@contextmanager
def explain_errors(name: str) -> Iterator[None]:
    """Raise RecordError, naming the record, for whatever PostgreSQL refuses.

    It is RecordReadOnly where nothing could be written, and reading may still work.
    """
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated and not getattr(error.orig, "sqlstate", None):
            raise _lost(name, _reason(error.orig or error)) from error
        raise _explained(name, error.orig or error) from error
    except psycopg.Error as error:
        raise _explained(name, error) from error
    except NoConnection as error:
        raise RecordError(
            f"Too many threads at once want to use the record {name}.",
            hint="Nothing was written. Lower the setting concurrency, and run again.",
        ) from error


_NOTHING: Final = "Nothing of the last change was written; everything before it is kept."
_GRANTS: Final = "docs/shared-record.md lists what the role needs."


def _explained(name: str, error: BaseException) -> RecordError:
    """The sentence for an error, by its SQLSTATE; those while connecting have none."""
    reason, code = _reason(error), getattr(error, "sqlstate", None) or ""
    match code:
        case "":
            return _unreachable(name, reason)
        case "25006":
            return RecordReadOnly(
                f"The record {name} cannot be written: the server, or the session, is read-only.",
                hint="Name the primary server, not a standby.",
            )
        case "42501":
            return RecordReadOnly(
                f"The record {name} does not let this user do that ({reason}).", hint=_GRANTS
            )
        case "53100":
            return RecordReadOnly(
                f"The disk that holds the record {name} is full.",
                hint="Nothing was written. Make room on the server and run again.",
            )
        case "55P03":
            return RecordError(
                f"Another program keeps the record {name} locked.",
                hint="Nothing was written. Try again when the other program is done.",
            )
        case "40001" | "40P01":
            return RecordError(
                f"Another program changed the record {name} at the same moment ({reason}).",
                hint="Nothing was written. Run again.",
            )
        case "57014":
            return RecordError(
                f"The record {name} took longer than {STATEMENT_SECONDS} seconds to answer.",
                hint=f"{_NOTHING} See what the server is busy with, and run again.",
            )
        case "25P03":
            return RecordError(
                f"The record {name} ended a change in which nothing happened for {IDLE_SECONDS} "
                "seconds: this process was held up.",
                hint=f"{_NOTHING} Run again.",
            )
        # A prepared statement is unknown, or known already, in the connection that a proxy gave.
        case "26000" | "42P05":
            return _pooled(name)
        case "42P01" | "42703":
            return RecordError(
                f"The record {name} has not the tables that this version works with ({reason}).",
                hint=f"{_NOTHING} Was it upgraded or restored meanwhile? Run again.",
            )
        # Connections that broke, a server that shuts down, and one that has no room for another.
        case _ if code.startswith(("08", "57P", "53")):
            return _lost(name, reason)
        case _:
            return RecordError(
                f"The record {name} could not be read or written ({reason}).",
                hint=f"{_NOTHING} Run again.",
            )


def _lost(name: str, reason: str) -> RecordError:
    return RecordError(
        f"The connection to the record {name} failed ({reason}).",
        hint=f"{_NOTHING} Run again when the server is back.",
    )


def _pooled(name: str) -> RecordError:
    return RecordError(
        f"A proxy before the record {name} gives each transaction another connection, in which no "
        "lock lasts and no statement is known.",
        hint="Name the server itself, or have the proxy pool sessions (PgBouncer: pool_mode = "
        "session).",
    )


def _unreachable(name: str, reason: str) -> RecordError:
    # The server's own words, which are English unless it is set up otherwise.
    hint = "Check the address in --store, and whether the server runs and lets this host in."
    if "password" in reason:
        hint = (
            "Check the user and the password: in DD_INCIDENT_ROLES_STORE, in PGPASSWORD, or in the "
            "file that PGPASSFILE names."
        )
    elif "does not exist" in reason:
        hint = "Create it; docs/shared-record.md has the commands."
    elif "SSL" in reason:
        hint = "A server that is not on this machine must offer TLS. See docs/shared-record.md."
    return RecordError(
        f"The record {name} cannot be reached: {reason}.", hint=f"Nothing was written. {hint}"
    )


def _reason(error: BaseException) -> str:
    """The main part of what the server or libpq says, without details: those quote rows."""
    diagnosis = getattr(error, "diag", None)
    said = getattr(diagnosis, "message_primary", None)
    if said is None:
        # Of several attempts, the last; of each, the line that says what it came to.
        *_, said = re.split(r"failed: |FATAL: |fe_sendauth: ", str(error))
        said = said.strip().partition("\n")[0]
    return said.strip().rstrip(".") or type(error).__name__


def defaults_of_libpq() -> dict[str, str]:
    """What libpq takes where nothing is said: of its variables, else as it was built."""
    options = psycopg.pq.Conninfo.get_defaults()
    return {each.keyword.decode(): each.val.decode() for each in options if each.val}


def connect(address: Address, *, application: str, settings: str) -> psycopg.Connection[Any]:
    """Open a connection in which each statement is a transaction unless one was begun.

    Raises RecordError, also for one that turns out to be plain although it must not.
    """
    with explain_errors(address.name):
        connection = psycopg.connect(
            **cast("dict[str, Any]", {"application_name": application, **address.arguments}),
            autocommit=True,
        )
        try:
            _demand_tls(address, connection)
            connection.execute(settings.encode())
        except BaseException:
            connection.close()
            raise
    return connection


def key_of(schema: str, name: str) -> int:
    """The number of an advisory lock, by what it is about; each schema has its own."""
    digest = blake2b(f"{PROGRAM}/{schema}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


class PostgresDatabase(Database):
    """A database in which the record is, or is to be, in one schema."""

    def __init__(self, address: Address, *, busy_seconds: float) -> None:
        self._address = address
        self._busy_seconds = busy_seconds
        self.schema = ""
        # No thread waits for a connection while it has another, so that all get theirs in the end.
        super().__init__(
            address.name,
            _engine(),
            SessionLocks(address, self.key_of),
            self._connect,
            pool_size=_KEPT_CONNECTIONS,
            max_overflow=_MOST_CONNECTIONS - _KEPT_CONNECTIONS,
            timeout=busy_seconds,
            use_lifo=True,
        )

    def _connect(self) -> psycopg.Connection[Any]:
        limits = {
            "lock_timeout": self._busy_seconds,
            "statement_timeout": STATEMENT_SECONDS,
            "idle_in_transaction_session_timeout": IDLE_SECONDS,
        }
        # A busy time of none is not no limit, which is what zero means to PostgreSQL.
        milliseconds = {name: max(1, int(seconds * 1000)) for name, seconds in limits.items()}
        sets = "; ".join(f"SET {name} = {value}" for name, value in milliseconds.items())
        return connect(self._address, application=PROGRAM, settings=sets)

    def key_of(self, name: str) -> int:
        """The number of an advisory lock, by what it is about."""
        return key_of(self.schema, name)

    def _explaining(self) -> AbstractContextManager[None]:
        return explain_errors(self.name)

    def _begin_reading(self, connection: Connection) -> None:
        _run(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    @contextmanager
    def _writing(self, subjects: Collection[Subject], *, at_once: bool) -> Iterator[Connection]:
        with self._explaining(), self._engine.connect() as connection:
            if at_once:
                # In one order, so that no two wait for each other. From then on nobody else changes
                # these subjects, and every statement sees them as they are.
                _run(connection, f"BEGIN; {self._shutting_out(subjects)}")
            yield connection
            self._commit(connection)

    def _shutting_out(self, subjects: Collection[Subject]) -> str:
        whole = self.key_of(f"write/{Part.EVERYTHING}")
        if Part.EVERYTHING in subjects or len(subjects) > _MOST_SUBJECTS:
            return f"SELECT pg_advisory_xact_lock({whole})"
        keys = sorted(self.key_of(f"write/{subject}") for subject in subjects)
        locks = "".join(f", pg_advisory_xact_lock({key})" for key in keys)
        return f"SELECT pg_advisory_xact_lock_shared({whole}){locks}"

    def _commit(self, connection: Connection) -> None:
        try:
            connection.commit()
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            raise RecordError(
                f"The connection to the record {self.name} was lost during a commit, so it is not "
                "known whether the last change was written.",
                hint="Run again: what was written is found, and what was not is written then.",
            ) from error


def _run(connection: Connection, statements: str) -> None:
    """Run several statements without parameters in one round trip."""
    # Only without parameters does psycopg send several statements in one message.
    connection.exec_driver_sql(statements, execution_options={"no_parameters": True})


@cache
def _engine() -> Engine:
    return create_engine("postgresql+psycopg://", _initialize=False)


def _demand_tls(address: Address, connection: psycopg.Connection[Any]) -> None:
    if not (address.may_be_plain or connection.pgconn.ssl_in_use):
        raise RecordError(
            f"The record {address.name} was reached without TLS.",
            hint="Nothing was read or written. Use sslmode=require or better.",
        )


# `pg_locks` shows a key of 64 bits as two halves, and a 1 beside them; a 2 is for two keys of 32.
OF_HOLDERS: Final = """
    FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (classid::bigint << 32) | objid::bigint = %s
"""
"""The sessions that hold the lock of a key."""

_HOLDER: Final = f"SELECT application_name {OF_HOLDERS}"
_SIGNATURE: Final = re.compile(r"process (\d+) on (.*?)(?: since (\S+))?")
_SIGNED: Final = re.compile(r"ddir (\d+)@(.*?)(?: (\d\S+))?")
# The server cuts what an application is called to this many bytes.
_LONGEST: Final = 63


class SessionLocks:
    """Advisory locks of one session: the server ends them with it, at once.

    Those of a process that is stopped stay for as long as its connection does.
    """

    def __init__(self, address: Address, key_of: Callable[[str], int]) -> None:
        self._address = address
        self._key_of = key_of
        self._session: psycopg.Connection[Any] | None = None
        # A session may take a lock twice, and the threads of one process share it.
        self._held: dict[str, str] = {}
        self._server = 0
        self._one_by_one = Lock()

    def take(self, name: str, signature: str) -> bool:
        """Take a lock, in a connection that lasts until ``close``."""
        with self._one_by_one, explain_errors(self._address.name):
            if name in self._held:
                return False
            session = self._opened()
            query = "SELECT pg_try_advisory_lock(%s), pg_backend_pid()"
            [(taken, server)] = session.execute(query, [self._key_of(name)])
            if server != self._server:
                if taken:
                    # Else a connection of the proxy would keep it, and with it all other programs.
                    session.execute("SELECT pg_terminate_backend(%s)", [server])
                self._refuse_pooling(session)
            if taken:
                self._held[name] = signature
                if " since " in signature:
                    session.execute(
                        "SELECT set_config('application_name', %s, false)", [_as_name(signature)]
                    )
            return bool(taken)

    def holder(self, name: str) -> str | None:
        """What the session that holds a lock calls itself."""
        with self._one_by_one, explain_errors(self._address.name):
            if name in self._held:
                return self._held[name]
            found = self._opened().execute(_HOLDER, [self._key_of(name)]).fetchone()
        return _as_signature(found[0]) if found else None

    def release(self, name: str) -> None:
        """Let go of a lock; where the session is lost, the server has done so."""
        with self._one_by_one:
            del self._held[name]
            if self._session and not self._session.closed:
                with suppress(psycopg.Error):
                    self._session.execute("SELECT pg_advisory_unlock(%s)", [self._key_of(name)])

    def close(self) -> None:
        """End the session, and all locks with it."""
        if self._session:
            self._session.close()

    def _opened(self) -> psycopg.Connection[Any]:
        if self._session is None or self._session.closed:
            signature = f"process {os.getpid()} on {socket.gethostname()}"
            # Silent while a run works, and its lock with it: a server may end what is idle.
            self._session = connect(
                self._address,
                application=_as_name(signature),
                settings="SET statement_timeout = '10s'; SET idle_session_timeout = 0",
            )
            [(self._server,)] = self._session.execute("SELECT pg_backend_pid()")
            # What answers is not what was connected to, but a proxy.
            if self._server != self._session.info.backend_pid:
                self._demand_no_pooling(self._session)
        return self._session

    def _demand_no_pooling(self, session: psycopg.Connection[Any]) -> None:
        """Raise RecordError where the next transaction of a session has another server."""
        with connect(self._address, application=PROGRAM, settings="BEGIN") as other:
            [(theirs,)] = other.execute("SELECT pg_backend_pid()")
            [(ours,)] = session.execute("SELECT pg_backend_pid()")
        if theirs == self._server or ours != self._server:
            self._refuse_pooling(session)

    def _refuse_pooling(self, session: psycopg.Connection[Any]) -> NoReturn:
        # The next try looks again.
        session.close()
        raise _pooled(self._address.name)


def _as_name(signature: str) -> str:
    """A signature as the name of an application, its host cut to what fits."""
    found = _SIGNATURE.fullmatch(signature)
    if not found:
        return PROGRAM
    process, host, since = found[1], found[2], found[3]
    at = f" {since}" if since else ""
    return f"ddir {process}@{host[: _LONGEST - len(f'ddir {process}@{at}')]}{at}"


def _as_signature(name: str) -> str:
    found = _SIGNED.fullmatch(name)
    if not found:
        return name
    since = f" since {found[3]}" if found[3] else ""
    return f"process {found[1]} on {found[2]}{since}"
