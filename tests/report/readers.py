"""What reads reports back, as others do: a runner, a renderer of Markdown, and schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest
from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker
from markdown_it import MarkdownIt
from markdown_it.token import Token

from dd_incident_roles.cli.catalog import schema_text
from dd_incident_roles.report.documents import JsonValue

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
        text="\n".join(_shown_text(token) for token in tokens if token.children),
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
                cells.append(_shown_text(following))
            case "tr_close":
                yield tuple(cells)
            case _:
                pass


def _shown_text(token: Token) -> str:
    shown = (each for each in token.children or [] if each.type != "html_inline")
    return "".join(each.content for each in shown)


_COMMAND = re.compile(r"::(?P<kind>\w+)(?: (?P<properties>.*?))?::(?P<data>.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """What the runner makes of one command."""

    kind: str
    properties: Mapping[str, str]
    message: str


def annotated(log: str) -> list[Annotation]:
    """Every command of a log: a line of which the first thing after spaces is ``::``."""
    found = [_COMMAND.match(line.lstrip()) for line in re.split(r"\r\n|\r|\n", log)]
    return [_annotation(match) for match in found if match]


def _annotation(match: re.Match[str]) -> Annotation:
    pairs = (each.split("=", 1) for each in (match["properties"] or "").split(",") if each)
    return Annotation(
        kind=match["kind"],
        properties={key: _decoded(value, in_property=True) for key, value in pairs},
        message=_decoded(match["data"], in_property=False),
    )


def _decoded(text: str, *, in_property: bool) -> str:
    escapes = {"%0D": "\r", "%0A": "\n", **({"%3A": ":", "%2C": ","} if in_property else {})}
    for escape, character in escapes.items():
        text = text.replace(escape, character)
    return text.replace("%25", "%")


_FILE = Path(__file__).parents[3] / "shared" / "reference" / "sarif-schema-2.1.0.json"


def sarif_complaints(text: str) -> list[str]:
    """What a log breaks of the schema; skips the test when there is none."""
    if not _FILE.exists():
        pytest.skip("The schema of SARIF is not beside this repository.")
    validator = Draft4Validator(
        json.loads(_FILE.read_text("utf-8")), format_checker=Draft4Validator.FORMAT_CHECKER
    )
    return [
        f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(text))
    ]


@cache
def schema(name: str) -> dict[str, JsonValue]:
    """A published schema as a value."""
    return cast("dict[str, JsonValue]", json.loads(schema_text(name)))


def complaints(name: str, text: str) -> list[str]:
    """What a document breaks of its schema; a field that no schema describes is one as well."""
    return [error.message for error in _strict(name).iter_errors(json.loads(text))]


@cache
def _strict(name: str) -> Draft202012Validator:
    whole = json.loads(json.dumps(schema(name)), object_hook=_closed)
    return Draft202012Validator(whole, format_checker=FormatChecker())


def _closed(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    is_object = "properties" in value and "required" in value
    return {**value, "additionalProperties": False} if is_object else value
