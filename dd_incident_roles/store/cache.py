"""What was learned from outside and may be asked again, and small facts about the record itself."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, or_, select

from dd_incident_roles.model import Organisation
from dd_incident_roles.store.rows import drop, having, put
from dd_incident_roles.store.tables import CACHE, META

_SITE: Final = "organisation.site"
_ID: Final = "organisation.id"
_NAME: Final = "organisation.name"


def read_meta(connection: Connection, key: str) -> str | None:
    """A fact about the record."""
    return connection.execute(select(META.c.value).where(META.c.key == key)).scalar_one_or_none()


def write_meta(connection: Connection, key: str, value: str) -> None:
    """Keep a fact about the record."""
    put(connection, META, {"key": key}, {"value": value})


def owner_of(connection: Connection) -> Organisation | None:
    """The organisation that the record belongs to, None until it was used with one."""
    site = read_meta(connection, _SITE)
    if site is None:
        return None
    found_id, name = read_meta(connection, _ID), read_meta(connection, _NAME)
    return Organisation(site=site, id=found_id, name=name)


def write_owner(connection: Connection, found: Organisation) -> None:
    """Keep the organisation that the record belongs to, unless it belongs to another."""
    kept = owner_of(connection)
    owner = kept.completed_by(found) if kept else found
    for key, value in ((_SITE, owner.site), (_ID, owner.id), (_NAME, owner.name)):
        if value is not None:
            write_meta(connection, key, value)


def read_cache(connection: Connection, kind: str, key: str, *, now: datetime) -> str | None:
    """What was learned, unless it has expired."""
    fresh = or_(CACHE.c.expires_at.is_(None), CACHE.c.expires_at > now)
    query = select(CACHE.c.value).where(having(CACHE, {"kind": kind, "key": key}), fresh)
    return connection.execute(query).scalar_one_or_none()


def write_cache(
    connection: Connection,
    kind: str,
    key: str,
    value: str,
    *,
    expires_at: datetime | None,
    now: datetime,
) -> None:
    """Keep what was learned, and let go of everything that has expired."""
    connection.execute(delete(CACHE).where(CACHE.c.expires_at <= now))
    put(connection, CACHE, {"kind": kind, "key": key}, {"value": value, "expires_at": expires_at})


def forget_cache(connection: Connection, kind: str, key: str | None) -> None:
    """Let go of one thing that was learned, or of all of a kind."""
    drop(connection, CACHE, {"kind": kind} if key is None else {"kind": kind, "key": key})
