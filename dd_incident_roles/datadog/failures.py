"""Turns a missing or failed answer into one of our errors."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType
from typing import Final, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3

from dd_incident_roles import errors
from dd_incident_roles.datadog.wire import Answer, Object, document, is_write, text
from dd_incident_roles.errors import DatadogError
from dd_incident_roles.patience import TookTooLong
from dd_incident_roles.transport import NEVER_SENT, quoted, reason_of
from dd_incident_roles.words import clause, join_names

T = TypeVar("T")

NOT_OFFERED = (errors.NotFound, errors.Forbidden, errors.Refused)
"""What an organisation answers that lacks a part of the API, or whose keys may not use it."""

MISSING = frozenset({403, 404, 405, 501})
"""Statuses of an endpoint that is not there, or not for these keys."""

TransportError = requests.RequestException | urllib3.exceptions.HTTPError | TookTooLong
"""What requests, or urllib3 beneath it, raises instead of returning an answer."""

# Datadog says 403, not 401, of a missing or wrong API key (recording of v1 validate).
_BAD_KEY = re.compile(
    r"\b(api|app|application)[ _-]?keys?\b.*\b(required|invalid|missing|unknown|not found)\b"
    r"|\b(required|invalid|missing|unknown|bad)\b.*\b(api|app|application)[ _-]?keys?\b",
    re.IGNORECASE,
)

KEYS = ("DD_API_KEY", "DD_APP_KEY")
"""The variables that keys usually come from."""

_NEEDED: Final = MappingProxyType(
    {
        "config": "incident_settings_{}",
        "incidents": "incident_{}",
        "users": "user_access_read",
        "team": "teams_read",
        "on-call": "on_call_read",
    }
)
"""What the keys need for each part of the API; the braces take "read" or "write"."""


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
    return (
        "It may still have been applied. Run `dd-incident-roles sync`, which looks "
        "before it writes."
    )


def in_words(method: str, path: str) -> str:
    """What a request is for, as people say it: ``reading the timeline of the incident``."""
    match path.removeprefix("/api/v2/").split("/"):
        case ["incidents", "search"] | ["incidents"]:
            what = "the list of incidents"
        case ["incidents", "config", "rules" | "types", *_]:
            what = "the incident settings"
        case ["incidents", "config" | "role_assignments", *_]:
            what = "the roles"
        case ["incidents", _, "timeline", *_]:
            what = "the timeline of the incident"
        case ["incidents", _, "relationships", "todos"]:
            what = "the tasks of the incident"
        case ["incidents", _, *more]:
            what = "the responders of the incident" if more else "the incident"
        case ["users" | "current_user", *_]:
            what = "the users"
        case ["team", *_]:
            what = "the teams"
        case ["on-call", *_]:
            what = "who is on call"
        case _:
            what = "from the API" if method == "GET" else "to the API"
    return f"{'writing' if is_write(method) else 'reading'} {what}"


def waiting_notice(method: str, path: str, host: str) -> str:
    """What is being waited for, in words."""
    return f"Waiting for {host}: {in_words(method, path)} ..."


def out_of_time(method: str, path: str, host: str, seconds: float | None) -> errors.OutOfTime:
    """Return the error for a request that was not sent, because all the time is used up."""
    why = f"{host} took longer than {seconds:.0f} s" if seconds else "The run was interrupted"
    return errors.OutOfTime(f"{why}, so {in_words(method, path)} was not tried.", hint="Run again.")


def transport_error(error: TransportError, *, method: str, path: str, host: str) -> DatadogError:
    """Return the error for a request without an answer; it quotes nothing of the original.

    The original holds the request, and with it the keys. A write is ambiguous unless it certainly
    never left.
    """
    asked = in_words(method, path)
    reason = reason_of(error)
    if isinstance(
        error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError
    ):
        return errors.UnexpectedAnswer(
            f"The answer of {host} ({asked}) was cut short or could not be decoded.",
            hint=ambiguity_hint(method) or "Run again.",
            ambiguous=is_write(method),
        )
    if isinstance(reason, urllib3.exceptions.SSLError) and any(
        isinstance(argument, ssl.SSLCertVerificationError) for argument in reason.args
    ):
        return errors.Unreachable(
            f"The certificate of {host} is not trusted, so nothing was sent ({asked}).",
            hint="Check this machine's clock, the proxy, and REQUESTS_CA_BUNDLE for a private "
            "certificate authority.",
        )
    if isinstance(error, NEVER_SENT) or isinstance(reason, urllib3.exceptions.NewConnectionError):
        return errors.Unreachable(
            f"Could not connect to {host} ({asked}).",
            hint=f"Check the network, the proxy and DD_SITE (now: {host}).",
        )
    # From here on the request may have arrived.
    late = isinstance(error, requests.Timeout | TookTooLong)
    return errors.Unreachable(
        f"{host} did not answer ({asked}): "
        f"{'it took too long' if late else 'the connection was dropped'}.",
        hint=ambiguity_hint(method) or "Run again.",
        ambiguous=is_write(method),
    )


def refusal(
    answer: Answer, *, host: str, secrets: Sequence[str], keys: Sequence[str] = KEYS
) -> DatadogError:
    """Return the error for an answer whose status is not 2xx; ``keys`` are where ours come from."""
    said = quoted("; ".join(error_messages(answer.data)), secrets)
    # Who wants to know the request itself asks for it with -vv.
    asked, status = in_words(answer.method, answer.path), answer.status
    detail = f": {clause(said)}." if said else "."
    kind: type[DatadogError]
    match status:
        case 401 | 403 if status == 401 or _BAD_KEY.search(said):
            kind = errors.Unauthorized
            message = f"Datadog does not accept the keys ({status}, {asked}){detail}"
            hint = f"Check {', '.join(keys)} and DD_SITE (now: {host})."
        case 403:
            kind = errors.Forbidden
            message = f"Datadog does not allow {asked} with these keys{detail}"
            hint = _permission_hint(answer, keys)
        case 404:
            kind = errors.NotFound
            message = f"Datadog answered with 404, not found ({asked}){detail}"
            hint = "It was deleted, or it is private and these keys have no access to it."
        case 429:
            kind = errors.RateLimited
            message = f"Datadog's rate limit is reached (429, {asked}){detail}"
            hint = "Run again in a minute, or with a lower DD_INCIDENT_ROLES_CONCURRENCY."
        case _ if 300 <= status < 400:
            kind = errors.RedirectRefused
            elsewhere = quoted(_redirect_host(answer) or host, secrets)
            message = (
                f"{host} answered ({asked}) with a redirect to {elsewhere}, "
                "which would have received the keys."
            )
            hint = "Check DD_SITE and DD_INCIDENT_ROLES_API_URL, and any proxy on the way."
        case _ if 400 <= status < 500:
            kind = errors.Refused
            message = f"Datadog refused {asked} with {status}{detail}"
            hint = "Nothing was changed. The message above has Datadog's reason."
        case _:
            kind = errors.UnexpectedAnswer
            message = f"Datadog failed with {status} ({asked}){detail}"
            hint = ambiguity_hint(answer.method) or "Run again; see Datadog's status page."
    return kind(
        message,
        hint=hint,
        status=status,
        declines_write=answer.is_write and kind in NOT_OFFERED,
        # Of all these only a server that failed may have carried the write out before it did.
        ambiguous=answer.is_write and kind is errors.UnexpectedAnswer,
    )


def error_messages(body: bytes) -> Iterator[str]:
    """What the body of a failed request says; nothing when it says nothing legible.

    ``{"errors": ["…"]}`` and ``{"errors": [{"title": "…", "detail": "…"}]}`` are both recorded.
    """
    try:
        answer: Object = document(body)
    except errors.UnexpectedAnswer:
        return
    listed = answer.get("errors")
    for error in listed if isinstance(listed, list) else [answer.get("error"), answer]:
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


def _permission_hint(answer: Answer, keys: Sequence[str]) -> str:
    """Which permission a request takes, and what else the same answer can mean."""
    permission = _permission_for(answer.path, writes=answer.is_write)
    if permission is None:
        return "Check what the application key and its owner are allowed to do in Datadog."
    more = " A private incident also needs incidents_private_global_access."
    is_of_incidents = permission in {"incident_read", "incident_write"}
    return (
        f"Give the application key and its owner the permission {permission}."
        f"{more if is_of_incidents else ''} Datadog can give the same answer to wrong keys: "
        f"check {join_names(keys)} too."
    )


def _permission_for(path: str, *, writes: bool) -> str | None:
    """The permission that a request takes (document; for readings of settings unverified)."""
    parts = path.removeprefix("/api/v2/").split("/")
    place = parts[0]
    if parts[:2] == ["incidents", "config"]:
        # The types of incidents are read like the incidents themselves (specification).
        place = "incidents" if parts[2:3] == ["types"] and not writes else "config"
    needed = _NEEDED.get(place)
    return needed.format("write" if writes else "read") if needed else None
