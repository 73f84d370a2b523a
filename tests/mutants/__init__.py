"""Safety rules, each with the edit that switches it off, written as a diff.

``--- FILE`` begins the edits of a file, and ``@@ RULE`` one of them. What goes (-) and what comes
(+) follow, and ``by TEST`` for each test that may notice. Text that goes stands in its file once;
it need not be a whole line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A rule, and the edit of a file that switches it off; one of the tests must notice."""

    rule: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...]


def mutants(diff: str) -> tuple[Mutant, ...]:
    """Read a diff of this kind."""
    found = []
    for part in re.split("^--- ", diff, flags=re.MULTILINE)[1:]:
        file, *edits = re.split("\n@@ ", part)
        for edit in edits:
            rule, *lines = edit.splitlines()
            before, after, tests = (
                [line.removeprefix(mark) for line in lines if line.startswith(mark)]
                for mark in ("-", "+", "by ")
            )
            mutant = Mutant(
                rule=rule,
                file=file,
                before="\n".join(before),
                after="\n".join(after),
                tests=tuple(tests),
            )
            found.append(mutant)
    return tuple(found)
