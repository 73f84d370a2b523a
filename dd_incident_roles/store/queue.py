"""The queue of the workers: procrastinate's tables, in a schema of their own beside the record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.schema import SchemaManager
from psycopg import sql

from dd_incident_roles.errors import ConfigurationError, RecordError
from dd_incident_roles.model import IncidentId
from dd_incident_roles.store.address import Address, is_postgresql, parse_address
from dd_incident_roles.store.postgres import (
    OF_HOLDERS,
    PROGRAM,
    connect,
    defaults_of_libpq,
    explain_errors,
    key_of,
)
from dd_incident_roles.values import frozen

_CONNECTIONS: Final = 4
_SETTINGS: Final = "SET statement_timeout = '60s'"
# Only a session that waits for its client: one in a statement is at work, and not stopped. What the
# server tells nobody but its user has no state here; CASE keeps the order of what is looked at.
_END_HOLDER: Final = f"""
    SELECT CASE WHEN state IS NULL THEN true
    WHEN state = 'idle' AND state_change < now() - %s THEN pg_terminate_backend(pid)
    ELSE false END {OF_HOLDERS}
"""


@frozen
class Queue:
    """Where the queue of a record is; ``name`` is that of the record, for sentences."""

    name: str
    connector: PsycopgConnector
    address: Address
    schema: str
    """The schema of the record."""

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Raise RecordError, naming the record, where the queue cannot be read or written."""
        with explain_errors(self.name):
            try:
                yield
            except ConnectorException as error:
                # The cause is an error of psycopg, which is explained outside like any other.
                raise error.__cause__ or RecordError(
                    f"The queue of the record {self.name} refused something ({error}).",
                    hint="This is a bug in dd-incident-roles: please report it.",
                ) from error

    def free(self, incident_id: IncidentId, *, idle_seconds: float) -> bool:
        """End the session of whoever has the turn of an incident and said nothing for so long.

        A process that is stopped keeps its session, and wakes up to find that others went on. False
        where it said something since, so that it has to be looked at again. One of another user of
        the database is waited for. Raises RecordError.
        """
        key = key_of(self.schema, incident_id)
        with (
            explain_errors(self.name),
            connect(self.address, application=PROGRAM, settings=_SETTINGS) as connection,
            suppress(psycopg.errors.InsufficientPrivilege),
        ):
            return all(
                is_free
                for [is_free] in connection.execute(
                    _END_HOLDER, [timedelta(seconds=idle_seconds), key]
                )
            )
        return True


def demand_shared(location: str) -> None:
    """Raise ConfigurationError for a record that workers cannot share."""
    if not is_postgresql(location):
        raise ConfigurationError(
            "names a file, and workers share a record in PostgreSQL",
            key="store",
            hint="Give --store postgresql+psycopg://USER@HOST/DATABASE. For a record in a file "
            "there is: dd-incident-roles sync --watch 30",
        )


def open_queue(location: str) -> Queue:
    """The queue of a record; its tables are made or upgraded where that is needed.

    Any number of workers may do so at once. Raises RecordError where it cannot be used.
    """
    address = parse_address(location, defaults_of_libpq())
    around = _prepare(address)
    schema = sql.Identifier(_name_beside(around))

    async def enter(connection: psycopg.AsyncConnection[Any]) -> None:
        # Not by an option of the connection, which proxies refuse.
        await connection.execute(sql.SQL("SET search_path TO {}").format(schema))
        await connection.commit()

    connector = PsycopgConnector(
        min_size=1,
        max_size=_CONNECTIONS,
        configure=enter,
        kwargs={"application_name": PROGRAM, **address.arguments, "prepare_threshold": None},
    )
    return Queue(name=address.name, connector=connector, address=address, schema=around)


def _name_beside(schema: str) -> str:
    return f"{schema}_queue"


def _prepare(address: Address) -> str:
    """Make or upgrade the tables by procrastinate's own steps; returns the schema of the record.

    The comment of the schema is the name of the last step, which was taken together with it.
    """
    # By name, in which procrastinate pads each number of a version to two digits.
    steps = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    newest = steps[-1].name
    with (
        explain_errors(address.name),
        connect(address, application=PROGRAM, settings=_SETTINGS) as connection,
    ):
        [(around,)] = connection.execute("SELECT current_schema()")
        schema = _name_beside(around)
        name = sql.Identifier(schema)
        # Until the connection ends: another worker waits, and finds nothing left to do.
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [f"{PROGRAM}/{schema}"])
        has_schema, found = _last_step(connection, schema)
        if found is not None and found > newest:
            raise RecordError(
                f"A newer version made the queue of the record {address.name} (step {found}).",
                hint="Nothing was changed. Install the newer procrastinate here.",
            )
        if found is None:
            # Not IF NOT EXISTS, for which a user needs rights that an existing one does not want.
            made = sql.SQL("" if has_schema else "CREATE SCHEMA {0};").format(name)
            made += sql.SQL("SET search_path TO {0};").format(name)
            _take(connection, name, newest, made, SchemaManager.get_schema())
        else:
            connection.execute(sql.SQL("SET search_path TO {}").format(name))
            for step in steps:
                if step.name > found:
                    _take(connection, name, step.name, sql.SQL(""), step.read_text("utf-8"))
    return str(around)


def _last_step(connection: psycopg.Connection[Any], schema: str) -> tuple[bool, str | None]:
    """Whether there is the schema, and the last step that was taken in it."""
    query = "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s"
    found = connection.execute(query, [schema]).fetchone()
    return found is not None, found[0] if found else None


def _take(
    connection: psycopg.Connection[Any],
    schema: sql.Identifier,
    step: str,
    before: sql.Composable,
    statements: str,
) -> None:
    noted = sql.SQL("; COMMENT ON SCHEMA {} IS {}").format(schema, sql.Literal(step))
    # Several statements that are sent together are one transaction.
    together = before.as_string(connection) + statements + noted.as_string(connection)
    connection.execute(together.encode())
