"""Text from outside in Markdown: shown as it is, whatever it looks like."""

from __future__ import annotations

import re

from dd_incident_roles.report.clean import clean
from dd_incident_roles.words import shorten

LONGEST = 1_000

_SPECIAL = re.compile(r"[&<>\\`*_\[\](){}|~#$!:=@\"]|(?<=\w)\.(?=\w)|^[-+.]|^\d+(?=[.)])")
_AT = "&#64;"
_BROKEN_AT = "@&#8203;"
"""An @ with a space of no width behind it: a reference alone would still mention somebody."""


def escaped(text: str, longest: int = LONGEST) -> str:
    """A text on one line without a character that means something to Markdown or HTML.

    It is cleaned first, and cut to so many characters. Each special character becomes a reference,
    which no reader of Markdown takes for markup, in a table or out of it; nobody is mentioned, and
    no address turns into a link.
    """
    return _referenced(text, longest).replace(_AT, _BROKEN_AT)


def code(text: str, longest: int = LONGEST) -> str:
    """A text as code on one line, in a form that may stand in a table and can be copied."""
    return f"<code>{_referenced(text, longest)}</code>"


def _referenced(text: str, longest: int) -> str:
    return _SPECIAL.sub(_reference, shorten(clean(text), longest))


def _reference(special: re.Match[str]) -> str:
    return "".join(f"&#{ord(each)};" for each in special[0])
