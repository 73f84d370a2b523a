"""What to do about a register: a place that shows one value, such as an assignee or a topic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from enum import Enum, StrEnum, auto
from types import MappingProxyType

from dd_incident_roles.model import RoleKey
from dd_incident_roles.sync.plan import PlanOptions, RoleState, SyncState
from dd_incident_roles.sync.state import Edit, IncidentState, Put, RegisterBase
from dd_incident_roles.sync.targets import Show
from dd_incident_roles.values import frozen

ROUNDS = 2
"""How often ours is written again over another program's value before it yields."""


class Authority(StrEnum):
    """What a change counts that a person makes in a place."""

    PROPOSE = "propose"
    """It becomes a handoff that waits for its receiver."""
    FOLLOW = "follow"
    """It counts like a command."""
    MIRROR = "mirror"
    """It counts nothing: the place only shows."""


@frozen
class Value:
    """One register as both sides have it now.

    ``held`` is the record's side in the record's words, ``wanted`` the same in the place's words,
    and ``shown`` what the place shows; None where a side is empty. ``agrees`` says that the place
    shows what is held, be it beside other things. ``roles`` are those that it is about,
    ``hidden`` why it cannot show some of them, and ``settled`` are those that it shows rightly now.
    ``obstacle`` is why ``wanted`` cannot be written. ``said`` is what is shown in the record's
    words, and ``unknown`` why it cannot be taken for a wish; ``by_program`` says that another
    program wrote it. ``summary`` says in a report what a write of it does, and ``difference`` what
    is shown instead.
    """

    name: str
    held: str | None
    wanted: str | None
    shown: str | None
    agrees: bool
    roles: tuple[RoleKey, ...]
    summary: str
    difference: str
    authority: Authority = Authority.MIRROR
    hidden: Mapping[RoleKey, str] = field(default_factory=lambda: MappingProxyType({}))
    settled: frozenset[RoleKey] = frozenset()
    obstacle: str | None = None
    said: str | None = None
    unknown: str | None = None
    by_program: bool = False


class Move(Enum):
    """What a register calls for."""

    KEEP = auto()
    """Both sides agree, or differ as they did when that was last settled."""
    LINK = auto()
    """Both sides agree, and only the base has to learn it."""
    WRITE = auto()
    """The record's value becomes the place's."""
    REWRITE = auto()
    """Another program took ours away, and it is written once more."""
    TAKE = auto()
    """What a person changed in the place is a wish of theirs."""
    LEAVE = auto()
    """What was changed in the place stands until the record's side changes."""


@frozen
class Wish:
    """That a person changed a register that has a say; ``value`` is in the record's words."""

    register: str
    value: str | None
    authority: Authority


@frozen
class RegisterPlan:
    """What all registers of a place call for.

    ``settled`` are the edits that are to follow once the wishes were taken in.
    """

    edits: tuple[Edit, ...] = ()
    settled: tuple[Edit, ...] = ()
    shows: tuple[Show, ...] = ()
    wishes: tuple[Wish, ...] = ()
    role_states: tuple[RoleState, ...] = ()


def decide_register(
    value: Value, base: RegisterBase | None, *, explicitly_set: bool = False
) -> Move:
    """Decide what one register calls for.

    What a place merely shows is no wish: only a change since the base is. The first meeting with a
    record that holds something is a write there. Where both sides changed, or where a person is
    saying right now who holds the role, the record counts.
    """
    if value.agrees:
        same = base is not None and (base.held, base.shown) == (value.held, value.shown)
        return Move.KEEP if same and base and not base.attempted else Move.LINK
    if base is None:
        # An empty record has nothing to say; what changes there from now on is a wish.
        return Move.LINK if value.held is None else Move.WRITE
    # A write of ours that landed without an answer is nobody's wish.
    landed = value.shown is not None and value.shown in base.attempted
    if value.held != base.held or landed or (explicitly_set and value.held is not None):
        return Move.WRITE
    if value.shown == base.shown:
        return Move.WRITE if base.attempted else Move.KEEP
    if value.by_program and base.overwritten < ROUNDS:
        return Move.REWRITE
    is_wish = value.authority is not Authority.MIRROR and not value.by_program
    return Move.TAKE if is_wish and value.unknown is None else Move.LEAVE


def plan_registers(
    values: Sequence[Value], state: IncidentState, options: PlanOptions
) -> RegisterPlan:
    """Decide about every register of a place."""
    bases = {each.name: each for each in state.registers}
    parts = [_plan(value, bases.get(value.name), options) for value in values]
    return RegisterPlan(
        edits=tuple(edit for part in parts for edit in part.edits),
        settled=tuple(edit for part in parts for edit in part.settled),
        shows=tuple(show for part in parts for show in part.shows),
        wishes=tuple(wish for part in parts for wish in part.wishes),
        role_states=tuple(_joined([state for part in parts for state in part.role_states])),
    )


def _plan(value: Value, base: RegisterBase | None, options: PlanOptions) -> RegisterPlan:
    now = RegisterBase(name=value.name, held=value.held, shown=value.shown, since=options.now)
    overwritten = base.overwritten if base else 0
    explicitly_set = not options.explicitly_set_roles.isdisjoint(value.roles)
    move = decide_register(value, base, explicitly_set=options.retry_refused or explicitly_set)
    in_sync, pending = SyncState.IN_SYNC, SyncState.PENDING
    match move:
        case Move.LINK:
            # Since when is kept where nothing of the value is new.
            since = base.since if base and base.shown == value.shown else options.now
            kept = replace(now, since=since, overwritten=overwritten)
            is_new = base is None or value.held != base.held
            return RegisterPlan(
                edits=(Put(replace(kept, overwritten=0) if is_new else kept),),
                role_states=_states(value, in_sync),
            )
        case Move.KEEP if value.agrees or value.held is None:
            return RegisterPlan(role_states=_states(value, in_sync))
        case Move.KEEP:
            return RegisterPlan(role_states=_states(value, SyncState.CONFLICT, value.difference))
        case Move.WRITE | Move.REWRITE if value.obstacle:
            return RegisterPlan(role_states=_states(value, pending, value.obstacle))
        case Move.WRITE | Move.REWRITE:
            show = Show(
                register=value.name,
                held=value.held,
                value=value.wanted,
                seen=value.shown,
                roles=value.roles,
                summary=value.summary,
                overwritten=overwritten + 1 if move is Move.REWRITE else 0,
            )
            return RegisterPlan(shows=(show,), role_states=_states(value, pending))
        case Move.TAKE:
            wish = Wish(register=value.name, value=value.said, authority=value.authority)
            return RegisterPlan(
                settled=(Put(now),),
                wishes=(wish,),
                role_states=_states(value, SyncState.CONFLICT, value.difference),
            )
        case Move.LEAVE:
            # Whom nobody knows yet may be known tomorrow, and is then still a change.
            settled = () if value.unknown else (Put(replace(now, overwritten=overwritten)),)
            why = value.unknown or value.difference
            return RegisterPlan(edits=settled, role_states=_states(value, SyncState.CONFLICT, why))


def _states(value: Value, state: SyncState, reason: str | None = None) -> tuple[RoleState, ...]:
    return tuple(
        RoleState(role=role, state=SyncState.NOT_SUPPORTED, reason=value.hidden[role])
        if role in value.hidden
        else RoleState(role=role, state=SyncState.IN_SYNC)
        if role in value.settled
        else RoleState(role=role, state=state, reason=reason)
        for role in value.roles
    )


_WORST = (SyncState.IN_SYNC, SyncState.NOT_SUPPORTED, SyncState.PENDING, SyncState.CONFLICT)


def _joined(states: Sequence[RoleState]) -> Iterator[RoleState]:
    """One state for each role: the worst of the registers that show it."""
    for role in dict.fromkeys(each.role for each in states):
        own = [each for each in states if each.role == role]
        yield max(own, key=lambda each: (_WORST.index(each.state), each.reason is not None))
