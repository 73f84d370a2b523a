"""What it means that no answer came, as one of our errors."""

from __future__ import annotations

import ssl

import requests
import urllib3

from dd_incident_roles.datadog.answer import is_write
from dd_incident_roles.datadog.patience import TookTooLong
from dd_incident_roles.datadog.refusals import ambiguity_hint
from dd_incident_roles.errors import DatadogError, OutOfTime, UnexpectedAnswer, Unreachable

TransportError = requests.RequestException | urllib3.exceptions.HTTPError | TookTooLong
"""What requests, or urllib3 beneath it, raises instead of returning an answer."""

_NEVER_SENT = (
    requests.ConnectTimeout,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidSchema,
)


def fault(error: TransportError, *, method: str, path: str, host: str) -> DatadogError:
    """Return the error for a request without an answer; it quotes nothing of the original.

    The original holds the request, and with it the keys. A write is ambiguous unless it certainly
    never left.
    """
    asked = f"{method} {path}"
    if isinstance(
        error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError
    ):
        return UnexpectedAnswer(
            f"The answer of {host} to {asked} broke off or could not be decoded.",
            hint=ambiguity_hint(method) or "Run again.",
            ambiguous=is_write(method),
        )
    if _certificate_refused(error):
        return Unreachable(
            f"The certificate of {host} is not one to trust, so {asked} was not sent.",
            hint="Check the clock, the proxy, and REQUESTS_CA_BUNDLE for a private authority.",
        )
    if _never_sent(error):
        return Unreachable(
            f"No connection to {host} could be made for {asked}.",
            hint=f"Check the network, the proxy and DD_SITE (now: {host}).",
        )
    late = isinstance(error, requests.Timeout | TookTooLong)
    return Unreachable(
        f"{host} did not answer {asked}: "
        f"{'it took too long' if late else 'the connection was dropped'}.",
        hint=ambiguity_hint(method) or "Run again.",
        ambiguous=is_write(method),
    )


def too_late(method: str, path: str, host: str, seconds: float | None) -> OutOfTime:
    """Return the error for a request that was not sent, because all the time is used up."""
    waited = f"{host} was waited for {seconds:.0f} s, and" if seconds else "It was interrupted, and"
    return OutOfTime(f"{waited} {method} {path} was not sent any more.", hint="Run again.")


def doing(method: str, path: str, host: str) -> str:
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


def _never_sent(error: TransportError) -> bool:
    return isinstance(error, _NEVER_SENT) or isinstance(
        _reason(error), urllib3.exceptions.NewConnectionError
    )


def _certificate_refused(error: TransportError) -> bool:
    reason = _reason(error)
    return isinstance(reason, urllib3.exceptions.SSLError) and any(
        isinstance(argument, ssl.SSLCertVerificationError) for argument in reason.args
    )


def _reason(error: TransportError) -> BaseException | None:
    inner = error.args[0] if error.args else None
    return inner.reason if isinstance(inner, urllib3.exceptions.MaxRetryError) else None
