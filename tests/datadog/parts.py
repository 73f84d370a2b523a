"""Parts of the edge, put together over the Datadog of the ``api`` fixture, and what they keep."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
import responses

from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.learned import Cache, CapabilityCache
from dd_incident_roles.datadog.responders import Responders
from dd_incident_roles.datadog.roles import Fields, Roles
from dd_incident_roles.datadog.timeline import Timeline
from dd_incident_roles.datadog.timeline_target import TimelineTarget
from dd_incident_roles.datadog.users import Users
from dd_incident_roles.model import IncidentId, Person, PersonKey, UserId
from dd_incident_roles.roles.people import People
from dd_incident_roles.sync.targets import EntryChange, EntryListing, RemoteEntry, Written
from tests.datadog.conftest import BASE
from tests.datadog.payloads import BEN, INCIDENT_ID, TIMELINE, Json, user

INCIDENT = IncidentId(INCIDENT_ID)


def timeline_target(
    session: Session, texts: KeptTexts, capabilities: CapabilityCache | None = None
) -> TimelineTarget:
    """Put the side together."""
    capabilities = capabilities or capability_cache(session, texts)
    return TimelineTarget(notes(session, texts), capabilities, Cache(texts, texts.clock))


def responders(session: Session) -> Responders:
    """Responders of whom nothing was learned yet."""
    texts = KeptTexts()
    return Responders(session, capability_cache(session, texts), Cache(texts, texts.clock))


def notes(session: Session, texts: KeptTexts | None = None) -> Timeline:
    """A timeline whose authors are looked up in the same Datadog."""
    texts = texts or KeptTexts()
    cache = Cache(texts, texts.clock)
    return Timeline(session, Directory(Users(session), People(), KeptPeople(), cache), cache)


def capability_cache(session: Session, texts: KeptTexts) -> CapabilityCache:
    """What was seen to work with these keys."""
    return CapabilityCache(Roles(session), Fields(session), Cache(texts, texts.clock))


class Bench:
    """The timeline of one incident as a side of the sync."""

    def __init__(self, target: TimelineTarget, incident_id: IncidentId) -> None:
        self.target = target
        self.incident = incident_id

    def entries(self) -> tuple[RemoteEntry, ...]:
        """Read a timeline that is there."""
        found = self.target.read(self.incident)
        assert isinstance(found, EntryListing)
        return found.entries

    def written(self, change: EntryChange) -> RemoteEntry:
        """Perform a change that Datadog takes, and return the entry as it then is."""
        outcome = self.target.perform(self.incident, change)
        assert isinstance(outcome, Written)
        return outcome.entry


class Timelines(Bench):
    """One timeline in a Datadog that is told what to answer."""

    def __init__(self, session: Session, api: responses.RequestsMock, texts: KeptTexts) -> None:
        self.api = api
        self.texts = texts
        self.session = session
        self.capabilities = capability_cache(session, texts)
        super().__init__(timeline_target(session, texts, self.capabilities), INCIDENT)

    def shows(self, *cells: Json, **more: object) -> None:
        """Answer every listing from now on with these."""
        self.api.remove(responses.GET, TIMELINE)
        self.api.get(TIMELINE, json={"data": list(cells), **more})

    def then_shows(self, *cells: Json) -> None:
        """Answer with these once what was told before has been used up."""
        self.api.get(TIMELINE, json={"data": list(cells)})

    def keys_of(self, user_id: str = BEN, *, service_account: bool = True) -> None:
        """Say whose keys these are."""
        owner = user(user_id, email="bot@corp.example", name="Bot", service_account=service_account)
        self.api.get(f"{BASE}/api/v2/current_user", json={"data": owner})

    def sent(self, method: str) -> list[Json]:
        """The attributes of every body that was sent by this method."""
        calls: Iterable[responses.Call] = self.api.calls
        return [
            json.loads(call.request.body or "{}")["data"]["attributes"]
            for call in calls
            if call.request.method == method
        ]


@pytest.fixture
def texts() -> KeptTexts:
    """What was learned."""
    return KeptTexts()


@pytest.fixture
def timelines(session: Session, api: responses.RequestsMock, texts: KeptTexts) -> Timelines:
    """An empty timeline."""
    made = Timelines(session, api, texts)
    made.shows()
    return made


class KeptTexts:
    """Keeps texts until they expire."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
        self.texts: dict[tuple[str, str], tuple[str, datetime | None]] = {}

    def clock(self) -> datetime:
        """Say what time it is."""
        return self.now

    def advance(self, **parts: float) -> None:
        """Let time pass."""
        self.now += timedelta(**parts)

    def cached(self, kind: str, key: str) -> str | None:
        """The text, unless it was never kept or has expired."""
        value, until = self.texts.get((kind, key), (None, None))
        return None if until is not None and until <= self.now else value

    def put_cached(
        self, kind: str, key: str, value: str, *, expires_at: datetime | None = None
    ) -> None:
        """Keep a text until it expires."""
        self.texts[kind, key] = (value, expires_at)


class KeptPeople:
    """The people whom a record has seen, by key; ``held`` are those for whom it has a role."""

    def __init__(self, *people: Person, held: Iterable[str] = ()) -> None:
        self.people = {person.key: person for person in people}
        self.held = frozenset(held)

    def person(self, key: PersonKey) -> Person | None:
        """The one with this key."""
        return self.people.get(key)

    def people_of(self, user_ids: Collection[UserId]) -> Mapping[UserId, Person]:
        """Those with one of these accounts."""
        people = self.people.values()
        return {each.user_id: each for each in people if each.user_id in user_ids and each.user_id}

    def people_called(self, name: str) -> tuple[Person, ...]:
        """Those with this key, e-mail, handle or account id."""
        return tuple(
            each
            for each in self.people.values()
            if name in {each.key, each.email, each.handle, each.user_id}
        )

    def has_held(self, key: PersonKey) -> bool:
        """Whether a role was ever recorded for them."""
        return key in self.held
