"""``doctor``: looks at everything that is set up, at once, and writes nothing anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from dd_incident_roles import diagnosis
from dd_incident_roles.application import Connections
from dd_incident_roles.chat.room import Chat
from dd_incident_roles.commands.catalogue import plan_types, read_definitions
from dd_incident_roles.commands.skipping import source_name
from dd_incident_roles.configuration.configuration import Lint
from dd_incident_roles.datadog.definitions import Shown
from dd_incident_roles.datadog.examination import AutomationRule, Examination, Responding
from dd_incident_roles.datadog.failures import NOT_OFFERED
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.learned import ApiPart, Capabilities
from dd_incident_roles.datadog.users import User, Users
from dd_incident_roles.diagnosis import GROUPS, PlaceSeen, Problem, RecordSeen, with_datadog
from dd_incident_roles.diagnosis.with_datadog import Rung
from dd_incident_roles.errors import ConfigurationError, Forbidden
from dd_incident_roles.issues.tracker import IssueRef
from dd_incident_roles.model import Incident
from dd_incident_roles.patience import begin
from dd_incident_roles.places import TARGETS, Place, TargetName, parse_place
from dd_incident_roles.report.doctor import Check, Doctor, doctor_document
from dd_incident_roles.report.status_text import trust_lines
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.settings import Settings
from dd_incident_roles.store.opening import NEWEST
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.values import frozen

S = TypeVar("S")
T = TypeVar("T")

TARGET = "datadog"


@frozen
class Patient:
    """What there is to look at, each part or why there is none.

    ``unknown`` are variables that are no settings, ``lint`` is what is wrong with the files.
    """

    settings: Settings
    unknown: tuple[ConfigurationError, ...]
    lint: Lint
    catalogue: Catalogue | Problem
    session: Session | Problem
    connections: Connections
    record: SqlRecord | Problem
    clock: Callable[[], datetime]


@frozen
class Seen:
    """What Datadog answered, each part or why not; None where it was not asked."""

    user: User | Problem | None = None
    api_key_good: bool | Problem | None = None
    permissions: frozenset[str] | Problem | None = None
    incident: Incident | Problem | None = None
    shown: tuple[Shown, ...] | Problem | None = None
    rules: tuple[AutomationRule, ...] | Problem | None = None
    responding: Responding | Problem | None = None
    assignments: bool | Problem | None = None
    timeline: bool | Problem | None = None
    places: bool | Problem | None = None
    users: bool | Problem | None = None
    teams: bool | Problem | None = None
    on_call: bool | Problem | None = None


def without_settings(problem: Problem, unknown: Sequence[ConfigurationError]) -> Doctor:
    """What there is to say where not even the settings can be read."""
    checks = [
        diagnosis.check_settings(problem),
        *diagnosis.check_variables(unknown, None),
        with_datadog.blocked("the settings cannot be read"),
    ]
    return doctor_document(checks)


def examine(patient: Patient) -> Doctor:
    """Look at everything at once; one look that fails does not end the others."""
    settings = patient.settings
    session = patient.session if isinstance(patient.session, Session) else None
    # At once, since one system that hangs must not make the others wait.
    looking = begin(lambda: _look_at_datadog(session)) if session else Seen
    elsewhere = {target: begin(partial(_look_at_place, patient, target)) for target in TARGETS}
    seen = looking()
    checks = [
        diagnosis.check_settings(settings),
        *diagnosis.check_variables(patient.unknown, settings),
        diagnosis.check_files(patient.lint),
        diagnosis.check_me(settings, seen.user),
        *_datadog(patient, seen),
        *_elsewhere(settings, seen, {each: answer() for each, answer in elsewhere.items()}),
        *_record(patient, seen),
    ]
    return doctor_document(sorted(checks, key=lambda check: GROUPS.index(check.group)))


def _tried(ask: Callable[[], T]) -> T | Problem:
    try:
        return ask()
    except Problem as error:
        return error


def _look(ask: Callable[[], T]) -> Callable[[], T | Problem]:
    """Begin to ask; what is returned waits for the answer, or for why there is none."""
    return begin(lambda: _tried(ask))


def _look_at_datadog(session: Session) -> Seen:
    """Ask for everything at once, and for what hangs on an answer as soon as that is there."""
    asks = Examination(session)
    user, incident = _look(Users(session).current), _look(asks.an_incident)
    # Of a token there is no part that could be good by itself.
    is_token = session.credentials.is_token
    api_key = _look(lambda: None if is_token else asks.knows_api_key())
    shown = _look(lambda: read_definitions(session))
    rules, users = _look(asks.rules), _look(asks.users)
    teams, on_call = _look(asks.teams), _look(asks.on_call)
    whose = user()
    owner = whose.id if isinstance(whose, User) else None
    permissions = _look_if(owner, asks.permissions)
    found = incident()
    which = found.id if isinstance(found, Incident) else None
    timeline, places = _look_if(which, asks.timeline), _look_if(which, asks.places)
    responding = _look_if(which, asks.responding)()
    assigned = responding.assignment if isinstance(responding, Responding) else None
    return Seen(
        user=whose,
        api_key_good=api_key(),
        permissions=permissions(),
        incident=found,
        shown=shown(),
        rules=rules(),
        responding=responding,
        assignments=_look_if(assigned, asks.assignment_works)(),
        timeline=timeline(),
        places=places(),
        users=users(),
        teams=teams(),
        on_call=on_call(),
    )


def _look_if(subject: S | None, ask: Callable[[S], T]) -> Callable[[], T | Problem | None]:
    """Begin to ask about something where it is known."""
    return begin(lambda: None if subject is None else _tried(lambda: ask(subject)))


def _look_at_place(patient: Patient, target: TargetName) -> PlaceSeen | None:
    """Whose token it is, and whether it reads what the program would write to."""
    settings, connections = patient.settings, patient.connections
    if settings.tokens[target] is None:
        return None
    linked = _linked(patient.record, target)
    try:
        if target == "slack":
            return _look_at_chat(connections.chat, linked)
        tracker = connections.tracker(target)
        account = tracker.me()
    except Problem as error:
        return PlaceSeen(target=target, who=error)
    tried: list[tuple[str, str | Problem]] = []
    project = settings.new_issues
    name = project.name if project and project.target == target else None
    lacking = _tried(lambda: tracker.lacking(name))
    if project and name:
        is_public = _tried(partial(tracker.is_public, project.name))
        tried.append((f"the project {project.name}", _openness(is_public)))
    if linked:
        ref = IssueRef(project=linked.project, number=linked.number, label=linked.label)
        issue = _tried(partial(tracker.issue, ref))
        said = issue if isinstance(issue, Problem) else issue.is_public
        tried.append((f"the issue {ref.label}", _openness(said)))
    if isinstance(lacking, Problem):
        tried.append(("its permissions", lacking))
    return PlaceSeen(
        target=target,
        who=account.login or account.id,
        lacking=None if isinstance(lacking, Problem) else lacking,
        tried=tuple(tried),
    )


def _look_at_chat(chat: Chat, linked: Place | None) -> PlaceSeen:
    member = chat.me()
    tried: tuple[tuple[str, str | Problem], ...] = ()
    if linked:
        room = _tried(partial(chat.room, linked.number))
        said = room if isinstance(room, Problem) else _said(room.is_member)
        tried = ((f"the room {linked.label}", said),)
    who = member.name or member.id
    return PlaceSeen(target="slack", who=who, lacking=chat.lacking(), tried=tried)


def _openness(is_public: bool | Problem) -> str | Problem:
    if isinstance(is_public, Problem):
        return is_public
    return "everybody can read it, so it is given the assignee alone" if is_public else "not public"


def _said(is_member: bool) -> str:
    return "the bot is in it" if is_member else "the bot is not in it, and enters it if it may"


def _linked(record: SqlRecord | Problem, target: TargetName) -> Place | None:
    """Where an open incident is shown in one system, of several any."""
    if isinstance(record, Problem):
        return None
    for each in record.open_incident_ids()[:20]:
        for link in record.places(each):
            if link.target == target and link.where:
                return parse_place(link.where, {})
    return None


def _datadog(patient: Patient, seen: Seen) -> Iterator[Check]:
    settings, session = patient.settings, patient.session
    missing = session if isinstance(session, Problem) else None
    host = session.host if isinstance(session, Session) else settings.api_url
    keys = session.credentials.settings if isinstance(session, Session) else ()
    yield with_datadog.check_keys(
        seen.user, seen.incident, seen.api_key_good, host=host, keys=keys, missing=missing
    )
    if with_datadog.is_blocked(seen.user, seen.incident):
        yield with_datadog.blocked("the keys are missing" if missing else "Datadog cannot be asked")
        return
    record = None if isinstance(patient.record, Problem) else patient.record
    owner = record.owner() if record else None
    yield with_datadog.check_organisation(seen.user, owner, site=settings.belongs_to)
    yield with_datadog.check_account(seen.user, settings.service_accounts)
    yield with_datadog.check_clock(session.clock_gap if isinstance(session, Session) else None)
    yield with_datadog.check_incidents(seen.incident)
    catalogue = patient.catalogue
    if isinstance(catalogue, Catalogue):
        yield from with_datadog.check_permissions(seen.permissions, _probed(seen), catalogue)
        yield from with_datadog.check_rungs(_rungs(patient, catalogue, seen))
        shown = seen.shown
        plans = plan_types(shown, catalogue, record) if isinstance(shown, tuple) else shown
        yield from with_datadog.check_definitions(plans)
    if isinstance(seen.incident, Problem):
        # There was nothing whose parts could be asked for.
        return
    has_incident = seen.incident is not None
    writes = _kept(patient.record, ApiPart.TIMELINE_WRITING)
    yield with_datadog.check_timeline(
        seen.timeline, writes, setting=settings.timeline, has_incident=has_incident
    )
    matters = any(settings.tokens[each] for each in ("jira", "slack"))
    yield with_datadog.check_places_told(seen.places, matters=matters, has_incident=has_incident)


def _probed(seen: Seen) -> Mapping[str, bool | None]:
    """Which readings worked, by the permission that each takes."""
    answers: Mapping[str, object] = {
        # That there is no incident was found out by reading as well.
        "incident_read": seen.incident if seen.incident is not None else True,
        # The definitions are behind the types of incidents, which take another permission.
        "incident_settings_read": seen.shown if isinstance(seen.shown, tuple) else seen.rules,
        "user_access_read": seen.users,
        "teams_read": seen.teams,
        "on_call_read": seen.on_call,
    }
    return {
        name: False
        if isinstance(answer, Forbidden)
        else None
        if answer is None or isinstance(answer, Problem)
        else True
        for name, answer in answers.items()
    }


def _rungs(patient: Patient, catalogue: Catalogue, seen: Seen) -> tuple[Rung, ...] | Problem | None:
    """As what the roles are shown, by what Datadog was seen to offer."""
    responding = seen.responding
    if isinstance(responding, Problem) and not isinstance(responding, NOT_OFFERED):
        return responding
    if not isinstance(seen.shown, tuple):
        return seen.shown
    assignments = seen.assignments
    if not isinstance(assignments, bool):
        assignments = _kept(patient.record, ApiPart.ROLE_ASSIGNMENTS)
    others = [role for role in catalogue.roles if not role.is_commander]
    rungs = []
    for each in seen.shown:
        capabilities = Capabilities(
            responders=not isinstance(responding, Problem),
            assignments=assignments,
            definitions={role.name.casefold(): role for role in each.roles},
            fields=frozenset(field.name for field in each.fields or ()),
        )
        backends = tuple(capabilities.backend(role) for role in others)
        rungs.append(Rung(kind=each.type.name, backends=backends, assignments=assignments))
    return tuple(rungs)


def _kept(record: SqlRecord | Problem, part: ApiPart) -> bool | None:
    """What the record remembers of a part of Datadog: that it worked, or was refused."""
    if isinstance(record, Problem):
        return None
    return {"working": True, "missing": False}.get(record.cached("capability", part) or "")


def _elsewhere(
    settings: Settings,
    seen: Seen,
    places: Mapping[TargetName, PlaceSeen | None],
) -> Iterator[Check]:
    for target, place in places.items():
        yield diagnosis.check_place(settings, target, place)
    if not with_datadog.is_blocked(seen.user, seen.incident):
        yield from diagnosis.check_writers(seen.rules, settings)


def _record(patient: Patient, seen: Seen) -> Iterator[Check]:
    record = patient.record
    if isinstance(record, Problem):
        yield diagnosis.check_record(record)
        return
    with_entries = patient.settings.timeline != "off"
    ends = _tried(lambda: record.open_ends(TARGET, with_entries=with_entries))
    if isinstance(ends, Problem):
        yield diagnosis.check_record(ends)
        return
    now, runs = patient.clock(), record.last_runs()
    yield diagnosis.check_record(_record_seen(record.name))
    # Only open ends need the numbers, and a record can hold very many incidents.
    numbers = (
        {each.id: each.public_id for each in record.incidents()} if ends != type(ends)() else {}
    )
    yield from diagnosis.check_open_ends(ends, numbers)
    yield diagnosis.check_last_run(runs, now)
    lines = None
    if isinstance(patient.session, Session) and isinstance(seen.user, User):
        source = source_name(patient.session.host, record.owner(), seen.user.id)
        lines = tuple(trust_lines(record.evidence(source), now))
    yield diagnosis.check_trust(lines)


def _record_seen(name: str) -> RecordSeen:
    """What there is to say of the record; of one in PostgreSQL its name alone."""
    path = Path(name)
    if "://" in name or not path.exists():
        return RecordSeen(place=name, schema=NEWEST)
    files = [path, path.with_name(f"{path.name}-wal")]
    size = sum(each.stat().st_size for each in files if each.exists())
    return RecordSeen(place=name, schema=NEWEST, size=size, mode=path.stat().st_mode & 0o777)
