"""What to do about one entry: the decision table of the timeline."""

from __future__ import annotations

from enum import Enum, auto

from dd_incident_roles.sync.entries.identity import Digest
from dd_incident_roles.values import frozen


@frozen
class BaseSide:
    """What both sides held when they last agreed."""

    local: Digest
    remote: Digest


@frozen
class LocalSide:
    """What the record says; ``deleted`` marks a wish to delete, which is never inferred."""

    digest: Digest
    deleted: bool = False


class SameText(Enum):
    """Which side knows more of an entry than its text: when it happened, and that it matters.

    Another record may have learned of it from a target that keeps neither.
    """

    LOCAL = auto()
    REMOTE = auto()


class Copy(Enum):
    """A copy as a record of ours wrote it, of an entry that Datadog tells every record of.

    It is no wish of anybody; another record may have been ahead of ours when it wrote it.
    """

    NEW = auto()
    """Written so lately that our record may not know yet what it says."""
    OLD = auto()
    """Written before our record was last compared with Datadog."""


@frozen
class EntrySides:
    """One entry as the base, the record and the target have it; None where a side has no row.

    ``attempted`` are the digests of unconfirmed writes, None among them for a deletion.
    ``absence_believed`` says that two complete listings lacked it, long enough apart. ``ours`` says
    that our account wrote it in the target, ``system`` that a system did. ``older`` says that the
    target's copy is older than one that was already seen. ``same_text`` is which side knows more
    of an entry whose text is the same on both. ``copy`` says that nobody touched the target's copy.
    """

    base: BaseSide | None
    local: LocalSide | None
    remote: Digest | None
    attempted: frozenset[Digest | None] = frozenset()
    absence_believed: bool = False
    ours: bool = True
    system: bool = False
    older: bool = False
    same_text: SameText | None = None
    copy: Copy | None = None


class Step(Enum):
    """What an entry calls for; the numbers are the rows of the table."""

    NO_OP = auto()
    """7, 21: all agree, or the listing is too old to say anything."""
    CREATE = auto()
    """1, 16, 19: the target lacks it."""
    PULL = auto()
    """2, 5, 9, 14, 18: the target's copy becomes the record's."""
    LINK_ONLY = auto()
    """3, 10: both say the same; only the base has to learn it."""
    ADOPT_THEN_PUSH = auto()
    """4, 11: our earlier write landed without an answer, and the record moved on since."""
    PUSH = auto()
    """8: the record's text becomes the target's."""
    CORRECT = auto()
    """8, of another author's entry: theirs stays, and ours becomes a note about it."""
    KEEP_BOTH = auto()
    """6, 12: the target's copy keeps the identity, the record's becomes a new entry."""
    DELETE_REMOTE = auto()
    """13: the wish to delete is carried to the target."""
    DELETE_LOCAL = auto()
    """15: the target's deletion is carried to the archive."""
    FORGET = auto()
    """17, 20: neither side has it any more."""
    AWAIT_CONFIRMATION = auto()
    """The target lacks it for the first time; believe it when it still does later."""


def decide_entry(sides: EntrySides) -> Step:
    """Decide what one entry calls for; edit beats delete, and nothing that people wrote is lost."""
    # A listing that lags behind what was seen says nothing about this entry.
    if sides.older:
        return Step.NO_OP
    if sides.remote is None:
        return _decide_absent(sides)
    if sides.base is None:
        return _decide_unlinked(sides, sides.remote)
    landed = sides.remote != sides.base.remote and sides.remote in sides.attempted
    return _decide_linked(sides, sides.base, sides.remote, landed=landed)


def _decide_absent(sides: EntrySides) -> Step:
    """Rows 1, 15 to 17, 19 and 20: the target does not list it."""
    # What the target never had, and was never sent, it cannot have lost.
    known = sides.base is not None or bool(sides.attempted)
    if known and not sides.absence_believed:
        return Step.AWAIT_CONFIRMATION
    match sides.base, sides.local:
        case None, None:
            return Step.FORGET
        case _, None | LocalSide(deleted=True):
            return Step.FORGET
        case None, LocalSide():
            return Step.CREATE
        case BaseSide() as base, LocalSide() as local:
            # An edit beats a deletion, but nobody here edits what a system wrote.
            changed = local.digest != base.local and not sides.system
            return Step.CREATE if changed else Step.DELETE_LOCAL
        case _:
            raise AssertionError("every combination of rows is above")


def _decide_unlinked(sides: EntrySides, remote: Digest) -> Step:
    """Rows 2 to 6: never linked, but the target shows it, with our tag or by another author."""
    match sides.local:
        case None:
            return Step.PULL
        case LocalSide(digest=digest, deleted=True):
            # Only what we are known to have written is taken away again.
            written = remote in sides.attempted or remote == digest
            return Step.DELETE_REMOTE if written and sides.ours else Step.PULL
        case LocalSide(digest=digest) if digest == remote:
            return Step.LINK_ONLY
        case LocalSide() if remote in sides.attempted:
            return Step.ADOPT_THEN_PUSH
        case LocalSide(digest=digest) if sides.attempted == {digest}:
            # Our only write landed unheard and was edited there: the record has nothing newer.
            return Step.PULL
        case _:
            return _keep_both(sides)


def _decide_linked(sides: EntrySides, base: BaseSide, remote: Digest, *, landed: bool) -> Step:
    """Rows 7 to 14 and 18: linked and shown."""
    remote_same = landed or remote == base.remote
    match sides.local:
        case None:
            return Step.PULL
        case LocalSide(digest=digest, deleted=True):
            # Whoever deleted it had seen the last edit, though not in this target.
            is_seen = remote_same or remote == digest
            if is_seen and sides.ours and not sides.system:
                return Step.DELETE_REMOTE
            return Step.PULL
        case LocalSide(digest=digest):
            # After a write that landed unheard the base is that write, which this may go back on.
            local_same = digest == base.local and not landed
            if local_same:
                idle = remote_same and not sides.attempted
                return (Step.NO_OP if idle else Step.LINK_ONLY) if remote_same else Step.PULL
            if digest == remote:
                return Step.LINK_ONLY
            if sides.system:
                return Step.PULL
            if landed:
                return Step.ADOPT_THEN_PUSH
            if remote_same:
                return Step.PUSH if sides.ours else Step.CORRECT
            return _keep_both(sides)


def _keep_both(sides: EntrySides) -> Step:
    """6, 12: both texts are people's, unless they are one, or the target has a copy of ours."""
    if sides.same_text:
        knows_more = sides.same_text is SameText.LOCAL and sides.ours
        return Step.ADOPT_THEN_PUSH if knows_more else Step.PULL
    match sides.copy if sides.ours else None:
        case Copy.NEW:
            return Step.NO_OP
        case Copy.OLD:
            return Step.ADOPT_THEN_PUSH
        case None:
            return Step.KEEP_BOTH
