"""The catalogue against what Datadog defines: which role or field is to be made, changed, deleted.

Pure: what Datadog shows goes in, a plan comes out, and applying it leaves nothing to do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Final

from dd_incident_roles.datadog.roles import FieldDefinition, IncidentType, RoleDefinition
from dd_incident_roles.roles.catalogue import FIELD_PREFIX, Catalogue, NamedRole, Role
from dd_incident_roles.roles.devising import LONGEST_SUMMARY
from dd_incident_roles.values import frozen
from dd_incident_roles.words import shorten


class Kind(StrEnum):
    """What is defined."""

    ROLE = "role"
    FIELD = "field"


class Step(StrEnum):
    """What a plan does about one definition."""

    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"
    EQUAL = "equal"
    KEEP = "keep"
    """It is only in Datadog, and stays."""
    STUCK = "stuck"
    """It differs, and Datadog cannot change it."""


CHANGES: Final = (Step.CREATE, Step.CHANGE, Step.DELETE)


class Prune(StrEnum):
    """What of that which only Datadog has is deleted."""

    NOTHING = "nothing"
    OURS = "ours"
    """What this program made, by its record."""
    ALL = "all"


class Outcome(StrEnum):
    """What became of one step."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    """It certainly was not done."""
    IN_DOUBT = "in_doubt"
    """No answer came: the next plan shows whether it was done."""
    NOT_TRIED = "not_tried"


@frozen
class Shown:
    """What Datadog defines for one incident type; ``fields`` is None where it does not tell."""

    type: IncidentType
    roles: tuple[RoleDefinition, ...]
    fields: tuple[FieldDefinition, ...] | None = None


@frozen
class Item:
    """One definition: the step that it needs, and once that was tried what became of it.

    ``role`` is of the catalogue. ``shown_single`` and ``wanted_single`` are whether one person
    alone can hold it, None where that side has no say. ``description`` is what is written with it,
    None for nothing. ``note`` says in words what the step alone does not.
    """

    kind: Kind
    name: str
    step: Step
    role: Role | None = None
    id: str | None = None
    shown_single: bool | None = None
    wanted_single: bool | None = None
    description: str | None = None
    is_ours: bool = False
    note: str | None = None
    outcome: Outcome | None = None
    problem: str | None = None
    hint: str | None = None


@frozen
class TypePlan:
    """The plan of one incident type, and of how many roles and fields which step is right."""

    type: IncidentType
    items: tuple[Item, ...]
    has_fields: bool | None = None
    """Whether roles are shown in property fields, None where Datadog does not tell."""

    @property
    def changes(self) -> tuple[Item, ...]:
        """What is to be done, in this order."""
        return tuple(item for item in self.items if item.step in CHANGES)


def plan_type(
    catalogue: Catalogue,
    shown: Shown,
    *,
    ours: Mapping[str, str],
    prune: Prune = Prune.NOTHING,
    with_fields: bool = False,
    devised: Collection[str] = (),
) -> TypePlan:
    """Compare the catalogue with one incident type.

    ``ours`` is what this program made, by its id, with the description that it wrote. ``devised``
    are names of roles that an open incident uses beside the catalogue, which are never deleted.
    Fields are wanted ``with_fields``, and where the type has one for a role of the catalogue.
    """
    # The commander is Datadog's own role, which nobody can define.
    wanted = {
        role.datadog.name.casefold(): (role.datadog.name, role)
        for role in catalogue.roles
        if isinstance(role.datadog, NamedRole)
    }
    present: dict[str, RoleDefinition] = {}
    spare = []
    for each in shown.roles:
        folded = each.name.casefold()
        if folded in wanted and folded not in present:
            present[folded] = each
        else:
            spare.append((each, folded in wanted))
    kept = {name.casefold() for name in devised}
    items = [
        _of_role(name, role, present.get(folded), ours) for folded, (name, role) in wanted.items()
    ]
    roles = tuple(role for _, role in wanted.values())
    fields, only_fields, has_fields = _of_fields(roles, shown, with_fields)
    items += fields
    for definition, is_second in spare:
        note = "a second role of this name: delete one of them in Datadog" if is_second else None
        if definition.name.casefold() in kept:
            note = "devised for an open incident"
        items.append(
            Item(
                kind=Kind.ROLE,
                name=definition.name,
                step=Step.KEEP if note else _pruned(definition.id, ours, prune),
                id=definition.id,
                shown_single=definition.is_single,
                is_ours=definition.id in ours,
                note=note,
            )
        )
    items += [
        Item(
            kind=Kind.FIELD,
            name=each.name,
            step=_pruned(each.id, ours, prune),
            id=each.id,
            is_ours=each.id in ours,
        )
        for each in only_fields
    ]
    return TypePlan(type=shown.type, items=tuple(items), has_fields=has_fields)


def _pruned(definition_id: str, ours: Mapping[str, str], prune: Prune) -> Step:
    is_meant = prune is Prune.ALL or (prune is Prune.OURS and definition_id in ours)
    return Step.DELETE if is_meant else Step.KEEP


def _of_role(name: str, role: Role, shown: RoleDefinition | None, ours: Mapping[str, str]) -> Item:
    wanted, summary = role.is_single, shorten(role.summary.strip(), LONGEST_SUMMARY)
    if shown is None:
        return Item(
            kind=Kind.ROLE,
            name=name,
            step=Step.CREATE,
            role=role,
            wanted_single=wanted,
            description=summary or None,
        )
    written = ours.get(shown.id)
    # What people wrote there since is theirs, and stays.
    is_unedited = written is not None and (shown.description or "").strip() == written
    description = summary if is_unedited and written != summary else None
    differs = shown.is_single != wanted
    note = None
    if differs and wanted:
        note = "what Datadog does where several people hold it now is not known"
    elif description is not None and not differs:
        note = "the description, which nobody edited in Datadog"
    return Item(
        kind=Kind.ROLE,
        name=shown.name,
        step=Step.CHANGE if differs or description is not None else Step.EQUAL,
        role=role,
        id=shown.id,
        shown_single=shown.is_single,
        wanted_single=wanted,
        description=description,
        is_ours=written is not None,
        note=note,
    )


def _of_fields(
    roles: tuple[Role, ...], shown: Shown, with_fields: bool
) -> tuple[list[Item], list[FieldDefinition], bool | None]:
    """The items of the roles' fields, those of no such role, and whether there are to be any."""
    if shown.fields is None:
        return [], [], None
    present = {each.name: each for each in shown.fields if each.name.startswith(FIELD_PREFIX)}
    names = {role.field_name: role for role in roles}
    has_fields = with_fields or not present.keys().isdisjoint(names)
    strangers = [each for name, each in present.items() if name not in names]
    return list(_each_field(names, present)) if has_fields else [], strangers, has_fields


def _each_field(
    names: Mapping[str, Role], present: Mapping[str, FieldDefinition]
) -> Iterator[Item]:
    for name, role in names.items():
        found = present.get(name)
        is_wrong = found is not None and found.is_text_array is False
        yield Item(
            kind=Kind.FIELD,
            name=name,
            step=Step.CREATE if found is None else Step.STUCK if is_wrong else Step.EQUAL,
            role=role,
            id=found.id if found else None,
            note="it holds no list of texts, and the type of a field cannot change: delete it in "
            "Datadog, then apply again"
            if is_wrong
            else None,
        )
