"""Writes the generated parts of the README: ``python -m tests.documents``."""

from __future__ import annotations

from tests.documents.commands import MARKER, reference
from tests.documents.readme import README, with_marked

if __name__ == "__main__":
    README.write_text(with_marked(README.read_text("utf-8"), MARKER, reference()), "utf-8")
