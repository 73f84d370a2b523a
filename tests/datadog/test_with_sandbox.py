"""The whole edge over real HTTP, against the sandbox, its settings and its faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.incidents import Incidents
from dd_incident_roles.datadog.relationships import Todos
from dd_incident_roles.datadog.roles import Fields, Roles
from dd_incident_roles.datadog.teams import OnCall, Teams
from dd_incident_roles.datadog.timeline_target import TimelineTarget
from dd_incident_roles.datadog.users import Users
from dd_incident_roles.errors import DatadogError, Forbidden, NotFound
from dd_incident_roles.model import Entry, EntryKey, IncidentId, UserId
from dd_incident_roles.sandbox.api import Permission
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.sandbox.world import AuthorShown, ContentAccepted, ContentShown
from dd_incident_roles.sync import targets
from dd_incident_roles.sync.entries.pair import holds_what_it_can
from tests.datadog import payloads
from tests.datadog.conftest import failure
from tests.datadog.parts import Bench, KeptTexts, responders, timeline_target
from tests.datadog.payloads import AT
from tests.sandbox.acts import add_schedule, add_team, add_todo, complete_todo, set_on_call

ANA, BO, DAN, EVE = (f"{name}@corp.example" for name in ("ana", "bo", "dan", "eve"))


@pytest.fixture
def running() -> Iterator[RunningSandbox]:
    """A server with the outage."""
    with RunningSandbox() as running:
        outage(running.sandbox)
        yield running


@pytest.fixture
def sandbox(running: RunningSandbox) -> Sandbox:
    """The state behind the server."""
    return running.sandbox


@pytest.fixture
def datadog(running: RunningSandbox, connect: Callable[[str], Session]) -> Session:
    """A session with the sandbox."""
    return connect(running.url)


def incident_id(sandbox: Sandbox, public_id: int = 1001) -> IncidentId:
    """The id of an incident of the sandbox."""
    return IncidentId(sandbox.incident(public_id).id)


def test_open_and_done_todos_are_told_apart(sandbox: Sandbox, datadog: Session) -> None:
    """What was given to whom until when is read, and what was done meanwhile."""
    due = datetime(2026, 2, 1, 12, tzinfo=UTC)
    slackbot = {"id": "USLACKBOT", "name": "Slackbot", "source": "slack"}
    first = add_todo(sandbox, 1001, "Call the bank", [f"@{BO}", slackbot], due)
    second = add_todo(sandbox, 1001, "Write the postmortem")
    add_todo(sandbox, 1002, "Another incident's")
    complete_todo(sandbox, first, at=due)
    bank, postmortem = Todos(datadog).of(incident_id(sandbox))
    assert (bank.id, bank.content, bank.due) == (first, "Call the bank", due)
    assert bank.assignees == (f"@{BO}", "Slackbot")
    assert (bank.completed, bank.is_open) == (due, False)
    assert (postmortem.id, postmortem.is_open) == (second, True)


def test_a_team_is_found_and_its_members_named(sandbox: Sandbox, datadog: Session) -> None:
    """A team is the same by name, handle and id; members come with e-mails and names."""
    team_id = add_team(sandbox, "Incident Managers", ANA, BO)
    add_team(sandbox, "Incident Managers in training", DAN)
    sandbox.set_status(BO, "Disabled")
    teams = Teams(datadog)
    for word in ("incident managers", "Incident-Managers", team_id.upper()):
        assert [team.id for team in teams.find(word)] == [team_id]
    # Datadog finds teams by their members too.
    assert teams.find(ANA) == ()
    members = teams.members(team_id)
    shown = [members.users[user_id] for user_id in members.user_ids]
    assert [(user.email, user.name, user.active) for user in shown] == [
        (ANA, "Ana", True),
        (BO, "Bo", False),
    ]


def test_who_is_on_call_is_named(sandbox: Sandbox, datadog: Session) -> None:
    """Whom a page reaches first, and after them, come with e-mails; a name can be missing.

    A team may page nobody, be unknown, or need a permission of which other readings have no need.
    """
    team_id = add_team(sandbox, "Payments", ANA, BO)
    sandbox.add_person("new@corp.example", status="Pending")
    set_on_call(sandbox, "payments", primary=["new@corp.example"], escalations=[[BO], [DAN, EVE]])
    team = OnCall(datadog).of_team(team_id)
    emails = {user_id: user.email for user_id, user in team.users.items()}
    (new,) = team.responders
    assert (emails[new], team.users[new].name) == ("new@corp.example", None)
    assert [[emails[each] for each in step] for step in team.escalations] == [[BO], [DAN, EVE]]
    assert OnCall(datadog).of_team(add_team(sandbox, "Search", ANA)).responders == ()
    failure(NotFound, lambda: OnCall(datadog).of_team(incident_id(sandbox)))
    sandbox.withdraw(Permission.ON_CALL_READ)
    assert len(Teams(datadog).members(team_id).user_ids) == 2
    failure(Forbidden, lambda: OnCall(datadog).of_team(team_id))


def test_the_layers_of_a_schedule_are_named(sandbox: Sandbox, datadog: Session) -> None:
    """The schedules of a team lead to the names of their layers, and to who is in them."""
    team_id = add_team(sandbox, "Payments", ANA, BO)
    add_team(sandbox, "Search", DAN)
    layers: dict[str, list[str | None]] = {"Primary": [ANA, None], "Shadow": [BO]}
    schedule_id = add_schedule(sandbox, "Payments", "payments", layers=layers, tags=["tier:1"])
    add_schedule(sandbox, "Search", "search")
    on_call = OnCall(datadog)
    assert on_call.schedules_of_team(team_id) == (schedule_id,)
    schedule = on_call.schedule(schedule_id)
    assert (schedule.name, schedule.tags) == ("Payments", ("tier:1",))
    ana, bo = sandbox.person(ANA).id, sandbox.person(BO).id
    assert [(layer.name, layer.members) for layer in schedule.layers] == [
        ("Primary", (ana,)),
        ("Shadow", (bo,)),
    ]


def user_id(datadog: Session, email: str) -> UserId:
    """The id of somebody in the sandbox."""
    (found,) = Users(datadog).find(email).exact
    return found.id


def test_the_commander_is_changed_and_seen(sandbox: Sandbox, datadog: Session) -> None:
    """Making somebody commander, and nobody, is shown by the answer and by the next reading."""
    incidents, key = Incidents(datadog), incident_id(sandbox)
    bo = user_id(datadog, BO)
    assert incidents.get(key).incident.commander == user_id(datadog, ANA)
    assert incidents.set_commander(key, bo) == bo
    reading = incidents.get(key)
    assert reading.incident.commander == bo
    assert reading.users[bo].email == BO
    assert incidents.set_commander(key, None) is None
    assert sandbox.commander(1001) is None


def test_a_role_is_given_and_taken(sandbox: Sandbox, datadog: Session) -> None:
    """Responder, role and assignment fit together; adding and deleting twice changes nothing."""
    key, eve = incident_id(sandbox), user_id(datadog, EVE)
    roles = Roles(datadog).definitions(Incidents(datadog).get(key).incident.incident_type)
    scribe = next(each for each in roles if each.name == "Scribe")
    people = responders(datadog)
    responder = people.add(key, eve)
    assert people.add(key, eve).id == responder.id
    assert sandbox.responders(1001).count(EVE) == 1
    made = people.assign(responder.id, scribe.id)
    assert people.role_of(made) == scribe.id
    listed = people.list(key).of_user(eve)
    assert listed is not None
    assert listed.assignment_ids == (made,)
    assert EVE in sandbox.holders(1001, "Scribe")
    for _ in range(2):
        people.unassign(made)
    assert EVE not in sandbox.holders(1001, "Scribe")


def test_a_field_is_written(sandbox: Sandbox, datadog: Session) -> None:
    """A property field that is defined takes e-mails and gives them back."""
    key = incident_id(sandbox)
    incident_type = Incidents(datadog).get(key).incident.incident_type
    assert incident_type is not None
    name = "incident_role.scribe"
    sandbox.define_field(name)
    assert name in {each.name for each in Fields(datadog).definitions(incident_type)}
    written = Incidents(datadog).set_field(key, name, (ANA, BO), type_name="textarray")
    assert written == (ANA, BO)
    assert Incidents(datadog).get(key).incident.fields[name] == (ANA, BO)


@pytest.mark.parametrize(
    "kind",
    [
        *(FaultKind.STATUS_AFTER, FaultKind.DROP_AFTER, FaultKind.HANG_AFTER),
        *(FaultKind.STATUS_BEFORE, FaultKind.DROP_BEFORE, FaultKind.TRUNCATE, FaultKind.HTML),
    ],
)
def test_a_faulty_write_is_in_doubt_and_sent_once(
    kind: FaultKind, sandbox: Sandbox, datadog: Session
) -> None:
    """Whatever becomes of the answer, the server saw one PATCH and the error says it is unsure."""
    key, bo = incident_id(sandbox), user_id(datadog, BO)
    sandbox.fault(kind, method="PATCH", path=r"/incidents/[^/]+$")
    sandbox.forget_requests()
    lost = failure(DatadogError, lambda: Incidents(datadog).set_commander(key, bo))
    sandbox.hangs.release()
    assert lost.ambiguous
    assert sandbox.requests.count("PATCH", "") == 1


@pytest.mark.parametrize(
    "kind",
    [FaultKind.RATE_LIMIT, FaultKind.STATUS_BEFORE, FaultKind.DROP_BEFORE, FaultKind.TRUNCATE],
)
def test_a_faulty_reading_is_repeated(kind: FaultKind, sandbox: Sandbox, datadog: Session) -> None:
    """A reading survives one fault of each kind."""
    key = incident_id(sandbox)
    sandbox.fault(kind, method="GET", path=r"/incidents/[^/]+$")
    assert Incidents(datadog).get(key).incident.public_id == 1001
    assert datadog.requests == {"GET": 2}


EXACTLY = AT + timedelta(microseconds=123_456)


def entry(text: str = "Looking", *, key: str = "k1", important: bool = False) -> Entry:
    """An entry of the record, at a moment that Datadog cannot show as exactly."""
    return replace(payloads.entry(text, key=key, important=important), at=EXACTLY)


class Side(Bench):
    """The timeline of the outage as a side of the sync, and what stands behind it."""

    def __init__(self, sandbox: Sandbox, target: TimelineTarget) -> None:
        super().__init__(target, incident_id(sandbox))
        self.sandbox = sandbox

    def create(self, wanted: Entry) -> targets.RemoteEntry:
        """Write an entry that is taken."""
        return self.written(targets.CreateEntry(entry=wanted))

    def removal(self, shown: targets.RemoteEntry) -> targets.DeleteEntry:
        """What removes an entry."""
        return targets.DeleteEntry(key=EntryKey("k1"), remote_id=shown.id, seen=shown.digest)


@pytest.fixture
def side(sandbox: Sandbox, datadog: Session) -> Side:
    """The timeline of the outage, over HTTP."""
    return Side(sandbox, timeline_target(datadog, KeptTexts()))


SETTINGS: tuple[dict[str, object], ...] = (
    {},
    {"timeline_content": ContentShown.MESSAGE},
    {"timeline_content": ContentShown.PLAIN},
    {"timeline_content": ContentShown.ATTRIBUTE},
    {"timeline_accepts": ContentAccepted.MESSAGE},
    {"timeline_accepts": ContentAccepted.MESSAGE, "timeline_content": ContentShown.MESSAGE},
    {"timeline_accepts": ContentAccepted.EITHER},
    {"timeline_authors": AuthorShown.RELATIONSHIP},
    {"timeline_authors": AuthorShown.ATTRIBUTE},
    {"timeline_pages": True},
    {"timeline_display_time": False},
    {"timeline_important": False},
    {"timeline_display_time": False, "timeline_important": False, "timeline_bare_answers": True},
    {"timeline_bare_answers": True},
    {"timeline_protects_others": False},
)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_an_entry_lives_through_every_setting(settings: dict[str, object], side: Side) -> None:
    """It is created, read again as it was, replaced and removed, with one write for each."""
    side.sandbox.switch(**settings)
    side.create(entry("Warm-up", key="k0"))  # what has to be learned is learned here
    side.sandbox.forget_requests()
    wanted = entry(important=True)
    made = side.create(wanted)
    assert holds_what_it_can(made, wanted)
    assert made in side.entries()
    change = targets.UpdateEntry(entry=entry("Found it"), remote_id=made.id, seen=made.digest)
    changed = side.written(change)
    assert holds_what_it_can(changed, entry("Found it"))
    assert changed in side.entries()
    assert side.target.perform(side.incident, side.removal(changed)) == targets.Removed()
    assert [each.text for each in side.entries()] == ["Warm-up"]
    methods = [each.method for each in side.sandbox.requests.writes()]
    assert methods == ["POST", "PATCH", "DELETE"]


@pytest.mark.parametrize("shown", ContentShown)
def test_the_key_of_writing_is_not_that_of_reading(shown: ContentShown, side: Side) -> None:
    """However notes are shown, the accepted key is found with one refusal, and then known."""
    side.sandbox.switch(timeline_accepts=ContentAccepted.MESSAGE, timeline_content=shown)
    side.sandbox.add_note(1001, ANA, "Hello")
    side.entries()
    side.create(entry())
    side.create(entry("Found it", key="k2"))
    statuses = [each.status for each in side.sandbox.requests.matching("POST")]
    assert statuses == [400, 201, 201]
    assert len(side.sandbox.notes(1001)) == 3


def test_people_and_systems_are_read(side: Side) -> None:
    """What people wrote, a chat passed on, and Datadog noted, are told apart."""
    side.sandbox.switch(timeline_authors=AuthorShown.RELATIONSHIP)
    side.create(entry())
    side.sandbox.add_note(1001, ANA, "Same here", important=True)
    side.sandbox.add_note(1001, None, "From the chat", source="slack")
    side.sandbox.set_state(1001, "stable")
    side.sandbox.give_role(1001, "Scribe", "bo@corp.example")
    side.sandbox.add_system_cell(1001, "never_heard_of", {"title": "What is this"})
    found = [(each.text, each.kind, each.author, each.ours) for each in side.entries()]
    assert found == [
        ("Looking", "note", "dd-incident-roles", True),
        ("Same here", "note", "Ana", False),
        ("From the chat", "note", None, False),
        ("State: active \u2192 stable", "status_change", None, None),
        ("Scribe: nobody \u2192 Bo", "role_change", None, None),
        ("What is this", "never_heard_of", None, None),
    ]


def test_altered_texts_are_told_as_they_are(side: Side) -> None:
    """What Datadog took out is missing from the answer, and from the next listing alike."""
    side.sandbox.switch(timeline_strips_html=True)
    made = side.create(entry("It is <b>back</b>"))
    assert made.text == "It is back"
    side.sandbox.switch(timeline_longest=7)
    made = side.create(entry("Database is back", key="k2"))
    assert (made.text, made.tagged) == ("Databas", None)
    assert made in side.entries()


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        (method, kind)
        for method in ("POST", "PATCH", "DELETE")
        for kind in (FaultKind.STATUS_AFTER, FaultKind.DROP_AFTER, FaultKind.TRUNCATE)
        if (method, kind) != ("DELETE", FaultKind.TRUNCATE)  # it has no body to be cut
    ],
)
def test_lost_answers_are_in_doubt_and_land_once(method: str, kind: FaultKind, side: Side) -> None:
    """A write whose answer was lost was carried out once, and says that nobody knows."""
    shown = side.create(entry())
    changes: dict[str, targets.EntryChange] = {
        "POST": targets.CreateEntry(entry=entry("Found it", key="k2")),
        "PATCH": targets.UpdateEntry(
            entry=entry("Found it"), remote_id=shown.id, seen=shown.digest
        ),
        "DELETE": side.removal(shown),
    }
    side.sandbox.forget_requests()
    side.sandbox.fault(kind, method=method, path="/timeline")
    lost = failure(DatadogError, lambda: side.target.perform(side.incident, changes[method]))
    assert lost.ambiguous
    assert [each.applied for each in side.sandbox.requests.writes()] == [True]
    expected = {"POST": ["Looking", "Found it"], "PATCH": ["Found it"], "DELETE": []}
    assert [each.text for each in side.entries()] == expected[method]
