"""IR005 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Person, RoleKey
from dd_incident_roles.policy.facts import Dispute, Facts
from dd_incident_roles.policy.finding import SeenIn
from dd_incident_roles.policy.rules.ir005_assignment_conflict import ASSIGNMENT_CONFLICT
from tests.policy.cases import ADA, BACKUP, BO, DECLARED, SCRIBE, asking, at, facts
from tests.policy.managers import (
    HOSTILE,
    MALLORY,
    PRIVATE,
    SECRETS,
    commanded,
    manager,
    without_short_name,
)


def dispute(
    key: RoleKey = SCRIBE,
    *,
    wanted: Person | None = BO,
    standing: Person | None = ADA,
    since: datetime = DECLARED,
) -> Dispute:
    """That Datadog shows Ada where the record wanted Bo."""
    return Dispute(role=key, wanted=wanted, standing=standing, since=since)


def disputed(*disputes: Dispute) -> Facts:
    """An incident with these open questions."""
    return replace(facts(), disputes=disputes)


FINE = {
    "nothing is disputed": (disputed(), at(60), 0),
    "the places disagree, which is another rule's finding": (
        commanded(commander=ADA, recorded=manager(BO)),
        at(60),
        0,
    ),
    "within the grace of the policy": (disputed(dispute()), at(4.99), 5),
    "noted by a clock that is ahead": (disputed(dispute()), at(-0.1), 0),
    "several within the grace": (
        disputed(dispute(since=at(56)), dispute(BACKUP, since=at(57))),
        at(60),
        5,
    ),
}

BROKEN = {
    "at once": (disputed(dispute()), at(0), 0, {SCRIBE: at(0)}),
    "at the end of the grace of the policy": (disputed(dispute()), at(5), 5, {SCRIBE: at(0)}),
    "each role of its own": (
        disputed(dispute(since=at(3)), dispute(INCIDENT_MANAGER, since=at(7))),
        at(60),
        0,
        {SCRIBE: at(3), INCIDENT_MANAGER: at(7)},
    ),
    "the older one alone": (
        disputed(dispute(since=at(58)), dispute(BACKUP, since=at(55))),
        at(60),
        5,
        {BACKUP: at(55)},
    ),
}


ask = asking(ASSIGNMENT_CONFLICT)


@pytest.mark.parametrize("case", FINE)
def test_nothing_is_found(case: str) -> None:
    """An incident in which nothing is disputed, or not for long enough, breaks nothing."""
    assert ask(*FINE[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_each_conflict_is_found(case: str) -> None:
    """Each disputed role is found once, dated from when the conflict was noted."""
    about, now, grace, expected = BROKEN[case]
    breaches = ask(about, now, grace)
    assert {breach.role: breach.since for breach in breaches} == expected
    assert len(breaches) == len(expected)


def test_the_message_says_whom_each_side_has() -> None:
    """A person reads whom Datadog shows, whom the record wanted, and since when."""
    (breach,) = ask(disputed(dispute()), at(12))
    assert breach.message == (
        'Scribe of IR-1001 "Checkout down" (SEV-1) was changed on both sides and has been '
        "unsettled since 14:00 UTC (12 minutes): Datadog shows Ada, and the record wanted Bo; a "
        "choice was due at once."
    )
    assert breach.level is None


def test_an_empty_seat_is_called_nobody() -> None:
    """Either side may have emptied the role."""
    (emptied,) = ask(disputed(dispute(standing=None)), at(12))
    assert "Datadog shows nobody, and the record wanted Bo;" in emptied.message
    (given_up,) = ask(disputed(dispute(wanted=None)), at(12))
    assert "Datadog shows Ada, and the record wanted nobody;" in given_up.message


def test_the_evidence_names_both() -> None:
    """Both people are listed with the side that names them, and nobody for an empty one."""
    (breach,) = ask(disputed(dispute(wanted=None, since=at(3))), at(12))
    assert [(each.what, each.seen_in, each.who, each.since) for each in breach.evidence] == [
        ("shown as Scribe", SeenIn.DATADOG, ADA.key, None),
        ("wanted as Scribe", SeenIn.RECORD, None, at(3)),
    ]


def test_the_fix_can_be_pasted() -> None:
    """The fix assigns the role by its key, the manager by the short name where there is one."""
    about = disputed(dispute(), dispute(INCIDENT_MANAGER))
    assert [breach.fix for breach in ask(about, at(12))] == [
        "dd-incident-roles assign 1001 scribe PERSON",
        "dd-incident-roles assign 1001 im PERSON",
    ]
    assert ask(without_short_name(about), at(12))[1].fix == (
        "dd-incident-roles assign 1001 incident_manager PERSON"
    )


def test_nothing_is_told_of_a_private_incident() -> None:
    """Neither the people nor the title end in a log."""
    about = replace(facts(PRIVATE), disputes=(dispute(wanted=HOSTILE, standing=MALLORY),))
    (breach,) = ask(about, at(12))
    assert not [secret for secret in SECRETS if secret in breach.message + breach.fix]
    assert "Datadog shows somebody, and the record wanted somebody;" in breach.message
