"""Markdown as a reader renders it: what is shown, and what else a text managed to become."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

_READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_HARMLESS_HTML = frozenset({"<code>", "</code>"})
_STRUCTURE = ("heading_open", "table_open", "tr_open", "th_open", "td_open", "list_item_open")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The cells of each row of each table, the text, and how often each structure occurs.

    ``foreign`` are links, images, code blocks and HTML that a report has no use for.
    """

    rows: tuple[tuple[str, ...], ...]
    text: str
    structure: tuple[str, ...]
    foreign: tuple[str, ...]


def rendered(markdown: str) -> Rendered:
    """Render Markdown with tables, as GitHub has them."""
    tokens = _READER.parse(markdown)
    inline = [each for token in tokens for each in token.children or []]
    return Rendered(
        rows=tuple(_rows(tokens)),
        text="\n".join(_text(token) for token in tokens if token.children),
        structure=tuple(token.type for token in tokens if token.type in _STRUCTURE),
        foreign=tuple(
            f"{token.type} {token.content}"
            for token in (*tokens, *inline)
            if token.type
            in {"link_open", "image", "fence", "code_block", "html_block", "html_inline", "em_open"}
            and token.content not in _HARMLESS_HTML
        ),
    )


def _rows(tokens: list[Token]) -> Iterator[tuple[str, ...]]:
    cells: list[str] = []
    for token, following in pairwise(tokens):
        match token.type:
            case "tr_open":
                cells = []
            case "td_open" | "th_open":
                cells.append(_text(following))
            case "tr_close":
                yield tuple(cells)
            case _:
                pass


def _text(token: Token) -> str:
    shown = (each for each in token.children or [] if each.type != "html_inline")
    return "".join(each.content for each in shown)
