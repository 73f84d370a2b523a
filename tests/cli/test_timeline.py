"""``timeline``: one command, and what is then true where; ours, theirs, and a note per line."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dd_incident_roles.model import IncidentId
from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import Switch
from tests.product import Product, closed_port, interrupt_after

BO = "bo@corp.example"
DOWN = {"DD_INCIDENT_ROLES_API_URL": "http://127.0.0.1:9"}


def listed(product: Product) -> list[Any]:
    """The entries by ``timeline list``."""
    return list(product.run("timeline", "list", "1001", "--format", "json").json()["entries"])


def texts(product: Product) -> list[str]:
    """What the entries say."""
    return [entry["text"] for entry in listed(product)]


def key_of(product: Product, text: str) -> str:
    """The key of the entry that says so."""
    return next(str(entry["id"]) for entry in listed(product) if entry["text"] == text)


def state_of(product: Product) -> object:
    """How the one entry compares with Datadog."""
    [entry] = listed(product)
    return entry["targets"]["datadog"]["state"]


def notes(sandbox: Sandbox) -> list[str]:
    """The texts of the notes in Datadog, without our tags."""
    return [note.partition("\n\n\u2014")[0] for note in sandbox.notes(1001)]


def incident_id(sandbox: Sandbox) -> IncidentId:
    """The incident that the tests are about."""
    return IncidentId(sandbox.incident(1001).id)


def pipe(monkeypatch: pytest.MonkeyPatch, typed: bytes | str) -> None:
    """Have something on stdin."""
    sent = typed.encode() if isinstance(typed, str) else typed
    stdin = io.TextIOWrapper(io.BytesIO(sent), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", stdin)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (("--last", "2"), ["second", "third"]),
        (("--important",), ["second"]),
        (("--since", "25m"), ["second", "third"]),
        (("--since", "25m", "--last", "1"), ["third"]),
        (("--since", "now", "--important"), []),
    ],
    ids=" ".join,
)
def test_a_part_of_a_timeline(
    product: Product, chosen: tuple[str, ...], expected: list[str]
) -> None:
    """What is not asked for is left out of either format, and the table says how much that is."""
    add = ("timeline", "add", "1001", "--no-sync")
    product.run(*add, "first", "--at", "30m")
    product.run(*add, "second", "--at", "20m", "--important")
    product.run(*add, "third", "--at", "10m")
    ran = product.run("timeline", "list", "1001", *chosen, "--format", "json")
    assert [entry["text"] for entry in ran.json()["entries"]] == expected
    shown = product.run("timeline", "list", "1001", *chosen).stdout
    left_out = 3 - len(expected)
    assert f"{left_out} {'entry is' if left_out == 1 else 'entries are'} not shown.\n" in shown


def test_an_entry_lives_on_both_sides(product: Product, sandbox: Sandbox) -> None:
    """It is added, changed by the beginning of its key, and deleted; the archive keeps it."""
    added = product.run("timeline", "add", "1001", "Paged the DBA", "--important")
    [entry] = listed(product)
    key = entry["id"]
    assert (added.exit_code, added.stderr) == (0, "")
    assert added.stdout.startswith(f"Added {key} to the timeline of IR-1001, ")
    assert added.stdout.endswith('"Paged the DBA". Datadog shows it.\n')
    assert notes(sandbox) == ["Paged the DBA"]
    assert (entry["important"], entry["origin"]) == (True, "cli")
    assert entry["targets"]["datadog"]["state"] == "in_sync"

    edited = product.run("timeline", "edit", "1001", key[:4], "Paged two DBAs")
    assert edited.exit_code == 0
    assert edited.stdout.endswith("Datadog shows it.\n")
    assert notes(sandbox) == ["Paged two DBAs"]
    again = product.run("timeline", "edit", "1001", key, "Paged two DBAs")
    assert again.stdout.startswith("Nothing to change")

    deleted = product.run("timeline", "delete", "1001", key)
    assert deleted.exit_code == 0
    assert deleted.stdout.endswith("The archive keeps it.\n")
    product.run("sync", "1001")
    assert sandbox.notes(1001) == texts(product) == []
    with product.record() as record:
        archived = record.archived(incident_id(sandbox))
    assert archived[-1].entry.text == "Paged two DBAs"


def test_a_time_that_begins_with_a_dash(product: Product) -> None:
    """It is a time, and no option."""
    for at in (["--at", "-10m"], ["--at=-10m"]):
        assert product.run("timeline", "add", "1001", "Paged", *at, "--no-sync").exit_code == 0
    for entry in listed(product):
        ago = datetime.now(UTC) - datetime.fromisoformat(entry["at"])
        assert timedelta(minutes=10) <= ago < timedelta(minutes=15)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "1001", "x", "--at", "2999-01-01"), "is in the future"),
        (("add", "1001", "x", "--at", "0001-01-01T00:00+05:00"), "is before 2000"),
        (("add", "1001", "x", "--at", "soon"), "is not a time"),
        (("add", "1001", "  "), "is empty"),
        (("add", "1001", "x" * 10_001), "10001 characters"),
        (("add", "1001", "x", "--author", "nobody@corp.example"), "No user matches"),
        (("add", "nonsense", "x"), "no incident 'nonsense'"),
        (("edit", "1001", "abcd", "x"), "has no entry 'abcd'"),
        (("edit", "1001", "abc", "x"), "is too short"),
        (("delete", "1001", "abcd"), "has no entry 'abcd'"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done(shared: Product, arguments: tuple[str, ...], said: str) -> None:
    """A sentence says why, and nothing is recorded."""
    ran = shared.run("timeline", *arguments)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert listed(shared) == []


def test_the_author(product: Product) -> None:
    """Somebody else can be named, exactly; else it is whoever the settings name, else the login."""
    me = {"DD_INCIDENT_ROLES_ME": "ana@corp.example"}
    product.run("timeline", "add", "1001", "by Bo", "--author", "BO@corp.example", **me)
    product.run("timeline", "add", "1001", "by me", **me)
    product.run("timeline", "add", "1001", "by login", LOGNAME="carol")
    by_text = {entry["text"]: entry["author"] for entry in listed(product)}
    assert by_text == {"by Bo": "Bo", "by me": "Ana", "by login": "carol"}


def test_text_from_stdin(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dash stands for stdin, a note per line; bytes in another encoding are refused."""
    pipe(monkeypatch, b"first\nsecond\x07\n")
    ran = product.run("timeline", "add", "1001", "-", "--no-sync")
    assert ran.exit_code == 0
    assert "1 control character was left out" in ran.stderr
    pipe(monkeypatch, b"caf\xe9")
    ran = product.run("timeline", "add", "1001", "-", "--no-sync")
    assert ran.exit_code == 2
    assert "stdin is not UTF-8 text" in ran.stderr
    assert texts(product) == ["first", "second"]


def test_an_argument_that_is_no_text(product: Product) -> None:
    """A text that is not UTF-8 is kept as far as it is one, at the moment that ISO 8601 names."""
    at = ("--at", "2026-01-31T14:03+02:00")
    assert product.run("timeline", "add", "1001", "caf\udce9", *at, "--no-sync").exit_code == 0
    [entry] = listed(product)
    assert entry["text"] == "caf\N{REPLACEMENT CHARACTER}"
    assert entry["at"] == "2026-01-31T12:03:00Z"


def test_without_sync_it_waits(product: Product, sandbox: Sandbox) -> None:
    """An addition is pending and a deletion is not listed, and the next sync carries either."""
    added = product.run("timeline", "add", "1001", "Paged", "--no-sync")
    assert added.exit_code == 0
    assert "the next sync carries it to Datadog" in added.stdout
    assert sandbox.notes(1001) == []
    assert listed(product)[0]["targets"] == {"datadog": {"id": None, "state": "pending"}}
    assert product.run("sync", "1001").exit_code == 0
    assert (notes(sandbox), state_of(product)) == (["Paged"], "in_sync")
    key = key_of(product, "Paged")
    deleted = product.run("timeline", "delete", "1001", key, "--no-sync")
    assert "the next sync carries it to Datadog" in deleted.stdout
    assert (texts(product), notes(sandbox)) == ([], ["Paged"])
    product.run("sync", "1001")
    assert sandbox.notes(1001) == []


def test_an_outage_of_datadog(product: Product, sandbox: Sandbox) -> None:
    """The entry is kept, the command says so and exits with 3, and the record can be listed."""
    assert product.run("sync", "1001").exit_code == 0
    ran = product.run("timeline", "add", "1001", "Paged", **DOWN)
    assert ran.exit_code == 3
    assert ran.stdout.endswith("Recorded here, not yet in Datadog.\n")
    shown = product.run("timeline", "list", "1001", **DOWN)
    assert shown.exit_code == 3
    assert "Paged" in shown.stdout
    assert "this is what is recorded here" in shown.stdout
    assert product.run("sync", "1001").exit_code == 0
    assert notes(sandbox) == ["Paged"]


def test_a_lost_answer_duplicates_nothing(product: Product, sandbox: Sandbox) -> None:
    """Where nobody knows whether Datadog has the entry, that is said, and it comes once."""
    product.run("sync", "1001")
    sandbox.fault(FaultKind.DROP_AFTER, method="POST", path="timeline")
    ran = product.run("timeline", "add", "1001", "Paged")
    assert ran.exit_code == 3
    assert "it is not known whether Datadog has it" in ran.stdout
    assert product.run("sync", "1001").exit_code == 0
    assert notes(sandbox) == texts(product) == ["Paged"]


@pytest.mark.parametrize("switch", [Switch.MISSING, Switch.FORBIDDEN])
def test_datadog_without_a_timeline(product: Product, sandbox: Sandbox, switch: Switch) -> None:
    """The entry is kept, nothing is claimed of Datadog, and that is no failure."""
    sandbox.switch(timeline=switch)
    ran = product.run("timeline", "add", "1001", "Paged")
    assert ran.exit_code == 0
    assert ran.stdout.endswith("Recorded here, not in Datadog.\n")
    assert [entry["targets"] for entry in listed(product)] == [{}]
    assert "recorded here" in product.run("timeline", "list", "1001").stdout


def test_a_note_of_somebody_else(product: Product, sandbox: Sandbox) -> None:
    """It is listed and not recorded, corrected once, never deleted, and gone at a second look."""
    product.run("sync", "1001")
    cell = sandbox.add_note(1001, BO, "Cause: DNS", important=True)
    sandbox.forget_requests()
    [entry] = listed(product)
    shown = (entry["text"], entry["important"], entry["origin"])
    assert shown == ("Cause: DNS", True, "datadog")
    with product.record() as record:
        assert record.entries(incident_id(sandbox)) == ()
    assert sandbox.requests.writes() == []

    refused = product.run("timeline", "delete", "1001", entry["id"])
    assert refused.exit_code == 2
    assert "can delete it in Datadog" in refused.stderr
    assert sandbox.notes(1001) == ["Cause: DNS"]
    product.run("sync", "1001")
    sandbox.delete_note(1001, cell)
    assert (texts(product), state_of(product)) == (["Cause: DNS"], "pending")


def test_somebody_elses_entry_is_corrected_once(product: Product, sandbox: Sandbox) -> None:
    """Theirs stays as it is; ours says what is wrong with it, however often it is said."""
    sandbox.add_note(1001, BO, "Cause: DNS")
    key = key_of(product, "Cause: DNS")
    for _ in range(2):
        ran = product.run("timeline", "edit", "1001", key, "Cause: BGP")
        assert ran.exit_code == 0
    assert product.run("sync", "1001").exit_code == 0
    [theirs, ours] = sorted(notes(sandbox))
    assert theirs == "Cause: DNS"
    assert ours.startswith("Correction to the entry of ")


def test_a_text_that_datadog_cut(product: Product, sandbox: Sandbox) -> None:
    """The whole text stays here, and that Datadog shows another one is said."""
    sandbox.switch(timeline_longest=40)
    text = "Paged the database team about " + "very " * 20 + "slow queries"
    assert product.run("timeline", "add", "1001", text).exit_code == 0
    assert (texts(product), state_of(product)) == ([text], "conflict")
    assert "shows something else" in product.run("timeline", "list", "1001").stdout


def test_a_hostile_note_commands_nothing(product: Product, sandbox: Sandbox) -> None:
    """What people write in Datadog steers neither a terminal nor a CI log."""
    sandbox.add_note(1001, BO, "\x1b[2J::error::x\n::warning::y")
    for arguments in (("list", "1001"), ("export", "1001")):
        shown = product.run("timeline", *arguments).stdout
        assert "\x1b" not in shown
        assert not any(line.lstrip().startswith("::") for line in shown.splitlines())


def test_a_role_change_writes_one_entry(product: Product, sandbox: Sandbox) -> None:
    """Taking a role over and giving it up is told once each, here and in Datadog."""
    product.run("assign", "1001", "im", BO)
    product.run("assign", "1001", "im", BO)
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
    assert [text for text in notes(sandbox) if text in expected] == expected


def test_our_own_role_change_is_told_once(product: Product, sandbox: Sandbox) -> None:
    """Our entry comes back as a role change, and Datadog's own entry about it stays out.

    That takes Datadog's word for who wrote it: a footer alone proves nothing.
    """
    sandbox.switch(timeline_authors="attribute")
    product.run("sync")
    assert product.run("assign", "1001", "im", BO).exit_code == 0
    before = [(entry["text"], entry["kind"]) for entry in listed(product)]
    sandbox.forget_requests()
    anew = product.beside("anew.sqlite3")
    assert anew.run("sync").exit_code == 0
    after = [(entry["text"], entry["kind"]) for entry in listed(anew)]
    assert after == before == [("Bo took over Incident Manager from Ana", "role_change")]
    assert sandbox.requests.writes() == []


def test_a_note_per_line(
    product: Product, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All lines or none become notes, in their order, with the options of one."""
    pipe(monkeypatch, "Paged\n\n  \nRestarted\nRecovered\n")
    ran = product.run("note", "1001", "-", "--at", "10m", "--important")
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.stdout == "3 entries were added to the timeline of IR-1001. Datadog shows them.\n"
    assert texts(product) == ["Paged", "Restarted", "Recovered"]
    assert sorted(notes(sandbox)) == ["Paged", "Recovered", "Restarted"]
    pipe(monkeypatch, f"fine\n{'x' * 10_001}\n")
    assert product.run("timeline", "add", "1001", "-").exit_code == 2
    pipe(monkeypatch, "\n")
    assert "is empty" in product.run("timeline", "add", "1001", "-").stderr
    assert len(texts(product)) == 3


def test_the_scribe_takes_notes(
    product: Product, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has the time at which its line was finished; the last can be taken back."""
    pipe(monkeypatch, f"/undo\nPaged\nRestarded\n/undo\nRestarted\n{'x' * 10_001}\nRecovered")
    ran = product.run("timeline", "write", "1001")
    assert ran.exit_code == 0
    assert ran.stdout == "3 entries were added to the timeline of IR-1001. Datadog shows them.\n"
    assert 'Took back "Restarded".' in ran.stderr
    assert "There is nothing to take back." in ran.stderr
    assert "10001 characters" in ran.stderr
    assert texts(product) == ["Paged", "Restarted", "Recovered"]
    assert sorted(notes(sandbox)) == ["Paged", "Recovered", "Restarted"]


def test_the_scribe_goes_on_without_datadog(
    product: Product, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notes are kept, that is said once, and the next sync carries them."""
    assert product.run("sync").exit_code == 0
    pipe(monkeypatch, "Paged\nRestarted\n/undo\nRecovered\n")
    ran = product.run("timeline", "write", "1001", DD_INCIDENT_ROLES_API_URL=closed_port())
    assert ran.exit_code == 3
    assert "Recorded here, not yet in Datadog." in ran.stdout
    assert texts(product) == ["Paged", "Recovered"]
    pipe(monkeypatch, "")
    nothing = product.run("timeline", "write", "1001")
    assert nothing.stdout == "Nothing was added.\n"
    pipe(monkeypatch, "Here\n")
    assert product.run("timeline", "write", "1001", "--no-sync").exit_code == 0
    assert notes(sandbox) == []
    assert product.run("sync").exit_code == 0
    assert sorted(notes(sandbox)) == ["Here", "Paged", "Recovered"]


def test_ctrl_c_denies_the_scribe_no_note(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was recorded in that moment counts, and the line after it is not read."""
    assert product.run("sync").exit_code == 0
    pipe(monkeypatch, "Paged\nRestarted\n")
    with interrupt_after("entries"):
        ran = product.run("timeline", "write", "1001", "--no-sync")
    assert ran.exit_code == 0
    assert ran.stdout.startswith("1 entry was added to the timeline of IR-1001.")
    assert texts(product) == ["Paged"]


def test_a_slow_datadog_holds_nobody_up(
    product: Product, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notes have the times at which they were typed, not those at which Datadog was done."""
    assert product.run("sync").exit_code == 0
    sandbox.fault(FaultKind.LATENCY, method="GET", path="timeline", seconds=3.0)
    pipe(monkeypatch, "Paged\nRestarted\nRecovered\n")
    began = datetime.now(UTC)
    assert product.run("timeline", "write", "1001").exit_code == 0
    moments = [datetime.fromisoformat(each["at"]) for each in listed(product)]
    assert all(at < began + timedelta(seconds=2) for at in moments)
    assert len(moments) == 3
