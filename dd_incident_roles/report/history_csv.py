"""``history --format csv``: one line per stretch in which somebody held a role."""

from __future__ import annotations

import csv
import io
import unicodedata

from dd_incident_roles.report.clean import clean
from dd_incident_roles.report.document import instant
from dd_incident_roles.report.documents.history import History

COLUMNS = (
    *("incident", "role", "title", "stream", "holder", "email", "from", "until", "seconds"),
    *("set_by", "ended_by", "seen_in", "basis", "reason"),
)
"""The headings; columns may be added to them at the end."""

_STARTS_FORMULA = ("=", "+", "-", "\N{MINUS SIGN}", "@", "\t", "\r")
"""Signs that a spreadsheet calculates from; wide and small forms of them are the same signs."""


def history_csv(history: History) -> str:
    """Every row of a history, ending in a line break; an unknown or open end is an empty cell.

    A cell that a spreadsheet would calculate begins with an apostrophe, so that it shows as text.
    """
    shown = io.StringIO()
    writer = csv.writer(shown, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in history.rows:
        since, until = (at and instant(at) for at in (row.since, row.until))
        values = (
            *(str(history.public_id), row.role, row.title, row.stream),
            *(row.holder.name, row.holder.email, since, until, str(int(row.seconds))),
            *(row.set_by, row.ended_by, row.seen_in.value, row.basis.value, row.reason),
        )
        writer.writerow([_cell(each or "") for each in values])
    return shown.getvalue()


def _cell(text: str) -> str:
    shown = clean(text)
    beginnings = (text, *(unicodedata.normalize("NFKC", each).lstrip() for each in (text, shown)))
    is_formula = any(each.startswith(_STARTS_FORMULA) for each in beginnings)
    return f"'{shown}" if is_formula else shown
