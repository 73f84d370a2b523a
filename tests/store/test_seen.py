"""What was seen of incidents and people, and learned from outside: kept once, and as news only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles import model
from dd_incident_roles.store.opening import open_record
from dd_incident_roles.store.record import SqlRecord
from tests.store.samples import ANA, BO, ONE, START, TWO, clock, in_a_file, incident, minutes

FULL = incident(
    public_id=77,
    title="Ünïcode \N{FIRE} and 'quotes'\nand a line",
    severity="UNKNOWN",
    resolved=minutes(3),
    customer_impacted=True,
    incident_type="type",
    private=True,
    is_test=True,
    declared_by=model.UserId("u1"),
    commander=model.UserId("u2"),
    fields={
        "text": "x",
        "many": ("a", "b"),
        "none": None,
        "empty": (),
        "whole": 3,
        "real": 0.5,
        "yes": True,
    },
)
WHOLE = model.Person(
    key=ANA,
    name="Ana",
    email="ana@corp.example",
    handle="ana",
    user_id=model.UserId("u1"),
    kind=model.PersonKind.HUMAN,
    active=False,
)


def people(*persons: model.Person) -> dict[model.PersonKey, model.Person]:
    return {person.key: person for person in persons}


def observed(at: datetime, state: str = "active", **others: object) -> model.Observation:
    seen = model.Observation(at=at, severity="SEV-2", state=state, customer_impacted=False)
    return replace(seen, **others)  # type: ignore[arg-type]  # only the differing parts are given


def writes(record: SqlRecord) -> int:
    """How often the file was written, by anybody, since it was made."""
    return Path(f"{record.name}-wal").stat().st_size


def test_an_incident_comes_back_whole(record: SqlRecord) -> None:
    """Every part of an incident is kept, in its own type."""
    record.remember(FULL, {}, START)
    found = record.incident(ONE)
    assert found == FULL
    assert found is not None
    assert {name: type(value) for name, value in found.fields.items()} == {
        name: type(value) for name, value in FULL.fields.items()
    }


def test_a_person_comes_back_whole(record: SqlRecord) -> None:
    """Every part of a person is kept."""
    record.remember(incident(), people(WHOLE, model.Person(key=BO)), START)
    assert record.person(ANA) == WHOLE
    assert record.people() == (WHOLE, model.Person(key=BO))
    assert record.person(model.PersonKey("nobody")) is None


def test_incidents_are_found_by_number(record: SqlRecord) -> None:
    """A number leads to its incident, and all of them are listed by it; nothing is made up."""
    assert (record.incident(ONE), record.observations(ONE)) == (None, ())
    assert record.incidents_numbered(8) == ()
    first, second = incident(TWO, public_id=7), incident(ONE, public_id=8)
    for each in (second, first):
        record.remember(each, {}, START)
    assert record.incidents_numbered(8) == (second,)
    assert record.incidents() == (first, second)


def test_of_one_number_in_two_organisations_the_one_seen_last_comes_first(
    record: SqlRecord,
) -> None:
    """A record that two were mixed in has both."""
    record.remember(incident(ONE), {}, minutes(1))
    record.remember(incident(TWO), {}, minutes(0))
    assert record.incidents_numbered(1001) == (incident(ONE), incident(TWO))


def test_open_incidents_are_those_not_resolved(record: SqlRecord) -> None:
    """A state that nobody has listed counts as open."""
    states = ["active", "Resolved", "stable", "completed", "what is this"]
    for number, state in enumerate(states):
        record.remember(incident(model.IncidentId(state), public_id=number, state=state), {}, START)
    assert [each.id for each in record.open_incidents()] == ["active", "stable", "what is this"]


def test_the_first_observation_holds_since_the_declaration(record: SqlRecord) -> None:
    """What an incident was when first seen is taken to be so since it was declared."""
    record.remember(incident(), {}, minutes(30))
    assert record.observations(ONE) == (observed(START),)


@pytest.mark.parametrize(
    "change", [{"state": "stable"}, {"severity": "SEV-1"}, {"customer_impacted": True}]
)
def test_a_change_is_observed_when_it_is_seen(
    record: SqlRecord, change: Mapping[str, object]
) -> None:
    """Each of the observed parts makes a new observation, and so does changing it back."""
    for at, seen in enumerate([incident(), incident(**change), incident()]):  # type: ignore[arg-type]  # see the builder
        record.remember(seen, {}, minutes(at))
    first, second, third = record.observations(ONE)
    assert (second.at, third.at) == (minutes(1), minutes(2))
    assert {name: getattr(second, name) for name in change} == change
    assert replace(third, at=START) == first


def test_other_changes_are_not_observed(record: SqlRecord) -> None:
    """A new title changes the incident and adds no observation."""
    record.remember(incident(), {}, START)
    record.remember(incident(title="New"), {}, minutes(1))
    assert record.incident(ONE) == incident(title="New")
    assert len(record.observations(ONE)) == 1


def test_observations_never_go_back_in_time(record: SqlRecord) -> None:
    """A clock that is behind does not put a later change before an earlier one."""
    record.remember(incident(), {}, START)
    record.remember(incident(state="stable"), {}, minutes(9))
    record.remember(incident(state="resolved"), {}, minutes(-9))
    assert [each.at for each in record.observations(ONE)] == [START, minutes(9), minutes(9)]


@in_a_file
@pytest.mark.parametrize("again", [minutes(0), minutes(600)])
def test_seeing_the_same_again_writes_nothing(record: SqlRecord, again: datetime) -> None:
    """A run in which nothing changed does not touch the file, however late it is."""
    record.remember(FULL, people(WHOLE), START)
    before = writes(record)
    record.remember(FULL, people(WHOLE), again)
    assert writes(record) == before
    record.remember(replace(FULL, title="New"), people(WHOLE), again)
    assert writes(record) > before


@in_a_file
def test_seeing_less_of_a_person_is_no_news(record: SqlRecord) -> None:
    """A reading that knows only a handle takes nothing away, and writes nothing."""
    record.remember(incident(), people(WHOLE), START)
    before = writes(record)
    record.remember(incident(), people(model.Person(key=ANA, handle="ana", active=False)), START)
    assert record.person(ANA) == WHOLE
    assert writes(record) == before


@pytest.mark.parametrize(
    "news",
    [
        {"name": "Anna"},
        {"email": "anna@corp.example"},
        {"handle": "anna"},
        {"user_id": model.UserId("u9")},
        {"kind": model.PersonKind.SERVICE_ACCOUNT},
        {"active": True},
    ],
    ids=lambda news: next(iter(news)),
)
def test_news_of_a_person_is_kept(record: SqlRecord, news: dict[str, object]) -> None:
    """Each part of a person that changed is written, though the incident did not change."""
    changed = replace(WHOLE, **news)  # type: ignore[arg-type]  # only the differing part is given
    record.remember(incident(), people(WHOLE), START)
    record.remember(incident(), people(changed), START)
    assert record.person(ANA) == changed


field_values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.lists(st.text(max_size=5), max_size=3).map(tuple)
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
instants = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001 - the zones come from the next line
    max_value=datetime(2999, 1, 1),  # noqa: DTZ001 - as above
    timezones=st.integers(-720, 840).map(lambda count: timezone(timedelta(minutes=count))),
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlRecord]:
    location = tmp_path_factory.mktemp("shared") / "record.db"
    with open_record(str(location), clock=clock) as opened:
        yield opened


@given(
    title=texts,
    severity=texts,
    modified=instants,
    fields=st.dictionaries(st.text(max_size=5), field_values, max_size=4),
)
def test_whatever_datadog_says_comes_back(
    shared: SqlRecord,
    title: str,
    severity: str,
    modified: datetime,
    fields: dict[str, model.FieldValue],
) -> None:
    """Any text, instant and field value is read back equal, and is no news the second time."""
    seen: model.Incident = incident(
        title=title, severity=severity, modified=modified, fields=fields
    )
    shared.remember(seen, {}, START)
    before = writes(shared)
    shared.remember(seen, {}, START)
    assert shared.incident(ONE) == seen
    assert writes(shared) == before


def test_the_first_time_stays(record: SqlRecord) -> None:
    """Later readings, with or without news, leave the instant of the first one as it is."""
    assert record.first_seen(ONE) is None
    record.remember(incident(), {}, START)
    record.remember(incident(severity="SEV-1"), {}, START + timedelta(hours=1))
    record.remember(incident(severity="SEV-1"), {}, START + timedelta(hours=2))
    assert record.first_seen(ONE) == START


GRACE = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("kept", "at", "expected"),
    [
        (model.Absence(missed=START), minutes(4), model.Absence(missed=START)),
        (
            model.Absence(missed=START),
            minutes(5),
            model.Absence(missed=START, gone=minutes(5), looked=minutes(5)),
        ),
        (model.Absence(missed=minutes(9)), minutes(1), model.Absence(missed=minutes(1))),
        (
            model.Absence(missed=START, gone=minutes(5), looked=minutes(5)),
            minutes(9),
            model.Absence(missed=START, gone=minutes(5), looked=minutes(9)),
        ),
        (
            model.Absence(missed=START, gone=minutes(5)),
            minutes(9),
            model.Absence(missed=START, gone=minutes(5)),
        ),
    ],
    ids=[
        "within the grace",
        "a grace apart",
        "a clock that was ahead",
        "gone already",
        "let go of by a person",
    ],
)
def test_an_absence_is_believed_at_the_second_reading(
    kept: model.Absence, at: datetime, expected: model.Absence
) -> None:
    """Two readings a grace apart that lack an incident say that it is gone."""
    assert kept.seen_again(at, GRACE) == expected


def test_looks_for_what_is_gone_become_rare_and_never_end() -> None:
    """After an hour, then after twice as long each time, at last daily; in doubt at every run."""
    absence = model.Absence(missed=START)
    assert not absence.is_due(minutes(1))
    absence = absence.seen_again(minutes(5), GRACE)
    looks = []
    for minute in range(6, 5 * 24 * 60):
        if absence.is_due(minutes(minute)):
            absence = absence.seen_again(minutes(minute), GRACE)
            looks.append(minute)
    assert looks == [65, 130, 260, 520, 1040, 2080, 3520, 4960, 6400]
    assert absence.is_due(minutes(6000)), "a clock that was set back"
    assert not model.Absence(missed=START, gone=minutes(5)).is_due(minutes(99_999))


def test_a_gone_incident_is_listed_no_more_and_kept(record: SqlRecord) -> None:
    """It is found by id and number, and comes back when it is remembered unchanged."""
    for each in (incident(ONE), incident(TWO, public_id=7)):
        record.remember(each, {}, START)
    assert record.miss(ONE, at=START, grace=GRACE).gone is None
    assert len(record.incidents()) == 2
    assert record.miss(ONE, at=minutes(5), grace=GRACE).gone == minutes(5)
    assert [each.id for each in record.open_incidents()] == [TWO]
    assert record.incident(ONE) == incident(ONE)
    record.remember(incident(ONE), {}, minutes(6))
    assert record.absences() == {}
    assert {each.id for each in record.open_incidents()} == {ONE, TWO}


def test_an_incident_found_again_ends_a_doubt(record: SqlRecord) -> None:
    """Two readings in vain count only where none between them found it."""
    record.remember(incident(ONE), {}, START)
    record.miss(ONE, at=START, grace=GRACE)
    record.remember(incident(ONE), {}, minutes(1))
    assert record.miss(ONE, at=minutes(9), grace=GRACE).gone is None


def test_a_forgotten_incident_waits_for_nothing(record: SqlRecord) -> None:
    """It is gone at once, and since its first absence where there was one."""
    record.remember(incident(ONE), {}, START)
    record.miss(ONE, at=START, grace=GRACE)
    record.forget(ONE, at=minutes(1))
    assert record.absences() == {ONE: model.Absence(missed=START, gone=minutes(1))}


EU, US = model.Organisation(site="datadoghq.eu"), model.Organisation(site="datadoghq.com", id="b")
NAMED = replace(EU, id="a", name="A")


@pytest.mark.parametrize(
    ("kept", "found", "owner"),
    [
        (None, EU, EU),
        (EU, NAMED, NAMED),
        (NAMED, EU, NAMED),
        (NAMED, replace(NAMED, name="New"), replace(NAMED, name="New")),
        (replace(EU, id="a"), replace(EU, id="b"), replace(EU, id="a")),
        (EU, US, EU),
    ],
)
def test_a_record_belongs_to_the_first(
    record: SqlRecord,
    kept: model.Organisation | None,
    found: model.Organisation,
    owner: model.Organisation,
) -> None:
    """What becomes known of the owner is filled in, and another one changes nothing."""
    if kept:
        record.adopt(kept)
    assert record.adopt(found) == record.owner() == owner


def test_what_was_learned_is_kept_by_kind_and_key(record: SqlRecord) -> None:
    """Kinds do not get into each other's way."""
    record.put_cached("user", "1", "a")
    record.put_cached("user", "1", "b")
    record.put_cached("role", "1", "c")
    assert record.cached("user", "1") == "b"
    assert record.cached("role", "1") == "c"
    assert record.cached("user", "2") is None


def test_forgetting_one_or_all_of_a_kind(record: SqlRecord) -> None:
    """One thing can be forgotten, or all of a kind, or what is not there."""
    for key in ("1", "2", "3"):
        record.put_cached("user", key, "x")
    record.put_cached("role", "1", "x")
    record.forget_cached("user", "1")
    record.forget_cached("user", "9")
    assert [record.cached("user", key) for key in ("1", "2")] == [None, "x"]
    record.forget_cached("user")
    assert [record.cached("user", key) for key in ("2", "3")] == [None, None]
    assert record.cached("role", "1") == "x"


def test_what_expires_is_gone_at_its_time(store: str) -> None:
    """Something learned until an instant is not given from that instant on, and then let go."""
    now = [START]

    def clock() -> datetime:
        return now[0]

    with open_record(store, clock=clock) as record:
        record.put_cached("rung", "fields", "yes", expires_at=minutes(5))
        record.put_cached("rung", "roles", "no")
        now[0] = minutes(5) - timedelta(microseconds=1)
        assert record.cached("rung", "fields") == "yes"
        now[0] = minutes(5)
        assert record.cached("rung", "fields") is None
        record.put_cached("rung", "other", "no")
        now[0] = START
        assert record.cached("rung", "fields") is None
        assert record.cached("rung", "roles") == "no"
