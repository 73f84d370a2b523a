"""The places that Datadog's integration metadata name, in recorded and in odd shapes."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from dd_incident_roles.datadog.relationships import Integrations, NamedPlaces
from dd_incident_roles.errors import DatadogError
from dd_incident_roles.model import IncidentId
from dd_incident_roles.places import TargetName
from tests.datadog import payloads as recordings
from tests.datadog.conftest import BASE, Datadog, failure
from tests.datadog.parts import KeptTexts, capability_cache
from tests.datadog.payloads import INCIDENT_ID, Json, resource

URL = f"{BASE}/api/v2/incidents/{INCIDENT_ID}/relationships/integrations"
KEY = IncidentId(INCIDENT_ID)
BOTH: tuple[TargetName, ...] = ("slack", "jira")
SLACK, TEAMS, JIRA = 1, 7, 8
NEW, OLD = "slack:C000000NEW", "slack:C000000OLD"


def entry(kind: object, metadata: object, *, at: str = "10:00:00", status: int = 2) -> Json:
    """One entry of the list."""
    attributes = {"created": f"2026-02-23T{at}Z", "metadata": metadata, "status": status}
    return resource("incident_integrations", at, {"integration_type": kind, **attributes})


def channels(*places: str) -> Json:
    """The metadata of Slack."""
    ids = [place.partition(":")[2] for place in places]
    return {"channels": [{"channel_id": each, "channel_name": f"#x-{each[-3:]}"} for each in ids]}


def issues(*keys: str | None) -> Json:
    """The metadata of Jira; an issue that is still being made has no key."""
    usual = {"account": "https://corp.atlassian.net", "project_key": "OPS"}
    return {"issues": [{**usual, "issue_key": key} if key else usual for key in keys]}


def named(dd: Datadog, *entries: object, asked: Iterable[TargetName] = BOTH) -> NamedPlaces:
    """What an incident with these entries names."""
    dd.api.get(URL, body=json.dumps({"data": list(entries)}))
    return Integrations(dd.session, capability_cache(dd.session, KeptTexts())).of(KEY, tuple(asked))


def test_the_recorded_entry_names_a_channel(dd: Datadog) -> None:
    """With the name that people know, and the page that Datadog tells."""
    recorded = recordings.one(
        "get_incident_integration_metadata_details*", "GET", "/relationships/integrations/"
    )
    found = named(dd, json.loads(recorded.body)["data"])
    (channel,) = found.places
    assert (channel.place.text, channel.place.label) == (
        "slack:C0123456789",
        "#example-channel-name",
    )
    assert channel.url == "https://slack.com/app_redirect?channel=C0123456789&team=T01234567"
    assert (found.awaited, found.notices) == (frozenset(), ())


OLDER = entry(SLACK, channels(OLD), at="09:00:00")


@pytest.mark.parametrize(
    ("entries", "places"),
    [
        ([], []),
        ([OLDER, entry(SLACK, channels(NEW))], [NEW]),
        ([entry(SLACK, channels(NEW)), OLDER], [NEW]),
        ([OLDER, entry(SLACK, channels(NEW), status=5)], [OLD]),
        ([entry(SLACK, channels(NEW, OLD))], [NEW]),
        ([OLDER, entry(SLACK, {"channels": []})], [OLD]),
        ([OLDER, entry(99, channels(NEW)), entry("odd", None), entry(None, {})], [OLD]),
        ([entry(SLACK, channels("slack:not an id", NEW))], [NEW]),
        ([entry(JIRA, issues("OPS-7")), OLDER], ["jira:OPS-7", OLD]),
        ([entry(JIRA, issues(None, "OPS-8"))], ["jira:OPS-8"]),
        ([entry(JIRA, {"issues": "none"}), {}], []),
    ],
)
def test_the_first_item_of_the_newest_entry_counts(
    entries: list[object], places: list[str], dd: Datadog
) -> None:
    """One that failed does not, nor what is of no system that is known, nor what cannot be read."""
    assert [each.place.text for each in named(dd, *entries).places] == places


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([entry(SLACK, channels(NEW)), OLDER], "several channels: #x-NEW, which counts, and #x-OL"),
        ([entry(SLACK, channels(NEW, NEW))], ""),
        ([entry(JIRA, issues("OPS-1", "OPS-2"))], "several issues: OPS-1, which counts, and OPS-2"),
        ([entry(TEAMS, {"teams": [{"ms_channel_name": "ir-1"}]})], "names the channel ir-1; it ha"),
        ([OLDER, entry(TEAMS, {"teams": [{"ms_channel_name": "ir-1"}]})], ""),
    ],
)
def test_what_is_odd_is_said(entries: list[object], said: str, dd: Datadog) -> None:
    """That several places are named, and that a channel of Teams can show nothing."""
    notices = " ".join(named(dd, *entries).notices)
    assert said in notices
    assert bool(said) == bool(notices)


def test_an_issue_without_a_key_is_awaited(dd: Datadog) -> None:
    """So that nobody creates a second one."""
    found = named(dd, entry(JIRA, issues(None), status=1))
    assert found == NamedPlaces(awaited=frozenset({"jira"}))


def test_only_what_is_asked_about_is_told(dd: Datadog) -> None:
    """A system without a token has no place, and nothing is said of it."""
    several = [entry(SLACK, channels(NEW, OLD)), entry(JIRA, issues("OPS-1", "OPS-2"))]
    found = named(dd, *several, asked=("jira",))
    assert [each.place.text for each in found.places] == ["jira:OPS-1"]
    assert len(found.notices) == 1


@pytest.mark.parametrize("page", ["javascript:alert(1)", "https://[", "http://slack.com/x", 7])
def test_only_an_address_that_can_be_opened_is_shown(page: object, dd: Datadog) -> None:
    """Whatever else stands there is passed over."""
    row = {"channel_id": "C0123456789", "redirect_url": page}
    (channel,) = named(dd, entry(SLACK, {"channels": [row]})).places
    assert channel.url is None


@pytest.mark.parametrize("status", [403, 404])
def test_what_is_not_offered_is_said_once_and_not_asked_again(status: int, dd: Datadog) -> None:
    """An organisation without it is none the worse for it."""
    dd.api.get(URL, status=status, json={"errors": ["no"]})
    integrations = Integrations(dd.session, capability_cache(dd.session, KeptTexts()))
    first, second = integrations.of(KEY, BOTH), integrations.of(KEY, BOTH)
    assert "link them by hand" in first.notices[0]
    assert second == NamedPlaces()
    assert len(dd.api.calls) == 1


@pytest.mark.parametrize(("status", "body"), [(500, "{}"), (200, "<html>"), (200, '{"data": 1}')])
def test_what_cannot_be_read_is_a_failure(status: int, body: str, dd: Datadog) -> None:
    """Nothing is taken for an incident that has no places."""
    dd.api.get(URL, status=status, body=body)
    integrations = Integrations(dd.session, capability_cache(dd.session, KeptTexts()))
    failure(DatadogError, lambda: integrations.of(KEY, BOTH))
