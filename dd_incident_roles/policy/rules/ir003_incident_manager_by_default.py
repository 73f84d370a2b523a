"""IR003: an Incident Manager whom nobody chose and who has not taken the role."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from dd_incident_roles.model import INCIDENT_MANAGER, Person
from dd_incident_roles.policy import facts as policy_facts
from dd_incident_roles.policy.facts import due, role_command, since_at, subject
from dd_incident_roles.policy.policy import Breach, Evidence, Rule, RuleContext, SeenIn, evidence_of
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.words import age_label


def _evaluate(facts: policy_facts.Facts, context: RuleContext) -> Iterator[Breach]:
    manager = facts.manager
    if manager is None or _is_taken(facts, manager) or _is_elsewhere(facts, manager.person):
        return
    # The later of the two: a person who is seen in the role late has the whole grace to take it,
    # and a holding that is dated before its incident starts no clock before there was anything.
    since = max(manager.since, facts.incident.declared)
    if since + context.grace > context.now:
        return
    if not _declared_it(facts, manager.person):
        return
    # Asked for last, so that a timeline matters only where it could be an excuse.
    if isinstance(facts.timeline, policy_facts.NotRead):
        policy_facts.known(facts.timeline)
    yield _breach(facts, manager, since, context)


def _is_taken(facts: policy_facts.Facts, manager: policy_facts.Holding) -> bool:
    return (
        manager.source.is_wish
        or _is_named(manager.person, manager.set_by)
        or _changed_hands(facts)
        or _wrote(facts, manager.person)
        or _gave_roles(facts, manager)
    )


def _is_elsewhere(facts: policy_facts.Facts, person: Person) -> bool:
    """Whether another rule reports it: it is not a person, or Datadog shows another one."""
    is_other = facts.commander is not None and facts.commander.key != person.key
    return is_other or facts.is_non_person(person)


def _changed_hands(facts: policy_facts.Facts) -> bool:
    """Whether the role changed hands before, so that someone chose this holder."""
    former = any(row.role == INCIDENT_MANAGER and not row.is_open for row in facts.intervals)
    return former or INCIDENT_MANAGER in facts.vacancies


def _wrote(facts: policy_facts.Facts, person: Person) -> bool:
    timeline = facts.timeline
    return isinstance(timeline, policy_facts.TimelineActivity) and person.key in timeline.writers


def _gave_roles(facts: policy_facts.Facts, manager: policy_facts.Holding) -> bool:
    """Whether the holder assigned a role, even one that is no longer held."""
    given = (each.set_by for each in facts.holdings if each != manager)
    once_given = (row.set_by for row in facts.intervals)
    return any(_is_named(manager.person, who) for who in (*given, *once_given))


def _is_named(person: Person, who: str | None) -> bool:
    """Whether the record means this person, whatever it calls them."""
    names = (person.key, person.email, person.handle, person.user_id)
    return who is not None and who.strip().casefold() in {name.casefold() for name in names if name}


def _declared_it(facts: policy_facts.Facts, person: Person) -> bool:
    if facts.incident.declared_by is None:
        raise policy_facts.FactsMissing("Datadog does not say who declared the incident")
    if person.user_id is None:
        raise policy_facts.FactsMissing(
            f"it is not known which Datadog user {facts.named(person)} is"
        )
    return person.user_id == facts.incident.declared_by


def _breach(
    facts: policy_facts.Facts, manager: policy_facts.Holding, since: datetime, context: RuleContext
) -> Breach:
    title = facts.catalogue.commander.title
    declared = facts.incident.declared
    return Breach(
        message=(
            f"Nobody chose the {title} of {subject(facts)}: it has been "
            f"{facts.named(manager.person)} since "
            f"{since_at(manager, since, age_label(since, context.now))}, only "
            f"because they declared it; taking the role was {due(context.grace)}."
        ),
        since=since,
        fix=role_command(facts, "assign", INCIDENT_MANAGER, person=manager.person),
        role=INCIDENT_MANAGER,
        evidence=(
            Evidence(
                "declared the incident", SeenIn.DATADOG, who=manager.person.key, since=declared
            ),
            evidence_of(manager, title),
        ),
    )


INCIDENT_MANAGER_BY_DEFAULT = Rule(
    id="IR003",
    name="incident-manager-by-default",
    title="The Incident Manager is only the person who declared the incident",
    why=(
        "Datadog makes the person who declares an incident its commander. They may "
        "have gone back to bed while everyone else believes that someone is in "
        "charge."
    ),
    looks_at=(
        "Whether the Incident Manager declared the incident and has done nothing "
        "since: the role was never assigned or handed over, and the holder wrote no "
        "note and assigned no role."
    ),
    how_to_fix=(
        "Ask them. If they manage the incident, confirm it: dd-incident-roles assign "
        "INCIDENT im PERSON. If not, assign someone who does."
    ),
    default_level=Level.WARNING,
    evaluate=_evaluate,
    grace=timedelta(minutes=10),
)
"""Fires when the person who declared the incident manages it without having taken the role."""
