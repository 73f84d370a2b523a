"""What is to be defined in Datadog: a table of both sides, and plans that leave nothing to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.configuration.roles_file import load_catalogue
from dd_incident_roles.datadog.definitions import (
    Item,
    Kind,
    Prune,
    Shown,
    Step,
    TypePlan,
    plan_type,
)
from dd_incident_roles.datadog.roles import FieldDefinition, IncidentType, RoleDefinition
from dd_incident_roles.roles.catalogue import Catalogue

TYPE = IncidentType(id="t", name="Default", is_default=True)
WHOLE = load_catalogue(None)
SCRIBE, LEAD = WHOLE.role(WHOLE.find("scribe").key), WHOLE.find("tl")
SMALL = replace(WHOLE, roles=(WHOLE.commander, SCRIBE, LEAD))
NOTHING: Mapping[str, str] = MappingProxyType({})


def role(name: str, *, single: bool = False, said: str | None = None) -> RoleDefinition:
    """A role as Datadog shows it, whose id is its name."""
    return RoleDefinition(id=name, name=name, is_single=single, incident_type="t", description=said)


def field(name: str, *, is_text_array: bool | None = True) -> FieldDefinition:
    """A property field as Datadog shows it, whose id is its name."""
    return FieldDefinition(id=name, name=name, incident_type="t", is_text_array=is_text_array)


SCRIBES, LEADS = role("Scribe", single=True), role("tech lead")
SCRIBE_FIELD = field("incident_role.scribe")


def steps(plan: TypePlan) -> dict[str, Step]:
    """Which step each definition needs."""
    return {item.name: item.step for item in plan.items}


@pytest.mark.parametrize(
    ("shown", "options", "expected"),
    [
        ((), {}, {"Scribe": "create", "Tech Lead": "create"}),
        ((SCRIBES, LEADS), {}, {"Scribe": "equal", "tech lead": "equal"}),
        ((role("Scribe"), LEADS), {}, {"Scribe": "change", "tech lead": "equal"}),
        (
            (SCRIBES, role("Tech Lead", single=True)),
            {},
            {"Scribe": "equal", "Tech Lead": "change"},
        ),
        (
            (SCRIBES, LEADS, role("Legal"), role("Old")),
            {"ours": {"Old": ""}},
            {"Scribe": "equal", "tech lead": "equal", "Legal": "keep", "Old": "keep"},
        ),
        (
            (SCRIBES, LEADS, role("Legal"), role("Old")),
            {"ours": {"Old": ""}, "prune": Prune.OURS},
            {"Scribe": "equal", "tech lead": "equal", "Legal": "keep", "Old": "delete"},
        ),
        (
            (SCRIBES, LEADS, role("Legal"), role("Old")),
            {"prune": Prune.ALL, "devised": {"legal"}},
            {"Scribe": "equal", "tech lead": "equal", "Legal": "keep", "Old": "delete"},
        ),
        (
            (SCRIBES, replace(SCRIBES, id="2", name="SCRIBE"), LEADS),
            {"prune": Prune.ALL},
            {"Scribe": "equal", "SCRIBE": "keep", "tech lead": "equal"},
        ),
    ],
    ids=[
        *("nothing there", "equal in any case", "several there", "one there"),
        *("only there", "ours goes", "all but devised", "twice"),
    ],
)
def test_what_each_role_needs(
    shown: Sequence[RoleDefinition], options: dict[str, object], expected: dict[str, str]
) -> None:
    """A role is found by its name, and nothing that only Datadog has goes without being told."""
    plan = plan_type(SMALL, Shown(type=TYPE, roles=tuple(shown)), **{"ours": NOTHING, **options})  # type: ignore[arg-type] # a table of options
    assert steps(plan) == {name: Step(step) for name, step in expected.items()}


@pytest.mark.parametrize(
    ("fields", "asked", "expected"),
    [
        ((), False, {}),
        (None, False, {}),
        ((), True, {"incident_role.scribe": "create", "incident_role.tech_lead": "create"}),
        (
            (SCRIBE_FIELD, field("severity"), field("incident_role.old")),
            False,
            {
                "incident_role.scribe": "equal",
                "incident_role.tech_lead": "create",
                "incident_role.old": "keep",
            },
        ),
        (
            (field("incident_role.scribe", is_text_array=False),),
            False,
            {"incident_role.scribe": "stuck", "incident_role.tech_lead": "create"},
        ),
        (
            (field("incident_role.scribe", is_text_array=None),),
            False,
            {"incident_role.scribe": "equal", "incident_role.tech_lead": "create"},
        ),
    ],
    ids=["not wanted", "not told", "asked for", "in use", "of another type", "of no known type"],
)
def test_what_each_field_needs(
    fields: tuple[FieldDefinition, ...] | None, asked: bool, expected: dict[str, str]
) -> None:
    """Fields are made where they are asked for, or where the incident type has some already."""
    shown = Shown(type=TYPE, roles=(SCRIBES, LEADS), fields=fields)
    plan = plan_type(SMALL, shown, ours=NOTHING, with_fields=asked)
    found = {item.name: item.step for item in plan.items if item.kind is Kind.FIELD}
    assert found == {name: Step(step) for name, step in expected.items()}
    assert plan.has_fields == (None if fields is None else bool(expected))


@pytest.mark.parametrize(
    ("said", "written", "expected"),
    [
        (None, None, Step.EQUAL),
        ("theirs", None, Step.EQUAL),
        ("old", "old", Step.CHANGE),
        ("theirs", "old", Step.EQUAL),
        (None, "old", Step.EQUAL),
        (SCRIBE.summary, SCRIBE.summary, Step.EQUAL),
    ],
)
def test_what_people_write_there_stays(
    said: str | None, written: str | None, expected: Step
) -> None:
    """A description is written again only where ours is still there, to the letter."""
    shown = Shown(type=TYPE, roles=(replace(SCRIBES, description=said), LEADS))
    ours = {} if written is None else {"Scribe": written}
    plan = plan_type(SMALL, shown, ours=ours)
    assert steps(plan)["Scribe"] is expected


names = st.sampled_from(
    ["Scribe", "SCRIBE", "Tech Lead", "Legal", "Old", "First Responder", "Communications Manager"]
)
roles = st.lists(st.builds(role, names, single=st.booleans(), said=st.sampled_from([None, "x"])))
some_fields = st.lists(
    st.builds(
        field,
        st.sampled_from(["incident_role.scribe", "incident_role.tech_lead", "incident_role.old"]),
        is_text_array=st.sampled_from([True, False, None]),
    ),
    unique_by=lambda each: each.name,
)
catalogues = st.lists(st.sampled_from(WHOLE.roles[1:]), unique=True).map(
    lambda chosen: replace(WHOLE, roles=(WHOLE.commander, *chosen))
)


@given(
    catalogue=catalogues,
    found=roles,
    fields=st.none() | some_fields,
    ours=st.sets(names),
    prune=st.sampled_from(Prune),
    with_fields=st.booleans(),
)
def test_nothing_is_left_to_do_once_a_plan_is_applied(
    catalogue: Catalogue,
    found: list[RoleDefinition],
    fields: list[FieldDefinition] | None,
    ours: set[str],
    prune: Prune,
    with_fields: bool,
) -> None:
    """Whatever both sides have, the plan after a plan is empty, and only what may go is gone."""
    numbered = tuple(replace(each, id=str(place)) for place, each in enumerate(found))
    shown = Shown(type=TYPE, roles=numbered, fields=None if fields is None else tuple(fields))
    made = {each.id: "x" for each in numbered if each.name in ours}
    plan = plan_type(catalogue, shown, ours=made, prune=prune, with_fields=with_fields)
    after, known = applied(plan, shown, made)
    again = plan_type(catalogue, after, ours=known, prune=prune, with_fields=with_fields)
    assert again.changes == ()
    gone = {each.id for each in shown.roles} - {each.id for each in after.roles}
    if prune is Prune.NOTHING:
        assert not gone
    if prune is Prune.OURS:
        assert gone <= made.keys()


def applied(plan: TypePlan, shown: Shown, ours: Mapping[str, str]) -> tuple[Shown, dict[str, str]]:
    """What Datadog shows after a plan, and what was made until then."""
    by_id = {each.id: each for each in shown.roles}
    fields = {each.id: each for each in shown.fields or ()}
    known = dict(ours)
    for item in plan.changes:
        match item:
            case Item(step=Step.DELETE, id=str(gone)):
                (by_id if item.kind is Kind.ROLE else fields).pop(gone)
            case Item(step=Step.CHANGE, id=str(changed)):
                before = by_id[changed]
                by_id[changed] = replace(
                    before,
                    is_single=bool(item.wanted_single),
                    description=item.description or before.description,
                )
                if item.description is not None:
                    known[changed] = item.description
            case Item(kind=Kind.ROLE):
                by_id[item.name] = role(
                    item.name, single=bool(item.wanted_single), said=item.description
                )
                known[item.name] = item.description or ""
            case _:
                fields[item.name] = field(item.name)
    told = None if shown.fields is None else tuple(fields.values())
    return replace(shown, roles=tuple(by_id.values()), fields=told), known
