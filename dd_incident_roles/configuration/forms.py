"""The types that several files share: text, durations, ``when``; all of them strict."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import chain
from typing import Annotated, Any, TypeVar

import pydantic
from pydantic_core import InitErrorDetails, PydanticCustomError

from dd_incident_roles.configuration.config_file import ConfigFile, Loc
from dd_incident_roles.errors import UsageError
from dd_incident_roles.roles import catalogue
from dd_incident_roles.roles.catalogue import Level, Priorities, Requirement, stream_name
from dd_incident_roles.words import parse_duration

_Value = TypeVar("_Value")

_VERSION = 1
_LONGEST = 2000
"""More characters than any readable title, summary or reason has."""

_FIELD = re.compile(r"field\.[A-Za-z0-9][A-Za-z0-9_.]*", re.ASCII)
_SEVERITY = re.compile(r"SEV-[0-9]{1,2}|UNKNOWN", re.ASCII | re.IGNORECASE)
_VOCABULARY = (
    "severity, state, customer_impacted, field.<name>, open_for, responders_over, incident_type"
)


class Form(pydantic.BaseModel):
    """What a person can write in one place of a file: known keys only, and no other types."""

    # Most forms are only parts of others, and need no validator of their own.
    model_config = pydantic.ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


def hinted(
    problem: str, *, hint: str | None, cause: Exception | None = None
) -> PydanticCustomError:
    """An error with a hint, to be raised by a validator."""
    details = {"problem": problem, "hint": hint, "cause": cause}
    return PydanticCustomError("hinted", "{problem}", details)


def refuse_parts(problems: Iterable[tuple[str | int, str | PydanticCustomError]]) -> None:
    """Raise what is wrong with parts of a form that are right each by itself, by their keys.

    The fault of the key "" is one of the whole form.
    """
    errors = [
        InitErrorDetails(
            type=hinted(problem, hint=None) if isinstance(problem, str) else problem,
            loc=() if key == "" else (key,),
            input=None,
        )
        for key, problem in problems
    ]
    if errors:
        # Raised inside a validator, each of them is reported below the place of the form.
        raise pydantic.ValidationError.from_exception_data("form", errors)


def shaped(pattern: str, problem: str) -> pydantic.AfterValidator:
    """What refuses a text of another shape; the pattern is for the whole text, in ASCII."""
    shape = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        if not shape.fullmatch(text):
            raise ValueError(problem)
        return text

    return pydantic.AfterValidator(check)


def _only_version(number: int) -> int:
    if number != _VERSION:
        raise ValueError(f"this program reads only version {_VERSION} of the file")
    return number


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    if not line:
        raise ValueError("is empty")
    if any(unicodedata.category(character) == "Cc" for character in line):
        raise ValueError("contains a control character")
    if len(line) > _LONGEST:
        raise ValueError(f"has more than {_LONGEST} characters")
    return line


def _said(value: object) -> object:
    if value is None:
        raise ValueError("is empty")
    return value


def _listed(value: object) -> object:
    return value if isinstance(value, tuple) else (value,)


def some(values: tuple[_Value, ...]) -> tuple[_Value, ...]:
    """Refuse an empty list."""
    # The library's own check of a length counts only the items that are right.
    if not values:
        raise ValueError("is empty")
    return values


def _length(value: object) -> object:
    return parse_duration(" ".join(value.split())) if isinstance(value, str) else value


def _stream(text: str) -> str:
    try:
        return stream_name(text)
    except UsageError as error:
        raise ValueError(error.message) from error


Version = Annotated[int, pydantic.AfterValidator(_only_version)]
Text = Annotated[str, pydantic.AfterValidator(_one_line)]
"""Text on one line, not empty: runs of white space count as one space."""

Texts = Annotated[
    tuple[Text, ...], pydantic.AfterValidator(some), pydantic.BeforeValidator(_listed)
]
"""One text, or a list of at least one."""

StreamName = Annotated[Text, pydantic.AfterValidator(_stream)]
Duration = Annotated[timedelta, pydantic.BeforeValidator(_length)]
Given = Annotated[_Value | None, pydantic.BeforeValidator(_said)]
"""An optional value; its key without a value is refused."""


def _severities_of(name: str, info: pydantic.ValidationInfo) -> tuple[str, ...]:
    context: Any = info.context
    priorities: Priorities = context.priorities
    for priority, severities in priorities.items():
        if priority.casefold() == name.casefold():
            return severities
    listed = {severity.casefold() for values in priorities.values() for severity in values}
    if name.casefold() in listed or _SEVERITY.fullmatch(name):
        return (name,)
    # An undefined priority would never apply: the rule would never report anything.
    raise hinted(
        "is neither a priority of this file nor a severity such as SEV-1",
        hint=f"Priorities of this file: {', '.join(priorities) or 'none'}. To use a severity of "
        "another form, list it under a priority.",
    )


def _longer_than_nothing(length: timedelta) -> timedelta:
    if not length:
        raise ValueError("must be longer than 0")
    return length


def _field_key(key: str) -> str:
    if not _FIELD.fullmatch(key):
        raise hinted("unknown key", hint=f"Known keys: {_VOCABULARY}.")
    return key


def _field_value(value: object) -> str | int | float | bool:
    match value:
        case str():
            return _one_line(value)
        case bool() | int() | float():
            return value
        case _:
            raise ValueError("must be text, a number, true or false, or a list of them")


_FieldValues = Annotated[
    tuple[Annotated[Any, pydantic.PlainValidator(_field_value)], ...],
    pydantic.AfterValidator(some),
    pydantic.BeforeValidator(_listed),
]


class _When(Form):
    model_config = pydantic.ConfigDict(extra="allow")
    __pydantic_extra__: dict[Annotated[str, pydantic.AfterValidator(_field_key)], _FieldValues]

    severity: Annotated[
        tuple[Annotated[Text, pydantic.AfterValidator(_severities_of)], ...],
        pydantic.AfterValidator(some),
        pydantic.BeforeValidator(_listed),
        pydantic.AfterValidator(lambda found: tuple(dict.fromkeys(chain.from_iterable(found)))),
    ] = ()
    state: Texts = ()
    incident_type: Texts = ()
    customer_impacted: bool = False
    open_for: Annotated[Duration, pydantic.AfterValidator(_longer_than_nothing)] = timedelta()
    responders_over: Annotated[int, pydantic.Field(ge=0)] = 0

    def test(self, key: str) -> catalogue.Test:
        match key:
            case "severity":
                return catalogue.SeverityIs(values=self.severity)
            case "state":
                return catalogue.StateIs(values=self.state)
            case "incident_type":
                return catalogue.IncidentTypeIs(values=self.incident_type)
            case "customer_impacted":
                return catalogue.CustomerImpacted(value=self.customer_impacted)
            case "open_for":
                return catalogue.OpenFor(length=self.open_for)
            case "responders_over":
                return catalogue.RespondersOver(number=self.responders_over)
            case _:
                values = self.__pydantic_extra__[key]
                return catalogue.FieldIs(name=key.removeprefix("field."), values=values)


def _condition(written: object, info: pydantic.ValidationInfo) -> catalogue.Condition:
    if written == "always":
        return catalogue.ALWAYS
    if not isinstance(written, Mapping):
        raise hinted(
            "must be the word always, or a mapping of keys to values",
            hint=f"Known keys: {_VOCABULARY}.",
        )
    if not written:
        raise hinted("is empty", hint="For every incident, write always.")
    # Faults of this form are taken over by the one around it, under its place.
    when = _When.model_validate(written, context=info.context)
    # In the order of the file, in which the condition is also put into words.
    return catalogue.Condition(tests=tuple(when.test(key) for key in written))


When = Annotated[catalogue.Condition, pydantic.PlainValidator(_condition)]
"""The word ``always``, or keys of the vocabulary that must all apply.

The context of the reading has the ``priorities`` that it can name.
"""


class RequirementForm(Form):
    """One of the alternatives under which a role is required."""

    when: When
    after: Duration
    level: Annotated[Level, pydantic.Field(strict=False)]

    def at(self, file: ConfigFile, loc: Loc) -> Requirement:
        """The requirement, which knows its place in the file."""
        return Requirement(
            when=self.when, after=self.after, level=self.level, file=file.name, line=file.line(loc)
        )
