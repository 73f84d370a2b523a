"""IR004 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER, Person, RoleKey
from dd_incident_roles.policy.facts import (
    Dispute,
    Facts,
    FactsMissing,
    Holding,
    IncidentIssue,
    NotConnected,
    NotRead,
)
from dd_incident_roles.policy.finding import SeenIn
from dd_incident_roles.policy.rules.ir004_incident_manager_disagrees import (
    INCIDENT_MANAGER_DISAGREES,
)
from tests.policy.cases import ADA, BO, CAI, SCRIBE, asking, at, incident, terms
from tests.policy.managers import (
    DEPLOY_BOT,
    FORMER,
    GENERIC,
    HOSTILE,
    MALLORY,
    PRIVATE,
    SECRETS,
    UNREAD,
    commanded,
    issue,
    manager,
    with_other_short_name,
)

NO_TRACKER = NotConnected(reason="no issue tracker is connected")
Tracked = IncidentIssue | NotConnected | NotRead


def named(
    commander: Person | None = None,
    recorded: Holding | None = None,
    tracked: Tracked = NO_TRACKER,
    *,
    modified: float = 0,
    disputed: RoleKey | None = None,
) -> Facts:
    """An incident whose manager these places name."""
    about = commanded(commander=commander, recorded=recorded, about=incident(modified=at(modified)))
    conflict = Dispute(role=disputed, wanted=BO, standing=ADA, since=at(0)) if disputed else None
    return replace(about, issue=tracked, disputes=(conflict,) if conflict else ())


TWO = named(ADA, manager(BO))

FINE = {
    "all name one": (named(ADA, manager(ADA), issue(ADA)), at(60)),
    "nobody is named": (named(), at(60)),
    "Datadog alone": (named(ADA), at(60)),
    "the record alone": (named(None, manager(ADA)), at(60)),
    "the issue alone": (named(None, None, issue(ADA)), at(60)),
    "an empty seat in Datadog": (named(None, manager(ADA), issue(ADA)), at(60)),
    "nothing in the record": (named(ADA, None, issue(ADA)), at(60)),
    "an issue of nobody": (named(ADA, manager(ADA), issue()), at(60)),
    "an issue of several": (named(ADA, manager(ADA), issue(BO, ADA, CAI)), at(60)),
    "the record changed a moment ago": (named(ADA, manager(BO, since=at(50.1))), at(60)),
    "Datadog may have changed a moment ago": (named(ADA, manager(BO), modified=50.1), at(60)),
    "Datadog may have changed by a clock that is ahead": (
        named(ADA, manager(BO), modified=90),
        at(60),
    ),
    "the issue changed a moment ago": (
        named(ADA, manager(ADA), issue(BO, since=at(50.1))),
        at(60),
    ),
    "the manager changed a moment ago, and the issue did not yet": (
        named(ADA, manager(ADA, since=at(50.1)), issue(BO)),
        at(60),
    ),
    "a conflict that another rule speaks of": (
        named(ADA, manager(BO), issue(CAI), disputed=INCIDENT_MANAGER),
        at(60),
    ),
    "a conflict, and an issue that nobody could read": (
        named(ADA, manager(BO), UNREAD, disputed=INCIDENT_MANAGER),
        at(60),
    ),
    "a bot as commander is another rule's finding": (named(DEPLOY_BOT, manager(ADA)), at(60)),
    "a deactivated commander is another rule's finding": (named(FORMER, manager(ADA)), at(60)),
    "the generic commander is another rule's finding": (named(GENERIC, manager(ADA)), at(60)),
    "an issue that nobody could read, and nobody to compare it with": (
        named(None, None, UNREAD),
        at(60),
    ),
    "an issue that nobody could read, within the grace": (
        named(ADA, manager(ADA, since=at(50.1)), UNREAD),
        at(60),
    ),
}

BROKEN = {
    "Datadog and the record, at the end of the grace": (TWO, at(10), at(0)),
    "since the record changed": (named(ADA, manager(BO, since=at(50))), at(60), at(50)),
    "since Datadog may have changed": (named(ADA, manager(BO), modified=50), at(60), at(50)),
    "the record and the issue": (named(None, manager(ADA), issue(BO)), at(60), at(0)),
    "Datadog and the issue": (named(ADA, None, issue(BO), modified=5), at(60), at(5)),
    "Datadog agrees with the record, so its clock is the record's": (
        named(ADA, manager(ADA), issue(BO), modified=59),
        at(60),
        at(0),
    ),
    "since the issue changed": (
        named(ADA, manager(ADA), issue(BO, since=at(50))),
        at(60),
        at(50),
    ),
    "an issue of several, and none of them": (
        named(ADA, manager(ADA), issue(BO, CAI)),
        at(60),
        at(0),
    ),
    "an issue of both": (named(ADA, manager(BO), issue(ADA, BO)), at(60), at(0)),
    "three places, three people": (named(ADA, manager(BO), issue(CAI)), at(60), at(0)),
    "a conflict about another role": (
        named(ADA, manager(BO), disputed=SCRIBE),
        at(60),
        at(0),
    ),
    "a commander whose account nobody looked at": (replace(TWO, accounts={}), at(60), at(0)),
    "a bot as commander, and the others disagree": (
        named(DEPLOY_BOT, manager(ADA), issue(BO), modified=59),
        at(60),
        at(0),
    ),
}


ask = asking(INCIDENT_MANAGER_DISAGREES, grace_minutes=10)


@pytest.mark.parametrize("case", FINE)
def test_nothing_is_found(case: str) -> None:
    """Places that agree, name nobody, or may still have to catch up, break nothing."""
    assert ask(*FINE[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_different_names_are_found(case: str) -> None:
    """Different names are found once, dated from when the last of them may have changed."""
    about, now, since = BROKEN[case]
    (breach,) = ask(about, now)
    assert (breach.role, breach.since, breach.level) == (INCIDENT_MANAGER, since, None)


def test_the_grace_is_ten_minutes_unless_the_policy_says_otherwise() -> None:
    """The rule carries its own grace, and decides by the one that it is given."""
    grace = INCIDENT_MANAGER_DISAGREES.grace
    assert grace is not None
    assert grace.total_seconds() == 600
    assert ask(TWO, at(29), 30) == []
    assert len(ask(TWO, at(30), 30)) == 1


def test_the_message_says_who_is_named_where() -> None:
    """A person reads whom each place names, since when, and what was expected."""
    (breach,) = ask(named(ADA, manager(BO), issue(CAI, BO, since=at(2))), at(14))
    assert breach.message == (
        'Different people are Incident Manager of IR-1001 "Checkout down" (SEV-1), since 14:02 '
        "UTC (12 minutes) at the latest: Ada in Datadog, Bo in the record, Cai and Bo in the "
        "issue; one and the same was due within 10 minutes."
    )


def test_the_evidence_lists_every_place() -> None:
    """Each person is listed with the place that names them; Datadog dates nothing."""
    (breach,) = ask(named(ADA, manager(BO, since=at(1)), issue(CAI, BO, since=at(2))), at(60))
    assert [(each.what, each.seen_in, each.who, each.since) for each in breach.evidence] == [
        ("commander", SeenIn.DATADOG, ADA.key, None),
        ("Incident Manager", SeenIn.RECORD, BO.key, at(1)),
        ("assignee of ops#7", SeenIn.ISSUE, CAI.key, at(2)),
        ("assignee of ops#7", SeenIn.ISSUE, BO.key, at(2)),
    ]


def test_the_fix_can_be_pasted() -> None:
    """The fix assigns the role, by the short name only where that is its own."""
    assert ask(TWO, at(12))[0].fix == "dd-incident-roles assign 1001 im PERSON"
    (breach,) = ask(with_other_short_name(TWO), at(12))
    assert breach.fix == "dd-incident-roles assign 1001 incident_manager PERSON"


def test_nothing_is_told_of_a_private_incident() -> None:
    """Neither the people, nor the issue, nor the title end in a log."""
    about = commanded(commander=HOSTILE, recorded=manager(MALLORY), about=PRIVATE)
    secret = replace(issue(ADA, BO), name="payroll#1")
    (breach,) = ask(replace(about, issue=secret), at(12))
    assert not [told for told in (*SECRETS, "Ada", "Bo") if told in breach.message + breach.fix]
    assert "somebody in Datadog, somebody in the record, somebody in the issue" in breach.message


@pytest.mark.parametrize(
    "about",
    [named(ADA, manager(ADA), UNREAD), named(ADA, None, UNREAD), named(None, manager(ADA), UNREAD)],
    ids=["two that agree", "Datadog alone", "the record alone"],
)
def test_an_issue_that_nobody_could_read_is_not_an_answer(about: Facts) -> None:
    """Past the grace, places that agree may still disagree with the issue."""
    with pytest.raises(FactsMissing, match="Datadog answered 503"):
        ask(about, at(10))


def test_what_is_known_is_said_before_what_is_missing() -> None:
    """An issue that could not be read does not hide that Datadog and the record differ."""
    asked = INCIDENT_MANAGER_DISAGREES.evaluate(named(ADA, manager(BO), UNREAD), terms(at(10), 10))
    assert "Ada in Datadog, Bo in the record; one" in next(asked).message
    with pytest.raises(FactsMissing):
        next(asked)
