"""What a check came to, and the exit code that says so."""

from __future__ import annotations

from dataclasses import dataclass

from dd_incident_roles.policy.finding import Finding, NotEvaluated, Unasked
from dd_incident_roles.policy.level import FailOn, fails
from dd_incident_roles.policy.measures import Measures

CLEAN = 0
FOUND = 1
INCOMPLETE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The findings of one check, the gravest first, and how much was really looked at.

    ``evaluated`` counts the incidents about which every rule came to an answer; incidents that are
    tests, or that the check is not about because they are closed (or open), are passed over and
    counted apart. ``unasked`` are rules that had nothing to look at. ``resolved`` are fingerprints
    of a baseline that are found no more. ``asked`` counts rules that could be asked somewhere.
    """

    findings: tuple[Finding, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    evaluated: int
    skipped_tests: int = 0
    skipped_closed: int = 0
    skipped_open: int = 0
    unasked: tuple[Unasked, ...] = ()
    resolved: tuple[str, ...] = ()
    measures: Measures | None = None
    said_nothing: bool = False

    @property
    def waived(self) -> int:
        """How many findings stand by a waiver."""
        return sum(finding.waived is not None for finding in self.findings)

    def exit_code(self, fail_on: FailOn) -> int:
        """3 when anything could not be looked at, else 1 for findings that fail, else 0.

        3 outranks 1: an exit of 1 promises that the list of findings is whole. What was found is
        reported either way, and neither passes for clean. A finding that is waived, or known from a
        baseline, fails nothing. A check of which no rule had anything to look at is incomplete.
        """
        if self.not_evaluated or self.said_nothing:
            return INCOMPLETE
        failing = any(finding.stands and fails(finding.level, fail_on) for finding in self.findings)
        return FOUND if failing else CLEAN
