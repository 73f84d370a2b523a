"""What one GitLab remembers, and its rules for writing.

What a docstring calls source is GitLab's own code, document its documentation; the rest is
unverified.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from itertools import count

from dd_incident_roles.sandbox.api import Refusal
from dd_incident_roles.sandbox.world import Identified, Table, World

COMMANDS = ("assign", "reassign", "unassign", "close", "reopen", "confidential")
_COMMAND = re.compile(rf"/(?P<name>{'|'.join(COMMANDS)}|shrug)(?: (?P<rest>.*))?\s*", re.IGNORECASE)
_OPENING_TAG = re.compile(r"<[^>/!][^>]*>")
_CLOSING_TAG = re.compile(r"</[^>]+>")
_SHRUG = (
    "\N{MACRON}\\\N{FULLWIDTH LOW LINE}(\N{KATAKANA LETTER TU})\N{FULLWIDTH LOW LINE}/\N{MACRON}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A text without its commands, and the commands in their order: name and argument."""

    text: str
    commands: tuple[tuple[str, str], ...]


def take_commands(text: str) -> Taken:
    r"""Takes the commands out of a text that is about to be kept.

    A command is a line that begins with ``/`` and a known name, in any case of its letters. Between
    two lines of a code fence, of a single backtick, of ``>>>`` or of an HTML tag it is text; inside
    an HTML comment it is not. Every ``\r`` goes, and the white space at the end; ``/shrug`` puts a
    figure into the text (GitLab's source).
    """
    lines = text.replace("\r", "").split("\n")
    kept: list[str] = []
    commands: list[tuple[str, str]] = []
    literal_until = -1
    for number, line in enumerate(lines):
        if number > literal_until:
            literal_until = _end_of_block(lines, number)
        found = None if number <= literal_until else _COMMAND.fullmatch(line)
        if found is None:
            kept.append(line)
        elif (name := found["name"].lower()) == "shrug":
            kept.append(f"{found['rest'] or ''} {_SHRUG}".strip())
        else:
            commands.append((name, (found["rest"] or "").strip()))
    return Taken(text="\n".join(kept).rstrip(), commands=tuple(commands))


def _end_of_block(lines: list[str], start: int) -> int:
    """Finds the last line of the block that begins here, or -1; an open block is none."""
    first = lines[start]
    if _OPENING_TAG.fullmatch(first):
        closing = _CLOSING_TAG
    elif first.startswith("```"):
        closing = re.compile("```")
    elif first in {"`", ">>>"}:
        closing = re.compile(re.escape(first))
    else:
        return -1
    rest = zip(count(start + 1), lines[start + 1 :], strict=False)
    return next((number for number, line in rest if closing.fullmatch(line)), -1)


LONGEST_NOTE = 1_000_000
LONGEST_DESCRIPTION = 1_048_576
LONGEST_TITLE = 255
OWN_USER = "group_7_bot_5b2e"


class Access(IntEnum):
    """The roles of a member (document)."""

    GUEST = 10
    REPORTER = 20
    DEVELOPER = 30
    MAINTAINER = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class GitlabUser(Identified):
    """A user; nobody but administrators sees an e-mail that is not public."""

    username: str
    name: str
    public_email: str = ""
    is_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Project(Identified):
    """A project, whose ``path`` is ``group/name``; ``members`` are roles by ids of users."""

    path: str
    visibility: str
    members: Mapping[str, Access]


@dataclass(frozen=True, slots=True, kw_only=True)
class GitlabIssue(Identified):
    """An issue; people know it by its ``iid``, the number inside its project."""

    iid: int
    project_id: str
    title: str
    description: str
    author: str
    created: datetime
    updated: datetime
    assignees: tuple[str, ...] = ()
    is_confidential: bool = False
    is_open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Identified):
    """A comment, or what GitLab says about a change; an internal one is for members only."""

    issue_id: str
    body: str
    author: str
    created: datetime
    updated: datetime
    is_system: bool = False
    is_internal: bool = False


@dataclass(slots=True, kw_only=True)
class Instance:
    """One GitLab; not safe between threads.

    Any token is that of ``caller``, with all that ``scopes`` allow, unless ``refused`` says why it
    is not accepted. ``is_premium`` is whether an issue may have several assignees, and
    ``knows_filters`` whether the list of notes can leave out system notes, as newer ones can.
    """

    users: Table[GitlabUser] = field(default_factory=Table)
    projects: Table[Project] = field(default_factory=Table)
    issues: Table[GitlabIssue] = field(default_factory=Table)
    notes: Table[Note] = field(default_factory=Table)
    caller: str = ""
    scopes: frozenset[str] = frozenset({"api"})
    refused: str | None = None
    is_premium: bool = False
    knows_filters: bool = True
    # Far from the numbers inside projects, lest a mix-up goes unseen.
    numbers: Iterable[int] = field(default_factory=lambda: count(70_001))

    def next_id(self) -> str:
        """Makes an id that nothing else has."""
        return str(next(iter(self.numbers)))

    def user(self, username: str) -> GitlabUser:
        """Finds a user by name, whatever the case of its letters; raises KeyError."""
        wanted = username.lower()
        return self.users.first(lambda row: row.username.lower() == wanted, username)

    def ids_of(self, usernames: Iterable[str]) -> list[str]:
        """Lists the ids of those who have an account, in the order of their names here."""
        ids = {row.username.lower(): row.id for row in self.users}
        return [ids[name.lower()] for name in usernames if name.lower() in ids]

    def access(self, project: Project, user_id: str) -> int:
        """Says what role a user has in a project, 0 for none."""
        return project.members.get(user_id, 0)

    def reads_project(self, project: Project, user_id: str) -> bool:
        """Whether a user sees a project; everybody who signs in sees an internal one (document)."""
        return project.visibility != "private" or user_id in project.members

    def reads_issue(self, issue: GitlabIssue, user_id: str) -> bool:
        """Whether a user sees an issue; a confidential one is for few (document)."""
        project = self.project_of(issue)
        is_let_in = (
            not issue.is_confidential
            or user_id in {issue.author, *issue.assignees}
            or self.access(project, user_id) >= Access.REPORTER
        )
        return is_let_in and self.reads_project(project, user_id)

    def project_of(self, issue: GitlabIssue) -> Project:
        """Finds the project of an issue."""
        return self.projects.first(lambda row: row.id == issue.project_id, issue.project_id)

    def may_manage(self, issue: GitlabIssue, user_id: str) -> bool:
        """Whether a user may assign and close: a Reporter and above (document)."""
        return self.access(self.project_of(issue), user_id) >= Access.REPORTER

    def issue(self, project: Project, iid: int) -> GitlabIssue | None:
        """Finds an issue by its number inside the project."""
        rows = self.issues.where(lambda row: row.project_id == project.id and row.iid == iid)
        return rows[0] if rows else None

    def notes_of(self, issue: GitlabIssue) -> list[Note]:
        """Lists what is written below an issue, oldest first."""
        return self.notes.where(lambda row: row.issue_id == issue.id)


def instance_of(world: World) -> Instance:
    """Finds the GitLab beside this Datadog; there is one as soon as somebody looks."""
    found = world.services.get("gitlab")
    if not isinstance(found, Instance):
        found = world.services["gitlab"] = Instance()
        own = GitlabUser(
            id=found.next_id(), username=OWN_USER, name="dd-incident-roles", is_bot=True
        )
        found.caller = found.users.put(own).id
    return found


def open_issue(
    world: World,
    project: Project,
    *,
    title: str,
    description: str,
    by: str,
    is_confidential: bool = False,
) -> GitlabIssue:
    """Makes an issue; commands in its description are carried out (source)."""
    instance, now = instance_of(world), world.clock()
    # The number inside the project is counted, and is not the id.
    iids = [row.iid for row in instance.issues if row.project_id == project.id]
    row = GitlabIssue(
        id=instance.next_id(),
        iid=max(iids, default=0) + 1,
        project_id=project.id,
        title=_fitting(title, LONGEST_TITLE, "title"),
        description="",
        author=by,
        created=now,
        updated=now,
        is_confidential=is_confidential,
    )
    instance.issues.put(row)
    return change_issue(world, row, by=by, description=description, is_new=True)


def change_issue(
    world: World,
    row: GitlabIssue,
    *,
    by: str,
    title: str | None = None,
    description: str | None = None,
    assignee_ids: tuple[int, ...] | None = None,
    is_new: bool = False,
) -> GitlabIssue:
    """Changes what is given; a system note tells of assignees and of the description."""
    instance, changed = instance_of(world), row
    if title is not None:
        changed = replace(changed, title=_fitting(title, LONGEST_TITLE, "title"))
    if description is not None:
        taken = take_commands(_fitting(description, LONGEST_DESCRIPTION, "description"))
        changed = replace(changed, description=taken.text)
        changed, _ = _obey(instance, changed, taken.commands, by)
    if assignee_ids is not None:
        changed = _assigned(instance, changed, [str(each) for each in assignee_ids], by)
    return _keep(world, row, changed, by, is_new=is_new)


def write_note(
    world: World, issue: GitlabIssue, text: str, *, by: str, is_internal: bool = False
) -> Note | None:
    """Writes a note; None where nothing but commands was in it, so that there is none (source)."""
    instance, now = instance_of(world), world.clock()
    kept = _carry_out(world, issue, text, by)
    if not kept:
        return None
    note = Note(
        id=instance.next_id(),
        issue_id=issue.id,
        body=kept,
        author=by,
        created=now,
        updated=now,
        is_internal=is_internal,
    )
    return instance.notes.put(note)


def rewrite_note(world: World, note: Note, text: str, *, by: str) -> Note | None:
    """Changes a note; one that is left with nothing but commands is deleted (source)."""
    instance = instance_of(world)
    issue = instance.issues.first(lambda row: row.id == note.issue_id, note.issue_id)
    kept = _carry_out(world, issue, text, by)
    if not kept:
        instance.notes.remove(note.id)
        return None
    return instance.notes.put(replace(note, body=kept, updated=world.clock()))


def _carry_out(world: World, issue: GitlabIssue, text: str, by: str) -> str:
    """Obeys the commands in the text of a note, and returns what is left of it.

    A note of nothing but commands, none of which works, is refused (source).
    """
    instance = instance_of(world)
    taken = take_commands(_fitting(text, LONGEST_NOTE, "note"))
    changed, worked = _obey(instance, issue, taken.commands, by)
    if taken.commands and not taken.text and not worked:
        raise Refusal(400, "Bad request - Failed to apply commands.")
    _keep(world, issue, changed, by)
    return taken.text


def _obey(
    instance: Instance, issue: GitlabIssue, commands: Iterable[tuple[str, str]], by: str
) -> tuple[GitlabIssue, bool]:
    """Carries out quick actions; says whether one of them worked.

    Who may not do it by hand may not do it so either (document).
    """
    worked = False
    for name, argument in commands:
        if not instance.may_manage(issue, by):
            continue
        match name:
            case "assign" | "reassign":
                names = [each.strip("@, ") for each in argument.split()]
                found = [by] if names == ["me"] else instance.ids_of(names)
                if not found:
                    continue
                before = issue.assignees if name == "assign" and instance.is_premium else ()
                issue = _assigned(instance, issue, [*before, *found], by)
            case "unassign":
                issue = replace(issue, assignees=())
            case "close" | "reopen":
                issue = replace(issue, is_open=name == "reopen")
            case _:
                issue = replace(issue, is_confidential=True)
        worked = True
    return issue, worked


def _assigned(instance: Instance, issue: GitlabIssue, user_ids: list[str], by: str) -> GitlabIssue:
    """Sets the assignees as far as they and the one who sets them may, without a word (source).

    Who cannot read the issue is left out, and where nobody is left nothing changes. Only the first
    stays where an issue has one assignee.
    """
    if not instance.may_manage(issue, by):
        return issue
    wanted = [each for each in dict.fromkeys(user_ids) if each != "0"]
    readers = [
        each for each in wanted if instance.users.get(each) and instance.reads_issue(issue, each)
    ]
    if wanted and not readers:
        return issue
    return replace(issue, assignees=tuple(readers if instance.is_premium else readers[:1]))


def _keep(
    world: World, before: GitlabIssue, after: GitlabIssue, by: str, *, is_new: bool = False
) -> GitlabIssue:
    """Keeps a changed issue, with the system notes that tell of the change (document)."""
    instance, now = instance_of(world), world.clock()
    if after == before:
        return before
    said = []
    if came := [each for each in after.assignees if each not in before.assignees]:
        said.append(f"assigned to {_names(instance, came)}")
    if left := [each for each in before.assignees if each not in after.assignees]:
        said.append(f"unassigned {_names(instance, left)}")
    if after.description != before.description and not is_new:
        said.append("changed the description")
    for body in said:
        instance.notes.put(
            Note(
                id=instance.next_id(),
                issue_id=before.id,
                body=body,
                author=by,
                created=now,
                updated=now,
                is_system=True,
            )
        )
    return instance.issues.put(replace(after, updated=now))


def _names(instance: Instance, user_ids: Iterable[str]) -> str:
    rows = (instance.users.get(each) for each in user_ids)
    return " and ".join(f"@{row.username}" for row in rows if row is not None)


def _fitting(text: str, longest: int, what: str) -> str:
    if len(text) > longest:
        raise Refusal(400, f"Bad request - {what} is too long (maximum is {longest} characters)")
    return text
