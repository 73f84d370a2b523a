"""``demo``: the whole product at work, from start to end, once for all these tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Ended, run
from tests.documents.readme import README, fenced, fits


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for temporary files that the demo is given."""
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def demo(temporary: Path) -> Ended:
    """What the demo came to, for somebody who has settings of their own."""
    return run(
        "demo",
        TMPDIR=str(temporary),
        DD_API_KEY="key-of-the-real-datadog",
        DD_INCIDENT_ROLES_ROLES="/there/is/no/such/file",
        HTTP_PROXY="http://192.0.2.1:3128",
    )


def test_it_goes_through(demo: Ended) -> None:
    """It ends with 0 and complains about nothing, whatever the environment holds."""
    assert (demo.exit_code, demo.stderr) == (0, "")


def test_it_leaves_nothing_behind(demo: Ended, temporary: Path) -> None:
    """The record and its folder are gone afterwards."""
    assert demo.exit_code == 0
    assert list(temporary.iterdir()) == []


def test_it_shows_the_main_job(demo: Ended) -> None:
    """Both sides are brought together, the empty role is found, and the check goes quiet."""
    in_order = [
        "Ana is Incident Manager",
        "Bo is Incident Manager of IR-1001 now, after Ana. Datadog shows it.",
        "The commander in Datadog is now: bo@corp.example",
        "in the record: Eve is Tech Lead",
        "in the record: Dan is no longer Tech Lead",
        "error IR010 Nobody is Scribe of IR-1001",
        "Carol is Scribe of IR-1001 now. Datadog shows it.",
        "2 incidents checked; nothing found.",
        "2 incidents, 0 changes;",
    ]
    places = [demo.stdout.find(text) for text in in_order]
    assert -1 not in places
    assert places == sorted(places)


def test_the_readme_shows_it_as_it_is(demo: Ended) -> None:
    """What the README says that the demo prints is what it prints, but for the times."""
    blocks = fenced(README.read_text("utf-8"), "text")
    [shown] = [body for body in blocks if body.startswith("$ make demo\n")]
    assert fits(shown.removeprefix("$ make demo\n"), demo.stdout), demo.stdout
