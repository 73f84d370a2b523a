"""What an answer that is no success means, as one of our errors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from dd_incident_roles.datadog.answer import Answer
from dd_incident_roles.datadog.wire.errors import error_messages
from dd_incident_roles.errors import (
    DatadogError,
    Forbidden,
    NotFound,
    RateLimited,
    RedirectRefused,
    Refused,
    Unauthorized,
    UnexpectedAnswer,
)

# Datadog says 403, not 401, of a missing or wrong API key (recording of v1 validate). To validate
# keys takes no permission (document), so a 403 there can only be about them.
_BAD_KEY = re.compile(
    r"\b(api|app|application)[ _-]?keys?\b.*\b(required|invalid|missing|unknown|not found)\b"
    r"|\b(required|invalid|missing|unknown|bad)\b.*\b(api|app|application)[ _-]?keys?\b",
    re.IGNORECASE,
)


def refusal(answer: Answer, *, host: str, secrets: Sequence[str]) -> DatadogError:
    """Return the error for an answer whose status is not 2xx."""
    said = presentable("; ".join(error_messages(answer.body)), secrets)
    asked = f"{answer.method} {answer.path}"
    told = f": {said.rstrip('.')}." if said else "."
    status = answer.status
    match status:
        case 401:
            return _unauthorized(answer, told, host)
        case 403 if _BAD_KEY.search(said) or answer.path.endswith("/validate_keys"):
            return _unauthorized(answer, told, host)
        case 403:
            return Forbidden(
                f"Datadog does not allow {asked} with these keys{told}",
                hint=_permission_hint(answer),
                status=status,
                declines_write=answer.is_write,
            )
        case 404:
            return NotFound(
                f"Datadog knows nothing at {asked}{told}",
                hint="It was deleted, or the keys may not see it (a private incident).",
                status=status,
                declines_write=answer.is_write,
            )
        case 429:
            return RateLimited(
                f"Datadog asks to slow down (429 to {asked}){told}",
                hint="Run again in a minute, or with a lower DD_INCIDENT_ROLES_CONCURRENCY.",
                status=status,
            )
        case _ if 300 <= status < 400:
            return _redirected(answer, host, secrets)
        case _ if 400 <= status < 500:
            return Refused(
                f"Datadog declined {asked} with {status}{told}",
                hint="Nothing was changed; what Datadog says is in the message.",
                status=status,
                declines_write=answer.is_write,
            )
        case _:
            return UnexpectedAnswer(
                f"Datadog failed at {asked} with {status}{told}",
                hint=ambiguity_hint(answer.method) or "Run again; see Datadog's status page.",
                status=status,
                ambiguous=answer.is_write,
            )


def ambiguity_hint(method: str) -> str | None:
    """What to do about a write of which nobody knows whether it was applied; None of a reading."""
    if method in {"GET", "HEAD"}:
        return None
    return "It may have been applied: run `dd-incident-roles sync`, which looks before it writes."


def _unauthorized(answer: Answer, told: str, host: str) -> Unauthorized:
    asked = f"{answer.method} {answer.path}"
    return Unauthorized(
        f"Datadog does not accept the keys ({answer.status} to {asked}){told}",
        hint=f"Check DD_API_KEY, DD_APP_KEY and DD_SITE (now: {host}).",
        status=answer.status,
    )


def _redirected(answer: Answer, host: str, secrets: Sequence[str]) -> RedirectRefused:
    try:
        target = urlsplit(answer.headers.get("Location", "")).hostname
    except ValueError:
        target = None
    return RedirectRefused(
        f"{host} answered {answer.method} {answer.path} with a redirect to "
        f"{presentable(target or host, secrets)}, which would have received the keys.",
        hint="Check DD_SITE and DD_INCIDENT_ROLES_API_URL, and any proxy on the way.",
        status=answer.status,
    )


def _permission_hint(answer: Answer) -> str:
    needed = _permission(answer)
    if needed is None:
        return "Check what the application key and its owner are allowed to do in Datadog."
    private = (
        " A private incident also needs incidents_private_global_access."
        if needed in {"incident_read", "incident_write"}
        else ""
    )
    return (
        f"Give the application key and its owner the permission {needed}.{private} "
        "Datadog may say the same of wrong keys: check DD_API_KEY and DD_APP_KEY too."
    )


def _permission(answer: Answer) -> str | None:
    """Which permission the document names for a request; for readings of settings unverified."""
    verb = "write" if answer.is_write else "read"
    match answer.path.removeprefix("/api/v2/").split("/"):
        case ["incidents", "config", *_]:
            return f"incident_settings_{verb}"
        case ["incidents", *_]:
            return f"incident_{verb}"
        case ["users", *_]:
            return "user_access_read"
        case ["team", *_]:
            return "teams_read"
        case ["on-call", *_]:
            return "on_call_read"
        case _:
            return None


LONGEST = 300
"""How many characters of a foreign text an error message carries."""


def presentable(text: str, secrets: Sequence[str] = ()) -> str:
    """Return ``text`` on one line, without control characters or keys, cut at 300 characters."""
    for secret in secrets:
        text = text.replace(secret, "***")
    printable = "".join(character if character.isprintable() else " " for character in text)
    joined = " ".join(printable.split())
    return joined if len(joined) <= LONGEST else f"{joined[: LONGEST - 1]}…"
