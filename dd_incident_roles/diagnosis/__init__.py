"""What ``doctor`` makes of what it has read: pure checks, each of which says what to do.

Here are those of what is set up: settings, files, trackers and chat, the record and its job.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from dd_incident_roles.configuration.configuration import Lint
from dd_incident_roles.datadog.examination import AutomationRule
from dd_incident_roles.datadog.users import User
from dd_incident_roles.errors import (
    ConfigurationError,
    Forbidden,
    IncidentRolesError,
    NoRecord,
    NotFound,
)
from dd_incident_roles.model import IncidentId
from dd_incident_roles.places import TARGETS, TargetName, title_of
from dd_incident_roles.report.doctor import WELL, Check, State
from dd_incident_roles.settings import VARIABLES, Settings
from dd_incident_roles.sync.plan import OpenEnds, PastRun
from dd_incident_roles.values import frozen
from dd_incident_roles.words import command, count_of, join_names, short_duration

HERE: Final = "This machine"
DATADOG: Final = "Datadog"
ALLOWED: Final = "Permissions"
SHOWN: Final = "Roles and timeline"
ELSEWHERE: Final = "Issues and chat"
RECORD: Final = "Record"
GROUPS: Final = (HERE, DATADOG, ALLOWED, SHOWN, ELSEWHERE, RECORD)
"""The groups in the order in which they are shown."""

AGAIN: Final = "Look again: dd-incident-roles doctor"

Problem = IncidentRolesError
"""Why something could not be looked at."""


@frozen(kw_only=False)
class Subject:
    """What a check is about: a word for programs, and the group and the name for people."""

    word: str
    group: str
    name: str

    def being(
        self, state: State, text: str, todo: str | None = None, details: Sequence[str] = ()
    ) -> Check:
        """It is so; what is not well always says what to do."""
        if state not in WELL:
            todo = todo or AGAIN
        return Check(
            id=self.word,
            group=self.group,
            name=self.name,
            state=state,
            text=text,
            todo=todo,
            details=list(details),
        )

    def ok(self, text: str, details: Sequence[str] = ()) -> Check:
        """It is as it should be."""
        return self.being("ok", text, details=details)

    def unused(self, text: str, todo: str | None = None) -> Check:
        """Nothing is set up that needs it."""
        return self.being("unused", text, todo)

    def limit(self, text: str, todo: str | None, details: Sequence[str] = ()) -> Check:
        """It works with limits."""
        return self.being("limit", text, todo, details)

    def unseen(self, text: str, todo: str | None) -> Check:
        """Nobody could look, for a reason that is said."""
        return self.being("unseen", text, todo)

    def fails(self, text: str, todo: str | None, details: Sequence[str] = ()) -> Check:
        """It does not work."""
        return self.being("fails", text, todo, details)

    def not_seen(self, why: Problem | None) -> Check:
        """Nobody could look, because of an error."""
        if isinstance(why, Forbidden):
            # The first sentence names the permission; the rest is for whoever asked for one thing.
            needed = (why.hint or "").partition(". ")[0].rstrip(".")
            return self.unseen(
                "the keys are not allowed to read it", f"{needed}." if needed else None
            )
        return self.unseen(why.message if why else "nobody could look", why.hint if why else None)


JOB_GAP: Final = timedelta(minutes=15)
"""Runs that are usually closer together are those of a scheduled job."""


def check_settings(settings: Settings | Problem) -> Check:
    """Whether the settings can be read at all."""
    subject = Subject("settings", HERE, "Settings")
    if isinstance(settings, Problem):
        return subject.fails(settings.message, settings.hint)
    number = len(settings.model_fields_set)
    return subject.ok(f"{count_of(number, 'setting')} read")


def check_variables(
    unknown: Sequence[ConfigurationError], settings: Settings | None
) -> Iterator[Check]:
    """Settings that nobody reads: variables that do not exist, and those that lack another one."""
    for problem in unknown:
        text = f"{problem.key} {problem.problem.partition('.')[0]}"
        todo = f"{problem.problem.partition('. ')[2]} Correct it, or unset it."
        yield Subject("variables", HERE, "No such setting").limit(text, todo)
    for name, needs in _idle(settings) if settings else ():
        text = f"{VARIABLES[name]} has no effect without {VARIABLES[needs]}"
        todo = f"Set {VARIABLES[needs]}, or remove {VARIABLES[name]}."
        yield Subject("idle", HERE, "Without effect").limit(text, todo)


def _idle(settings: Settings) -> Iterator[tuple[str, str]]:
    """Settings that were given, each with the one that it lacks."""
    given = settings.model_fields_set
    for target in TARGETS:
        if settings.tokens[target] is None:
            needs = f"{target}_token"
            yield from (
                (name, needs) for name in (f"{target}_url", f"{target}_user") if name in given
            )
    has_tracker = any(settings.tokens[each] for each in TARGETS if each != "slack")
    if "issue_project" in given and (project := settings.new_issues):
        if settings.tokens[project.target] is None:
            yield "issue_project", f"{project.target}_token"
    elif "issue_template" in given:
        yield "issue_template", "issue_project"
    for name in ("issue_authority", "issue_comments", "issue_public"):
        if name in given and not has_tracker:
            yield name, "github_token"


def check_files(lint: Lint) -> Check:
    """Whether roles, policy and people files are right."""
    files = count_of(len(lint.files), "file")
    details = [f"{each.place}: {each.message}" for each in lint.problems]
    subject = Subject("files", HERE, "Files")
    if not lint.problems:
        return subject.ok(f"{files}: no problems")
    found = [count_of(lint.errors, "error")] if lint.errors else []
    found += [count_of(lint.warnings, "warning")] if lint.warnings else []
    state: State = "fails" if lint.errors else "limit"
    text, todo = f"{files}: {', '.join(found)}", command("catalog", "lint")
    return subject.being(state, text, todo, details)


def check_me(settings: Settings, user: User | Problem | None) -> Check:
    """Who ``me`` is: who the settings say, else the owner of the keys if that is a person."""
    subject = Subject("me", HERE, "You")
    if settings.me:
        return subject.ok(settings.me)
    if isinstance(user, User) and user.service_account is False:
        return subject.ok(f"{user.name or user.email or user.id}, who owns the keys")
    return subject.unused(f"`me` is nobody: {VARIABLES['me']} is not set")


def check_writers(
    rules: Sequence[AutomationRule] | Problem | None, settings: Settings
) -> Iterator[Check]:
    """Whether Datadog itself writes where this program writes too."""
    subject = Subject("writers", ELSEWHERE, "Other writers")
    uses = {each for each in TARGETS if settings.tokens[each]}
    if not uses & {"jira", "slack"}:
        yield subject.unused("neither Slack nor Jira is set up")
        return
    if isinstance(rules, NotFound):
        text = "Datadog does not tell whether it writes there itself"
        todo = "Look at Incident Settings > Integrations for the Slack topic and Jira comments."
        yield subject.limit(text, todo)
        return
    if not isinstance(rules, Sequence):
        yield subject.not_seen(rules)
        return
    tasks = {rule.task for rule in rules if rule.is_enabled}
    found = list(_competing(subject, tasks, settings, uses))
    yield from found
    if not found:
        yield subject.ok("Datadog's rules write nothing there")


def _competing(
    subject: Subject, tasks: set[str], settings: Settings, uses: set[TargetName]
) -> Iterator[Check]:
    where = "in Datadog, under Incident Settings > Integrations"
    if "slack-create-channel-job" in tasks and "slack" in uses:
        text = "Datadog opens the Slack channel, and may write its topic"
        todo = (
            f"Switch off {where} > Slack: 'Send incident updates to the Slack channel'. Where that "
            "is off already, all is well."
        )
        yield subject.limit(text, todo)
    if "jira-create-issue-job" not in tasks or "jira" not in uses:
        return
    project = settings.new_issues
    if project and project.target == "jira":
        text = "Datadog opens a Jira issue, and this program another one"
        todo = f"Unset {VARIABLES['issue_project']}, or switch off Datadog's rule {where} > Jira."
        yield subject.limit(text, todo)
    if settings.has_comments("jira"):
        text = "Datadog may sync the comments of Jira too: each would be there twice"
        todo = f"Set {VARIABLES['issue_comments']}=off, or take Comments out {where} > Jira."
        yield subject.limit(text, todo)


@frozen
class PlaceSeen:
    """What was seen of one tracker or chat: whose token it is, or why nobody could tell.

    ``lacking`` are the scopes that the token lacks, None where the system does not tell. ``tried``
    is what was read there with it (a project, an issue, a room), each with what went wrong, and
    ``public`` the projects that everybody can read.
    """

    target: TargetName
    who: str | Problem
    lacking: tuple[str, ...] | None = None
    tried: tuple[tuple[str, str | Problem | None], ...] = ()


def check_place(settings: Settings, target: TargetName, seen: PlaceSeen | None) -> Check:
    """Whether a tracker or chat accepts its token, and shows what the program writes to."""
    subject = Subject(target, ELSEWHERE, title_of(target))
    if settings.tokens[target] is None or seen is None:
        return subject.unused("not set up")
    if isinstance(seen.who, Problem):
        return subject.fails(seen.who.message, seen.who.hint)
    details = [f"{what}: {said}" for what, said in seen.tried if isinstance(said, str)]
    for what, problem in seen.tried:
        if isinstance(problem, Problem):
            text = f"token of {seen.who}; {what} cannot be read"
            todo = problem.hint or problem.message
            details = [problem.message, *details]
            return subject.limit(text, todo, details)
    if seen.lacking:
        text = f"the token of {seen.who} lacks {join_names(seen.lacking)}"
        todo = f"Give the token {join_names(seen.lacking)}, then look again."
        return subject.limit(text, todo, details)
    known = "" if seen.lacking is not None else "; it does not tell its scopes"
    return subject.ok(f"token of {seen.who}{known}", details)


@frozen
class RecordSeen:
    """What the record is: its place without a password, schema, and of a file bytes and mode."""

    place: str
    schema: str
    size: int | None = None
    mode: int | None = None


def check_record(record: RecordSeen | Problem) -> Check:
    """Whether the record can be read, and by nobody else."""
    subject = Subject("record", RECORD, "Record")
    if isinstance(record, NoRecord):
        return subject.unused(record.message, record.hint)
    if isinstance(record, Problem):
        return subject.fails(record.message, record.hint)
    text = f"{record.place}, schema {record.schema}"
    text += "" if record.size is None else f", {_size(record.size)}"
    if record.mode is not None and record.mode & 0o077:
        return subject.limit(f"others can read {record.place}", f"chmod 600 {record.place}")
    mode = f"mode {record.mode:04o}" if record.mode is not None else "shared"
    return subject.ok(text, details=[mode])


def _size(number: int) -> str:
    return f"{number / 2**20:.1f} MB" if number >= 2**20 else f"{max(1, number // 1024)} kB"


def check_open_ends(ends: OpenEnds, number_of: Mapping[IncidentId, int]) -> Iterator[Check]:
    """What waits for Datadog, is in doubt or was refused; ``number_of`` gives public ids."""

    def named(ids: Iterable[IncidentId]) -> str:
        known = sorted({number_of[each] for each in ids if each in number_of})
        shown = [f"IR-{each}" for each in known[:3]]
        more = [f"{len(known) - 3} more"] if len(known) > 3 else []
        return f" ({join_names([*shown, *more])})" if known else ""

    if ends.waiting:
        what = count_of(len(ends.waiting), "incident")
        text = f"{what} with changes to carry to Datadog{named(ends.waiting)}"
        yield Subject("waiting", RECORD, "Waiting").limit(text, command("sync"))
    else:
        yield Subject("waiting", RECORD, "Waiting").ok("nothing waits for Datadog")
    if ends.in_doubt:
        text = f"{count_of(ends.in_doubt, 'write')} of which nobody knows the end"
        yield Subject("in_doubt", RECORD, "In doubt").limit(text, command("sync"))
    if ends.refused:
        systems = join_names(sorted({target for target, _ in ends.refused}))
        what = count_of(len(ends.refused), "write")
        text = f"{what} refused by {systems}{named(each for _, each in ends.refused)}"
        todo = f"For the reasons: {command('status')}. To send them again: "
        todo += command("sync", "--retry-refused")
        yield Subject("refused", RECORD, "Refused").limit(text, todo)
    if ends.conflicts:
        text = f"{count_of(ends.conflicts, 'conflict')} to be settled by a person"
        yield Subject("conflicts", RECORD, "Conflicts").limit(text, command("check"))


def check_last_run(runs: Sequence[PastRun], now: datetime) -> Check:
    """Whether the last run over everything ended well, and when; newest first.

    Only where runs come regularly one can be late: others sync by hand.
    """
    subject = Subject("last_sync", RECORD, "Last sync")
    if not runs:
        text = "no sync over everything yet: one machine needs the scheduled job"
        return subject.unused(text, "See docs/schedule.md.")
    last, lag = runs[0], now - runs[0].finished
    ago = "just now" if lag < timedelta(minutes=1) else f"{short_duration(lag)} ago"
    if not last.is_complete:
        failed = [f"{each} ({number})" for each, number in last.failures.items()]
        text = f"{ago}, incomplete (exit code {last.exit_code})"
        return subject.limit(text, command("sync"), failed)
    gaps = [newer.finished - older.finished for newer, older in pairwise(runs)]
    usual = timedelta(seconds=median(each.total_seconds() for each in gaps)) if gaps else None
    # One run that was slow or skipped is no job that stopped.
    if usual and usual <= JOB_GAP and lag > max(3 * usual, JOB_GAP):
        text = f"{ago}, though they usually come every {short_duration(usual)}"
        todo = f"See whether the scheduled job runs, or sync by hand: {command('sync')}"
        return subject.limit(text, todo)
    took = last.finished - last.began
    details = [f"{count_of(last.incidents, 'incident')}, took {took.total_seconds():.1f} s"]
    return subject.ok(ago, details=details)


def check_trust(lines: Sequence[str] | None) -> Check:
    """What the scheduled job has learned of this Datadog, which lets it leave incidents unread."""
    subject = Subject("trust", RECORD, "Skipping")
    if lines is None:
        return subject.unused("what was learned belongs to keys that work")
    unlearned = sum("in every run" in line for line in lines)
    text = (
        "what changed shows in the search"
        if not unlearned
        else "still learning: roles or entries are read in every run"
    )
    return subject.ok(text, details=lines)
