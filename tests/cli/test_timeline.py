"""``timeline``: one command, and what is then true where; ours and somebody else's."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dd_incident_roles.model import IncidentId
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.switches import Switch
from tests.cli.program import COMMAND, ROOT, environment
from tests.product import Product


def listed(product: Product, **settings: str) -> list[Any]:
    """The entries by ``timeline list``."""
    entries = product.run("timeline", "list", "1001", "--format", "json", **settings).json()
    return list(entries["entries"])


def texts(product: Product) -> list[str]:
    """What the entries say."""
    return [entry["text"] for entry in listed(product)]


def key_of(product: Product, text: str) -> str:
    """The key of the entry that says so."""
    return next(str(entry["id"]) for entry in listed(product) if entry["text"] == text)


def said_there(sandbox: Sandbox) -> list[str]:
    """The texts of the notes in Datadog, without our tags."""
    return [note.partition("\n\n\u2014")[0] for note in sandbox.notes(1001)]


def incident_id(sandbox: Sandbox) -> IncidentId:
    """The incident that the tests are about."""
    return IncidentId(sandbox.incident(1001).id)


DOWN = "http://127.0.0.1:9"


def piped(product: Product, typed: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(product.settings),
        cwd=ROOT,
        input=typed,
        capture_output=True,
        check=False,
        timeout=60,
    )


def test_an_entry_is_added_on_both_sides(product: Product, sandbox: Sandbox) -> None:
    """One sentence says what was written and that Datadog shows it."""
    ran = product.run("timeline", "add", "1001", "Paged the DBA", "--important")
    [entry] = listed(product)
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"Added {entry['id']} to the timeline of IR-1001, ")
    assert ran.stdout.endswith('"Paged the DBA". Datadog shows it.\n')
    assert said_there(sandbox) == ["Paged the DBA"]
    assert (entry["important"], entry["origin"]) == (True, "cli")
    assert entry["targets"]["datadog"]["state"] == "in_sync"


@pytest.mark.parametrize("at", [["--at", "-10m"], ["--at=-10m"]], ids=str)
def test_how_long_ago(product: Product, at: list[str]) -> None:
    """A time that begins with a dash is a time, and no option."""
    assert product.run("timeline", "add", "1001", "Paged", *at, "--no-sync").exit_code == 0
    [entry] = listed(product)
    ago = datetime.now(UTC) - datetime.fromisoformat(entry["at"])
    assert timedelta(minutes=10) <= ago < timedelta(minutes=15)


@pytest.mark.parametrize("at", ["now", "10m", "10m ago", "00:00"])
def test_a_time_as_people_type_it(product: Product, at: str) -> None:
    """The present, a while ago, and a time of day are times that have come."""
    ran = product.run("timeline", "add", "1001", "Paged", "--at", at, "--no-sync")
    assert ran.exit_code == 0, ran.said
    [entry] = listed(product)
    assert (
        timedelta() <= datetime.now(UTC) - datetime.fromisoformat(entry["at"]) < timedelta(days=1)
    )


def test_a_time_of_another_zone(product: Product) -> None:
    """ISO times are kept as the moment that they name."""
    product.run("timeline", "add", "1001", "Paged", "--at", "2026-01-31T14:03+02:00", "--no-sync")
    assert [entry["at"] for entry in listed(product)] == ["2026-01-31T12:03:00Z"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "1001", "x", "--at", "2999-01-01"), "is in the future"),
        (("add", "1001", "x", "--at", "0001-01-01T00:00+05:00"), "is before 2000"),
        (("add", "1001", "x", "--at", "soon"), "is not a time"),
        (("add", "1001", "  "), "is empty"),
        (("add", "1001", "x" * 10_001), "10001 characters"),
        (("add", "1001", "x", "--author", "nobody@corp.example"), "Nobody is known"),
        (("add", "nonsense", "x"), "No incident 'nonsense'"),
        (("edit", "1001", "abcd", "x"), "has no entry 'abcd'"),
        (("edit", "1001", "abc", "x"), "is too little"),
        (("delete", "1001", "abcd"), "has no entry 'abcd'"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done(product: Product, arguments: tuple[str, ...], said: str) -> None:
    """A sentence says why, and nothing is recorded."""
    ran = product.run("timeline", *arguments)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert listed(product) == []


def test_the_author(product: Product) -> None:
    """Somebody else can be named, exactly; else it is whoever the settings name, else the login."""
    me = {"DD_INCIDENT_ROLES_ME": "ana@corp.example"}
    product.run("timeline", "add", "1001", "by Bo", "--author", "BO@corp.example", **me)
    product.run("timeline", "add", "1001", "by me", **me)
    product.run("timeline", "add", "1001", "by login", LOGNAME="carol")
    by_text = {entry["text"]: entry["author"] for entry in listed(product)}
    assert by_text == {"by Bo": "Bo", "by me": "Ana", "by login": "carol"}


def test_text_from_stdin(product: Product) -> None:
    """A dash stands for stdin, with all its lines."""
    ran = piped(product, b"first\nsecond\x07\n", "timeline", "add", "1001", "-", "--no-sync")
    assert ran.returncode == 0
    assert b"1 control character was left out" in ran.stderr
    assert texts(product) == ["first\nsecond"]


def test_stdin_that_is_no_text(product: Product) -> None:
    """Bytes in another encoding are refused in a sentence."""
    product = Product(store=product.store, settings={**product.settings, "PYTHONUTF8": "1"})
    ran = piped(product, b"caf\xe9", "timeline", "add", "1001", "-", "--no-sync")
    # In a locale without an encoding Python reads such bytes all the same, as replaceable halves.
    assert (ran.returncode, b"stdin is no text" in ran.stderr) in {(2, True), (0, False)}


def test_an_argument_that_is_no_text(product: Product) -> None:
    """A text that is not UTF-8 is kept as far as it is one."""
    assert product.run("timeline", "add", "1001", "caf\udce9", "--no-sync").exit_code == 0
    assert texts(product) == ["caf\N{REPLACEMENT CHARACTER}"]


def test_without_sync_it_waits(product: Product, sandbox: Sandbox) -> None:
    """The entry is recorded, shown as pending, and carried by the next sync."""
    ran = product.run("timeline", "add", "1001", "Paged", "--no-sync")
    assert ran.exit_code == 0
    assert "the next sync carries it to Datadog" in ran.stdout
    assert sandbox.notes(1001) == []
    assert listed(product)[0]["targets"] == {"datadog": {"id": None, "state": "pending"}}
    assert product.run("sync", "1001").exit_code == 0
    assert said_there(sandbox) == ["Paged"]
    assert listed(product)[0]["targets"]["datadog"]["state"] == "in_sync"


def test_an_outage_of_datadog(product: Product, sandbox: Sandbox) -> None:
    """The entry is kept, the command says so and exits with 3, and the record can be listed."""
    assert product.run("sync", "1001").exit_code == 0
    down = {"DD_INCIDENT_ROLES_API_URL": DOWN}
    ran = product.run("timeline", "add", "1001", "Paged", **down)
    assert ran.exit_code == 3
    assert ran.stdout.endswith("Recorded here, not yet in Datadog.\n")
    shown = product.run("timeline", "list", "1001", **down)
    assert shown.exit_code == 3
    assert "Paged" in shown.stdout
    assert "this is what was recorded here" in shown.stdout
    assert product.run("sync", "1001").exit_code == 0
    assert said_there(sandbox) == ["Paged"]


def test_a_lost_answer_duplicates_nothing(product: Product, sandbox: Sandbox) -> None:
    """Where nobody knows whether Datadog has the entry, that is said, and it comes once."""
    product.run("sync", "1001")
    sandbox.fault(FaultKind.DROP_AFTER, method="POST", path="timeline")
    ran = product.run("timeline", "add", "1001", "Paged")
    assert ran.exit_code == 3
    assert "it is not known whether Datadog has it" in ran.stdout
    assert product.run("sync", "1001").exit_code == 0
    assert said_there(sandbox) == ["Paged"]
    assert texts(product) == ["Paged"]


@pytest.mark.parametrize("switch", [Switch.MISSING, Switch.FORBIDDEN])
def test_datadog_without_a_timeline(product: Product, sandbox: Sandbox, switch: Switch) -> None:
    """The entry is kept, nothing is claimed of Datadog, and that is no failure."""
    sandbox.switch(timeline=switch)
    ran = product.run("timeline", "add", "1001", "Paged")
    assert ran.exit_code == 0
    assert ran.stdout.endswith("Recorded here, not in Datadog.\n")
    assert [entry["targets"] for entry in listed(product)] == [{}]
    assert "recorded here" in product.run("timeline", "list", "1001").stdout


def test_what_datadog_has_is_listed_and_not_recorded(product: Product, sandbox: Sandbox) -> None:
    """Looking writes no entry on either side."""
    product.run("sync", "1001")
    sandbox.add_note(1001, "bo@corp.example", "Database is down", important=True)
    sandbox.forget_requests()
    [entry] = listed(product)
    assert (entry["text"], entry["important"], entry["origin"]) == (
        "Database is down",
        True,
        "datadog",
    )
    with product.record() as record:
        assert record.entries(incident_id(sandbox)) == ()
    assert sandbox.requests.writes() == []


def test_a_text_that_datadog_cut(product: Product, sandbox: Sandbox) -> None:
    """The whole text stays here, and that Datadog shows another one is said."""
    sandbox.switch(timeline_longest=40)
    text = "Paged the database team about " + "very " * 20 + "slow queries"
    assert product.run("timeline", "add", "1001", text).exit_code == 0
    [entry] = listed(product)
    assert entry["text"] == text
    assert entry["targets"]["datadog"]["state"] == "conflict"
    assert "shows it otherwise" in product.run("timeline", "list", "1001").stdout


def test_a_note_that_datadog_no_longer_shows(product: Product, sandbox: Sandbox) -> None:
    """Until a second look believes it, the note is there, and not said to be in Datadog."""
    cell = sandbox.add_note(1001, "bo@corp.example", "Cause: DNS")
    product.run("sync", "1001")
    sandbox.delete_note(1001, cell)
    [entry] = listed(product)
    assert entry["text"] == "Cause: DNS"
    assert entry["targets"]["datadog"]["state"] == "pending"


def test_an_edit_reaches_datadog(product: Product, sandbox: Sandbox) -> None:
    """Our entry changes in its place, named by the beginning of its key."""
    product.run("timeline", "add", "1001", "Paged the DBA")
    key = key_of(product, "Paged the DBA")
    ran = product.run("timeline", "edit", "1001", key[:4], "Paged two DBAs")
    assert ran.exit_code == 0
    assert ran.stdout.endswith("Datadog shows it.\n")
    assert said_there(sandbox) == ["Paged two DBAs"]
    again = product.run("timeline", "edit", "1001", key, "Paged two DBAs")
    assert again.stdout.startswith("Nothing to change")


def test_somebody_elses_entry_is_corrected_once(product: Product, sandbox: Sandbox) -> None:
    """Theirs stays as it is; ours says what is wrong with it, however often it is said."""
    sandbox.add_note(1001, "bo@corp.example", "Cause: DNS")
    key = key_of(product, "Cause: DNS")
    for _ in range(2):
        ran = product.run("timeline", "edit", "1001", key, "Cause: BGP")
        assert ran.exit_code == 0
    assert product.run("sync", "1001").exit_code == 0
    there = said_there(sandbox)
    assert len(there) == 2
    assert "Cause: DNS" in there
    assert any(text.startswith("Correction to the entry of ") for text in there)


def test_a_deletion_reaches_datadog(product: Product, sandbox: Sandbox) -> None:
    """Our entry goes on both sides; the archive keeps it, and it does not come back."""
    product.run("timeline", "add", "1001", "Paged")
    ran = product.run("timeline", "delete", "1001", key_of(product, "Paged"))
    assert ran.exit_code == 0
    assert ran.stdout.endswith("The archive keeps it.\n")
    product.run("sync", "1001")
    assert sandbox.notes(1001) == texts(product) == []
    with product.record() as record:
        assert [each.entry.text for each in record.archived(incident_id(sandbox))][-1] == "Paged"


def test_a_deletion_waits_without_sync(product: Product, sandbox: Sandbox) -> None:
    """The wish is noted, not listed, and carried by the next sync."""
    product.run("timeline", "add", "1001", "Paged")
    ran = product.run("timeline", "delete", "1001", key_of(product, "Paged"), "--no-sync")
    assert "the next sync carries it to Datadog" in ran.stdout
    assert texts(product) == []
    assert said_there(sandbox) == ["Paged"]
    product.run("sync", "1001")
    assert sandbox.notes(1001) == []


def test_somebody_elses_entry_is_not_deleted(product: Product, sandbox: Sandbox) -> None:
    """The refusal says where it can be deleted."""
    sandbox.add_note(1001, "bo@corp.example", "Cause: DNS")
    ran = product.run("timeline", "delete", "1001", key_of(product, "Cause: DNS"))
    assert ran.exit_code == 2
    assert "can delete it in Datadog" in ran.stderr
    assert sandbox.notes(1001) == ["Cause: DNS"]


def test_a_role_change_writes_one_entry(product: Product, sandbox: Sandbox) -> None:
    """Taking a role over and giving it up is told once each, here and in Datadog."""
    product.run("assign", "1001", "im", "bo@corp.example")
    product.run("assign", "1001", "im", "bo@corp.example")
    product.run("assign", "1001", "scribe", "carol@corp.example")
    product.run("unassign", "1001", "scribe")
    product.run("sync", "1001")
    expected = [
        "Bo took over Incident Manager from Ana",
        "Carol is Scribe",
        "Carol is no longer Scribe",
    ]
    roles = [entry for entry in listed(product) if entry["kind"] == "role_change"]
    assert [entry["text"] for entry in roles if entry["origin"] == "cli"] == expected
    assert [text for text in said_there(sandbox) if text in expected] == expected


def test_a_hostile_note_commands_nothing(product: Product, sandbox: Sandbox) -> None:
    """What people write in Datadog steers neither a terminal nor a CI log."""
    sandbox.add_note(1001, "bo@corp.example", "\x1b[2J::error::x\n::warning::y")
    for arguments in (("list", "1001"), ("export", "1001")):
        shown = product.run("timeline", *arguments).stdout
        assert "\x1b" not in shown
        assert not any(line.lstrip().startswith("::") for line in shown.splitlines())


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
