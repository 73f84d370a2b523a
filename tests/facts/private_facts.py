"""A private incident with a mark in every text that it has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from dd_incident_roles.model import (
    INCIDENT_MANAGER,
    Assignment,
    Person,
    PersonKey,
    PersonKind,
    RoleKey,
    Source,
    UserId,
)
from dd_incident_roles.policy.facts import (
    Account,
    ChatTopic,
    DatadogRoles,
    Dispute,
    Facts,
    Holding,
    IncidentIssue,
    NotConnected,
    NotRead,
    Proposal,
    RefusedChange,
    TimelineActivity,
)
from tests.facts.any_facts import CATALOGUE_OF_FIELDS
from tests.policy.cases import SCRIBE, at, incident

MARK = "Sesame"


@dataclass(slots=True)
class Secrets:
    """Texts that must not get out, each its own."""

    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def text(self) -> str:
        """One more of them."""
        return f"{MARK}{next(self.numbers)}-<!channel>"

    def key(self) -> PersonKey:
        """Somebody."""
        return PersonKey(self.text())

    def person(self) -> Person:
        """Somebody of whom everything is known."""
        return Person(
            key=self.key(),
            name=self.text(),
            email=self.text(),
            handle=self.text(),
            user_id=UserId(self.text()),
            kind=PersonKind.HUMAN,
        )

    def holding(self, role: RoleKey) -> Holding:
        """Somebody who holds a role in a stream, by the will of somebody else."""
        return Holding(
            role=role,
            person=self.person(),
            since=at(1),
            source=Source.CLI,
            stream=self.text(),
            set_by=self.text(),
        )

    def interval(self, role: RoleKey) -> Assignment:
        """Somebody who held a role."""
        return Assignment(
            id=self.text(),
            role=role,
            stream=self.text(),
            person=self.key(),
            since=at(1),
            until=at(2),
            set_by=self.text(),
            source=Source.CLI,
            ended_by=self.text(),
            ended_source=Source.DATADOG,
        )


def private_facts(*, shows_private: bool = False, is_reachable: bool = True) -> Facts:
    """An incident of which everything is known, or nothing around it could be read."""
    secrets = Secrets()
    unknown = RoleKey(secrets.text())
    about = replace(
        incident(private=True),
        title=secrets.text(),
        declared_by=UserId(secrets.text()),
        commander=UserId(secrets.text()),
        fields={
            secrets.text(): secrets.text(),
            "team": (secrets.text(), "Payments", secrets.text()),
            "pii": secrets.text(),
            "services": (secrets.text(),),
        },
    )
    whole = Facts(
        incident=about,
        catalogue=CATALOGUE_OF_FIELDS,
        holdings=(secrets.holding(INCIDENT_MANAGER), secrets.holding(unknown)),
        vacancies={unknown: at(3), SCRIBE: at(4)},
        responders=frozenset({secrets.key(), secrets.key()}),
        commander=secrets.person(),
        recorded_manager=secrets.holding(INCIDENT_MANAGER),
        accounts={secrets.key(): Account.PERSON, secrets.key(): NotRead(reason=secrets.text())},
        disputes=(
            Dispute(role=unknown, wanted=secrets.person(), standing=secrets.person(), since=at(5)),
        ),
        proposals=(
            Proposal(
                role=SCRIBE,
                receiver=secrets.person(),
                proposed=at(6),
                expires=at(7),
                holder=secrets.person(),
                stream=secrets.text(),
            ),
        ),
        refused=(
            RefusedChange(
                attempt="assign",
                reason=secrets.text(),
                since=at(7),
                tries=2,
                role=unknown,
                person=secrets.person(),
                entry=secrets.text(),
            ),
        ),
        datadog_roles=DatadogRoles(
            unknown=(secrets.text(),), undefined=(unknown, SCRIBE), one_person=(unknown,)
        ),
        timeline=TimelineActivity(last_note=at(8), writers={secrets.key(): at(8)}),
        issue=IncidentIssue(name=secrets.text(), assignees=(secrets.person(),), since=at(9)),
        topic=ChatTopic(
            room=secrets.text(),
            holders={unknown: frozenset({secrets.key()}), SCRIBE: frozenset({secrets.key()})},
            since=at(10),
        ),
        intervals=(secrets.interval(unknown), secrets.interval(SCRIBE)),
        shows_private=shows_private,
    )
    if is_reachable:
        return whole
    return replace(
        whole,
        datadog_roles=NotConnected(reason=secrets.text()),
        timeline=NotRead(reason=secrets.text()),
        issue=NotRead(reason=secrets.text()),
        topic=NotConnected(reason=secrets.text()),
    )
