"""What Datadog notes by itself, in words that people read."""

from __future__ import annotations

import pytest

from dd_incident_roles.datadog.entries import kind_of, readable
from tests.datadog.payloads import Json, user


@pytest.mark.parametrize(
    ("cell_type", "kind"),
    [
        ("markdown", "note"),
        ("incident_status_change", "status_change"),
        ("role_assignment_change", "role_change"),
        ("timestamp_change", "timestamp_change"),
        ("meeting_summary", "meeting_summary"),
        ("never_heard_of", "never_heard_of"),
        ("note", "note_entry"),
    ],
)
def test_kinds(cell_type: str, kind: str) -> None:
    """Known types have our words, unknown ones keep theirs, and only notes are notes."""
    assert kind_of(cell_type) == kind


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (
            {"action": "updated", "before": {"state": "active"}, "after": {"state": "stable"}},
            "State: active \u2192 stable",
        ),
        (
            {"before": {"severity": "SEV-2", "state": "x"}, "after": {"severity": "SEV-1"}},
            "Severity: SEV-2 \u2192 SEV-1; State: no longer x",
        ),
        ({"action": "created", "before": {}, "after": {"state": "active"}}, "State: active"),
        (
            {"before": {"a": 1, "b": True}, "after": {"a": 2.5, "b": False}},
            "A: 1 \u2192 2.5; B: yes \u2192 no",
        ),
        ({"before": {"teams": ["a"]}, "after": {"teams": ["a", "b"]}}, "Teams: a \u2192 a, b"),
        (
            {"before": {"state": {"value": "active"}}, "after": {"state": {"value": "stable"}}},
            "State: active \u2192 stable",
        ),
        ({"before": {"x": None}, "after": {"x": {}}}, "Incident status change"),
        ({}, "Incident status change"),
    ],
)
def test_changes_of_status(facts: Json, said: str) -> None:
    """What was and what is, for every attribute that changed."""
    assert readable("incident_status_change", facts) == said


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (
            {
                "before": {"role": "Scribe", "user": "Ana"},
                "after": {"role": "Scribe", "user": "Bo"},
            },
            "Scribe: Ana \u2192 Bo",
        ),
        ({"before": {}, "after": {"role": "Scribe", "user": "Bo"}}, "Scribe: nobody \u2192 Bo"),
        ({"before": {"role": "Scribe", "user": "Ana"}, "after": None}, "Scribe: Ana \u2192 nobody"),
        (
            {"role": {"name": "Scribe"}, "assignee": {"data": user()}, "action": "assigned"},
            "Scribe: Ada (assigned)",
        ),
        (
            {"role_name": "Scribe", "responder": {"email": "a@corp.example"}},
            "Scribe: a@corp.example",
        ),
        ({"message": "Ada took over"}, "Ada took over"),
        ({"role": "Scribe"}, "Role: Scribe"),
        ({}, "Role assignment change"),
    ],
)
def test_changes_of_roles(facts: Json, said: str) -> None:
    """Who had the role and who has it; the layout is unknown, so several are understood."""
    assert readable("role_assignment_change", facts) == said


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"summary": "We met", "link": "https://x.example"}, "We met"),
        (
            {"graph": {"title": "CPU", "deep": {"deeper": "x"}}, "n": 3, "none": None},
            "Title: CPU; N: 3",
        ),
        ({"list": ["a", {"name": "b"}, None]}, "List: a, b"),
        ({}, "Never heard of"),
    ],
)
def test_other_kinds(facts: Json, said: str) -> None:
    """A sentence is taken as it is; otherwise what is there is listed, two levels deep."""
    assert readable("never_heard_of", facts) == said
