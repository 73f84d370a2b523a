"""Texts that come from outside are shown, and command nothing, in every report and document."""

from __future__ import annotations

import pytest

from dd_incident_roles.report.catalogue_text import lint_text, taken_card
from dd_incident_roles.report.documents.parts import JsonValue
from dd_incident_roles.report.documents.status import status_json
from dd_incident_roles.report.documents.suggest import suggest_json
from dd_incident_roles.report.documents.sync import Failure
from dd_incident_roles.report.documents.timeline import timeline_json
from dd_incident_roles.report.history_text import history_table
from dd_incident_roles.report.status_text import mine_table, status_table
from dd_incident_roles.report.suggest_table import suggest_table
from dd_incident_roles.report.sync_text import sync_text
from dd_incident_roles.report.timeline_table import entries_table, timeline_table
from tests.report import (
    test_catalogue,
    test_history,
    test_mine,
    test_status,
    test_suggest,
    test_sync,
    test_timeline,
)
from tests.report.cases import HOSTILE, NOW, changed, parsed, printed, steers_nothing

ROLE, LINT = test_catalogue.OUTSIDE, test_catalogue.HOSTILE_LINT
TIMELINE = test_timeline.view(test_timeline.row(test_timeline.OUTSIDE))
FAILURE = Failure(incident="a\nb", target="datadog", error=HOSTILE)
SYNC = changed(test_sync.QUIET, failures=(FAILURE,))
TEXTS = {
    "a role that somebody took": printed(taken_card(ROLE, 1001, stream=HOSTILE)),
    "history": printed(history_table(test_history.OUTSIDE, NOW)),
    "lint": printed(lint_text(LINT)),
    "mine": printed(mine_table(test_mine.OUTSIDE)),
    "status": printed(status_table([test_status.OUTSIDE], NOW)),
    "suggest": printed(suggest_table(test_suggest.OUTSIDE)),
    "sync": printed(sync_text(SYNC)),
    "timeline": printed(timeline_table(TIMELINE)),
    "what an import would add": printed(entries_table([test_timeline.OUTSIDE])),
}
DOCUMENTS = {
    "history": test_history.OUTSIDE.text(),
    "mine": test_mine.OUTSIDE.text(),
    "status": status_json([test_status.OUTSIDE]),
    "suggest": suggest_json(test_suggest.OUTSIDE),
    "sync": SYNC.text(),
    "timeline": timeline_json(TIMELINE),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_it_is_shown_as_text(text: str) -> None:
    """Escape sequences, line ends, markup and workflow commands of a text do nothing."""
    assert steers_nothing(text)
    assert "[bold red]y[/]" in text


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_keeps_it(text: str) -> None:
    """A reader gets it unchanged from a document that has nothing to steer a terminal or CI."""
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert "##[" not in text
    assert any(HOSTILE in each for each in strings(parsed(text)))


def strings(value: JsonValue) -> list[str]:
    """Every text in a document."""
    match value:
        case str():
            return [value]
        case dict():
            return [found for each in value.values() for found in strings(each)]
        case list():
            return [found for each in value for found in strings(each)]
        case _:
            return []


def test_a_text_begins_no_line() -> None:
    """An error that quotes an answer stays on its line."""
    assert len(TEXTS["sync"].splitlines()) == 3
    assert TEXTS["status"].startswith(
        "IR-1001 Down : :error::x [bold red]y[/] gnp :fire: # #[error]"
    )
