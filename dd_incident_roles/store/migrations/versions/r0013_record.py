"""The record as the first release has it, from which all later steps begin.

A file is made with the newest tables at once, and schemas 0001 to 0012 were those of development:
a file that has one is refused. So there is no step to take here.
"""

from __future__ import annotations

revision = "0013"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Begin here."""
