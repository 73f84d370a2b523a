"""The product at a terminal, for tests that can share one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dd_incident_roles.sandbox.seed import outage
from dd_incident_roles.sandbox.server import RunningSandbox
from tests.product import Product, reaching


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One product for tests that leave Datadog as it is, and do not ask what else is recorded."""
    store = tmp_path_factory.mktemp("shared") / "record.sqlite3"
    with RunningSandbox() as running:
        outage(running.sandbox)
        yield Product(store=store, settings=reaching(running.url, store))
