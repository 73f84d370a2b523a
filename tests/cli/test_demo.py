"""``demo``: the whole product at work, from start to end; one test, since it takes its time."""

from __future__ import annotations

from pathlib import Path

from tests.cli.program import run

LONG_PATIENCE_SECONDS = 300
SETTINGS_OF_SOMEBODY = {
    "DD_API_KEY": "key-of-the-real-datadog",
    "DD_INCIDENT_ROLES_ROLES": "/there/is/no/such/file",
    "HTTP_PROXY": "http://192.0.2.1:3128",
}
IN_ORDER = [
    "2 open incidents",
    "error IR010 Nobody is Scribe of IR-1001",
    "Carol is Scribe of IR-1001 now. Datadog and the topic of #incident-1001 show it.",
    "corp/incidents#1 is assigned to Ana",
    '"Failed over to the standby database". Datadog and corp/incidents#1 show it.',
    "in Datadog: new entry: The old database has no disk left",
    "in GitLab: new entry: Customers can pay again",
    "after Ana. Datadog, corp/incidents#1 and the topic of #incident-1001 show it.",
    "In Datadog the commander is now bo@corp.example",
    "In GitLab the issue is assigned to bo",
    "In Slack the topic is: ▸Roles: IM Bo",
    "1 incident checked (the incidents that were named); nothing found.",
    "Three things to try next",
]
MOST_LINES = 75


def test_the_demo(tmp_path: Path) -> None:
    """It shows the main job whatever the environment holds, and tidies up."""
    settings = {**SETTINGS_OF_SOMEBODY, "TMPDIR": str(tmp_path)}
    demo = run("demo", settings=settings, patience_seconds=LONG_PATIENCE_SECONDS)
    assert (demo.exit_code, demo.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []

    places = [demo.stdout.find(text) for text in IN_ORDER]
    assert -1 not in places
    assert places == sorted(places)
    assert len(demo.stdout.splitlines()) <= MOST_LINES
