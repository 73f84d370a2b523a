"""``doctor``: whether all that is set up works."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

from dd_incident_roles.cli import options, output
from dd_incident_roles.errors import ConfigurationError, IncidentRolesError

if TYPE_CHECKING:
    from dd_incident_roles.cli.options import Invocation
    from dd_incident_roles.commands.doctor import Patient
    from dd_incident_roles.datadog.http import Session
    from dd_incident_roles.settings import Settings

T = TypeVar("T")


@click.command()
@options.table_or_json
@click.pass_context
def doctor(context: click.Context, shape: str) -> int:
    """Look at everything that is set up, and say what to do about what does not work.

    Looks at settings, files, keys, permissions, what Datadog offers, the definitions of roles,
    trackers and chat, and the record. Writes nothing anywhere, and works without keys, record or
    network. Exits with 0 when all is well, 1 when something works with limits, 3 when something
    does not work or could not be looked at. -q shows only what is not well, -v all details.
    """
    from dd_incident_roles.cli.logs import set_up_logging
    from dd_incident_roles.commands.doctor import examine, without_settings
    from dd_incident_roles.environment import unknown_variables
    from dd_incident_roles.report.doctor import doctor_text
    from dd_incident_roles.settings import load_settings

    invocation, unknown = options.invocation_of(context), unknown_variables()
    set_up_logging(invocation, sys.stderr)
    try:
        settings = load_settings(invocation.config, {"store": invocation.store})
    except ConfigurationError as error:
        found = without_settings(error, unknown)
    else:
        with _patient(invocation, settings, unknown) as patient:
            found = examine(patient)
    quiet, whole = invocation.quiet, invocation.verbosity > 0
    output.show_as(context, shape, found.text, lambda: doctor_text(found, quiet=quiet, whole=whole))
    return found.exit_code


@contextmanager
def _patient(
    invocation: Invocation, settings: Settings, unknown: tuple[ConfigurationError, ...]
) -> Iterator[Patient]:
    """Put together what there is to look at, each part or why there is none; writes nothing."""
    from dd_incident_roles.app import command_seconds, open_session
    from dd_incident_roles.application import Connections
    from dd_incident_roles.commands.doctor import Patient
    from dd_incident_roles.configuration.configuration import lint, load_configuration
    from dd_incident_roles.environment import check_way_out
    from dd_incident_roles.patience import Patience
    from dd_incident_roles.store.opening import look_at_record

    clock = invocation.clock
    patience, place_patience = (
        Patience(
            answer_seconds=settings.timeout_seconds,
            total_seconds=command_seconds(settings),
            on_wait=lambda what: None if invocation.quiet else click.echo(what, err=True),
        )
        # Two, so that a Datadog that hangs leaves the others their time.
        for _ in range(2)
    )

    def connect() -> Session:
        check_way_out(settings.api_url)
        return open_session(settings, patience, clock, sleep=invocation.sleep)

    session = _or_problem(connect)
    record = _or_problem(lambda: look_at_record(settings.store, clock=clock))
    today = clock().date()
    try:
        yield Patient(
            settings=settings,
            unknown=unknown,
            lint=lint(settings, today=today),
            catalogue=_or_problem(
                lambda: (
                    load_configuration(
                        invocation.config,
                        {"store": invocation.store},
                        today=today,
                        needs_policy=False,
                    ).catalogue
                )
            ),
            session=session,
            connections=Connections(settings, place_patience),
            record=record,
            clock=clock,
        )
    finally:
        for each in (patience, place_patience):
            each.give_up()
        for part in (session, record):
            if not isinstance(part, IncidentRolesError):
                part.close()


def _or_problem(make: Callable[[], T]) -> T | IncidentRolesError:
    try:
        return make()
    except IncidentRolesError as error:
        return error
