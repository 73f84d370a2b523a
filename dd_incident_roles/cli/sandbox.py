"""``sandbox``: a local Datadog."""

from __future__ import annotations

import shlex
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click


@click.command()
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=8126,
    show_default=True,
    help="The port to answer on; 0 takes a free one.",
)
@click.option(
    "--seed",
    metavar="PATH",
    type=click.Path(exists=True, path_type=Path),
    help="A seed file, or a folder of recorded responses; default: a made-up outage.",
)
def sandbox(port: int, seed: Path | None) -> int:
    """Serve a local Datadog on 127.0.0.1 until stopped; any keys will do.

    It knows what is known of the real one, quirks included, and keeps everything in memory. It also
    lends a record, so that yours stays as it is.
    """
    from dd_incident_roles.sandbox.sandbox import Sandbox
    from dd_incident_roles.sandbox.seed import seed as fill
    from dd_incident_roles.sandbox.server import serve_forever

    local = Sandbox(clock=lambda: datetime.now(UTC))
    fill(local, seed)
    with tempfile.TemporaryDirectory(prefix="dd-incident-roles-sandbox-") as folder:
        try:
            serve_forever(local, port=port, started=lambda url: _told(url, folder))
        except OSError as error:
            raise click.ClickException(f"Port {port} cannot be used: {error.strerror}.") from error
    return 0


def _told(url: str, folder: str) -> None:
    record = shlex.quote(str(Path(folder) / "record.sqlite3"))
    click.echo(f"A local Datadog answers at {url}. In another terminal:", err=True)
    click.echo(
        f"  export DD_INCIDENT_ROLES_API_URL={url} DD_API_KEY=any DD_APP_KEY=any"
        f" DD_INCIDENT_ROLES_STORE={record}\n"
        "  dd-incident-roles status\n"
        "Ctrl-C stops it; nothing is kept.",
        err=True,
    )
