"""The arrows of the architecture point inwards, and each check that says so can fail."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest

from tests.architecture import (
    LONGEST_FILE,
    OF_EVERY_FILE,
    OF_THE_PACKAGE,
    PACKAGE,
    Check,
    Source,
    arrows,
    docstrings,
    effects,
    file_name,
    floors,
    future_import,
    libraries,
    outside,
    size,
    sources,
)

ROOT = Path(__file__).parent.parent
OURS = sources(ROOT, PACKAGE)
TESTS = sources(ROOT, "tests")

OFFENDING: list[tuple[Check, str, str]] = [
    (arrows, "model.py", "import dd_incident_roles.errors"),
    (arrows, "errors.py", "from dd_incident_roles import model"),
    (arrows, "policy/engine.py", "from dd_incident_roles.datadog import http"),
    (arrows, "policy/engine.py", "def f():\n    from dd_incident_roles.report import targets"),
    (arrows, "policy/rules/x.py", "from dd_incident_roles.store.record import Record"),
    (arrows, "roles/catalogue.py", "import dd_incident_roles.policy.judge"),
    (arrows, "roles/ledger.py", "from dd_incident_roles.sync.run import sync"),
    (arrows, "sync/plan.py", "from dd_incident_roles.datadog.target import DatadogTarget"),
    (arrows, "sync/run.py", "from dd_incident_roles.store import record"),
    (arrows, "sync/apply.py", "from dd_incident_roles.cli.main import main"),
    (arrows, "sync/plan.py", "from . import state"),
    (arrows, "datadog/target.py", "from dd_incident_roles.store import record"),
    (arrows, "store/record.py", "from dd_incident_roles.settings import load_settings"),
    (arrows, "report/targets.py", "from dd_incident_roles.sandbox import sandbox"),
    (arrows, "sandbox/server.py", "from dd_incident_roles.datadog import wire"),
    (arrows, "settings/loading.py", "from dd_incident_roles.commands import assign"),
    (arrows, "nowhere/x.py", "x = 1"),
    (arrows, "commands/assign.py", "from dd_incident_roles.configuration import waivers"),
    (arrows, "commands/sync.py", "from dd_incident_roles.store.database import Database"),
    (floors, "commands/naming.py", "from dd_incident_roles.commands.assign import assign_role"),
    (floors, "commands/sync.py", "from dd_incident_roles.commands.handoff import hand_off"),
    (floors, "commands/nowhere.py", "x = 1"),
    (libraries, "sync/plan.py", "import requests"),
    (libraries, "datadog/http.py", "import sqlalchemy.orm"),
    (libraries, "policy/engine.py", "from alembic import command"),
    (libraries, "sync/run.py", "import sqlite3"),
    (libraries, "store/record.py", "from datadog_api_client import ApiClient"),
    (libraries, "cli/status.py", "from starlette.applications import Starlette"),
    (libraries, "cli/sandbox.py", "import uvicorn"),
    (libraries, "sync/run.py", "from rich.progress import Progress"),
    (libraries, "report/targets.py", "import click"),
    (libraries, "policy/engine.py", "import pydantic"),
    (libraries, "cli/main.py", "import a_library_nobody_agreed_on"),
    (effects, "sync/plan.py", "import threading"),
    (effects, "sync/plan.py", "from dd_incident_roles.patience import in_threads"),
    (effects, "policy/engine.py", "from pathlib import Path"),
    (effects, "policy/engine.py", "from urllib.request import urlopen"),
    (effects, "model.py", "import os"),
    (outside, "sync/run.py", "import os\nx = os.environ['DD_API_KEY']"),
    (outside, "cli/main.py", "from os import getenv"),
    (outside, "policy/engine.py", "import datetime\nx = datetime.datetime.now()"),
    (outside, "store/record.py", "x = datetime.now(UTC)"),
    (outside, "datadog/retry.py", "import time\ntime.sleep(1)"),
    (outside, "datadog/retry.py", "from time import time"),
    (outside, "datadog/retry.py", "def f(sleep=time.sleep): ..."),
    (outside, "sync/apply.py", "import uuid\nx = uuid.uuid4"),
    (outside, "sync/apply.py", "from uuid import uuid4"),
    (outside, "cli/main.py", "x = date.today()"),
    (outside, "datadog/http.py", "print('x')"),
    (outside, "store/record.py", "sys.stderr.write('x')"),
    (outside, "sync/run.py", "importlib.import_module('dd_incident_roles.cli')"),
    (size, "sync/plan.py", "x = 1\n" * (LONGEST_FILE + 1)),
    (file_name, "sync/utils.py", ""),
    (file_name, "sync/helpers.py", ""),
    (file_name, "sync/manager.py", ""),
    (file_name, "sync/common.py", ""),
    (future_import, "sync/plan.py", "import enum"),
    (docstrings, "sync/plan.py", "def plan(): ..."),
    (docstrings, "sync/plan.py", "async def plan(): ..."),
    (docstrings, "sync/plan.py", "class Plan:\n    x: int"),
    (docstrings, "sync/plan.py", "class Plan:\n    'One.'\n    def of(self): ..."),
    (docstrings, "tests/test_x.py", "def test_it(): ..."),
    (docstrings, "tests/test_x.py", "class TestIt:\n    def test_it(self): ..."),
]

FINE: list[tuple[Check, str, str]] = [
    (arrows, "sync/plan.py", "from dd_incident_roles.sync.state import Link"),
    (arrows, "cli/main.py", "from dd_incident_roles.commands import assign"),
    (arrows, "datadog/http.py", "from dd_incident_roles import __version__"),
    (
        floors,
        "commands/handoff.py",
        "from dd_incident_roles.commands.assign import assign_role",
    ),
    (libraries, "datadog/http.py", "import requests.adapters"),
    (libraries, "policy/engine.py", "import hashlib"),
    (effects, "sync/run.py", "from dd_incident_roles.patience import in_threads"),
    (effects, "policy/engine.py", "from urllib.parse import quote"),
    (outside, "sync/plan.py", "x = terms.now"),
    (outside, "settings/loading.py", "x = os.environ"),
    (outside, "cli/main.py", "x = datetime.now"),
    (size, "sync/plan.py", "x = 1\n" * LONGEST_FILE),
    (file_name, "policy/rules/ir001_no_incident_manager.py", ""),
    (future_import, "sync/__init__.py", '"""Words alone."""'),
    (docstrings, "sync/plan.py", "def _plan(): ..."),
    (docstrings, "sync/plan.py", "class _Plan:\n    def of(self): ..."),
    (docstrings, "tests/build.py", "def incident(): ..."),
]


def synthetic(path: str, text: str) -> Source:
    folder = "" if path.startswith("tests/") else f"{PACKAGE}/"
    return Source(path=PurePosixPath(f"{folder}{path}"), text=text)


def complaints(check: Check, files: tuple[Source, ...]) -> list[str]:
    return [f"{source.path}: {complaint}" for source in files for complaint in check(source)]


@pytest.mark.parametrize("check", OF_THE_PACKAGE, ids=lambda check: check.__name__)
def test_the_arrows_hold(check: Check) -> None:
    """Nothing inside reaches outwards: not by our own modules, a library, or the outside world."""
    assert complaints(check, OURS) == []


@pytest.mark.parametrize("check", OF_EVERY_FILE, ids=lambda check: check.__name__)
def test_every_file_can_be_read(check: Check) -> None:
    """Files are short, well named, and say what their public parts and their tests are for."""
    assert complaints(check, OURS + TESTS) == []


def test_there_is_something_to_check() -> None:
    """The checks look at the package and the tests, and not at empty folders."""
    layers = {source.layer for source in OURS}
    assert {"model", "errors", "sync", "roles", "policy", "report"} <= layers
    assert any(source.path.name == "test_architecture.py" for source in TESTS)


@pytest.mark.parametrize(("check", "path", "text"), OFFENDING)
def test_each_check_can_fail(check: Check, path: str, text: str) -> None:
    """A source that breaks the rule is complained about."""
    assert list(check(synthetic(path, text))) != []


@pytest.mark.parametrize(("check", "path", "text"), FINE)
def test_what_is_allowed_is_let_through(check: Check, path: str, text: str) -> None:
    """A source that keeps the rule is not complained about."""
    assert list(check(synthetic(path, text))) == []


def test_the_map_names_only_files_that_are_there() -> None:
    """Each path in the description of the architecture leads to a file of today."""
    described = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z_]+(?:/[a-z0-9_]+)*\.(?:py|yaml|toml|md))`", described))
    places = (ROOT, ROOT / PACKAGE)
    assert len(named) > 40
    assert [path for path in named if not any((place / path).is_file() for place in places)] == []
