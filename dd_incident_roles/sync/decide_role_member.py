"""What to do about one person in a role that several may hold: a bit on three sides."""

from __future__ import annotations

from enum import Enum, auto

from dd_incident_roles.values import frozen


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
