"""Where the record is: any path, one sort of URL, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.store.opening import open_record
from tests.store.samples import clock


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "what?.db", "#1.db", "ä&mode=ro.db"])
def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    """Characters that mean something in a URL mean nothing in a path."""
    with open_record(str(tmp_path / name), clock=clock) as record:
        record.put_cached("kind", "key", "value")
        assert record.path.name == name
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_url_names_the_same_file(location: Path) -> None:
    """An sqlite URL and a path are two ways to say one thing."""
    with open_record(str(location), clock=clock) as record:
        record.put_cached("kind", "key", "value")
    with open_record(f"sqlite:///{location}", clock=clock, create=False) as record:
        assert record.cached("kind", "key") == "value"
        assert record.path == location


def test_a_link_to_a_record_is_followed(tmp_path: Path, location: Path) -> None:
    """A symbolic link leads to the file behind it, even when that is yet to be made."""
    pointer = tmp_path / "pointer.db"
    pointer.symlink_to(location)
    with open_record(str(pointer), clock=clock):
        assert location.is_file()
    assert pointer.is_symlink()


@pytest.mark.parametrize(
    "location",
    [
        "postgresql://ana:secret@db.example/roles",
        "mysql+nonsense://ana:secret@db.example/roles",
        "sqlite+aiosqlite:///record.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///record.db?mode=secret",
        "sqlite://secret/record.db",
        ":memory:",
        "://secret",
    ],
)
def test_anything_but_a_file_is_a_mistake_in_the_settings(location: str) -> None:
    """A location that is no SQLite file is refused without showing a password."""
    with pytest.raises(ConfigurationError, match="store") as refused:
        open_record(location, clock=clock)
    assert "secret" not in f"{refused.value} {refused.value.hint}"


def test_another_dialect_is_told_what_this_version_has() -> None:
    """Somebody who asks for PostgreSQL learns that this version keeps its record in SQLite."""
    with pytest.raises(ConfigurationError, match="keeps its record in SQLite, not in postgresql"):
        open_record("postgresql+psycopg://db/roles", clock=clock)
