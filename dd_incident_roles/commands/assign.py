"""``assign`` and ``unassign``: a role changes hands, and the timeline tells of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from dd_incident_roles.application import Application
from dd_incident_roles.commands import naming
from dd_incident_roles.commands.record_then_sync import Carried, looked_at, record_then_sync
from dd_incident_roles.commands.role_change import RoleChange
from dd_incident_roles.datadog.learned import Cache
from dd_incident_roles.datadog.teams import Teams
from dd_incident_roles.errors import DatadogError, IncidentRolesError
from dd_incident_roles.facts.recorded import recorded_facts
from dd_incident_roles.model import Assignment, Incident, Person, UserId
from dd_incident_roles.policy.facts import NotRead
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.rules.ir012_roles_exclude import ROLES_EXCLUDE
from dd_incident_roles.roles import catalogue, devising, ledger
from dd_incident_roles.roles.handoffs import assign, unassign
from dd_incident_roles.suggesting import not_qualified
from dd_incident_roles.sync.state import Conflict
from dd_incident_roles.timeline.change_entry import on_one_line
from dd_incident_roles.values import frozen
from dd_incident_roles.words import clause, incident_label

LIFETIME = timedelta(minutes=15)
"""How long the members of a team are taken to be the same."""

_KIND = "qualified_team"


@frozen
class RoleCommandResult:
    """What a command changed in the record, and what became of it in Datadog.

    ``doubt`` says what is not known of the person's account, ``warnings`` are what speaks against
    the new holder or the change, and ``brief`` is for them to read.
    """

    role: catalogue.Role
    carried: Carried[ledger.LedgerChange]
    doubt: str | None = None
    warnings: tuple[str, ...] = ()
    brief: tuple[str, ...] = ()

    @property
    def change(self) -> ledger.LedgerChange:
        """What the command did to the ledger."""
        return self.carried.change

    @property
    def overtaken_by(self) -> Conflict | None:
        """The conflict that came of it, where Datadog was changed while the command wrote."""
        conflicts = self.carried.result.conflicts if self.carried.result else ()
        return next((each for each in conflicts if each.role == self.role.key), None)

    @property
    def exit_code(self) -> int:
        """0 when everything that was asked for is done, 3 when the change waits or gave way."""
        return 3 if self.overtaken_by else self.carried.exit_code


def assign_role(
    application: Application,
    incident: str,
    role: str,
    person: str,
    *,
    stream: str | None = None,
) -> RoleCommandResult:
    """Give a person a role.

    Raises UsageError and its kinds for a name that fits nobody and nothing, before anything is
    recorded.
    """
    named = naming.find_role(application, incident, role)
    with looked_at(application, named.incident_id):
        found = naming.find_person(application, person)
        key, devised = found.person.key, application.record.devised(named.incident_id)
        devising.check_may_hold(devised, named.role, key, application.clock())

        def decide(rows: Sequence[Assignment], origin: ledger.Origin) -> ledger.LedgerChange:
            known = application.record.incident(named.incident_id)
            user_id = found.person.user_id or application.person(key).user_id
            # Datadog puts the declarer in command, who by assigning it says that it is meant so.
            confirms = (
                named.role.is_commander
                and known is not None
                and user_id is not None
                and known.declared_by == user_id
            )
            return assign(
                rows, origin, role=named.role, stream=stream, person=key, confirms=confirms
            )

        change = RoleChange(
            application=application, named=named, change=decide, people={key: found.person}
        )
        # Who is meant does not depend on who holds the role, so it is kept whatever happens.
        return replace(carry_change(change, at_once=True, again=True), doubt=found.doubt)


def unassign_role(
    application: Application,
    incident: str,
    role: str,
    person: str | None,
    *,
    stream: str | None = None,
) -> RoleCommandResult:
    """Take a role from its holder; the command itself is the permission to leave it empty."""
    named = naming.find_role(application, incident, role)
    holder = None
    if person:
        held = ledger.holders(application.record.assignments(named.incident_id), named.role.key)
        holder = naming.holder_named(application, person, held)
    decide = partial(unassign, role=named.role, person=holder, stream=stream)
    change = RoleChange(application=application, named=named, change=decide)
    # Without a name, who is meant depends on who holds the role by now.
    return carry_change(change, at_once=holder is not None)


def carry_change(
    change: RoleChange, *, at_once: bool = False, again: bool = False, or_nothing: bool = False
) -> RoleCommandResult:
    """Record a change of a role and carry it to Datadog, as ``record_then_sync`` says.

    ``at_once`` is for what does not depend on who holds the role by now, and ``again`` decides it
    anew if it has changed hands.
    """
    role = change.named.role
    carried = record_then_sync(
        change.application,
        change.named.incident_id,
        change.decide,
        at_once=at_once,
        again=again,
        or_nothing=or_nothing,
        # The command outranks what Datadog shows of this role, and of no other.
        explicitly_set_roles=frozenset({role.key}),
        people=change.people,
    )
    warnings = tuple(_warnings(change, carried)) if carried.change.begun else ()
    return RoleCommandResult(role=role, carried=carried, warnings=warnings, brief=change.brief)


def _warnings(change: RoleChange, carried: Carried[ledger.LedgerChange]) -> Iterator[str]:
    """What is wrong with what was asked for, and was done all the same."""
    application, role, begun = change.application, change.named.role, carried.change.begun
    incident = application.incident(carried.incident_id)
    if incident and not incident.is_open:
        label = incident_label(incident.public_id)
        yield f"{label} is {on_one_line(incident.state)}; nobody may be working on it any more."
    if begun is None:
        return
    person = change.people.get(begun.person) or application.person(begun.person)
    if incident:
        yield from _clashes(application, incident, person)
    # While Datadog is down it is not asked for one more thing.
    if carried.sync and (warning := qualification_warning(application, role, person)):
        yield warning


def _clashes(application: Application, incident: Incident, person: Person) -> Iterator[str]:
    """What the check will say of somebody whose roles exclude each other, in the check's words."""
    facts = replace(recorded_facts(application, incident), shows_private=True)
    # Past the grace, since what is wrong then is wrong from the beginning.
    grace = application.policy.setting(ROLES_EXCLUDE).grace or ROLES_EXCLUDE.grace or timedelta()
    question = Question(
        rules=(ROLES_EXCLUDE,), now=application.now() + grace, policy=application.policy
    )
    for finding in judge(question, [facts]).findings:
        involved = {person.key} & {each.who for each in finding.evidence}
        if finding.rule == ROLES_EXCLUDE.id and finding.is_active and involved:
            found = f"check reports {finding.level} {finding.rule}: {finding.message}"
            yield f"{found} To fix it: {finding.fix}"


def qualification_warning(
    application: Application, role: catalogue.Role, person: Person
) -> str | None:
    """One sentence where a person is not in the team of a role, or nobody could look; else None.

    It only warns: nothing that goes wrong here stops the command.
    """
    members = qualified_members(application, role)
    if members is None:
        return None
    try:
        if isinstance(members, frozenset):
            user_id = person.user_id or application.directory.user_id(person.key)
            return None if user_id.lower() in members else not_qualified(person, role)
        reason = members.reason
    except IncidentRolesError as error:
        reason = clause(error.message)
    return (
        f"Could not check whether {person.label} is in the team {role.qualified_team}, whose "
        f"members should be {role.title}: {reason}."
    )


def qualified_members(
    application: Application, role: catalogue.Role
) -> frozenset[UserId] | NotRead | None:
    """The accounts in the team of a role, in lower case; None where it has none.

    They are kept in the record for a quarter of an hour; a reading that failed is not.
    """
    name = role.qualified_team
    if name is None:
        return None
    cache, teams = Cache(application.record, application.clock), Teams(application.session)
    kept = cache.cached(_KIND, name.casefold())
    if kept is not None:
        return frozenset(UserId(each) for each in json.loads(kept))
    try:
        found = teams.find(name)
        # Which of several teams is meant is not guessed: a warning would be about the wrong one.
        if len(found) != 1:
            number = "several teams have" if found else "no team has"
            return NotRead(reason=f"{number} this name in Datadog")
        listed = teams.members(found[0].id).user_ids
    except DatadogError as error:
        return NotRead(reason=clause(error.message))
    members = frozenset(UserId(each.lower()) for each in listed)
    cache.keep(_KIND, name.casefold(), json.dumps(sorted(members)), lifetime=LIFETIME)
    return members
