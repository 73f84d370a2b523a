"""Moments as Datadog writes and reads them."""

from __future__ import annotations

from datetime import UTC, datetime


def older(moment: datetime) -> str:
    """Writes a moment as the older back-end does: microseconds and an offset (recording)."""
    return moment.astimezone(UTC).isoformat()


def newer(moment: datetime) -> str:
    """Writes a moment as the newer back-end does: a Z, and no zeros at the end (recording)."""
    whole, dot, fraction = moment.astimezone(UTC).replace(tzinfo=None).isoformat().partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}{dot if fraction else ''}{fraction}Z"


def whole_seconds(moment: datetime) -> str:
    """Writes a moment as search does: to the second (recording)."""
    return older(moment.replace(microsecond=0))


def read(text: str) -> datetime:
    """Reads a moment in any of these forms; one without an offset is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
