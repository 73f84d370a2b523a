"""The three sides of one entry, as the decision table wants to see them."""

from __future__ import annotations

from dd_incident_roles.model import NOTE, Entry
from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.entries.decide import BaseSide, EntrySides, LocalSide
from dd_incident_roles.sync.entries.pair import Pair, holds_what_it_can, local_digest
from dd_incident_roles.sync.role_plan import Terms


def sides_of(pair: Pair, terms: Terms) -> EntrySides:
    """Show a pair as base, record and target."""
    link, local, remote = pair.link, pair.local, pair.remote
    return EntrySides(
        base=BaseSide(local=link.local_digest, remote=link.remote_digest) if link else None,
        local=_local_side(pair, local) if local else None,
        remote=remote.digest if remote else None,
        attempted=frozenset(intent.digest for intent in pair.intents),
        absence_believed=_absence_believed(pair, terms),
        ours=pair.ours,
        system=_is_a_systems(pair),
        older=_is_older(pair),
    )


def _local_side(pair: Pair, local: Entry) -> LocalSide:
    return LocalSide(digest=_as_shown(pair, local), deleted=local.deleted_at is not None)


def _as_shown(pair: Pair, local: Entry) -> Digest:
    """An entry of ours that was never linked counts as what the target can show of it."""
    if pair.link is None and pair.remote and holds_what_it_can(pair.remote, local):
        return pair.remote.digest
    return local_digest(local)


def _absence_believed(pair: Pair, terms: Terms) -> bool:
    since = [intent.missing_since for intent in pair.intents]
    if pair.link:
        since.append(pair.link.missing_since)
    return bool(since) and all(terms.believes_absence(moment) for moment in since)


def _is_a_systems(pair: Pair) -> bool:
    """Made by a system: by the target's now, or when the target last showed it."""
    if pair.remote is not None:
        return pair.remote.kind != NOTE
    kind = pair.local.kind if pair.local else NOTE
    return pair.link is not None and not pair.link.ours and kind != NOTE


def _is_older(pair: Pair) -> bool:
    if not (pair.remote and pair.link and pair.remote.id == pair.link.remote_id):
        return False
    shown, seen = pair.remote.modified, pair.link.remote_modified
    return shown is not None and seen is not None and shown < seen
