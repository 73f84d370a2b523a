"""The sentences about a change that is recorded: what is now true, where, and what is left to do.

Every one is cleaned where the message is made, since names and texts come from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from dd_incident_roles import words
from dd_incident_roles.errors import IncidentRolesError
from dd_incident_roles.model import Assignment, Entry, Incident, IncidentId, Person, PersonKey
from dd_incident_roles.report.place_sentences import entry_key, role_shown, shown_in
from dd_incident_roles.roles.catalogue import Role
from dd_incident_roles.roles.ledger import Correction, DevisedRole, Handoff, LedgerChange
from dd_incident_roles.sync.plan import Failure, IncidentResult, RoleState, SyncState
from dd_incident_roles.sync.state import Conflict
from dd_incident_roles.sync.targets import GiveRole, Handover, TakeRole
from dd_incident_roles.timeline.change_entry import Act, TimelineChange, readable_text
from dd_incident_roles.values import frozen
from dd_incident_roles.words import clean

if TYPE_CHECKING:
    from dd_incident_roles.timeline.importing import Undoing

NOT_SYNCED = "Recorded here; the next sync carries it to Datadog."
"""Where a change is that was not to be carried further."""

_LONGEST_ENTRY = 60


@frozen
class Message:
    """The sentence for stdout, and what else there is to know, for stderr."""

    result: str
    stderr: tuple[str, ...] = ()


@frozen
class Progress:
    """How far a recorded change has come on its way to Datadog.

    ``result`` is None where Datadog was not to be written, or could not be; ``problem`` is why not.
    ``sync`` is False for a change that was only to be recorded. ``person`` names people, and
    ``void`` are those whose answer to a proposal the change has made void. ``places`` is what
    became of it in the incident's issue and room.
    """

    incident_id: IncidentId
    incident: Incident | None
    result: IncidentResult | None
    problem: IncidentRolesError | None
    sync: bool
    person: Callable[[PersonKey], Person]
    void: Sequence[PersonKey] = ()
    places: Sequence[IncidentResult] = ()
    zone: tzinfo = UTC

    @property
    def name(self) -> str:
        """How the incident is called in a sentence."""
        return words.incident_label(self.incident.public_id) if self.incident else self.incident_id

    @property
    def number(self) -> str:
        """How the incident is named in a command."""
        return str(self.incident.public_id) if self.incident else self.incident_id

    @property
    def notices(self) -> Sequence[str]:
        """What the sync had to say of the incident."""
        own = self.result.notices if self.result else ()
        return (*own, *(notice for place in self.places for notice in place.notices))

    def unshared(self, what: str) -> str | None:
        """That something is known to this record alone, and why, where it is so."""
        reason = self.result.unshared if self.result else None
        return words.unshared(what, reason) if reason else None

    @property
    def failures(self) -> Sequence[Failure]:
        """What the sync could not do."""
        return self.result.failures if self.result else ()

    def label(self, person: PersonKey) -> str:
        """How somebody is named in a sentence."""
        return self.person(person).label

    def state_of_role(self, role: str) -> RoleState | None:
        """How a role compares with Datadog, if that was seen."""
        role_states = self.result.role_states if self.result else ()
        return next((each for each in role_states if each.role == role), None)

    def setback(self) -> str | None:
        """Why the change is not in Datadog, None where nothing was in its way."""
        # Doubt is said before failure: a person must not type again what may be there.
        if any(failure.ambiguous for failure in self.failures):
            return "Recorded here; it is not known whether Datadog has it."
        if self.problem or self.result is None or self.failures:
            return "Recorded here, not yet in Datadog."
        return None

    def shown(self, role: Role) -> str:
        """Where a role is shown: in Datadog, and in the incident's issue and room or why not."""
        return role_shown(["Datadog"], self.places, role)

    def shown_beside(self, role: Role) -> str:
        """Where a role is shown that waits for Datadog."""
        setback, beside = self.setback() or "", role_shown([], self.places, role)
        return f"{words.clause(setback)}; {beside}" if beside else setback

    def commented(self, entry: Entry) -> list[str]:
        """The issues that got the entry as a comment just now."""
        return [
            each.place
            for each in self.places
            if each.place and any(entry.key == key for key in map(entry_key, each.writes))
        ]

    def where(self, shown: str) -> str:
        """Where the change can be seen: as ``shown``, unless it waits here."""
        return (self.setback() or shown) if self.sync else NOT_SYNCED

    def in_timeline(self) -> str:
        """Where the entry about the change can be read: nowhere else without a timeline."""
        alone = self.result and self.result.unshared
        return self.where("Recorded here." if alone else "It is in Datadog's timeline.")

    def no_longer_asked(self, role: Role, holder: PersonKey | None) -> Iterator[str]:
        """Who can no longer accept a role that was proposed to them."""
        for each in self.void:
            if each != holder:
                yield f"{self.label(each)} was asked to take over {role.title}, and no longer is."

    def problems(self) -> Iterator[str]:
        """What went wrong, and what to type about it."""
        errors = [each.error for each in self.failures]
        errors += [each.error for place in self.places for each in place.failures]
        for error in [self.problem, *errors] if self.problem else errors:
            yield from _error(error)
        again = words.command("sync", self.number)
        # To send again at once what was turned down would be turned down again.
        failures = [*self.failures, *(each for place in self.places for each in place.failures)]
        if any(failure.declined for failure in failures):
            yield f"  The change is kept; once that is fixed, run: {again} --retry-refused"
        elif self.problem or errors:
            yield f"  The change is kept; try again: {again}"
        if self.result and (refusal := self.result.refusal):
            yield f"Held back: {reason_held_back(refusal.reason, refusal.by_itself)}."
            yield f"  To do it anyway: {words.command('sync', refusal.public_id)} {refusal.flag}"

    def message(
        self,
        truth: str,
        where: str,
        *,
        before: Iterable[str] = (),
        after: Iterable[str | None] = (),
    ) -> Message:
        """What is true and where; the problems have further lines ``before`` and ``after`` them."""
        lines = (*before, *self.problems(), *after)
        return Message(
            result=clean(f"{truth} {where}"), stderr=tuple(clean(line) for line in lines if line)
        )


def _error(error: IncidentRolesError) -> list[str]:
    return [f"Error: {error.message}", *([f"  {error.hint}"] if error.hint else [])]


def reason_held_back(reason: str, by_itself: datetime | None) -> str:
    """Why the guard held something back, and when it goes without a word from anybody."""
    if by_itself is None:
        return reason
    return f"{reason} (goes through by itself at {by_itself.astimezone(UTC):%H:%M} UTC)"


def entry_words(entry: Entry) -> str:
    """The beginning of an entry on one line."""
    return words.shorten(" ".join(readable_text(entry.text).split()), _LONGEST_ENTRY)


def devised_notice(devised: DevisedRole, name: Callable[[str], str], now: datetime) -> str:
    """Who devised a role, who may hold it and for how long; ``name`` makes names of keys."""
    parts = [f"{devised.title} was devised by {name(devised.devised_by)} for this incident"]
    if devised.may_hold:
        parts.append(f"it may be held by {', '.join(map(name, devised.may_hold))}")
    if devised.until is not None:
        until = words.instant_label(devised.until, now)
        parts.append(
            f"it lapsed at {until} ({words.short_duration(now - devised.until)} ago)"
            if devised.until <= now
            else f"until {until} (in {words.short_duration(devised.until - now)})"
        )
    return f"{'; '.join(parts)}."


def role_changed(
    progress: Progress,
    role: Role,
    change: LedgerChange,
    *,
    people: Iterable[PersonKey],
    overtaken_by: Conflict | None,
    warnings: Iterable[str],
    doubt: str | None,
) -> Message:
    """Who holds a role now; ``people`` are those whom the command was about.

    ``overtaken_by`` is the conflict that came of it where Datadog was changed at the same moment.
    """
    after = [*(f"Warning: {warning}" for warning in warnings), doubt]
    assign = ("assign", progress.number)
    if overtaken_by:
        wanted, standing = overtaken_by.wanted, overtaken_by.standing
        instead = f", not {progress.label(wanted)}" if wanted else ""
        holder = progress.label(standing) if standing else "Nobody"
        truth = f"{holder} is {role.title} of {progress.name}{instead}."
        after.append(f"To settle it: {words.command(*assign, role.short_name, 'PERSON')}")
    else:
        truth = _holders(progress, role, change, set(people))
    if role.is_commander and not change.after:
        vacant = f"{progress.name} has no {role.title} now"
        after.append(f"{vacant}: {words.command(*assign, role.short_name, 'PERSON')}")
    after += progress.no_longer_asked(role, change.begun.person if change.begun else None)
    if change.begun and change.begun.stream:
        after.append(progress.unshared("the stream"))
    # The role can be in place although something else, such as its entry, is not.
    written = progress.result is not None and any(
        isinstance(write, Handover | GiveRole | TakeRole) and write.role == role.key
        for write in progress.result.writes
    )
    shown = _role_shown(progress, role, is_overtaken=overtaken_by is not None)
    where = shown if written else progress.shown_beside(role) or shown
    where = where if progress.sync else NOT_SYNCED
    return progress.message(truth, where, after=after)


def _holders(progress: Progress, role: Role, change: LedgerChange, people: set[PersonKey]) -> str:
    def names(rows: Iterable[Assignment]) -> str:
        # Whoever holds the role in two streams is named once.
        return ", ".join(dict.fromkeys(progress.label(row.person) for row in rows))

    def role_name(row: Assignment) -> str:
        return f"{words.role_label(role.title, row.stream)} of {progress.name}"

    if begun := change.begun:
        # Whoever keeps the role in another stream has not given way.
        gone = [row for row in change.ended if row.person != begun.person]
        after = f", after {', '.join(progress.label(row.person) for row in gone)}" if gone else ""
        return f"{progress.label(begun.person)} is {role_name(begun)} now{after}."
    if change.ended:
        first = change.ended[0]
        kept = [row for row in change.after if row.person == first.person]
        if kept and all(row.stream is None for row in change.ended):
            return f"{names(change.ended)} is {role_name(kept[0])} now, and no longer without one."
        return f"{names(change.ended)} is no longer {role_name(first)}."
    # Of several holders only those are named whom the command was about.
    own = [row for row in change.after if row.person in people]
    holders = names(own or change.after) or "nobody"
    return f"Nothing to change: {holders} already is {role.title} of {progress.name}."


def _role_shown(progress: Progress, role: Role, *, is_overtaken: bool) -> str:
    role_state = progress.state_of_role(role.key)
    # What came first explains the rest: an overtaken change is shown by nobody.
    if is_overtaken:
        return (
            "Datadog was changed at the same moment, and its choice counts; the conflict "
            "is recorded."
        )
    if role_state and role_state.overheld:
        return "Datadog shows several people in the role and was not changed; see status."
    if role_state and role_state.state is SyncState.NOT_SUPPORTED:
        return _why_not_shown(role_state)
    return progress.shown(role)


def _why_not_shown(role_state: RoleState) -> str:
    reason = role_state.reason or "recorded here"
    return f"{reason[0].upper()}{reason[1:]}."


def handoff_proposed(
    progress: Progress, role: Role, handoff: Handoff, doubt: str | None
) -> Message:
    """Who was asked to take a role over, by when, and who is responsible meanwhile."""
    role_name = f"{words.role_label(role.title, handoff.stream)} of {progress.name}"
    receiver, meanwhile = progress.label(handoff.receiver), "nobody holds it"
    if handoff.giver is not None:
        meanwhile = f"{progress.label(handoff.giver)} is responsible until then"
    answer = ("handoff", "accept", progress.number, role.short_name)
    accept = words.command(*answer, stream=handoff.stream)
    return progress.message(
        f"{receiver} was asked to take over {role_name} by "
        f"{handoff.expires.astimezone(progress.zone):%H:%M %Z}; {meanwhile}.",
        progress.in_timeline(),
        before=[f"{receiver} types: {accept}"],
        after=[
            *progress.no_longer_asked(role, handoff.receiver),
            progress.unshared("this proposal"),
            doubt,
        ],
    )


def handoff_ended(progress: Progress, role: Role, handoff: Handoff) -> Message:
    """That a proposed handoff is off, and the role stays where it is."""
    holder = "nobody" if handoff.giver is None else progress.label(handoff.giver)
    truth = f"The handoff of {role.title} of {progress.name} is off; {holder} still holds it."
    unshared = progress.unshared("this answer")
    return progress.message(truth, progress.in_timeline(), after=[unshared])


def history_corrected(progress: Progress, role: Role, correction: Correction) -> Message:
    """What the history of a role says after a correction."""
    who = progress.label(correction.person) if correction.person else "Nobody"
    role_name = f"{words.role_label(role.title, correction.stream)} of {progress.name}"
    since, until = (each.astimezone(progress.zone) for each in (correction.since, correction.until))
    stretch = f"{since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M %Z}"
    truth = f"{who} was {role_name} from {stretch}: history now shows that."
    unshared = progress.unshared("this correction")
    return progress.message(truth, progress.in_timeline(), after=[unshared])


@frozen
class Definition:
    """How Datadog defines a role; ``made`` says that it does so only now."""

    name: str
    is_single: bool
    made: bool


def role_devised(
    progress: Progress,
    role: DevisedRole,
    *,
    is_news: bool,
    is_new: bool,
    notice: str,
    doubts: Iterable[str],
    definition: Definition | IncidentRolesError | None,
    define: bool,
) -> Message:
    """What a devised role is now, on what terms it can be held, and what to type next.

    ``notice`` says these terms. ``definition`` is what Datadog defines, or why it does not although
    it was to; ``define`` says that it was to.
    """
    number = "one person" if role.is_single else "many"
    if not is_news:
        already = f"{role.title} already is a role of {progress.name}"
        truth = f"Nothing to change: {already}, for {number}."
    else:
        how = "is a role of" if is_new else "was changed in"
        truth = f"{role.title} {how} {progress.name} now, for {number}."
    role_state = progress.state_of_role(role.key)
    give = words.command("assign", progress.number, role.key, "PERSON")
    unshared = progress.unshared("the role")
    after = [*doubts, *_definition(role, definition), unshared, f"Give it to somebody: {give}"]
    where = "Datadog shows who holds it." if role_state else "Recorded here."
    if role_state and role_state.state is SyncState.NOT_SUPPORTED:
        where = _why_not_shown(role_state)
        if progress.sync and not define:
            after.append("To have Datadog define the role, repeat the command with --define.")
    # A role for everybody and for good has no terms to speak of.
    terms = [notice] if role.may_hold or role.until else []
    return progress.message(truth, progress.where(where), before=terms, after=after)


def role_dropped(progress: Progress, role: DevisedRole) -> Message:
    """That a devised role is none any more."""
    truth = f"{role.title} is no longer a role of {progress.name}."
    back = words.command("roles", "devise", progress.number, role.title)
    return progress.message(
        truth,
        progress.in_timeline(),
        after=[progress.unshared("that"), f"To have it again: {back}"],
    )


def _definition(
    role: DevisedRole, definition: Definition | IncidentRolesError | None
) -> Sequence[str]:
    match definition:
        case None:
            return ()
        case Definition(name=name):
            said = (
                f"Datadog defines the role {name!r} for incidents of this type now."
                if definition.made
                else f"Datadog defined the role {name!r} already; that one is used."
            )
            single = f"Datadog lets only one person at a time hold {name!r}."
            return (said, *([single] if definition.is_single and not role.is_single else []))
        case _:
            kept = "  The role is recorded here all the same; repeat the command to define it."
            return (*_error(definition), kept)


def timeline_changed(
    progress: Progress,
    change: TimelineChange,
    *,
    kept: Entry | None,
    is_shown: bool,
    notices: Iterable[str],
    doubt: str | None,
) -> Message:
    """What a timeline says after a change; ``kept`` is what the record now has of the entry.

    ``is_shown`` says that Datadog has it as it is here.
    """
    is_gone = change.act is Act.DELETED and bool(change.edits)
    back = words.command("timeline", "restore", progress.number, change.entry.key)
    return progress.message(
        _entry_truth(change, f"the timeline of {progress.name}", progress.zone),
        _entry_place(progress, change, kept, is_shown=is_shown),
        before=[*notices, *progress.notices],
        after=[doubt, f"To have it back: {back}" if is_gone else None],
    )


def _entry_truth(change: TimelineChange, place: str, zone: tzinfo) -> str:
    entry, theirs = change.entry, change.theirs
    quoted = f'"{entry_words(entry)}"'
    at = f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M %Z}"
    match change.act:
        case Act.ADDED:
            return f"Added {entry.key} to {place}, {at}: {quoted}."
        case Act.EDITED if change.edits:
            return f"Changed {entry.key} in {place}: {quoted}."
        case Act.DELETED if change.edits:
            return f"Deleted {entry.key} from {place}: {quoted}."
        case Act.DELETED:
            return f"Nothing to change: {entry.key} is deleted from {place} already."
        case Act.RESTORED if change.edits:
            return f"Put {entry.key} back into {place}, {at}: {quoted}."
        case Act.CORRECTED if change.edits and theirs:
            stays = f"The entry {theirs.key} of {theirs.author or 'someone else'} stays as it is"
            return f"{stays}; added {entry.key} to {place}: {quoted}."
        case _:
            return f"Nothing to change: {entry.key} in {place} says so already."


def _entry_place(
    progress: Progress, change: TimelineChange, kept: Entry | None, *, is_shown: bool
) -> str:
    if change.act is Act.DELETED:
        if kept is None:
            return "The archive keeps it."
        if kept.deleted_at is None:
            return "It was changed in Datadog meanwhile, and stays."
        return progress.where("Recorded here; Datadog still shows it.")
    if not progress.sync:
        # Where nothing changed, nothing waits for a sync either.
        return NOT_SYNCED if change.edits else ""
    if progress.result and is_shown:
        return shown_in(["Datadog", *progress.commented(change.entry)])
    return progress.where("Recorded here, not in Datadog.")


def entries_imported(progress: Progress, number: int, *, shown: int) -> Message:
    """How many entries were added to a timeline, and how many of them Datadog shows."""
    added = {0: "Nothing was", 1: "1 entry was"}.get(
        number, f"{words.count_of(number, 'entry', 'entries')} were"
    )
    if not number:
        where = (progress.setback() or "") if progress.sync else ""
    elif progress.sync and progress.result and shown == number:
        where = "Datadog shows it." if number == 1 else "Datadog shows them."
    else:
        where = progress.where(f"Recorded here; Datadog shows {shown or 'none'} of them.")
    truth = f"{added} added to the timeline of {progress.name}."
    return progress.message(truth, where, before=progress.notices)


def import_undone(progress: Progress, undoing: Undoing, *, left: int) -> Message:
    """How many entries of an import are gone again; ``left`` is how many Datadog still has."""
    number = len(undoing.gone)
    were = words.count_of(number, "entry was", "entries were") if number else "Nothing was"
    where = "The archive keeps what was taken out." if number else ""
    if number and (left or not progress.sync):
        where = progress.where(f"Recorded here; Datadog still shows {left} of them.")
    kept = [
        f'Stays, because it was changed since: {entry.key} "{entry_words(entry)}"'
        for entry in undoing.kept
    ]
    truth = f"{were} taken out of the timeline of {progress.name}."
    return progress.message(truth, where, before=(*kept, *progress.notices))
