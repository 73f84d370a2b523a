"""Hooks: who sent one, and which incident it is about. Nothing else in it is believed.

Each system proves itself in its own way, by a secret that both sides have. What is unverified was
never tried against the real system.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from binascii import Error as NoBase64
from collections import OrderedDict
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import IncidentId
from dd_incident_roles.places import parse_place
from dd_incident_roles.service.watch import Hint

Headers = Mapping[str, str]
"""The headers of a request; names are found in any case."""

DATADOG_HEADER: Final = "x-hook-secret"
"""The custom header of Datadog's webhook integration that has the secret; we chose its name."""

OLDEST_SECONDS: Final = 300
"""A signed time further away than this is of an earlier hook, or of a clock that is off."""

REMEMBERED: Final = 4096
"""How many hooks are remembered, lest one is sent again by somebody who overheard it."""

_GITLAB_SIGNING: Final = "whsec_"
_PUBLIC_ID: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9]{0,15}-)?([1-9][0-9]{0,9})", re.ASCII)
_INCIDENT_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{1,200}", re.ASCII)
# Bounded, since int() raises for thousands of digits, for which a header has room.
_WHOLE: Final = re.compile(r"[0-9]{1,15}", re.ASCII)


def is_genuine(system: str, secret: str, headers: Headers, body: bytes, *, now: float) -> bool:
    """Whether whoever sent a hook has the secret; ``now`` is in seconds since 1970."""
    return _CHECKS[system](secret, headers, body, now)


def _datadog(secret: str, headers: Headers, _body: bytes, _now: float) -> bool:
    # Its webhooks are not signed (document); a header of one's own can be configured.
    return _same(headers.get(DATADOG_HEADER, ""), secret)


def _hub(name: str) -> Callable[[str, Headers, bytes, float], bool]:
    def check(secret: str, headers: Headers, body: bytes, _now: float) -> bool:
        method, _, shown = headers.get(name, "").partition("=")
        return method == "sha256" and _same(shown, _digest(secret.encode(), body).hex())

    return check


def _gitlab(secret: str, headers: Headers, body: bytes, now: float) -> bool:
    """By its signing token (Standard Webhooks, GitLab's merge request 230944, unverified).

    A secret of the older kind comes as it is in a header.
    """
    if not secret.startswith(_GITLAB_SIGNING):
        return _same(headers.get("x-gitlab-token", ""), secret)
    sent, name = headers.get("webhook-timestamp", ""), headers.get("webhook-id", "")
    if not _is_recent(sent, now):
        return False
    try:
        key = base64.b64decode(secret.removeprefix(_GITLAB_SIGNING), validate=True)
    except NoBase64:
        return False
    made = _digest(key, f"{name}.{sent}.".encode() + body)
    right = f"v1,{base64.b64encode(made).decode()}"
    # Several where a token is being replaced.
    return any(_same(each, right) for each in headers.get("webhook-signature", "").split())


def _slack(secret: str, headers: Headers, body: bytes, now: float) -> bool:
    from slack_sdk.signature import Clock, SignatureVerifier

    class Now(Clock):
        def now(self) -> float:
            return now

    sent = headers.get("x-slack-request-timestamp", "")
    if not _is_recent(sent, now):
        return False
    try:
        return SignatureVerifier(secret, Now()).is_valid(
            body, sent, headers.get("x-slack-signature", "")
        )
    except (ValueError, TypeError):
        # It fails on a body or a signature that is no text.
        return False


_CHECKS: Final[Mapping[str, Callable[[str, Headers, bytes, float], bool]]] = MappingProxyType(
    {
        "datadog": _datadog,
        "github": _hub("x-hub-signature-256"),
        "gitlab": _gitlab,
        # Of hooks that an administrator makes, with a secret (document, unverified).
        "jira": _hub("x-hub-signature"),
        "slack": _slack,
    }
)

SYSTEMS: Final = tuple(_CHECKS)
"""Whose hooks there can be."""


def _digest(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).digest()


def _same(shown: str, right: str) -> bool:
    # As bytes: what is compared as text must be ASCII.
    return hmac.compare_digest(shown.encode(errors="replace"), right.encode())


def _is_recent(sent: str, now: float) -> bool:
    return bool(_WHOLE.fullmatch(sent)) and abs(now - int(sent)) <= OLDEST_SECONDS


class Seen:
    """The hooks that came already, by what they say; for one thread."""

    def __init__(self) -> None:
        self._digests: OrderedDict[bytes, None] = OrderedDict()

    def is_new(self, system: str, headers: Headers, body: bytes) -> bool:
        """Whether a hook did not come before; from now on it did.

        The id of a delivery is not signed as a rule, so that the body alone tells; two changes
        with the very same body are told apart by the time that is signed, where there is one.
        """
        sent = headers.get("x-slack-request-timestamp", "") if system == "slack" else ""
        name = hashlib.sha256(f"{system} {sent} ".encode(errors="replace") + body).digest()
        if name in self._digests:
            return False
        self._digests[name] = None
        if len(self._digests) > REMEMBERED:
            self._digests.popitem(last=False)
        return True


def read_body(body: bytes) -> object:
    """The document of a hook; raises ValueError for what is no JSON."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def challenge_in(system: str, document: object) -> str | None:
    """What Slack wants to have back before it sends hooks to an address, and nothing else."""
    if system != "slack" or _text(document, "type") != "url_verification":
        return None
    challenge = _text(document, "challenge")
    return challenge if challenge and _CHALLENGE.fullmatch(challenge) else None


def hint_in(system: str, document: object) -> Hint | None:
    """Which incident a hook is about; None for one about something else."""
    if system == "datadog":
        return _of_datadog(document)
    return _of_place(_PLACES[system](document))


def _of_datadog(document: object) -> Hint | None:
    """By the payload that docs/schedule.md has: an organisation writes it by hand."""
    name = (_text(document, "incident_id") or "").strip().casefold()
    if _INCIDENT_ID.fullmatch(name):
        return Hint(incident_id=IncidentId(name))
    number = _PUBLIC_ID.fullmatch((_text(document, "incident") or "").strip())
    return Hint(public_id=int(number[1])) if number else None


def _of_github(document: object) -> str | None:
    repository = _text(document, "repository", "full_name")
    number = _text(document, "issue", "number")
    return f"github:{repository}#{number}" if repository and number else None


def _of_gitlab(document: object) -> str | None:
    project = _text(document, "project", "path_with_namespace")
    is_note = _text(document, "object_kind") == "note"
    # In the hook of a comment, object_attributes are the comment's.
    number = _text(document, "issue" if is_note else "object_attributes", "iid")
    return f"gitlab:{project}#{number}" if project and number else None


def _of_jira(document: object) -> str | None:
    key = _text(document, "issue", "key")
    return f"jira:{key}" if key else None


def _of_slack(document: object) -> str | None:
    # A message has its channel as text, a channel that was renamed as an object.
    paths = (("channel",), ("channel", "id"), ("item", "channel"))
    found = (_text(document, "event", *path) for path in paths)
    channel = next(filter(None, found), None)
    return f"slack:{channel}" if channel else None


_PLACES: Final[Mapping[str, Callable[[object], str | None]]] = MappingProxyType(
    {"github": _of_github, "gitlab": _of_gitlab, "jira": _of_jira, "slack": _of_slack}
)


def _of_place(named: str | None) -> Hint | None:
    try:
        return Hint(place=parse_place(named, {}).identity) if named else None
    except UsageError:
        return None


def _text(document: object, *path: str) -> str | None:
    """The text or number at a place of a document; None where there is neither."""
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    if isinstance(document, int) and not isinstance(document, bool):
        return str(document)
    return document if isinstance(document, str) else None
