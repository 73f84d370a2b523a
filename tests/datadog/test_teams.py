"""Teams are found exactly or not at all, with their members and who is on call for them."""

from __future__ import annotations

import pytest
import responses

from dd_incident_roles.datadog.teams import Layer, OnCall, OnCallTeam, Schedule, Team, Teams
from dd_incident_roles.datadog.users import User
from dd_incident_roles.errors import Forbidden, NotFound, UnexpectedAnswer
from dd_incident_roles.model import UserId
from tests.datadog import payloads as recordings
from tests.datadog.conftest import BASE, Datadog, failure
from tests.datadog.payloads import ADA, BEN, pointer, resource, to_many, user

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


ON_CALL = f"{BASE}/api/v2/on-call/teams/{TEAM}/on-call"
SCHEDULES = f"{BASE}/api/v2/on-call/schedules"
STEPS = "escalation_policy_steps"


def on_call(
    *user_ids: str, steps: tuple[str, ...] = (), included: object = ()
) -> dict[str, object]:
    """The answer for a team, in the recorded shape."""
    relationships = {
        "escalations": to_many(STEPS, *steps),
        "responders": to_many("users", *user_ids),
    }
    data = resource("team_oncall_responders", f"{TEAM}-1748503821", **relationships)
    return {"data": data, "included": list(included) if isinstance(included, tuple) else included}


def step(step_id: str, *user_ids: str) -> dict[str, object]:
    """A step of an escalation, as it is included."""
    return resource(STEPS, step_id, responders=to_many("users", *user_ids))


def paged(user_id: str, **attributes: object) -> dict[str, object]:
    """A user as On-Call includes them, in the recorded shape."""
    usual = {"email": "ada@corp.example", "name": "", "status": "pending"}
    return resource("users", user_id, {**usual, **attributes})


def of_team(dd: Datadog, listing: object) -> OnCallTeam:
    """Who is on call by an answer."""
    dd.api.upsert(responses.GET, ON_CALL, json=listing)
    return OnCall(dd.session).of_team(TEAM)


def test_the_recorded_shape_is_read(dd: Datadog) -> None:
    """One responder, no steps, an empty name and a status in lower case: as it was recorded."""
    team = of_team(dd, on_call(ADA, included=(paged(ADA),)))
    account = User(id=UserId(ADA), email="ada@corp.example", status="pending")
    assert team == OnCallTeam(
        responders=(UserId(ADA),), escalations=(), users={account.id: account}
    )
    assert account.active
    assert dd.queries == [{"include": ["responders,escalations.responders"]}]


def test_steps_keep_their_order(dd: Datadog) -> None:
    """Steps come as the relationship has them, not in the order or of any type that is included.

    Somebody who left stays on call, and the status says who can be asked.
    """
    other = {**step("s1", BEN), "type": "escalation_policies"}
    gone = paged(ADA, status="disabled")
    included = (step("s2", BEN), paged(BEN), step("s1", ADA, BEN), gone, other)
    team = of_team(dd, on_call(ADA, steps=("s1", "s2"), included=included))
    assert (team.responders, team.escalations) == ((ADA,), ((ADA, BEN), (BEN,)))
    assert [team.users[UserId(each)].active for each in (ADA, BEN)] == [False, True]


def test_somebody_who_is_not_included_is_on_call_too(dd: Datadog) -> None:
    """A missing inclusion, or one of another type, makes nobody absent; one name counts once."""
    robot = {"id": ADA, "type": "robots", "attributes": {"email": "robot@corp.example"}}
    bare = {"id": BEN, "type": "users", "attributes": None}
    team = of_team(dd, on_call(ADA, BEN, ADA, steps=("gone",), included=(robot, None, bare)))
    assert (team.responders, team.escalations) == ((ADA, BEN), ((),))
    assert (list(team.users), team.users[UserId(BEN)].email) == ([BEN], None)


@pytest.mark.parametrize("included", [None, {}, "users"])
def test_an_odd_inclusion_is_none(included: object, dd: Datadog) -> None:
    """What is no list includes nobody."""
    assert of_team(dd, on_call(ADA, included=included)).users == {}


NO_USERS = [{"id": OTHER, "type": "teams"}, {"type": "users"}, None, "x"]


@pytest.mark.parametrize("nobody", [[], None, NO_USERS], ids=str)
def test_nobody_can_be_on_call(nobody: object, dd: Datadog) -> None:
    """An empty list, null in its place, and rows of another type or without an id, are nobody."""
    team = of_team(dd, {"data": {"relationships": {"responders": {"data": nobody}}}})
    assert (team.responders, team.escalations) == ((), ())


@pytest.mark.parametrize(
    "answer",
    [
        *({}, {"data": None}, {"data": []}, {"data": {"relationships": None}}),
        {"data": {"relationships": {"escalations": {"data": []}}}},
        {"data": {"relationships": {"responders": {"links": {}}}}},
    ],
    ids=str,
)
def test_silence_is_not_nobody(answer: object, dd: Datadog) -> None:
    """An answer that does not speak of responders is not understood."""
    with pytest.raises(UnexpectedAnswer, match=r"lacks data\.relationships\.responders"):
        of_team(dd, answer)


def schedule(*layers: str, **attributes: object) -> dict[str, object]:
    """A schedule in the recorded shape."""
    usual = {"name": "Payments", "time_zone": "America/New_York"}
    relationships = {"layers": to_many("layers", *layers), "teams": to_many("teams", TEAM)}
    return resource("schedules", "cec4edfd", {**usual, **attributes}, **relationships)


def layer(layer_id: str, name: object, *member_ids: str) -> dict[str, object]:
    """A layer as it is included."""
    return resource("layers", layer_id, {"name": name}, members=to_many("members", *member_ids))


def place(member_id: str, user: object) -> dict[str, object]:
    """A place in a layer as it is included."""
    return resource("members", member_id, user=user)


def test_a_recorded_schedule_is_read(dd: Datadog) -> None:
    """Without an inclusion the layers are known by their ids alone, and there are no tags."""
    dd.api.get(f"{SCHEDULES}/cec4edfd", json={"data": schedule("l1")})
    assert OnCall(dd.session).schedule("cec4edfd") == Schedule(
        id="cec4edfd", name="Payments", layers=(Layer(id="l1"),)
    )
    assert dd.queries == [{"include": ["layers,layers.members,layers.members.user"]}]


def test_layers_have_names_and_members(dd: Datadog) -> None:
    """Places lead to users; an empty place, and one that is not included, is left out."""
    included = [
        layer("l2", "Shadow", "m3", "m4", "m5", "m6", "unknown"),
        layer("l1", "Primary", "m1", "m2"),
        place("m1", pointer(ADA)),
        place("m2", pointer(ADA)),
        place("m3", pointer(None)),
        place("m4", None),
        {"id": "m5", "type": "members"},
        place("m6", pointer(BEN)),
        paged(ADA),
        {"id": TEAM, "type": "teams", "attributes": {"name": "Payments"}},
    ]
    answer = {"data": schedule("l1", "l2", tags=["team:payments", 7]), "included": included}
    dd.api.get(f"{SCHEDULES}/cec4edfd", json=answer)
    found = OnCall(dd.session).schedule("cec4edfd")
    assert found.tags == ("team:payments",)
    assert found.layers == (
        Layer(id="l1", name="Primary", members=(UserId(ADA),)),
        Layer(id="l2", name="Shadow", members=(UserId(BEN),)),
    )


def test_a_bare_schedule_is_one(dd: Datadog) -> None:
    """Everything but the id may be missing; a layer may have no name and null for its members."""
    odd = {"id": "l1", "type": "layers", "relationships": {"members": {"data": None}}}
    for answer in (
        {"data": {"id": "S", "attributes": {"name": None, "tags": "x"}}},
        {"data": schedule("l1", name=7), "included": [odd]},
        {"data": {"type": "schedules"}},
    ):
        dd.api.get(f"{SCHEDULES}/s", json=answer)
    on_call = OnCall(dd.session)
    assert on_call.schedule("s") == Schedule(id="s")
    assert on_call.schedule("s") == Schedule(id="cec4edfd", layers=(Layer(id="l1"),))
    with pytest.raises(UnexpectedAnswer, match=r"lacks data\.id"):
        on_call.schedule("s")


def test_schedules_of_other_teams_are_not_lent(dd: Datadog) -> None:
    """The listing is asked for one team, and checked where it names teams; all pages are read."""

    def listed(schedule_id: str, *teams: str) -> dict[str, object]:
        return {"id": schedule_id, "relationships": {"teams": to_many("teams", *teams)}}

    for rows in ([listed("s1", OTHER, TEAM), listed("s2", OTHER)], [{"id": "s3"}]):
        dd.api.get(SCHEDULES, json={"data": rows, "meta": {"page": {"total": 3}}})
    assert OnCall(dd.session).schedules_of_team(TEAM) == ("s1", "s3")
    assert [each["filter[query]"] for each in dd.queries] == [[f"team.id:{TEAM}"]] * 2
    assert [each["page[number]"] for each in dd.queries] == [["0"], ["1"]]
