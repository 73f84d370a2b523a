"""How this program stands with Datadog: keys, permissions, roles, timeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from dd_incident_roles.datadog.definitions import CHANGES, Kind, Step, TypePlan
from dd_incident_roles.datadog.examination import PERMISSIONS, Need, Permission
from dd_incident_roles.datadog.failures import KEYS
from dd_incident_roles.datadog.learned import RoleBackend
from dd_incident_roles.datadog.users import User
from dd_incident_roles.diagnosis import AGAIN, ALLOWED, DATADOG, SHOWN, Problem, Subject
from dd_incident_roles.errors import (
    ConfigurationError,
    Forbidden,
    NotFound,
    Unauthorized,
    Unreachable,
)
from dd_incident_roles.model import Incident, Organisation
from dd_incident_roles.report.doctor import Check, State
from dd_incident_roles.roles.catalogue import Catalogue, MembersOf, OnCallOf
from dd_incident_roles.values import frozen
from dd_incident_roles.words import command, count_of, join_names, long_duration

CLOCKS_AGREE: Final = timedelta(seconds=30)
"""How far the clocks may be apart before it is told."""


def check_keys(
    user: User | Problem | None,
    search: object,
    api_key_good: bool | Problem | None,
    *,
    host: str,
    keys: Sequence[str] = KEYS,
    missing: Problem | None = None,
) -> Check:
    """Whether Datadog accepts the keys; a missing permission can look like a wrong key."""
    subject = Subject("keys", DATADOG, "Keys")
    if missing:
        said = missing.message
        if isinstance(missing, ConfigurationError) and missing.key:
            said = f"{missing.key} {missing.problem}"
        return subject.fails(said, missing.hint)
    if isinstance(user, User) or not isinstance(search, Problem):
        return subject.ok(f"accepted by {host}")
    error = user if isinstance(user, Problem) else search
    if isinstance(error, Unauthorized | Forbidden):
        which = {
            True: "Datadog knows the API key, but not the application key",
            False: "Datadog does not know the API key",
            None: "Datadog refuses the keys",
        }[api_key_good if isinstance(api_key_good, bool) else None]
        key = "DD_APP_KEY" if api_key_good is True else join_names(keys)
        todo = f"Check {key} and DD_SITE (now: {host})."
        return subject.fails(which, todo)
    return subject.fails(error.message, error.hint)


def check_organisation(
    user: User | Problem | None, owner: Organisation | None, *, site: str
) -> Check:
    """Whether keys and record are of one organisation."""
    subject = Subject("organisation", DATADOG, "Organisation")
    if not isinstance(user, User):
        return subject.not_seen(user)
    found = Organisation(site=site, id=user.org_id, name=user.org_name)
    label = found.name or found.id or "Datadog does not name it"
    if owner and owner.is_another_than(found):
        text = f"the keys are of {found.label}, the record of {owner.label}"
        todo = "Use keys of that organisation, or another record: --store FILE."
        return subject.fails(text, todo)
    of = "the record's too" if owner and owner.id else "the record has none yet"
    return subject.ok(f"{label} on {site}; {of}")


def check_account(user: User | Problem | None, service_accounts: Sequence[str]) -> Check:
    """Whether the keys are those of a service account."""
    subject = Subject("account", DATADOG, "Account")
    if not isinstance(user, User):
        return subject.not_seen(user)
    listed = {each.casefold() for each in service_accounts}
    label = user.name or user.email or user.id
    if user.service_account or user.names & listed:
        return subject.ok(f"the service account {label}")
    text = f"the keys are those of {label}, a person"
    todo = (
        "A scheduled job needs keys of a service account: else all it writes is said to be by "
        f"{label}, who becomes a responder everywhere (docs/permissions.md)."
    )
    return subject.limit(text, todo)


def check_clock(gap: timedelta | None) -> Check:
    """Whether this machine's clock is right; ``gap`` is how far Datadog's is ahead of it."""
    subject = Subject("clock", DATADOG, "Clock")
    if gap is None:
        return subject.unseen("no answer told the time", AGAIN)
    apart = abs(gap)
    if apart <= CLOCKS_AGREE:
        return subject.ok("agrees with Datadog's")
    side = "behind" if gap > timedelta() else "ahead of"
    length = f"{apart.seconds} seconds" if apart < timedelta(minutes=2) else long_duration(apart)
    text = f"this machine is {length} {side} Datadog"
    todo = "Set the clock: what is recorded has its time. For example: timedatectl set-ntp true"
    return subject.limit(text, todo)


def check_permissions(
    listed: frozenset[str] | Problem | None,
    probed: Mapping[str, bool | None],
    catalogue: Catalogue,
) -> Iterator[Check]:
    """What the keys may do: one line for all that they may, and one for each that they may not.

    ``listed`` is what the roles of their owner permit, and ``probed`` whether a reading that takes
    a permission worked; None where nobody could tell. A reading that worked outweighs the list.
    """
    granted = []
    for each in PERMISSIONS:
        need, worked = _need(each, catalogue), probed.get(each.name)
        is_listed = each.name in listed if isinstance(listed, frozenset) else None
        if worked or (is_listed and worked is None):
            granted.append(each.name)
            continue
        purpose = each.purpose.replace("`", "")
        give = f"Give the application key and its owner the permission {each.name}."
        if worked is False or is_listed is False:
            states: Mapping[Need, State] = {
                Need.ALWAYS: "fails",
                Need.USEFUL: "limit",
                Need.SOMETIMES: "unused",
            }
            state = states[need]
            todo = None if state == "unused" else give
            text = f"not granted; for: {purpose}"
            yield Subject(f"permission:{each.name}", ALLOWED, each.name).being(state, text, todo)
        elif need is not Need.SOMETIMES:
            text = f"nobody could look; for: {purpose}"
            todo = "With user_access_read, Datadog tells what the keys may do."
            yield Subject(f"permission:{each.name}", ALLOWED, each.name).unseen(text, todo)
    if granted:
        text = count_of(len(granted), "permission")
        yield Subject("permissions", ALLOWED, "Granted").ok(text, details=granted)


def _need(permission: Permission, catalogue: Catalogue) -> Need:
    """How much a permission matters with these roles: some of them look into teams or on-call."""
    sources = [source for role in catalogue.roles for source in role.suggested_from]
    uses = {
        "teams_read": any(role.qualified_team for role in catalogue.roles)
        or any(isinstance(source, MembersOf) for source in sources),
        "on_call_read": any(isinstance(source, OnCallOf) for source in sources),
    }
    return Need.USEFUL if uses.get(permission.name) else permission.need


def check_incidents(found: Incident | Problem | None) -> Check:
    """Whether incidents can be found, of one of which more is asked."""
    subject = Subject("incidents", SHOWN, "Incidents")
    if isinstance(found, Problem):
        return subject.not_seen(found)
    return subject.ok("can be found" if found else "there is none yet")


@frozen
class Rung:
    """How the roles of one incident type are shown in Datadog."""

    kind: str
    backends: tuple[RoleBackend, ...]
    assignments: bool | None


def check_rungs(rungs: Sequence[Rung] | Problem | None) -> Iterator[Check]:
    """As what Datadog shows the roles, by incident type: the ladder of what it offers."""
    if not isinstance(rungs, Sequence):
        yield Subject("roles", SHOWN, "Roles").not_seen(rungs)
        return
    for rung in rungs:
        named = f"Roles ({rung.kind})" if len(rungs) > 1 else "Roles"
        counted = Counter(rung.backends)
        if not counted:
            yield Subject("roles", SHOWN, named).unused("the catalogue has no other role")
        elif counted[RoleBackend.NOTHING]:
            text = "only in the record: Datadog gives no access to responders"
            todo = "Give the application key and its owner the permission incident_read."
            yield Subject("roles", SHOWN, named).limit(text, todo)
        elif counted[RoleBackend.RESPONDER]:
            number = counted[RoleBackend.RESPONDER]
            text = f"{number} of {len(rung.backends)} only as responders, without the role"
            flag = ["--fields"] if rung.assignments is False else []
            todo = f"Make it visible: {command('catalog', 'apply', *flag)}"
            yield Subject("roles", SHOWN, named).limit(text, todo)
        elif counted[RoleBackend.ASSIGNMENT] and rung.assignments is None:
            text = "as roles of Datadog, which nobody has seen working yet"
            todo = "Give somebody a role in a test incident, then look again."
            yield Subject("roles", SHOWN, named).limit(text, todo)
        else:
            where = (
                "as roles of Datadog" if counted[RoleBackend.ASSIGNMENT] else "in property fields"
            )
            text = f"{count_of(len(rung.backends), 'role')} shown {where}"
            yield Subject("roles", SHOWN, named).ok(text)


def check_definitions(plans: Sequence[TypePlan] | Problem | None) -> Iterator[Check]:
    """Whether Datadog defines the roles of the catalogue, and as many may hold them there."""
    if not isinstance(plans, Sequence):
        yield Subject("definitions", SHOWN, "Definitions").not_seen(plans)
        return
    for plan in plans:
        named = f"Defined ({plan.type.name})" if len(plans) > 1 else "Definitions"
        steps = Counter(item.step for item in plan.items)
        narrow = [
            item.name
            for item in plan.items
            if item.step is Step.CHANGE and item.shown_single and not item.wanted_single
        ]
        only = command(
            "catalog", "plan", *(["--incident-type", plan.type.name] if plans[1:] else [])
        )
        stuck = [f"{item.name}: {item.note}" for item in plan.items if item.step is Step.STUCK]
        differing = [
            f"{item.step} {item.kind} {item.name}" for item in plan.items if item.step in CHANGES
        ]
        if differing or stuck:
            said = [f"{steps[step]} to {step}" for step in CHANGES if steps[step]]
            said += [f"{len(stuck)} stuck"] if stuck else []
            text = ", ".join(said)
            if narrow:
                text += f"; only one person may be {join_names(narrow)}"
            details = [*differing, *stuck]
            yield Subject("definitions", SHOWN, named).limit(text, f"See: {only}", details)
        else:
            roles = sum(item.kind is Kind.ROLE and item.step is Step.EQUAL for item in plan.items)
            text = f"{count_of(roles, 'role')} as in the catalogue"
            yield Subject("definitions", SHOWN, named).ok(text)


def check_timeline(
    read: Problem | bool | None, writes: bool | None, *, setting: str, has_incident: bool
) -> Check:
    """Whether the timeline can be read, and was seen to be refused to writes."""
    subject = Subject("timeline", SHOWN, "Timeline")
    if setting == "off":
        return subject.unused("switched off by the settings")
    if not has_incident:
        return _untried(subject)
    state: State = "fails" if setting == "required" else "limit"
    if isinstance(read, NotFound | Forbidden):
        text = "Datadog shows no timeline to these keys"
        todo = "It stays on this machine. Give the keys incident_read, or ask Datadog's support."
        return subject.being(state, text, todo)
    if isinstance(read, Problem) or read is None:
        return subject.not_seen(read)
    if writes is False:
        text = "can be read, but writing was refused"
        todo = "Give the application key and its owner the permission incident_write."
        return subject.being(state, text, todo)
    seen = "read and written" if writes else "can be read; nothing was written yet"
    return subject.ok(seen)


def check_places_told(read: Problem | bool | None, *, matters: bool, has_incident: bool) -> Check:
    """Whether Datadog tells which channel and which Jira issue an incident has."""
    subject = Subject("named_places", SHOWN, "Named places")
    if not matters:
        return subject.unused("neither Slack nor Jira is set up")
    if not has_incident:
        return _untried(subject)
    if isinstance(read, NotFound | Forbidden):
        text = "Datadog does not tell which channel or issue an incident has"
        todo = f"Link them by hand: {command('link', 'INCIDENT', 'WHERE')}"
        return subject.limit(text, todo)
    if isinstance(read, Problem) or read is None:
        return subject.not_seen(read)
    return subject.ok("Datadog names channels and Jira issues")


def is_blocked(user: User | Problem | None, search: object) -> bool:
    """Whether nothing of Datadog can be looked at, so that one line says it for all."""
    stopping = Unauthorized | Unreachable | ConfigurationError
    if user is None:
        return True
    if not isinstance(user, Problem) or not isinstance(search, Problem):
        return False
    return isinstance(user, stopping | Forbidden) or isinstance(search, stopping)


def blocked(why: str) -> Check:
    """The one line in place of all that Datadog could have been asked about."""
    text = f"not looked at, because {why}"
    return Subject("datadog", DATADOG, "All else").unseen(text, "First mend what is above.")


def _untried(subject: Subject) -> Check:
    text = "not known: there is no incident yet to try it on"
    todo = "Declare a test incident in Datadog, then look again."
    return subject.limit(text, todo)
