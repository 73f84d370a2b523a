"""``roles list`` for a person."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.role_words import held_by, required
from dd_incident_roles.roles.catalogue import Catalogue


def roles_table(catalogue: Catalogue) -> Table:
    """Every role: what it can be called, how many hold it, and when it is required."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for heading in ("Role", "Also called", "Holders", "Required"):
        table.add_column(heading, overflow="fold")
    for role in catalogue.roles:
        table.add_row(
            styled(role.title, "bold"),
            styled(", ".join([role.key, *role.aliases])),
            styled(held_by(role)),
            Text("\n").join([styled(required(requirement)) for requirement in role.required])
            or Text("never", style="dim"),
        )
    return table
