"""Two records on one Datadog: what is stated on one is known to the other, and to a new one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from dd_incident_roles.model import EntryKey
from dd_incident_roles.roles.ledger import Decide, HandoffOutcome
from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import AuthorShown
from dd_incident_roles.sync.entries.identity import with_tag
from dd_incident_roles.sync.entries.log import write_line
from tests.endtoend.agreement import ANA, BO, CAROL, DAN, EVE
from tests.product import Clock, Product, Ran


@pytest.fixture
def first(product: Product, sandbox: Sandbox) -> Product:
    """The record of Ana, who commands 1001, with the timeline on."""
    on = {"DD_INCIDENT_ROLES_TIMELINE": "auto", "DD_INCIDENT_ROLES_ME": ANA}
    ana = replace(product, settings={**product.settings, **on})
    assert ana.run("sync").exit_code == 0
    sandbox.forget_requests()
    return ana


def ran(product: Product, *words: str, me: str = ANA) -> Ran:
    """Type a command as somebody, which does what was asked."""
    done = product.run(*words, DD_INCIDENT_ROLES_ME=me)
    assert done.exit_code == 0, done.said
    return done


def rows(product: Product) -> Any:
    """Who holds what by ``status``, in which stream and since when."""
    document = ran(product, "status", "1001", "--format", "json").json()
    [incident] = document["incidents"]
    return [
        (
            row["role"],
            row["stream"],
            [(each["email"], row["stream"] and each["since"]) for each in row["holders"]],
        )
        for row in incident["roles"]
    ]


def findings(product: Product) -> Any:
    """What the check finds, but for its times."""
    done = product.run("check", "1001", "--format", "json", "--fail-on", "never")
    return [(each["rule"], each["role"], each["stream"]) for each in done.json()["findings"]]


def test_a_proposal_is_accepted_on_another_record(first: Product, sandbox: Sandbox) -> None:
    """Bo accepts on his own machine, which never synced, what Ana proposed on hers."""
    ran(first, "handoff", "1001", "im", "--to", BO, "--propose", "--note", "hot")
    second = first.beside("second.sqlite3")
    accepted = ran(second, "handoff", "accept", "1001", "im", me=BO)
    assert "hot" in accepted.stdout
    assert sandbox.commander(1001) == BO
    ran(first, "sync")
    [handoff] = handoffs(first)
    assert (handoff.outcome, handoff.decided_by) == ("accepted", BO)
    assert handoffs(second) == [handoff]


def handoffs(product: Product, number: int = 1001) -> list[Any]:
    """The handoffs that a record knows."""
    with product.record() as record:
        [incident] = record.incidents_numbered(number)
        return list(record.handoffs(incident.id))


def test_a_proposal_is_declined_on_another_record(first: Product, sandbox: Sandbox) -> None:
    """The one who asked hears of it with the next look."""
    ran(first, "handoff", "1001", "im", "--to", BO, "--propose")
    second = first.beside("second.sqlite3")
    ran(second, "handoff", "decline", "1001", "im", me=BO)
    assert sandbox.commander(1001) == ANA
    ran(first, "status", "1001")
    assert [each.outcome for each in handoffs(first)] == ["declined"]


def test_streams_are_known_to_every_record(first: Product) -> None:
    """Two leads in two streams: the same rows and findings on a record begun before and after."""
    second = first.beside("second.sqlite3")
    ran(second, "sync")
    ran(first, "assign", "1001", "tl", DAN, "--stream", "database")
    ran(first, "assign", "1001", "tl", EVE, "--stream", "api")
    third = first.beside("third.sqlite3")
    for other in (second, third):
        assert rows(other) == rows(first)
        assert findings(other) == findings(first)
    ran(second, "assign", "1001", "tl", CAROL, "--stream", "api")
    for other in (second, third):
        ran(other, "sync")
    ran(first, "sync")
    assert rows(first) == rows(second) == rows(third)


def test_a_devised_role_is_known_to_every_record(first: Product) -> None:
    """It is listed, shown and given on a record that never heard of it."""
    ran(first, "roles", "devise", "1001", "Chaos Lead", "--summary", "Breaks things, on purpose")
    second = first.beside("second.sqlite3")
    assert rows(second) == rows(first)
    third = first.beside("third.sqlite3")
    assert "Chaos Lead" in ran(third, "assign", "1001", "Chaos Lead", DAN).stdout


def test_all_records_are_lost(first: Product) -> None:
    """One sync brings streams, devised roles, open handoffs and corrections back."""
    ran(first, "assign", "1001", "tl", DAN, "--stream", "database")
    ran(first, "roles", "devise", "1001", "Chaos Lead")
    ran(first, "handoff", "1001", "im", "--to", BO, "--propose")
    before, known = rows(first), handoffs(first)
    again = first.beside("again.sqlite3")
    ran(again, "sync")
    assert rows(again) == before
    assert handoffs(again) == known
    quiet = ran(again, "sync", "--format", "json").json()
    assert (quiet["changes"], set(quiet["requests"])) == ([], {"GET"})


def test_corrections_are_known_to_every_record(first: Product, clock: Clock) -> None:
    """A correction made on one record stands in the history that another one shows."""
    clock.move(hours=1)
    now = clock()
    times = ("--from", stamp(now, 40), "--until", stamp(now, 20))
    ran(first, "correct", "1001", "scribe", DAN, *times, "--reason", "Dan typed until Carol came")
    told = [
        corrected(ran(each, "history", "1001", "--format", "json").json())
        for each in (first, first.beside("second.sqlite3"))
    ]
    assert told[0] == told[1] != []


def stamp(now: datetime, minutes: int) -> str:
    """Some minutes ago, as a person types it."""
    return f"{now - timedelta(minutes=minutes):%Y-%m-%d %H:%M}"


def corrected(document: Any) -> list[Any]:
    """The rows of a history that come from a correction."""
    return [row for row in document["rows"] if row["basis"] == "corrected"]


def test_an_expired_proposal_is_expired_on_every_record(first: Product, clock: Clock) -> None:
    """Nobody answered in time: another record says so too, and the role stays where it is."""
    ran(first, "handoff", "1001", "im", "--to", BO, "--propose", "--within", "5m")
    clock.move(minutes=6)
    done = first.beside("second.sqlite3").run(
        "handoff", "accept", "1001", "im", DD_INCIDENT_ROLES_ME=BO
    )
    assert done.exit_code == 2
    assert "The proposal expired at" in done.stderr


def test_since_is_blank_where_only_datadog_shows_it(first: Product) -> None:
    """Datadog does not say since when Ana leads; the record's first look is no answer to that."""
    [row] = [
        row
        for row in ran(first, "status", "1001", "--format", "json").json()["incidents"][0]["roles"]
        if row["role"] == "incident_manager"
    ]
    assert [holder["since"] for holder in row["holders"]] == [None]
    [held] = ran(first, "history", "1001", "--role", "im", "--format", "json").json()["rows"]
    assert held["from"] is None
    assert held["seen"] is not None
    assert re.search(r"seen \d\d:\d\d", ran(first, "history", "1001").stdout)


FORGED = [
    ("another person", lambda text: text.replace("dan@", "eve@")),
    ("another stream", lambda text: text.replace("/database", "/api")),
    ("cut", lambda text: text[:-1]),
    ("without its check", lambda text: re.sub(r", v1\.\w+", "", text)),
    ("of a later version", lambda text: text.replace("v1.", "v9.")),
]


@pytest.mark.parametrize(("_name", "edit"), FORGED, ids=[name for name, _ in FORGED])
def test_an_edited_footer_is_a_plain_note(
    first: Product, sandbox: Sandbox, _name: str, edit: Callable[[str], str]
) -> None:
    """A new record takes nothing from it: Dan is shown as Datadog shows him, without a stream."""
    ran(first, "assign", "1001", "tl", DAN, "--stream", "database")
    [note] = [each for each in sandbox.cells(1001) if "tech_lead/database" in each.text]
    sandbox.edit_note(1001, note.id, edit(note.text))
    shown = {row[0]: row for row in rows(first.beside("second.sqlite3"))}
    assert shown["tech_lead"][1] is None


def test_a_line_pasted_into_another_incident_is_a_plain_note(
    first: Product, sandbox: Sandbox
) -> None:
    """The incident into which it was pasted knows of no handoff, and is synced as ever."""
    ran(first, "handoff", "1001", "im", "--to", BO, "--propose")
    asked = handoffs(first)
    [note] = [each for each in sandbox.cells(1001) if " asks " in each.text]
    sandbox.add_note(1002, EVE, note.text)
    for product in (first, first.beside("second.sqlite3")):
        ran(product, "sync")
        assert handoffs(product) == asked
        assert handoffs(product, 1002) == []
        assert ran(product, "sync", "--format", "json").json()["changes"] == []


def test_a_forged_footer_outranks_nothing(first: Product, sandbox: Sandbox) -> None:
    """Whoever writes a whole line by hand makes nobody a holder whom Datadog does not show."""
    ran(first, "assign", "1001", "tl", DAN, "--stream", "database")
    [note] = [each for each in sandbox.cells(1001) if "tech_lead/database" in each.text]
    sandbox.take_role(1001, "Tech Lead", DAN)
    sandbox.add_note(1001, EVE, note.text)
    second = first.beside("second.sqlite3")
    assert [row for row in rows(second) if row[2] and row[0] == "tech_lead"] == []


@pytest.mark.parametrize("outcome", ["declined", "withdrawn", "accepted", "superseded"])
def test_nobody_answers_for_somebody_else(first: Product, sandbox: Sandbox, outcome: str) -> None:
    """Eve writes a line with the right check by hand: Bo is still asked, on every record.

    It is so where Datadog shows who wrote an entry; where it does not, the line is believed.
    """
    sandbox.switch(timeline_authors=AuthorShown.RELATIONSHIP)
    ran(first, "handoff", "1001", "im", "--to", BO, "--propose")
    [asked] = handoffs(first)
    key = EntryKey(f"handoff-{asked.id}-end")
    by = "bo@corp.example"
    says = Decide(handoff_id=asked.id, outcome=HandoffOutcome(outcome), at=asked.proposed, by=by)
    with first.record() as record:
        [incident] = record.incidents_numbered(1001)
    line = write_line(says, key, incident.id)
    forged = with_tag("Bo answers", key=key, author="Bo", statement=line)
    sandbox.add_note(1001, EVE, forged)
    for product in (first, first.beside("second.sqlite3")):
        ran(product, "sync")
        assert handoffs(product) == [asked]
    assert sandbox.commander(1001) == ANA


def test_a_footer_is_for_programs(first: Product) -> None:
    """Where Datadog names no author the list of another record shows who signed, and no more."""
    ran(first, "assign", "1001", "tl", DAN, "--stream", "database")
    ran(first, "timeline", "add", "1001", "Rolled back")
    shown = ran(first.beside("second.sqlite3"), "timeline", "list", "1001").stdout
    assert "dd-incident-roles/" not in shown
    assert "v1." not in shown
    assert shown.count("\u2014 Ana") == 2


def test_without_a_timeline_it_is_said(first: Product) -> None:
    """What no field of Datadog holds is known here alone, and each command says so."""
    off = replace(first, settings={**first.settings, "DD_INCIDENT_ROLES_TIMELINE": "off"})
    alone = "Only this machine knows {}: the timeline is turned off."
    for words, what in (
        (("assign", "1001", "tl", DAN, "--stream", "database"), "the stream"),
        (("roles", "devise", "1001", "Chaos Lead"), "the role"),
        (("handoff", "1001", "im", "--to", BO, "--propose"), "this proposal"),
        (("handoff", "decline", "1001", "im"), "this answer"),
        (("handoff", "1001", "im", "--to", BO, "--propose"), "this proposal"),
        (
            ("status", "1001"),
            "the streams, proposed handoffs and devised roles of this incident",
        ),
    ):
        said = " ".join(ran(off, *words).said.split())
        assert alone.format(what) in said
        assert "in Datadog's timeline" not in said
