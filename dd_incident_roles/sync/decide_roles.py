"""What to do about a role: a register where one person may hold it, else a bit for each person."""

from __future__ import annotations

from enum import Enum, auto

from dd_incident_roles.model import PersonKey
from dd_incident_roles.values import frozen


@frozen
class Observed:
    """The holder that both sides last agreed on; None when both saw it empty."""

    holder: PersonKey | None


@frozen
class SingleHolderSides:
    """One role as the base, the record and the target have it.

    ``base`` is None when the two sides were never compared. ``set_by_user`` says that a person gave
    the command that made the record what it is, so that an empty role in the record is a wish and
    not a lost row. ``attempted`` are the holders that our unconfirmed writes would have left.
    ``absence_believed`` says that a complete listing lacked the holder before, long enough ago.
    ``former`` are holders that an old listing may still show although they were replaced.
    ``explicitly_set`` says that a person is saying right now who holds the role.
    """

    base: Observed | None
    local: PersonKey | None
    set_by_user: bool
    remote: frozenset[PersonKey]
    attempted: frozenset[PersonKey | None] = frozenset()
    absence_believed: bool = False
    former: frozenset[PersonKey] = frozenset()
    explicitly_set: bool = False

    @property
    def agreed(self) -> PersonKey | None:
        """The holder that both sides last agreed on, if any."""
        return self.base.holder if self.base else None


@frozen(kw_only=False)
class NoOp:
    """All three agree."""


@frozen(kw_only=False)
class LinkOnly:
    """Both sides show the same; only the base has to learn it."""

    holder: PersonKey | None


@frozen(kw_only=False)
class Pull:
    """The target's holder becomes the record's."""

    holder: PersonKey | None


@frozen(kw_only=False)
class Push:
    """The record's holder becomes the target's, in place of ``before``."""

    before: frozenset[PersonKey]
    after: PersonKey | None


@frozen(kw_only=False)
class Clash:
    """Both sides chose a different holder: the target's stays, ours is kept as a conflict."""

    wanted: PersonKey
    standing: PersonKey


@frozen(kw_only=False)
class Overheld:
    """The target shows several holders where one is allowed, and we did not cause it."""

    holders: frozenset[PersonKey]


@frozen(kw_only=False)
class AwaitConfirmation:
    """The target shows nobody for the first time; believe it when it still does later."""


@frozen(kw_only=False)
class StaleRead:
    """The target still shows what was just replaced; a later listing decides."""


SingleHolderDecision = (
    NoOp | LinkOnly | Pull | Push | Clash | Overheld | AwaitConfirmation | StaleRead
)
"""What a single-holder role calls for."""


def decide_single_holder(sides: SingleHolderSides) -> SingleHolderDecision:
    """Decide what a single-holder role calls for.

    An empty role is never a rival: it gives way to a person whom the other side chose, because an
    incident without a holder is worse than either choice.
    """
    if len(sides.remote) > 1:
        return _decide_several(sides)
    remote = next(iter(sides.remote), None)
    base, local = sides.base, sides.local
    # The holder that both sides agreed on is not new, even if they were replaced just now.
    if remote is not None and remote in sides.former and remote != sides.agreed:
        return _decide_late(sides)
    if remote == local:
        known = base is not None and base.holder == remote
        # One reading without the agreed holder may be an old one, whatever the record says.
        if remote is None and sides.agreed is not None and not sides.absence_believed:
            return AwaitConfirmation()
        return NoOp() if known and not sides.attempted else LinkOnly(remote)
    if remote in sides.attempted:
        # Our write landed although its answer did not come: both sides had this.
        base = Observed(holder=remote)
    match base:
        case None:
            return _decide_first(sides, remote)
        case Observed(holder=agreed) if agreed == local:
            return _follow_target(sides, remote)
        case Observed(holder=agreed) if agreed == remote:
            return _follow_record(sides, remote)
    # Both changed differently: the side without a holder gives way.
    if local is None:
        return Pull(remote)
    if remote is None:
        return Push(_possible_holders(sides), local)
    return Clash(local, remote)


def _possible_holders(sides: SingleHolderSides) -> frozenset[PersonKey]:
    """The holders that the target may show when it is read again: present or agreed ones."""
    return sides.remote | ({sides.agreed} if sides.agreed else frozenset())


def _decide_late(sides: SingleHolderSides) -> SingleHolderDecision:
    """An old listing is never followed; our own change still goes ahead."""
    if sides.local == sides.agreed or not sides.set_by_user:
        return StaleRead()
    return Push(_possible_holders(sides), sides.local)


def _decide_several(sides: SingleHolderSides) -> SingleHolderDecision:
    """Finish our own interrupted handover, and do not touch changes by others.

    Nobody but a person who says which one it is may take the role from several.
    """
    if sides.explicitly_set and sides.local is not None:
        return Push(sides.remote, sides.local)
    # A holder who is neither our attempt nor the agreed one was chosen by people.
    strangers = sides.remote - sides.attempted - {sides.agreed}
    if sides.attempted & sides.remote and not strangers:
        return Push(sides.remote, sides.local)
    return Overheld(sides.remote)


def _decide_first(sides: SingleHolderSides, remote: PersonKey | None) -> SingleHolderDecision:
    """Nothing was ever compared: a command beats an earlier state, a finding does not."""
    if sides.local is None:
        return Pull(remote)
    if remote is None or sides.set_by_user:
        return Push(sides.remote, sides.local)
    return Clash(sides.local, remote)


def _follow_target(sides: SingleHolderSides, remote: PersonKey | None) -> SingleHolderDecision:
    """Only the target changed; that nobody holds the role must be seen twice to be believed."""
    if remote is None and not sides.absence_believed:
        return AwaitConfirmation()
    return Pull(remote)


def _follow_record(sides: SingleHolderSides, remote: PersonKey | None) -> SingleHolderDecision:
    """Only the record changed; a role that nobody emptied on purpose is a lost row."""
    if sides.local is None and not sides.set_by_user:
        return Pull(remote)
    return Push(sides.remote, sides.local)


class Local(Enum):
    """What the record says about one person in one role."""

    HELD = auto()
    RELEASED = auto()
    """A person ended it, on purpose."""
    UNKNOWN = auto()
    """No row says anything, which is never a wish to remove."""


@frozen
class RoleMemberSides:
    """One member of a role as the base, the record and the target have it.

    ``attempted`` are the values that our unconfirmed writes would have left in the target;
    ``former`` says that an old listing may still show it although it was taken away.
    """

    base: bool
    local: Local
    remote: bool
    attempted: frozenset[bool] = frozenset()
    absence_believed: bool = False
    former: bool = False


class RoleMemberDecision(Enum):
    """What a member of a role calls for."""

    NO_OP = auto()
    LINK_ONLY = auto()
    """Both sides have it; only the base has to learn it."""
    FORGET = auto()
    """Neither side has it; only the base has to learn it."""
    PULL_GIVEN = auto()
    PULL_TAKEN = auto()
    PUSH_GIVE = auto()
    PUSH_TAKE = auto()
    AWAIT_CONFIRMATION = auto()
    """The target lacks it for the first time; believe it when it still does later."""
    STALE_READ = auto()
    """The target still shows what was just removed; a later listing decides."""


def decide_role_member(sides: RoleMemberSides) -> RoleMemberDecision:
    """Decide what one member calls for; two booleans merged over a base cannot conflict."""
    # The target shows what one of our unheard writes would have left.
    landed = sides.remote != sides.base and sides.remote in sides.attempted
    # A removal that seems to have landed may be an old listing; only a new wish is acted on now.
    trusted = sides.remote or sides.local is Local.HELD or sides.absence_believed
    base = sides.remote if landed and trusted else sides.base
    # An old listing may still show a holder that the target lost; only our own change goes ahead.
    if sides.former and sides.remote and not base:
        held = sides.local is Local.HELD
        return RoleMemberDecision.PUSH_GIVE if held else RoleMemberDecision.STALE_READ
    match base, sides.local, sides.remote:
        case False, Local.RELEASED | Local.UNKNOWN, False:
            idle = not sides.base and not sides.attempted
            return RoleMemberDecision.NO_OP if idle else RoleMemberDecision.FORGET
        case False, Local.RELEASED | Local.UNKNOWN, True:
            return RoleMemberDecision.PULL_GIVEN
        case False, Local.HELD, False:
            return RoleMemberDecision.PUSH_GIVE
        case False, Local.HELD, True:
            return RoleMemberDecision.LINK_ONLY
        case True, Local.RELEASED | Local.UNKNOWN, False if sides.absence_believed:
            return RoleMemberDecision.FORGET
        case True, Local.RELEASED, True:
            return RoleMemberDecision.PUSH_TAKE
        case True, Local.UNKNOWN, True:
            return RoleMemberDecision.PULL_GIVEN
        case True, Local.HELD, False if sides.absence_believed:
            return RoleMemberDecision.PULL_TAKEN
        case True, _, False:
            return RoleMemberDecision.AWAIT_CONFIRMATION
        case _:
            idle = sides.base and not sides.attempted
            return RoleMemberDecision.NO_OP if idle else RoleMemberDecision.LINK_ONLY
