"""Writes that the target refused: they are not sent again until something changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import assert_never

from dd_incident_roles.errors import TargetError
from dd_incident_roles.model import EntryKey, PersonKey, RoleKey
from dd_incident_roles.sync import targets
from dd_incident_roles.sync.entries.pair import local_digest
from dd_incident_roles.sync.plan import Plan, PlanOptions, RoleState, SyncState
from dd_incident_roles.sync.state import Attempt, Drop, RefusedWrite
from dd_incident_roles.sync.targets import Reading, RemoteChange, receiver_of
from dd_incident_roles.values import frozen


@frozen
class WantedWrite:
    """A write that is wanted, in the words in which a refused one is noted.

    ``about`` is the same text for every try. ``fingerprint`` is of what is wanted and of what the
    target shows of it: another try waits for either to change.
    """

    about: str
    fingerprint: str
    attempt: Attempt
    role: RoleKey | None = None
    person: PersonKey | None = None
    entry: EntryKey | None = None


def wanted_write(write: RemoteChange, reading: Reading) -> WantedWrite:
    """Describe a write together with what the target shows of it."""
    role: RoleKey | None = None
    person: PersonKey | None = None
    key: EntryKey | None = None
    parts: tuple[object, ...]
    match write:
        # These words are in records: with others nothing that rests would be found again.
        case targets.Handover(role=role, before=before, after=after):
            about, parts = f"seat {role}", ("handover", after, *_shown(role, reading))
            attempt = Attempt.ASSIGN if after else Attempt.UNASSIGN
            person = after or next(iter(sorted(before)), None)
        case targets.GiveRole(role=role, person=person):
            about, parts = f"membership {role} {person}", ("give", *_shown(role, reading))
            attempt = Attempt.ASSIGN
        case targets.TakeRole(role=role, person=person):
            about, parts = f"membership {role} {person}", ("take", *_shown(role, reading))
            attempt = Attempt.UNASSIGN
        case targets.EnsureResponder(person=person):
            # A person who became a responder is left out: that is a step of the same attempt.
            about, parts, attempt = f"responder {person}", ("add",), Attempt.CREATE
        case targets.CreateEntry(entry=entry):
            key, parts, attempt = entry.key, ("create", local_digest(entry)), Attempt.CREATE
            about = f"entry {key}"
        case targets.UpdateEntry(entry=entry, remote_id=remote_id, seen=seen):
            key, attempt = entry.key, Attempt.UPDATE
            about, parts = f"entry {key}", ("update", local_digest(entry), remote_id, seen)
        case targets.DeleteEntry(key=key, remote_id=remote_id, seen=seen):
            about, parts, attempt = f"entry {key}", ("delete", remote_id, seen), Attempt.DELETE
        case targets.DeleteSpare(key=key, remote_id=remote_id, seen=seen):
            about, parts, attempt = f"spare {key} {remote_id}", ("delete", seen), Attempt.DELETE
        case targets.Show():
            about, attempt = f"{write.register}", Attempt.UPDATE
            parts = ("show", write.held, write.value, write.seen)
            role = next(iter(write.roles), None) if len(write.roles) == 1 else None
        case _:
            assert_never(write)
    # A user's text may hold lone surrogates.
    fingerprint = sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return WantedWrite(
        about=about, fingerprint=fingerprint, attempt=attempt, role=role, person=person, entry=key
    )


def _shown(role: RoleKey, reading: Reading) -> tuple[object, ...]:
    roles = reading.roles
    return roles.via.get(role), role in roles.one_person, sorted(roles.holders.get(role, ()))


def refused_now(plan: Plan, write: RemoteChange, error: TargetError, now: datetime) -> RefusedWrite:
    """The note of a write that was just refused, which counts earlier tries."""
    wanted = wanted_write(write, plan.reading)
    same = (wanted.about, wanted.fingerprint)
    rows = (row for row in plan.state.refused if (row.about, row.fingerprint) == same)
    before = next(rows, None)
    return RefusedWrite(
        about=wanted.about,
        fingerprint=wanted.fingerprint,
        attempt=wanted.attempt,
        reason=error.message,
        hint=error.hint,
        first=before.first if before else now,
        last=now,
        tries=before.tries + 1 if before else 1,
        role=wanted.role,
        person=wanted.person,
        entry=wanted.entry,
    )


def let_rest(plan: Plan, options: PlanOptions) -> Plan:
    """Remove from a plan what was refused before and has not changed since.

    What nobody wants any more, or what both sides agree on by now, is forgotten.
    """
    if not plan.state.refused:
        return plan
    wanted_writes = {write: wanted_write(write, plan.reading) for write in plan.every_write}
    by_text = {wanted.about: write for write, wanted in wanted_writes.items()}
    refused = {
        by_text[row.about]: row
        for row in plan.state.refused
        if row.about in by_text and row.fingerprint == wanted_writes[by_text[row.about]].fingerprint
    }
    resting = {
        write
        for write, row in refused.items()
        if row.rests(options.now) and not _is_explicitly_set(write, plan, options)
    }
    held_back = resting | _needless_without(resting, plan)
    timeline = replace(
        plan.timeline,
        writes=tuple(each for each in plan.timeline.writes if each not in held_back),
    )
    return replace(
        plan,
        edits=(*plan.edits, *_forget_settled(plan, by_text)),
        writes=tuple(each for each in plan.writes if each not in held_back),
        shows=tuple(each for each in plan.shows if each not in held_back),
        timeline=timeline,
        refused=tuple(sorted(refused.values(), key=lambda row: row.about)),
        role_states=tuple(_with_reason(each, plan, refused) for each in plan.role_states),
    )


def _is_explicitly_set(write: RemoteChange, plan: Plan, options: PlanOptions) -> bool:
    if options.retry_refused:
        return True
    match write:
        case (
            targets.Handover(role=role) | targets.GiveRole(role=role) | targets.TakeRole(role=role)
        ):
            return role in options.explicitly_set_roles
        case targets.Show(roles=roles):
            return not options.explicitly_set_roles.isdisjoint(roles)
        case targets.EnsureResponder(person=person):
            return any(
                receiver_of(each, plan.reading.roles) == person
                and _is_explicitly_set(each, plan, options)
                for each in plan.writes
            )
        case _:
            return False


def _needless_without(resting: Collection[RemoteChange], plan: Plan) -> set[RemoteChange]:
    """A role waits for its holder to be a responder; nobody is made one for a role that rests."""
    receivers = {write: receiver_of(write, plan.reading.roles) for write in plan.writes}
    added = [write for write in plan.writes if isinstance(write, targets.EnsureResponder)]
    not_added = {write.person for write in added if write in resting}
    waiting: set[RemoteChange] = {write for write, each in receivers.items() if each in not_added}
    idle = {*resting, *waiting}
    for write in added:
        # Nobody is made a responder, which mails them, for roles that all rest.
        served = [each for each, receiver in receivers.items() if receiver == write.person]
        if served and idle.issuperset(served):
            waiting.add(write)
    return waiting


def _forget_settled(plan: Plan, by_text: Collection[str]) -> Iterator[Drop]:
    """Nothing is settled about an entry while the timeline cannot be read or written."""
    listing = plan.reading.timeline
    for row in plan.state.refused:
        decided = row.entry is None or (listing is not None and listing.writable)
        if row.about not in by_text and decided:
            yield Drop(RefusedWrite, row.about)


def _with_reason(
    role_state: RoleState, plan: Plan, refused: Mapping[RemoteChange, RefusedWrite]
) -> RoleState:
    if role_state.state is not SyncState.PENDING:
        return role_state
    concerned = [each for each in plan.writes if getattr(each, "role", None) == role_state.role]
    receivers = {receiver_of(each, plan.reading.roles) for each in concerned}
    for show in plan.shows:
        if show in refused and role_state.role in show.roles:
            return replace(role_state, reason=refused[show].reason)
    for write in plan.writes:
        adds = isinstance(write, targets.EnsureResponder) and write.person in receivers
        if write in refused and (adds or write in concerned):
            return replace(role_state, reason=refused[write].reason)
    return role_state
