"""``history --format csv``: one line per stretch in which somebody held a role."""

from __future__ import annotations

import csv
import io
import unicodedata
from datetime import datetime

from dd_incident_roles.report.clean import clean
from dd_incident_roles.report.document import instant
from dd_incident_roles.report.history_views import HeldRow, HistoryView

COLUMNS = (
    *("incident", "role", "title", "stream", "holder", "email", "from", "until", "seconds"),
    *("set_by", "ended_by", "seen_in", "basis", "reason"),
)
"""The headings; columns may be added to them at the end."""

_STARTS_FORMULA = ("=", "+", "-", "\N{MINUS SIGN}", "@", "\t", "\r")
"""Signs that a spreadsheet calculates from; wide and small forms of them are the same signs."""


def history_csv(history: HistoryView) -> str:
    """Every row of a history, ending in a line break; an unknown or open end is an empty cell.

    A cell that a spreadsheet would calculate begins with an apostrophe, so that it shows as text.
    """
    shown = io.StringIO()
    writer = csv.writer(shown, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in history.rows:
        writer.writerow([_cell(each) for each in _values(history, row)])
    return shown.getvalue()


def _values(history: HistoryView, row: HeldRow) -> tuple[str | None, ...]:
    return (
        str(history.incident.public_id),
        row.role,
        row.title,
        row.stream,
        row.holder.label,
        row.holder.email,
        _moment(row.since),
        _moment(row.until),
        str(int(row.length.total_seconds())),
        row.set_by,
        row.ended_by,
        row.seen_in.value,
        row.basis.value,
        row.reason,
    )


def _moment(at: datetime | None) -> str | None:
    return None if at is None else instant(at)


def _cell(value: str | None) -> str:
    text = value or ""
    shown = clean(text)
    beginnings = (text, *(unicodedata.normalize("NFKC", each).lstrip() for each in (text, shown)))
    is_formula = any(each.startswith(_STARTS_FORMULA) for each in beginnings)
    return f"'{shown}" if is_formula else shown
