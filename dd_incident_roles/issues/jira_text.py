"""Jira's two forms of a text, and how plain lines go into them and come out again.

Jira Cloud keeps a document, which is a tree of nodes (document: Atlassian Document Format), and
Jira Data Center a string in wiki markup. Nothing is translated from or to Markdown: a line of ours
is a paragraph or an escaped line, and of what people wrote only the text is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

Node = Mapping[str, object]
Piece = TypeVar("Piece")

# Invisible, and of no meaning in wiki markup: it keeps characters from making up a mark together.
_JOINER = "\u2060"
_ALIVE = re.compile(r"\\|\{|\[~?|!(?=\S)")
_ASLEEP = re.compile(rf"\\([{{\[!])|{_JOINER}")
_LEAVES = frozenset(
    {
        *("paragraph", "heading", "codeBlock"),
        *("rule", "media", "blockCard", "embedCard", "extension"),
    }
)
"""Nodes that begin a line of their own although they hold nothing."""
_LINES = frozenset({"paragraph", "heading", "codeBlock"})
"""Of these, the ones that are an empty line then."""


def document(text: str) -> dict[str, object]:
    """Make a document of plain lines, a paragraph each."""
    return _document([_paragraph(line) for line in _split(text)])


def document_text(body: object) -> str:
    """Read the lines of a document; of a node that is unknown, the text inside it."""
    return body if isinstance(body, str) else "\n".join(_lines_of(body))


def rewrite_document(body: object, text: str) -> dict[str, object] | None:
    """Give a document another text, and keep each node as it is whose lines stay.

    None where a change lies in a node that is more than plain text, which would be lost.
    """
    nodes = _rewrite(_children(body), text, read=_lines_of, write=_paragraph, is_plain=_is_plain)
    return None if nodes is None else _document(nodes)


def wiki(text: str) -> str:
    """Write plain text in wiki markup, so that no macro, link, image or mention comes alive.

    At most twice as long. A mention is also broken up, since it may be looked for in the raw text
    (unverified).
    """
    # A joiner of the text's own would be taken for one of ours on the way back.
    return _ALIVE.sub(lambda found: _put_to_sleep(found.group()), text.replace(_JOINER, ""))


def wiki_text(body: object) -> str:
    """Read wiki markup as plain text: what ``wiki`` escaped is as it was, all else as written."""
    raw = body if isinstance(body, str) else ""
    return _ASLEEP.sub(lambda found: found.group(1) or "", raw.replace("\r\n", "\n"))


def rewrite_wiki(body: object, text: str) -> str | None:
    """Give wiki markup another text, and keep each line as it is that stays; as for a document."""
    lines = _rewrite(
        _split(body if isinstance(body, str) else ""),
        text,
        # Browsers send the line ends of Windows, which stay on the lines that stay.
        read=lambda line: [wiki_text(line.rstrip("\r"))],
        write=wiki,
        is_plain=lambda line: wiki(wiki_text(line)) == line,
    )
    return None if lines is None else "\n".join(lines)


def _put_to_sleep(mark: str) -> str:
    match mark:
        # Doubled, a backslash is a line break in wiki markup, so it cannot escape itself.
        case "\\":
            return f"\\{_JOINER}"
        case "[~":
            return rf"\[{_JOINER}~"
        case _:
            return rf"\{mark}"


def _rewrite(
    pieces: Sequence[Piece],
    text: str,
    *,
    read: Callable[[Piece], list[str]],
    write: Callable[[str], Piece],
    is_plain: Callable[[Piece], bool],
) -> list[Piece] | None:
    """Keep the pieces at both ends whose lines stay, and write what lies between them anew."""
    wanted, shown = _split(text), [read(piece) for piece in pieces]
    front, start = 0, 0
    while front < len(shown) and shown[front] == wanted[start : start + len(shown[front])]:
        start += len(shown[front])
        front += 1
    back, end = len(shown), len(wanted)
    while back > front and start <= end - len(shown[back - 1]):
        if shown[back - 1] != wanted[end - len(shown[back - 1]) : end]:
            break
        end -= len(shown[back - 1])
        back -= 1
    if not all(map(is_plain, pieces[front:back])):
        return None
    return [*pieces[:front], *map(write, wanted[start:end]), *pieces[back:]]


def _split(text: str) -> list[str]:
    return text.split("\n") if text else []


def _document(nodes: Sequence[Node]) -> dict[str, object]:
    return {"type": "doc", "version": 1, "content": list(nodes)}


def _paragraph(line: str) -> Node:
    # A node of text must not be empty (document).
    return {"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []}


def _children(node: object) -> list[Node]:
    content = node.get("content") if isinstance(node, Mapping) else None
    return (
        [each for each in content if isinstance(each, Mapping)] if isinstance(content, list) else []
    )


def _lines_of(node: object) -> list[str]:
    return list(_lines(node))


def _lines(node: object) -> Iterator[str]:
    begun: list[str] = []
    children = _children(node)
    for child in children:
        if "content" not in child and child.get("type") not in _LEAVES:
            begun.append(_inline(child))
            continue
        # What stands beside a block is a line of its own.
        if begun:
            yield from "".join(begun).split("\n")
            begun.clear()
        yield from _lines(child)
    if begun:
        yield from "".join(begun).split("\n")
    elif not children and isinstance(node, Mapping):
        if node.get("type") in _LINES:
            yield ""
        elif address := _attribute(node, "url"):
            yield address


def _inline(node: Node) -> str:
    """The text of a node inside a line: a mention, an emoji, a card, a date, or whatever comes."""
    if node.get("type") == "hardBreak":
        return "\n"
    if isinstance(text := node.get("text"), str):
        return text
    milliseconds = _attribute(node, "timestamp")
    if milliseconds.isdecimal():
        # Thirteen digits reach to the year 2286; a longer number can be beyond any datetime.
        return datetime.fromtimestamp(int(milliseconds[:13]) / 1000, UTC).date().isoformat()
    return _attribute(node, "text") or _attribute(node, "shortName") or _attribute(node, "url")


def _attribute(node: Node, name: str) -> str:
    attributes = node.get("attrs")
    value = attributes.get(name) if isinstance(attributes, Mapping) else None
    return value if isinstance(value, str) else ""


def _is_plain(node: Node) -> bool:
    """Whether a node is a paragraph of text only, so that nothing is lost with it."""
    return node.get("type") == "paragraph" and all(
        child.get("type") == "hardBreak" or (child.get("type") == "text" and _is_unmarked(child))
        for child in _children(node)
    )


def _is_unmarked(node: Node) -> bool:
    """Whether text has no form of its own; an address that links to itself is none."""
    marks = node.get("marks") or []
    return isinstance(marks, Sequence) and all(
        isinstance(mark, Mapping)
        and mark.get("type") == "link"
        and _attribute(mark, "href") == node.get("text")
        for mark in marks
    )
