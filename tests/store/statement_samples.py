"""Handoffs, corrections and devised roles, with only what matters written out."""

from __future__ import annotations

from datetime import datetime

from dd_incident_roles.model import RoleKey
from dd_incident_roles.roles.statements import (
    Correct,
    Correction,
    Decide,
    Devise,
    DevisedRole,
    Handoff,
    HandoffOutcome,
    Propose,
)
from tests.store.samples import ANA, BO, SCRIBE, START, minutes

RUNNER = RoleKey("runner")


def proposal(identity: str = "h1", **others: object) -> Propose:
    parts: dict[str, object] = {
        "role": SCRIBE,
        "stream": None,
        "giver": ANA,
        "receiver": BO,
        "proposed": START,
        "proposed_by": "ana@corp.example",
        "expires": minutes(10),
    }
    return Propose(handoff=Handoff(id=identity, **{**parts, **others}))  # type: ignore[arg-type]  # a builder: only the differing parts are given


def decision(
    identity: str = "h1",
    outcome: HandoffOutcome = HandoffOutcome.ACCEPTED,
    at: datetime = minutes(5),  # noqa: B008 - an immutable value
) -> Decide:
    return Decide(handoff_id=identity, outcome=outcome, at=at, by="bo@corp.example")


def correction(identity: str = "c1", **others: object) -> Correct:
    parts: dict[str, object] = {
        "role": SCRIBE,
        "stream": None,
        "person": BO,
        "since": START,
        "until": minutes(10),
        "reason": "Bo wrote from the start.",
        "set_by": "ana@corp.example",
        "recorded": minutes(20),
    }
    return Correct(correction=Correction(id=identity, **{**parts, **others}))  # type: ignore[arg-type]  # a builder: only the differing parts are given


def devising(key: RoleKey = RUNNER, **others: object) -> Devise:
    parts: dict[str, object] = {
        "title": "Runner",
        "is_single": True,
        "devised": START,
        "devised_by": "ana@corp.example",
    }
    return Devise(role=DevisedRole(key=key, **{**parts, **others}))  # type: ignore[arg-type]  # a builder: only the differing parts are given
