"""The page: what a reader, a screen reader and a browser make of it, without a browser."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from dd_incident_roles.report import board as page
from dd_incident_roles.report.board import board_html
from dd_incident_roles.report.board.board import Board, Unread
from dd_incident_roles.report.documents.status import Place
from tests.policy.cases import SCRIBE, TECH_LEAD, person
from tests.policy.intervals import interval
from tests.report.board.cases import board, found, looked
from tests.report.cases import HOSTILE, hostile, steers_nothing

_VOID = {"meta", "link", "br", "rect", "line"}
_EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(2)>&'{{ 7*7 }}</style>"


class Page(HTMLParser):
    """The elements of a page with their attributes, and the text in each."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), "no attribute comes twice"
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"p", "li", "td", "th", "tr"} or self._open[-1] == tag:
            assert self._open.pop() == tag, "elements are nested"

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((tuple(self._open), " ".join(data.split())))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each element of a kind."""
        return [attributes for each, attributes in self.elements if each == tag]

    def text(self, tag: str) -> list[str]:
        """Each piece of text that is inside an element of a kind."""
        return [text for inside, text in self.texts if tag in inside]


EVERYTHING = board(
    looked(
        interval(SCRIBE, 0, 20),
        *(interval(TECH_LEAD, 5, stream="db", by=person(f"P{number}")) for number in range(12)),
        places=(
            Place(
                target="gitlab",
                label="corp/shop#12",
                url="https://gitlab.example/corp/shop/-/issues/12",
            ),
            Place(target="slack", label="#incident-1001"),
        ),
        notices=("Datadog is slow.",),
    ),
    looked(public_id=1002, severity="SEV-2", is_read=False, notices=("Only recorded.",)),
    looked(public_id=1003, private=True),
    looked(public_id=1004),
    findings=[found(looked()), found(None)],
    unread=[Unread(about="IR-1002", reason="Datadog did not answer.", hint="Try again.")],
    notes=["IR-1005: gone."],
)
"""Everything that a page can have."""
EVIL = board(
    looked(
        interval(SCRIBE, 0, 20, by=person(_EVIL)),
        interval(TECH_LEAD, 0, stream=_EVIL),
        title=f"{_EVIL} {HOSTILE} نورة 👩\u200d🚒",
        state=_EVIL,
        severity=_EVIL,
        notices=(_EVIL,),
        places=(Place(target=_EVIL, label=_EVIL, url=f"https://{_EVIL}"),),
    ),
    findings=[found(None, message=_EVIL)],
    unread=[Unread(about=_EVIL, reason=_EVIL, hint=_EVIL)],
)
PAGES = pytest.mark.parametrize(
    "shown",
    [
        pytest.param(EVERYTHING, id="everything"),
        pytest.param(board(), id="nothing"),
        pytest.param(board(unread=[Unread(about="all", reason="No.")]), id="not read"),
        pytest.param(EVIL, id="hostile"),
    ],
)


@PAGES
def test_it_is_whole_and_alone(shown: Board) -> None:
    """Elements are nested, ids are there once, and nothing is loaded, run, sent or styled."""
    html = board_html(shown)
    read = Page(html)
    ids = Counter(each["id"] for _, each in read.elements if "id" in each)
    assert set(ids.values()) <= {1}
    attributes = {name for _, each in read.elements for name in each}
    assert not {name for name in attributes if name.startswith("on")} | attributes & {
        "style",
        "src",
    }
    tags = {tag for tag, _ in read.elements}
    assert not tags & {
        "script",
        "iframe",
        "img",
        "form",
        "object",
        "embed",
        "base",
        "use",
        "a:href",
    }
    for tag, each in read.elements:
        if (address := each.get("href")) and not address.startswith("#"):
            wanted = "data:image/svg+xml," if tag == "link" else "https://"
            assert address.startswith(wanted)
    [policy] = [each["content"] for each in read.all("meta") if "http-equiv" in each]
    assert policy
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert len(read.all("style")) == 1


@PAGES
def test_headings_and_landmarks(shown: Board) -> None:
    """One main part, headings that skip no level, and names for what is a region."""
    read = Page(board_html(shown))
    for landmark in ("main", "h1", "footer", "head"):
        assert len(read.all(landmark)) == 1
    levels = [int(tag[1]) for tag, _ in read.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = {each["id"] for _, each in read.elements if "id" in each}
    for _, each in read.elements:
        for name in ("aria-labelledby", "aria-describedby"):
            assert set((each.get(name) or "").split()) <= ids
        if (href := each.get("href") or "").startswith("#"):
            assert href[1:] in ids
    [first, *_] = read.all("a")
    assert first == {"class": "skip", "href": "#incidents"}


def test_tables_and_charts_have_names() -> None:
    """Each table has a caption and headers with a scope, each chart a title and its words."""
    read = Page(board_html(EVERYTHING))
    assert len(read.all("caption")) == len(read.all("table"))
    assert all(each.get("scope") in {"row", "col"} for each in read.all("th"))
    charts = [each for each in read.all("svg") if each.get("role") == "img"]
    assert len(charts) == len(read.all("desc")) == sum(len(card.rows) for card in EVERYTHING.cards)
    assert all(each.get("aria-labelledby") for each in charts)
    # What is only for the eye is hidden, but for what lies inside a chart.
    outside = [each for each in read.all("svg") if "class" in each and each not in charts]
    assert all(each.get("aria-hidden") for each in outside if each["class"] in {"axis", "defs"})
    assert EVERYTHING.cards[0].rows[0].lane.told in read.text("desc")
    assert "P7" in " ".join(read.text("td"))


def test_what_is_empty_is_said_first_and_in_words() -> None:
    """Before any incident, with a sign and since when, and in the row of the role as "nobody"."""
    read = Page(board_html(EVERYTHING))
    texts = [text for _, text in read.texts]
    assert texts.index("Nobody holds") < texts.index("Not read, so there may be more")
    assert texts.index("Not read, so there may be more") < texts.index("Incidents")
    assert "since 14:20 (40 min)" in texts[: texts.index("Incidents")]
    assert "▲" in texts
    assert "nobody" in read.text("td")
    for said in ("Datadog did not answer.", "Only recorded.", "IR-1005: gone.", "Datadog is slow."):
        assert any(said in text for text in texts)
    assert "dd-incident-roles assign 1001 scribe PERSON" in read.text("code")


def test_text_from_outside_is_shown_and_commands_nothing() -> None:
    """No markup, no control character and no turn of the writing direction gets through."""
    html = board_html(hostile(EVERYTHING))
    assert steers_nothing(html)
    html = board_html(EVIL)
    assert steers_nothing(html)
    read = Page(html)
    assert not read.all("script") + read.all("img")
    assert "alert(1)" in " ".join(read.text("h3"))
    assert "نورة 👩‍🚒" in " ".join(read.text("h3"))
    assert "{{ 7*7 }}" in " ".join(read.text("h3"))


STYLE = (Path(page.__file__).parent / "board.css").read_text("utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
    for block in re.findall(r":root \{([^}]+)\}", STYLE)[:2]
)
READ = [
    *((ink, bed) for ink in ("ink", "quiet", "link") for bed in ("page", "card")),
    *((ink, "page") for ink in ("alarm", "caution", "calm")),
    *((ink, "card") for ink in ("alarm", "caution")),
    *(("alarm", "alarm-bed"), ("ink", "alarm-bed"), ("caution", "caution-bed")),
    *(("alarm-ink", "alarm-fill"), ("now-ink", "now"), ("past-ink", "past")),
    *(("gap-ink", "gap"), ("grace-ink", "grace"), ("quiet", "bed")),
]
SEEN = [
    *(("focus", "page"), ("focus", "card"), ("now", "card"), ("now", "bed"), ("now", "past")),
    *(("stripe", "gap"), ("stripe", "card"), ("edge", "card"), ("alarm-fill", "card")),
]


def luminance(colour: str) -> float:
    """How light a colour is, from 0 to 1 (WCAG 2.2, relative luminance)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast(colours: dict[str, str]) -> None:
    """Texts have 4.5 to 1 and what is to be seen has 3 to 1 (WCAG 2.2 AA), in light and in dark."""
    assert colours.keys() == LIGHT.keys()
    for pairs, least in ((READ, 4.5), (SEEN, 3.0)):
        for front, back in pairs:
            light, dark = sorted(
                (luminance(colours[front]), luminance(colours[back])), reverse=True
            )
            assert (light + 0.05) / (dark + 0.05) >= least, (front, back)
