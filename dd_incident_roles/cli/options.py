"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

format_option = click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="A table for people, or JSON for programs.",
)

query_option = click.option(
    "--query",
    metavar="DATADOG_QUERY",
    help="Look at the incidents of this search instead of the open ones.",
)

since_option = click.option(
    "--since",
    metavar="DAYS",
    type=click.IntRange(1, 3650),
    help="Look at incidents that were closed in the last DAYS instead, as the record has them.",
)


def _file(_: click.Context, __: click.Parameter, given: Path | None) -> Path | None:
    """None for stdout, which "-" stands for as well."""
    return None if given == Path("-") else given


output_option = click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_file,
    help='Write to a file that only you may read; "-" is stdout, as without it.',
)

stream_option = click.option(
    "--stream", metavar="NAME", help="The stream of work that the role is for, such as database."
)

no_sync_option = click.option(
    "--no-sync", is_flag=True, help="Only record it here; the next sync carries it to Datadog."
)
