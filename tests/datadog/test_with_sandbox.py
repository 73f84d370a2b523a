"""The whole edge over real HTTP, against the sandbox and its faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from dd_incident_roles.datadog.fields import Fields
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.incidents import Incidents
from dd_incident_roles.datadog.responders import Responders, RoleAssignments
from dd_incident_roles.datadog.roles import Roles
from dd_incident_roles.datadog.users import Users
from dd_incident_roles.errors import (
    DatadogError,
    Forbidden,
    NotFound,
    RedirectRefused,
    Unauthorized,
)
from dd_incident_roles.model import IncidentId, UserId
from dd_incident_roles.sandbox.endpoint import Permission
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.outage import outage
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox
from dd_incident_roles.sandbox.switches import Switch

ANA, BO = "ana@corp.example", "bo@corp.example"


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """A sandbox with its outage, listening on this machine."""
    with RunningSandbox() as running:
        outage(running.sandbox)
        yield running


@pytest.fixture
def datadog(sandbox: RunningSandbox, connect: Callable[[str], Session]) -> Session:
    """A session with the sandbox."""
    return connect(sandbox.url)


def incident_id(sandbox: Sandbox, public_id: int = 1001) -> IncidentId:
    """The id of an incident of the sandbox."""
    return IncidentId(sandbox.incident(public_id).id)


def user_id(datadog: Session, email: str) -> UserId:
    """The id of somebody in the sandbox."""
    (found,) = Users(datadog).find(email).exact
    return found.id


def test_the_commander_is_changed_and_seen(sandbox: RunningSandbox, datadog: Session) -> None:
    """Making somebody commander, and nobody, is shown by the answer and by the next reading."""
    incidents, key = Incidents(datadog), incident_id(sandbox.sandbox)
    bo = user_id(datadog, BO)
    assert incidents.get(key).incident.commander == user_id(datadog, ANA)
    assert incidents.set_commander(key, bo) == bo
    reading = incidents.get(key)
    assert reading.incident.commander == bo
    assert reading.users[bo].email == BO
    assert incidents.set_commander(key, None) is None
    assert sandbox.sandbox.commander(1001) is None


def test_a_role_is_given_and_taken(sandbox: RunningSandbox, datadog: Session) -> None:
    """Responder, role and assignment fit together, and deleting twice is no error."""
    key = incident_id(sandbox.sandbox)
    incident_type = Incidents(datadog).get(key).incident.incident_type
    scribe = next(
        each for each in Roles(datadog).user_defined(incident_type) if each.name == "Scribe"
    )
    responders, assignments = Responders(datadog), RoleAssignments(datadog)
    responder = responders.add(key, user_id(datadog, "eve@corp.example"))
    made = assignments.create(responder_id=responder.id, user_defined_role_id=scribe.id)
    assert assignments.role_of(made) == scribe.id
    listed = responders.list(key).of_user(user_id(datadog, "eve@corp.example"))
    assert listed is not None
    assert listed.assignment_ids == (made,)
    assert "eve@corp.example" in sandbox.sandbox.holders(1001, "Scribe")
    assignments.delete(made)
    assignments.delete(made)
    assert "eve@corp.example" not in sandbox.sandbox.holders(1001, "Scribe")


def test_somebody_is_added_once(sandbox: RunningSandbox, datadog: Session) -> None:
    """Adding a present responder makes no second one."""
    key, ana = incident_id(sandbox.sandbox), user_id(datadog, ANA)
    responders = Responders(datadog)
    first = responders.list(key).of_user(ana)
    assert first is not None
    assert responders.add(key, ana).id == first.id
    assert sandbox.sandbox.responders(1001).count(ANA) == 1


def test_a_field_is_written(sandbox: RunningSandbox, datadog: Session) -> None:
    """A property field that is defined takes e-mails and gives them back."""
    key = incident_id(sandbox.sandbox)
    incident_type = Incidents(datadog).get(key).incident.incident_type
    assert incident_type is not None
    name = "incident_role.scribe"
    sandbox.sandbox.define_field(name)
    assert name in Fields(datadog).names(incident_type)
    written = Incidents(datadog).set_field(key, name, (ANA, BO), type_name="textarray")
    assert written == (ANA, BO)
    assert Incidents(datadog).get(key).incident.fields[name] == (ANA, BO)


def test_short_pages_lose_nobody(sandbox: RunningSandbox, datadog: Session) -> None:
    """With short pages a search goes on to its end."""
    sandbox.sandbox.switch(short_search_pages=True)
    found = [each.incident.public_id for each in Incidents(datadog).search("state:active")]
    assert len(found) == len(set(found))
    assert set(found) <= {each.incident.public_id for each in Incidents(datadog).all()}


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.STATUS_AFTER,
        FaultKind.DROP_AFTER,
        FaultKind.TRUNCATE,
        FaultKind.HTML,
        FaultKind.HANG_AFTER,
        FaultKind.STATUS_BEFORE,
        FaultKind.DROP_BEFORE,
    ],
)
def test_a_faulty_write_is_in_doubt_and_sent_once(
    kind: FaultKind, sandbox: RunningSandbox, datadog: Session
) -> None:
    """Whatever becomes of the answer, the server saw one PATCH and the error says it is unsure."""
    key, bo = incident_id(sandbox.sandbox), user_id(datadog, BO)
    sandbox.sandbox.fault(kind, method="PATCH", path=r"/incidents/[^/]+$")
    sandbox.sandbox.forget_requests()
    with pytest.raises(DatadogError) as caught:
        Incidents(datadog).set_commander(key, bo)
    sandbox.sandbox.hangs.release()
    assert caught.value.ambiguous
    assert sandbox.sandbox.requests.count("PATCH", "") == 1


@pytest.mark.parametrize(
    "kind",
    [FaultKind.RATE_LIMIT, FaultKind.STATUS_BEFORE, FaultKind.DROP_BEFORE, FaultKind.TRUNCATE],
)
def test_a_faulty_reading_is_repeated(
    kind: FaultKind, sandbox: RunningSandbox, datadog: Session
) -> None:
    """A reading survives one fault of each kind."""
    key = incident_id(sandbox.sandbox)
    sandbox.sandbox.fault(kind, method="GET", path=r"/incidents/[^/]+$")
    assert Incidents(datadog).get(key).incident.public_id == 1001
    assert datadog.requests == {"GET": 2}


def test_a_redirect_is_refused(sandbox: RunningSandbox, datadog: Session) -> None:
    """The sandbox's redirect to another host is not followed."""
    sandbox.sandbox.fault(
        FaultKind.REDIRECT, method="GET", path="", location="https://evil.example/"
    )
    with pytest.raises(RedirectRefused, match=r"evil\.example"):
        Incidents(datadog).get(incident_id(sandbox.sandbox))


def test_wrong_keys(sandbox: RunningSandbox, datadog: Session) -> None:
    """Datadog says of keys that it does not know what it says of a missing permission: so do we."""
    key = incident_id(sandbox.sandbox)
    sandbox.sandbox.accept_only(api_keys=["other"], application_keys=["other"])
    with pytest.raises((Unauthorized, Forbidden)) as caught:
        Incidents(datadog).get(key)
    assert "DD_API_KEY" in (caught.value.hint or "")


def test_a_missing_permission(sandbox: RunningSandbox, datadog: Session) -> None:
    """A write without the permission is forbidden and names it."""
    sandbox.sandbox.withdraw(Permission.INCIDENT_WRITE)
    with pytest.raises(Forbidden) as caught:
        Incidents(datadog).set_commander(incident_id(sandbox.sandbox), None)
    assert "incident_write" in (caught.value.hint or "")


def test_a_missing_endpoint(sandbox: RunningSandbox, datadog: Session) -> None:
    """An organisation without role assignments answers that there is no such thing."""
    sandbox.sandbox.switch(role_assignments=Switch.MISSING)
    with pytest.raises(NotFound):
        RoleAssignments(datadog).role_of("e7a543e2-56dd-5618-9504-3d21644f7505")


def test_our_own_account(datadog: Session) -> None:
    """The caller is recognised as the service account that it is."""
    assert Users(datadog).current().service_account is True
