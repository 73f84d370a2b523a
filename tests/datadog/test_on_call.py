"""Who is on call is read without guessing, and schedules as far as they tell."""

from __future__ import annotations

import pytest

from dd_incident_roles.datadog.on_call import Layer, OnCall, Schedule
from dd_incident_roles.errors import Forbidden, NotFound, UnexpectedAnswer
from dd_incident_roles.model import UserId
from tests.datadog.conftest import BASE, Datadog
from tests.datadog.payloads import ADA, BEN

TEAM = "6a8339f9-9d86-4948-a469-1b0cbef769bb"
OTHER = "65aea9d0-941c-4607-bf8a-14fc0dac2820"
URL = f"{BASE}/api/v2/on-call/teams/{TEAM}/on-call"
SCHEDULES = f"{BASE}/api/v2/on-call/schedules"
STEPS = "escalation_policy_steps"


def many(type_name: str, *ids: str) -> dict[str, object]:
    """A relationship to many."""
    return {"data": [{"id": each, "type": type_name} for each in ids]}


def on_call(
    *user_ids: str, steps: tuple[str, ...] = (), included: object = ()
) -> dict[str, object]:
    """The answer for a team, in the recorded shape."""
    data = {
        "id": f"{TEAM}-1748503821",
        "type": "team_oncall_responders",
        "relationships": {
            "escalations": many(STEPS, *steps),
            "responders": many("users", *user_ids),
        },
    }
    return {"data": data, "included": list(included) if isinstance(included, tuple) else included}


def step(step_id: str, *user_ids: str) -> dict[str, object]:
    """A step of an escalation, as it is included."""
    return {"id": step_id, "type": STEPS, "relationships": {"responders": many("users", *user_ids)}}


def paged(user_id: str, **attributes: object) -> dict[str, object]:
    """A user as On-Call includes them, in the recorded shape."""
    usual = {"email": "ada@corp.example", "name": "", "status": "pending"}
    return {"id": user_id, "type": "users", "attributes": {**usual, **attributes}}


def test_the_recorded_shape_is_read(dd: Datadog) -> None:
    """One responder, no steps, an empty name and a status in lower case: as it was recorded."""
    dd.api.get(URL, json=on_call(ADA, included=(paged(ADA),)))
    team = OnCall(dd.session).of_team(TEAM)
    assert (team.responders, team.escalations) == ((ADA,), ())
    user = team.users[UserId(ADA)]
    assert (user.email, user.name, user.handle, user.status, user.active) == (
        "ada@corp.example",
        None,
        None,
        "pending",
        True,
    )
    asked = dd.queries[0]
    assert asked == {"include": ["responders,escalations.responders"]}


def test_steps_keep_their_order(dd: Datadog) -> None:
    """Steps come in the order of the relationship, not in that of what is included."""
    included = (step("s2", BEN), paged(BEN), step("s1", ADA, BEN), paged(ADA))
    dd.api.get(URL, json=on_call(ADA, steps=("s1", "s2"), included=included))
    team = OnCall(dd.session).of_team(TEAM)
    assert team.responders == (ADA,)
    assert team.escalations == (
        (ADA, BEN),
        (BEN,),
    )


def test_an_id_is_one_of_its_type(dd: Datadog) -> None:
    """A step is not taken for something else that has the same id."""
    other = {**step("s1", ADA), "type": "escalation_policies"}
    dd.api.get(URL, json=on_call(steps=("s1",), included=(step("s1", BEN), other)))
    (found,) = OnCall(dd.session).of_team(TEAM).escalations
    assert found == (BEN,)


def test_a_deactivated_account_can_be_on_call(dd: Datadog) -> None:
    """Schedules keep whoever left, so the status says who can be asked."""
    dd.api.get(URL, json=on_call(ADA, included=(paged(ADA, status="disabled"),)))
    assert not OnCall(dd.session).of_team(TEAM).users[UserId(ADA)].active


def test_somebody_who_is_not_included_is_on_call_too(dd: Datadog) -> None:
    """A missing inclusion, or one of another type, makes nobody absent; one name counts once."""
    robot = {"id": ADA, "type": "robots", "attributes": {"email": "robot@corp.example"}}
    bare = {"id": BEN, "type": "users", "attributes": None}
    dd.api.get(URL, json=on_call(ADA, BEN, ADA, steps=("gone",), included=(robot, None, bare)))
    team = OnCall(dd.session).of_team(TEAM)
    assert team.responders == (ADA, BEN)
    assert team.escalations == ((),)
    assert (list(team.users), team.users[UserId(BEN)].email) == ([BEN], None)


@pytest.mark.parametrize("included", [None, {}, "users"])
def test_an_odd_inclusion_is_none(included: object, dd: Datadog) -> None:
    """What is no list includes nobody."""
    dd.api.get(URL, json=on_call(ADA, included=included))
    assert OnCall(dd.session).of_team(TEAM).users == {}


def test_what_is_no_user_is_not_on_call(dd: Datadog) -> None:
    """A responder of another type, or without an id, is passed over."""
    answer = on_call()
    responders = {"data": [{"id": OTHER, "type": "teams"}, {"type": "users"}, None, "x"]}
    answer["data"] = {"relationships": {"responders": responders}}
    dd.api.get(URL, json=answer)
    team = OnCall(dd.session).of_team(TEAM)
    assert (team.responders, team.escalations) == ((), ())


@pytest.mark.parametrize("nobody", [[], None])
def test_nobody_can_be_on_call(nobody: object, dd: Datadog) -> None:
    """An empty list, or null in its place, is nobody."""
    dd.api.get(URL, json={"data": {"relationships": {"responders": {"data": nobody}}}})
    assert OnCall(dd.session).of_team(TEAM).responders == ()


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"data": None},
        {"data": []},
        {"data": {"relationships": None}},
        {"data": {"relationships": {"escalations": {"data": []}}}},
        {"data": {"relationships": {"responders": {"links": {}}}}},
    ],
)
def test_silence_is_not_nobody(answer: object, dd: Datadog) -> None:
    """An answer that does not speak of responders is not understood."""
    dd.api.get(URL, json=answer)
    with pytest.raises(UnexpectedAnswer, match=r"lacks data\.relationships\.responders"):
        OnCall(dd.session).of_team(TEAM)


@pytest.mark.parametrize(("status", "kind"), [(404, NotFound), (403, Forbidden)])
def test_on_call_can_be_missing(status: int, kind: type[Exception], dd: Datadog) -> None:
    """Where On-Call is not there, or not for these keys, the caller is told which."""
    dd.api.get(URL, status=status)
    dd.api.get(SCHEDULES, status=status)
    dd.api.get(f"{SCHEDULES}/s", status=status)
    on_call = OnCall(dd.session)
    with pytest.raises(kind):
        on_call.of_team(TEAM)
    with pytest.raises(kind):
        on_call.schedules_of_team(TEAM)
    with pytest.raises(kind):
        on_call.schedule("s")


def schedule(*layers: str, **attributes: object) -> dict[str, object]:
    """A schedule in the recorded shape."""
    return {
        "id": "cec4edfd",
        "type": "schedules",
        "attributes": {"name": "Payments", "time_zone": "America/New_York", **attributes},
        "relationships": {"layers": many("layers", *layers), "teams": many("teams", TEAM)},
    }


def layer(layer_id: str, name: object, *member_ids: str) -> dict[str, object]:
    """A layer as it is included."""
    return {
        "id": layer_id,
        "type": "layers",
        "attributes": {"name": name},
        "relationships": {"members": many("members", *member_ids)},
    }


def place(member_id: str, user: object) -> dict[str, object]:
    """A place in a layer as it is included."""
    return {"id": member_id, "type": "members", "relationships": {"user": user}}


def test_a_recorded_schedule_is_read(dd: Datadog) -> None:
    """Without an inclusion the layers are known by their ids alone, and there are no tags."""
    dd.api.get(f"{SCHEDULES}/cec4edfd", json={"data": schedule("l1")})
    assert OnCall(dd.session).schedule("cec4edfd") == Schedule(
        id="cec4edfd", name="Payments", layers=(Layer(id="l1"),)
    )
    asked = dd.queries[0]
    assert asked == {"include": ["layers,layers.members,layers.members.user"]}


def test_layers_have_names_and_members(dd: Datadog) -> None:
    """Places lead to users; an empty place, and one that is not included, is left out."""
    included = [
        layer("l2", "Shadow", "m3", "m4", "m5", "m6", "unknown"),
        layer("l1", "Primary", "m1", "m2"),
        place("m1", {"data": {"id": ADA, "type": "users"}}),
        place("m2", {"data": {"id": ADA, "type": "users"}}),
        place("m3", {"data": None}),
        place("m4", None),
        {"id": "m5", "type": "members"},
        place("m6", {"data": {"id": BEN, "type": "users"}}),
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
    dd.api.get(
        f"{SCHEDULES}/s", json={"data": {"id": "S", "attributes": {"name": None, "tags": "x"}}}
    )
    odd = {"id": "l1", "type": "layers", "relationships": {"members": {"data": None}}}
    dd.api.get(f"{SCHEDULES}/s", json={"data": schedule("l1", name=7), "included": [odd]})
    dd.api.get(f"{SCHEDULES}/s", json={"data": {"type": "schedules"}})
    on_call = OnCall(dd.session)
    assert on_call.schedule("s") == Schedule(id="s")
    assert on_call.schedule("s") == Schedule(id="cec4edfd", layers=(Layer(id="l1"),))
    with pytest.raises(UnexpectedAnswer, match=r"lacks data\.id"):
        on_call.schedule("s")


def listed(schedule_id: str, teams: object = None) -> dict[str, object]:
    """A schedule as the listing shows it."""
    return {"id": schedule_id, "type": "schedules", "relationships": {"teams": teams}}


def test_schedules_of_other_teams_are_not_lent(dd: Datadog) -> None:
    """The listing is asked for one team, and checked where it names teams; all pages are read."""
    first = [listed("s1", many("teams", OTHER, TEAM)), listed("s2", many("teams", OTHER))]
    dd.api.get(SCHEDULES, json={"data": first, "meta": {"page": {"total": 3}}})
    last = {"id": "s3", "type": "schedules"}
    dd.api.get(SCHEDULES, json={"data": [last], "meta": {"page": {"total": 3}}})
    assert OnCall(dd.session).schedules_of_team(TEAM) == ("s1", "s3")
    asked = dd.queries
    assert [each["filter[query]"] for each in asked] == [[f"team.id:{TEAM}"]] * 2
    assert [each["page[number]"] for each in asked] == [["0"], ["1"]]
