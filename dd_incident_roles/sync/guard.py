"""The guard over the plan of one incident: it holds back too many removals."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta

from dd_incident_roles.model import INCIDENT_MANAGER, Entry, EntryKey, RoleKey
from dd_incident_roles.roles.ledger import Close, Open
from dd_incident_roles.sync import targets
from dd_incident_roles.sync.entries.identity import FINDING
from dd_incident_roles.sync.plan import (
    EntryEffect,
    EntryNews,
    GuardRefusal,
    Plan,
    Pulled,
    RoleEffect,
    RoleState,
    SyncState,
)
from dd_incident_roles.sync.state import (
    ArchiveEntry,
    Conflict,
    Drop,
    Edit,
    EntryIntent,
    EntryLink,
    IncidentState,
    Item,
    Put,
    PutEntry,
    RoleMember,
    SingleHolderRole,
    Tombstone,
    key_of,
)
from dd_incident_roles.sync.targets import entry_written, item_of
from dd_incident_roles.values import frozen

Subject = Item | EntryKey
"""What is held back as a whole: a role, one person in a role, or an entry."""

MOST_CREATED = 50
"""More entries by the program itself than this in one run look like a loop."""

SETTLED_AFTER = timedelta(minutes=30)
"""What every complete listing lacked for so long was removed by people, and is removed here."""

FEW_LINKED = 10
"""Below this many agreed items a number decides, not a share."""

MOST_REMOVALS_OF_FEW = 3
# octoDNS stops at the same share, from ten on as well; rclone stops at half.
LARGEST_SHARE_REMOVED = 0.3
LARGEST_SHARE_CHANGED = 0.5
FEWEST_TO_BE_EMPTIED = 3
"""Losing all of at least this many items is suspicious."""


@frozen
class Allowance:
    """What a run may do beyond the usual; None for ``deletes`` means that nobody allowed any.

    ``wanted`` is what a person asks for right now.
    """

    deletes: int | None = None
    creates: int = MOST_CREATED
    wanted: frozenset[Subject] = frozenset()


@frozen
class _Removal:
    """One thing that would disappear: there by ``write``, or here, missed since ``missing``."""

    subject: Subject
    write: targets.RemoteChange | None = None
    missing: datetime | None = None

    @property
    def settles(self) -> datetime | None:
        """When it goes through without a flag; a removal in the target never does."""
        return self.missing + SETTLED_AFTER if self.missing else None


def guard(plan: Plan, allowed: Allowance, *, now: datetime) -> Plan:
    """Hold back what would remove too much from an incident, and keep the rest of the plan.

    Handing a role over is no removal; leaving an open incident without its Incident Manager in the
    target is one too many. What a person asks for is never held back, nor what people removed in
    the target as soon as that has stood for a while: the archive keeps it.
    """
    roles = [each for each in _role_removals(plan) if _is_in_question(each, allowed, now)]
    entries = [each for each in _entry_removals(plan) if _is_in_question(each, allowed, now)]
    # Roles and entries are counted separately: a long timeline must not hide lost holders.
    strips, vanish = _strips(plan, roles), _vanish(plan, entries)
    removed = [*(roles if strips else ()), *(entries if vanish else ())]
    # The flag has a number, so that it allows only what a person has read.
    if allowed.deletes is not None and len(removed) <= allowed.deletes:
        removed, strips, vanish = [], None, None
    created = [each for each in _own_creates(plan) if each.entry.key not in allowed.wanted]
    looping = created if len(created) > allowed.creates else []
    updated = _mass_updates(plan, allowed) if allowed.deletes is None else []
    reasons, flags = [reason for reason in (strips, vanish) if reason], []
    if updated:
        reasons.append("more than half of the timeline would be rewritten")
    # The number is 0 for entries that are only rewritten: the flag itself allows it.
    if reasons:
        flags.append(f"--allow-deletes {len(removed)}")
    if looping:
        reasons.append(f"{len(looping)} new entries that nobody typed would be written")
        flags.append(f"--allow-creates {len(looping)}")
    if not reasons:
        return plan
    incident = plan.reading.incident
    refusal = GuardRefusal(
        incident_id=incident.id,
        public_id=incident.public_id,
        reason="; ".join(reasons),
        flag=" ".join(flags),
        by_itself=None if updated or looping else _by_itself(removed),
    )
    # Of a second copy only its own removal waits; the entry itself goes on.
    spares = [each.write for each in removed if isinstance(each.write, targets.DeleteSpare)]
    subjects = {each.subject for each in removed if each.write not in spares}
    return replace(
        hold_back(plan, subjects | {each.entry.key for each in looping}, [*spares, *updated]),
        refusal=refusal,
    )


def asked_for(state: IncidentState, edits: Collection[Edit]) -> frozenset[Subject]:
    """What a person removes with a command, which allows it."""
    rows = {row.id: row for row in state.assignments}
    subjects: set[Subject] = set()
    for edit in edits:
        if isinstance(edit, PutEntry):
            # The wish to delete an entry is one too: it is put with the date of its deletion.
            subjects.add(edit.entry.key)
        elif isinstance(edit, Close) and (row := rows.get(edit.assignment_id)):
            # Which of the two it is depends on the role, and the catalogue is not at hand.
            subjects |= {SingleHolderRole(row.role), RoleMember(row.role, row.person)}
    return frozenset(subjects)


def _role_removals(plan: Plan) -> Iterator[_Removal]:
    for write in plan.writes:
        match write:
            case targets.TakeRole() | targets.Handover(after=None):
                yield _Removal(subject=item_of(write), write=write)
            case _:
                pass
    missing = {link.item: link.missing_since for link in plan.state.links}
    for effect in plan.effects:
        if lost := _lost_by(effect):
            role, holding = lost
            subject = role if effect.role in plan.reading.roles.single else holding
            yield _Removal(subject=subject, missing=missing.get(subject))


def _lost_by(effect: RoleEffect) -> tuple[SingleHolderRole, RoleMember] | None:
    """The role, and the holding that a person loses without a successor."""
    if isinstance(effect, Pulled) and effect.before and not effect.after:
        return SingleHolderRole(effect.role), RoleMember(effect.role, effect.before)
    return None


def _entry_removals(plan: Plan) -> Iterator[_Removal]:
    for write in plan.timeline.writes:
        if isinstance(write, targets.DeleteEntry | targets.DeleteSpare):
            yield _Removal(subject=write.key, write=write)
    missing = {link.key: link.missing_since for link in plan.state.timeline.links}
    for effect in plan.timeline.effects:
        if isinstance(effect, EntryEffect) and effect.news is EntryNews.DELETED:
            key = effect.entry.key
            yield _Removal(subject=key, missing=missing.get(key))


def _is_in_question(removal: _Removal, allowed: Allowance, now: datetime) -> bool:
    # The archive keeps what is removed here, so waiting is enough; a removal there is final.
    settled = removal.write is None and removal.settles is not None and now >= removal.settles
    return not settled and removal.subject not in allowed.wanted


def _strips(plan: Plan, removals: Sequence[_Removal]) -> str | None:
    """Why the removals of holders look wrong, if they do."""
    if plan.reading.incident.is_open and any(
        each.write and each.subject == SingleHolderRole(INCIDENT_MANAGER) for each in removals
    ):
        return "it would remove the Incident Manager of an open incident"
    number, linked = len(removals), plan.linked
    if number and number >= linked >= FEWEST_TO_BE_EMPTIED:
        return f"all {linked} agreed holders would be removed"
    if linked < FEW_LINKED and number > MOST_REMOVALS_OF_FEW:
        return f"{number} of {linked} agreed holders would be removed"
    if linked >= FEW_LINKED and number > LARGEST_SHARE_REMOVED * linked:
        share = round(100 * number / linked)
        return f"{number} of {linked} agreed holders ({share} %) would be removed"
    return None


def _vanish(plan: Plan, removals: Sequence[_Removal]) -> str | None:
    """Why the removals of entries look wrong, if they do; a second copy counts like any other."""
    number, linked = len(removals), len(plan.state.timeline.links)
    if number <= MOST_REMOVALS_OF_FEW:
        return None
    if linked >= FEW_LINKED and number <= LARGEST_SHARE_REMOVED * linked:
        return None
    spares = sum(isinstance(each.write, targets.DeleteSpare) for each in removals)
    if spares == number:
        return f"{number} second copies of timeline entries would be removed"
    copies = f" and {spares} second copies" if spares else ""
    return f"{number - spares} of {linked} agreed timeline entries{copies} would be removed"


def _own_creates(plan: Plan) -> Iterator[targets.CreateEntry]:
    """The new entries that nobody typed or imported, and those that are sent another time."""
    timeline, listing = plan.state.timeline, plan.reading.timeline
    there = listing.dialect.name if listing else None
    sent = {link.key for link in timeline.links} | {each.key for each in timeline.intents}
    for write in plan.timeline.writes:
        if isinstance(write, targets.CreateEntry):
            entry = write.entry
            # A tilde is in the keys of entries that sync itself kept beside another one.
            # What was born there, and is to be written there, was there before.
            typed = entry.origin != there and entry.kind != FINDING and "~" not in entry.key
            if not typed or entry.key in sent:
                yield write


def _mass_updates(plan: Plan, allowed: Allowance) -> list[targets.UpdateEntry]:
    """The entries that would be rewritten, where they are most of a timeline of some length."""
    linked = len(plan.state.timeline.links)
    updates = [
        write
        for write in plan.timeline.writes
        if isinstance(write, targets.UpdateEntry) and write.entry.key not in allowed.wanted
    ]
    most = linked >= FEW_LINKED and len(updates) > LARGEST_SHARE_CHANGED * linked
    return updates if most else []


def _by_itself(removed: Sequence[_Removal]) -> datetime | None:
    """When the last of them goes through without a flag, if all do."""
    moments = [each.settles for each in removed]
    return max((each for each in moments if each), default=None) if all(moments) else None


def hold_back(plan: Plan, subjects: Set[Subject], writes: Collection[targets.EntryChange]) -> Plan:
    """The plan without some subjects, and without some single writes.

    The order of what remains is the same; links, intents, conflicts and tombstones of the subjects
    stay as they are in the record, so that the next plan comes to the same again.
    """
    missed = [each for each in plan.effects if not subjects.isdisjoint(_lost_by(each) or ())]
    timeline = replace(
        plan.timeline,
        edits=_without(plan.timeline.edits, subjects, plan.state),
        effects=tuple(
            each
            for each in plan.timeline.effects
            if not (isinstance(each, EntryEffect) and each.entry.key in subjects)
        ),
        writes=tuple(
            each
            for each in plan.timeline.writes
            if each not in writes and entry_written(each) not in subjects
        ),
    )
    return replace(
        plan,
        edits=_without(plan.edits, subjects, plan.state),
        effects=tuple(each for each in plan.effects if each not in missed),
        writes=tuple(each for each in plan.writes if item_of(each) not in subjects),
        role_states=tuple(_hold_role_state(each, subjects, missed) for each in plan.role_states),
        timeline=timeline,
    )


def _without(
    edits: Sequence[Edit], subjects: Set[Subject], state: IncidentState
) -> tuple[Edit, ...]:
    return tuple(each for each in edits if subjects.isdisjoint(_about(each, state)))


def _hold_role_state(
    role_state: RoleState, subjects: Set[Subject], missed: Collection[RoleEffect]
) -> RoleState:
    """A role with something held back is pending, and its missing holders are doubted."""
    roles = {each.role for each in subjects if isinstance(each, SingleHolderRole | RoleMember)}
    if role_state.role not in roles:
        return role_state
    doubted = {
        each.before
        for each in missed
        if isinstance(each, Pulled) and each.role == role_state.role and each.before
    }
    return replace(role_state, state=SyncState.PENDING, doubted=role_state.doubted | doubted)


def _about(edit: Edit, state: IncidentState) -> frozenset[Subject]:
    """For each edit, the subjects that it is held back with."""
    match edit:
        case Open(assignment=row):
            return frozenset({SingleHolderRole(row.role), RoleMember(row.role, row.person)})
        case Close(assignment_id=name):
            rows = [row for row in state.assignments if row.id == name]
            return frozenset(
                each
                for row in rows
                for each in (SingleHolderRole(row.role), RoleMember(row.role, row.person))
            )
        case PutEntry(entry=Entry(key=key)) | ArchiveEntry(key=key):
            return frozenset({key})
        case Put(Tombstone(remote_id=remote_id)):
            # A tombstone knows only the target's id; the link that goes with it knows the entry.
            links = state.timeline.links
            return frozenset(each.key for each in links if each.remote_id == remote_id)
        case Put(row):
            kind, about = type(row), key_of(row)
        case Drop(kind, about):
            pass
        case _:
            return frozenset()
    match about:
        case SingleHolderRole():
            return frozenset({about})
        case RoleMember(role):
            return frozenset({SingleHolderRole(role), about})
        case str() if kind is Conflict:
            return frozenset({SingleHolderRole(RoleKey(about))})
        case str() if kind in {EntryLink, EntryIntent}:
            return frozenset({EntryKey(about)})
        case _:
            return frozenset()
