"""Roles that are devised for one incident, beside those of the catalogue."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from dd_incident_roles.errors import UnknownRole, UsageError
from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.roles.catalogue import Catalogue, Holders, NamedRole, Role, folded
from dd_incident_roles.roles.role_names import check_datadog_name
from dd_incident_roles.sync.devised import DevisedRole

_LONGEST_KEY = 50


def devise(
    catalogue: Catalogue,
    devised: Sequence[DevisedRole],
    title: str,
    *,
    holders: Holders,
    summary: str,
    may_hold: tuple[PersonKey, ...],
    until: datetime | None,
    now: datetime,
    by: str,
) -> DevisedRole:
    """The role that a title names, ready to be recorded.

    ``devised`` are those that the incident has; one of the same title is devised anew, under its
    key. Raises UsageError for a title that another role has, or that Datadog keeps for itself.
    """
    said = " ".join(title.split())
    check_datadog_name(said)
    same = next((each for each in devised if folded(each.title) == folded(said)), None)
    others = with_devised(catalogue, [each for each in devised if each is not same])
    taken = _called(others, said)
    if taken is not None:
        raise UsageError(
            f"{said!r} is already a name of the role {taken.title}.",
            hint="Choose another title, or assign that role.",
        )
    if until is not None and until <= now:
        raise UsageError(f"The role {said} would be over before it began.", hint="Give it longer.")
    return DevisedRole(
        key=same.key if same else _key(others, said),
        title=said,
        is_single=holders is Holders.ONE,
        devised=now,
        devised_by=by,
        summary=summary,
        may_hold=may_hold,
        until=until,
    )


def with_devised(catalogue: Catalogue, devised: Iterable[DevisedRole]) -> Catalogue:
    """The catalogue of one incident: the roles of all incidents, then those devised for it.

    A devised role whose key or title the catalogue has taken since then gives way to it.
    """
    known = catalogue
    for each in devised:
        if _called(known, each.key) is None and _called(known, each.title) is None:
            known = replace(known, roles=(*known.roles, _role(each)))
    return known


def check_may_hold(
    devised: Iterable[DevisedRole], role: Role, person: PersonKey, now: datetime
) -> None:
    """Raise UsageError where a devised role has lapsed or is meant for other people."""
    for each in devised:
        if each.key != role.key:
            continue
        if each.until is not None and each.until <= now:
            raise UsageError(
                f"The role {each.title} lapsed at {each.until:%Y-%m-%d %H:%M} UTC.",
                hint="Devise it again if it is needed longer.",
            )
        if each.may_hold and person not in each.may_hold:
            raise UsageError(
                f"The role {each.title} is meant for {', '.join(each.may_hold)}.",
                hint="Devise it again with --may to let somebody else hold it.",
            )


def _role(devised: DevisedRole) -> Role:
    return Role(
        key=devised.key,
        title=devised.title,
        summary=devised.summary or f"Devised for this incident by {devised.devised_by}.",
        responsibilities=(),
        holders=Holders.ONE if devised.is_single else Holders.MANY,
        datadog=NamedRole(devised.title),
    )


def _called(catalogue: Catalogue, name: str) -> Role | None:
    try:
        return catalogue.find(name)
    except UnknownRole:
        return None


def _key(catalogue: Catalogue, title: str) -> RoleKey:
    """A key made of the title that no other role has."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    word = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[: _LONGEST_KEY - 4]
    stem = word if word[:1].isalpha() else f"role_{word}".rstrip("_")
    key, number = stem, 2
    while _called(catalogue, key) is not None:
        key, number = f"{stem}_{number}", number + 1
    return RoleKey(key)
