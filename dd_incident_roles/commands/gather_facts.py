"""The facts that rules are asked about: live of open incidents, recorded of closed ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.naming import select_incidents
from dd_incident_roles.commands.reading import IncidentView, read_noting_absences
from dd_incident_roles.commands.recall_closed import recall_closed
from dd_incident_roles.datadog.http import CLOCKS_AGREE
from dd_incident_roles.errors import Forbidden, IncidentRolesError, UsageError
from dd_incident_roles.facts.asked_fields import asked_fields
from dd_incident_roles.facts.redaction import redacted
from dd_incident_roles.model import Person, PersonKey, PersonKind
from dd_incident_roles.policy.facts import Facts
from dd_incident_roles.policy.finding import NotEvaluated
from dd_incident_roles.policy.surroundings import Account, NotRead
from dd_incident_roles.sync.result import IncidentResult
from dd_incident_roles.sync.threads import in_threads


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The facts of the incidents that were asked for, and those of which there are none.

    ``gone`` are those that Datadog shows no longer, with a notice each. ``is_whole`` says that
    these are all incidents of their kind, and not a choice among them.
    """

    facts: tuple[Facts, ...]
    unread: tuple[NotEvaluated, ...]
    described: str
    is_whole: bool
    gone: tuple[IncidentResult, ...] = ()

    @property
    def matched(self) -> int:
        """How many incidents there were; one that was read in part is one."""
        told = {facts.incident.public_id for facts in self.facts}
        return len(told | {gap.incident for gap in self.unread})


def gather(
    application: Application,
    named: Sequence[str],
    *,
    query: str | None,
    closed_within: timedelta | None = None,
    now: datetime | None = None,
) -> Gathered:
    """Look at the named incidents, those of a query or the open ones, and at closed ones if asked.

    ``closed_within`` chooses incidents that were closed so long ago at the most, from the record,
    instead; ``now`` is the moment from which that is counted, where it is not the present. Nothing
    is changed. Raises DatadogError when the incidents could not even be found, and UsageError where
    nobody can tell how things stood at ``now``.
    """
    if closed_within is not None:
        recalled = recall_closed(
            application, named, query=query, within=closed_within, now=now or application.now()
        )
        return Gathered(
            facts=_veiled(application, _declared_by(recalled.facts, now)),
            unread=recalled.unread,
            described=recalled.described,
            is_whole=not named and query is None,
        )
    _expect_present(application, now)
    selection = select_incidents(application, named, query)
    seen = read_noting_absences(application, selection.ids, searched=selection.searched)
    facts = [each.facts for each in seen if isinstance(each, IncidentView)]
    return Gathered(
        facts=_veiled(application, with_accounts(application, facts)),
        unread=tuple(unread for each in seen if (unread := _unread(each)) is not None),
        gone=tuple(each for each in seen if isinstance(each, IncidentResult) and not each.failures),
        described=selection.described,
        is_whole=not named and query is None,
    )


def _expect_present(application: Application, now: datetime | None) -> None:
    if now is not None and now < application.clock() - CLOCKS_AGREE:
        raise UsageError(
            f"--now {now.isoformat()} is over, and Datadog shows only how things stand now.",
            hint="Leave --now out, or judge a snapshot of then: check --snapshot FILE.",
        )


def _declared_by(incidents: Sequence[Facts], now: datetime | None) -> tuple[Facts, ...]:
    """The incidents that had been declared at a moment; raises UsageError where none had been."""
    known = tuple(each for each in incidents if now is None or each.incident.declared <= now)
    if now is not None and incidents and not known:
        first = min(each.incident.declared for each in incidents)
        raise UsageError(
            f"--now {now.isoformat()} is before the first of these incidents was declared.",
            hint=f"That was at {first.isoformat()}.",
        )
    return known


def _veiled(application: Application, incidents: Sequence[Facts]) -> tuple[Facts, ...]:
    """Private incidents as a snapshot would have them, so that both are judged alike."""
    kept = asked_fields(application.catalogue, application.policy.waivers)
    return tuple(redacted(facts, kept) for facts in incidents)


def with_accounts(application: Application, incidents: Sequence[Facts]) -> tuple[Facts, ...]:
    """Facts with what kind of account each holder has, each account being read once."""
    accounts = read_accounts(
        application, [person for facts in incidents for person in _people_of(facts)]
    )
    return tuple(
        replace(facts, accounts={each.key: accounts[each.key] for each in _people_of(facts)})
        for facts in incidents
    )


def _people_of(facts: Facts) -> Iterable[Person]:
    """Everybody of whom a rule may ask; nobody in a closed incident or a test."""
    if facts.incident.is_test or not facts.incident.is_open:
        return
    yield from (holding.person for holding in facts.holdings)
    if facts.commander:
        yield facts.commander


def _unread(result: IncidentView | IncidentResult) -> NotEvaluated | None:
    """What could not be looked at, be it only who holds the roles."""
    if isinstance(result, IncidentView):
        why = result.plan.reading.roles.contradiction
        number = result.incident.public_id
        return NotEvaluated(incident=number, reason=why.message) if why else None
    if not result.failures:
        return None
    reason = "; ".join(failure.error.message for failure in result.failures)
    known = result.incident.public_id if result.incident else result.incident_id
    return NotEvaluated(incident=known, reason=reason)


def read_accounts(
    application: Application, people: Iterable[Person]
) -> dict[PersonKey, Account | NotRead]:
    """What kind of account each person has; one that could not be read says why."""
    wanted = {person.key: person for person in people}
    found = in_threads(
        lambda person: _account(application, person),
        wanted.values(),
        at_most=application.settings.concurrency,
    )
    return dict(zip(wanted, found, strict=True))


def _account(application: Application, person: Person) -> Account | NotRead:
    try:
        read = application.directory.checked(person)
    except Forbidden as error:
        return NotRead(reason=(error.hint or error.message).rstrip("."))
    except IncidentRolesError as error:
        return NotRead(reason=error.message.rstrip("."))
    if not read.active:
        return Account.DEACTIVATED
    is_service = read.kind is PersonKind.SERVICE_ACCOUNT
    return Account.SERVICE_ACCOUNT if is_service else Account.PERSON
