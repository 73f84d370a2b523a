"""The policy from its file.

An organisation's own file replaces the shipped one; nothing is merged, so that what the file says
is all there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources.abc import Traversable
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, Self, cast
from urllib.parse import urlsplit

import pydantic
from pydantic_core import PydanticCustomError

from dd_incident_roles.configuration import forms
from dd_incident_roles.configuration.config_file import ConfigFile, Loc, load_file
from dd_incident_roles.errors import UnknownRole, UsageError
from dd_incident_roles.files import POLICY_FILE
from dd_incident_roles.model import RoleKey
from dd_incident_roles.policy import policy
from dd_incident_roles.policy.judge import NEVER_WAIVED
from dd_incident_roles.policy.policy import FailOn, Rule, SourceLocation, Waiver
from dd_incident_roles.policy.rules import RULES, find_rule
from dd_incident_roles.policy.rules.ir09x_of_the_engine import NOT_EVALUATED
from dd_incident_roles.roles.catalogue import (
    ALWAYS,
    Catalogue,
    Exclusion,
    Level,
    Priorities,
    Requirement,
    stream_for,
)
from dd_incident_roles.values import frozen

_FEWEST = 2
_NUMBER = re.compile(r"(?:IR-)?([1-9][0-9]{0,17})", re.ASCII | re.IGNORECASE)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@frozen
class PolicyContext:
    """What a policy is checked against: the roles, every rule by its id, and the date in UTC."""

    catalogue: Catalogue
    rules: Mapping[str, Rule]
    today: date

    @property
    def priorities(self) -> Priorities:
        """The severities of each priority of the catalogue."""
        return self.catalogue.priorities


def load_policy(
    path: Path | Traversable | None,
    *,
    catalogue: Catalogue,
    rules: Mapping[str, Rule] = RULES,
    today: date,
) -> policy.Policy:
    """Read an organisation's file, or without one the shipped policy.

    ``today`` is a day in UTC. Raises ConfigurationError that names the file, the key, the value and
    the line.
    """
    known = PolicyContext(catalogue=catalogue, rules=rules, today=today)
    return load_file(path, POLICY_FILE, lambda file: gather_policy(file, known))


def gather_policy(file: ConfigFile, known: PolicyContext) -> policy.Policy:
    """Read what can be read of a policy, and note the errors of the rest."""
    form = file.read(_PolicyForm)
    return policy.Policy(
        file=file.name,
        rules=MappingProxyType(_rules(file, known)),
        requirements=MappingProxyType(_requirements(file, known)),
        # Without the key, those of the catalogue apply; an empty list removes them.
        exclusions=None
        if file.value("exclusions") is None
        else tuple(
            each for loc in file.items("exclusions") for each in _exclusions(file, loc, known)
        ),
        waivers=tuple(
            waiver.at(SourceLocation(file.name, file.line(loc)))
            for loc in file.items("waivers")
            if (waiver := file.read(_WaiverForm, loc, known))
        ),
        shows_private=form is not None and form.private_incidents == "shown",
        noted=form.note_in_timeline if form else FailOn.NEVER,
    )


class _PolicyForm(forms.Form):
    version: forms.Version
    rules: dict[str, object] = pydantic.Field(default_factory=dict)
    private_incidents: Literal["redacted", "shown"] = "redacted"
    # A key with only comments below it counts as missing.
    requirements: dict[str, tuple[object, ...]] | None = None
    exclusions: tuple[object, ...] | None = None
    waivers: tuple[object, ...] | None = None
    note_in_timeline: Annotated[FailOn, pydantic.Field(strict=False)] = FailOn.NEVER


class _RuleForm(forms.Form):
    level: forms.Given[Literal["error", "warning", "note", "off"]] = None
    grace: forms.Given[forms.Duration] = None

    @pydantic.model_validator(mode="before")
    @classmethod
    def _level_alone(cls, written: object) -> object:
        return {"level": written} if isinstance(written, str) else written


def _rules(file: ConfigFile, known: PolicyContext) -> dict[str, policy.RuleSetting]:
    settings: dict[str, policy.RuleSetting] = {}
    for name, loc in file.entries("rules"):
        try:
            rule = find_rule(known.rules, name)
        except UsageError as error:
            file.refuse(loc, f"no rule is called {name!r}", hint=error.hint)
            continue
        form = file.read(_RuleForm, loc)
        if rule.id in settings:
            line = settings[rule.id].place.line
            file.refuse(loc, f"the rule {rule.id} is already set on line {line}")
        elif form and form.level == "off" and rule.id == NOT_EVALUATED.id:
            file.refuse(
                (*loc, "level"),
                f"{rule.id} cannot be turned off",
                hint="It reports what could not be checked, which must never look like a clean "
                "result.",
            )
        elif form and form.grace is not None and rule.grace is None:
            file.refuse(
                (*loc, "grace"),
                f"the rule {rule.id} has no 'grace' setting",
                hint="Set 'after' in the requirements of a role: how long it may stay empty.",
            )
        elif form:
            settings[rule.id] = policy.RuleSetting(
                place=SourceLocation(file.name, file.line(loc)),
                level=None if form.level in (None, "off") else Level(form.level),
                grace=form.grace,
                is_off=form.level == "off",
            )
    return settings


def _known(info: pydantic.ValidationInfo) -> PolicyContext:
    return cast("PolicyContext", info.context)


def _role_key(text: str, info: pydantic.ValidationInfo) -> RoleKey:
    try:
        return _known(info).catalogue.find(text).key
    except UnknownRole as error:
        # By the cause, lint knows which faults may only follow from one of the catalogue.
        raise forms.hinted(f"no role is called {text!r}", hint=error.hint, cause=error) from error


_RoleName = Annotated[forms.Text, pydantic.AfterValidator(_role_key)]


def _requirements(file: ConfigFile, known: PolicyContext) -> dict[RoleKey, tuple[Requirement, ...]]:
    requirements: dict[RoleKey, tuple[Requirement, ...]] = {}
    lines: dict[RoleKey, int] = {}
    for name, loc in file.entries("requirements"):
        try:
            role = known.catalogue.find(name).key
        except UnknownRole as error:
            file.refuse(loc, f"no role is called {name!r}", hint=error.hint, cause=error)
            continue
        # A role could be listed twice by two of its names.
        if role in lines:
            file.refuse(loc, f"the role {role} is already listed on line {lines[role]}")
            continue
        lines[role] = file.line(loc)
        found = [
            (place, file.read(forms.RequirementForm, place, known)) for place in file.items(*loc)
        ]
        requirements[role] = tuple(form.at(file, place) for place, form in found if form)
    return requirements


class _ExclusionForm(forms.Form):
    roles: tuple[_RoleName, ...]
    when: forms.When = ALWAYS

    @pydantic.field_validator("roles")
    @classmethod
    def _check_roles(cls, roles: tuple[str, ...]) -> tuple[str, ...]:
        forms.refuse_parts(
            (number, f"the role {role} is listed twice")
            for number, role in enumerate(roles)
            if role in roles[:number]
        )
        if len(roles) < _FEWEST:
            raise ValueError(f"must name at least {_FEWEST} roles")
        return roles


def _exclusions(
    file: ConfigFile, loc: Loc, known: PolicyContext
) -> Iterator[tuple[RoleKey, Exclusion]]:
    """One exclusion of several roles is one for each pair of them."""
    if form := file.read(_ExclusionForm, loc, known):
        for role, other in combinations(map(RoleKey, form.roles), 2):
            yield role, Exclusion(role=other, when=form.when, file=file.name, line=file.line(loc))


def _waivable(text: str, info: pydantic.ValidationInfo) -> str:
    try:
        rule = find_rule(_known(info).rules, text)
    except UsageError as error:
        raise forms.hinted(f"no rule is called {text!r}", hint=error.hint) from error
    if rule.id in NEVER_WAIVED:
        raise ValueError(f"{rule.id} ({rule.name}) cannot be waived")
    return rule.id


def _incident(value: object) -> object:
    match value:
        case "all":
            return None
        case None:
            raise ValueError("must be a whole number, but is empty")
        case str():
            number = _NUMBER.fullmatch(value)
            if number is None:
                raise ValueError(
                    "must be the number of an incident such as 1001 or IR-1001, or all"
                )
            return int(number[1])
        case _:
            return value


def _day(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        if _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError("is not a calendar date") from error
    raise ValueError("must be a date such as 2026-12-01")


def _address(text: str) -> str:
    try:
        url = urlsplit(text)
        is_address = url.scheme in {"http", "https"} and bool(url.hostname) and " " not in text
    except ValueError:
        # urlsplit raises for a bracket that does not open an IPv6 address.
        is_address = False
    if not is_address:
        raise ValueError("must be a URL that begins with https:// or http://")
    return text


_Day = Annotated[date, pydantic.BeforeValidator(_day)]


class _WaiverForm(forms.Form):
    """A waiver that is over is read like any other: that it is over is a finding, and no fault of
    the file, which would stop every check from one day to the next.
    """

    rule: Annotated[forms.Text, pydantic.AfterValidator(_waivable)]
    reason: forms.Text
    owner: forms.Text
    expires: _Day
    incident: Annotated[
        Annotated[int, pydantic.Field(ge=1)] | None, pydantic.BeforeValidator(_incident)
    ] = None
    role: forms.Given[_RoleName] = None
    stream: forms.Given[forms.StreamName] = None
    when: forms.When = ALWAYS
    created: forms.Given[_Day] = None
    link: forms.Given[Annotated[forms.Text, pydantic.AfterValidator(_address)]] = None

    @pydantic.field_validator("stream")
    @classmethod
    def _check_stream(cls, stream: str | None, info: pydantic.ValidationInfo) -> str | None:
        role, catalogue = info.data.get("role"), _known(info).catalogue
        try:
            return stream_for(catalogue.role(role), stream) if role and stream else stream
        except UsageError as error:
            raise ValueError(error.message) from error

    @pydantic.model_validator(mode="after")
    def _check(self, info: pydantic.ValidationInfo) -> Self:
        forms.refuse_parts(self._faults(_known(info).today))
        return self

    def _faults(self, today: date) -> Iterator[tuple[str, str | PydanticCustomError]]:
        begun = self.created or today
        if begun > today:
            yield "created", "is in the future"
        elif self.created is not None and self.expires < self.created:
            yield "expires", "is before 'created'"
        elif self.expires - begun > policy.LONGEST_WAIVER:
            since = "'created'" if self.created else "today"
            last = begun + policy.LONGEST_WAIVER
            yield (
                "expires",
                forms.hinted(
                    f"is more than {policy.LONGEST_WAIVER.days} days after {since}",
                    hint=f"Use {last.isoformat()} at the latest, and renew the waiver then.",
                ),
            )
        is_narrow = self.role is not None or self.stream is not None or self.when != ALWAYS
        if "incident" not in self.model_fields_set and not is_narrow:
            yield (
                "",
                forms.hinted(
                    f"would cover every finding of {self.rule}",
                    hint="Add incident, role, stream or when. To cover every incident, write "
                    "incident: all.",
                ),
            )

    def at(self, place: SourceLocation) -> Waiver:
        return Waiver(place=place, **dict(self))
