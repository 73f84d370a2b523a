"""Where the product is put together: the one place that reads clocks and makes ids."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from uuid import uuid4

from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.target import DatadogTarget, endpoints
from dd_incident_roles.datadog.users import Users
from dd_incident_roles.operations.application import Application
from dd_incident_roles.roles.loading import load_catalogue
from dd_incident_roles.roles.people_loading import load_people
from dd_incident_roles.settings import Settings, load_settings
from dd_incident_roles.store.opening import open_record

CONNECT_TIMEOUT_SECONDS = 10.0
"""A host that does not even accept a connection for this long is down."""

LONGEST_WAIT_SECONDS = 90.0
"""How long one reading waits for rate limits and outages before it gives up."""


@contextmanager
def open_application(
    config: str | None,
    options: Mapping[str, object],
    *,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Application]:
    """Put the product together from settings, and take it apart again.

    Raises ConfigurationError for settings, files or keys that cannot be used, and RecordError when
    the record cannot be opened.
    """
    settings = load_settings(Path(config) if config else None, options, environ)
    keys = settings.require_keys()
    catalogue = load_catalogue(settings.roles)
    people = load_people(settings.people)
    record = open_record(settings.store, clock=now)
    session = Session(
        base_url=settings.api_url,
        api_key=keys.api_key,
        app_key=keys.app_key,
        connect_timeout=min(CONNECT_TIMEOUT_SECONDS, settings.timeout_seconds),
        read_timeout=settings.timeout_seconds,
        max_wait=LONGEST_WAIT_SECONDS,
        concurrency=settings.concurrency,
        sleep=time.sleep,
        jitter=random.random,
    )
    api = endpoints(session)
    directory = Directory(Users(session), people, record.person, settings.service_accounts)
    try:
        yield Application(
            settings=settings,
            catalogue=catalogue,
            people=people,
            record=record,
            session=session,
            incidents=api.incidents,
            directory=directory,
            target=DatadogTarget(
                api,
                directory,
                catalogue=catalogue,
                people=people,
                cache=Cache(record, now),
                with_timeline=settings.timeline != "off",
                timeline_required=settings.timeline == "required",
            ),
            actor=actor(settings),
            clock=now,
            new_id=new_id,
            sleep=time.sleep,
        )
    finally:
        session.close()
        record.close()


def now() -> datetime:
    """The present moment, aware and in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A new id that nobody else makes."""
    return str(uuid4())


def actor(settings: Settings) -> str:
    """Who is said to have done what is done here: the configured person, else the login."""
    if settings.me:
        return settings.me
    try:
        return f"cli:{getuser()}"
    except (KeyError, OSError):
        return "cli"
