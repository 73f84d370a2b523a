"""Parts of the edge, put together over the Datadog of the ``api`` fixture."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
import responses

from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.datadog.capabilities import CapabilityCache
from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.fields import Fields
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.responders import Responders
from dd_incident_roles.datadog.roles import Roles
from dd_incident_roles.datadog.timeline import Timeline
from dd_incident_roles.datadog.timeline_target import TimelineTarget
from dd_incident_roles.datadog.users import Users
from dd_incident_roles.model import IncidentId
from dd_incident_roles.roles.people import People
from dd_incident_roles.sync.targets import EntryChange, EntryListing, RemoteEntry, Written
from tests.datadog.conftest import BASE
from tests.datadog.kept_texts import KeptPeople, KeptTexts
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


class Timelines:
    """One timeline in a Datadog that is told what to answer."""

    def __init__(self, session: Session, api: responses.RequestsMock, texts: KeptTexts) -> None:
        self.api = api
        self.texts = texts
        self.session = session
        self.capabilities = capability_cache(session, texts)
        self.target = timeline_target(session, texts, self.capabilities)

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

    def entries(self) -> tuple[RemoteEntry, ...]:
        """Read a timeline that is there."""
        found = self.target.read(INCIDENT)
        assert isinstance(found, EntryListing)
        return found.entries

    def written(self, change: EntryChange) -> RemoteEntry:
        """Perform a change that Datadog takes, and return the entry as it then is."""
        outcome = self.target.perform(INCIDENT, change)
        assert isinstance(outcome, Written)
        return outcome.entry

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
