"""The page in a real browser: what it loads, how wide it is, and what keys and readers find."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dd_incident_roles.report.board import board_html
from dd_incident_roles.report.board.board import Board
from dd_incident_roles.report.documents.status import Place
from tests.policy.cases import SCRIBE, TECH_LEAD, person
from tests.policy.intervals import interval
from tests.report.board.cases import board, looked
from tests.report.board.test_page import EVERYTHING, EVIL

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

_OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--no-first-run", "--disable-extensions", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--hide-scrollbars"),
    # Nothing leaves this machine, whatever the page or the browser wants.
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe"),
)


class Browser:
    """One page; ``events`` are what the browser told of it by itself."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._rest = b""
        self._sent = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self._call(f"{domain}.enable")

    def open(self, page: Path, *, width: int, height: int = 900, dark: bool = False) -> None:
        """Show a file in a window of some size, and wait until it is there."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        self.events.clear()
        self._call("Page.navigate", url=page.as_uri())
        self._wait_for("Page.loadEventFired")

    def ask(self, expression: str) -> Any:
        """What an expression of JavaScript comes to."""
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key."""
        for kind in ("rawKeyDown", "keyUp"):
            code = {"Tab": 9, "Enter": 13}[key]
            self._call(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code
            )

    def picture(self, file: Path, *, whole: bool = True) -> None:
        """Keep what is seen as a PNG."""
        taken = self._call("Page.captureScreenshot", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(taken["data"]))

    def accessible(self) -> list[dict[str, Any]]:
        """What a screen reader is told, as nodes with a role and a name."""
        nodes: list[dict[str, Any]] = self._call("Accessibility.getFullAXTree")["nodes"]
        return [node for node in nodes if not node["ignored"]]

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._sent:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def _wait_for(self, event: str) -> None:
        while not any(each.get("method") == event for each in self.events):
            self.events.append(self._next())

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            read = os.read(self._answers, 1 << 20)
            assert read, "Chromium ended"
            self._rest += read
        message, self._rest = self._rest.split(b"\0", 1)
        told: dict[str, Any] = json.loads(message)
        return told


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """A browser with a profile of its own, which is gone afterwards."""
    assert CHROMIUM, "no Chromium is installed"
    to_it, commands = os.pipe()
    answers, from_it = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        # It reads from 3 and writes to 4.
        script = f'exec 3<&{to_it} 4>&{from_it}; exec "$@"'
        process = subprocess.Popen(
            ["/bin/bash", "-c", script, "sh", CHROMIUM, f"--user-data-dir={profile}", *_OPTIONS],
            pass_fds=(to_it, from_it),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            os.close(to_it)
            os.close(from_it)
            yield Browser(commands, answers)
        finally:
            os.close(commands)
            os.close(answers)
            process.terminate()
            process.wait(timeout=30)


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
