"""What is new since an earlier check: known findings are shown, and fail nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from dd_incident_roles.policy.finding import BaselineState, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Every finding with its state, and the fingerprints that were known and are found no more."""

    findings: tuple[Finding, ...]
    resolved: tuple[str, ...] = ()


def compare(findings: Iterable[Finding], baseline: Collection[str] | None) -> Compared:
    """Mark each finding as new or existing; without a baseline nothing is marked."""
    found = tuple(findings)
    if baseline is None:
        return Compared(findings=found)
    known = frozenset(baseline)
    marked = tuple(
        replace(
            finding,
            baseline=BaselineState.EXISTING if finding.fingerprint in known else BaselineState.NEW,
        )
        for finding in found
    )
    gone = known - {finding.fingerprint for finding in found}
    return Compared(findings=marked, resolved=tuple(sorted(gone)))
