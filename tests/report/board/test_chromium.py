"""The page in a real browser: what it loads, how wide it is, and what keys and readers find."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dd_incident_roles.report.board import board_html
from dd_incident_roles.report.board.board import Board
from dd_incident_roles.report.documents.status import Place
from tests.policy.cases import SCRIBE, TECH_LEAD, person
from tests.policy.intervals import interval
from tests.report.board.cases import board, looked
from tests.report.board.chromium import CHROMIUM, Browser, running_chromium
from tests.report.board.test_page import EVERYTHING, EVIL

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

LONG = "Maximiliane-Alexandra-von-Hohenstein-Wittgenstein-Sayn-und-zu-Berleburg" * 2
WIDE = board(
    *(
        looked(
            interval(SCRIBE, 1, by=person(LONG)),
            *(interval(TECH_LEAD, 5 + number, stream=f"{LONG}{number}") for number in range(9)),
            public_id=1000 + number,
            title=LONG,
            notices=(LONG,),
            places=(Place(target="slack", label=LONG, url=f"https://chat.example/{LONG}"),),
        )
        for number in range(12)
    )
)
"""Many incidents and streams, and names without a place to break them."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests, which opens a page for each."""
    with running_chromium() as running:
        yield running


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(EVERYTHING, id="everything"),
        pytest.param(board(), id="nothing"),
        pytest.param(EVIL, id="hostile"),
        pytest.param(WIDE, id="wide"),
    ],
)
def test_it_asks_for_nothing_and_fits_a_phone(
    browser: Browser, tmp_path: Path, shown: Board, dark: bool
) -> None:
    """Nothing is loaded but the page, nothing is complained of, and all of it fits 360 px."""
    file = tmp_path / "board.html"
    file.write_text(board_html(shown), "utf-8")
    browser.open(file, width=360, dark=dark)
    for box in browser.ask(
        "[...document.querySelectorAll('details')].map(each => each.open = true)"
    ):
        assert box
    width = browser.ask("document.documentElement.scrollWidth")
    assert width == 360
    told = [each["method"] for each in browser.events]
    assert not {"Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"} & {*told}
    asked = [
        each["params"]["request"]["url"]
        for each in browser.events
        if each["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    background = browser.ask("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(14, 17, 22)" if dark else "rgb(244, 245, 247)"), "the style is on"


def test_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    """The first stop is the way past the head, each stop is seen, and none is a trap."""
    file = tmp_path / "board.html"
    file.write_text(board_html(EVERYTHING), "utf-8")
    browser.open(file, width=1280)
    stops = []
    for _ in range(30):
        browser.press("Tab")
        stops.append(
            browser.ask(
                "(() => { const it = document.activeElement, box = it.getBoundingClientRect();"
                " return [it.tagName, it.textContent.trim(),"
                " it === document.body || (box.top >= -1 && box.bottom <= innerHeight + 1"
                " && getComputedStyle(it).outlineStyle === 'solid')] })()"
            )
        )
    assert stops[0] == ["A", "Skip to the incidents", True]
    assert all(is_seen for *_, is_seen in stops)
    assert {"A", "SUMMARY", "BODY"} <= {tag for tag, *_ in stops}
    browser.open(file, width=1280)
    browser.press("Tab")
    browser.press("Enter")
    assert browser.ask("document.activeElement.id") == "incidents"


def test_by_screen_reader(browser: Browser, tmp_path: Path) -> None:
    """On a phone tables stay tables, charts have names, and headings are what they look like."""
    file = tmp_path / "board.html"
    file.write_text(board_html(EVERYTHING), "utf-8")
    browser.open(file, width=360)
    nodes = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in browser.accessible()
    ]
    roles = [role for role, _ in nodes]
    assert roles.count("main") == 1
    assert {"banner", "contentinfo", "navigation"} <= {*roles}
    cards = EVERYTHING.cards
    assert roles.count("table") == len(cards)
    assert roles.count("rowheader") == roles.count("image") == sum(len(card.rows) for card in cards)
    assert ("region", "Nobody holds") in nodes
    headings = [name for role, name in nodes if role == "heading"]
    assert headings[0] == "Incident roles"
    assert any(name.endswith("IR-1001 Checkout down") for name in headings)
    assert all(name for role, name in nodes if role in {"heading", "image", "table", "link"})
