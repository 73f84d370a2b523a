"""What a check came to, and the exit code that says so."""

from __future__ import annotations

from dataclasses import dataclass

from dd_incident_roles.policy.finding import Finding, NotEvaluated
from dd_incident_roles.policy.level import FailOn, fails

CLEAN = 0
FOUND = 1
INCOMPLETE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The findings of one check, the gravest first, and how much was really looked at.

    ``evaluated`` counts the incidents about which every rule came to an answer; incidents that are
    tests or no longer open are passed over, and counted apart.
    """

    findings: tuple[Finding, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    evaluated: int
    skipped_tests: int = 0
    skipped_closed: int = 0

    def exit_code(self, fail_on: FailOn) -> int:
        """3 when anything could not be looked at, else 1 for findings that fail, else 0.

        3 outranks 1: an exit of 1 promises that the list of findings is whole. What was found is
        reported either way, and neither passes for clean. A waived finding fails nothing.
        """
        if self.not_evaluated:
            return INCOMPLETE
        failing = any(
            finding.waived is None and fails(finding.level, fail_on) for finding in self.findings
        )
        return FOUND if failing else CLEAN
