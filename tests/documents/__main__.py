"""Writes the generated parts of the README: ``python -m tests.documents``.

``python -m tests.documents strings`` prints what the package says to people, to be read once.
"""

from __future__ import annotations

import sys

from tests.documents.commands import MARKER, reference
from tests.documents.readme import README, with_marked
from tests.documents.strings import strings

if __name__ == "__main__":
    if sys.argv[1:] == ["strings"]:
        sys.stdout.writelines(f"{each}\n" for each in strings())
    else:
        README.write_text(with_marked(README.read_text("utf-8"), MARKER, reference()), "utf-8")
