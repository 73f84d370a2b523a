"""``sync`` for a person: a line per change, then the sum, then what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.text import Text

from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.lines import joined, named
from dd_incident_roles.report.target_words import display_name
from dd_incident_roles.report.views import (
    ConflictView,
    FailureView,
    RefusalView,
    RefusedWriteView,
    SyncView,
)
from dd_incident_roles.words import count_of, time_label


def sync_text(sync: SyncView) -> Text:
    """What one sync did, or in a dry run would do."""
    return joined([*_lines(sync), _sum(sync), *_next_steps(sync)])


def held_back(reason: str, by_itself: datetime | None) -> str:
    """Why the guard held something back, and when it goes without a word from anybody."""
    if by_itself is None:
        return reason
    return f"{reason} (goes through by itself at {by_itself.astimezone(UTC):%H:%M} UTC)"


def _lines(sync: SyncView) -> Iterator[Text]:
    where = "would change in" if sync.dry_run else "in"
    for change in sync.changes:
        target = display_name(change.target)
        yield styled(f"{named(change.incident)}  {where} {target}: {change.summary}")
    for conflict in sync.conflicts:
        yield styled(_conflict(conflict), "yellow")
    for notice in sync.notices:
        yield styled(f"{named(notice.incident)}  note: {notice.text}", "dim")
    for refusal in sync.refused:
        yield styled(_refusal(refusal), "bold red")
    for write in sync.refused_writes:
        yield styled(_refused_write(write), "yellow")
    for failure in sync.failures:
        yield styled(_failure(failure), "bold red")


def _conflict(conflict: ConflictView) -> str:
    return (
        f"{named(conflict.incident)}  conflict: {conflict.role} was changed on both sides; "
        f"{display_name(conflict.target)} shows {conflict.standing or 'nobody'} and stands, "
        f"the record had {conflict.wanted or 'nobody'}"
    )


def _refusal(refusal: RefusalView) -> str:
    why = held_back(refusal.reason, refusal.by_itself)
    return f"{named(refusal.incident)}  held back: {why}"


def _refused_write(write: RefusedWriteView) -> str:
    times = "once" if write.tries == 1 else f"{write.tries} times"
    return (
        f"{named(write.incident)}  at rest: {display_name(write.target)} refuses {write.summary} "
        f"(asked {times}, again at {time_label(write.next_try, write.last)} UTC): {write.reason}"
    )


def _failure(failure: FailureView) -> str:
    doubt = " (it is not known whether it was applied)" if failure.ambiguous else ""
    return (
        f"{named(failure.incident)}  {display_name(failure.target)} failed: {failure.error}{doubt}"
    )


def _sum(sync: SyncView) -> Text:
    done = [
        count_of(sync.incidents, "incident"),
        count_of(len(sync.changes), "change"),
        *([count_of(len(sync.conflicts), "conflict")] if sync.conflicts else []),
        *([f"{len(sync.refused)} held back"] if sync.refused else []),
        *([f"{len(sync.refused_writes)} at rest"] if sync.refused_writes else []),
        *([count_of(len(sync.failures), "failure")] if sync.failures else []),
    ]
    requests = ", ".join(f"{count} {method}" for method, count in sorted(sync.requests.items()))
    dry = "Dry run, nothing was written: " if sync.dry_run else ""
    return styled(f"{dry}{', '.join(done)}; {requests or 'no requests'}", "bold")


def _next_steps(sync: SyncView) -> Iterator[Text]:
    hints = [refusal.hint for refusal in sync.refused] + [failure.hint for failure in sync.failures]
    for hint in dict.fromkeys(hint for hint in hints if hint):
        yield styled(f"Next: {hint}")
    if not all(failure.declined for failure in sync.failures):
        yield Text("Next: run the same command again; what was done is not done twice.")
    for incident in dict.fromkeys(write.incident for write in sync.refused_writes):
        yield styled(
            f"Next: once what was refused is mended: "
            f"dd-incident-roles sync {incident} --retry-refused"
        )
    for conflict in sync.conflicts:
        yield styled(
            f"Next: settle {conflict.role}: "
            f"dd-incident-roles assign {conflict.incident} {conflict.role} PERSON"
        )
    if sync.dry_run and sync.changes:
        yield Text("Next: run it without --dry-run to make these changes.")
