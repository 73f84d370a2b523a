"""What documents are made with.

``python -m tests.documents write`` types every session of the pages beside a sandbox, and writes
what is printed today into them, with the parts that are made from the program.
``python -m tests.documents strings`` prints what the package says to people, to be read once.
"""

from __future__ import annotations

import os
import sys
import tempfile

from dd_incident_roles.environment import without_datadog
from tests.documents.commands import MARKER, reference
from tests.documents.pages import COMMANDS, PAGES, with_marked
from tests.documents.strings import strings
from tests.documents.terminal import written_anew


def write() -> None:
    """Write every page anew, and say which of them changed."""
    for page in PAGES:
        text = page.read_text("utf-8")
        new = written_anew(text)
        if page == COMMANDS:
            new = with_marked(new, MARKER, reference())
        if new != text:
            page.write_text(new, "utf-8")
            sys.stdout.write(f"{page.name} was written anew\n")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["strings"]:
            sys.stdout.writelines(f"{each}\n" for each in strings())
        case ["write"]:
            with tempfile.TemporaryDirectory() as home:
                kept = without_datadog()
                os.environ.clear()
                os.environ.update(kept, HOME=home)
                write()
        case _:
            sys.exit(__doc__)
