"""What documents are made with.

``python -m tests.documents write`` types every session of the pages beside a sandbox, and writes
what is printed today into them, with the parts that are made from the program.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from dd_incident_roles.environment import without_datadog
from tests.documents import roles
from tests.documents.commands import MARKER, reference
from tests.documents.pages import COMMANDS, PAGES, with_marked
from tests.documents.picture import pictures
from tests.documents.terminal import written_anew


def write() -> None:
    """Write every page and picture anew, and the shipped roles; say which of them changed."""
    _put(roles.FILE, roles.shipped_roles())
    for page in PAGES:
        new = written_anew(page.read_text("utf-8"))
        _put(page, with_marked(new, MARKER, reference()) if page == COMMANDS else new)
    for picture, drawn in pictures().items():
        _put(picture, drawn)


def _put(file: Path, text: str) -> None:
    if not file.exists() or file.read_text("utf-8") != text:
        file.write_text(text, "utf-8")
        sys.stdout.write(f"{file.name} was written anew\n")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write"]:
            with tempfile.TemporaryDirectory() as home:
                kept = without_datadog()
                os.environ.clear()
                os.environ.update(kept, HOME=home)
                write()
        case _:
            sys.exit(__doc__)
