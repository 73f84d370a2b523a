"""IR016 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Person, RoleKey
from dd_incident_roles.policy.facts import Dispute, Facts, RefusedChange
from dd_incident_roles.policy.finding import Breach
from dd_incident_roles.policy.rules.ir016_write_refused import WRITE_REFUSED
from dd_incident_roles.roles.catalogue import Level
from tests.policy.cases import ADA, BO, DECLARED, SCRIBE, at, facts, held, terms, verdict_of
from tests.policy.managers import HOSTILE, PRIVATE, SECRETS

DECLINED = "Datadog declined POST /api/v2/incidents/role_assignments with 409: taken."


def refused(
    attempt: str = "assign",
    *,
    role: RoleKey | None = SCRIBE,
    who: Person | None = BO,
    entry: str | None = None,
    tries: int = 1,
) -> RefusedChange:
    """That Datadog would not have Bo as Scribe, from the beginning."""
    return RefusedChange(
        attempt=attempt,
        reason=DECLINED,
        since=DECLARED,
        tries=tries,
        role=role,
        person=who,
        entry=entry,
    )


def with_refused(*changes: RefusedChange) -> Facts:
    """An incident in which Datadog refused these."""
    return replace(facts(), refused=changes)


ENTRY = refused("update", role=None, who=None, entry="k1")
RESPONDER = refused("create", role=None)

FINE = {
    "nothing was refused": with_refused(),
    "nobody holds anything": facts(),
    "a role is held": facts(holders=(SCRIBE,)),
    "a role waits to be told": replace(facts(), holdings=(held(SCRIBE, pending=True),)),
    "both sides differ, which is another rule's finding": replace(
        facts(), disputes=(Dispute(role=SCRIBE, wanted=BO, standing=ADA, since=DECLARED),)
    ),
    "a private incident in which nothing was refused": facts(PRIVATE),
    "two roles are held": facts(holders=(SCRIBE, INCIDENT_MANAGER)),
}

BROKEN = {
    "a role is refused": (with_refused(refused()), [(Level.ERROR, SCRIBE)]),
    "a removal is refused": (with_refused(refused("unassign")), [(Level.ERROR, SCRIBE)]),
    "a responder is refused": (with_refused(RESPONDER), [(None, None)]),
    "an entry is refused": (with_refused(ENTRY), [(None, None)]),
    "each by itself": (
        with_refused(refused(), refused(who=ADA), ENTRY),
        [(Level.ERROR, SCRIBE), (Level.ERROR, SCRIBE), (None, None)],
    ),
}


def ask(about: Facts) -> list[Breach]:
    return list(WRITE_REFUSED.evaluate(about, terms(at(12))))


@pytest.mark.parametrize("case", FINE)
def test_nothing_is_found(case: str) -> None:
    """An incident in which Datadog refused nothing breaks nothing."""
    assert ask(FINE[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_each_refused_write_is_found(case: str) -> None:
    """A refused role is an error, and anything else as grave as the rule."""
    about, expected = BROKEN[case]
    assert [(each.level, each.role) for each in ask(about)] == expected


def test_the_message_says_what_is_refused_and_why() -> None:
    """A person reads what was tried, since when, how often, and what Datadog said."""
    (breach,) = ask(with_refused(refused(tries=3)))
    assert breach.message == (
        'Datadog has refused to make Bo Scribe in IR-1001 "Checkout down" (SEV-1) since 14:00 UTC '
        "(12 minutes, asked 3 times): Datadog declined POST "
        "/api/v2/incidents/role_assignments with 409: taken."
    )
    assert breach.fix == "dd-incident-roles sync 1001 --retry-refused"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (refused("unassign"), "to take Scribe from Bo"),
        (RESPONDER, "to add Bo to the responders"),
        (refused("create", role=None, who=None, entry="k1"), "to add the entry k1"),
        (ENTRY, "to change the entry k1"),
        (refused("delete", role=None, who=None, entry="k1"), "to delete the entry k1"),
    ],
)
def test_each_attempt_has_its_words(change: RefusedChange, words: str) -> None:
    """Whatever was tried, it is said in plain words."""
    (breach,) = ask(with_refused(change))
    assert f"refused {words} in IR-1001" in breach.message


def test_each_finding_is_told_apart_and_stays_the_same() -> None:
    """Two people of one role, and two entries, are findings of their own, whatever the tries."""
    other = refused("update", role=None, who=None, entry="k2")
    about = with_refused(refused(), refused(who=ADA), ENTRY, other)
    prints = [each.fingerprint for each in verdict_of([WRITE_REFUSED], [about], at(12)).findings]
    assert len(set(prints)) == 4
    again = with_refused(refused(tries=7))
    (found,) = verdict_of([WRITE_REFUSED], [again], at(90)).findings
    assert found.fingerprint in prints


def test_nothing_is_told_of_a_private_incident() -> None:
    """Neither the person, nor the title, nor what Datadog said about them ends in a log."""
    about = replace(facts(PRIVATE), refused=(refused(who=HOSTILE),))
    (breach,) = ask(about)
    assert not [secret for secret in SECRETS if secret in breach.message + breach.fix]
    assert "409" not in breach.message
    assert "to make somebody Scribe" in breach.message
