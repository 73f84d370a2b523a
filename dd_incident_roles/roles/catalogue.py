"""The roles that an organisation knows, found by any name, and when they are required."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from dd_incident_roles.errors import UnknownRole, UsageError
from dd_incident_roles.model import INCIDENT_MANAGER, FieldValue, Incident, Observation, RoleKey
from dd_incident_roles.values import frozen
from dd_incident_roles.words import did_you_mean, format_duration, join_names

_TRUE = frozenset({"true", "yes"})
_FALSE = frozenset({"false", "no"})


@frozen
class SeverityIs:
    """The severity is one of these, in any case; names of priorities are resolved at load."""

    values: tuple[str, ...]


@frozen
class StateIs:
    """The state is one of these, in any case."""

    values: tuple[str, ...]


@frozen
class IncidentTypeIs:
    """The incident's type is one of these, in any case."""

    values: tuple[str, ...]


@frozen
class CustomerImpacted:
    """Customers are impacted, or not."""

    value: bool


@frozen
class FieldIs:
    """A property field has one of these values, or holds one of them among others.

    Datadog has no fields of true and false, so that ``true`` also fits the text "true" or "yes" in
    any case, and ``false`` fits "false" or "no". A field that is not set fits nothing.
    """

    name: str
    values: tuple[str | int | float | bool, ...]


@frozen
class OpenFor:
    """The incident was declared at least this long ago."""

    length: timedelta


@frozen
class RespondersOver:
    """More than this many people respond."""

    number: int


Test = SeverityIs | StateIs | IncidentTypeIs | CustomerImpacted | FieldIs | OpenFor | RespondersOver
"""One key of a ``when``."""


@frozen
class Condition:
    """All of its tests must pass; without any it always applies."""

    tests: tuple[Test, ...] = ()


ALWAYS = Condition()
"""The condition that applies to every incident."""


def applies(
    condition: Condition,
    incident: Incident,
    seen: Incident | Observation,
    at: datetime,
    *,
    responders: int | None,
) -> bool:
    """Whether every test of a condition passes for an incident as it was seen at some time.

    What is not observed counts as unchanged. ``responders`` is None where nobody could count them;
    an unknown fact passes no test.
    """
    return all(_passes(test, incident, seen, at, responders) for test in condition.tests)


def began(condition: Condition, declared: datetime) -> datetime:
    """The moment from which the tests of a condition that ask only the clock passed."""
    # All of the tests must pass, so that the longest of them begins the whole.
    lengths = [test.length for test in condition.tests if isinstance(test, OpenFor)]
    return declared + max(lengths, default=timedelta())


def needs_responders(condition: Condition) -> bool:
    """Whether a condition cannot be judged without knowing how many people respond."""
    return any(isinstance(test, RespondersOver) for test in condition.tests)


def _passes(
    test: Test,
    incident: Incident,
    seen: Incident | Observation,
    at: datetime,
    responders: int | None,
) -> bool:
    match test:
        case SeverityIs(values=values):
            return _is_among(seen.severity, values)
        case StateIs(values=values):
            return _is_among(seen.state, values)
        case IncidentTypeIs(values=values):
            return incident.incident_type is not None and _is_among(incident.incident_type, values)
        case CustomerImpacted(value=value):
            return seen.customer_impacted is value
        case FieldIs():
            return fits_field(test, incident.fields)
        case OpenFor(length=length):
            return incident.declared + length <= at
        case RespondersOver(number=number):
            # Where it was not read, "no more than so many" would be a guess as well.
            return responders is not None and responders > number


def _is_among(text: str, values: tuple[str, ...]) -> bool:
    # Most are written alike on both sides.
    return text in values or text.casefold() in _folded(values)


@lru_cache
def _folded(values: tuple[str, ...]) -> frozenset[str]:
    return frozenset(value.casefold() for value in values)


def fits_field(test: FieldIs, fields: Mapping[str, FieldValue]) -> bool:
    """Whether the property field that a test asks about has one of the values that it wants."""
    found = fields.get(test.name)
    return found is not None and any(_fits(value, found) for value in test.values)


def _fits(wanted: str | float | bool, found: str | float | bool | tuple[str, ...]) -> bool:
    match wanted, found:
        case _, tuple():
            return any(_fits(wanted, part) for part in found)
        case bool(), bool():
            return wanted is found
        case bool(), str():
            return found.strip().casefold() in (_TRUE if wanted else _FALSE)
        # In Python True == 1, and in a file they say different things.
        case (bool(), _) | (_, bool()):
            return False
        case _, _:
            return _text(wanted) == _text(found)


def _text(value: str | float | tuple[str, ...]) -> str:
    # In YAML a value such as 9 is a number without quotes, and Datadog may have it as a text.
    return str(value).strip().casefold()


def describe(condition: Condition) -> str:
    """Say when a condition applies, as the end of a sentence such as "required …"."""
    return " and ".join(_words(test) for test in condition.tests) or "always"


def _words(test: Test) -> str:
    match test:
        case SeverityIs(values=values):
            return f"in {join_names(values, 'or')}"
        case StateIs(values=values):
            return f"while {join_names(values, 'or')}"
        case IncidentTypeIs(values=values):
            return f"for incidents of type {join_names(values, 'or')}"
        case CustomerImpacted(value=True):
            return "with customer impact"
        case CustomerImpacted():
            return "without customer impact"
        case FieldIs(name=name, values=values):
            # True and False are written as in the file, other values as they are.
            shown = [str(each).lower() if isinstance(each, bool) else str(each) for each in values]
            return f"with {name} {join_names(shown, 'or')}"
        case OpenFor(length=length):
            return f"once open for {format_duration(length)}"
        case RespondersOver(number=number):
            return f"with more than {number} responders"


Priorities = Mapping[str, tuple[str, ...]]
"""The severities that each priority means."""

FIELD_PREFIX = "incident_role."
"""How the names of the property fields begin that hold a role where assignments cannot."""


class Holders(StrEnum):
    """How many people can hold a role, or each of its streams, at one time."""

    ONE = "one"
    MANY = "many"


class Streams(StrEnum):
    """Whether a role can be held in a named line of work."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Level(StrEnum):
    """How much it matters that something is not as it should be."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@frozen(kw_only=False)
class CommanderRole:
    """The role is the commander of the incident in Datadog."""


@frozen(kw_only=False)
class NamedRole:
    """The role is a user-defined role of this name in Datadog."""

    name: str


DatadogRole = CommanderRole | NamedRole
"""What a role is called in Datadog."""


@frozen
class Requirement:
    """Somebody must hold the role, ``after`` so long, wherever the condition applies."""

    when: Condition
    after: timedelta
    level: Level
    line: int
    file: str


@frozen
class Exclusion:
    """Whoever holds the role must not also hold this one, wherever the condition applies.

    ``file`` and ``line`` are where that is demanded.
    """

    role: RoleKey
    when: Condition = ALWAYS
    file: str = field(default="", compare=False)
    line: int = field(default=1, compare=False)


@frozen(kw_only=False)
class OnCallOf:
    """Whoever is on call first for a team in Datadog On-Call, by its handle, name or id."""

    team: str


@frozen(kw_only=False)
class MembersOf:
    """The members of a team in Datadog, by its handle, name or id."""

    team: str


SuggestionSource = OnCallOf | MembersOf
"""Where people for a role are looked for; they are proposed, and never assigned by themselves."""


@frozen
class Role:
    """One role: what it is called, what it is for, who can hold it and when it is required.

    ``required`` are alternatives: the role is required where any of them applies.
    ``qualified_team`` is a team in Datadog that a holder should be a member of, and
    ``suggested_from`` where people for the role are looked for, the best place first.
    """

    key: RoleKey
    title: str
    summary: str
    responsibilities: tuple[str, ...]
    holders: Holders
    datadog: DatadogRole
    aliases: tuple[str, ...] = ()
    streams: Streams = Streams.NONE
    suggested_streams: tuple[str, ...] = ()
    excludes: tuple[Exclusion, ...] = ()
    required: tuple[Requirement, ...] = ()
    qualified_team: str | None = None
    suggested_from: tuple[SuggestionSource, ...] = ()

    @property
    def is_single(self) -> bool:
        """Whether one person at a time holds it in the whole incident."""
        return self.holders is Holders.ONE and self.streams is Streams.NONE

    @property
    def is_commander(self) -> bool:
        """Whether Datadog calls its holder the commander."""
        return isinstance(self.datadog, CommanderRole)

    @property
    def field_name(self) -> str:
        """The property field that holds it in Datadog where role assignments do not answer."""
        return f"{FIELD_PREFIX}{self.key}"

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it can be called."""
        return (self.key, self.title, *self.aliases)

    @property
    def short_name(self) -> str:
        """The shortest word that names it in a command: ``im``."""
        return min((*(name for name in self.aliases if name.isalnum()), self.key), key=len)


@frozen
class Catalogue:
    """The roles in the order of the file that they come from, and what its priorities mean."""

    roles: tuple[Role, ...]
    file: str
    priorities: Priorities = field(default_factory=lambda: MappingProxyType({}))

    @property
    def commander(self) -> Role:
        """The role whose holder is the commander in Datadog."""
        return self.role(INCIDENT_MANAGER)

    @property
    def known_names(self) -> tuple[str, ...]:
        """The keys of all roles."""
        return tuple(role.key for role in self.roles)

    def has(self, key: RoleKey) -> bool:
        """Whether there is a role of this key."""
        return any(role.key == key for role in self.roles)

    def role(self, key: RoleKey) -> Role:
        """The role of a key; raises UnknownRole."""
        for role in self.roles:
            if role.key == key:
                return role
        raise self._unknown(key)

    def short_name(self, key: RoleKey) -> str:
        """What a command calls a role; one that is not in the catalogue, by its key."""
        return self.role(key).short_name if self.has(key) else key

    def find(self, text: str) -> Role:
        """The role that is called so by its key, title or an alias; raises UnknownRole."""
        wanted = folded(text)
        for role in self.roles:
            if any(folded(name) == wanted for name in role.names):
                return role
        raise self._unknown(text)

    def _unknown(self, text: str) -> UnknownRole:
        near = did_you_mean(text, [name for role in self.roles for name in role.names])
        return UnknownRole(text, [role.short_name for role in self.roles], near)


def folded(name: str) -> str:
    """A name without what does not tell names apart: case, spaces, hyphens and underscores."""
    # Full-width letters and ligatures are the same letters to a reader.
    plain = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(plain.replace("-", " ").replace("_", " ").split())


LONGEST_NAME: Final = 255
"""The most characters of a user-defined role's name in Datadog (document)."""

RESERVED: Final = frozenset({"incident commander", "responder"})
"""Names that Datadog keeps for its own roles (document: the roles of its incident settings)."""


def check_datadog_name(name: str) -> None:
    """Raise UsageError for what cannot be the name of a user-defined role in Datadog."""
    if not name or any(not character.isprintable() for character in name):
        raise UsageError("A role needs a title on one line.", hint="Put it in quotes.")
    if len(name) > LONGEST_NAME:
        raise UsageError(f"The title has more than {LONGEST_NAME} characters.")
    if folded(name) in RESERVED:
        raise UsageError(
            f"{name!r} is a name that Datadog keeps for itself.", hint="Choose another title."
        )


LONGEST_STREAM_NAME = 64
"""The most characters that the name of a stream can have."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def stream_name(text: str) -> str:
    """Give the one spelling of a stream's name, trimmed and in lower case; raises UsageError."""
    # Folding case can take a text apart again, so that it is composed twice.
    name = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())
    if not name:
        raise UsageError("The name of a stream cannot be empty.")
    if len(name) > LONGEST_STREAM_NAME:
        raise UsageError(
            f"The name of a stream has at most {LONGEST_STREAM_NAME} characters, "
            f"and this one has {len(name)}."
        )
    if any(unicodedata.category(character) in _UNSEEN for character in name):
        raise UsageError(f"The name of a stream has a control character in it: {name!r}.")
    return name


def stream_for(role: Role, stream: str | None) -> str | None:
    """The one spelling of a stream that a role can be held in; raises UsageError."""
    if stream is None:
        if role.streams is Streams.REQUIRED:
            offered = f" Suggested: {', '.join(role.suggested_streams)}."
            raise UsageError(
                f"The role {role.title} is always held in a stream, and none was named.",
                hint="Add --stream NAME." + (offered if role.suggested_streams else ""),
            )
        return None
    if role.streams is Streams.NONE:
        raise UsageError(
            f"The role {role.title} has no streams.", hint="Leave the option --stream out."
        )
    return stream_name(stream)
