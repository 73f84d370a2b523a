"""Teams are found exactly or not at all, and their members are read whole."""

from __future__ import annotations

import pytest

from dd_incident_roles.datadog.teams import Team, Teams
from dd_incident_roles.errors import Forbidden, NotFound, UnexpectedAnswer
from dd_incident_roles.model import UserId
from tests.datadog import recordings
from tests.datadog.conftest import BASE, Datadog, failure
from tests.datadog.payloads import ADA, BEN, pointer, user

URL = f"{BASE}/api/v2/team"
TEAM = "2e06bf2c-193b-41d4-b3c2-afccc080458f"
OTHER = "a961d04e-20d9-11ee-a955-da7ad0900002"
MEMBERS = f"{URL}/{TEAM}/memberships"
PAGED = "get_team_memberships_returns_represents*_with_pagination"


def row(team_id: str = TEAM, **attributes: object) -> dict[str, object]:
    """A team as a resource."""
    usual = {"name": "Payments", "handle": "payments"}
    return {"type": "team", "id": team_id, "attributes": {**usual, **attributes}}


def page(*rows: object, total: object = None, **more: object) -> dict[str, object]:
    """One page; it always names a next one."""
    pagination = {"next_number": 1, "type": "number_size", "total": total}
    return {"data": list(rows), "meta": {"pagination": pagination}, **more}


def member(membership_id: str, user_id: str | None) -> dict[str, object]:
    """A membership as a resource."""
    return {"id": membership_id, "relationships": {"user": pointer(user_id)}}


@pytest.mark.parametrize("word", ["payments", "PAYMENTS", " Payments ", "Card Payments"])
def test_a_team_is_found_by_its_handle_or_name(word: str, dd: Datadog) -> None:
    """Case and blanks around do not matter; the text itself is what Datadog is asked for."""
    dd.api.get(URL, json=page(row(name="Card payments"), row(OTHER, handle="payments-eu"), total=2))
    found = Teams(dd.session).find(word)
    assert found[0] == Team(id=TEAM, name="Card payments", handle="payments")
    assert dd.queries[0]["filter[keyword]"] == [word.strip()]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([row(name="Payments EU", handle="payments-eu"), row(OTHER)], [OTHER]),
        ([row(handle="a"), row(OTHER, handle="b")], [TEAM, OTHER]),
        *(
            ([{"type": "team", "id": OTHER, "attributes": nameless}, row()], [TEAM])
            for nameless in (None, {}, {"name": None, "handle": 7})
        ),
    ],
)
def test_exactly_the_teams_of_a_name(rows: list[object], found: list[str], dd: Datadog) -> None:
    """All of them, as who is meant is not decided here; a part is no match, nor is no name."""
    dd.api.get(URL, json=page(*rows, total=2))
    assert [team.id for team in Teams(dd.session).find("payments")] == found


def test_a_team_is_found_by_its_id(dd: Datadog) -> None:
    """An id, in any case, is read directly, because no keyword finds it."""
    dd.api.get(f"{URL}/{TEAM}", json={"data": row()})
    assert [team.name for team in Teams(dd.session).find(TEAM.upper())] == ["Payments"]
    assert dd.session.requests == {"GET": 1}


def test_an_id_that_nobody_has_finds_nothing(dd: Datadog) -> None:
    """An unknown id is no team; keys that may not read teams are told of."""
    dd.api.get(f"{URL}/{TEAM}", status=404)
    dd.api.get(f"{URL}/{TEAM}", status=403)
    assert Teams(dd.session).find(TEAM) == ()
    with pytest.raises(Forbidden):
        Teams(dd.session).find(TEAM)


def test_nothing_asked_is_nothing_found(dd: Datadog) -> None:
    """An empty name would list every team, and is not sent."""
    assert (Teams(dd.session).find("  "), dd.session.requests) == ((), {})


def test_the_recorded_members_are_read(dd: Datadog) -> None:
    """Two recorded pages are three members with their e-mails, in two requests."""
    for exchange in recordings.recorded(PAGED):
        dd.api.get(MEMBERS, body=exchange.body)
    members = Teams(dd.session).members(TEAM)
    assert len(members.user_ids) == 3
    assert set(members.users) == set(members.user_ids)
    frog = members.users[UserId(BEN)]
    assert (frog.email, frog.name, frog.service_account) == ("frog@datadoghq.com", None, False)
    assert dd.session.requests == {"GET": 2}


def test_a_recorded_team_without_members_is_empty(dd: Datadog) -> None:
    """The next offset that is named beside nobody leads nowhere."""
    name = "get_team_memberships_returns_represents_a_users_association_to_a_team_response"
    dd.api.get(MEMBERS, body=recordings.one(name, "GET", "/memberships").body)
    assert Teams(dd.session).members(TEAM).user_ids == ()
    assert dd.session.requests == {"GET": 1}


def test_a_recorded_refusal_of_an_id_is_not_found(dd: Datadog) -> None:
    """What Datadog says of an id that is none is passed on."""
    refused = recordings.one("get_team_memberships_returns_api_error*", "GET", "/memberships")
    dd.api.get(f"{URL}/REPLACE.ME/memberships", status=refused.status, body=refused.body)
    with pytest.raises(NotFound, match="not a valid UUID"):
        Teams(dd.session).members("REPLACE.ME")


def test_every_member_counts_once_whatever_is_included(dd: Datadog) -> None:
    """Unknown things beside the members are passed over, and nobody is missing or counts twice."""
    included = [
        {"type": "robots", "id": ADA, "attributes": {"email": "robot@corp.example"}},
        None,
        {"type": "users"},
        user(BEN, name=None, disabled=True),
    ]
    rows = [member("m1", ADA), member("m2", BEN), member("m3", ADA)]
    dd.api.get(MEMBERS, json=page(*rows, total=3, included=included))
    members = Teams(dd.session).members(TEAM)
    assert members.user_ids == (ADA, BEN)
    assert list(members.users) == [BEN]
    assert not members.users[UserId(BEN)].active


@pytest.mark.parametrize("team_id", ["", "..", "a/b?c"])
def test_an_id_stays_one_segment(team_id: str, dd: Datadog) -> None:
    """What is no id cannot lead to another resource."""
    dd.api.get(f"{URL}/a%2Fb%3Fc/memberships", status=404)
    failure(NotFound, lambda: Teams(dd.session).members(team_id))


@pytest.mark.parametrize("where", [URL, MEMBERS])
def test_a_row_without_an_id_is_no_absence(where: str, dd: Datadog) -> None:
    """A row that nothing identifies does not empty a team, nor the list of teams."""
    dd.api.get(where, json=page({"type": "team_memberships"}))
    with pytest.raises(UnexpectedAnswer, match="lacks the id"):
        Teams(dd.session).find("payments") if where == URL else Teams(dd.session).members(TEAM)
