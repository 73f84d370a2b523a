"""What the control API can be told to do, read from JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dd_incident_roles.sandbox.faults import Fault, FaultKind
from dd_incident_roles.sandbox.given import Given
from dd_incident_roles.sandbox.sandbox import Sandbox

FAULT_PARTS = frozenset({"kind", "method", "path", "nth", "count", "seconds", "status", "location"})


def fault_of(parts: Mapping[str, object]) -> Fault:
    """Reads a fault; what is left out is as in ``Fault``, and a count of null is for good.

    Raises ConfigurationError.
    """
    given = Given(parts, known=FAULT_PARTS)
    kind = given.text("kind")
    if kind not in set(FaultKind):
        raise given.wrong("kind", f"must be one of {', '.join(FaultKind)}")
    forever = given.has("count") and given.value("count") is None
    return Fault(
        kind=FaultKind(kind),
        method=given.maybe_text("method"),
        path=given.maybe_text("path") or "",
        nth=given.number("nth", 1),
        count=given.number("count", 1) if not forever else None,
        seconds=given.maybe_seconds("seconds"),
        status=given.number("status", 502),
        location=given.text("location", Fault(kind=FaultKind.REDIRECT).location),
    )


def act(sandbox: Sandbox, parts: Mapping[str, object]) -> None:
    """Does what somebody does in Datadog's pages.

    Raises KeyError for an incident, person or role that is not there, Refusal for what Datadog
    refuses, ConfigurationError for the rest.
    """
    known = frozenset(
        {"act", "incident", "person", "role", "field", "value", "name", "status", "text", "cell"}
        | {"account", "service_account", "source"}
    )
    given = Given(parts, known=known)
    name = given.text("act")
    if name not in ACTS:
        raise given.wrong("act", f"is unknown; there are {', '.join(ACTS)}")
    ACTS[name](sandbox, given)


ACTS: Mapping[str, Callable[[Sandbox, Given], object]] = {
    "set_commander": lambda sandbox, given: sandbox.set_commander(
        given.number("incident"), given.maybe_text("person")
    ),
    "give_role": lambda sandbox, given: sandbox.give_role(
        given.number("incident"), given.text("role"), given.text("person")
    ),
    "take_role": lambda sandbox, given: sandbox.take_role(
        given.number("incident"), given.text("role"), given.text("person")
    ),
    "add_responder": lambda sandbox, given: sandbox.add_responder(
        given.number("incident"), given.text("person")
    ),
    "set_severity": lambda sandbox, given: sandbox.set_severity(
        given.number("incident"), given.text("value")
    ),
    "set_state": lambda sandbox, given: sandbox.set_state(
        given.number("incident"), given.text("value")
    ),
    "set_field": lambda sandbox, given: sandbox.set_field(
        given.number("incident"), given.text("field"), given.value("value")
    ),
    "add_note": lambda sandbox, given: sandbox.add_note(
        given.number("incident"), given.maybe_text("person"), given.text("text")
    ),
    "edit_note": lambda sandbox, given: sandbox.edit_note(
        given.number("incident"), given.text("cell"), given.text("text")
    ),
    "delete_note": lambda sandbox, given: sandbox.delete_note(
        given.number("incident"), given.text("cell")
    ),
    "add_person": lambda sandbox, given: sandbox.add_person(
        given.text("person"),
        given.maybe_text("name"),
        status=given.text("status", "Active"),
        service_account=given.flag("service_account"),
        user_id=given.maybe_text("account"),
    ),
    "add_outsider": lambda sandbox, given: sandbox.add_outsider(
        given.number("incident"),
        given.text("person"),
        given.text("source", "slack"),
        role_name=given.maybe_text("role"),
    ),
}
