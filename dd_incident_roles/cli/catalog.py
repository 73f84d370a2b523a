"""``catalog``, ``explain``, ``schema`` and ``doctor``: what is set up, demanded and promised."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dd_incident_roles.cli import opening, options, output
from dd_incident_roles.errors import ConfigurationError, IncidentRolesError, UsageError
from dd_incident_roles.words import command, count_of, did_you_mean

if TYPE_CHECKING:
    from dd_incident_roles.application import Application
    from dd_incident_roles.cli.options import Invocation
    from dd_incident_roles.commands.catalogue import CataloguePlan
    from dd_incident_roles.commands.doctor import Patient
    from dd_incident_roles.datadog.http import Session
    from dd_incident_roles.settings import Settings

DOCUMENTS = {
    "archive": "documents.timeline.Archive",
    "catalog_plan": "documents.catalogue.CatalogPlan",
    "check": "documents.check.Check",
    "doctor": "doctor.Doctor",
    "explain": "documents.catalogue.Explain",
    "history": "documents.history.History",
    "lint": "documents.catalogue.Lint",
    "mine": "documents.mine.Mine",
    "record": "documents.record.Record",
    "roles": "documents.catalogue.Roles",
    "snapshot": "documents.snapshot.Snapshot",
    "status": "documents.status.Status",
    "suggest": "suggest.Suggest",
    "sync": "sync.Sync",
    "timeline": "documents.timeline.Timeline",
}
"""The documents that have a schema, and the model of each in report/."""


@click.group()
def catalog() -> None:
    """Check the files of the configuration, and bring the roles into Datadog."""


_incident_type = click.option(
    "--incident-type",
    metavar="NAME|ID",
    help="Look at this incident type only, instead of at all of them.",
)
_fields = click.option(
    "--fields",
    "with_fields",
    is_flag=True,
    help="Have a property field for each role too, for a Datadog without role assignments. Where "
    "an incident type has one already, the others belong to the plan without it.",
)
_prune = click.option(
    "--prune",
    type=click.Choice(["ours", "all"]),
    is_flag=False,
    flag_value="ours",
    help="Delete what the catalogue does not have: only what this program made, or with "
    '"--prune=all" everything. Without it nothing is deleted.',
)


@catalog.command("show")
@_incident_type
@options.table_or_json
@click.pass_context
def show_catalogue(context: click.Context, incident_type: str | None, shape: str) -> int:
    """Show which roles the catalogue has, and which Datadog defines, by incident type."""
    from dd_incident_roles.report.catalogue_text import catalogue_table
    from dd_incident_roles.report.documents.catalogue import CatalogPlan

    with opening.application_of(context, reads_only=True) as application:
        document = CatalogPlan.model_validate(_planned(application, incident_type=incident_type))
        again = _apply_command(incident_type, with_fields=False, prune=None)
        output.show_as(context, shape, document.text, lambda: catalogue_table(document, again))
    return 0


@catalog.command("plan")
@_incident_type
@_fields
@_prune
@click.option("--exit-code", is_flag=True, help="Exit with 1 where something is to be done.")
@options.table_or_json
@click.pass_context
def show_plan(
    context: click.Context,
    incident_type: str | None,
    with_fields: bool,
    prune: str | None,
    exit_code: bool,
    shape: str,
) -> int:
    """Show what `catalog apply` would create, change and delete in Datadog; writes nothing.

    Exits with 0 whether or not there are differences, unless --exit-code asks for 1. A role belongs
    to one incident type for good, so each type needs its own. With -v what is equal is listed too.
    """
    from dd_incident_roles.report.catalogue_text import plan_text
    from dd_incident_roles.report.documents.catalogue import CatalogPlan

    again = _apply_command(incident_type, with_fields=with_fields, prune=prune)
    whole = options.invocation_of(context).verbosity > 0
    with opening.application_of(context, reads_only=True) as application:
        plan = _planned(
            application, incident_type=incident_type, with_fields=with_fields, prune=prune
        )
        document = CatalogPlan.model_validate(plan)
        output.show_as(
            context, shape, document.text, lambda: plan_text(document, again=again, whole=whole)
        )
    return DIFFERS if exit_code and plan.changes else 0


DIFFERS = 1
"""What --exit-code ends with, as for diff."""


@catalog.command("apply")
@_incident_type
@_fields
@_prune
@click.option("--yes", "-y", is_flag=True, help="Do not ask; needed where there is no terminal.")
@options.table_or_json
@click.pass_context
def apply_catalogue(
    context: click.Context,
    incident_type: str | None,
    with_fields: bool,
    prune: str | None,
    yes: bool,
    shape: str,
) -> int:
    """Define the roles of the catalogue in Datadog, for one incident type or for all.

    Shows what it is about to do and asks. Takes the permission incident_settings_write. A second
    time there is nothing to do. A description that people edited in Datadog stays as it is. What is
    only in Datadog stays, unless --prune says otherwise. Exits with 3 where something could not be
    done, and says what was.
    """
    from dd_incident_roles.commands.catalogue import apply_plan
    from dd_incident_roles.report.catalogue_text import plan_text
    from dd_incident_roles.report.documents.catalogue import CatalogPlan

    again = _apply_command(incident_type, with_fields=with_fields, prune=prune)

    def said(plan: CataloguePlan, again: str | None = None) -> Any:
        return plan_text(CatalogPlan.model_validate(plan), again=again)

    with opening.application_of(context) as application:
        plan = _planned(
            application, incident_type=incident_type, with_fields=with_fields, prune=prune
        )
        if plan.changes and not yes:
            what = count_of(len(plan.changes), "change")
            if not (sys.stdin.isatty() and sys.stderr.isatty()):
                raise UsageError(
                    f"Nothing was changed: without a terminal to ask, {what} in Datadog "
                    f"{'needs' if len(plan.changes) == 1 else 'need'} --yes.",
                    hint=f"To see what would be done: {command('catalog', 'plan')}",
                )
            click.echo(output.render(context, said(plan), sys.stderr), err=True, nl=False)
            if not click.confirm(f"Make {what} in Datadog?", err=True):
                click.echo("Nothing was changed.", err=True)
                return 0
        done = apply_plan(application, plan)
        output.show_as(context, shape, lambda: CatalogPlan.of(done), lambda: said(done, again))
    return 0 if done.is_done else output.INCOMPLETE


def _planned(
    application: Application,
    *,
    incident_type: str | None,
    with_fields: bool = False,
    prune: str | None = None,
) -> CataloguePlan:
    from dd_incident_roles.commands.catalogue import plan_catalogue
    from dd_incident_roles.datadog.definitions import Prune

    return plan_catalogue(
        application,
        incident_type=incident_type,
        with_fields=with_fields,
        prune=Prune(prune or Prune.NOTHING),
    )


def _apply_command(incident_type: str | None, *, with_fields: bool, prune: str | None) -> str:
    """The command that does what was planned with these options."""
    words = ["--incident-type", incident_type] if incident_type else []
    words += ["--fields"] if with_fields else []
    words += [f"--prune={prune}" if prune == "all" else "--prune"] if prune else []
    return command("catalog", "apply", *words)


@catalog.command("lint")
@options.format_option(
    *("text", "json", "github"),
    explained="Text for people, JSON for programs, or annotations for GitHub Actions.",
)
@click.pass_context
def lint_files(context: click.Context, shape: str) -> int:
    """Show every problem of the roles, policy and people files, each with its file and line.

    Nothing but the files is looked at. Exits with 2 when one of them has an error, and with 0 when
    there are only warnings, or nothing.
    """
    from pathlib import Path

    from dd_incident_roles.configuration.configuration import lint
    from dd_incident_roles.report.catalogue_text import lint_summary, lint_text
    from dd_incident_roles.report.check_ci import lint_github
    from dd_incident_roles.report.documents.catalogue import Lint

    settings = opening.settings_of(context)
    found = lint(settings, today=options.invocation_of(context).clock().date())
    if shape == "github":
        if annotations := lint_github(found, root=Path.cwd()):
            output.write(annotations)
        click.echo(lint_summary(found), err=True)
    else:
        output.show_as(context, shape, lambda: Lint.of(found), lambda: lint_text(found))
    return output.WRONG if found.errors else 0


@click.command()
@click.argument("rule", required=False)
@options.format_option("text", "json", explained="Text for people, or JSON for programs.")
@click.pass_context
def explain(context: click.Context, rule: str | None, shape: str) -> int:
    """Say what RULE finds, why that matters and how to fix it, or list the rules.

    RULE is an id such as IR010, or a name such as role-vacant, in any case.
    """
    from dd_incident_roles.policy.rules import RULES, find_rule

    chosen = tuple(RULES.values()) if rule is None else (find_rule(RULES, rule),)
    if shape == "json":
        from dd_incident_roles.report.documents.catalogue import Explain

        output.write(Explain.of(rules=chosen))
    else:
        from dd_incident_roles.report.catalogue_text import rule_card, rules_table

        output.show(context, rules_table(chosen) if rule is None else rule_card(chosen[0]))
    return 0


@click.command()
@click.argument("name", required=False)
def schema(name: str | None) -> int:
    """Show the JSON Schema of the document NAME, or list the documents that have one.

    The first field of each document, "schema", ends in its name and version. Later versions of
    this program may add fields to a document; they never change one.
    """
    output.write("\n".join(DOCUMENTS) if name is None else schema_text(name))
    return 0


def schema_text(name: str) -> str:
    """The schema of a document as text; raises UsageError where there is none."""
    if name not in DOCUMENTS:
        known = f"Known documents: {', '.join(DOCUMENTS)}."
        hint = f"{did_you_mean(name, list(DOCUMENTS))} {known}".strip()
        raise UsageError(f"No document is called {name!r}.", hint=hint)
    # One model takes a quarter of the time that all of them take.
    module, _, model = DOCUMENTS[name].rpartition(".")
    models = import_module(f"dd_incident_roles.report.{module}")
    return str(getattr(models, model).schema_text())


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
