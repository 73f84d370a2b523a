"""What is typed after ``roles devise``."""

from __future__ import annotations

from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.product import Product

SLIPS = {
    "nothing but control characters": (("\x07\x1b",), "needs a title on one line"),
    "300 characters": (("x" * 300,), "more than 255 characters"),
    "a name of Datadog's": (("Responder",), "a name that Datadog keeps for itself"),
    "a role of the catalogue": (("scribe",), "already a name of the role Scribe"),
    "an alias": (("TL",), "already a name of the role Tech Lead"),
    "nothing": (("  ",), "needs a title on one line"),
    "a long summary": (("Runner", "--summary", "y" * 1025), "The summary has 1025 characters"),
    "not a duration": (("Runner", "--for", "soon"), "'soon' is not a duration: try 10m"),
    "no time at all": (("Runner", "--for", "0s"), "longer than nothing"),
    "a number of holders": (("Runner", "--holders", "2"), "is not one of 'one', 'many'."),
    "both ways": (("Runner", "--define", "--no-sync"), "--define writes to Datadog"),
}


def test_a_slip(product: Product, sandbox: Sandbox) -> None:
    """A slip is told in a sentence before Datadog is asked or anything is recorded."""
    for typed, said in SLIPS.values():
        ran = product.run("roles", "devise", "1001", *typed)
        assert (ran.exit_code, ran.stdout) == (2, ""), typed
        assert said in ran.stderr
        assert "\x1b" not in ran.stderr
    assert sandbox.requests.count() == 0
    with product.record() as record:
        assert not record.any_devised()


def test_without_datadog(product: Product, sandbox: Sandbox) -> None:
    """With --no-sync an incident that is known is not asked for, and the next sync is named."""
    assert product.run("sync").exit_code == 0
    sandbox.forget_requests()
    ran = product.run("roles", "devise", "1001", "Night Runner", "--no-sync", "--holders", "many")
    assert ran.exit_code == 0
    assert ran.stdout == (
        "Night Runner is a role of IR-1001 now, for many. "
        "Recorded here; the next sync carries it to Datadog.\n"
    )
    assert ran.stderr == (
        "Give it to somebody: dd-incident-roles assign 1001 night_runner PERSON\n"
    )
    assert sandbox.requests.count() == 0


def test_a_title_of_any_kind(product: Product) -> None:
    """Any title that can be read can be devised, shown and assigned by its key."""
    given = {}
    for title in ("Связной", "网络联络员", "Chef d'équipe", "::error::x", "<!channel>"):
        ran = product.run("roles", "devise", "1001", title)
        assert ran.exit_code == 0, ran.said
        command = next(line for line in ran.stderr.splitlines() if line.startswith("Give it"))
        given[command.split()[-2]] = title
    for key in given:
        assert product.run("assign", "1001", key, "bo@corp.example").exit_code == 0
    status = product.run("status", "1001", "--format", "json").json()["incidents"][0]
    devised = [row for row in status["roles"] if row["devised"]]
    assert {row["role"]: row["title"] for row in devised} == given
    assert {holder["email"] for row in devised for holder in row["holders"]} == {"bo@corp.example"}
    assert [len(row["holders"]) for row in devised] == [1] * len(given)


def test_an_incident_without_a_record(product: Product) -> None:
    """Where there is no record the roles of an incident are not known, and none is made."""
    for arguments in (("list",), ("show", "im")):
        ran = product.run("roles", *arguments, "--incident", "1001")
        assert ran.exit_code == 3
        assert "There is no record at" in ran.stderr
        assert not product.store.exists()
