"""A record in PostgreSQL: what it says when the server refuses, and what it asks of libpq."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from types import MappingProxyType

import pytest

from dd_incident_roles.errors import ConfigurationError, RecordError, RecordReadOnly
from dd_incident_roles.model import Person
from dd_incident_roles.store.address import parse_address
from dd_incident_roles.store.glance import Glance
from dd_incident_roles.store.opening import open_database, open_record
from dd_incident_roles.store.record import SqlRecord
from tests.postgres import Server
from tests.store.samples import ANA, K1, ONE, START, clock, devising, entry, incident, opening, put

PASSWORD = "a-password-that-nobody-may-see"


@pytest.fixture
def database(postgres: Server) -> str:
    """The name of a database of its own, in which a record holds one assignment."""
    name = postgres.database()
    with open_record(postgres.url(name), clock=clock) as record:
        record.commit(ONE, "datadog", [opening()])
    return name


@pytest.fixture
def record(postgres: Server, database: str) -> Iterator[SqlRecord]:
    with open_record(postgres.url(database), clock=clock) as record:
        yield record


def refused(url: str, kind: type[RecordError] = RecordError, *, create: bool = True) -> str:
    """What is said when a record cannot be opened."""
    with pytest.raises(kind) as caught:
        open_record(url, clock=clock, create=create)
    chain = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
    assert PASSWORD not in f"{caught.value} {caught.value.hint} {chain}"
    return f"{caught.value} {caught.value.hint}"


def test_who_and_what_is_not_there_is_said(postgres: Server, database: str) -> None:
    """A wrong user, password, database or port are told apart, without the password."""
    with postgres.connect() as connection:
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'right'")
    url = postgres.by_network(database, user="reader", password=PASSWORD)
    said = refused(url)
    assert f"postgresql://reader@127.0.0.1/{database} cannot be reached: password" in said
    assert "PGPASSFILE" in said
    assert "PGPASSWORD" in refused(url.replace(f":{PASSWORD}", ""))
    assert 'database "nowhere" does not exist' in refused(postgres.url("nowhere"))
    assert 'role "nobody" does not exist' in refused(postgres.url(database, user="nobody"))
    assert "Connection refused" in refused(url.replace(f":{postgres.port}", ":1"))
    right = postgres.by_network(database, user="reader", password="right")
    assert "does not let this user do that" in refused(right, RecordReadOnly)


def test_what_may_only_read_reads(postgres: Server, database: str) -> None:
    """Who lacks the right to write, or reads a standby, sees all and notes nothing."""
    with postgres.connect(database) as connection:
        connection.execute(
            "CREATE ROLE auditor LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor;"
            "CREATE ROLE standby SUPERUSER LOGIN;"
            "ALTER ROLE standby SET default_transaction_read_only = on"
        )
    for user, said in (("auditor", "does not let this user"), ("standby", "read-only")):
        url = postgres.url(database, user=user)
        assert said in refused(url, RecordReadOnly)
        with open_record(url, clock=clock, reads_only=True) as record:
            assert [each.id for each in record.assignments(ONE)] == ["a1"]
            record.put_cached("kind", "key", "value")
            assert said in str(record.unnoted)
            with pytest.raises(RecordReadOnly, match=said):
                record.commit(ONE, "datadog", [put()])


REFUSALS: Mapping[str, tuple[type[RecordError], str]] = MappingProxyType(
    {
        "53100": (RecordReadOnly, "disk that holds the record .* is full"),
        "40001": (RecordError, "changed the record .* at the same moment"),
        "40P01": (RecordError, "changed the record .* at the same moment"),
        "57014": (RecordError, "took longer than"),
        "42P01": (RecordError, "has not the tables"),
        "53200": (RecordError, "connection to the record .* failed"),
        "XX000": (RecordError, "could not be read or written"),
    }
)


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_is_a_sentence(
    postgres: Server, database: str, record: SqlRecord, code: str
) -> None:
    """What the server refuses is told by its code, and says that nothing was written."""
    kind, said = REFUSALS[code]
    on_every_change(postgres, database, f"RAISE 'no' USING ERRCODE = '{code}'")
    with pytest.raises(kind, match=said) as caught:
        record.commit(ONE, "datadog", [put()])
    assert "othing" in (caught.value.hint or "")
    assert record.entries(ONE) == ()


def on_every_change(postgres: Server, database: str, act: str, when: str = "") -> None:
    """Have the server do something whenever an incident is changed."""
    with postgres.connect(database) as connection:
        connection.execute(
            f"CREATE FUNCTION act() RETURNS trigger AS 'BEGIN {quoted(act)}; RETURN NULL; END'"
            f" LANGUAGE plpgsql; CREATE CONSTRAINT TRIGGER act AFTER UPDATE ON ledgers {when}"
            " FOR EACH ROW EXECUTE FUNCTION act()"
        )


def quoted(act: str) -> str:
    return act.replace("'", "''")


DYING = "PERFORM pg_terminate_backend(pg_backend_pid())"


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("", "Nothing of the last change was written"),
        ("DEFERRABLE INITIALLY DEFERRED", "not known whether the last change was written"),
    ],
)
def test_a_lost_connection_says_what_became_of_the_change(
    postgres: Server, database: str, record: SqlRecord, when: str, said: str
) -> None:
    """Before the commit nothing is written, during one nobody knows; the next change goes on."""
    on_every_change(postgres, database, DYING, when)
    with pytest.raises(RecordError) as caught:
        record.commit(ONE, "datadog", [put()])
    assert said in f"{caught.value} {caught.value.hint}"
    with postgres.connect(database) as connection:
        connection.execute("DROP TRIGGER act ON ledgers")
    record.commit(ONE, "datadog", [put(text="Again.")])
    assert [each.text for each in record.entries(ONE)] == ["Again."]


def test_another_program_in_the_database(postgres: Server) -> None:
    """Tables that are not ours are left alone, but for those of the queue."""
    name = postgres.database()
    with postgres.connect(name) as connection:
        connection.execute("CREATE TABLE procrastinate_jobs (id int)")
    assert "no record at" in refused(postgres.url(name), create=False)
    open_record(postgres.url(name), clock=clock).close()
    other = postgres.database()
    with postgres.connect(other) as connection:
        connection.execute("CREATE TABLE people (name text)")
    assert "database of another program" in refused(postgres.url(other))


def test_records_in_two_schemas_know_nothing_of_each_other(postgres: Server) -> None:
    """A schema of its own is as good as a database, with locks of its own."""
    name = postgres.database()
    with postgres.connect(name) as connection:
        connection.execute("CREATE SCHEMA a; CREATE SCHEMA b")
    urls = [f"{postgres.url(name)}&options=-csearch_path%3D{each}" for each in "ab"]
    with (
        closing(open_database(urls[0])) as one,
        closing(open_database(urls[1], busy_seconds=1)) as other,
        one.turn(ONE, sleep=print, wait_seconds=0),
        other.turn(ONE, sleep=print, wait_seconds=0),
        one.write(ONE),
    ):
        SqlRecord(other, clock=clock).commit(ONE, "datadog", [opening()])
        assert SqlRecord(one, clock=clock).assignments(ONE) == ()


@pytest.mark.parametrize("text", ["\x00", "\x10", "\x100", "a\x10\x00\x10\x10\x000b", "0"])
def test_no_character_is_lost(record: SqlRecord, text: str) -> None:
    """A NUL, which PostgreSQL refuses, and what stands for it come back as they were."""
    record.commit(ONE, "datadog", [put(text=text), devising(title=text)])
    record.remember(incident(title=text, fields={"a": text}), {}, START)
    assert record.entry(ONE, K1) == entry(text=text)
    assert record.devised(ONE)[0].title == text
    assert record.incident(ONE) == incident(title=text, fields={"a": text})


def test_completion_glances_into_it(postgres: Server, database: str, record: SqlRecord) -> None:
    """Every name that can be completed is found, or the server says why not."""
    ana = Person(key=ANA, email=ANA, name="Ana")
    record.remember(incident(title="Checkout fails"), {ANA: ana}, START)
    record.commit(ONE, "datadog", [put(), devising(title="Runner")])
    glance = Glance(postgres.url(database))
    [(number, title)] = glance.open_incidents()
    assert (str(number), title) == ("1001", "SEV-2 Checkout fails")
    assert glance.incident_id(1001) == glance.incident_id(None) == ONE
    assert glance.incident_id(7) == ""
    assert glance.people() == [(ANA, "Ana")]
    assert glance.devised(ONE) == [("runner", "Runner")]
    assert glance.entries(ONE) == [("k1", "It broke.")]
    with pytest.raises(RecordError):
        Glance(postgres.url("nowhere")).people()


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL is an extra."""
    monkeypatch.delitem(sys.modules, "dd_incident_roles.store.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigurationError, match="needs the library psycopg") as caught:
        open_record("postgresql:///roles", clock=clock)
    assert "pip install 'dd-incident-roles[postgres]'" in (caught.value.hint or "")


HERE = (
    *("", "localhost", "127.0.0.1:5432", "[::1]"),
    *("?host=/run/postgresql", "?host=localhost&host=/run"),
)
ELSEWHERE = (
    *("db.example", "10.0.0.7:5432", "?host=db.example", "localhost?hostaddr=10.0.0.7"),
    *("?host=localhost:1&host=db.example:2", "?service=roles"),
)


def mode(place: str, more: str = "", **defaults: str) -> str | None:
    """The TLS mode that libpq is told; None where it is left to it."""
    host, _, query = place.partition("?")
    options = "&".join(filter(None, (query, more)))
    return parse_address(f"postgresql://u@{host}/d?{options}", defaults).arguments.get("sslmode")


def test_only_this_machine_is_reached_without_tls() -> None:
    """Every other host gets at least "require", whatever libpq would do by itself."""
    for place in HERE:
        assert mode(place, sslmode="prefer") is None
        assert mode(place, "sslmode=disable") == "disable"
    for place in ELSEWHERE:
        assert mode(place) == mode(place, sslmode="prefer") == "require"
        assert mode(place, "sslmode=verify-full") == "verify-full"
        assert mode(place, sslmode="verify-ca") == "verify-ca"
        for weak in ("disable", "allow", "prefer"):
            with pytest.raises(ConfigurationError, match="without TLS"):
                mode(place, f"sslmode={weak}")
    assert mode("", host="db.example") == "require"
    with pytest.raises(ConfigurationError, match=r"db\.example without TLS"):
        mode("", host="db.example", sslmode="disable")
    # What is connected to, whatever host the URL names.
    assert mode("localhost", hostaddr="10.0.0.7") == "require"


def test_an_address_shows_no_password() -> None:
    """What is told of a record, and what a debugger shows, has none."""
    url = f"postgresql+psycopg://u:{PASSWORD}@db.example:6432/roles?sslpassword={PASSWORD}"
    address = parse_address(url, {})
    assert address.name == "postgresql://u@db.example/roles"
    assert PASSWORD not in repr(address)
    assert address.arguments["password"] == PASSWORD
    assert address.arguments["port"] == "6432"
