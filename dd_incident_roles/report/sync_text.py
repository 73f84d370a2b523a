"""``sync`` for a person: a line per change, then the sum, then what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from dd_incident_roles.report.clean import styled
from dd_incident_roles.report.documents.sync import Sync
from dd_incident_roles.report.sentences import held_back
from dd_incident_roles.report.targets import display_name
from dd_incident_roles.report.terminal import joined, named
from dd_incident_roles.words import command, count_of, time_label


def sync_text(sync: Sync) -> Text:
    """What one sync did, or in a dry run would do."""
    return joined([*_lines(sync), _sum(sync), *_next_steps(sync)])


def _lines(sync: Sync) -> Iterator[Text]:
    where = "would change in" if sync.dry_run else "in"
    for change in sync.changes:
        target = display_name(change.target)
        yield styled(f"{named(change.incident)}  {where} {target}: {change.summary}")
    for conflict in sync.conflicts:
        yield styled(
            f"{named(conflict.incident)}  conflict: {conflict.role} was changed on both sides; "
            f"{display_name(conflict.target)} shows {conflict.standing or 'nobody'} and stands, "
            f"the record had {conflict.wanted or 'nobody'}",
            "yellow",
        )
    for notice in sync.notices:
        yield styled(f"{named(notice.incident)}  note: {notice.text}", "dim")
    for refusal in sync.refused:
        why = held_back(refusal.reason, refusal.by_itself)
        yield styled(f"{named(refusal.incident)}  held back: {why}", "bold red")
    for write in sync.refused_writes:
        times = "once" if write.tries == 1 else f"{write.tries} times"
        again = f"again at {time_label(write.next_try, write.last)} UTC"
        refused = f"{display_name(write.target)} refuses {write.summary}"
        yield styled(
            f"{named(write.incident)}  at rest: {refused} (asked {times}, {again}): {write.reason}",
            "yellow",
        )
    for failure in sync.failures:
        doubt = " (it is not known whether it was applied)" if failure.ambiguous else ""
        failed = f"{display_name(failure.target)} failed: {failure.error}{doubt}"
        yield styled(f"{named(failure.incident)}  {failed}", "bold red")


def _sum(sync: Sync) -> Text:
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


def _next_steps(sync: Sync) -> Iterator[Text]:
    hints = [refusal.hint for refusal in sync.refused] + [failure.hint for failure in sync.failures]
    steps = [hint for hint in dict.fromkeys(hints) if hint]
    # To send again at once what was turned down is of no use; only what failed otherwise is.
    if not all(failure.declined for failure in sync.failures):
        steps.append("run the same command again; what was done is not done twice.")
    for incident in dict.fromkeys(write.incident for write in sync.refused_writes):
        retry = command("sync", incident, "--retry-refused")
        steps.append(f"once what was refused is mended: {retry}")
    for conflict in sync.conflicts:
        decide = command("assign", conflict.incident, conflict.role, "PERSON")
        steps.append(f"settle {conflict.role}: {decide}")
    if sync.dry_run and sync.changes:
        steps.append("run it without --dry-run to make these changes.")
    for step in steps:
        yield styled(f"Next: {step}")
