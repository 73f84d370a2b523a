"""Property fields of an incident: their values, and the people in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from dd_incident_roles.datadog import wire
from dd_incident_roles.model import FieldValue, PersonKey
from dd_incident_roles.values import frozen

NamedBy = Callable[[str], PersonKey | None]
"""Finds the person that a text names; None if it names nobody."""

_WORD = r"[^\s<>()\[\]|,;:\"'@]+"
_ADDRESS = rf"{_WORD}@{_WORD}"
_PART = re.compile(r"""(?:"[^"]*"|<[^<>]*>|\[[^\[\]]*\]\([^()]*\)|[^,;\n])+""")
"""A part between commas, semicolons and line breaks, except those in quotes or brackets."""

_AND = re.compile(r"\s+(?:and|&|\+|/)\s+", re.IGNORECASE)
_FORMS = tuple(
    re.compile(form.replace("ADDRESS", _ADDRESS), re.IGNORECASE)
    for form in (
        r"(?:mailto:)?(?P<it>ADDRESS)",
        r"""(?:"[^"]*"|[^<>@,;\n"]*)\s*<(?:mailto:)?(?P<it>ADDRESS)(?:\|[^<>]*)?>""",
        r"\[[^\[\]]*\]\(mailto:(?P<it>ADDRESS)\)",
    )
)
"""An e-mail as it is typed, pasted from a mail, linked in Slack, or linked in Markdown."""


TEXT_ARRAY: Final = "textarray"
"""The type of a role's field: a list of texts (released client)."""


def field_values(attributes: wire.Object) -> Mapping[str, FieldValue]:
    """What the fields of an incident hold, by name; a field that is there and empty holds None."""
    fields = wire.object_at(attributes, "fields")
    return MappingProxyType({name: _value(content) for name, content in fields.items()})


def _value(content: object) -> FieldValue:
    value = content.get("value") if isinstance(content, dict) else content
    match value:
        case None | str() | bool() | int() | float():
            return value
        case list():
            return tuple(_as_text(item) for item in value if item is not None)
        case _:
            return _as_text(value)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


@frozen
class FieldHolders:
    """Who a field names, and the texts in it that name nobody."""

    holders: frozenset[PersonKey]
    strange: tuple[str, ...] = ()


def holders_in_field(value: FieldValue, named_by: NamedBy) -> FieldHolders:
    """Read who holds a role; what names nobody is strange, and makes nobody a holder."""
    pieces = [piece for text in _texts_in(value) for piece in _pieces(text, named_by)]
    return FieldHolders(
        holders=frozenset(person for _, person in pieces if person),
        strange=tuple(text for text, person in pieces if person is None),
    )


def field_with(
    value: FieldValue,
    named_by: NamedBy,
    *,
    add: tuple[PersonKey, str] | None,
    remove: frozenset[PersonKey],
) -> tuple[str, ...]:
    """The texts of a field after a change; ``add`` is a person and the text that names them.

    A text in which nobody is removed stays as it is, to the letter, and what names nobody stays.
    """
    leaving = remove - {add[0]} if add else remove
    kept: list[str] = []
    for whole in _texts_in(value):
        pieces = list(_pieces(whole, named_by))
        staying = [piece for piece, person in pieces if person not in leaving]
        if len(staying) == len(pieces):
            # To the letter: another program, or a person, may look for exactly this text.
            kept.append(whole)
        elif staying:
            kept.append(", ".join(staying))
    if add and add[0] not in holders_in_field(tuple(kept), named_by).holders:
        kept.append(add[1])
    return tuple(kept)


def _texts_in(value: FieldValue) -> tuple[str, ...]:
    """The texts of a field, whether it holds one or several."""
    match value:
        case None | "":
            return ()
        case tuple():
            return tuple(text for text in value if text.strip())
        case _:
            return (str(value),)


def _pieces(text: str, named_by: NamedBy) -> Iterator[tuple[str, PersonKey | None]]:
    """Each name in a text, with the person that it names."""
    if (whole := _person(text, named_by)) is not None:
        yield text, whole
        return
    for part in _PART.findall(text):
        for each in _AND.split(part):
            words = each.split()
            # Addresses with nothing but blanks between are several people, and not one name.
            if len(words) > 1 and all(re.fullmatch(_ADDRESS, word) for word in words):
                yield from ((word, _person(word, named_by)) for word in words)
            elif words:
                yield each.strip(), _person(each, named_by)


def _person(text: str, named_by: NamedBy) -> PersonKey | None:
    plain = text.strip()
    for form in _FORMS:
        if found := form.fullmatch(plain):
            return named_by(found["it"])
    return named_by(plain) if "@" not in plain else None
