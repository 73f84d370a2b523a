"""``explain``: what a rule of check demands, and why; needs no Datadog and no keys."""

from __future__ import annotations

import click

from dd_incident_roles.cli.invocation import invocation_of
from dd_incident_roles.cli.opening import show
from dd_incident_roles.cli.saying import say


@click.command()
@click.argument("rule", required=False)
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text for people, or JSON for programs.",
)
@click.pass_context
def explain(context: click.Context, rule: str | None, shape: str) -> int:
    """Say what RULE finds, why that matters and how to fix it, or list the rules.

    RULE is an id such as IR010, or a name such as role-vacant, in any case.
    """
    from dd_incident_roles.policy.rules import RULES, find_rule
    from dd_incident_roles.report.documents.explain import explain_json
    from dd_incident_roles.report.explain_text import rule_card, rules_table

    found = None if rule is None else find_rule(RULES, rule)
    if shape == "json":
        say(explain_json(RULES.values() if found is None else [found]))
    else:
        shown = rules_table(RULES.values()) if found is None else rule_card(found)
        show(invocation_of(context), shown)
    return 0
