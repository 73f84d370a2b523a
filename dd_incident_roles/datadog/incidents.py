"""Incidents and their fields: read one by one, searched or listed, and what is changed of one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256
from types import MappingProxyType
from typing import Final, TypeVar

from dd_incident_roles.datadog import wire
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.users import User, by_id, included_users, read_user
from dd_incident_roles.errors import Refused, UnexpectedAnswer
from dd_incident_roles.model import FieldValue, Incident, IncidentId, PersonKey, UserId
from dd_incident_roles.patience import begin
from dd_incident_roles.values import frozen

NamedBy = Callable[[str], PersonKey | None]
"""Finds the person that a text names; None if it names nobody."""

_WORD = r"[^\s<>()\[\]|,;:\"'@]+"
_ADDRESS = rf"{_WORD}@{_WORD}"
_PART = re.compile(r"""(?:"[^"]*"|<[^<>]*>|\[[^\[\]]*\]\([^()]*\)|[^,;\n])+""")
"""A part between commas, semicolons and line breaks, except those in quotes or brackets."""

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


TEXT_ARRAY: Final = "textarray"
"""The type of a role's field: a list of texts (released client)."""


def field_values(attributes: wire.Object) -> Mapping[str, FieldValue]:
    """What the fields of an incident hold, by name; a field that is there and empty holds None."""
    fields = wire.object_at(attributes, "fields")
    return MappingProxyType({name: _value(content) for name, content in fields.items()})


def _value(content: object) -> FieldValue:
    value = content.get("value") if isinstance(content, dict) else content
    match value:
        case None | str() | bool() | int() | float():
            return value
        case list():
            return tuple(_as_text(item) for item in value if item is not None)
        case _:
            return _as_text(value)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


@frozen
class FieldHolders:
    """Who a field names, and the texts in it that name nobody."""

    holders: frozenset[PersonKey]
    strange: tuple[str, ...] = ()


def holders_in_field(value: FieldValue, named_by: NamedBy) -> FieldHolders:
    """Read who holds a role; what names nobody is strange, and makes nobody a holder."""
    pieces = [piece for text in _texts_in(value) for piece in _pieces(text, named_by)]
    return FieldHolders(
        holders=frozenset(person for _, person in pieces if person),
        strange=tuple(text for text, person in pieces if person is None),
    )


def field_with(
    value: FieldValue,
    named_by: NamedBy,
    *,
    add: tuple[PersonKey, str] | None,
    remove: frozenset[PersonKey],
) -> tuple[str, ...]:
    """The texts of a field after a change; ``add`` is a person and the text that names them.

    A text in which nobody is removed stays as it is, to the letter, and what names nobody stays.
    """
    leaving = remove - {add[0]} if add else remove
    kept: list[str] = []
    for whole in _texts_in(value):
        pieces = list(_pieces(whole, named_by))
        staying = [piece for piece, person in pieces if person not in leaving]
        if len(staying) == len(pieces):
            # To the letter: another program, or a person, may look for exactly this text.
            kept.append(whole)
        elif staying:
            kept.append(", ".join(staying))
    if add and add[0] not in holders_in_field(tuple(kept), named_by).holders:
        kept.append(add[1])
    return tuple(kept)


def _texts_in(value: FieldValue) -> tuple[str, ...]:
    """The texts of a field, whether it holds one or several."""
    match value:
        case None | "":
            return ()
        case tuple():
            return tuple(text for text in value if text.strip())
        case _:
            return (str(value),)


def _pieces(text: str, named_by: NamedBy) -> Iterator[tuple[str, PersonKey | None]]:
    """Each name in a text, with the person that it names."""
    if (whole := _person(text, named_by)) is not None:
        yield text, whole
        return
    for part in _PART.findall(text):
        for each in _AND.split(part):
            words = each.split()
            # Addresses with nothing but blanks between are several people, and not one name.
            if len(words) > 1 and all(re.fullmatch(_ADDRESS, word) for word in words):
                yield from ((word, _person(word, named_by)) for word in words)
            elif words:
                yield each.strip(), _person(each, named_by)


def _person(text: str, named_by: NamedBy) -> PersonKey | None:
    plain = text.strip()
    for form in _FORMS:
        if found := form.fullmatch(plain):
            return named_by(found["it"])
    return named_by(plain) if "@" not in plain else None


T = TypeVar("T")

_NESTED_USERS = ("commander", "declared_by", "created_by", "last_modified_by")

_PAGES_AT_ONCE = 4
"""How many pages of a search are asked for at once; to read the rows of one takes as long."""

_COMPARED = frozenset({"modified", "state", "severity", "fields"})
_MOVING_WITH_TIME = frozenset(
    {
        *("field_analytics", "customer_impact_duration"),
        *("time_to_detect", "time_to_repair", "time_to_internal_response", "time_to_resolve"),
    }
)


@frozen
class IncidentReading:
    """An incident, the users that came along, and the ids of its responder records.

    ``modified_by`` is who modified it last, and ``mark`` a fingerprint of the row of a search, None
    of any other answer and of a row that lacks something.
    """

    incident: Incident
    users: Mapping[UserId, User]
    responder_ids: tuple[str, ...] = ()
    modified_by: UserId | None = None
    mark: str | None = None


Row = IncidentReading | UnexpectedAnswer
"""One row of a list: an incident, or why nothing but its id could be read."""


def parse_incident(body: bytes) -> IncidentReading:
    """Read an answer that holds one incident; raises UnexpectedAnswer."""
    answer = wire.document(body)
    return _reading(wire.object_at(answer, "data"), included_users(answer))


def parse_listing(body: bytes) -> wire.Page[Row]:
    """Read one page of the listing of all incidents; raises UnexpectedAnswer."""
    answer = wire.document(body)
    return wire.Page(rows=_rows(wire.required_objects(answer, "data"), included_users(answer)))


def parse_search(body: bytes) -> wire.Page[Row]:
    """Read one page of a search; raises UnexpectedAnswer.

    ``total`` counts the incidents of all pages, which only a search tells.
    """
    answer = wire.document(body)
    rows = _rows(_hits(answer), included_users(answer), mark=_mark_of)
    return wire.Page(rows=rows, total=_total(answer))


def parse_ids(body: bytes) -> wire.Page[None]:
    """Read of one page of a search which incidents it finds; raises UnexpectedAnswer."""
    answer = wire.document(body)
    ids = (wire.required_id(hit, "the id of an incident") for hit in _hits(answer))
    return wire.Page(rows=dict.fromkeys(ids), total=_total(answer))


def _hits(answer: wire.Object) -> Iterator[wire.Object]:
    found = wire.object_at(answer, "data", "attributes")
    return (wire.object_at(hit, "data") for hit in wire.required_objects(found, "incidents"))


def _total(answer: wire.Object) -> int | None:
    return wire.whole_number(answer, "data", "attributes", "total")


def _mark_of(row: wire.Object) -> str | None:
    """A fingerprint of all that a row of a search says and that does not move with time alone."""
    attributes = wire.object_at(row, "attributes")
    links = wire.object_at(row, "relationships")
    names_commander = "commander" in attributes or "commander_user" in links
    if not (attributes.keys() >= _COMPARED and names_commander and "responders" in links):
        return None
    said = {name: attributes[name] for name in attributes.keys() - _MOVING_WITH_TIME}
    # The order of what it is related to says nothing.
    related = {name: sorted(wire.related_ids(links, name)) for name in links}
    text = json.dumps([said, related], sort_keys=True)
    return sha256(text.encode()).hexdigest()[:32]


def _rows(
    resources: Iterable[wire.Object],
    users: Mapping[UserId, User],
    *,
    mark: Callable[[wire.Object], str | None] = lambda _: None,
) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for resource in resources:
        try:
            reading = _reading(resource, users, mark=mark)
        except UnexpectedAnswer as error:
            incident_id = wire.identifier(resource)
            # Without an id nobody knows which incident is missing: then no page was read.
            if incident_id is None:
                raise
            rows.setdefault(incident_id, error)
        else:
            rows[reading.incident.id] = reading
    return rows


def _reading(
    resource: wire.Object,
    users: Mapping[UserId, User],
    *,
    mark: Callable[[wire.Object], str | None] = lambda _: None,
) -> IncidentReading:
    attributes = wire.object_at(resource, "attributes")
    nested = [
        user
        for name in _NESTED_USERS
        if (user := read_user(wire.object_at(attributes, name, "data")))
    ]
    incident_id = wire.required_id(resource, "the id of an incident")
    public_id = wire.whole_number(attributes, "public_id")
    if public_id is None:
        raise wire.lack_error(f"public_id of the incident {incident_id}")
    declared = wire.time_at(attributes, "declared") or wire.time_at(attributes, "created")
    if declared is None:
        raise wire.lack_error(f"the time at which the incident {incident_id} was declared")
    title = attributes.get("title")
    type_id = wire.text(attributes, "incident_type_uuid")
    incident = Incident(
        id=IncidentId(incident_id),
        public_id=public_id,
        title=title if isinstance(title, str) else "",
        severity=_either(attributes, "severity") or "UNKNOWN",
        state=_either(attributes, "state") or "unknown",
        declared=declared,
        modified=wire.time_at(attributes, "modified") or declared,
        resolved=wire.time_at(attributes, "resolved"),
        customer_impacted=wire.flag(attributes, "customer_impacted") or False,
        incident_type=type_id.lower() if type_id else wire.relation(resource, "incident_type"),
        private=(wire.text(attributes, "visibility") or "").casefold() == "private",
        is_test=wire.flag(attributes, "is_test") or False,
        declared_by=_user(resource, "declared_by") or _user(resource, "created_by"),
        # The attribute wins where there is one: beside it the relationship of a PATCH is wrong.
        commander=_shown_commander(attributes)
        if "commander" in attributes
        else _user_id(wire.relation(resource, "commander_user")),
        fields=field_values(attributes),
    )
    return IncidentReading(
        incident=incident,
        # Most name nobody, and a page has a hundred of them beside all of its users.
        users=by_id([*users.values(), *nested]) if nested else users,
        responder_ids=wire.relations(resource, "responders"),
        modified_by=_user(resource, "last_modified_by"),
        mark=mark(resource),
    )


def _either(attributes: wire.Object, name: str) -> str | None:
    """Severity and state are both attributes and fields; older answers had only one of them."""
    return wire.text(attributes, name) or wire.text(attributes, "fields", name, "value")


def _shown_commander(attributes: wire.Object) -> UserId | None:
    return _user_id(wire.identifier(attributes, "commander", "data"))


def _user(resource: wire.Object, name: str) -> UserId | None:
    attributes = wire.object_at(resource, "attributes")
    return _user_id(
        wire.relation(resource, f"{name}_user")
        or wire.identifier(attributes, name, "data")
        or wire.text(attributes, f"{name}_uuid")
    )


def _user_id(user_id: str | None) -> UserId | None:
    return UserId(user_id.lower()) if user_id else None


class Incidents:
    """Incidents of one Datadog, private and test incidents included."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._includes_users = True

    def get(self, incident_id: IncidentId) -> IncidentReading:
        """Read one incident, with its users where Datadog lets them be included.

        Raises NotFound for an id that nobody has, or that the keys may not see.
        """
        where = wire.path(wire.INCIDENTS, incident_id)
        if self._includes_users:
            try:
                return self._session.get(where, parse_incident, (("include", "users"),))
            except Refused as error:
                if error.status != 400:
                    raise
        reading = self._session.get(where, parse_incident)
        # Only now is it known that the inclusion was what Datadog declined.
        self._includes_users = False
        return reading

    def search(self, query: str) -> Iterator[IncidentReading]:
        """Find incidents, page by page, each once.

        A search is an index: its times are whole seconds and some ids are blank, so read an
        incident itself before changing anything. Test incidents are left out by Datadog unless the
        query asks for them. Raises UnexpectedAnswer after all others for one that cannot be read.
        """
        return _readings(self._found(query, parse_search))

    def search_rows(
        self, query: str, *, expected: int = 0, at_once: int = 1
    ) -> Iterator[tuple[IncidentId, IncidentReading | None]]:
        """Find incidents; None for a row of which nothing but the id can be read.

        Without their users, of whom a run over thousands would hold a list for each. At most
        ``at_once`` pages are asked for ahead, as many as the ``expected`` incidents fill.
        """
        for incident_id, row in self._found(
            query, parse_search, expected=expected, at_once=at_once
        ):
            light = replace(row, users={}) if isinstance(row, IncidentReading) else None
            yield IncidentId(incident_id), light

    def search_ids(self, query: str) -> Iterator[IncidentId]:
        """Find the ids of incidents, also of those of which a search shows nothing else."""
        return (IncidentId(incident_id) for incident_id, _ in self._found(query, parse_ids))

    def _found(
        self,
        query: str,
        parse: Callable[[bytes], wire.Page[T]],
        *,
        expected: int = 0,
        at_once: int = 1,
    ) -> Iterator[tuple[str, T]]:
        under_way: dict[int, Callable[[], wire.Page[T]]] = {}

        def ask(number: int) -> wire.Page[T]:
            place = wire.page_params(offset=number * wire.PAGE_SIZE)
            # Oldest first: by default the newest comes first, and one that is declared meanwhile
            # would move every page.
            params = (("query", query), ("sort", "created"), *place)
            return self._session.get(f"{wire.INCIDENTS}/search", parse, params)

        def page_at(number: int, _seen: int) -> wire.Page[T]:
            nonlocal expected
            last = min(number + min(at_once, _PAGES_AT_ONCE), -(-expected // wire.PAGE_SIZE))
            for each in range(number + 1, last):
                if each not in under_way:
                    under_way[each] = begin(partial(ask, each))
            begun = under_way.pop(number, None)
            page = begun() if begun else ask(number)
            if page.total is None:
                return wire.Page(rows=page.rows)
            expected = page.total
            # Pages may be short, or empty, although more follow (recorded: 1 of 2 with 1703 in
            # all), so the total ends a search by what was asked for, and not by what came.
            return wire.Page(rows=page.rows, more=(number + 1) * wire.PAGE_SIZE < expected)

        return wire.paged(page_at)

    def all(self) -> Iterator[IncidentReading]:
        """Every incident, oldest first, closed ones too, each once; raises as a search does."""
        return _readings(
            wire.paged(
                lambda number, _: self._session.get(
                    wire.INCIDENTS, parse_listing, wire.page_params(offset=number * wire.PAGE_SIZE)
                )
            )
        )

    def set_commander(self, incident_id: IncidentId, user_id: UserId | None) -> UserId | None:
        """Make a user the commander, or nobody, and return the commander that Datadog then shows.

        Makes the commander and the owner of the keys responders, which Datadog tells them of.
        """
        attributes = self._patch(
            incident_id, relationships={"commander_user": wire.reference("users", user_id)}
        )
        # The relationship in such an answer is null in every recording, even with a commander.
        if "commander" in attributes:
            return _shown_commander(attributes)
        return self.get(incident_id).incident.commander

    def set_field(
        self, incident_id: IncidentId, name: str, value: FieldValue, *, type_name: str
    ) -> FieldValue:
        """Write a property field, and return what Datadog then shows in it.

        ``type_name`` is the one that the field is defined with, such as ``textarray``.
        """
        sent = list(value) if isinstance(value, tuple) else value
        attributes = self._patch(
            incident_id, attributes={"fields": {name: {"type": type_name, "value": sent}}}
        )
        shown = field_values(attributes)
        return shown[name] if name in shown else self.get(incident_id).incident.fields.get(name)

    def _patch(self, incident_id: IncidentId, **parts: object) -> wire.Object:
        """Change an incident, once, and return what the answer shows, which may be too little."""
        return self._session.patch(
            wire.path(wire.INCIDENTS, incident_id),
            wire.request_body("incidents", id=incident_id, **parts),
            lambda body: wire.object_at(wire.document(body), "data", "attributes"),
        )


def _readings(rows: Iterator[tuple[str, Row]]) -> Iterator[IncidentReading]:
    """Those that can be read first, so that one that cannot is in nobody else's way."""
    problem: UnexpectedAnswer | None = None
    for _, row in rows:
        if isinstance(row, IncidentReading):
            yield row
        else:
            problem = problem or row
    if problem:
        raise UnexpectedAnswer(f"Datadog's list of incidents {problem.message}")
