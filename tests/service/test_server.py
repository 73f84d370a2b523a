"""What a watching sync answers: hooks that prove who sent them, figures, and health."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr
from slack_sdk.signature import SignatureVerifier

from dd_incident_roles.errors import Unreachable, UsageError
from dd_incident_roles.model import IncidentId
from dd_incident_roles.service.metrics import Metrics
from dd_incident_roles.service.report import Report
from dd_incident_roles.service.server import (
    MOST_BYTES,
    Address,
    Page,
    Served,
    Server,
    health,
    open_socket,
    parse_address,
)
from dd_incident_roles.service.watch import Hint, Pulse
from dd_incident_roles.sync.plan import SyncResult
from tests.product import Clock

SECRET = "a-secret-that-only-both-sides-have"
SIGNING = "whsec_" + base64.b64encode(b"k" * 32).decode()
UUID = "6ee8d9a5-6b1c-4d7e-9f3a-0c1d2e3f4a5b"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
INTERVAL = timedelta(seconds=30)
MARKED = "marked-text-that-is-not-repeated"


@dataclass
class Site:
    """A server that answers, with what it took from hooks."""

    clock: Clock = field(default_factory=Clock)
    hints: list[Hint] = field(default_factory=list)
    secrets: dict[str, SecretStr | None] = field(default_factory=dict)
    url: str = ""

    def send(
        self, system: str, body: bytes, headers: Mapping[str, str], method: str = "POST"
    ) -> requests.Response:
        """Send a hook."""
        url = f"{self.url}/hooks/{system}"
        return requests.request(method, url, data=body, headers=headers, timeout=10)


def served_by(site: Site) -> Served:
    """What a server answers with."""
    return Served(
        metrics=Metrics(clock=site.clock),
        interval=INTERVAL,
        pulse=Pulse({}, pid=1, monotonic=lambda: 0.0),
        secrets=lambda: site.secrets,
        hint=site.hints.append,
        clock=site.clock,
        board=Page(lambda: "<title>Board</title>", lambda: 0.0),
    )


@pytest.fixture
def site() -> Iterator[Site]:
    """A server on a port of its own."""
    site = Site(secrets=dict.fromkeys(SYSTEMS, SecretStr(SECRET)))
    listening = open_socket(Address())
    site.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with Server(served_by(site).application(), listening):
        yield site


def hub(name: str) -> Callable[[bytes, str, int], dict[str, str]]:
    """Signed as WebSub has it."""

    def sign(body: bytes, secret: str, _now: int) -> dict[str, str]:
        return {name: f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"}

    return sign


def slack(body: bytes, secret: str, now: int) -> dict[str, str]:
    """Signed as Slack's library has it."""
    signature = SignatureVerifier(secret).generate_signature(timestamp=str(now), body=body)
    assert signature
    return {"X-Slack-Request-Timestamp": str(now), "X-Slack-Signature": signature}


def gitlab(body: bytes, secret: str, now: int) -> dict[str, str]:
    """Signed as Standard Webhooks have it, where the secret is of that kind."""
    if not secret.startswith("whsec_"):
        return {"X-Gitlab-Token": secret}
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.new(key, f"msg_1.{now}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,AAAA v1,{base64.b64encode(made).decode()}"
    return {"webhook-id": "msg_1", "webhook-timestamp": str(now), "webhook-signature": signature}


Sign = Callable[[bytes, str, int], dict[str, str]]

SYSTEMS: Mapping[str, Sign] = {
    "datadog": lambda _body, secret, _now: {"X-Hook-Secret": secret},
    "github": hub("X-Hub-Signature-256"),
    "gitlab": gitlab,
    "jira": hub("X-Hub-Signature"),
    "slack": slack,
}

OF_GITHUB = {"repository": {"full_name": "Corp/Shop"}, "issue": {"number": 12}, "x": MARKED}
GITHUB = Hint(place="github:corp/shop#12")
GITLAB = Hint(place="gitlab:corp/incidents#7")
SLACK = Hint(place="slack:c0123456789")
CASES: tuple[tuple[str, object, Hint | None], ...] = (
    ("datadog", {"incident_id": UUID.upper(), "at": 1}, Hint(incident_id=IncidentId(UUID))),
    ("datadog", {"incident_id": "", "incident": "1001"}, Hint(public_id=1001)),
    ("datadog", {"incident": "IR-1001"}, Hint(public_id=1001)),
    ("datadog", {"incident": "$INCIDENT_PUBLIC_ID"}, None),
    ("datadog", ["1001"], None),
    ("github", OF_GITHUB, GITHUB),
    ("github", {"zen": "Keep it logically awesome."}, None),
    ("github", {"repository": {"full_name": "../x"}, "issue": {"number": 12}}, None),
    (
        "gitlab",
        {"project": {"path_with_namespace": "corp/incidents"}, "object_attributes": {"iid": 7}},
        GITLAB,
    ),
    (
        "gitlab",
        {
            "object_kind": "note",
            "project": {"path_with_namespace": "corp/incidents"},
            "object_attributes": {"id": 99},
            "issue": {"iid": 7},
        },
        GITLAB,
    ),
    ("jira", {"issue": {"key": "INC-12"}}, Hint(place="jira:inc-12")),
    ("jira", {"issue": {"key": True}}, None),
    ("slack", {"type": "event_callback", "event": {"channel": "C0123456789"}}, SLACK),
    ("slack", {"event": {"channel": {"id": "C0123456789"}}}, SLACK),
    ("slack", {"event": {"item": {"channel": "C0123456789"}}}, SLACK),
)


def signed(
    site: Site, system: str, body: bytes, secret: str = SECRET, late: int = 0
) -> dict[str, str]:
    """The headers of a hook that was signed so many seconds ago."""
    return SYSTEMS[system](body, secret, int(site.clock().timestamp()) - late)


@pytest.mark.parametrize(("system", "document", "hint"), CASES)
def test_a_hook_says_which_incident_to_look_at(
    site: Site, system: str, document: object, hint: Hint | None
) -> None:
    """By its id, number, issue or channel; one about anything else is no error."""
    body = json.dumps(document).encode()
    answer = site.send(system, body, signed(site, system, body))
    assert answer.status_code == (202 if hint else 200)
    assert site.hints == ([hint] if hint else [])


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_forged_or_replayed_hook_does_nothing(site: Site, system: str) -> None:
    """Without the secret, with another one, for another body, or a second time."""
    document = {
        **OF_GITHUB,
        "incident": "1001",
        "project": {"path_with_namespace": "corp/incidents"},
        "object_attributes": {"iid": 7},
        "event": {"channel": "C0123456789"},
    }
    document["issue"] = {"number": 12, "key": "INC-12", "iid": 7}
    body = json.dumps(document).encode()
    right = signed(site, system, body)
    forged = [{}, signed(site, system, body, "another-secret-of-some-length"), {"X-Hub": "1"}]
    forged += [
        dict.fromkeys(right, text) for text in ("", "sha256=", "v0=é".encode().decode("latin-1"))
    ]
    for headers in forged:
        assert site.send(system, body, headers).status_code == 401
    if system not in {"datadog", "gitlab"}:
        assert site.send(system, body + b" ", right).status_code == 401
    assert site.hints == []
    assert site.send(system, body, right).status_code == 202
    for _ in range(3):
        again = site.send(system, body, {**right, "X-GitHub-Delivery": "another"})
        assert (again.status_code, MARKED in again.text) == (200, False)
    assert len(site.hints) == 1


def test_what_signs_a_time_is_refused_after_five_minutes(site: Site) -> None:
    """A recording that nobody sent yet is of no use later, nor one from the future."""
    site.secrets["gitlab"] = SecretStr(SIGNING)
    body = b"{}"
    for system, secret in (("slack", SECRET), ("gitlab", SIGNING)):
        for late, status in ((301, 401), (-302, 401), (290, 200)):
            body = json.dumps({"late": late}).encode()
            headers = signed(site, system, body, secret, late)
            assert site.send(system, body, headers).status_code == status, (system, late)
        tampered = signed(site, system, body, secret, 301)
        fresh = signed(site, system, body, secret)
        time_of = next(name for name in fresh if "imestamp" in name)
        assert site.send(system, body, {**tampered, time_of: fresh[time_of]}).status_code == 401


def test_a_hook_whose_secret_is_not_set_is_not_there(site: Site) -> None:
    """No more than one of a system that nobody knows."""
    site.secrets["github"] = None
    body = json.dumps(OF_GITHUB).encode()
    for system in ("github", "unknown", "%2e%2e"):
        assert site.send(system, body, signed(site, "github", body)).status_code == 404
    assert site.hints == []


def test_bodies_are_limited_and_nothing_of_them_comes_back(site: Site) -> None:
    """Too large, no JSON, nested without end, another method: refused in fixed words."""
    large = MARKED.encode() * (MOST_BYTES // len(MARKED) + 1)
    deep = b"[" * 200_000
    for body, status in ((large, 413), (MARKED.encode(), 400), (b"\xff\xfe", 400), (deep, 400)):
        answer = site.send("jira", body, signed(site, "jira", body))
        assert (answer.status_code, MARKED in answer.text) == (status, False)

    def parts() -> Iterator[bytes]:
        yield from (large[:65_536] for _ in range(40))

    answer = requests.post(f"{site.url}/hooks/jira", data=parts(), timeout=10)
    assert answer.status_code == 413
    assert site.send("jira", b"", {}, method="GET").status_code == 405
    assert site.hints == []


def test_slack_gets_its_challenge_back_and_no_other_text(site: Site) -> None:
    """Only signed, only from Slack, and only what can be no markup."""
    for system, challenge, answer in (
        ("slack", "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P", True),
        ("slack", "<script>alert(1)</script>", False),
        ("jira", "abc", False),
    ):
        body = json.dumps({"type": "url_verification", "challenge": challenge}).encode()
        said = site.send(system, body, signed(site, system, body))
        assert said.status_code == 200
        assert (said.text == challenge) is answer
        assert (challenge in said.text) is answer


def test_the_board_is_for_names_of_this_machine_alone(site: Site) -> None:
    """A page of the internet that lets its own name lead here does not get to read it."""
    board = requests.get(site.url, timeout=10)
    assert (board.text, "Refresh" in board.headers) == ("<title>Board</title>", False)
    assert board.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    for seconds, refreshed in (("60", "60"), ("1", None), ("60;url=//evil.example", None)):
        asked = requests.get(site.url, params={"refresh": seconds}, timeout=10)
        assert asked.headers.get("Refresh") == refreshed
    foreign = requests.get(site.url, headers={"Host": "evil.example"}, timeout=10)
    assert (foreign.status_code, "Board" in foreign.text) == (403, False)
    assert "dd_incident_roles_build_info" in requests.get(f"{site.url}/metrics", timeout=10).text
    assert requests.get(f"{site.url}/livez", timeout=10).status_code == 200
    waiting = requests.get(f"{site.url}/healthz", timeout=10)
    assert (waiting.status_code, waiting.json()["reason"]) == (503, "no run was complete yet")


def test_health_is_three_intervals_without_a_complete_run() -> None:
    """One that failed says why, in words without names, and a long one is not held against it."""
    clock = Clock()
    metrics = Metrics(clock=clock)

    def report(error: Unreachable | None = None) -> Report:
        return Report(
            run="1",
            began=clock(),
            finished=clock(),
            seconds=2.0,
            is_whole=True,
            error=error,
            result=None if error else SyncResult(dry_run=False, incidents=()),
        )

    metrics.add(report())
    assert health(metrics, INTERVAL).reason is None
    clock.move(seconds=91)
    assert health(metrics, INTERVAL).reason is None
    clock.move(seconds=2)
    assert health(metrics, INTERVAL).reason == "runs take too long, or none began"
    metrics.add(report(Unreachable(MARKED)))
    assert health(metrics, INTERVAL).reason == "Unreachable (1)"
    metrics.add(report())
    assert health(metrics, INTERVAL).reason is None


def test_addresses_are_of_this_machine_unless_told(tmp_path: Path) -> None:
    """A port alone is loopback; what is no address, or is taken, is told at the start."""
    for typed, shown, is_here in (
        ("9464", "127.0.0.1:9464", True),
        (":9464", "127.0.0.1:9464", True),
        ("[::1]:9464", "[::1]:9464", True),
        ("0.0.0.0:9464", "0.0.0.0:9464", False),
        ("unix:/run/a.sock", "unix:/run/a.sock", False),
    ):
        address = parse_address(typed)
        assert (str(address), address.is_here) == (shown, is_here)
    for wrong in ("", "host", "host:port", "1:99999", "unix:"):
        with pytest.raises(UsageError, match="is no address"):
            parse_address(wrong)
    with open_socket(Address()) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"127\.0\.0\.1:{port}") as refused:
            open_socket(Address(port=port))
        assert "another port" in (refused.value.hint or "")
    path = tmp_path / "a.sock"
    with pytest.raises(UsageError, match="No such file"):
        open_socket(Address(path=str(path / "nowhere")))
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    with open_socket(Address(path=str(path))):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        with pytest.raises(UsageError, match="in use"):
            open_socket(Address(path=str(path)))
    listening = open_socket(Address(path=str(path)))
    with (
        Server(served_by(Site()).application(), listening),
        socket.socket(socket.AF_UNIX) as asking,
    ):
        asking.connect(str(path))
        asking.sendall(b"GET /livez HTTP/1.0\r\n\r\n")
        assert asking.recv(100).startswith(b"HTTP/1.1 200")
    assert not path.exists()
