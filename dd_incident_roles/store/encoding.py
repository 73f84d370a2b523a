"""How the domain's sum types become columns, and come back."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeVar, assert_never

from dd_incident_roles.errors import RecordError
from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.sync.entries.canon import Digest
from dd_incident_roles.sync.state import Former, Item, Membership, Presence, Seat

Word = TypeVar("Word", bound=StrEnum)

NOBODY: Final = "nobody"
_SOMEBODY: Final = "person:"
DELETION: Final = "deletion"
_WRITING: Final = "digest:"


class ItemKind(StrEnum):
    """Which sort of item a row is about; rows of other kinds are left to those who know them."""

    SEAT = "seat"
    MEMBERSHIP = "membership"
    PRESENCE = "presence"
    FORMER = "former"


ROLE_KINDS: Final = tuple(ItemKind)
"""The kinds that ``item_of`` reads."""


def item_key(item: Item) -> dict[str, str]:
    """The columns ``kind``, ``subject`` and ``person`` of an item; what it lacks is empty text."""
    match item:
        case Seat(role=role):
            return {"kind": ItemKind.SEAT.value, "subject": role, "person": ""}
        case Membership(role=role, person=person):
            return {"kind": ItemKind.MEMBERSHIP.value, "subject": role, "person": person}
        case Presence(person=person):
            return {"kind": ItemKind.PRESENCE.value, "subject": "", "person": person}
        case Former(role=role, person=person):
            return {"kind": ItemKind.FORMER.value, "subject": role, "person": person}
        case _:
            assert_never(item)


def item_of(kind: str, subject: str, person: str) -> Item:
    """The item of three columns; raises RecordError for a kind that this version does not know."""
    known = member_of(ItemKind, kind)
    match known:
        case ItemKind.SEAT:
            return Seat(RoleKey(subject))
        case ItemKind.MEMBERSHIP:
            return Membership(RoleKey(subject), PersonKey(person))
        case ItemKind.PRESENCE:
            return Presence(PersonKey(person))
        case ItemKind.FORMER:
            return Former(RoleKey(subject), PersonKey(person))
        case _:
            assert_never(known)


def holder_key(holder: PersonKey | None) -> str:
    """A holder as part of a key, where nobody must be a value like any other."""
    return NOBODY if holder is None else f"{_SOMEBODY}{holder}"


def holder_of(text: str) -> PersonKey | None:
    """The holder that a part of a key stands for."""
    return None if text == NOBODY else PersonKey(text.removeprefix(_SOMEBODY))


def digest_key(digest: Digest | None) -> str:
    """The digest of a write as part of a key, where a deletion must be a value like any other."""
    return DELETION if digest is None else f"{_WRITING}{digest}"


def digest_from(text: str) -> Digest | None:
    """The digest that a part of a key stands for."""
    return None if text == DELETION else Digest(text.removeprefix(_WRITING))


def member_of(words: type[Word], text: str) -> Word:
    """The member of a closed set of words; raises RecordError for one that it does not have."""
    try:
        return words(text)
    except ValueError as error:
        raise RecordError(
            f"The record has a {words.__name__} that this version does not know: {text!r}.",
            hint="A newer version of dd-incident-roles wrote it; install that version here.",
        ) from error
