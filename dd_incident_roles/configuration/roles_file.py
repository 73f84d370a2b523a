"""The catalogue of roles from its file.

An organisation's own file replaces the shipped one; nothing is merged, so that what the file says
is all there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Self

import pydantic

from dd_incident_roles.configuration import forms
from dd_incident_roles.configuration.config_file import ConfigFile, Loc, load_file
from dd_incident_roles.files import ROLES_FILE
from dd_incident_roles.model import INCIDENT_MANAGER, RoleKey
from dd_incident_roles.roles import catalogue
from dd_incident_roles.roles.catalogue import ALWAYS

_Key = Annotated[
    forms.Text,
    forms.shaped(
        r"[a-z][a-z0-9_]{0,49}",
        "must be a lower-case word of letters, digits and underscores that begins with a letter "
        "and has at most 50 characters",
    ),
]


def load_catalogue(path: Path | Traversable | None = None) -> catalogue.Catalogue:
    """Read an organisation's file, or without one the shipped catalogue.

    Raises ConfigurationError that names the file, the key, the value and the line.
    """
    return load_file(path, ROLES_FILE, gather_catalogue)


def gather_catalogue(file: ConfigFile) -> catalogue.Catalogue:
    """Read what can be read of a catalogue, and note the errors of the rest.

    Without the priorities no role is read, since any of them may name one.
    """
    # For its errors only: each role is read separately below, so that one hides no other.
    file.read(_RolesForm)
    before = catalogue.Catalogue(roles=(), file=file.name, priorities=_priorities(file))
    if ("priorities",) in file.parts and not before.priorities:
        return before
    written = [(loc, file.read(_RoleForm, loc, before)) for loc in file.items("roles")]
    roles = [(loc, _role(file, loc, form)) for loc, form in written if form is not None]
    _refuse_doubled_names(file, roles)
    # The keys of all entries: one with an error elsewhere exists too.
    keys = {part.value for loc, part in file.parts.items() if loc[:1] + loc[2:] == ("roles", "key")}
    # Only among the roles that could be read; the others have their own faults already.
    for loc, role in roles:
        for number, exclusion in enumerate(role.excludes):
            if exclusion.role not in keys:
                problem = f"no role has the key {exclusion.role!r}"
                file.refuse((*loc, "excludes", number), problem)
            if exclusion.role == role.key:
                file.refuse((*loc, "excludes", number), "a role cannot exclude itself")
    if INCIDENT_MANAGER not in keys and isinstance(file.value("roles"), tuple):
        file.refuse(
            ("roles",),
            f"no role has the key {INCIDENT_MANAGER}",
            hint="Every catalogue has one role with this key and datadog: commander.",
        )
    return catalogue.Catalogue(
        roles=tuple(role for _, role in roles), file=file.name, priorities=before.priorities
    )


class _RolesForm(forms.Form):
    version: forms.Version
    roles: tuple[object, ...]
    priorities: dict[str, object] = pydantic.Field(default_factory=dict)


class _Severities(pydantic.RootModel[forms.Texts]):
    pass


def _priorities(file: ConfigFile) -> catalogue.Priorities:
    priorities: dict[str, tuple[str, ...]] = {}
    seen: set[str] = set()
    for name, loc in file.entries("priorities"):
        severities = file.read(_Severities, loc)
        # A wrong one stands for its own name, so that not every use of it is an error too.
        priorities[name] = severities.root if severities else (name,)
        if name.casefold() in seen:
            file.refuse(loc, "the priority is listed twice, in different case")
        seen.add(name.casefold())
    return MappingProxyType(priorities)


def _datadog_name(name: str) -> str:
    if len(name) > catalogue.LONGEST_NAME:
        raise ValueError(f"has more than {catalogue.LONGEST_NAME} characters")
    if catalogue.folded(name) in catalogue.RESERVED:
        raise forms.hinted(
            "is a name that Datadog reserves",
            hint="Choose another name, or write datadog: commander for the commander.",
        )
    return name


def _commander(written: object) -> object:
    """None for the commander, so that everything else is a form."""
    if written == "commander":
        return None
    if isinstance(written, dict):
        return written
    raise ValueError("must be the word commander, or {role: NAME}")


class _NamedForm(forms.Form):
    role: Annotated[forms.Text, pydantic.AfterValidator(_datadog_name)]


class _TeamForm(forms.Form):
    team: forms.Text


class _SourceForm(forms.Form):
    on_call: forms.Given[forms.Text] = None
    team: forms.Given[forms.Text] = None

    @pydantic.model_validator(mode="after")
    def _check_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("must be {on_call: TEAM} or {team: TEAM}")
        return self

    @property
    def source(self) -> catalogue.SuggestionSource:
        return (
            catalogue.OnCallOf(self.on_call)
            if self.on_call
            else catalogue.MembersOf(self.team or "")
        )


def _role_alone(written: object) -> object:
    return {"role": written} if isinstance(written, str) else written


class _ExclusionForm(forms.Form):
    role: forms.Text
    when: forms.When = ALWAYS


class _RoleForm(forms.Form):
    key: _Key
    title: forms.Text
    summary: forms.Text
    responsibilities: Annotated[tuple[forms.Text, ...], pydantic.AfterValidator(forms.some)]
    holders: Annotated[catalogue.Holders, pydantic.Field(strict=False)]
    datadog: Annotated[_NamedForm | None, pydantic.BeforeValidator(_commander)]
    aliases: tuple[forms.Text, ...] = ()
    streams: Annotated[catalogue.Streams, pydantic.Field(strict=False)] = catalogue.Streams.NONE
    suggested_streams: tuple[forms.StreamName, ...] = ()
    excludes: tuple[Annotated[_ExclusionForm, pydantic.BeforeValidator(_role_alone)], ...] = ()
    required: tuple[forms.RequirementForm, ...] = ()
    qualified: forms.Given[_TeamForm] = None
    suggested_from: tuple[_SourceForm, ...] = ()

    @pydantic.field_validator("suggested_streams")
    @classmethod
    def _check_streams(
        cls, names: tuple[str, ...], info: pydantic.ValidationInfo
    ) -> tuple[str, ...]:
        if info.data.get("streams") is catalogue.Streams.NONE:
            raise ValueError("a role without streams cannot suggest any")
        forms.refuse_parts(
            (number, "the stream is listed twice")
            for number, name in enumerate(names)
            if name in names[:number]
        )
        return names

    @pydantic.model_validator(mode="after")
    def _check_commander(self) -> Self:
        forms.refuse_parts(self._faults_of_the_commander())
        return self

    def _faults_of_the_commander(self) -> Iterator[tuple[str, str]]:
        is_commander = self.datadog is None
        if is_commander and self.key != INCIDENT_MANAGER:
            yield "datadog", f"only the role with the key {INCIDENT_MANAGER} can be the commander"
        if self.key == INCIDENT_MANAGER and not is_commander:
            yield "datadog", f"the role {INCIDENT_MANAGER} must be the commander"
        if is_commander and self.holders is not catalogue.Holders.ONE:
            yield "holders", "the commander must be one person: write holders: one"
        if is_commander and self.streams is not catalogue.Streams.NONE:
            yield "streams", "the commander leads the whole incident, not a stream"
        if not is_commander and catalogue.folded(self.title) in catalogue.RESERVED:
            yield "title", "is a name that Datadog reserves"


def _role(file: ConfigFile, loc: Loc, form: _RoleForm) -> catalogue.Role:
    named: catalogue.DatadogRole = (
        catalogue.NamedRole(form.datadog.role) if form.datadog else catalogue.CommanderRole()
    )
    return catalogue.Role(
        key=RoleKey(form.key),
        title=form.title,
        summary=form.summary,
        responsibilities=form.responsibilities,
        holders=form.holders,
        datadog=named,
        aliases=form.aliases,
        streams=form.streams,
        suggested_streams=form.suggested_streams,
        excludes=tuple(
            catalogue.Exclusion(
                role=RoleKey(each.role),
                when=each.when,
                file=file.name,
                line=file.line((*loc, "excludes", number)),
            )
            for number, each in enumerate(form.excludes)
        ),
        required=tuple(
            each.at(file, (*loc, "required", number)) for number, each in enumerate(form.required)
        ),
        qualified_team=form.qualified.team if form.qualified else None,
        suggested_from=tuple(each.source for each in form.suggested_from),
    )


def _refuse_doubled_names(file: ConfigFile, roles: Sequence[tuple[Loc, catalogue.Role]]) -> None:
    taken: dict[str, catalogue.Role] = {}
    shown: dict[str, catalogue.Role] = {}
    for loc, role in roles:
        own = {catalogue.folded(role.key), catalogue.folded(role.title)}
        aliases = [((*loc, "aliases", at), name) for at, name in enumerate(role.aliases)]
        for place, name in [((*loc, "key"), role.key), ((*loc, "title"), role.title), *aliases]:
            other = taken.setdefault(catalogue.folded(name), role)
            if other is not role:
                file.refuse(place, f"is already a name of the role {other.key}")
            elif place[-2] == "aliases" and catalogue.folded(name) in own:
                file.refuse(place, "is already a name of this role")
            own |= {catalogue.folded(name)} if place[-2] == "aliases" else set()
        if isinstance(role.datadog, catalogue.NamedRole):
            other = shown.setdefault(catalogue.folded(role.datadog.name), role)
            if other is not role:
                problem = f"is already what Datadog calls the role {other.key}"
                file.refuse((*loc, "datadog", "role"), problem)
