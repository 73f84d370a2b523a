"""How long a finding may still stand, and by whose word, in words."""

from __future__ import annotations

from datetime import UTC, datetime

from dd_incident_roles.policy.finding import Waived
from dd_incident_roles.words import count_of


def until(waived: Waived, now: datetime) -> str:
    """The last day of a waiver in UTC, such as ``until 2026-02-01 (31 days left)``."""
    left = (waived.expires - now.astimezone(UTC).date()).days
    shown = f"{count_of(left, 'day')} left" if left else "its last day"
    return f"until {waived.expires.isoformat()} ({shown})"


def waiver_sentence(waived: Waived) -> str:
    """Why a finding may stand, who says so, and until when; the same on every day."""
    return f"{waived.reason} ({waived.owner}, until {waived.expires.isoformat()})"
