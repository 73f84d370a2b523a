"""What waits for somebody, each with what to type, and what could not be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.text import Text

from dd_incident_roles.policy.finding import Finding
from dd_incident_roles.policy.words import instant
from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.lines import joined, named
from dd_incident_roles.report.mine_views import MineView, OwedTask, ProposedHandoff, Unread
from dd_incident_roles.report.times import lasted
from dd_incident_roles.roles.catalogue import Level

_STYLES = {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.NOTE: "cyan"}


def owed_text(mine: MineView) -> Text:
    """Handoffs, tasks and findings that wait; a sentence where nothing does."""
    sections = [
        ("To answer", [_to_answer(each, mine.now) for each in mine.to_answer]),
        ("Waiting for others", [_waiting(each, mine) for each in mine.waiting]),
        ("Tasks", [_task(each, mine.now) for each in mine.tasks]),
        ("To act on", [_finding(each) for each in mine.findings]),
        ("Not read, so there may be more", [_unread(each) for each in mine.unread]),
    ]
    told = [(heading, items) for heading, items in sections if items]
    if not told:
        return Text("Nothing waits for you.")
    lines: list[Text] = []
    for heading, items in told:
        lines += [Text("")] if lines else []
        lines.append(Text(heading, style="bold"))
        lines += [line for item in items for line in item]
    return joined(lines)


def _to_answer(handoff: ProposedHandoff, now: datetime) -> Iterator[Text]:
    asked = f"{handoff.giver.label} asks you" if handoff.giver else "You are asked"
    yield styled(f"{asked} to take over {_what(handoff)}{_times(handoff, now)}.")
    yield from _more(handoff, "accept it")


def _waiting(handoff: ProposedHandoff, mine: MineView) -> Iterator[Text]:
    yield styled(
        f"{handoff.receiver.label} is asked to take over {_what(handoff)}"
        f"{_times(handoff, mine.now)}; {_meanwhile(handoff, mine)} until then."
    )
    yield from _more(handoff, "take it back")


def _meanwhile(handoff: ProposedHandoff, mine: MineView) -> str:
    if handoff.giver is None:
        return "nobody holds it"
    is_own = handoff.giver == mine.person
    return "you are responsible" if is_own else f"{handoff.giver.label} is responsible"


def _more(handoff: ProposedHandoff, act: str) -> Iterator[Text]:
    if handoff.note:
        yield _below(f"note: {handoff.note}")
    yield _below(f"{act}: {handoff.command}")


def _what(handoff: ProposedHandoff) -> str:
    stream = f" ({handoff.stream})" if handoff.stream else ""
    return f"{handoff.title}{stream} of IR-{handoff.incident.public_id}"


def _times(handoff: ProposedHandoff, now: datetime) -> str:
    is_due = "was" if handoff.expires <= now else "is"
    return (
        f", since {instant(handoff.proposed, now)} ({lasted(now - handoff.proposed)}); "
        f"the answer {is_due} due by {instant(handoff.expires, now)}"
    )


def _task(task: OwedTask, now: datetime) -> Iterator[Text]:
    when, style = _due(task, now)
    yield Text.assemble(
        (when, style), " ", styled(f"IR-{task.incident.public_id} {task.text or '(no text)'}")
    )


def _due(task: OwedTask, now: datetime) -> tuple[str, str]:
    if task.due is None:
        return "no due time", "dim"
    if task.is_overdue(now):
        return f"overdue since {instant(task.due, now)} ({lasted(now - task.due)})", "bold red"
    return f"due {instant(task.due, now)} (in {lasted(task.due - now)})", ""


def _finding(finding: Finding) -> Iterator[Text]:
    yield Text.assemble(
        (f"{finding.level.value} {finding.rule}", _STYLES[finding.level]),
        " ",
        styled(finding.message),
    )
    yield _below(f"fix: {finding.fix}")


def _unread(unread: Unread) -> Iterator[Text]:
    yield styled(f"{named(unread.incident)}: {unread.reason}", "bold red")
    if unread.hint:
        yield _below(unread.hint)


def _below(text: str) -> Text:
    return Text.assemble("  ", styled(text))
