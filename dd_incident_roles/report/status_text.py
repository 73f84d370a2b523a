"""``status`` for a person: a line or a table per incident, or what somebody holds and owes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.style import Style
from rich.text import Text

from dd_incident_roles import words
from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.report import terminal
from dd_incident_roles.report.catalogue_text import responsibilities
from dd_incident_roles.report.documents import TargetState
from dd_incident_roles.report.documents.status import Role, StatusView
from dd_incident_roles.report.targets import display_name, footnotes, state_text, target_names
from dd_incident_roles.report.terminal import (
    ALARM,
    CAUTION,
    LEVEL_STYLES,
    Call,
    Fit,
    Sheet,
    as_group,
    as_text,
)
from dd_incident_roles.sync.skip import (
    ENOUGH,
    OPERATIONS,
    ChangeKind,
    Evidence,
    Operation,
    Part,
    trusted_parts,
)
from dd_incident_roles.words import clean

if TYPE_CHECKING:
    # A person waits for `status`, which shows none of it.
    from dd_incident_roles.report.documents.mine import Handoff, Mine, Task

_NONE = Text("There is no incident to show.")


@as_group
def overview_table(statuses: Sequence[StatusView], now: datetime) -> Iterator[RenderableType]:
    """A line for each incident: who leads it, which required roles are empty, and its age."""
    if not statuses:
        yield _NONE
        return
    kind = "open incident" if all(each.incident.is_open for each in statuses) else "incident"
    yield Text(words.count_of(len(statuses), kind), style="bold")
    call = _calling(row for status in statuses for row in status.rows)
    shown = Sheet(
        {
            "Incident": Fit.WHOLE,
            "Sev.": Fit.WHOLE,
            "Title": Fit.TEXT,
            "Incident Manager": Fit.NAME,
            "Missing": Fit.NAME,
            "Open for": Fit.WHOLE,
        }
    )
    for status in statuses:
        incident = status.incident
        [manager] = [row for row in status.rows if row.role == INCIDENT_MANAGER]
        empty = [row.called for row in status.rows if row.required and not row.is_held]
        shown.add(
            Text(words.incident_label(incident.public_id), style=Style(link=status.url)),
            incident.severity,
            incident.title,
            Text(", ").join(_holders(manager, call, "nobody")),
            as_text(", ".join(empty), ALARM),
            words.short_duration(now - incident.declared) if incident.is_open else incident.state,
        )
    yield shown
    yield from _further(statuses)


def _further(statuses: Sequence[StatusView]) -> Iterator[Text]:
    """What is to be known of incidents that were not read, and of which others there is more."""
    told: dict[str, list[int]] = {}
    more: list[int] = []
    for status in statuses:
        number = status.incident.public_id
        if not status.is_read:
            for notice in status.notices:
                told.setdefault(notice, []).append(number)
        elif status.notices or any(footnotes(status.rows, number)):
            more.append(number)
    for notice, numbers in told.items():
        yield as_text(f"{words.join_names(map(words.incident_label, numbers))}: {notice}", CAUTION)
    if more:
        named = words.join_names(map(words.incident_label, more))
        yield as_text(
            f"There is more to know of {named}: {words.command('status', *more)}", CAUTION
        )
    if url := statuses[0].url:
        yield as_text(f"In Datadog: {url.rpartition('/')[0]}", "dim")


@as_group
def status_table(statuses: Sequence[StatusView], now: datetime) -> Iterator[RenderableType]:
    """Every role of every incident with its holders, since when, and where that is true."""
    if not statuses:
        yield _NONE
    for status in statuses:
        yield from _incident(status, now)


def _incident(status: StatusView, now: datetime) -> Iterator[RenderableType]:
    incident = status.incident
    yield terminal.incident_line(incident, *terminal.incident_facts(incident, now))
    if status.url:
        yield as_text(status.url, "dim")
    for place in status.places:
        source = "(named by Datadog)" if place.named_by == "datadog" else None
        parts = (place.label, place.url, source)
        yield as_text(" ".join(part for part in parts if part), "dim")
    yield _table(status.rows, now)
    notes = [*footnotes(status.rows, incident.public_id), *status.notices]
    yield from (as_text(note, CAUTION) for note in notes)
    yield from [Text("")] if notes else []


def _table(rows: Sequence[Role], now: datetime) -> Sheet:
    targets = target_names(row.targets for row in rows)
    shown, call = _empty_table("Role", "Holder", targets, now), _calling(rows)
    for row in rows:
        title = words.role_label(row.title, row.stream)
        states = [_state(row, target) for target in targets]
        sinces = [holder.since for holder in row.holders] or [None]
        for number, (who, since) in enumerate(zip(_holders(row, call), sinces, strict=True)):
            # A role with several holders is named once, at the first of them.
            first = number == 0
            shown.add(
                title if first else "",
                who,
                words.since_label(since, now) if since else "",
                *(states if first else [""] * len(states)),
            )
    return shown


def _calling(rows: Iterable[Role]) -> Call:
    return terminal.calling((holder.name, holder.email) for row in rows for holder in row.holders)


def _holders(row: Role, call: Call, required: str = "nobody (required)") -> list[Text]:
    """Everybody who holds a role, or one word for nobody, which is red where it matters."""
    if not row.holders:
        return [Text(required, ALARM) if row.required else Text("nobody", "dim")]
    return [as_text(holder.called_by(call)) for holder in row.holders]


def _empty_table(first: str, second: str, targets: Iterable[str], now: datetime) -> Sheet:
    states = (f"In {display_name(name)}" for name in targets)
    whole = dict.fromkeys((f"Since ({now:%Z})", *states), Fit.WHOLE)
    return Sheet({first: Fit.NAME, second: Fit.NAME, **whole})


def _state(row: Role, target: str) -> Text:
    state = row.targets.get(target)
    # That both sides agree that nobody holds a role needs no word.
    if not row.holders and state in (TargetState.IN_SYNC, TargetState.NOT_SUPPORTED):
        return Text("")
    return state_text(state)


@as_group
def mine_table(mine: Mine) -> Iterator[RenderableType]:
    """What somebody holds, what that asks of them, and what they owe."""
    if not mine.incidents and not mine.not_read:
        yield Text("No incident is open." if mine.only_open else "There is no incident to show.")
        return
    # What waits is shown to somebody without a role too.
    if mine.roles:
        yield as_text(f"You ({mine.person.label}) hold {words.count_of(len(mine.roles), 'role')}.")
        yield _held_table(mine)
        notes = list(_footnotes(mine))
        yield from [*notes, Text("")] if notes else []
        yield from _duties(mine)
    else:
        yield Text(_nothing_held(mine))
    yield owed_text(mine)


def _nothing_held(mine: Mine) -> str:
    kind = "open incident" if mine.only_open else "incident"
    if mine.incidents == 1:
        return f"You hold no role in {'the' if mine.only_open else 'this'} {kind}."
    these = "the" if mine.only_open else "these"
    return f"You hold no role in {these} {words.count_of(mine.incidents, kind)}."


def _held_table(mine: Mine) -> Sheet:
    targets = target_names(held.targets for held in mine.roles)
    shown = _empty_table("Role", "Incident", targets, mine.now)
    for held in mine.roles:
        shown.add(
            words.role_label(held.title, held.stream),
            f"{words.incident_label(held.incident.public_id)} {held.incident.title}",
            words.since_label(held.since, mine.now) if held.since else "",
            *(state_text(held.targets.get(name), plain=True) for name in targets),
        )
    return shown


def _footnotes(mine: Mine) -> Iterator[Text]:
    for public_id in dict.fromkeys(held.incident.public_id for held in mine.roles):
        rows = [held for held in mine.roles if held.incident.public_id == public_id]
        for note in footnotes(rows, public_id):
            yield as_text(note, CAUTION)


def _duties(mine: Mine) -> Iterator[Text]:
    """What each role asks for, once for all incidents in which it asks for the same."""
    duties = [(held.title, held.summary, held.responsibilities) for held in mine.roles]
    # The same role in two incidents asks for the same.
    for title, summary, texts in dict.fromkeys(duties):
        yield as_text(title, "bold")
        # Responsibilities say more than the summary of the same role.
        if summary and not texts:
            yield as_text(summary)
        yield from responsibilities(texts)
        yield Text("")


def owed_text(mine: Mine) -> Text:
    """Handoffs, tasks and findings that wait; a sentence where nothing does."""
    sections = {
        "To answer": _to_answer(mine),
        "No longer to answer": _void(mine),
        "Waiting for others": _waiting(mine),
        "Tasks": (_task(each, mine.now) for each in mine.tasks),
        "To act on": _to_act_on(mine),
        "Not read, so there may be more": _not_read(mine),
    }
    lines: list[Text] = []
    for heading, items in sections.items():
        if found := list(items):
            lines += [Text("")] if lines else []
            lines += [Text(heading, style="bold"), *found]
    return terminal.join_lines(lines) if lines else Text("Nothing waits for you.")


def _to_answer(mine: Mine) -> Iterator[Text]:
    for handoff in mine.handoffs_to_answer:
        # A role that stands empty can be offered too.
        asked = f"{handoff.giver.label} asks you" if handoff.giver else "You are asked"
        late = handoff.expires <= mine.now
        meanwhile = f"; {_meanwhile(handoff, mine)}" if late else ""
        yield as_text(
            f"{asked} to take over {_what(handoff)}{_times(handoff, mine.now)}{meanwhile}."
        )
        yield from _more(handoff, "decline it" if late else "accept it")


def _void(mine: Mine) -> Iterator[Text]:
    for handoff in mine.handoffs_void:
        is_own = handoff.receiver == mine.person
        asked = "You were" if is_own else f"{handoff.receiver.label} was"
        yield as_text(
            f"{asked} asked to take over {_what(handoff)}; the role has changed hands since."
        )
        yield terminal.line_below(f"who holds it: {handoff.command}")


def _waiting(mine: Mine) -> Iterator[Text]:
    for handoff in mine.handoffs_waiting:
        asked = f"{handoff.receiver.label} is asked to take over {_what(handoff)}"
        until = "" if handoff.expires <= mine.now else " until then"
        meanwhile = _meanwhile(handoff, mine)
        yield as_text(f"{asked}{_times(handoff, mine.now)}; {meanwhile}{until}.")
        yield from _more(handoff, "take it back")


def _meanwhile(handoff: Handoff, mine: Mine) -> str:
    if handoff.giver is None:
        return "nobody holds it"
    is_own = handoff.giver == mine.person
    return f"{'you are' if is_own else f'{handoff.giver.label} is'} responsible"


def _to_act_on(mine: Mine) -> Iterator[Text]:
    for finding in mine.findings:
        level = as_text(f"{finding.level.value} {finding.rule}", LEVEL_STYLES[finding.level])
        yield Text.assemble(level, " ", as_text(finding.message))
        yield terminal.line_below(f"fix: {finding.fix}")


def _not_read(mine: Mine) -> Iterator[Text]:
    for gap in mine.not_read:
        yield as_text(f"{terminal.name_of(gap.incident)}: {gap.reason}", ALARM)
        if gap.hint:
            yield terminal.line_below(gap.hint)


def _more(handoff: Handoff, act: str) -> Iterator[Text]:
    if handoff.note:
        yield terminal.line_below(f"note: {handoff.note}")
    yield terminal.line_below(f"{act}: {handoff.command}")


def _what(handoff: Handoff) -> str:
    role = words.role_label(handoff.title, handoff.stream)
    return f"{role} of {words.incident_label(handoff.incident.public_id)}"


def _times(handoff: Handoff, now: datetime) -> str:
    by = words.instant_label(handoff.expires, now)
    return (
        f", since {words.instant_label(handoff.proposed, now)} "
        f"({words.short_duration(now - handoff.proposed)}); "
        f"{f'it expired at {by}' if handoff.expires <= now else f'the answer is due by {by}'}"
    )


def _task(task: Task, now: datetime) -> Text:
    when, style = "no due time", "dim"
    if task.due is not None:
        due = words.instant_label(task.due, now)
        when, style = f"due {due} (in {words.short_duration(task.due - now)})", ""
        if task.overdue:
            when = f"overdue since {due} ({words.short_duration(now - task.due)})"
            style = ALARM
    text = f"{words.incident_label(task.incident.public_id)} {task.text or '(no text)'}"
    return Text.assemble((when, style), " ", as_text(text))


def trust_lines(known: Sequence[Evidence], now: datetime) -> Iterator[str]:
    """A line for each part of incidents: whether a sync asks for it in every run, and why."""
    trusted = trusted_parts(known, now)
    told: dict[tuple[Part, Operation], list[str]] = {}
    for evidence in known:
        kind = ChangeKind.of(evidence.kind)
        said = f"{kind.operation}{f' ({clean(kind.source)})' if kind.source else ''}"
        said += f" {evidence.valid(now)} of {ENOUGH}"
        if evidence.refuted:
            said += f", not at {words.instant_label(evidence.refuted, now)}"
        told.setdefault((kind.part, kind.operation), []).append(said)
    for part, operations in OPERATIONS:
        how = (
            "when the search shows a change, and every 8 minutes"
            if part in trusted
            else "in every run"
        )
        shown = [
            ", ".join(told.get((part, each), [f"{each} 0 of {ENOUGH}"])) for each in operations
        ]
        title = part.value.capitalize()
        yield f"{title} are read by sync {how}. Seen to show: {'; '.join(shown)}."
