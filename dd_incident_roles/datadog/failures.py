"""What it means that no answer came, or one that is no success, as one of our errors."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

import requests
import urllib3

from dd_incident_roles.datadog.patience import TookTooLong
from dd_incident_roles.datadog.transport import Answer, is_write
from dd_incident_roles.datadog.wire import Object, document, text
from dd_incident_roles.errors import (
    DatadogError,
    Forbidden,
    NotFound,
    OutOfTime,
    RateLimited,
    RedirectRefused,
    Refused,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
)
from dd_incident_roles.words import clause, shorten

T = TypeVar("T")

NOT_OFFERED = (NotFound, Forbidden, Refused)
"""What an organisation answers that lacks a part of the API, or whose keys may not use it."""

TransportError = requests.RequestException | urllib3.exceptions.HTTPError | TookTooLong
"""What requests, or urllib3 beneath it, raises instead of returning an answer."""

_NEVER_SENT = (
    requests.ConnectTimeout,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidSchema,
)

# Datadog says 403, not 401, of a missing or wrong API key (recording of v1 validate).
_BAD_KEY = re.compile(
    r"\b(api|app|application)[ _-]?keys?\b.*\b(required|invalid|missing|unknown|not found)\b"
    r"|\b(required|invalid|missing|unknown|bad)\b.*\b(api|app|application)[ _-]?keys?\b",
    re.IGNORECASE,
)

_LONGEST_QUOTE = 300


def if_offered(ask: Callable[[], T]) -> T | None:
    """What Datadog answers, None where it lacks this part of the API or keeps it from our keys."""
    try:
        return ask()
    except NOT_OFFERED:
        return None


def ambiguity_hint(method: str) -> str | None:
    """What to do about a write of which nobody knows whether it was applied; None of a reading."""
    if not is_write(method):
        return None
    return "It may have been applied: run `dd-incident-roles sync`, which looks before it writes."


def waiting_notice(method: str, path: str, host: str) -> str:
    """What is being waited for, in words."""
    match path.removeprefix("/api/v2/").split("/"):
        case ["incidents", "search"] | ["incidents"]:
            what = "the list of incidents"
        case ["incidents", "config" | "role_assignments", *_]:
            what = "the roles"
        case ["incidents", _, "timeline", *_]:
            what = "the timeline of the incident"
        case ["incidents", _, *more]:
            what = "the responders of the incident" if more else "the incident"
        case ["users" | "current_user", *_]:
            what = "who is who"
        case _:
            what = path
    return f"Waiting for {host}: {'writing' if is_write(method) else 'reading'} {what} ..."


def out_of_time(method: str, path: str, host: str, seconds: float | None) -> OutOfTime:
    """Return the error for a request that was not sent, because all the time is used up."""
    waited = f"{host} was waited for {seconds:.0f} s, and" if seconds else "It was interrupted, and"
    return OutOfTime(f"{waited} {method} {path} was not sent any more.", hint="Run again.")


def transport_error(error: TransportError, *, method: str, path: str, host: str) -> DatadogError:
    """Return the error for a request without an answer; it quotes nothing of the original.

    The original holds the request, and with it the keys. A write is ambiguous unless it certainly
    never left.
    """
    asked = f"{method} {path}"
    inner = error.args[0] if error.args else None
    reason = inner.reason if isinstance(inner, urllib3.exceptions.MaxRetryError) else None
    if isinstance(
        error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError
    ):
        return UnexpectedAnswer(
            f"The answer of {host} to {asked} broke off or could not be decoded.",
            hint=ambiguity_hint(method) or "Run again.",
            ambiguous=is_write(method),
        )
    if isinstance(reason, urllib3.exceptions.SSLError) and any(
        isinstance(argument, ssl.SSLCertVerificationError) for argument in reason.args
    ):
        return Unreachable(
            f"The certificate of {host} is not one to trust, so {asked} was not sent.",
            hint="Check the clock, the proxy, and REQUESTS_CA_BUNDLE for a private authority.",
        )
    if isinstance(error, _NEVER_SENT) or isinstance(reason, urllib3.exceptions.NewConnectionError):
        return Unreachable(
            f"No connection to {host} could be made for {asked}.",
            hint=f"Check the network, the proxy and DD_SITE (now: {host}).",
        )
    # From here on the request may have arrived.
    late = isinstance(error, requests.Timeout | TookTooLong)
    return Unreachable(
        f"{host} did not answer {asked}: "
        f"{'it took too long' if late else 'the connection was dropped'}.",
        hint=ambiguity_hint(method) or "Run again.",
        ambiguous=is_write(method),
    )


def refusal(answer: Answer, *, host: str, secrets: Sequence[str]) -> DatadogError:
    """Return the error for an answer whose status is not 2xx."""
    said = _quote("; ".join(error_messages(answer.data)), secrets)
    asked = f"{answer.method} {answer.path}"
    told = f": {clause(said)}." if said else "."
    status = answer.status
    match status:
        case 401 | 403 if status == 401 or _BAD_KEY.search(said):
            return Unauthorized(
                f"Datadog does not accept the keys ({status} to {asked}){told}",
                hint=f"Check DD_API_KEY, DD_APP_KEY and DD_SITE (now: {host}).",
                status=status,
            )
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
            return RedirectRefused(
                f"{host} answered {asked} with a redirect to "
                f"{_quote(_redirect_host(answer) or host, secrets)}, "
                "which would have received the keys.",
                hint="Check DD_SITE and DD_INCIDENT_ROLES_API_URL, and any proxy on the way.",
                status=status,
            )
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


def error_messages(body: bytes) -> Iterator[str]:
    """What the body of a failed request says; nothing when it says nothing legible.

    ``{"errors": ["…"]}`` and ``{"errors": [{"title": "…", "detail": "…"}]}`` are both recorded.
    """
    try:
        answer: Object = document(body)
    except UnexpectedAnswer:
        return
    errors = answer.get("errors")
    for error in errors if isinstance(errors, list) else [answer.get("error"), answer]:
        if isinstance(error, str):
            yield error
        elif isinstance(error, dict):
            parts = (text(error, "title"), text(error, "detail"))
            if said := ": ".join(part for part in parts if part) or text(error, "message"):
                yield said


def _redirect_host(answer: Answer) -> str | None:
    try:
        return urlsplit(answer.headers.get("Location", "")).hostname
    except ValueError:
        return None


def _permission_hint(answer: Answer) -> str:
    """Which permission the document names for a request; for readings of settings unverified."""
    verb = "write" if answer.is_write else "read"
    match answer.path.removeprefix("/api/v2/").split("/"):
        case ["incidents", "config", *_]:
            needed, private = f"incident_settings_{verb}", ""
        case ["incidents", *_]:
            needed = f"incident_{verb}"
            private = " A private incident also needs incidents_private_global_access."
        case ["users", *_]:
            needed, private = "user_access_read", ""
        case ["team", *_]:
            needed, private = "teams_read", ""
        case ["on-call", *_]:
            needed, private = "on_call_read", ""
        case _:
            return "Check what the application key and its owner are allowed to do in Datadog."
    return (
        f"Give the application key and its owner the permission {needed}.{private} "
        "Datadog may say the same of wrong keys: check DD_API_KEY and DD_APP_KEY too."
    )


def _quote(text: str, secrets: Sequence[str]) -> str:
    """A foreign text on one line, without control characters or keys, and not too long."""
    for secret in secrets:
        text = text.replace(secret, "***")
    printable = "".join(character if character.isprintable() else " " for character in text)
    return shorten(" ".join(printable.split()), _LONGEST_QUOTE)
