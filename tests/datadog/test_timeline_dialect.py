"""Layouts of a note: what a refusal teaches, and what is remembered."""

from __future__ import annotations

import pytest

from dd_incident_roles.datadog.cache import Cache
from dd_incident_roles.datadog.timeline import NoteLayout
from dd_incident_roles.datadog.timeline_target import NoteLayouts
from dd_incident_roles.errors import Refused
from tests.datadog.kept_texts import KeptTexts


@pytest.mark.parametrize(
    ("said", "status", "instead"),
    [
        ("invalid content: message is required", 400, NoteLayout(content_key="message")),
        ("content must be an object", 422, NoteLayout(content_key="message")),
        ("unknown attribute display_time", 400, NoteLayout(display_time=False)),
        ("unknown attribute important", 400, NoteLayout(important=False)),
        ("unknown attribute display_time in content", 400, NoteLayout(display_time=False)),
        ("invalid cell_type", 400, None),
        ("content already exists", 409, None),
    ],
)
def test_a_refusal_leads_to_another_layout(
    said: str, status: int, instead: NoteLayout | None
) -> None:
    """Only a refusal of the body that names a part of the layout leads to another one."""
    assert NoteLayout().instead(Refused(said, status=status)) == instead


def test_the_keys_take_turns() -> None:
    """From message the way leads back to content."""
    refusal = Refused("invalid content", status=400)
    assert NoteLayout(content_key="message").instead(refusal) == NoteLayout()


def test_what_was_accepted_is_remembered_for_a_while() -> None:
    """The key holds for weeks, what was left out for a day."""
    texts = KeptTexts()
    layouts = NoteLayouts(Cache(texts, texts.clock))
    assert layouts.known() == NoteLayout()
    accepted = NoteLayout(content_key="message", display_time=False, important=False)
    layouts.remember(accepted)
    assert texts.cached("timeline", "content_key") == "message"
    assert layouts.known() == accepted
    texts.advance(days=2)
    assert layouts.known() == NoteLayout(content_key="message")
    layouts.remember(NoteLayout())
    assert layouts.known() == NoteLayout()


def test_nothing_is_kept_twice() -> None:
    """Accepting what is known already writes nothing."""
    texts = KeptTexts()
    layouts = NoteLayouts(Cache(texts, texts.clock))
    layouts.remember(NoteLayout(important=False))
    kept = dict(texts.texts)
    texts.advance(hours=1)
    layouts.remember(NoteLayout(important=False))
    assert texts.texts == kept


def test_nonsense_in_the_cache_is_passed_over() -> None:
    """A key that nobody knows is not sent."""
    texts = KeptTexts()
    texts.put_cached("timeline", "content_key", "nonsense")
    assert NoteLayouts(Cache(texts, texts.clock)).known() == NoteLayout()
