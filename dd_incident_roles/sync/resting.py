"""Writes that the target declined for good: they rest until something about them changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import assert_never

from dd_incident_roles.errors import DatadogError
from dd_incident_roles.model import EntryKey, PersonKey, RoleKey
from dd_incident_roles.sync.entries.pair import local_digest
from dd_incident_roles.sync.plan import Plan, PlanOptions, RoleStanding, Standing
from dd_incident_roles.sync.state import Attempt, Drop, RefusedWrite
from dd_incident_roles.sync.targets import (
    CreateEntry,
    DeleteEntry,
    DeleteSpare,
    EnsureResponder,
    GiveRole,
    Handover,
    Reading,
    RemoteChange,
    TakeRole,
    UpdateEntry,
    receiver_of,
)


def refused_now(
    plan: Plan, write: RemoteChange, error: DatadogError, now: datetime
) -> RefusedWrite:
    """The note of a write that was just declined, counted on from an earlier try of the same."""
    about, fingerprint = about_of(write), fingerprint_of(write, plan.reading)
    before = next((row for row in plan.state.refused if row.about == about), None)
    if before is not None and before.fingerprint != fingerprint:
        before = None
    attempt, role, person, entry = _what(write)
    return RefusedWrite(
        about=about,
        fingerprint=fingerprint,
        attempt=attempt,
        reason=error.message,
        hint=error.hint,
        first=before.first if before else now,
        last=now,
        tries=before.tries + 1 if before else 1,
        role=role,
        person=person,
        entry=entry,
    )


def let_rest(plan: Plan, options: PlanOptions) -> Plan:
    """Take out of a plan what was declined before and nothing has changed about since.

    What nobody wants any more, or what both sides agree on by now, is forgotten.
    """
    if not plan.state.refused:
        return plan
    wished = {about_of(write): write for write in plan.every_write}
    refused = {
        row.about: row
        for row in plan.state.refused
        if row.about in wished
        and row.fingerprint == fingerprint_of(wished[row.about], plan.reading)
    }
    resting = {
        row.about
        for row in refused.values()
        if row.rests(options.now) and not _is_explicitly_set(wished[row.about], plan, options)
    }
    held_back = resting | _needless_without(resting, plan)
    timeline = replace(
        plan.timeline,
        writes=tuple(each for each in plan.timeline.writes if about_of(each) not in held_back),
    )
    return replace(
        plan,
        edits=(*plan.edits, *_settled(plan, wished)),
        writes=tuple(each for each in plan.writes if about_of(each) not in held_back),
        timeline=timeline,
        refused=tuple(refused[about] for about in sorted(refused)),
        standings=tuple(_with_reason(each, plan, refused) for each in plan.standings),
    )


def about_of(write: RemoteChange) -> str:
    """What a write is about, in one text that is the same for every try."""
    match write:
        case Handover(role=role):
            return f"seat {role}"
        case GiveRole(role=role, person=person) | TakeRole(role=role, person=person):
            return f"membership {role} {person}"
        case EnsureResponder(person=person):
            return f"responder {person}"
        case CreateEntry(entry=entry) | UpdateEntry(entry=entry):
            return f"entry {entry.key}"
        case DeleteEntry(key=key):
            return f"entry {key}"
        case DeleteSpare(key=key, remote_id=remote_id):
            return f"spare {key} {remote_id}"
        case _:
            assert_never(write)


def fingerprint_of(write: RemoteChange, reading: Reading) -> str:
    """What is wanted and what the target shows of it; another try waits for either to change.

    That somebody became a responder is left out: it is a step of the same attempt.
    """
    parts: tuple[object, ...]
    match write:
        case Handover(role=role, after=after):
            parts = ("handover", after, *_shown(role, reading))
        case GiveRole(role=role):
            parts = ("give", *_shown(role, reading))
        case TakeRole(role=role):
            parts = ("take", *_shown(role, reading))
        case EnsureResponder():
            parts = ("add",)
        case CreateEntry(entry=entry):
            parts = ("create", local_digest(entry))
        case UpdateEntry(entry=entry, remote_id=remote_id, seen=seen):
            parts = ("update", local_digest(entry), remote_id, seen)
        case DeleteEntry(remote_id=remote_id, seen=seen):
            parts = ("delete", remote_id, seen)
        case DeleteSpare(seen=seen):
            parts = ("delete", seen)
        case _:
            assert_never(write)
    return sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _shown(role: RoleKey, reading: Reading) -> tuple[object, ...]:
    roles = reading.roles
    return roles.via.get(role), role in roles.one_person, sorted(roles.holders.get(role, ()))


def _what(
    write: RemoteChange,
) -> tuple[Attempt, RoleKey | None, PersonKey | None, EntryKey | None]:
    match write:
        case Handover(role=role, before=before, after=None):
            return Attempt.UNASSIGN, role, next(iter(sorted(before)), None), None
        case Handover(role=role, after=person) | GiveRole(role=role, person=person):
            return Attempt.ASSIGN, role, person, None
        case TakeRole(role=role, person=person):
            return Attempt.UNASSIGN, role, person, None
        case EnsureResponder(person=person):
            return Attempt.CREATE, None, person, None
        case CreateEntry(entry=entry):
            return Attempt.CREATE, None, None, entry.key
        case UpdateEntry(entry=entry):
            return Attempt.UPDATE, None, None, entry.key
        case DeleteEntry(key=key) | DeleteSpare(key=key):
            return Attempt.DELETE, None, None, key
        case _:
            assert_never(write)


def _is_explicitly_set(write: RemoteChange, plan: Plan, options: PlanOptions) -> bool:
    if options.retry_refused:
        return True
    match write:
        case Handover(role=role) | GiveRole(role=role) | TakeRole(role=role):
            return role in options.explicitly_set_roles
        case EnsureResponder(person=person):
            return any(
                receiver_of(each, plan.reading.roles) == person
                and _is_explicitly_set(each, plan, options)
                for each in plan.writes
            )
        case _:
            return False


def _needless_without(resting: Collection[str], plan: Plan) -> set[str]:
    """A role waits for its holder to be a responder; nobody is made one for a role that rests."""
    added = [write for write in plan.writes if isinstance(write, EnsureResponder)]
    not_added = {write.person for write in added if about_of(write) in resting}
    waiting = {
        about_of(each) for each in plan.writes if receiver_of(each, plan.reading.roles) in not_added
    }
    idle = {*resting, *waiting}
    for write in added:
        served = [
            about_of(each)
            for each in plan.writes
            if receiver_of(each, plan.reading.roles) == write.person
        ]
        if served and idle.issuperset(served):
            waiting.add(about_of(write))
    return waiting


def _settled(plan: Plan, wished: Collection[str]) -> Iterator[Drop]:
    """Nothing is settled about an entry while the timeline cannot be read or written."""
    listing = plan.reading.timeline
    for row in plan.state.refused:
        decided = row.entry is None or (listing is not None and listing.writable)
        if row.about not in wished and decided:
            yield Drop(RefusedWrite, row.about)


def _with_reason(
    standing: RoleStanding, plan: Plan, refused: Mapping[str, RefusedWrite]
) -> RoleStanding:
    if standing.standing is not Standing.PENDING:
        return standing
    concerned = [each for each in plan.writes if getattr(each, "role", None) == standing.role]
    receivers = {receiver_of(each, plan.reading.roles) for each in concerned}
    rows = [
        refused[about]
        for each in plan.writes
        if (about := about_of(each)) in refused
        and (each in concerned or (isinstance(each, EnsureResponder) and each.person in receivers))
    ]
    return replace(standing, reason=rows[0].reason) if rows else standing
