"""Where the product is put together, with the ids, chance and login that it goes by."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from getpass import getuser
from uuid import uuid4

from dd_incident_roles.application import LOGIN, Application, Connections
from dd_incident_roles.configuration.configuration import Configuration, load_configuration
from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.incidents import Incidents
from dd_incident_roles.datadog.learned import Cache
from dd_incident_roles.datadog.target import DatadogTarget
from dd_incident_roles.datadog.users import OrganisationCheck, Users, refuse_another
from dd_incident_roles.environment import check_way_out
from dd_incident_roles.model import Organisation
from dd_incident_roles.patience import Patience
from dd_incident_roles.roles.devising import with_devised
from dd_incident_roles.settings import Settings
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.values import frozen

CONNECT_TIMEOUT_SECONDS = 10.0
"""A host that does not even accept a connection for this long is down."""

LONGEST_WAIT_SECONDS = 90.0
"""How long one reading waits for rate limits and outages before it gives up."""

_FOR_ANOTHER = "Waiting for another command that works on the same incident ..."

COMMAND_SECONDS = 20.0
"""How long a command waits for Datadog in all, while a person waits for it."""

PLACE_SECONDS = 10.0
"""How much longer the issue and the chat are waited for, which people look at if Datadog hangs."""

RUN_SECONDS = 600.0
"""How long a run may take, so that it holds up the next ones no longer."""


@frozen
class Kept:
    """What the runs of one process share: files that were read once, and open connections."""

    configuration: Configuration
    record: SqlRecord
    session: Session

    def close(self) -> None:
        """Close the connections."""
        self.session.close()
        self.record.close()

    def with_record_opened_again(self, *, clock: Callable[[], datetime]) -> Kept:
        """The same with another connection to the record, where the first one is of no use."""
        record = open_record(self.configuration.settings.store, clock=clock)
        self.record.close()
        return replace(self, record=record)


def open_kept(
    config: str | None,
    options: Mapping[str, object],
    *,
    clock: Callable[[], datetime],
) -> Kept:
    """Read the settings and open what runs share; raises as ``open_application`` does."""
    configuration = load_configuration(config, options, today=clock().date())
    settings = configuration.settings
    settings.require_keys()
    check_way_out(settings.api_url)
    return Kept(
        configuration=configuration,
        record=open_record(settings.store, clock=clock),
        session=open_session(settings, Patience(answer_seconds=settings.timeout_seconds), clock),
    )


def open_session(
    settings: Settings,
    patience: Patience,
    clock: Callable[[], datetime],
    connections_of: Session | None = None,
    *,
    longest_wait: float = LONGEST_WAIT_SECONDS,
    sleep: Callable[[float], None] | None = None,
) -> Session:
    """The session with Datadog; raises ConfigurationError for keys that cannot be used."""
    session = Session(
        base_url=settings.api_url,
        **settings.require_keys(),
        connect_timeout=min(CONNECT_TIMEOUT_SECONDS, settings.timeout_seconds),
        read_timeout=settings.timeout_seconds,
        max_wait=longest_wait,
        concurrency=settings.concurrency,
        sleep=sleep or (lambda seconds: patience.sleep(seconds, f"Waiting for {session.host} ...")),
        # Jobs that were turned away together come back one by one.
        jitter=random.random,
        clock=clock,
        patience=patience,
        connections_of=connections_of,
    )
    return session


@contextmanager
def open_application(
    config: str | None,
    options: Mapping[str, object],
    *,
    kept: Kept | None = None,
    today: date | None = None,
    needs_policy: bool = True,
    reads_only: bool = False,
    only_here: bool = False,
    zone: tzinfo = UTC,
    clock: Callable[[], datetime],
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] | None = None,
    is_run: bool = True,
    extra_seconds: float = 0.0,
    longest_wait: float = LONGEST_WAIT_SECONDS,
    on_wait: Callable[[str], None] = lambda _what: None,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Iterator[Application]:
    """Put the product together from settings, and take it apart again.

    A run has more time than a command that a person waits for, to which ``extra_seconds`` are given
    where it has much to write; one reading waits ``longest_wait`` seconds for rate limits and
    outages. ``on_wait`` is called once, with what is being waited for, after a second of waiting,
    and ``on_progress`` after each incident, with how many are done, and of how many. What is
    ``kept`` serves in place of the settings, and stays open. Raises
    ConfigurationError for settings, files or keys that cannot be used, and RecordError when the
    record cannot be opened; what ``reads_only`` can do without writing it.
    """
    configuration = (
        kept.configuration
        if kept
        else load_configuration(
            config,
            options,
            today=today or clock().date(),
            needs_policy=needs_policy,
        )
    )
    settings = configuration.settings
    catalogue, people = configuration.catalogue, configuration.people
    settings.require_keys()
    check_way_out(settings.api_url)
    record = (
        kept.record.anew()
        if kept
        else open_record(settings.store, clock=clock, reads_only=reads_only)
    )
    total = RUN_SECONDS if is_run else command_seconds(settings) + extra_seconds
    patience, place_patience = (
        Patience(
            answer_seconds=settings.timeout_seconds,
            total_seconds=seconds,
            on_wait=on_wait,
            monotonic=monotonic,
        )
        for seconds in (total, total + PLACE_SECONDS)
    )
    session = open_session(
        settings,
        patience,
        clock,
        kept.session if kept else None,
        longest_wait=longest_wait,
        sleep=sleep,
    )

    def wind_up() -> None:
        patience.wind_up()
        place_patience.wind_up()

    incidents, cache = Incidents(session), Cache(record, clock)
    accounts = settings.service_accounts
    directory = Directory(
        Users(session), people, record, cache, accounts, concurrency=settings.concurrency
    )
    try:
        name, here = record.name, Organisation(site=settings.belongs_to)
        # The site alone may tell, before the keys are sent anywhere.
        refuse_another(record.owner(), here, record_name=name)
        organisation = OrganisationCheck(
            record,
            lambda: directory.current,
            fingerprint=lambda salt: session.credentials.fingerprint(f"{session.base_url} {salt}"),
            site=here.site,
            record_name=name,
        )
        session.begin_with(organisation)
        yield Application(
            settings=settings,
            catalogue=catalogue,
            policy=configuration.policy,
            policy_problem=configuration.policy_problem,
            people=people,
            record=record,
            session=session,
            organisation=organisation,
            incidents=incidents,
            directory=directory,
            connections=Connections(settings, place_patience),
            target=DatadogTarget(
                session,
                incidents,
                directory,
                # Read anew each time, since a command may devise a role.
                catalogue_of=lambda incident: with_devised(catalogue, record.devised(incident)),
                cache=cache,
                with_timeline=settings.timeline != "off",
                timeline_required=settings.timeline == "required",
                concurrency=settings.concurrency,
                monotonic=monotonic,
            ),
            actor=actor(settings),
            clock=clock,
            new_id=lambda: str(uuid4()),
            only_here=only_here,
            sleep=lambda seconds: patience.sleep(seconds, _FOR_ANOTHER),
            on_progress=on_progress,
            wind_up=wind_up,
            zone=zone,
        )
    finally:
        # After Ctrl-C, threads may still wait for Datadog; nothing may follow what they are at.
        patience.give_up()
        place_patience.give_up()
        session.close()
        if not kept:
            record.close()


def command_seconds(settings: Settings) -> float:
    """How long a command may take in all while a person waits for it."""
    if "timeout_seconds" in settings.model_fields_set:
        # Who gives one answer longer than a command has in all means the command to last as long.
        return max(COMMAND_SECONDS, settings.timeout_seconds)
    return COMMAND_SECONDS


def actor(settings: Settings) -> str:
    """Who is said to have done what is done here: the configured person, else the login."""
    if settings.me:
        return settings.me
    try:
        return f"{LOGIN}{getuser()}"
    # In a container the user may have no name.
    except (KeyError, OSError):
        return "cli"
