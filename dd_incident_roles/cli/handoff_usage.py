"""What can be typed after ``handoff``, and what cannot."""

from __future__ import annotations

from collections.abc import Iterable

from dd_incident_roles.errors import UsageError

ANSWERS = ("accept", "decline")


def understood(words: tuple[str, ...]) -> tuple[str | None, str, str]:
    """The answer, where one is given, then the incident and the role; raises UsageError."""
    match words:
        case (answer, incident, role) if answer in ANSWERS:
            return answer, incident, role
        case (incident, role) if incident not in ANSWERS:
            return None, incident, role
        case _:
            raise UsageError(
                "A handoff names an incident and a role.",
                hint="handoff INCIDENT ROLE --to PERSON, or handoff accept INCIDENT ROLE.",
            )


def check_answer(answer: str, *, note: str | None, others: Iterable[bool]) -> None:
    """Raise UsageError for what the proposal has said already; ``others`` are those given."""
    if any(others):
        raise UsageError(
            f"handoff {answer} takes no --to, --propose, --within, --force or --reason.",
            hint="Leave them out.",
        )
    if answer == "accept" and note is not None:
        raise UsageError(
            "handoff accept takes no --note: the note is that of whoever hands over.",
            hint="Write what is to be known with timeline add.",
        )


def check_handover(
    receiver: str | None, *, propose: bool, timed: bool, force: bool, reason: str | None
) -> None:
    """Raise UsageError for options that say nothing together; ``timed`` is by --within."""
    if receiver is None:
        raise UsageError("It is not said who takes the role over.", hint="Add --to PERSON.")
    if timed and not propose:
        raise UsageError(
            "--within is for a handoff that waits for its receiver.",
            hint="Add --propose, or leave it out to hand over at once.",
        )
    if force and not (reason or "").strip():
        raise UsageError(
            "A role is taken with --force only for a reason.", hint="Add --reason TEXT."
        )
    if reason is not None and not force:
        raise UsageError("--reason goes with --force.", hint="Use --note for what is to be known.")
    if force and propose:
        raise UsageError("What is taken by force is not proposed.", hint="Leave one of them out.")
