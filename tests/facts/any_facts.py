"""Facts: any, by the types of their fields; a private one full of marks; to a file and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import count
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from dd_incident_roles.facts.redaction import fields_to_keep
from dd_incident_roles.facts.snapshot import Snapshot
from dd_incident_roles.facts.snapshot_file import load_snapshot, write_snapshot
from dd_incident_roles.model import (
    INCIDENT_MANAGER,
    FieldValue,
    IncidentId,
    PersonKey,
    RoleKey,
    UserId,
)
from dd_incident_roles.policy.facts import Facts, NotConnected, NotRead
from dd_incident_roles.policy.policy import NotEvaluated
from dd_incident_roles.roles.catalogue import Catalogue, Condition, FieldIs
from tests.policy.cases import (
    CATALOGUE,
    DECLARED,
    LIAISON,
    SCRIBE,
    SUPPORT,
    TECH_LEAD,
    at,
    incident,
    requirement,
    role,
)

T = TypeVar("T")

FIELDS = Condition(tests=(FieldIs(name="team", values=("payments", 7)),))
FLAG = Condition(tests=(FieldIs(name="pii", values=(True,)),))
CATALOGUE_OF_FIELDS: Catalogue = replace(
    CATALOGUE,
    roles=(
        *CATALOGUE.roles,
        role(RoleKey("payments_lead"), "Payments Lead", requirement(FIELDS, 5)),
        role(RoleKey("privacy_lead"), "Privacy Lead", requirement(FLAG, 5)),
    ),
)
"""The catalogue of the policy tests, and two roles that property fields ask for."""

KEPT = fields_to_keep(CATALOGUE_OF_FIELDS)
"""The fields that the catalogue asks about."""

texts = st.text(st.characters(), max_size=6)
# Whatever names a person is in lower case, but for who is said to have done something.
names = st.sampled_from(["ada@corp.example", "bo"]) | texts.map(str.lower)
actors = st.sampled_from(["datadog", "Ada@corp.example", "bo "]) | texts
values: st.SearchStrategy[FieldValue] = st.one_of(
    st.none(),
    st.sampled_from(["payments", "Payments ", "yes", "no", 7, 7.0, True, False]),
    texts,
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.sampled_from(["payments", "other", "7"]) | texts, max_size=3).map(tuple),
)
BY_TYPE: dict[object, st.SearchStrategy[Any]] = {
    str: texts,
    bool: st.booleans(),
    int: st.integers(1, 10**6),
    type(None): st.none(),
    datetime: st.one_of(
        st.datetimes(timezones=st.just(UTC)).map(lambda each: each.replace(year=2026, month=1)),
        st.integers(-90, 600).map(lambda minutes: DECLARED + timedelta(minutes=minutes)),
    ),
    RoleKey: texts
    | st.sampled_from(
        [INCIDENT_MANAGER, SCRIBE, SUPPORT, LIAISON, TECH_LEAD, RoleKey("payments_lead")]
    ),
    PersonKey: names,
    UserId: names,
    IncidentId: st.uuids().map(str),
    Catalogue: st.just(CATALOGUE_OF_FIELDS),
}
BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "name": st.just("Slack app user") | texts,
    # A name that was written by hand stays in its own file.
    "shown": st.none(),
    "email": st.none() | names,
    "handle": st.none() | names,
    "set_by": actors,
    "ended_by": st.none() | actors,
    "severity": st.sampled_from(["SEV-1", "SEV-2", "SEV-3", "UNKNOWN"]),
    "state": st.sampled_from(["active", "stable", "resolved", "completed", "Triage"]),
    "incident_type": st.none() | st.sampled_from(["default", "security"]),
    "fields": st.dictionaries(st.sampled_from(["team", "pii"]) | texts, values, max_size=3),
    "attempt": st.sampled_from(["assign", "unassign", "create", "update", "delete"]),
}


def any_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a type, with few parts."""
    if hint in BY_TYPE:
        return BY_TYPE[hint]
    kind, inner = get_origin(hint), get_args(hint)
    if kind in {Union, UnionType}:
        return st.one_of(*map(any_of, inner))
    if kind is tuple:
        return st.lists(any_of(inner[0]), max_size=2).map(tuple)
    if kind is frozenset:
        return st.frozensets(any_of(inner[0]), max_size=3)
    if kind is not None:
        return st.dictionaries(any_of(inner[0]), any_of(inner[1]), max_size=2)
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    parts = {
        name: BY_NAME[name] if name in BY_NAME else any_of(part)
        for name, part in get_type_hints(hint).items()
    }
    return st.builds(hint, **parts)


def each_once(facts: Iterable[Facts]) -> bool:
    """Whether no incident is there twice."""
    ids = [each.incident.id for each in facts]
    return len(set(ids)) == len(ids)


any_facts: st.SearchStrategy[Facts] = any_of(Facts)
several_facts = st.lists(any_facts, max_size=3).map(tuple).filter(each_once)

MARK = "Sesame"


class Marked:
    """Values in which each text is another one that must not get out."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def text(self) -> str:
        """One more of them."""
        return f"{MARK}{next(self._numbers)}-<!channel>"

    def of(self, hint: Any, name: str = "") -> Any:
        """A value of a type of which everything is known: of alternatives, the first."""
        kind, inner = get_origin(hint), get_args(hint)
        if name == "shown":
            return None
        if kind in {Union, UnionType}:
            return self.of(inner[0], name)
        if kind in {tuple, frozenset}:
            return kind(self.of(inner[0], name) for _ in range(2))
        if kind is not None:
            return {self.of(inner[0]): self.of(inner[1])}
        if hint is str or hasattr(hint, "__supertype__"):
            return "assign" if name == "attempt" else self.text()
        if hint is bool:
            return False
        if hint in {int, datetime}:
            return 2 if hint is int else at(next(self._numbers))
        if issubclass(hint, Enum):
            return next(iter(hint))
        return hint(**{name: self.of(part, name) for name, part in get_type_hints(hint).items()})


def private_facts(*, shows_private: bool = False, is_reachable: bool = True) -> Facts:
    """A private incident of which everything is known, or nothing around it could be read."""
    marked = Marked()
    parts = {
        name: marked.of(hint)
        for name, hint in get_type_hints(Facts).items()
        if name not in {"incident", "catalogue", "observations", "watched_since", "shows_private"}
    }
    about = replace(
        incident(private=True),
        title=marked.text(),
        declared_by=UserId(marked.text()),
        commander=UserId(marked.text()),
        fields={
            marked.text(): marked.text(),
            "team": (marked.text(), "Payments", marked.text()),
            "pii": marked.text(),
            "services": (marked.text(),),
        },
    )
    whole = Facts(
        incident=about, catalogue=CATALOGUE_OF_FIELDS, shows_private=shows_private, **parts
    )
    if is_reachable:
        return whole
    return replace(
        whole,
        datadog_roles=NotConnected(reason=marked.text()),
        timeline=NotRead(reason=marked.text()),
        issue=NotRead(reason=marked.text()),
        topic=NotConnected(reason=marked.text()),
    )


def snapshot(*facts: Facts, unread: Iterable[NotEvaluated] = ()) -> Snapshot:
    """A snapshot that was taken an hour after the declaration."""
    return Snapshot(
        taken_at=at(60),
        described="query 'state:active'",
        version="1.2.3",
        incidents=facts,
        unread=tuple(unread),
        is_whole=True,
    )


def written(of: Snapshot) -> str:
    """The text of its file."""
    return "".join(write_snapshot(of, kept_fields=KEPT))


def read(
    text: str, *, catalogue: Catalogue = CATALOGUE_OF_FIELDS, shows_private: bool = True
) -> Snapshot:
    """What the text of a file says."""
    return load_snapshot(
        text.encode, file="snapshot.json", catalogue=catalogue, shows_private=shows_private
    )
