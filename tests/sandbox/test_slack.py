"""The Slack of the sandbox, asked without the product's own client."""

from __future__ import annotations

from typing import Any

import requests

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.server import RunningSandbox


def test_slack_changes_what_it_is_given(running: RunningSandbox, sandbox: Sandbox) -> None:
    """Entities, links of addresses, a mention as its characters, a message for each write."""

    def act(what: str, **parts: object) -> None:
        body = {"act": f"slack.{what}", **parts}
        answer = requests.post(f"{running.url}/_sandbox/acts", json=body, timeout=10)
        assert answer.status_code == 200, answer.text

    def write(topic: str) -> Any:
        answer = requests.post(
            f"{running.url}/slack/api/conversations.setTopic",
            data={"channel": "C1", "topic": topic},
            headers={"Authorization": "Bearer x"},
            timeout=10,
        )
        return answer.json()

    act("add_channel", name="incident-1001", channel_id="C1")
    for _ in range(2):
        assert write("<@U1> & a@b.cd")["channel"]["topic"]["value"] == (
            "&lt;@U1&gt; &amp; <mailto:a@b.cd|a@b.cd>"
        )
    assert len(sandbox.slack.messages("C1")) == 2
    assert write("x" * 251) == {"ok": False, "error": "too_long"}
    act("archive", channel="C1")
    assert write("x") == {"ok": False, "error": "is_archived"}
    state = requests.get(f"{running.url}/_sandbox/state", timeout=10).json()
    assert state["slack"]["channels"][0]["is_archived"]
