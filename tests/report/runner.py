"""A workflow runner, as far as it reads annotations from a log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

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
