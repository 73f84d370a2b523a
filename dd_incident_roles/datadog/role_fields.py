"""Holders of a role as the texts of a property field, as people and programs write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dd_incident_roles.model import FieldValue, PersonKey

Named = Callable[[str], PersonKey | None]
"""Says whom a text names, None where it names nobody."""

_WORD = r"[^\s<>()\[\]|,;:\"'@]+"
_ADDRESS = rf"{_WORD}@{_WORD}"
_PART = re.compile(r"""(?:"[^"]*"|<[^<>]*>|\[[^\[\]]*\]\([^()]*\)|[^,;\n])+""")
"""What stands between commas, semicolons and line breaks, but for those in quotes or brackets."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldHolders:
    """Who a field names, and the texts in it that name nobody."""

    holders: frozenset[PersonKey]
    strange: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    text: str
    person: PersonKey | None


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


def holders_in_field(value: FieldValue, named: Named) -> FieldHolders:
    """Read who holds a role; what names nobody is strange, and makes nobody a holder."""
    pieces = [piece for text in texts_in(value) for piece in _pieces(text, named)]
    return FieldHolders(
        holders=frozenset(piece.person for piece in pieces if piece.person),
        strange=tuple(piece.text for piece in pieces if piece.person is None),
    )


def field_with(
    value: FieldValue,
    named: Named,
    *,
    add: tuple[PersonKey, str] | None,
    remove: frozenset[PersonKey],
) -> tuple[str, ...]:
    """The texts of a field after a change; ``add`` is a person and the text that names them.

    A text in which nobody is removed stays as it is, to the letter, and what names nobody stays.
    """
    leaving = remove - {add[0]} if add else remove
    kept = []
    for text in texts_in(value):
        pieces = tuple(_pieces(text, named))
        staying = [piece.text for piece in pieces if piece.person not in leaving]
        if len(staying) == len(pieces):
            kept.append(text)
        elif staying:
            kept.append(", ".join(staying))
    if add is None or add[0] in holders_in_field(tuple(kept), named).holders:
        return tuple(kept)
    return (*kept, add[1])


def _pieces(text: str, named: Named) -> Iterator[_Piece]:
    """The single names in a text."""
    if (whole := _person(text, named)) is not None:
        yield _Piece(text=text, person=whole)
        return
    for part in _PART.findall(text):
        for each in _AND.split(part):
            words = each.split()
            if len(words) > 1 and all(re.fullmatch(_ADDRESS, word) for word in words):
                yield from (_Piece(text=word, person=_person(word, named)) for word in words)
            elif words:
                yield _Piece(text=each.strip(), person=_person(each, named))


def _person(text: str, named: Named) -> PersonKey | None:
    plain = text.strip()
    for form in _FORMS:
        if found := form.fullmatch(plain):
            return named(found["it"])
    return named(plain) if "@" not in plain else None
