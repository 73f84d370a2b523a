"""Plain text into Jira's documents and wiki markup, and out again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.issues import jira_text

LINES = st.text(alphabet=st.sampled_from("ab \\{}[]~!|*\u2060\n"), max_size=40)
TEXTS = LINES.map(lambda text: text.replace("\u2060", ""))
RICH = st.sampled_from(
    [
        {"type": "rule"},
        {"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "a"}]},
        {"type": "paragraph", "content": [{"type": "mention", "attrs": {"text": "@b"}}]},
        {"type": "newThing", "content": [{"type": "paragraph", "content": []}]},
        {
            "type": "paragraph",
            "content": [
                {"type": "text", "text": "a", "marks": [{"type": "strong"}]},
                {"type": "hardBreak"},
                {"type": "text", "text": "b"},
            ],
        },
    ]
)


@given(TEXTS)
def test_a_text_comes_back_to_the_letter(text: str) -> None:
    """From both forms, in no more than twice its length, and with nothing alive in it."""
    assert jira_text.document_text(jira_text.document(text)) == text
    written = jira_text.wiki(text)
    assert jira_text.wiki_text(written) == text
    assert len(written) <= 2 * len(text)
    assert "[~" not in written
    # Two backslashes are a line break in Jira, and would wake up what follows.
    assert not re.search(r"\\\\|(?<!\\)[{\[]|(?<!\\)!\S", written)


@given(st.lists(RICH, max_size=4), st.lists(RICH, max_size=4), TEXTS, TEXTS)
def test_what_surrounds_our_lines_is_kept(
    above: list[object], below: list[object], old: str, new: str
) -> None:
    """Whatever nodes there are, in their order, once our lines are between them."""
    ours = jira_text.document(f"<{old}>")["content"]
    assert isinstance(ours, list)
    body = {"type": "doc", "content": [*above, *ours, *below]}
    shown = jira_text.document_text(body)
    wanted = shown.replace(f"<{old}>", f"<{new}>")
    rewritten = jira_text.rewrite_document(body, wanted)
    assert rewritten is not None
    assert jira_text.document_text(rewritten) == wanted
    content = rewritten["content"]
    assert isinstance(content, list)
    assert content[: len(above)] == above
    assert content[len(content) - len(below) :] == below


def paragraph(*nodes: Mapping[str, object]) -> dict[str, object]:
    return {"type": "paragraph", "content": list(nodes)}


LINK = {
    "type": "text",
    "text": "https://x.example",
    "marks": [{"type": "link", "attrs": {"href": "https://x.example"}}],
}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (None, ""),
        ("as v2 has it", "as v2 has it"),
        ({"type": "doc", "content": [{"type": "rule"}, {"type": "mediaSingle"}]}, ""),
        ({"type": "doc", "content": [paragraph(), paragraph(LINK)]}, "\nhttps://x.example"),
        (
            {
                "type": "doc",
                "content": [
                    paragraph(
                        {"type": "text", "text": "at "},
                        {"type": "date", "attrs": {"timestamp": "1769817600000"}},
                        {"type": "emoji", "attrs": {"shortName": ":fire:", "text": "🔥"}},
                        {"type": "status", "attrs": {"text": "OPEN"}},
                        {"type": "unheardOf", "attrs": {"text": "!"}},
                    ),
                    {"type": "blockCard", "attrs": {"url": "https://y.example"}},
                ],
            },
            "at 2026-01-31🔥OPEN!\nhttps://y.example",
        ),
        (
            {
                "type": "doc",
                "content": [
                    {
                        "type": "bulletList",
                        "content": [
                            {"type": "listItem", "content": [paragraph(LINK)]},
                            {"type": "listItem", "content": [paragraph(LINK)]},
                        ],
                    },
                    {"type": "codeBlock", "content": [{"type": "text", "text": "x\ny"}]},
                ],
            },
            "https://x.example\nhttps://x.example\nx\ny",
        ),
    ],
)
def test_the_text_of_what_people_write_is_read(body: object, text: str) -> None:
    """A line for each paragraph, item and break; of the rest whatever text it has."""
    assert jira_text.document_text(body) == text


@pytest.mark.parametrize(
    ("node", "is_replaced"),
    [
        (paragraph(LINK), True),
        (paragraph({**LINK, "text": "here"}), False),
        (paragraph({"type": "text", "text": "a", "marks": [{"type": "strong"}]}), False),
        (paragraph({"type": "mention", "attrs": {"text": "@a"}}), False),
    ],
)
def test_a_line_with_a_form_of_its_own_is_not_written_anew(
    node: dict[str, object], is_replaced: bool
) -> None:
    """An address that links to itself is as good as plain."""
    rewritten = jira_text.rewrite_document({"type": "doc", "content": [node]}, "other")
    assert (rewritten is not None) is is_replaced


RewriteWiki = Callable[[object, str], str | None]


@pytest.mark.parametrize(
    ("raw", "text", "expected"),
    [
        (None, "a {b}", "a \\{b}"),
        ("{code}\r\nx", "{code}\nx\nours", "{code}\r\nx\nours"),
        ("*bold*\nours", "*bold*\nnew", "*bold*\nnew"),
        ("{code}", "other", None),
        ("a", "", ""),
    ],
)
def test_wiki_markup_of_people_stays_as_typed(
    raw: str | None, text: str, expected: str | None
) -> None:
    """A line of theirs that would have to change is left alone."""
    assert jira_text.rewrite_wiki(raw, text) == expected
