"""The record was lost: the timeline is as it was, and what the program wrote is not a note."""

from __future__ import annotations

from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.cli.timelines import listed
from tests.endtoend.product import Product


def test_our_own_role_change_is_told_once(product: Product, sandbox: Sandbox) -> None:
    """Our entry comes back as a role change, and Datadog's own entry about it stays out.

    That takes Datadog's word for who wrote it: a footer alone proves nothing.
    """
    sandbox.switch(timeline_authors="attribute")
    product.run("sync")
    assert product.run("assign", "1001", "im", "bo@corp.example").exit_code == 0
    before = [(entry["text"], entry["kind"]) for entry in listed(product)]
    sandbox.forget_requests()
    anew = product.beside("anew.sqlite3")
    assert anew.run("sync").exit_code == 0
    after = [(entry["text"], entry["kind"]) for entry in listed(anew)]
    assert after == before == [("Bo took over Incident Manager from Ana", "role_change")]
    assert sandbox.requests.writes() == []
