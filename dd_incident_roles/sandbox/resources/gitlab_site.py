"""What one GitLab remembers, and its rules for writing.

What a docstring calls source is GitLab's own code, document its documentation; the rest is
unverified.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from http import HTTPStatus
from itertools import count
from types import MappingProxyType

from dd_incident_roles.sandbox.api import Answer, Json, Refusal, StandIn, Written, picked
from dd_incident_roles.sandbox.world import Identified, Table

LONGEST_NOTE = 1_000_000
LONGEST_DESCRIPTION = 1_048_576
LONGEST_TITLE = 255
OWN_USER = "group_7_bot_5b2e"
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
class GitlabIssue(Written):
    """An issue; people know it by its ``iid``, the number inside its project."""

    iid: int
    project_id: str
    title: str
    description: str
    assignees: tuple[str, ...] = ()
    is_confidential: bool = False
    is_open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Written):
    """A comment, or what GitLab says about a change; an internal one is for members only."""

    issue_id: str
    body: str
    is_system: bool = False
    is_internal: bool = False


@dataclass(kw_only=True, eq=False)
class GitlabSite(StandIn):
    """One GitLab, its rules for writing, and what people do in its pages.

    Any token is that of ``caller``, with all that ``scopes`` allow, unless ``refused`` says why it
    is not accepted. ``knows_filters`` is whether the list of notes can leave out system notes, as
    newer ones can.

    Who does something is named by the username, and an issue by its number inside the project.
    Raises KeyError for what is not there, and Refusal for what GitLab refuses.
    """

    content_type = "application/json"
    users: Table[GitlabUser] = field(default_factory=Table)
    projects: Table[Project] = field(default_factory=Table)
    issues: Table[GitlabIssue] = field(default_factory=Table)
    all_notes: Table[Note] = field(default_factory=Table)
    caller: str = ""
    scopes: frozenset[str] = frozenset({"api"})
    refused: str | None = None
    knows_filters: bool = True
    # Far from the numbers inside projects, lest a mix-up goes unseen.
    numbers: count[int] = field(default_factory=lambda: count(70_001))

    def __post_init__(self) -> None:
        self.caller = self.add_user(OWN_USER, "dd-incident-roles", is_bot=True)

    def admit(self, headers: Mapping[str, str]) -> str:
        """Takes a token in either header; says the id of its user."""
        if not (headers.get("private-token") or headers.get("authorization")):
            raise Refusal(401, "Unauthorized")
        if self.refused is not None:
            raise Refusal(401, self.refused, title="invalid_token")
        return self.caller

    @classmethod
    def refuse(cls, refusal: Refusal) -> Answer:
        """Answers in one of three shapes: of OAuth, of a plain text, or of all the rest."""
        status, detail = refusal.status, refusal.detail or HTTPStatus(refusal.status).phrase
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            # The gate before the application speaks no JSON (document).
            return Answer(status=status, body=b"Retry later\n", content_type="text/plain")
        body: Json = {"message": f"{status} {detail}"}
        if refusal.title in {"invalid_token", "insufficient_scope"}:
            # No WWW-Authenticate goes with the missing scope (source).
            body = {"error": refusal.title, "error_description": detail}
            if refusal.title == "insufficient_scope":
                body["scope"] = "api"
        return Answer(status=status, body=body)

    def add_user(
        self, username: str, name: str | None = None, *, email: str = "", is_bot: bool = False
    ) -> str:
        """Adds a user, whose e-mail is public if there is one, and returns the id."""
        row = GitlabUser(
            id=str(next(self.numbers)),
            username=username,
            name=name or username,
            public_email=email,
            is_bot=is_bot,
        )
        return self.users.put(row).id

    def user(self, username: str) -> GitlabUser:
        """Finds a user by name, whatever the case of its letters."""
        wanted = username.lower()
        return self.users.first(lambda row: row.username.lower() == wanted, username)

    def add_project(self, path: str) -> str:
        """Adds a private project in which our own user is a Reporter, and returns its id."""
        members = MappingProxyType({self.caller: Access.REPORTER})
        row = Project(id=str(next(self.numbers)), path=path, visibility="private", members=members)
        return self.projects.put(row).id

    def set_member(self, project: str, user: str = OWN_USER, *, access: str = "developer") -> None:
        """Gives a user a role in a project, or takes it with ``none``."""
        row, user_id = self._project(project), self.user(user).id
        members = {key: value for key, value in row.members.items() if key != user_id}
        if access != "none":
            members[user_id] = Access[access.upper()]
        self.projects.put(replace(row, members=MappingProxyType(members)))

    def set_visibility(self, project: str, visibility: str) -> None:
        """Makes a project private, internal or public."""
        self.projects.put(replace(self._project(project), visibility=visibility))

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
        return self.projects[issue.project_id]

    def may_manage(self, issue: GitlabIssue, user_id: str) -> bool:
        """Whether a user may assign and close: a Reporter and above (document)."""
        return self.access(self.project_of(issue), user_id) >= Access.REPORTER

    def issue(self, project: str, iid: int) -> GitlabIssue:
        """Looks at an issue."""
        wanted = self._project(project).id, iid
        name = f"{project}#{iid}"
        return self.issues.first(lambda row: (row.project_id, row.iid) == wanted, name)

    def assignees(self, project: str, iid: int) -> list[str]:
        """Lists the usernames of the assignees."""
        found = map(self.users.get, self.issue(project, iid).assignees)
        return [user.username for user in found if user is not None]

    def notes(self, project: str, iid: int) -> list[Note]:
        """Lists what is written below an issue, oldest first, system notes too."""
        return self.notes_of(self.issue(project, iid))

    def notes_of(self, issue: GitlabIssue) -> list[Note]:
        """Lists what is written below an issue, oldest first, system notes too."""
        return self.all_notes.where(lambda row: row.issue_id == issue.id)

    def open_issue(
        self,
        project: str,
        title: str,
        description: str = "",
        *,
        by: str,
        confidential: bool = False,
    ) -> int:
        """Opens an issue, obeys its commands (source), and returns its number in the project."""
        in_project = self._project(project)
        # The number inside the project is counted, and is not the id.
        iids = [row.iid for row in self.issues if row.project_id == in_project.id]
        row = GitlabIssue(
            id=str(next(self.numbers)),
            iid=max(iids, default=0) + 1,
            project_id=in_project.id,
            title=_fitting(title, LONGEST_TITLE, "title"),
            description="",
            **self.sign(self.user(by).id),
            is_confidential=confidential,
        )
        self.issues.put(row)
        return self.change_issue(row, by=row.author, description=description, is_new=True).iid

    def assign(self, project: str, iid: int, assignee: str | None, *, by: str) -> None:
        """Makes somebody the assignee, or empties it."""
        chosen = () if assignee is None else (int(self.user(assignee).id),)
        self.change_issue(self.issue(project, iid), by=self.user(by).id, assignee_ids=chosen)

    def edit_description(self, project: str, iid: int, text: str, *, by: str) -> None:
        """Replaces the description."""
        self.change_issue(self.issue(project, iid), by=self.user(by).id, description=text)

    def close(self, project: str, iid: int) -> None:
        """Closes an issue."""
        self.issues.put(replace(self.issue(project, iid), is_open=False))

    def comment(
        self, project: str, iid: int, text: str, *, by: str, internal: bool = False
    ) -> str | None:
        """Writes a note and returns its id.

        None where it was nothing but commands, so that there is no note (source).
        """
        issue, author = self.issue(project, iid), self.user(by).id
        kept = self._carry_out(issue, text, author)
        return self._put_note(issue, kept, author, is_internal=internal) if kept else None

    def edit_comment(self, note: str, text: str, *, by: str) -> None:
        """Changes a note; one that is left with nothing but commands is deleted (source)."""
        row = self.all_notes[note]
        issue = self.issues[row.issue_id]
        kept = self._carry_out(issue, text, self.user(by).id)
        if kept:
            self.all_notes.put(replace(row, body=kept, updated=self.world.clock()))
        else:
            self.all_notes.remove(note)

    def delete_comment(self, note: str) -> None:
        """Deletes a note."""
        self.all_notes.remove(note)

    def limit_token(self, scope: str) -> None:
        """Leaves the token this one scope, such as ``read_api``."""
        self.scopes = frozenset({scope})

    def refuse_token(self) -> None:
        """Accepts no token any more."""
        self.refused = "Token is expired."

    def accept_token(self) -> None:
        """Accepts every token again, with every scope."""
        self.refused, self.scopes = None, frozenset({"api"})

    def view(self) -> Json:
        """Sums up the issues, without what GitLab says itself."""
        return {
            f"{project.path}#{row.iid}": {
                **picked(row, "title", "description", "is_open"),
                "assignees": self.assignees(project.path, row.iid),
                "comments": [
                    {"id": note.id, "author": self.users[note.author].username, "text": note.body}
                    for note in self.notes_of(row)
                    if not note.is_system
                ],
            }
            for row in self.issues
            for project in (self.project_of(row),)
        }

    def change_issue(
        self,
        row: GitlabIssue,
        *,
        by: str,
        title: str | None = None,
        description: str | None = None,
        assignee_ids: tuple[int, ...] | None = None,
        is_new: bool = False,
    ) -> GitlabIssue:
        """Changes what is given; a system note tells of assignees and of the description."""
        changed = row
        if title is not None:
            changed = replace(changed, title=_fitting(title, LONGEST_TITLE, "title"))
        if description is not None:
            taken = take_commands(_fitting(description, LONGEST_DESCRIPTION, "description"))
            changed = replace(changed, description=taken.text)
            changed, _ = self._obey(changed, taken.commands, by)
        if assignee_ids is not None:
            changed = self._assigned(changed, [str(each) for each in assignee_ids], by)
        return self._keep(row, changed, by, is_new=is_new)

    def _project(self, path: str) -> Project:
        return self.projects.first(lambda row: row.path == path, path)

    def _put_note(
        self,
        issue: GitlabIssue,
        body: str,
        by: str,
        *,
        is_internal: bool = False,
        is_system: bool = False,
    ) -> str:
        row = self.all_notes.put(
            Note(
                id=str(next(self.numbers)),
                issue_id=issue.id,
                body=body,
                **self.sign(by),
                is_internal=is_internal,
                is_system=is_system,
            )
        )
        return row.id

    def _carry_out(self, issue: GitlabIssue, text: str, by: str) -> str:
        """Obeys the commands in the text of a note, and returns what is left of it.

        A note of nothing but commands, none of which works, is refused (source).
        """
        taken = take_commands(_fitting(text, LONGEST_NOTE, "note"))
        changed, worked = self._obey(issue, taken.commands, by)
        if taken.commands and not taken.text and not worked:
            raise Refusal(400, "Bad request - Failed to apply commands.")
        self._keep(issue, changed, by)
        return taken.text

    def _obey(
        self, issue: GitlabIssue, commands: Iterable[tuple[str, str]], by: str
    ) -> tuple[GitlabIssue, bool]:
        """Carries out quick actions; says whether one of them worked.

        Who may not do it by hand may not do it so either (document).
        """
        worked = False
        for name, argument in commands:
            if not self.may_manage(issue, by):
                continue
            match name:
                case "assign" | "reassign":
                    names = [each.strip("@, ").lower() for each in argument.split()]
                    ids = {row.username.lower(): row.id for row in self.users}
                    found = (
                        [by] if names == ["me"] else [ids[each] for each in names if each in ids]
                    )
                    if not found:
                        continue
                    issue = self._assigned(issue, found, by)
                case "unassign":
                    issue = replace(issue, assignees=())
                case "close" | "reopen":
                    issue = replace(issue, is_open=name == "reopen")
                case _:
                    issue = replace(issue, is_confidential=True)
            worked = True
        return issue, worked

    def _assigned(self, issue: GitlabIssue, user_ids: list[str], by: str) -> GitlabIssue:
        """Sets the assignee as far as they and the one who sets them may, without a word (source).

        Who cannot read the issue is left out, and where nobody is left nothing changes. Only the
        first stays: several are for those who pay (document).
        """
        if not self.may_manage(issue, by):
            return issue
        wanted = [each for each in user_ids if each != "0"]
        readers = [
            each for each in wanted if self.users.get(each) and self.reads_issue(issue, each)
        ]
        if wanted and not readers:
            return issue
        return replace(issue, assignees=tuple(readers[:1]))

    def _keep(
        self, before: GitlabIssue, after: GitlabIssue, by: str, *, is_new: bool = False
    ) -> GitlabIssue:
        """Keeps a changed issue, with the system notes that tell of the change (document)."""
        if after == before:
            return before
        said = []
        if came := [each for each in after.assignees if each not in before.assignees]:
            said.append(f"assigned to {self._names(came)}")
        if left := [each for each in before.assignees if each not in after.assignees]:
            said.append(f"unassigned {self._names(left)}")
        if after.description != before.description and not is_new:
            said.append("changed the description")
        for body in said:
            self._put_note(before, body, by, is_system=True)
        return self.issues.put(replace(after, updated=self.world.clock()))

    def _names(self, user_ids: Iterable[str]) -> str:
        rows = map(self.users.get, user_ids)
        return " and ".join(f"@{row.username}" for row in rows if row is not None)


def _fitting(text: str, longest: int, what: str) -> str:
    if len(text) > longest:
        raise Refusal(400, f"Bad request - {what} is too long (maximum is {longest} characters)")
    return text
