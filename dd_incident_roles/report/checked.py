"""What every report of a check is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dd_incident_roles.policy.finding import Verdict
from dd_incident_roles.policy.rule import Rule, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One check: what it came to, as of when, which rules were asked, and about what.

    ``described`` says in words how the incidents were chosen, such as ``query 'state:active'``, and
    ``matched`` is how many there were. Reports for people are short unless they are ``verbose``.
    """

    verdict: Verdict
    now: datetime
    rules: tuple[Rule, ...]
    described: str
    matched: int
    scope: Scope = Scope.OPEN
    verbose: bool = False
