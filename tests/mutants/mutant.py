"""One safety rule switched off, and the tests that must notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A rule, the text that states it, the text that leaves it out, and the tests to run."""

    rule: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...]
