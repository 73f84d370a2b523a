"""The board for people who would rather look than read: one page of HTML that needs nothing else.

No network, no script, no other file.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from dd_incident_roles.errors import UsageError
from dd_incident_roles.words import clean

if TYPE_CHECKING:
    from dd_incident_roles.report.board.board import Board

_HERE = Path(__file__).parent


def check_library() -> None:
    """Raise UsageError where the library that lays the page out is not installed."""
    if find_spec("jinja2") is None:
        raise UsageError(
            "The board needs the library Jinja2.",
            hint="Install it: pip install 'dd-incident-roles[board]'.",
        )


def board_html(board: Board) -> str:
    """The page; raises UsageError where the library that lays it out is not installed.

    Whatever comes from outside is cleaned and escaped where it enters the page. The page forbids
    itself everything but its own style.
    """
    check_library()
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    def shown(value: object) -> object:
        # What a macro of the page returns is markup, whose parts were cleaned as they entered it.
        is_ours = hasattr(value, "__html__")
        return clean(value) if isinstance(value, str) and not is_ours else value

    pages = Environment(
        loader=FileSystemLoader(_HERE, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    style = (_HERE / "board.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return pages.get_template("board.html").render(
        board=board,
        signs={"alarm": "▲", "caution": "◆", "calm": "✓"},
        dots={"alarm": "c8102e", "caution": "d98200", "calm": "1a7f4b"},
        style=style,
        digest=digest,
    )
