"""``schema``: what the JSON documents promise; needs no Datadog and no keys."""

from __future__ import annotations

import click

from dd_incident_roles.cli.saying import say


@click.command()
@click.argument("name", required=False)
def schema(name: str | None) -> int:
    """Show the JSON Schema of the document NAME, or list the documents that have one.

    The first field of each document, "schema", ends in its name and version. Later versions of
    this program may add fields to a document; they never change one.
    """
    from dd_incident_roles.report.documents import schema_names, schema_text

    say("\n".join(schema_names()) if name is None else schema_text(name))
    return 0
