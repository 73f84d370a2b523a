"""Roles that are devised for one incident, beside those of the catalogue."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from dd_incident_roles.errors import UnknownRole, UsageError
from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.roles.catalogue import (
    Catalogue,
    CommanderRole,
    Holders,
    NamedRole,
    Role,
    Streams,
)
from dd_incident_roles.roles.devising import (
    LONGEST_SUMMARY,
    check_may_hold,
    devise,
    in_use,
    with_devised,
)
from dd_incident_roles.roles.ledger import DevisedRole
from tests.roles.build import ADA, GRACE, LINUS, a_role, minute

MANAGER = replace(
    a_role(),
    key=RoleKey("incident_manager"),
    title="Incident Manager",
    aliases=("im",),
    datadog=CommanderRole(),
)
CLERK = replace(
    a_role(),
    key=RoleKey("scribe"),
    title="Scribe",
    aliases=("note taker",),
    datadog=NamedRole("Clerk of Works"),
)
CATALOGUE = Catalogue(roles=(MANAGER, CLERK), file="roles.yaml")


def devised(
    title: str = "Network Liaison",
    *known: DevisedRole,
    catalogue: Catalogue = CATALOGUE,
    holders: Holders = Holders.ONE,
    summary: str = "",
    may_hold: tuple[PersonKey, ...] = (),
    until: datetime | None = None,
    now: datetime = minute(0),  # noqa: B008 - an immutable value
) -> DevisedRole:
    """What devising a title beside others comes to."""
    return devise(
        catalogue,
        known,
        title,
        holders=holders,
        summary=summary,
        may_hold=may_hold,
        until=until,
        now=now,
        by=ADA,
    )


def taking(title: str, key: str) -> Catalogue:
    """The catalogue once it has a role of this title and key."""
    role = replace(a_role(), key=RoleKey(key), title=title, datadog=NamedRole(title))
    return replace(CATALOGUE, roles=(*CATALOGUE.roles, role))


KEYS = {
    "words": ("Network Liaison", "network_liaison"),
    "accents": ("Médecin général", "medecin_general"),
    "a number first": ("3rd Line", "role_3rd_line"),
    "signs": ("R&D / Ops (night)", "r_d_ops_night"),
    "Cyrillic": ("Связной", "role"),
    "Chinese": ("网络联络员", "role"),
    "signs alone": ("!!!", "role"),
    "full width": ("\uff30\uff49\uff4c\uff4f\uff54", "pilot"),
    "emoji": ("🔥 Fire", "fire"),
    "longer than a key": ("x" * 255, "x" * 46),
    "cut at a space": ("x" * 45 + " tail", "x" * 45),
}


@pytest.mark.parametrize(("title", "key"), KEYS.values(), ids=KEYS)
def test_a_title_gives_a_key(title: str, key: str) -> None:
    """The key can be typed on any keyboard and finds the role, and so does the title."""
    role = devised(title)
    assert role.key == key
    known = with_devised(CATALOGUE, [role])
    assert known.find(role.key) == known.find(title) == known.role(role.key)


def test_every_role_has_a_key_of_its_own() -> None:
    """Titles that come to the same key get numbers, and each is found by its own names."""
    roles: list[DevisedRole] = []
    for title in ("Часовой", "网络联络员", "!!!"):
        roles.append(devised(title, *roles))
    assert [role.key for role in roles] == ["role", "role_2", "role_3"]
    known = with_devised(CATALOGUE, roles)
    for role in roles:
        assert known.find(role.title).key == known.find(role.key).key == role.key


def test_a_key_is_never_used_again() -> None:
    """A role that gave way to the catalogue keeps its key, under which its past is recorded."""
    first = devised("Часовой")
    later = taking("Часовой", "sentry")
    assert in_use(later, [first]) == ()
    assert devised("Курьер", first, catalogue=later).key == "role_2"


REFUSED = {
    "nothing": ("", "one line"),
    "spaces": (" \t\n ", "one line"),
    "an escape sequence": ("Liaison\x1b[2J", "one line"),
    "a bell": ("Lia\x07ison", "one line"),
    "a null": ("Liaison\x00", "one line"),
    "another direction": ("Liaison \u202egnihton", "one line"),
    "half a character": ("Liaison \udc80", "one line"),
    "300 characters": ("x" * 300, "255 characters"),
    "256 characters": ("x" * 256, "255 characters"),
    "Datadog's commander": ("incident-COMMANDER", "keeps for itself"),
    "Datadog's responder": (" Responder ", "keeps for itself"),
    "a title": ("Scribe", "already a name of the role Scribe"),
    "a title in another case": ("sCRIBE", "already a name of the role Scribe"),
    "an alias": ("Note-Taker", "already a name of the role Scribe"),
    "an alias of the command": ("IM", "already a name of the role Incident Manager"),
    "a key": ("incident_manager", "already a name of the role Incident Manager"),
    "what Datadog calls a role": ("clerk of works", "already a name of the role Scribe"),
}


@pytest.mark.parametrize(("title", "said"), REFUSED.values(), ids=REFUSED)
def test_a_title_that_will_not_do(title: str, said: str) -> None:
    """A title that nobody could read, that Datadog refuses, or that means another role."""
    with pytest.raises(UsageError, match=said):
        devised(title)


def test_a_title_is_put_on_one_line() -> None:
    """Line breaks and rows of spaces in what was typed are single spaces."""
    assert devised("  Network \n\t Liaison ").title == "Network Liaison"
    assert devised(summary=" Talks\nto  them. ").summary == "Talks to them."


def test_the_longest_of_everything() -> None:
    """A title and a summary that just fit into Datadog are taken, and one character more is not."""
    role = devised("x" * 255, summary="y" * LONGEST_SUMMARY)
    assert (len(role.title), len(role.summary)) == (255, 1024)
    with pytest.raises(UsageError, match="The summary has 1025 characters"):
        devised(summary="y" * (LONGEST_SUMMARY + 1))


@pytest.mark.parametrize("title", ["Role", "role-2"])
def test_another_role_of_the_incident_is_in_the_way_too(title: str) -> None:
    """A title cannot be the key of a role that was devised before."""
    first = devised("Часовой")
    with pytest.raises(UsageError, match="is already a name of the role"):
        devised(title, first, devised("Связной", first))


@pytest.mark.parametrize("title", ["Network Liaison", "network liaison", "NETWORK-LIAISON"])
def test_devising_again(title: str) -> None:
    """The same title, however it is typed, changes the terms and keeps key and spelling."""
    first = devised(may_hold=(ADA,), until=minute(10))
    again = devised(title, first, holders=Holders.MANY, summary="Talks.", now=minute(5))
    assert again == DevisedRole(
        key=first.key,
        title="Network Liaison",
        is_single=False,
        devised=minute(5),
        devised_by=ADA,
        summary="Talks.",
        may_hold=(),
        until=None,
    )


@pytest.mark.parametrize("until", [-1, 0])
def test_a_role_lasts(until: float) -> None:
    """A role that would be over at once is a slip."""
    with pytest.raises(UsageError, match="over before it began"):
        devised(until=minute(until))
    assert devised(until=minute(1)).until == minute(1)


@pytest.mark.parametrize(
    ("holders", "is_single"), [(Holders.ONE, True), (Holders.MANY, False)], ids=str
)
def test_a_devised_role_is_a_role(holders: Holders, is_single: bool) -> None:
    """It stands behind those of the catalogue, without streams, under its title in Datadog."""
    role = devised(holders=holders, summary="Talks to carriers.")
    known = with_devised(CATALOGUE, [role])
    assert known.roles[:-1] == CATALOGUE.roles
    assert known.roles[-1] == Role(
        key=RoleKey("network_liaison"),
        title="Network Liaison",
        summary="Talks to carriers.",
        responsibilities=(),
        holders=holders,
        datadog=NamedRole("Network Liaison"),
    )
    assert known.roles[-1].is_single is is_single
    assert known.roles[-1].streams is Streams.NONE


@pytest.mark.parametrize(
    ("title", "key"),
    [("Network Liaison", "carriers"), ("Carriers", "network_liaison"), ("Network-liaison", "x")],
)
def test_the_catalogue_comes_first(title: str, key: str) -> None:
    """A devised role whose title or key the catalogue took since then gives way to it."""
    later = taking(title, key)
    assert with_devised(later, [devised()]) == later


def test_a_name_in_datadog_comes_first_too() -> None:
    """Two roles of one incident are never the same role in Datadog."""
    later = replace(
        CATALOGUE,
        roles=(*CATALOGUE.roles, replace(a_role(), datadog=NamedRole("Network Liaison"))),
    )
    assert with_devised(later, [devised()]) == later


def test_without_devised_roles_there_is_the_catalogue() -> None:
    """Incidents of their own roles do not concern the others."""
    assert with_devised(CATALOGUE, []) is CATALOGUE
    with pytest.raises(UnknownRole):
        with_devised(CATALOGUE, []).find("Network Liaison")


HOLD = {
    "everybody, for good": ((), None, LINUS, None),
    "one of those who may": ((ADA, GRACE), None, GRACE, None),
    "somebody else": ((ADA, GRACE), None, LINUS, f"is meant for {ADA}, {GRACE}"),
    "before it lapses": ((), 10, LINUS, None),
    "when it lapses": ((), 9, LINUS, "lapsed at 2026-01-01 12:09 UTC"),
    "after it lapsed": ((), 8, LINUS, "lapsed at 2026-01-01 12:08 UTC"),
    "one of those who might have": ((ADA,), 8, ADA, "lapsed at"),
}


@pytest.mark.parametrize(("may", "until", "person", "said"), HOLD.values(), ids=HOLD)
def test_who_may_hold_it_and_when(
    may: tuple[PersonKey, ...], until: float | None, person: PersonKey, said: str | None
) -> None:
    """A role goes to those for whom it was devised, while it lasts; the refusal says why."""
    ends = None if until is None else minute(until)
    roles = [devised("Runner", until=minute(1)), devised(may_hold=may, until=ends)]
    role = with_devised(CATALOGUE, roles).find("network_liaison")
    if said is None:
        check_may_hold(roles, role, person, minute(9))
        return
    with pytest.raises(UsageError, match=said) as caught:
        check_may_hold(roles, role, person, minute(9))
    assert "--change" in (caught.value.hint or "")


def test_a_role_of_the_catalogue_is_for_everybody() -> None:
    """Terms of a devised role do not bind a role of the catalogue that took its key."""
    lapsed = devised(until=minute(1), may_hold=(ADA,))
    role = taking("Network Liaison", "network_liaison").role(lapsed.key)
    check_may_hold([lapsed], role, LINUS, minute(9))
