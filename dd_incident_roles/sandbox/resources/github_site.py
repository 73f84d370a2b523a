"""What the sandbox remembers of one GitHub, its rules for writing, and what people do there.

What a docstring calls document is GitHub's description of its API, issues are those of other
people's clients; the rest is unverified.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import IntEnum, StrEnum
from http import HTTPStatus
from itertools import count
from types import MappingProxyType

from dd_incident_roles.sandbox.api import Answer, Json, Refusal, StandIn, Written, picked
from dd_incident_roles.sandbox.world import Identified, Table

OWN_USER = "incident-robot"
OWN_APP = "incident-roles[bot]"
LONGEST_BODY = 65_536
LONGEST_TITLE = 256


class Role(IntEnum):
    """What a collaborator may do (document)."""

    READ = 1
    TRIAGE = 2
    WRITE = 3
    ADMIN = 4


class Limit(StrEnum):
    """Which rate limit is reached."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


@dataclass(frozen=True, slots=True, kw_only=True)
class GithubUser(Identified):
    """An account by its login; that of an app ends with ``[bot]`` (document)."""

    name: str | None = None
    is_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository(Identified):
    """A repository by ``owner/name``; ``roles`` are of its collaborators, by small logins."""

    number: int
    visibility: str
    roles: Mapping[str, Role]


@dataclass(frozen=True, slots=True, kw_only=True)
class GithubIssue(Written):
    """An issue by ``owner/name#12``; users are named by their logins."""

    number: int
    repository: str
    title: str
    body: str | None
    assignees: tuple[str, ...] = ()
    is_open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GithubComment(Written):
    """A comment, by its number; the repository is that of its issue."""

    issue: str
    body: str


@dataclass(kw_only=True, eq=False)
class GithubSite(StandIn):
    """One GitHub, its rules for writing, and what people do in its pages.

    What has a name is found in any case (document); an issue is named ``owner/name#12``. What is
    not there raises KeyError, and what GitHub refuses Refusal. People's line ends are those that a
    browser sends.

    Any token is that of ``caller``, with the ``permission`` for issues (``write``, ``read`` or
    ``none``), unless it is ``refused``. ``lacking`` is the status for what that permission does not
    allow: 403, or 404 as of a private repository. ``limit`` is the rate limit that is reached, for
    ``limit_seconds``. ``drops_strangers``: who cannot be assigned is left out without a word, where
    GitHub else refuses the whole write. ``scopes`` are those of a classic token.
    """

    content_type = "application/json; charset=utf-8"
    users: Table[GithubUser] = field(default_factory=Table)
    repositories: Table[Repository] = field(default_factory=Table)
    issues: Table[GithubIssue] = field(default_factory=Table)
    all_comments: Table[GithubComment] = field(default_factory=Table)
    caller: str = OWN_USER
    permission: str = "write"
    refused: bool = False
    lacking: int = 403
    limit: Limit | None = None
    limit_seconds: int = 60
    drops_strangers: bool = False
    scopes: tuple[str, ...] | None = None
    # Far from the numbers inside repositories, lest a mix-up goes unseen.
    numbers: count[int] = field(default_factory=lambda: count(50_001))

    def __post_init__(self) -> None:
        # At first only the accounts of the token are there.
        self.users.put(GithubUser(id=OWN_USER))
        self.users.put(GithubUser(id=OWN_APP, is_bot=True))

    def admit(self, headers: Mapping[str, str]) -> str:
        """Takes a token by either word; says the login of its user."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() not in {"token", "bearer"} or not token:
            raise Refusal(401, "Requires authentication")
        if self.refused:
            raise Refusal(401, "Bad credentials")
        if self.limit is not None:
            raise self._limited()
        return self.caller

    @classmethod
    def refuse(cls, refusal: Refusal) -> Answer:
        """Answers with a message, the status as a text, and what is wrong of each field."""
        status = refusal.status
        body = {
            "message": refusal.detail or HTTPStatus(status).phrase,
            "documentation_url": "https://docs.github.com/rest",
            "status": str(status),
            **refusal.more,
        }
        return Answer(status=status, body=body, headers=refusal.headers)

    def role(self, repository: Repository, login: str) -> int:
        """Says what role a user has, 0 for none."""
        return repository.roles.get(login.lower(), 0)

    def shows(self, repository: Repository, login: str) -> bool:
        """Whether a user sees a repository; everybody here is of one enterprise (document)."""
        return repository.visibility != "private" or self.role(repository, login) > 0

    def can_have_issues(self, repository: Repository, login: str) -> bool:
        """Whether issues can be assigned to a user: to collaborators, and to no app."""
        user = self.users.get(login)
        return user is not None and not user.is_bot and self.role(repository, login) > 0

    def repository_of(self, issue: GithubIssue) -> Repository:
        """Finds the repository of an issue."""
        return self.repositories[issue.repository]

    def comments_of(self, issue: GithubIssue) -> list[GithubComment]:
        """Lists the comments of an issue, in the order of their numbers (document)."""
        return self.all_comments.where(lambda row: row.issue == issue.id)

    def may_edit(self, issue: GithubIssue) -> bool:
        """Whether the token's user may edit an issue: its author, triage and above (document)."""
        role = self.role(self.repository_of(issue), self.caller)
        return issue.author == self.caller or role >= Role.TRIAGE

    def add_user(self, login: str, name: str | None = None, *, is_bot: bool = False) -> None:
        """Adds an account."""
        self.users.put(GithubUser(id=login, name=name, is_bot=is_bot))

    def add_repository(self, repository: str) -> None:
        """Adds a private repository that our own user writes."""
        roles = {self.caller.lower(): Role.WRITE}
        row = Repository(
            id=repository,
            number=next(self.numbers),
            visibility="private",
            roles=MappingProxyType(roles),
        )
        self.repositories.put(row)

    def set_visibility(self, repository: str, visibility: str) -> None:
        """Makes a repository private, internal or public."""
        self.repositories.put(replace(self.repositories[repository], visibility=visibility))

    def add_collaborator(self, repository: str, user: str, *, role: str = "write") -> None:
        """Gives a user a role: ``read``, ``triage``, ``write`` or ``admin``."""
        row, login = self.repositories[repository], self.users[user].id
        roles = MappingProxyType({**row.roles, login.lower(): Role[role.upper()]})
        self.repositories.put(replace(row, roles=roles))

    def remove_collaborator(self, repository: str, user: str) -> None:
        """Takes a user's role."""
        row, login = self.repositories[repository], self.users[user].id.lower()
        roles = {name: role for name, role in row.roles.items() if name != login}
        self.repositories.put(replace(row, roles=MappingProxyType(roles)))

    def open_issue(self, repository: str, title: str, description: str = "", *, by: str) -> str:
        """Opens an issue, and returns its name."""
        row, author = self.repositories[repository], self.users[by].id
        return self.make_issue(row, title=title, body=_typed(description), by=author).id

    def issue(self, issue: str) -> GithubIssue:
        """Looks at an issue."""
        return self.issues[issue]

    def comments(self, issue: str) -> list[GithubComment]:
        """Lists the comments of an issue, oldest first."""
        return self.comments_of(self.issue(issue))

    def assign(self, issue: str, assignees: list[str]) -> None:
        """Makes these the assignees, none or several; whether they can be is not looked at."""
        logins = tuple(self.users[each].id for each in assignees)
        self._put(replace(self.issue(issue), assignees=logins))

    def edit_description(self, issue: str, text: str) -> None:
        """Replaces the description."""
        self._put(replace(self.issue(issue), body=fitting_body(_typed(text)) or None))

    def close(self, issue: str) -> None:
        """Closes an issue."""
        self._put(replace(self.issue(issue), is_open=False))

    def comment(self, issue: str, text: str, *, by: str) -> str:
        """Writes a comment, and returns its id."""
        author = self.users[by].id
        return self.write_comment(self.issue(issue), _typed(text), by=author).id

    def edit_comment(self, comment: str, text: str) -> None:
        """Replaces the text of anybody's comment."""
        row, now = self.all_comments[comment], self.world.clock()
        self.all_comments.put(replace(row, body=_typed(text), updated=now))

    def delete_comment(self, comment: str) -> None:
        """Deletes anybody's comment, of which no trace stays."""
        self.all_comments.remove(self.all_comments[comment].id)

    def limit_token(self, permission: str = "read", *, status: int = 403) -> None:
        """Leaves the token this permission for issues; for the rest it is answered the status."""
        self.permission, self.lacking = permission, status

    def refuse_token(self) -> None:
        """Accepts no token any more."""
        self.refused = True

    def exhaust(self, limit: str = "primary", *, seconds: int = 60) -> None:
        """Says of every request that a rate limit is reached, ``primary`` or ``secondary``."""
        self.limit, self.limit_seconds = Limit(limit), seconds

    def accept_token(self) -> None:
        """Accepts every token again, with every permission and below every limit."""
        self.refused, self.limit, self.permission, self.lacking = False, None, "write", 403

    def become_app(self) -> None:
        """Makes every token that of an app, which has the roles that our own user had."""
        before, self.caller = self.caller.lower(), OWN_APP
        for row in self.repositories:
            roles = {OWN_APP if name == before else name: of for name, of in row.roles.items()}
            self.repositories.put(replace(row, roles=MappingProxyType(roles)))

    def view(self) -> Json:
        """Sums up the issues."""
        return {
            row.id: {
                **picked(row, "title", "is_open"),
                "description": row.body or "",
                "assignees": list(row.assignees),
                "comments": [
                    {**picked(each, "id", "author"), "text": each.body}
                    for each in self.comments_of(row)
                ],
            }
            for row in self.issues
        }

    def make_issue(
        self, repository: Repository, *, title: str, body: str | None, by: str
    ) -> GithubIssue:
        """Makes an issue."""
        if not title.strip():
            raise invalid({"resource": "Issue", "code": "missing_field", "field": "title"})
        if len(title) > LONGEST_TITLE:
            raise _too_long("title", LONGEST_TITLE)
        number = len(self.issues.where(lambda row: row.repository == repository.id)) + 1
        row = GithubIssue(
            id=f"{repository.id}#{number}",
            number=number,
            repository=repository.id,
            title=title,
            body=fitting_body(body) or None,
            **self.sign(by),
        )
        return self.issues.put(row)

    def write_comment(self, issue: GithubIssue, text: str, *, by: str) -> GithubComment:
        """Writes a comment, which changes the issue too."""
        now = self.world.clock()
        if not text.strip():
            raise invalid(_of_comment("Body cannot be blank"))
        if len(text) > LONGEST_BODY:
            # In other words than for a comment that is edited (issues).
            raise invalid(_of_comment(f"Body is too long (maximum is {LONGEST_BODY} characters)"))
        row = GithubComment(
            id=str(next(self.numbers)),
            issue=issue.id,
            body=text,
            **self.sign(by),
        )
        self.issues.put(replace(issue, updated=now))
        return self.all_comments.put(row)

    def wanted_assignees(self, issue: GithubIssue, logins: Iterable[str]) -> tuple[str, ...]:
        """Says who an issue is assigned to after the token's user asked for these.

        Without push access or the role of triage nothing changes, and nothing is said (document).
        Who cannot be assigned makes GitHub refuse it all (issues: nobody's login, and that of a
        person who is no collaborator), or with ``drops_strangers`` is left out without a word.
        """
        repository = self.repository_of(issue)
        if self.role(repository, self.caller) < Role.TRIAGE:
            return issue.assignees
        taken: list[str] = []
        for login in logins:
            user = self.users.get(login)
            if user is not None and self.can_have_issues(repository, login):
                taken.append(user.id)
            elif user is None or not self.drops_strangers:
                raise invalid(
                    {"value": login, "resource": "Issue", "field": "assignees", "code": "invalid"}
                )
        return tuple(dict.fromkeys(taken))

    def _limited(self) -> Refusal:
        """Refuses for a rate limit: one is told by headers, the other by words alone (document)."""
        if self.limit is Limit.SECONDARY:
            words = "Please wait a few minutes before you try again."
            return Refusal(403, f"You have exceeded a secondary rate limit. {words}")
        ends = self.world.clock() + timedelta(seconds=self.limit_seconds)
        headers = {
            "X-RateLimit-Limit": "5000",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": f"{ends.timestamp():.0f}",
        }
        return Refusal(403, "API rate limit exceeded for user ID 1.", headers=headers)

    def _put(self, row: GithubIssue) -> None:
        self.issues.put(replace(row, updated=self.world.clock()))


def fitting_body(text: str | None, resource: str = "Issue") -> str | None:
    """Insists on a text that is not too long for an issue, or for a comment that is edited."""
    if text is not None and len(text) > LONGEST_BODY:
        raise _too_long("body", LONGEST_BODY, resource)
    return text


def invalid(error: Json) -> Refusal:
    """Makes the refusal of a body with a wrong field (document)."""
    return Refusal(422, "Validation Failed", more={"errors": [error]})


def _too_long(name: str, longest: int, resource: str = "Issue") -> Refusal:
    message = f"{name} is too long (maximum is {longest} characters)"
    return invalid({"resource": resource, "code": "custom", "field": name, "message": message})


def _of_comment(message: str) -> Json:
    return {
        "resource": "IssueComment",
        "code": "unprocessable",
        "field": "data",
        "message": message,
    }


def _typed(text: str) -> str:
    r"""Writes text as a browser sends it, with ``\r\n`` between lines."""
    return re.sub("\r\n?|\n", "\r\n", text)
