"""``worker``: one of several processes that share the incidents of a record in PostgreSQL."""

from __future__ import annotations

import gc
import logging
from datetime import timedelta
from typing import Final

import click

from dd_incident_roles.cli import opening, options
from dd_incident_roles.errors import ConfigurationError

_NEW_OBJECTS: Final = 2_000
"""After how many new objects to look for garbage, as Python does by itself."""


@click.command()
@click.option(
    "--once", is_flag=True, help="Look once at everything, work until nothing is left, and end."
)
@click.option(
    "--every",
    metavar="SECONDS",
    type=options.Duration("s", most=timedelta(days=1)),
    default="30s",
    show_default=True,
    help="How often one of the workers looks for incidents that changed.",
)
@click.option(
    "--lease",
    metavar="SECONDS",
    type=options.Duration("s", most=timedelta(hours=1)),
    default="15s",
    show_default=True,
    help="How long a worker may hang before the others take its incidents.",
)
@options.table_or_json
@click.pass_context
def worker(
    context: click.Context, once: bool, every: timedelta, lease: timedelta, shape: str
) -> int:
    """Sync incidents beside other workers that share one record in PostgreSQL.

    Start as many as you like, on as many hosts: they divide the incidents among them, and the
    others go on where one ends, hangs or loses its host. SIGTERM ends it after the steps in hand,
    SIGHUP reads the settings again. With --once it ends as `sync` does, with the same exit codes.
    """
    try:
        from dd_incident_roles.service.worker import Timing, Worker
        from dd_incident_roles.store.queue import demand_shared, open_queue
    except ImportError as error:
        raise ConfigurationError(
            f"workers need the libraries procrastinate and psycopg ({error})",
            hint="Install them: pip install 'dd-incident-roles[postgres]'.",
        ) from None
    from dd_incident_roles.cli.jobs import Carrier, work_once

    # They log each job, and a trace where we say in a sentence what is wrong.
    for name in ("procrastinate", "psycopg"):
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    store = opening.settings_of(context).store
    demand_shared(store)
    timing = Timing(every=every.total_seconds(), lease=lease.total_seconds())
    # The record first: beside what is none, no queue is made.
    with Carrier(context, shape, once=once) as carrier:
        working = Worker(
            open_queue(store),
            carrier,
            timing=timing,
            concurrency=carrier.concurrency,
            clock=carrier.clock,
        )
        if once:
            return work_once(working, carrier)
        # A short command looks for garbage late; this one stays, and what is loaded by now is none.
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS)
        working.stay()
    return 0
