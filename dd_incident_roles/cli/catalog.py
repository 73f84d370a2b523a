"""``catalog``, ``explain`` and ``schema``: what is demanded and promised; without any Datadog."""

from __future__ import annotations

from importlib import import_module

import click

from dd_incident_roles.cli import failures, opening, options, output
from dd_incident_roles.errors import UsageError
from dd_incident_roles.words import did_you_mean

DOCUMENTS = {
    "archive": "timeline.Archive",
    "check": "check.Check",
    "explain": "catalogue.Explain",
    "history": "history.History",
    "lint": "catalogue.Lint",
    "mine": "mine.Mine",
    "roles": "catalogue.Roles",
    "snapshot": "snapshot.Snapshot",
    "status": "status.Status",
    "suggest": "suggest.Suggest",
    "sync": "sync.Sync",
    "timeline": "timeline.Timeline",
}
"""The documents that have a schema, and the model of each in report/documents."""


@click.group()
def catalog() -> None:
    """Check the files of the configuration: roles, policy with its waivers, and people."""


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

    from dd_incident_roles.configuration.lint import lint
    from dd_incident_roles.policy.rules import RULES
    from dd_incident_roles.report.catalogue_text import lint_summary, lint_text
    from dd_incident_roles.report.documents.catalogue import Lint
    from dd_incident_roles.report.github import lint_github

    settings = opening.settings_of(context)
    found = lint(
        roles_file=settings.roles,
        policy_file=settings.policy,
        people_file=settings.people,
        rules=RULES,
        today=opening.invocation_of(context).clock().date(),
    )
    if shape == "github":
        if annotations := lint_github(found, root=Path.cwd()):
            output.write(annotations)
        click.echo(lint_summary(found), err=True)
    else:
        output.show_as(context, shape, lambda: Lint.of(found), lambda: lint_text(found))
    return failures.WRONG if found.errors else 0


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
    module, model = DOCUMENTS[name].split(".")
    models = import_module(f"dd_incident_roles.report.documents.{module}")
    return str(getattr(models, model).schema_text())
