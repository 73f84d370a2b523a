"""``catalog show|plan|apply``: the catalogue and what Datadog defines for its incident types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dd_incident_roles.application import Application
from dd_incident_roles.datadog.definitions import (
    CHANGES,
    Item,
    Kind,
    Outcome,
    Prune,
    Shown,
    Step,
    TypePlan,
    plan_type,
)
from dd_incident_roles.datadog.failures import if_offered
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.learned import DEFINITIONS, FIELDS
from dd_incident_roles.datadog.roles import Fields, IncidentType, Roles
from dd_incident_roles.errors import (
    DatadogError,
    Forbidden,
    NotFound,
    Unreachable,
    UsageError,
    WriteNotConfirmed,
)
from dd_incident_roles.patience import begin
from dd_incident_roles.roles.catalogue import Catalogue, Role
from dd_incident_roles.roles.devising import in_use
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.values import frozen
from dd_incident_roles.words import command, did_you_mean

OURS = "defined_by_us"
"""What the record keeps for each definition that this program made: the description it wrote."""


@frozen
class CataloguePlan:
    """What is to be done in each incident type, or was; ``is_applied`` says which.

    ``commander`` is the title of the role that needs no definition.
    """

    types: tuple[TypePlan, ...]
    commander: str
    prune: Prune = Prune.NOTHING
    is_applied: bool = False

    @property
    def changes(self) -> tuple[Item, ...]:
        """Everything that is to be done."""
        return tuple(item for each in self.types for item in each.changes)

    @property
    def is_done(self) -> bool:
        """Whether everything was done that was to be done."""
        return all(item.outcome is Outcome.DONE for item in self.changes)


def read_definitions(session: Session, named: str | None = None) -> tuple[Shown, ...]:
    """What Datadog defines for the incident type of a name or id, else for each, asked at once.

    Raises UsageError where no type is called so, and DatadogError.
    """
    roles, fields = Roles(session), Fields(session)

    def ask(kind: IncidentType) -> Callable[[], Shown]:
        own = begin(lambda: roles.definitions(kind.id))
        others = begin(lambda: if_offered(lambda: fields.definitions(kind.id)))
        return lambda: Shown(type=kind, roles=own(), fields=others())

    chosen = _chosen(roles.incident_types(), named)
    return tuple(answer() for answer in [ask(each) for each in chosen])


def _chosen(known: Sequence[IncidentType], named: str | None) -> tuple[IncidentType, ...]:
    if named is None:
        return tuple(known)
    wanted = named.strip().casefold()
    found = tuple(each for each in known if wanted in {each.id, each.name.casefold()})
    if len(found) == 1:
        return found
    if found:
        listed = ", ".join(each.id for each in found)
        raise UsageError(
            f"{len(found)} incident types are called {named!r}.", hint=f"Give an id: {listed}."
        )
    names = [each.name for each in known]
    near = did_you_mean(named, names)
    raise UsageError(
        f"No incident type is called {named!r}.",
        hint=f"{near} Known types: {', '.join(names) or 'none'}.".strip(),
    )


def plan_catalogue(
    application: Application,
    *,
    incident_type: str | None = None,
    prune: Prune = Prune.NOTHING,
    with_fields: bool = False,
) -> CataloguePlan:
    """Compare the catalogue with Datadog; writes nothing. Raises UsageError and DatadogError."""
    shown = read_definitions(application.session, incident_type)
    if with_fields and any(each.fields is None for each in shown):
        raise NotFound(
            "Datadog does not offer property fields to these keys.",
            hint="Give the application key and its owner the permission incident_settings_read, or "
            "leave --fields out.",
        )
    catalogue = application.catalogue
    types = plan_types(shown, catalogue, application.record, prune=prune, with_fields=with_fields)
    return CataloguePlan(types=types, commander=catalogue.commander.title, prune=prune)


def plan_types(
    shown: Sequence[Shown],
    catalogue: Catalogue,
    record: SqlRecord | None,
    *,
    prune: Prune = Prune.NOTHING,
    with_fields: bool = False,
) -> tuple[TypePlan, ...]:
    """The plans of some incident types; without a record nothing is known to be made here."""
    ids = [role.id for each in shown for role in each.roles]
    ids += [field.id for each in shown for field in each.fields or ()]
    kept = {each: record.cached(OURS, each) for each in ids} if record else {}
    ours = {each: text for each, text in kept.items() if text is not None}
    devised = _devised(catalogue, record) if record else frozenset()
    return tuple(
        plan_type(catalogue, each, ours=ours, prune=prune, with_fields=with_fields, devised=devised)
        for each in shown
    )


def _devised(catalogue: Catalogue, record: SqlRecord) -> frozenset[str]:
    """The roles that were devised for open incidents."""
    if not record.any_devised():
        return frozenset()
    devised = (in_use(catalogue, record.devised(each)) for each in record.open_incident_ids())
    return frozenset(role.title for roles in devised for role in roles)


def apply_plan(application: Application, plan: CataloguePlan) -> CataloguePlan:
    """Do what is planned, one write after the other, each sent once.

    A write that is refused does not keep the others from being tried, but for one that all others
    would share: a missing permission, wrong keys, no time.
    """
    apply = _Applying(application)
    try:
        types = tuple(
            replace(each, items=tuple(apply.tried(each.type, item) for item in each.items))
            for each in plan.types
        )
    finally:
        # Even a request that failed may have changed something.
        for kind in (DEFINITIONS, FIELDS):
            application.record.forget_cached(kind)
    return replace(plan, types=types, is_applied=True)


class _Applying:
    """Performs the steps of a plan, until one fails that all others would share."""

    def __init__(self, application: Application) -> None:
        self._record = application.record
        self._roles = Roles(application.session)
        self._fields = Fields(application.session)
        self._is_over = False

    def tried(self, kind: IncidentType, item: Item) -> Item:
        """Take one step, and say what became of it."""
        if item.step not in CHANGES:
            return item
        if self._is_over:
            return replace(item, outcome=Outcome.NOT_TRIED)
        try:
            item = self._performed(kind, item)
        except DatadogError as error:
            is_away = isinstance(error, Unreachable) and not error.ambiguous
            self._is_over = error.stops_the_run or is_away or isinstance(error, Forbidden)
            outcome = Outcome.REFUSED if error.declines_write else Outcome.FAILED
            if error.ambiguous:
                outcome = Outcome.IN_DOUBT
            hint = command("catalog", "plan") if error.ambiguous else error.hint
            return replace(item, outcome=outcome, problem=error.message, hint=hint)
        return replace(item, outcome=Outcome.DONE)

    def _performed(self, kind: IncidentType, item: Item) -> Item:
        match item:
            case Item(step=Step.CREATE, kind=Kind.ROLE):
                defined = self._roles.define(
                    name=item.name,
                    incident_type=kind.id,
                    description=item.description,
                    is_single=bool(item.wanted_single),
                )
                if not defined.made:
                    # Somebody else was faster, and it is theirs.
                    return replace(item, id=defined.definition.id)
                return self._noted(item, defined.definition.id)
            case Item(step=Step.CREATE, role=Role(title=title)):
                made = self._fields.define(name=item.name, title=title, incident_type=kind.id)
                return self._noted(item, made.id)
            case Item(step=Step.CHANGE, id=str(role_id)):
                is_other = item.shown_single != item.wanted_single
                shown = self._roles.change(
                    role_id,
                    is_single=item.wanted_single if is_other else None,
                    description=item.description,
                )
                if is_other and shown.is_single != item.wanted_single:
                    raise WriteNotConfirmed(
                        f"Datadog accepted the change of {item.name} but shows it as it was.",
                        ambiguous=True,
                    )
                return item if item.description is None else self._noted(item, role_id)
            case Item(step=Step.DELETE, id=str(definition_id)):
                resource = self._roles if item.kind is Kind.ROLE else self._fields
                resource.delete(definition_id)
                self._record.forget_cached(OURS, definition_id)
                return item
            case _:
                raise TypeError(f"no such step: {item}")

    def _noted(self, item: Item, definition_id: str) -> Item:
        # Written after the answer: what was made and not noted is taken for somebody else's, and
        # is never deleted for ours.
        self._record.put_cached(OURS, definition_id, item.description or "")
        return replace(item, id=definition_id, is_ours=True)
