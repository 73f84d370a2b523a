"""What remains of a private incident: its public id, and what the rules need."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import Field, dataclass, field, is_dataclass, replace
from enum import Enum
from functools import cache
from typing import ClassVar, Protocol, TypeVar, get_args, get_origin, get_type_hints

from dd_incident_roles import model
from dd_incident_roles.policy.facts import Facts, NotConnected, NotRead, is_generic
from dd_incident_roles.policy.policy import Waiver
from dd_incident_roles.roles.catalogue import Catalogue, FieldIs, fits_field

_SIDES = frozenset(source.value for source in model.Source)
_KEPT = frozenset({"severity", "state", "incident_type", "attempt", "entry"})
"""The names of texts that reveal nothing of what happened; an entry has its number by then."""


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[object]]]


_Value = TypeVar("_Value", bound=_Dataclass)


def redact(facts: Facts, kept_fields: Collection[FieldIs] = ()) -> Facts:
    """The facts without anything that reveals more of a private incident than its public id.

    Texts are left out or replaced by numbered stand-ins, and of the property fields only values
    that one of ``kept_fields`` fits remain. Severity, state, type, times and who is the same as
    whom stay, because the rules go by them. Facts that may be shown are given back as they are.
    """
    if not facts.is_redacted:
        return facts
    plain = replace(
        facts,
        incident=replace(facts.incident, fields=_fitting(facts.incident.fields, kept_fields)),
        refused=tuple(
            replace(each, entry=None if each.entry is None else f"entry-{number}")
            for number, each in enumerate(facts.refused, 1)
        ),
    )
    redaction = _Redaction(facts.catalogue)
    # The first pass only collects the names: placeholders are numbered in the order of all names.
    redaction.whole(plain)
    redaction.give_out()
    return redaction.whole(plain)


@dataclass(slots=True)
class Pseudonyms:
    """Numbered stand-ins for the names of one incident, such as ``stream-2``.

    They sort as the names do, so that whatever goes by the order of names comes out the same, and
    a stand-in of one that is given again stays what it is.
    """

    word: str
    met: set[str] = field(default_factory=set)
    given: dict[str, str] = field(default_factory=dict)

    def of(self, name: str) -> str:
        """The stand-in for a name; the name itself as long as none was given out."""
        self.met.add(name)
        return self.given.get(name, name)

    def give_out(self) -> None:
        """Give every name that was met a number."""
        # All of one width, because they are compared and sorted as texts.
        width = len(str(len(self.met)))
        for number, name in enumerate(sorted(self.met), start=1):
            self.given[name] = f"{self.word}{number:0{width}}"


class _Redaction:
    """One incident's facts, part by part: what a text is replaced by goes by its type and name.

    A text of which nothing is known here is left out, so that a new fact tells nothing by mistake.
    Everything by which a person can be called has a stand-in of one series, so that whether two
    texts call the same person can be told as before. Roles of the catalogue keep their keys: what
    it says is no secret of an incident.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.known_roles = catalogue.known_names
        self.people = Pseudonyms("private:")
        self.streams = Pseudonyms("stream-")
        self.roles = Pseudonyms("private-role-")
        self.intervals = Pseudonyms("interval-")

    def give_out(self) -> None:
        """Give every name that was collected a placeholder."""
        for names in (self.people, self.streams, self.roles, self.intervals):
            names.give_out()

    def whole(self, value: _Value) -> _Value:
        """A value of ours with each of its parts redacted."""
        hints = _hints(type(value))
        kept = {*_KEPT, "name"} if isinstance(value, model.Person) and is_generic(value) else _KEPT
        parts = {
            name: self._part(getattr(value, name), hint, name)
            for name, hint in hints.items()
            if name not in kept
        }
        return replace(value, **parts)

    def _part(self, value: object, hint: object, name: str) -> object:
        kinds = (hint, *get_args(hint))
        match value:
            case NotRead():
                return NotRead(reason="it could not be read")
            case NotConnected():
                return NotConnected(reason="there is nothing to look at")
            case Enum() | Catalogue():
                return value
            case str():
                return self._text(value, kinds, name)
            case tuple() | frozenset():
                inner = _inside(kinds, type(value))
                return type(value)(self._part(each, inner[0], name) for each in value)
            case Mapping() if name == "fields":
                return value
            case Mapping():
                of_key, of_value = _inside(kinds, Mapping)
                return {
                    self._part(key, of_key, name): self._part(each, of_value, name)
                    for key, each in value.items()
                }
            case _ if is_dataclass(value) and not isinstance(value, type):
                return self.whole(value)
            case _:
                return value

    def _text(self, text: str, kinds: Collection[object], name: str) -> str | None:
        if model.IncidentId in kinds:
            # It stays: the fingerprint of a finding is made of it, and a UUID reveals nothing.
            return text
        if model.PersonKey in kinds or model.UserId in kinds or name in {"email", "handle"}:
            return self.people.of(text)
        if model.RoleKey in kinds:
            return text if text in self.known_roles else self.roles.of(text)
        match name:
            case "unknown":
                return self.roles.of(text)
            case "stream":
                return self.streams.of(text)
            case "id":
                return self.intervals.of(text)
            case "set_by" | "ended_by" if text not in _SIDES:
                # The record has it as it was typed, where e-mails and handles are in lower case.
                return self.people.of(text.strip().lower())
            case "set_by" | "ended_by":
                return text
            case _:
                return None if type(None) in kinds else ""


def _inside(kinds: Iterable[object], container: type) -> tuple[object, ...]:
    """What a container holds by the type that its field is declared with."""
    return next(get_args(kind) for kind in kinds if get_origin(kind) is container)


@cache
def _hints(kind: type) -> dict[str, object]:
    return get_type_hints(kind)


def fields_to_keep(catalogue: Catalogue, waivers: Iterable[Waiver] = ()) -> tuple[FieldIs, ...]:
    """Every test of a field, in the requirements and exclusions of a catalogue and in waivers."""
    conditions = [
        *(each.when for role in catalogue.roles for each in role.required),
        *(each.when for role in catalogue.roles for each in role.excludes),
        *(waiver.when for waiver in waivers),
    ]
    found: list[FieldIs] = []
    for condition in conditions:
        tests = (test for test in condition.tests if isinstance(test, FieldIs))
        found.extend(test for test in tests if _pairs([test]) - _pairs(found))
    return tuple(found)


def left_out(asked: Iterable[FieldIs], kept: Iterable[FieldIs]) -> tuple[str, ...]:
    """The names of the fields with a value that a test needs and that was not kept."""
    return tuple(sorted({name for name, _, _ in _pairs(asked) - _pairs(kept)}))


def _fitting(
    fields: Mapping[str, model.FieldValue], kept: Iterable[FieldIs]
) -> Mapping[str, model.FieldValue]:
    """The fields without any value that no test fits, so that every test comes out the same."""
    tests = tuple(kept)
    found: dict[str, model.FieldValue] = {}
    for name, value in fields.items():
        if isinstance(value, tuple):
            if parts := tuple(part for part in value if _is_asked(name, part, tests)):
                found[name] = parts
        elif _is_asked(name, value, tests):
            found[name] = value
    return found


def _is_asked(name: str, value: model.FieldValue, tests: Iterable[FieldIs]) -> bool:
    return any(fits_field(test, {name: value}) for test in tests)


def _pairs(tests: Iterable[FieldIs]) -> set[tuple[str, type, object]]:
    # With the type, since 1 and true are equal in Python, and ask about different things.
    return {(test.name, type(value), value) for test in tests for value in test.values}
