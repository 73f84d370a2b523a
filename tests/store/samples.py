"""Values of the domain with only what matters written out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dd_incident_roles.model import (
    Assignment,
    Entry,
    EntryKey,
    Incident,
    IncidentId,
    PersonKey,
    RoleKey,
    Source,
)
from dd_incident_roles.roles.ledger import (
    Close,
    Correct,
    Correction,
    Decide,
    Devise,
    DevisedRole,
    Handoff,
    HandoffOutcome,
    Locate,
    Open,
    PlaceLink,
    Propose,
)
from dd_incident_roles.sync.entries.identity import Digest, digest_of
from dd_incident_roles.sync.state import (
    Attempt,
    Conflict,
    Drop,
    Edit,
    EntryIntent,
    EntryLink,
    IncidentResponder,
    Intent,
    Item,
    Link,
    Put,
    PutEntry,
    RefusedWrite,
    RegisterBase,
    RoleMember,
    RoleTombstone,
    SingleHolderRole,
    Tombstone,
)

in_a_file = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""For tests of what only a record in a file has."""

START = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
ONE = IncidentId("11111111-1111-4111-8111-111111111111")
TWO = IncidentId("22222222-2222-4222-8222-222222222222")
ANA, BO, CAROL = PersonKey("ana@corp.example"), PersonKey("bo@corp.example"), PersonKey("carol")
SCRIBE, TECH_LEAD, RUNNER = RoleKey("scribe"), RoleKey("tech_lead"), RoleKey("runner")
K1, K2, K3 = EntryKey("k1"), EntryKey("dd:k2"), EntryKey("k3~ü")
D1, D2 = Digest("d1"), Digest("d2")


def minutes(count: float) -> datetime:
    return START + timedelta(minutes=count)


def clock() -> datetime:
    return minutes(60)


def incident(incident_id: IncidentId = ONE, *, state: str = "active", **others: object) -> Incident:
    parts: dict[str, object] = {
        "public_id": 1001,
        "title": "Checkout fails",
        "severity": "SEV-2",
        "declared": START,
        "modified": START,
    }
    return Incident(id=incident_id, state=state, **{**parts, **others})  # type: ignore[arg-type]  # a builder: only the differing parts are given


def opening(
    identity: str = "a1",
    *,
    role: RoleKey = SCRIBE,
    person: PersonKey = ANA,
    stream: str | None = None,
    since: datetime = START,
) -> Open:
    return Open(
        assignment=Assignment(
            id=identity,
            role=role,
            stream=stream,
            person=person,
            since=since,
            until=None,
            set_by="ana@corp.example",
            source=Source.CLI,
        )
    )


def closing(identity: str = "a1", *, until: datetime = START + timedelta(minutes=5)) -> Close:
    return Close(
        assignment_id=identity, until=until, ended_by="datadog", ended_source=Source.DATADOG
    )


def link(
    item: Item = SingleHolderRole(SCRIBE),  # noqa: B008 - an immutable value
    holder: PersonKey | None = ANA,
    **others: object,
) -> Put:
    return Put(Link(item=item, holder=holder, via="list", **others))  # type: ignore[arg-type]  # a builder: only the differing parts are given


def intent(
    item: Item = SingleHolderRole(SCRIBE),  # noqa: B008 - an immutable value
    holder: PersonKey | None = ANA,
    since: datetime = START,
) -> Put:
    return Put(Intent(item=item, holder=holder, since=since))


def entry(key: EntryKey = K1, text: str = "It broke.", **others: object) -> Entry:
    parts: dict[str, object] = {"at": START, "created": minutes(1), "author": "ana@corp.example"}
    return Entry(key=key, text=text, **{**parts, **others})  # type: ignore[arg-type]  # a builder: only the differing parts are given


def put(key: EntryKey = K1, text: str = "It broke.", **others: object) -> PutEntry:
    return PutEntry(entry=entry(key, text, **others))


def agreed(written: Entry, remote_id: str = "r1", **others: object) -> Put:
    """The base row of an entry that both sides have as it is."""
    digest = digest_of(text=written.text, at=written.at, important=written.important)
    return entry_link(written.key, remote_id, local_digest=digest, **others)


def entry_link(key: EntryKey = K1, remote_id: str = "r1", **others: object) -> Put:
    parts: dict[str, object] = {"local_digest": D1, "remote_digest": D2}
    return Put(
        EntryLink(key=key, remote_id=remote_id, **{**parts, **others})  # type: ignore[arg-type]  # a builder: only the differing parts are given
    )


def entry_intent(
    key: EntryKey = K1,
    digest: Digest | None = D1,
    since: datetime = START,
    missing_since: datetime | None = None,
) -> Put:
    return Put(EntryIntent(key=key, digest=digest, since=since, missing_since=missing_since))


def tombstone(remote_id: str = "r1", since: datetime = START) -> Put:
    return Put(Tombstone(remote_id=remote_id, since=since))


def role_tombstone(person: PersonKey = BO) -> Put:
    return Put(RoleTombstone(role=SCRIBE, person=person, seen=START, since=minutes(1)))


def proposal(identity: str = "h1", **others: object) -> Propose:
    parts: dict[str, object] = {
        "role": SCRIBE,
        "stream": None,
        "giver": ANA,
        "receiver": BO,
        "proposed": START,
        "proposed_by": "ana@corp.example",
        "expires": minutes(10),
    }
    return Propose(handoff=Handoff(id=identity, **{**parts, **others}))  # type: ignore[arg-type]  # a builder: only the differing parts are given


def decision(
    identity: str = "h1",
    outcome: HandoffOutcome = HandoffOutcome.ACCEPTED,
    at: datetime = minutes(5),  # noqa: B008 - an immutable value
) -> Decide:
    return Decide(handoff_id=identity, outcome=outcome, at=at, by="bo@corp.example")


def correction(identity: str = "c1", **others: object) -> Correct:
    parts: dict[str, object] = {
        "role": SCRIBE,
        "stream": None,
        "person": BO,
        "since": START,
        "until": minutes(10),
        "reason": "Bo wrote from the start.",
        "set_by": "ana@corp.example",
        "recorded": minutes(20),
    }
    return Correct(correction=Correction(id=identity, **{**parts, **others}))  # type: ignore[arg-type]  # a builder: only the differing parts are given


def devising(key: RoleKey = RUNNER, **others: object) -> Devise:
    parts: dict[str, object] = {
        "title": "Runner",
        "is_single": True,
        "devised": START,
        "devised_by": "ana@corp.example",
    }
    return Devise(role=DevisedRole(key=key, **{**parts, **others}))  # type: ignore[arg-type]  # a builder: only the differing parts are given


MEMBER, RESPONDER, SINGLE_HOLDER = (
    RoleMember(TECH_LEAD, BO),
    IncidentResponder(ANA),
    SingleHolderRole(SCRIBE),
)
ITEMS: tuple[Item, ...] = (MEMBER, RESPONDER, SINGLE_HOLDER)
CLASH = Conflict(role=SCRIBE, wanted=None, standing=BO, since=START)
DECLINED = RefusedWrite(
    about="seat scribe",
    fingerprint="f1",
    attempt=Attempt.ASSIGN,
    reason="declined",
    hint=None,
    first=START,
    last=minutes(2),
    tries=2,
    role=SCRIBE,
)
FULL_ENTRY = entry(
    K3,
    "Ünïcode \N{FIRE} and 'quotes'\r\nand a line \x1b[31m\x00",
    author=None,
    important=True,
    kind="status_change",
    origin="datadog",
    deleted_at=minutes(9),
)
FULL_ROLE = devising(summary="Fetches.", may_hold=(BO, ANA), until=minutes(90), is_single=False)
OTHER_ROLE = devising(RoleKey("driver"))
NOBODYS = proposal("h2", stream="database", giver=None, note="I have to sleep.")
NEVER_HELD = correction("c2", stream="database", person=None)
LOCATED = Locate(
    place=PlaceLink(
        target="github",
        where="github:corp/shop#12",
        url="https://github.com/corp/shop/issues/12",
        stated=minutes(3),
        stated_by="ana@corp.example",
    )
)
REGISTER = RegisterBase(
    name="assignee", held=ANA, shown="ana-example", since=START, attempted=("bo",), overwritten=1
)
AGREED = entry_link(K1, "r1", ours=True, altered=True)
IN_DOUBT = entry_link(K2, "r2", remote_modified=minutes(4), missing_since=minutes(5))
SHARED: tuple[Edit, ...] = (
    *(opening(), PutEntry(entry=FULL_ENTRY), put(K1), proposal(), NOBODYS),
    *(correction(), NEVER_HELD, FULL_ROLE, OTHER_ROLE, LOCATED),
)
NOTES: tuple[Edit, ...] = (
    *(link(item, ANA, remote_id="r", missing_since=START) for item in ITEMS),
    *(intent(item, holder) for item in ITEMS for holder in (None, ANA, BO)),
    *(role_tombstone(BO), Put(CLASH), Put(DECLINED)),
    *(AGREED, IN_DOUBT, entry_intent(K1, None), entry_intent(K1, D1, missing_since=minutes(3))),
    *(tombstone("r9"), Put(REGISTER)),
)
FORGETTING: tuple[Edit, ...] = (
    *(
        Drop(Link, SINGLE_HOLDER),
        Drop(Intent, SINGLE_HOLDER),
        Drop(Conflict, SCRIBE),
        Drop(RoleTombstone, MEMBER),
    ),
    *(Drop(RefusedWrite, "seat scribe"), Drop(EntryLink, K1), Drop(EntryIntent, K1)),
    *(Drop(Tombstone, "r9"), Drop(RegisterBase, "assignee")),
)
