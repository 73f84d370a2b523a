"""IR001 against a table of incidents, more of them fine than not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dd_incident_roles.model import INCIDENT_MANAGER
from dd_incident_roles.policy.rules.ir001_no_incident_manager import NO_INCIDENT_MANAGER
from dd_incident_roles.roles.catalogue import Level
from tests.policy.cases import CATALOGUE, asking, at, facts, incident, seen, without

FINE = {
    "held": (facts(holders=(INCIDENT_MANAGER,)), at(60)),
    "held and once vacated": (
        facts(holders=(INCIDENT_MANAGER,), empty_since={INCIDENT_MANAGER: at(1)}),
        at(60),
    ),
    "within the grace": (facts(), at(4.99)),
    "declared this instant": (facts(), at(0)),
    "declared by a clock that is ahead": (facts(), at(-3)),
    "vacated a moment ago": (facts(empty_since={INCIDENT_MANAGER: at(58)}), at(60)),
    "reopened a moment ago": (
        facts(observations=(seen(0, "SEV-1", state="resolved"), seen(58, "SEV-1"))),
        at(60),
    ),
    "not required by the catalogue": (facts(catalogue=without(INCIDENT_MANAGER)), at(60)),
}

BROKEN = {
    "exactly at the end of the grace": (facts(), at(5), at(0)),
    "never held": (facts(), at(60), at(0)),
    "vacated long ago": (facts(empty_since={INCIDENT_MANAGER: at(20)}), at(60), at(20)),
    "any severity": (facts(incident("UNKNOWN")), at(60), at(0)),
    "a later change of severity is no excuse": (
        facts(observations=(seen(0, "SEV-3"), seen(59, "SEV-1"))),
        at(60),
        at(0),
    ),
}


ask = asking(NO_INCIDENT_MANAGER)


@pytest.mark.parametrize("case", FINE)
def test_nothing_is_found(case: str) -> None:
    """An incident that is managed, or may still be without a manager, breaks nothing."""
    assert ask(*FINE[case]) == []


@pytest.mark.parametrize("case", BROKEN)
def test_the_empty_role_is_found(case: str) -> None:
    """An incident without a manager past the grace is an error, dated from the clock's start."""
    about, now, since = BROKEN[case]
    (breach,) = ask(about, now)
    assert (breach.role, breach.level, breach.since) == (INCIDENT_MANAGER, Level.ERROR, since)


def test_the_message_says_what_is_wrong_and_for_how_long() -> None:
    """A person reads the title, the severity, how long it has lasted and what was due."""
    (breach,) = ask(facts(), at(12))
    assert breach.message == (
        'Nobody is Incident Manager of IR-1001 "Checkout down" (SEV-1), open for 12 minutes; '
        "one was due after 5 minutes."
    )


def test_the_message_says_since_when_the_role_is_empty() -> None:
    """Where somebody stepped down, the message dates it."""
    (breach,) = ask(facts(empty_since={INCIDENT_MANAGER: at(3)}), at(68))
    assert "(SEV-1), empty since 14:03 UTC (1 hour 5 minutes); one was due" in breach.message


def test_the_fix_can_be_pasted() -> None:
    """The fix is a command with the public id and the short name of the role."""
    (breach,) = ask(facts(), at(12))
    assert breach.fix == "dd-incident-roles assign 1001 im PERSON"


def test_the_fix_names_the_key_where_the_catalogue_has_no_short_name() -> None:
    """A catalogue that calls nobody "im" is not told to."""
    roles = tuple(replace(each, aliases=()) for each in CATALOGUE.roles)
    (breach,) = ask(facts(catalogue=replace(CATALOGUE, roles=roles)), at(12))
    assert breach.fix == "dd-incident-roles assign 1001 incident_manager PERSON"


def test_no_grace_reads_as_at_once() -> None:
    """A requirement without a grace is due at once."""
    manager, *others = CATALOGUE.roles
    strict = replace(manager, required=(replace(manager.required[0], after=timedelta()),))
    (breach,) = ask(facts(catalogue=replace(CATALOGUE, roles=(strict, *others))), at(0))
    assert breach.message.endswith("open for 0 seconds; one was due at once.")


def test_the_title_of_a_private_incident_is_not_told() -> None:
    """A finding can end in a log that more people read than the incident."""
    (breach,) = ask(facts(incident(private=True)), at(12))
    assert "Checkout" not in breach.message
    assert "IR-1001 (private)" in breach.message
