"""Every way in which the product can fail, each with its exit code and what to do next.

IncidentRolesError
├── UsageError (2)              what was typed or configured cannot be carried out
│   ├── ConfigurationError      names the file, the key and the value
│   │   └── OtherOrganisation   the record is of one organisation, the keys are of another
│   │   └── UnreadableFile      several problems in one file
│   ├── UnknownRole · UnknownPerson · AmbiguousPerson · UnknownIncident
│   └── HoldersUnclear          the role has several holders and none was named
├── TargetError (3)             a system that the record is synced with could not be read or written
│   ├── DatadogError            Datadog
│   │   ├── Unreachable (OutOfTime) · RedirectRefused · UnexpectedAnswer · RateLimited
│   │   ├── Unauthorized · Forbidden · NotFound · Refused
│   │   └── WriteNotConfirmed   accepted, but reading it back shows something else
│   └── PlaceError              an issue tracker or a chat
├── RecordError (3)             the record could not be opened, read or written
│   ├── NoRecord                there is none yet
│   ├── RecordChanged           the record changed while a change was prepared
│   ├── TakenOver               another process works on the incident by now
│   └── RecordReadOnly          it can be read but not written: a full disk, or permissions
├── NotHandedOver (3, 75)       a handoff could not be completed, and was undone
└── RecordLocked (75)           another run holds the lock
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta


class IncidentRolesError(Exception):
    """An expected failure: one sentence of what happened, and one of what to do next."""

    exit_code: int = 3
    details: Sequence[str] = ()
    """Further lines, shown one below the other between the message and the hint."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class UsageError(IncidentRolesError):
    """The command cannot be carried out as it was typed."""

    exit_code = 2


class ConfigurationError(UsageError):
    """A setting or a file of the configuration is wrong."""

    def __init__(
        self,
        problem: str,
        *,
        file: str | None = None,
        key: str | None = None,
        value: object = None,
        line: int | None = None,
        hint: str | None = None,
    ) -> None:
        place = f"{file}:{line}" if file and line else file
        shown = "" if value is None else f" ({value!r})"
        parts = [part for part in (place, f"{key}{shown}" if key else None, problem) if part]
        super().__init__(": ".join(parts), hint=hint)
        self.problem = problem
        self.file = file
        self.key = key
        self.value = value
        self.line = line


class UnreadableFile(ConfigurationError):
    """Several problems in one file; each is one of the details."""

    def __init__(
        self, problems: Sequence[ConfigurationError], *, file: str, hint: str | None = None
    ) -> None:
        super().__init__(f"{len(problems)} problems", file=file, hint=hint)
        self.details = tuple(str(problem) for problem in problems)
        self.problems = tuple(problems)


class OtherOrganisation(ConfigurationError):
    """The record belongs to one organisation and the keys to another; nothing was asked or sent."""

    def __init__(self, record: str, *, kept: str, found: str) -> None:
        super().__init__(
            f"The record {record} belongs to {kept}, but the keys belong to {found}.",
            hint="Choose another record with --store FILE or DD_INCIDENT_ROLES_STORE, or use keys "
            "that fit this record.",
        )


class UnknownRole(UsageError):
    """No role of the catalogue has this key, title or alias."""

    def __init__(self, name: str, known: Sequence[str], near: str = "") -> None:
        hint = f"{near} Known roles: {', '.join(known)}.".strip()
        super().__init__(f"No role is called {name!r}.", hint=hint)


class UnknownPerson(UsageError):
    """Nobody has exactly this e-mail, handle or people key."""

    def __init__(self, name: str, near: Sequence[str] = (), *, hint: str | None = None) -> None:
        listed = f"Did you mean {' or '.join(near)}?" if near else None
        super().__init__(
            f"No user matches {name!r} exactly.",
            hint=hint or listed or "Give the exact e-mail or handle of an active Datadog user.",
        )
        self.is_explained = bool(hint or listed)


class AmbiguousPerson(UsageError):
    """Several people match a name; ``by_id`` is whether only their account ids differ."""

    def __init__(self, name: str, candidates: Sequence[str], *, by_id: bool = False) -> None:
        what, hint = "people", f"Give one of these e-mails instead: {', '.join(candidates)}."
        if by_id:
            listed = "; ".join(candidates)
            what, hint = "accounts", f"Give one of these account ids instead: {listed}."
        super().__init__(f"{name!r} matches {len(candidates)} {what}.", hint=hint)
        self.candidates = tuple(candidates)


class UnknownIncident(UsageError):
    """No incident matches what was given, or the keys cannot see it."""

    def __init__(self, reference: str, *, hint: str | None = None) -> None:
        super().__init__(
            f"Datadog shows no incident {reference!r} to these keys.",
            hint=hint
            or "Give a UUID, a public id such as 1001 or IR-1001, or the incident's URL. A private "
            "incident also needs the permission to see it.",
        )


class HoldersUnclear(UsageError):
    """A role has several holders, and the command does not say which one it means."""

    def __init__(self, message: str, holders: Sequence[str], *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.holders = tuple(holders)


class TargetError(IncidentRolesError):
    """A system that the record is synced with could not be read or written.

    ``ambiguous`` is whether a write may have been applied without an answer; ``status`` is the
    HTTP status if there was one; ``declines_write`` is whether a write was understood and turned
    down, so that sending it again without a change gets the same answer.
    """

    stops_the_run: bool = False
    """Whether every further request of the run to that system would fail in the same way."""

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        status: int | None = None,
        ambiguous: bool = False,
        declines_write: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.ambiguous = ambiguous
        self.declines_write = declines_write


class DatadogError(TargetError):
    """Datadog could not be read or written."""


class PlaceError(TargetError):
    """An issue tracker or a chat could not be read or written; ``target`` is which one.

    ``stops_the_run`` is True of a token that is refused, of a scope that it lacks and of a rate
    limit: the other systems go on.
    """

    def __init__(
        self,
        message: str,
        *,
        target: str,
        hint: str | None = None,
        status: int | None = None,
        ambiguous: bool = False,
        declines_write: bool = False,
        stops_the_run: bool = False,
    ) -> None:
        super().__init__(
            message,
            hint=hint,
            status=status,
            ambiguous=ambiguous,
            declines_write=declines_write,
        )
        self.target = target
        self.stops_the_run = stops_the_run


class Unreachable(DatadogError):
    """No answer: the connection failed, was dropped, or took too long."""


class OutOfTime(Unreachable):
    """Nothing was sent: the time limit of the command or the run is reached."""

    stops_the_run = True


class RedirectRefused(DatadogError):
    """The answer was a redirect, which would have carried the keys to another host."""

    stops_the_run = True


class UnexpectedAnswer(DatadogError):
    """The answer was not what the endpoint gives: cut short, HTML, or a server error."""


class RateLimited(DatadogError):
    """Datadog asked for a longer pause than the run may take: of so many seconds, if it says so."""

    stops_the_run = True
    pause: float | None = None


class Unauthorized(DatadogError):
    """Datadog does not accept the keys (401, or 403 for a missing or wrong key)."""

    stops_the_run = True


class Forbidden(DatadogError):
    """The keys are valid but lack a permission for this (403)."""


class NotFound(DatadogError):
    """It does not exist, or the keys cannot see it (404)."""


class Refused(DatadogError):
    """Datadog understood the request and refused it (400, 405, 409, 422 and the like)."""


class WriteNotConfirmed(DatadogError):
    """Datadog accepted a write but shows something else afterwards."""


class RecordError(IncidentRolesError):
    """The record could not be opened, read or written."""


class NoRecord(RecordError):
    """There is no record yet at the place that the settings name."""


class RecordChanged(RecordError):
    """The record changed while a change was prepared; nothing was written."""


class TakenOver(RecordError):
    """Another process took the incident in hand while this one was held up; nothing was written."""


class RecordReadOnly(RecordError):
    """The record cannot be written, because the disk is full or permissions forbid it."""


class NotHandedOver(IncidentRolesError):
    """A handoff could not be completed; the person who held the role is still responsible.

    ``exit_code`` is that of the cause.
    """

    def __init__(self, message: str, *, hint: str | None = None, exit_code: int = 3) -> None:
        super().__init__(message, hint=hint)
        self.exit_code = exit_code


class RecordLocked(IncidentRolesError):
    """Another run holds the lock on the record."""

    exit_code = 75

    def __init__(self, path: str, owner: str | None, *, held_for: timedelta | None = None) -> None:
        who = f" ({owner})" if owner else ""
        minutes = int(held_for / timedelta(minutes=1)) if held_for else 0
        hint = "Wait and run again. The lock is released when that run ends, even if it crashes."
        # A run gives up after ten minutes, so that a longer one hangs.
        self.is_overdue = minutes >= 10
        if self.is_overdue:
            who = f" for {minutes} minutes{who}"
            hint = (
                "A run should end within ten minutes: see what it waits for, or end that process."
            )
        super().__init__(f"Another run holds the lock on {path}{who}.", hint=hint)
