"""The tables of the queue: made once, upgraded by the library's own steps, beside the record's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from procrastinate.schema import SchemaManager

from dd_incident_roles.errors import RecordError
from dd_incident_roles.store.queue import open_queue
from tests import postgres as postgresql

STEPS = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def functions(connection: psycopg.Connection[tuple[str]]) -> set[tuple[str]]:
    """What the queue can do."""
    return set(
        connection.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public_queue'::regnamespace"
        )
    )


def test_two_make_it_at_once(postgres: postgresql.Server) -> None:
    """Workers that are started together make it once, and put nothing among the record's tables."""
    name = postgres.database()
    with ThreadPoolExecutor(4) as threads:
        queues = list(threads.map(open_queue, [postgres.url(name)] * 4))
    assert {each.schema for each in queues} == {"public"}
    with postgres.connect(name) as connection:
        assert functions(connection)
        assert not connection.execute(
            "SELECT 1 FROM pg_tables WHERE schemaname = 'public'"
        ).rowcount


def test_an_old_one_is_upgraded(postgres: postgresql.Server) -> None:
    """The steps that are missing are taken, and come to what is made at once."""
    old, new = postgres.database(), postgres.database()
    open_queue(postgres.url(new))
    with postgres.connect(old) as connection, postgres.connect(new) as other:
        connection.execute("CREATE SCHEMA public_queue; SET search_path TO public_queue")
        for step in STEPS[:-3]:
            connection.execute(step.read_bytes())
        connection.execute(f"COMMENT ON SCHEMA public_queue IS '{STEPS[-4].name}'".encode())
        assert functions(connection) != functions(other)
        open_queue(postgres.url(old))
        assert functions(connection) == functions(other)


def test_a_newer_one_is_left_alone(postgres: postgresql.Server) -> None:
    """A worker of an older version does not work on it."""
    name = postgres.database()
    with postgres.connect(name) as connection:
        connection.execute("CREATE SCHEMA public_queue; COMMENT ON SCHEMA public_queue IS '99.sql'")
    with pytest.raises(RecordError, match=r"A newer version made the queue .* \(step 99.sql\)"):
        open_queue(postgres.url(name))


def test_a_user_without_rights_is_given_a_schema(postgres: postgresql.Server) -> None:
    """Who may make no schema works in one that was made for them."""
    name = postgres.database()
    user = f"user_of_{name}"
    with postgres.connect(name) as connection:
        connection.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'p'".encode())
        address = postgres.by_network(name, user=user, password="p")
        with pytest.raises(RecordError, match="does not let this user"):
            open_queue(address)
        connection.execute(f"CREATE SCHEMA public_queue AUTHORIZATION {user}".encode())
        open_queue(address)
        assert functions(connection)
