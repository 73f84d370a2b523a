"""What can go wrong between a client and Datadog, as rules that wait for their request."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum


class FaultKind(StrEnum):
    """What happens to a request; "before" and "after" speak of its being carried out."""

    LATENCY = "latency"
    RATE_LIMIT = "rate_limit"
    STATUS_BEFORE = "status_before"
    STATUS_AFTER = "status_after"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    TRUNCATE = "truncate"
    HTML = "html"
    REDIRECT = "redirect"
    HANG_BEFORE = "hang_before"
    HANG_AFTER = "hang_after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One rule: which requests it is for, and what it does to them.

    ``path`` is a regular expression, searched for in the path and query. The rule passes over
    the first ``nth`` - 1 requests that match and then strikes ``count`` times, or for good where
    ``count`` is None. ``seconds`` is the length of a latency or a hang (None: until released) and
    the reset of a rate limit; a hang whose client has gone is not carried out any more.
    """

    kind: FaultKind
    method: str | None = None
    path: str = ""
    nth: int = 1
    count: int | None = 1
    seconds: float | None = None
    status: int = 502
    location: str = "https://elsewhere.invalid/"

    def matches(self, method: str, target: str) -> bool:
        """Whether the rule is for this request."""
        return self.method in (None, method) and re.search(self.path, target) is not None


@dataclass(slots=True)
class _Waiting:
    fault: Fault
    seen: int = 0
    struck: int = 0

    def meets(self, method: str, target: str) -> bool:
        if self.fault.count is not None and self.struck >= self.fault.count:
            return False
        return self.fault.matches(method, target)


@dataclass(slots=True)
class FaultPlan:
    """The rules in force; not safe between threads."""

    _waiting: list[_Waiting] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Puts a rule in force, behind those that are there."""
        self._waiting.append(_Waiting(fault))

    def clear(self) -> None:
        """Takes all rules out of force."""
        self._waiting.clear()

    def pending(self) -> list[Fault]:
        """Lists the rules that can still strike."""
        return [
            each.fault
            for each in self._waiting
            if each.fault.count is None or each.struck < each.fault.count
        ]

    def strike(self, method: str, target: str) -> list[Fault]:
        """Lists what befalls this request: every latency, and at most one other fault."""
        befallen: list[Fault] = []
        taken = False
        for each in self._waiting:
            slows = each.fault.kind is FaultKind.LATENCY
            if not each.meets(method, target) or (taken and not slows):
                continue
            each.seen += 1
            if each.seen < each.fault.nth:
                continue
            each.struck += 1
            taken = taken or not slows
            befallen.append(each.fault)
        return befallen
