"""The document of ``suggest --format json``."""

from __future__ import annotations

from dd_incident_roles.model import Person
from dd_incident_roles.policy.facts import Holding
from dd_incident_roles.report.document import JsonValue, document
from dd_incident_roles.suggesting.suggestion import LeftOut, Proposed, Suggestion, Suggestions


def suggest_json(found: Suggestions) -> str:
    """Who is proposed for each role, who is left out and why, and what could not be read."""
    incident = found.incident
    return document(
        "suggest",
        {
            "incident": {
                "id": incident.id,
                "public_id": incident.public_id,
                "title": incident.title,
                "severity": incident.severity,
                "state": incident.state,
            },
            "complete": found.is_whole,
            "roles": [_role(each) for each in found.roles],
        },
    )


def _role(suggestion: Suggestion) -> JsonValue:
    return {
        "role": suggestion.role.key,
        "title": suggestion.role.title,
        "required": suggestion.required,
        "has_places": suggestion.has_places,
        "holders": [_holder(each) for each in suggestion.holders],
        "candidates": [_proposed(each) for each in suggestion.proposed],
        "left_out": [_left_out(each) for each in suggestion.left_out],
        "later_tiers": [
            {"team": each.team, "number": each.number} for each in suggestion.later_tiers
        ],
        "unread": [{"what": each.what, "reason": each.reason} for each in suggestion.unread],
    }


def _holder(holding: Holding) -> JsonValue:
    return {**_person(holding.person), "stream": holding.stream}


def _proposed(proposed: Proposed) -> JsonValue:
    return {
        **_person(proposed.person),
        "found": list(proposed.found),
        "on_call": proposed.on_call,
        "holds": list(proposed.holds),
        "qualified": proposed.qualified,
        "warning": proposed.warning,
        "command": proposed.command,
    }


def _left_out(left_out: LeftOut) -> JsonValue:
    return {
        **_person(left_out.person),
        "found": list(left_out.found),
        "reason": left_out.reason,
    }


def _person(person: Person) -> dict[str, JsonValue]:
    return {"email": person.email, "name": person.name}
