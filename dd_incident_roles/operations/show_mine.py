"""``status --mine``: what the person who asks holds, and what waits for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from dd_incident_roles.model import INCIDENT_MANAGER, Incident, Person, PersonKey
from dd_incident_roles.operations.application import Application
from dd_incident_roles.operations.find_person import ME, find_person
from dd_incident_roles.operations.gather_facts import with_accounts
from dd_incident_roles.operations.held_roles import roles_held, roles_recorded
from dd_incident_roles.operations.look import Sight, look_around
from dd_incident_roles.operations.owed_handoffs import owed_handoffs, who_view
from dd_incident_roles.operations.read_tasks import read_tasks
from dd_incident_roles.operations.select_incidents import select_incidents
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import Finding
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.rule import Scope
from dd_incident_roles.policy.rules import RULES
from dd_incident_roles.policy.rules.ir099_not_evaluated import NOT_EVALUATED
from dd_incident_roles.policy.verdict import Verdict
from dd_incident_roles.report.mine_views import HeldRole, MineView, Unread
from dd_incident_roles.sync.result import IncidentResult


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One incident and what the person holds in it; ``facts`` is None where it was not read.

    ``people`` are those whom Datadog showed in it.
    """

    incident: Incident
    held: tuple[HeldRole, ...]
    facts: Facts | None = None
    people: Mapping[PersonKey, Person] = field(default_factory=lambda: MappingProxyType({}))

    def concerns(self, finding: Finding) -> bool:
        """Whether a finding is about a role of the person; an Incident Manager acts on every one.

        A finding about one stream is for its holder, and for who holds the role as a whole.
        """
        held = {(each.row.role, each.row.stream) for each in self.held}
        roles = {role for role, _ in held}
        if INCIDENT_MANAGER in roles:
            return True
        if finding.role is None or finding.stream is None:
            return finding.role in roles
        return not held.isdisjoint({(finding.role, finding.stream), (finding.role, None)})


def show_mine(application: Application, named: Sequence[str], *, query: str | None) -> MineView:
    """Look at the named incidents, those of a query or the open ones, for whoever asks.

    An incident that cannot be read is shown as the record has it. Raises UnknownPerson where nobody
    knows who asks, and DatadogError when the incidents could not even be found.
    """
    me = find_person(application, ME, asks=False).person
    only_open = not named and query is None
    looked = look_around(application, select_incidents(application, named, query).ids)
    seen = sorted(
        (each for each in _seen(application, looked, me) if each.incident.is_open or not only_open),
        key=lambda each: (each.incident.severity.casefold(), each.incident.public_id),
    )
    handoffs = owed_handoffs(
        application,
        {each.incident.id: each.incident for each in seen},
        me,
        people={key: person for each in seen for key, person in each.people.items()},
        intervals={each.incident.id: each.facts.intervals for each in seen if each.facts},
    )
    tasks = read_tasks(application, [each.incident for each in seen if each.facts], me)
    now = application.now()
    verdict = _judged(application, seen, now)
    return MineView(
        person=who_view(me),
        now=now,
        incidents=len(seen),
        only_open=only_open,
        held=tuple(held for each in seen for held in each.held),
        to_answer=handoffs.to_answer,
        waiting=handoffs.waiting,
        tasks=tasks.tasks,
        findings=tuple(_findings(seen, verdict)),
        unread=(*_unread(looked), *tasks.unread, *_undecided(verdict)),
    )


def _seen(
    application: Application, looked: Iterable[Sight | IncidentResult], me: Person
) -> Iterator[_Seen]:
    for each in looked:
        match each:
            case Sight():
                held = roles_held(application, each, me)
                people = each.plan.reading.people
                yield _Seen(incident=each.incident, held=held, facts=each.facts, people=people)
            case IncidentResult(incident=Incident() as incident):
                yield _Seen(incident=incident, held=roles_recorded(application, each, me))
            case _:
                pass


def _judged(application: Application, seen: Iterable[_Seen], now: datetime) -> Verdict:
    """What the check says of the incidents in which the person holds a role."""
    question = Question(
        rules=tuple(rule for rule in RULES.values() if rule.scope is Scope.OPEN),
        now=now,
        policy=application.policy,
    )
    facts = [each.facts for each in seen if each.facts and each.held]
    return judge(question, with_accounts(application, facts))


def _findings(seen: Iterable[_Seen], verdict: Verdict) -> Iterator[Finding]:
    """What stands and is the person's to act on; what was not decided is said apart."""
    by_id = {each.incident.id: each for each in seen}
    for finding in verdict.findings:
        if finding.incident is None or not finding.stands or finding.rule == NOT_EVALUATED.id:
            continue
        if by_id[finding.incident.id].concerns(finding):
            yield finding


def _unread(looked: Iterable[Sight | IncidentResult]) -> Iterator[Unread]:
    for each in looked:
        if isinstance(each, IncidentResult):
            known = each.incident.public_id if each.incident else each.incident_id
            for failure in each.failures:
                reason = failure.error.message.rstrip(".")
                yield Unread(incident=known, reason=reason, hint=failure.error.hint)


def _undecided(verdict: Verdict) -> Iterator[Unread]:
    for gap in verdict.not_evaluated:
        if gap.incident is not None:
            yield Unread(incident=gap.incident, reason=gap.reason)
