"""Roles that are devised for one incident, beside those of the catalogue."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.roles.catalogue import (
    Catalogue,
    Holders,
    NamedRole,
    Role,
    check_datadog_name,
    folded,
)
from dd_incident_roles.roles.ledger import DevisedRole

LONGEST_SUMMARY = 1024
"""The most characters of a user-defined role's description in Datadog (document)."""

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

    ``devised`` are those that the incident has; one of the same title is devised anew: it keeps its
    key and its spelling, by which Datadog may know it already. Raises UsageError for a title that
    another role has, here or in Datadog, and for what Datadog could not take.
    """
    # A shell keeps line breaks within quotes, and Datadog shows a name on one line.
    typed = _on_one_line(title)
    check_datadog_name(typed)
    same = next((each for each in devised if folded(each.title) == folded(typed)), None)
    said = same.title if same else typed
    others = [each for each in devised if each is not same]
    taken = _in_the_way(with_devised(catalogue, others), said)
    if taken is not None:
        raise UsageError(
            f"{typed!r} is already a name of the role {taken.title}.",
            hint="Choose another title, or assign that role.",
        )
    text = _on_one_line(summary)
    if len(text) > LONGEST_SUMMARY:
        raise UsageError(
            f"The summary has {len(text)} characters; Datadog takes {LONGEST_SUMMARY}.",
            hint="Shorten it.",
        )
    if until is not None and until <= now:
        raise UsageError(
            f"The role {said} would be over before it began.", hint="Give a longer --for."
        )
    return DevisedRole(
        key=same.key if same else _key(catalogue, devised, said),
        title=said,
        is_single=holders is Holders.ONE,
        devised=now,
        devised_by=by,
        summary=text,
        may_hold=may_hold,
        until=until,
    )


def named(devised: Iterable[DevisedRole], name: str) -> DevisedRole | None:
    """The devised role with a title or key, unless it was dropped."""
    wanted = folded(name)
    return next(
        (
            each
            for each in devised
            if not each.is_dropped and wanted in {folded(each.title), folded(each.key)}
        ),
        None,
    )


def dropped(role: DevisedRole, *, now: datetime, by: str) -> DevisedRole:
    """The role as the incident does without it: it lapses at once, and is said to by whom."""
    return replace(role, devised=now, devised_by=by, until=now)


def in_use(
    catalogue: Catalogue, devised: Iterable[DevisedRole], *, ever: bool = False
) -> tuple[DevisedRole, ...]:
    """Those roles that have their names to themselves.

    A devised role whose key or title the catalogue has taken since then gives way to it, and one
    that was dropped is none, but where it counts whether it ``ever`` was one.
    """
    known, kept = catalogue, []
    for each in devised:
        if each.is_dropped and not ever:
            continue
        if _in_the_way(known, each.key) is None and _in_the_way(known, each.title) is None:
            known = replace(known, roles=(*known.roles, _role(each)))
            kept.append(each)
    return tuple(kept)


def with_devised(
    catalogue: Catalogue, devised: Iterable[DevisedRole], *, ever: bool = False
) -> Catalogue:
    """The catalogue of one incident: the roles of all incidents, then those devised for it."""
    kept = in_use(catalogue, devised, ever=ever)
    return replace(catalogue, roles=(*catalogue.roles, *map(_role, kept))) if kept else catalogue


def check_may_hold(
    devised: Iterable[DevisedRole], role: Role, person: PersonKey, now: datetime
) -> None:
    """Raise UsageError where a devised role has lapsed or is meant for other people.

    A role of the catalogue that has taken over the key of a devised one is for everybody.
    """
    for each in devised:
        # The catalogue may have taken the key since; then it is another role under the same key.
        if _role(each) != role or each.is_dropped:
            continue
        if each.until is not None and each.until <= now:
            raise UsageError(
                f"The role {each.title} lapsed at {each.until:%Y-%m-%d %H:%M} UTC.",
                hint="To have it longer: roles devise INCIDENT TITLE --change --for 2h.",
            )
        if each.may_hold and person not in each.may_hold:
            raise UsageError(
                f"The role {each.title} is meant for {', '.join(each.may_hold)}.",
                hint="To let others hold it: roles devise INCIDENT TITLE --change --may PERSON.",
            )


def _role(devised: DevisedRole) -> Role:
    return Role(
        key=devised.key,
        title=devised.title,
        summary=devised.summary or "Devised for this incident.",
        responsibilities=(),
        holders=Holders.ONE if devised.is_single else Holders.MANY,
        datadog=NamedRole(devised.title),
    )


def _in_the_way(catalogue: Catalogue, name: str) -> Role | None:
    """The role that is called so, here or in Datadog."""
    wanted = folded(name)
    for role in catalogue.roles:
        shown = (role.datadog.name,) if isinstance(role.datadog, NamedRole) else ()
        if any(folded(each) == wanted for each in (*role.names, *shown)):
            return role
    return None


def _key(catalogue: Catalogue, devised: Sequence[DevisedRole], title: str) -> RoleKey:
    """A key made of the title that no other role has or had in the incident."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    # Four characters are left for a number behind it.
    word = re.sub(r"[^a-z0-9]+", "_", plain)[: _LONGEST_KEY - 4].strip("_")
    stem = word if word[:1].isalpha() else f"role_{word}".rstrip("_")
    # Those that gave way to the catalogue too: under their keys the past of a role is recorded.
    had = {folded(each.key) for each in devised}
    everybody = with_devised(catalogue, devised)
    key, number = stem, 2
    while folded(key) in had or _in_the_way(everybody, key) is not None:
        key, number = f"{stem}_{number}", number + 1
    return RoleKey(key)


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
