"""All that the sandbox remembers: one Datadog organisation, its switches, what it is given."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import wraps
from inspect import isfunction
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final, Generic, TypedDict, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationError,
    validate_call,
)

from dd_incident_roles.errors import ConfigurationError

if TYPE_CHECKING:
    # Each resource brings its own kinds of rows and needs the world for its answers.
    from dd_incident_roles.sandbox.resources.fields import FieldDefinition, IncidentType
    from dd_incident_roles.sandbox.resources.incidents import Incident
    from dd_incident_roles.sandbox.resources.relationships import Automation, Integration, Todo
    from dd_incident_roles.sandbox.resources.roles import Assignment, RoleDefinition
    from dd_incident_roles.sandbox.resources.teams import OnCallTeam, Schedule, Team
    from dd_incident_roles.sandbox.resources.timeline import Cell
    from dd_incident_roles.sandbox.resources.users import Responder, User

WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "missing": "is required",
        "missing_argument": "is required",
        "string_type": "must be a text",
        "string_too_short": "must be a text",
        "int_type": "must be a whole number",
        "float_type": "must be a number",
        "bool_type": "must be true or false",
        "tuple_type": "must be a list",
        "mapping_type": "must be an object",
        "dict_type": "must be an object",
        "model_type": "must be an object",
        "model_attributes_type": "must be an object",
    }
)
"""Our own words for what pydantic says in the words of Python."""


class Given(BaseModel):
    """One object that a person wrote: its parts are known, and none is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _moment(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("must be a time such as 2026-01-31T09:30:00Z") from None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if value is None:
        return None
    # YAML makes a date of a day without a time.
    raise ValueError("must be a time, not a date" if isinstance(value, date) else "must be a time")


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""A list of texts, for which a single text will do."""
Moment = Annotated[datetime, BeforeValidator(_moment)]
"""A moment; one without an offset is UTC."""

Model = TypeVar("Model", bound=Given)


def checked(model: type[Model], parts: object, *, file: str | None = None) -> Model:
    """Reads an object; raises ConfigurationError, which names the file, the place and the value."""
    try:
        return model.model_validate(parts)
    except ValidationError as error:
        raise _wrong(error, model, file) from None


def call(act: Callable[..., object], parts: Mapping[str, object]) -> None:
    """Calls an act with the parts that its arguments are named after; raises ConfigurationError."""
    try:
        # Strict, since JSON says itself what is a text and what is a number.
        validate_call(config=ConfigDict(strict=True))(act)(**parts)
    except ValidationError as error:
        raise _wrong(error) from None


def path_of(place: tuple[str | int, ...]) -> str:
    """Writes the place of a part, such as ``incidents[0].roles.Scribe``."""
    written = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in place)
    return written.removeprefix(".")


def _wrong(
    errors: ValidationError, model: type[Given] | None = None, file: str | None = None
) -> ConfigurationError:
    error = errors.errors()[0]
    kind, context = error["type"], error.get("ctx", {})
    if kind in {"extra_forbidden", "unexpected_keyword_argument"}:
        known = sorted(_known(model, error["loc"])) if model is not None else []
        problem = f"is unknown; there are {', '.join(known)}" if known else "is unknown"
    elif kind in {"enum", "literal_error"}:
        # chr(39) is the quote, which an f-string of Python 3.11 cannot have in there.
        problem = f"must be one of {str(context['expected']).replace(chr(39), '')}"
    elif kind == "value_error":
        problem = str(context["error"])
    else:
        problem = WORDS.get(kind, error["msg"])
    return ConfigurationError(
        problem,
        file=file,
        key=path_of(error["loc"]) or None,
        # What is missing is shown by pydantic as the object that lacks it.
        value=None if kind.startswith("missing") or not error["loc"] else error["input"],
    )


def _known(model: type[Given], place: tuple[str | int, ...]) -> tuple[str, ...]:
    """Lists the parts that the object with this part could have."""
    for name in place[:-1]:
        if isinstance(name, str) and name in model.model_fields:
            inner = [
                each
                for each in get_args(model.model_fields[name].annotation)
                if isinstance(each, type) and issubclass(each, Given)
            ]
            model = inner[0] if inner else model
    return tuple(field.alias or name for name, field in model.model_fields.items())


class Switch(StrEnum):
    """How a part of the API answers: normally, as if it did not exist, or not to this key."""

    ON = "on"
    MISSING = "404"
    FORBIDDEN = "403"


class DuplicateResponder(StrEnum):
    """What a second POST of the same responder does; Datadog does not say (unverified)."""

    REFUSED = "400"
    SAME_ROW = "same_row"


class ContentShown(StrEnum):
    """How the text of a note is laid out in answers."""

    CONTENT = "content"
    MESSAGE = "message"
    PLAIN = "plain"
    ATTRIBUTE = "attribute"


class ContentAccepted(StrEnum):
    """Under which key the text of a note may be sent; the other one is refused."""

    CONTENT = "content"
    MESSAGE = "message"
    EITHER = "either"


class AuthorShown(StrEnum):
    """Where an entry names who wrote it."""

    NONE = "none"
    RELATIONSHIP = "relationship"
    ATTRIBUTE = "attribute"


class Moves(StrEnum):
    """What can move ``modified`` of an incident; only that properties do is known (recording)."""

    PROPERTIES = "properties"
    COMMANDER = "commander"
    RESPONDERS = "responders"
    ROLES = "roles"
    NOTES = "notes"
    EDITS = "edits"
    DELETIONS = "deletions"


class Switches(Given):
    """The parts of the API that can be missing, and the quirks that can be turned.

    Without ``timeline`` there are no writes to it either.
    ``commander_is_assignment``: the commander also holds the reserved role (inferred, unverified).
    ``patch_hides_commander``: the relationship is null in a PATCH answer (recording).
    ``short_search_pages``: a page holds fewer incidents than asked although more follow
    (recording). ``responders_included``: listing responders brings their users along.
    ``responders_lost``: the listing of responders is empty, whoever there is (a fault).
    ``clock_ahead_seconds``: how far the dates of answers are ahead of the right time.
    ``modified_moves_with``: the kinds of change with which ``modified`` moves (unverified).

    All of the timeline is unverified, but that nobody may change what another wrote,
    ``timeline_protects_others`` (document).
    ``timeline_pages``: a listing comes in pages; otherwise what the query says of pages is passed
    over. ``timeline_display_time`` and ``timeline_important``: where off, they are neither taken
    nor shown. ``timeline_longest``: the text is cut to so many characters.
    ``timeline_strips_html``: tags are taken out of it. ``timeline_system_entries``: changes of
    state, severity and roles show up. ``timeline_bare_answers``: a write is answered with no more
    than the id.
    """

    responders: Switch = Switch.ON
    role_assignments: Switch = Switch.ON
    user_defined_roles: Switch = Switch.ON
    user_defined_fields: Switch = Switch.ON
    incident_types: Switch = Switch.ON
    rules: Switch = Switch.ON
    include_users: Switch = Switch.ON
    search: Switch = Switch.ON
    users: Switch = Switch.ON
    current_user: Switch = Switch.ON
    teams: Switch = Switch.ON
    on_call: Switch = Switch.ON
    todos: Switch = Switch.ON
    integrations: Switch = Switch.ON
    timeline: Switch = Switch.ON
    timeline_writes: Switch = Switch.ON

    commander_is_assignment: StrictBool = True
    patch_hides_commander: StrictBool = True
    short_search_pages: StrictBool = False
    responders_included: StrictBool = True
    responders_lost: StrictBool = False
    clock_ahead_seconds: StrictInt = 0
    modified_moves_with: tuple[Moves, ...] = tuple(Moves)
    duplicate_responder: DuplicateResponder = DuplicateResponder.REFUSED

    timeline_content: ContentShown = ContentShown.CONTENT
    timeline_accepts: ContentAccepted = ContentAccepted.CONTENT
    timeline_authors: AuthorShown = AuthorShown.NONE
    timeline_protects_others: StrictBool = True
    timeline_pages: StrictBool = False
    timeline_display_time: StrictBool = True
    timeline_important: StrictBool = True
    timeline_longest: StrictInt | None = None
    timeline_strips_html: StrictBool = False
    timeline_system_entries: StrictBool = True
    timeline_bare_answers: StrictBool = False


# Fixed, because records of one sandbox are used with the next.
NAMESPACE = uuid.UUID("6f1d2c0e-5f5b-5d0e-9b0a-0d1f3a7c9e11")
ORG_ID = str(uuid.uuid5(NAMESPACE, "organisation"))
CALLER_ID = str(uuid.uuid5(NAMESPACE, "caller"))
DEFAULT_TYPE_ID = str(uuid.uuid5(NAMESPACE, "default incident type"))
FIRST_PUBLIC_ID = 1001


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """Anything that is kept by an id."""

    id: str


Kept = TypeVar("Kept", bound=Identified)
Service = TypeVar("Service", bound="Acts")


class Table(Generic[Kept]):
    """Immutable rows by id; a change replaces the row and keeps its place."""

    def __init__(self) -> None:
        self._rows: dict[str, Kept] = {}
        # By attribute and value the ids: with thousands of incidents, nothing is searched for.
        self._indexes: dict[str, dict[object, dict[str, None]]] = {}

    def __iter__(self) -> Iterator[Kept]:
        # A copy, because a caller that walks the rows may also remove them.
        return iter(tuple(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, row_id: str | None) -> Kept | None:
        """Finds the row with this id, whatever the case of its letters."""
        # Clients send ids in either case; every row is kept by the small one.
        return self._rows.get(row_id.lower()) if row_id is not None else None

    def __getitem__(self, row_id: str) -> Kept:
        row = self.get(row_id)
        if row is None:
            raise KeyError(row_id)
        return row

    def put(self, row: Kept) -> Kept:
        """Adds the row, or replaces the one that has its id."""
        row_id = row.id.lower()
        before = self._rows.get(row_id)
        for attribute, ids in self._indexes.items():
            value = getattr(row, attribute)
            if before is not None and getattr(before, attribute) != value:
                del ids[getattr(before, attribute)][row_id]
            ids.setdefault(value, {})[row_id] = None
        self._rows[row_id] = row
        return row

    def remove(self, row_id: str) -> None:
        """Forgets the row with this id, if there is one."""
        row = self._rows.pop(row_id.lower(), None)
        if row is not None:
            for attribute, ids in self._indexes.items():
                del ids[getattr(row, attribute)][row_id.lower()]

    def first(self, condition: Callable[[Kept], bool], wanted: object) -> Kept:
        """Finds the oldest row that meets the condition; raises KeyError of what was wanted."""
        for row in self._rows.values():
            if condition(row):
                return row
        raise KeyError(wanted)

    def of(self, attribute: str, value: object) -> list[Kept]:
        """Lists the rows with this value of an attribute, oldest first."""
        if attribute not in self._indexes:
            ids = self._indexes[attribute] = {}
            for row_id, row in self._rows.items():
                ids.setdefault(getattr(row, attribute), {})[row_id] = None
        return [self._rows[row_id] for row_id in self._indexes[attribute].get(value, ())]

    def where(self, condition: Callable[[Kept], bool]) -> list[Kept]:
        """Lists the rows that meet the condition, oldest first."""
        return [row for row in self._rows.values() if condition(row)]


class Stamp(TypedDict):
    """What a row that was made just now begins with."""

    id: str
    created: datetime
    modified: datetime
    created_by: str
    last_modified_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Identified):
    """What all rows have that a person made; users are named by their ids."""

    created: datetime
    modified: datetime
    created_by: str
    last_modified_by: str


def counted_ids() -> Callable[[], str]:
    """Makes a source of UUIDs that is the same in every sandbox."""
    # Counted and not random, so that a run can be repeated and its log compared.
    numbers = count(1)
    return lambda: str(uuid.uuid5(NAMESPACE, f"row {next(numbers)}"))


@dataclass(slots=True, kw_only=True)
class World:
    """The tables of one Datadog organisation, with its clock; read and changed under ``lock``.

    ``caller`` is the user whose key it is. ``earlier_cells`` is each timeline before its last
    change, which the next ``stale_listings`` listings show. ``earlier_hits`` are what a search
    shows while it lags. ``services`` are the stand-ins for other systems, by their kinds.
    """

    clock: Callable[[], datetime]
    switches: Switches = field(default_factory=Switches)
    ids: Callable[[], str] = field(default_factory=counted_ids)
    org_id: str = ORG_ID
    org_name: str = "Corp"
    caller: str = CALLER_ID
    users: Table[User] = field(default_factory=Table)
    incident_types: Table[IncidentType] = field(default_factory=Table)
    field_definitions: Table[FieldDefinition] = field(default_factory=Table)
    role_definitions: Table[RoleDefinition] = field(default_factory=Table)
    incidents: Table[Incident] = field(default_factory=Table)
    responders: Table[Responder] = field(default_factory=Table)
    assignments: Table[Assignment] = field(default_factory=Table)
    todos: Table[Todo] = field(default_factory=Table)
    integrations: Table[Integration] = field(default_factory=Table)
    automations: Table[Automation] = field(default_factory=Table)
    teams: Table[Team] = field(default_factory=Table)
    on_call_teams: Table[OnCallTeam] = field(default_factory=Table)
    schedules: Table[Schedule] = field(default_factory=Table)
    cells: Table[Cell] = field(default_factory=Table)
    earlier_cells: dict[str, tuple[Cell, ...]] = field(default_factory=dict)
    earlier_hits: dict[str, tuple[Incident, dict[str, object]]] | None = None
    stale_listings: int = 0
    services: dict[type[Acts], Acts] = field(default_factory=dict)
    # Acts call one another, so a thread must be able to take the lock twice.
    lock: threading.RLock = field(default_factory=threading.RLock)

    def stamp(self, by: str, row_id: str | None = None, *, at: datetime | None = None) -> Stamp:
        """Begins a row that this user makes, now unless it is back-dated."""
        now, new_id = at or self.clock(), row_id or self.ids()
        return Stamp(id=new_id, created=now, modified=now, created_by=by, last_modified_by=by)

    def service(self, kind: type[Service]) -> Service:
        """Finds the stand-in of this kind for another system, which begins as it is made."""
        found = self.services.get(kind)
        if not isinstance(found, kind):
            found = self.services[kind] = kind(world=self)
        return found

    def touch(self, incident_id: str, *, by: str, because: Moves) -> None:
        """Notes that the incident was changed now, and who changed it, if that kind counts."""
        row = self.incidents.get(incident_id)
        if row is not None and because in self.switches.modified_moves_with:
            self.incidents.put(replace(row, modified=self.clock(), last_modified_by=by))


@dataclass(kw_only=True, eq=False)
class Acts:
    """What people do in the pages of one system, from any thread.

    Every method of a subclass whose name is public holds the lock for as long as it takes.
    """

    world: World

    @property
    def lock(self) -> threading.RLock:
        """The one lock of the world."""
        return self.world.lock

    def __init_subclass__(cls) -> None:
        # Here and not in each act, so that none is forgotten.
        for name, act in tuple(vars(cls).items()):
            if isfunction(act) and not name.startswith("_"):
                setattr(cls, name, _under_lock(act))


def _under_lock(act: Callable[..., object]) -> Callable[..., object]:
    # Wrapped, so that the control API still sees the arguments and their types.
    @wraps(act)
    def locked(acts: Acts, *parts: object, **named_parts: object) -> object:
        with acts.lock:
            return act(acts, *parts, **named_parts)

    return locked


class DatadogActs(Acts):
    """What people do in Datadog's own pages; each resource adds its own.

    ``person`` is an e-mail, a handle or an account's id, and ``incident`` the public id.
    """

    def person(self, person: str) -> User:
        """Finds the user with this e-mail, handle or id; raises KeyError."""
        return self.world.users.first(lambda row: row.answers_to(person), person)

    def incident(self, incident: int) -> Incident:
        """Finds an incident by its public id; raises KeyError."""
        return self.world.incidents.first(lambda row: row.public_id == incident, incident)
