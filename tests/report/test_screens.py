"""What people see at 40, 60, 80 and 120 columns, with long names, e-mails and titles.

``screens.txt`` has all of it to look at; ``python -m tests.report.test_screens`` writes it anew.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import RenderableType

from dd_incident_roles.model import INCIDENT_MANAGER, Entry, EntryKey
from dd_incident_roles.model import NOTE as NOTED
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.report.catalogue_text import roles_table, rules_table
from dd_incident_roles.report.check_text import check_text
from dd_incident_roles.report.documents import TargetState
from dd_incident_roles.report.documents.history import Person
from dd_incident_roles.report.documents.status import Role, StatusView
from dd_incident_roles.report.documents.timeline import EntryRow, EntryTarget, TimelineView
from dd_incident_roles.report.history_text import history_table
from dd_incident_roles.report.status_text import overview_table, status_table
from dd_incident_roles.report.timeline_table import timeline_table
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import PROGRAM, command
from tests.policy.cases import at
from tests.report import checks, test_history, test_status
from tests.report.cases import DECLARED, NOW, changed, incident, on_terminal
from tests.report.test_catalogue import SHIPPED

SCREENS = Path(__file__).with_name("screens.txt")
WIDTHS = (40, 60, 80, 120)

TITLE = "Checkout fails for most customers in Europe since the deployment of 14:02"
WIDE = "支払いサービスが遅い、原因はデータベースの接続数の上限と思われる"
LONG = "Maximiliana von Hohenstein-Wetterau"
LONG_EMAIL = "maximiliana.hohenstein-wetterau@subsidiary.corp.example"
SATO = "佐藤花子・データベース担当"
NOTE = "Paged the database team; they see that the number of connections is at its limit"
STATES = {"datadog": TargetState.IN_SYNC}


def row(called: str, title: str, *people: tuple[str | None, str], **values: object) -> Role:
    """A required role with holders; the first has had it for a while."""
    holders = tuple(
        changed(test_status.ADA, name=name, email=email, since=None if number else DECLARED)
        for number, (name, email) in enumerate(people)
    )
    about = {"role": called, "title": title, "called": called, "required": True}
    return changed(test_status.BACKUP, **{**about, "holders": holders, "targets": STATES, **values})


ROWS = (
    row("im", "Incident Manager", (LONG, LONG_EMAIL), role=INCIDENT_MANAGER),
    row("tl", "Tech Lead", ("Bo", "bo@corp.example"), ("Bo", "bo.other@corp.example")),
    row("tl", "Tech Lead", (None, LONG_EMAIL), stream="database and everything behind it"),
    row("cm", "Communications Manager"),
    row("scribe", "Scribe", (SATO, "sato@corp.example"), targets={"datadog": TargetState.PENDING}),
    row("backup", "Backup Incident Manager", required=False),
)
URL = "https://app.datadoghq.com/incidents/100{}"
FULL = StatusView(incident=incident(TITLE), rows=ROWS, url=URL.format(1))
SLOW = replace(
    FULL,
    incident=replace(incident(WIDE, severity="SEV-2"), public_id=1002),
    rows=(row("im", "Incident Manager", (SATO, "sato@corp.example"), role=INCIDENT_MANAGER),),
    url=URL.format(2),
)
LATE = replace(
    FULL,
    incident=replace(
        incident("Report is late", severity="SEV-3"),
        public_id=1003,
        declared=DECLARED - timedelta(days=3),
    ),
    rows=(row("im", "Incident Manager", role=INCIDENT_MANAGER), row("fr", "First Responder")),
    notices=("Datadog could not be read; this is what was recorded here.",),
    is_read=False,
    url=URL.format(3),
)


def noted(key: str, minute: float, text: str, author: str | None, kind: str = NOTED) -> EntryRow:
    """An entry that Datadog has."""
    when = at(minute)
    entry = Entry(
        key=EntryKey(key),
        at=when,
        created=when,
        text=text,
        author=author,
        kind=kind,
        important=text == NOTE,
    )
    target = EntryTarget(state=TargetState.IN_SYNC, id="cell")
    return EntryRow(entry=entry, key=key[:4], targets={"datadog": target})


TIMELINE = TimelineView(
    incident_id=incident().id,
    name="IR-1001",
    title=TITLE,
    rows=(
        noted("cccccccccc", -900, "Deployed", "Bo"),
        noted("abcdefghij", 3, NOTE, LONG),
        noted("dd:cell-2", 4, "Tech Lead: nobody → Bo", None, "role_change"),
        noted("bcdefghija", 14, f"{WIDE}。\nEffect: none so far", SATO),
    ),
    left_out=12,
)
NAMES = {"Ada": (LONG, LONG_EMAIL), "Bo": (SATO, "sato@corp.example"), "Zoe": (LONG, None)}
HISTORY = test_history.view()
HISTORY = changed(
    HISTORY,
    incident_title=TITLE,
    gaps=HISTORY.gaps[:1],
    overlaps=(),
    durations=None,
    shown=tuple(
        changed(each, holder=Person(name=name, email=email))
        for each in HISTORY.shown
        for name, email in [NAMES.get(each.holder.name, (each.holder.name, each.holder.email))]
    ),
)
FINDINGS = (
    checks.finding(level=Level.WARNING, public_id=1003),
    checks.finding(f'Nobody is Scribe of IR-1001 "{TITLE}" (SEV-1), open for 4 days.'),
    checks.finding(fix=command("timeline", "add", 1001, "TEXT " * 30)),
    checks.waived(checks.finding(public_id=1002), reason=WIDE),
    checks.of_the_policy(),
)
FOUND = checks.check_of(
    *(
        replace(each, incident=each.incident and replace(each.incident, title=TITLE))
        for each in FINDINGS
    ),
    not_evaluated=checks.gaps("Datadog answered 403")[:1],
)
SHOWN: dict[str, tuple[RenderableType, str]] = {
    "status": (
        overview_table([FULL, SLOW, LATE], NOW),
        f"{TITLE}{WIDE}{LONG}{SATO}cmfrnobody3d1h",
    ),
    "status 1001": (
        status_table([FULL], NOW),
        f"{TITLE}{LONG}{LONG_EMAIL}{SATO}bo@corp.examplebo.other@corp.example",
    ),
    "timeline list 1001": (timeline_table(TIMELINE, NOW), f"{TITLE}{NOTE}{WIDE}{LONG}{SATO}abcd"),
    "history 1001": (history_table(HISTORY, NOW), f"{TITLE}{LONG * 3}{SATO}"),
    "check": (check_text(FOUND), f"{TITLE * 3}{WIDE}"),
    "roles list": (
        roles_table(SHIPPED),
        "".join(role.title + role.key + "".join(role.aliases) for role in SHIPPED.roles),
    ),
    "explain": (
        rules_table(RULES.values()),
        "".join(r.id + r.name + r.title for r in RULES.values()),
    ),
}


def letters(text: str) -> Counter[str]:
    return Counter("".join(text.split()))


@pytest.mark.parametrize("width", [*WIDTHS, 20, 33, 59, 61, 79, 97, 139])
@pytest.mark.parametrize("name", SHOWN)
def test_everything_fits_and_nothing_is_lost(name: str, width: int) -> None:
    """No line is wider than the terminal, but a command or a word, which nobody could copy else."""
    shown, content = SHOWN[name]
    screen = on_terminal(shown, width=width)
    wide = [line for line in screen.splitlines() if cell_len(line) > width]
    assert not [line for line in wide if f"{PROGRAM} " not in line and len(line.split()) > 1]
    assert not letters(content) - letters(screen)
    assert "…" not in screen


@pytest.mark.parametrize("name", SHOWN)
def test_a_terminal_of_80_columns_has_tables_and_a_narrow_one_has_none(name: str) -> None:
    """The line below the headings tells a table."""
    rule = "\u2500" * 20
    shown, _ = SHOWN[name]
    assert (rule in on_terminal(shown, width=80)) is (name != "check")
    assert rule not in on_terminal(shown, width=59)


def _seen(shown: RenderableType, width: int) -> str:
    lines = on_terminal(shown, width=width).splitlines()
    return "\n".join(line.rstrip() for line in lines).strip()


def screens() -> str:
    """Every screen, at each width."""
    return "".join(
        f"#### {name} in {width} columns\n{_seen(shown, width)}\n\n"
        for name, (shown, _) in SHOWN.items()
        if name != "explain"
        for width in WIDTHS
    )


def test_the_screens_are_as_they_were_looked_at() -> None:
    """Whoever changes one writes the file anew, as its module says, and looks at all widths."""
    assert screens() == SCREENS.read_text("utf-8")


if __name__ == "__main__":
    SCREENS.write_text(screens(), "utf-8")
