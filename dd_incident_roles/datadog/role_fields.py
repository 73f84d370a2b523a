"""Holders of a role as the texts of a property field, and the texts that name them."""

from __future__ import annotations

from dataclasses import dataclass

from dd_incident_roles.model import FieldValue, PersonKey
from dd_incident_roles.roles.people import People


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldHolders:
    """Who a field names, and the texts in it that name nobody."""

    holders: frozenset[PersonKey]
    strange: tuple[str, ...] = ()


def texts_in(value: FieldValue) -> tuple[str, ...]:
    """The texts of a field, whether it holds one or several."""
    match value:
        case None | "":
            return ()
        case tuple():
            return tuple(text for text in value if text.strip())
        case str():
            return (value,)
        case _:
            return (str(value),)


def holders_in_field(value: FieldValue, people: People) -> FieldHolders:
    """Read who holds a role; a text without an @ that the people file does not know is strange."""
    named = {text: _person(text, people) for text in texts_in(value)}
    return FieldHolders(
        holders=frozenset(person for person in named.values() if person),
        strange=tuple(text for text, person in named.items() if person is None),
    )


def field_with(
    value: FieldValue, people: People, *, add: PersonKey | None, remove: frozenset[PersonKey]
) -> tuple[str, ...]:
    """The texts of a field after a change; texts that name nobody stay where they are."""
    kept = tuple(text for text in texts_in(value) if _person(text, people) not in remove - {add})
    if add is None or any(_person(text, people) == add for text in kept):
        return kept
    return (*kept, add)


def _person(text: str, people: People) -> PersonKey | None:
    entry = people.find(text)
    if entry:
        return entry.person
    plain = text.strip().lower()
    return PersonKey(plain) if "@" in plain.strip("@") else None
