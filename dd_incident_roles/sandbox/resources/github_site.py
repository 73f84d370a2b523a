"""What the sandbox remembers of one GitHub, its rules for writing, and what people do there.

What a docstring calls document is GitHub's description of its API, issues are those of other
people's clients; the rest is unverified.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from itertools import count
from threading import RLock
from types import MappingProxyType

from dd_incident_roles.sandbox.api import Json, Refusal, picked
from dd_incident_roles.sandbox.world import Identified, Kept, Table, World

OWN_USER = "incident-robot"
OWN_APP = "incident-roles[bot]"
LONGEST_BODY = 65_536
LONGEST_TITLE = 256
ACTS = (
    *("add_user", "add_repository", "set_visibility", "add_collaborator", "remove_collaborator"),
    *("open_issue", "assign", "edit_description", "close", "reopen"),
    *("comment", "edit_comment", "delete_comment"),
    *("limit_token", "refuse_token", "accept_token", "exhaust", "become_app"),
)
"""What can be done from outside, through ``/_sandbox/acts``."""


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


class GithubRefusal(Refusal):
    """A request that GitHub turns down, with what is wrong of each field, and headers."""

    def __init__(
        self,
        status: int,
        message: str,
        *errors: Json,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(status, message)
        self.errors = errors
        self.headers = headers


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
class GithubIssue(Identified):
    """An issue by ``owner/name#12``; users are named by their logins."""

    number: int
    repository: str
    title: str
    body: str | None
    author: str
    created: datetime
    updated: datetime
    assignees: tuple[str, ...] = ()
    is_open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GithubComment(Identified):
    """A comment, by its number; the repository is that of its issue."""

    issue: str
    body: str
    author: str
    created: datetime
    updated: datetime


@dataclass(slots=True, kw_only=True)
class GithubSite:
    """One GitHub; not safe between threads. What has a name is found in any case (document).

    Any token is that of ``caller``, with the ``permission`` for issues (``write``, ``read`` or
    ``none``), unless it is ``refused``. ``lacking`` is the status for what that permission does not
    allow: 403, or 404 as of a private repository. ``limit`` is the rate limit that is reached, for
    ``limit_seconds``. ``drops_strangers``: who cannot be assigned is left out without a word, where
    GitHub else refuses the whole write. ``scopes`` are those of a classic token.
    """

    users: Table[GithubUser] = field(default_factory=Table)
    repositories: Table[Repository] = field(default_factory=Table)
    issues: Table[GithubIssue] = field(default_factory=Table)
    comments: Table[GithubComment] = field(default_factory=Table)
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
        return self.repositories.first(lambda row: row.id == issue.repository, issue.repository)

    def comments_of(self, issue: GithubIssue) -> list[GithubComment]:
        """Lists the comments of an issue, in the order of their numbers (document)."""
        return self.comments.where(lambda row: row.issue == issue.id)

    def may_edit(self, issue: GithubIssue) -> bool:
        """Whether the token's user may edit an issue: its author, triage and above (document)."""
        role = self.role(self.repository_of(issue), self.caller)
        return issue.author == self.caller or role >= Role.TRIAGE


def github_of(world: World) -> GithubSite:
    """Finds the GitHub beside this Datadog; at first only the accounts of the token are there."""
    found = world.services.get("github")
    if not isinstance(found, GithubSite):
        found = world.services["github"] = GithubSite()
        found.users.put(GithubUser(id=OWN_USER))
        found.users.put(GithubUser(id=OWN_APP, is_bot=True))
    return found


def open_issue(
    world: World, repository: Repository, *, title: str, body: str | None, by: str
) -> GithubIssue:
    """Makes an issue."""
    site, now = github_of(world), world.clock()
    if not title.strip():
        raise invalid({"resource": "Issue", "code": "missing_field", "field": "title"})
    if len(title) > LONGEST_TITLE:
        raise _too_long("title", LONGEST_TITLE)
    number = len(site.issues.where(lambda row: row.repository == repository.id)) + 1
    row = GithubIssue(
        id=f"{repository.id}#{number}",
        number=number,
        repository=repository.id,
        title=title,
        body=fitting_body(body) or None,
        author=by,
        created=now,
        updated=now,
    )
    return site.issues.put(row)


def write_comment(world: World, issue: GithubIssue, text: str, *, by: str) -> GithubComment:
    """Writes a comment, which changes the issue too."""
    site, now = github_of(world), world.clock()
    if not text.strip():
        raise invalid(_of_comment("Body cannot be blank"))
    if len(text) > LONGEST_BODY:
        # In other words than for a comment that is edited (issues).
        raise invalid(_of_comment(f"Body is too long (maximum is {LONGEST_BODY} characters)"))
    row = GithubComment(
        id=str(next(site.numbers)), issue=issue.id, body=text, author=by, created=now, updated=now
    )
    site.issues.put(replace(issue, updated=now))
    return site.comments.put(row)


def fitting_body(text: str | None, resource: str = "Issue") -> str | None:
    """Insists on a text that is not too long for an issue, or for a comment that is edited."""
    if text is not None and len(text) > LONGEST_BODY:
        raise _too_long("body", LONGEST_BODY, resource)
    return text


def wanted_assignees(
    site: GithubSite, issue: GithubIssue, logins: Iterable[str]
) -> tuple[str, ...]:
    """Says who an issue is assigned to after the token's user asked for these.

    Without push access or the role of triage nothing changes, and nothing is said (document). Who
    cannot be assigned makes GitHub refuse it all (issues: nobody's login, and that of a person who
    is no collaborator), or with ``drops_strangers`` is left out without a word.
    """
    repository = site.repository_of(issue)
    if site.role(repository, site.caller) < Role.TRIAGE:
        return issue.assignees
    taken: list[str] = []
    for login in logins:
        user = site.users.get(login)
        if user is not None and site.can_have_issues(repository, login):
            taken.append(user.id)
        elif user is None or not site.drops_strangers:
            raise invalid(
                {"value": login, "resource": "Issue", "field": "assignees", "code": "invalid"}
            )
    return tuple(dict.fromkeys(taken))


def invalid(*errors: Json) -> GithubRefusal:
    """Makes the refusal of a body with wrong fields (document)."""
    return GithubRefusal(422, "Validation Failed", *errors)


def _too_long(name: str, longest: int, resource: str = "Issue") -> GithubRefusal:
    message = f"{name} is too long (maximum is {longest} characters)"
    return invalid({"resource": resource, "code": "custom", "field": name, "message": message})


def _of_comment(message: str) -> Json:
    return {
        "resource": "IssueComment",
        "code": "unprocessable",
        "field": "data",
        "message": message,
    }


class GithubActs:
    """What people do in GitHub's pages, for any thread; an issue is named ``owner/name#12``.

    Every method raises KeyError for what is not there, and Refusal for what GitHub refuses. Line
    ends are those that a browser sends.
    """

    def __init__(self, world: World, lock: RLock) -> None:
        self._world = world
        self._lock = lock

    @property
    def site(self) -> GithubSite:
        """All that this GitHub remembers, to be read under the lock."""
        return github_of(self._world)

    def add_user(self, login: str, name: str | None = None, *, is_bot: bool = False) -> None:
        """Adds an account."""
        with self._lock:
            self.site.users.put(GithubUser(id=login, name=name, is_bot=is_bot))

    def add_repository(self, repository: str, *, visibility: str = "private") -> None:
        """Adds a repository, ``private``, ``internal`` or ``public``, that our own user writes."""
        with self._lock:
            roles = {self.site.caller.lower(): Role.WRITE}
            row = Repository(
                id=repository,
                number=next(self.site.numbers),
                visibility=visibility,
                roles=MappingProxyType(roles),
            )
            self.site.repositories.put(row)

    def set_visibility(self, repository: str, visibility: str) -> None:
        """Makes a repository private, internal or public."""
        with self._lock:
            self.site.repositories.put(replace(self._repository(repository), visibility=visibility))

    def add_collaborator(self, repository: str, user: str, *, role: str = "write") -> None:
        """Gives a user a role: ``read``, ``triage``, ``write`` or ``admin``."""
        with self._lock:
            row, login = self._repository(repository), self._login(user)
            roles = MappingProxyType({**row.roles, login.lower(): Role[role.upper()]})
            self.site.repositories.put(replace(row, roles=roles))

    def remove_collaborator(self, repository: str, user: str) -> None:
        """Takes a user's role."""
        with self._lock:
            row, login = self._repository(repository), self._login(user).lower()
            roles = {name: role for name, role in row.roles.items() if name != login}
            self.site.repositories.put(replace(row, roles=MappingProxyType(roles)))

    def open_issue(self, repository: str, title: str, description: str = "", *, by: str) -> str:
        """Opens an issue, and returns its name."""
        with self._lock:
            return open_issue(
                self._world,
                self._repository(repository),
                title=title,
                body=_typed(description),
                by=self._login(by),
            ).id

    def issue(self, issue: str) -> GithubIssue:
        """Looks at an issue."""
        with self._lock:
            return _found(self.site.issues, issue)

    def comments(self, issue: str) -> list[GithubComment]:
        """Lists the comments of an issue, oldest first."""
        with self._lock:
            return self.site.comments_of(self.issue(issue))

    def assign(self, issue: str, assignees: list[str]) -> None:
        """Makes these the assignees, none or several; whether they can be is not looked at."""
        with self._lock:
            logins = tuple(self._login(each) for each in assignees)
            self._put(replace(self.issue(issue), assignees=logins))

    def edit_description(self, issue: str, text: str) -> None:
        """Replaces the description."""
        with self._lock:
            self._put(replace(self.issue(issue), body=fitting_body(_typed(text)) or None))

    def close(self, issue: str) -> None:
        """Closes an issue."""
        with self._lock:
            self._put(replace(self.issue(issue), is_open=False))

    def reopen(self, issue: str) -> None:
        """Opens an issue again."""
        with self._lock:
            self._put(replace(self.issue(issue), is_open=True))

    def comment(self, issue: str, text: str, *, by: str) -> str:
        """Writes a comment, and returns its id."""
        with self._lock:
            author = self._login(by)
            return write_comment(self._world, self.issue(issue), _typed(text), by=author).id

    def edit_comment(self, comment: str, text: str) -> None:
        """Replaces the text of anybody's comment."""
        with self._lock:
            row, now = self._comment(comment), self._world.clock()
            self.site.comments.put(replace(row, body=_typed(text), updated=now))

    def delete_comment(self, comment: str) -> None:
        """Deletes anybody's comment, of which no trace stays."""
        with self._lock:
            self.site.comments.remove(self._comment(comment).id)

    def limit_token(self, permission: str = "read", *, status: int = 403) -> None:
        """Leaves the token this permission for issues; for the rest it is answered the status."""
        with self._lock:
            self.site.permission, self.site.lacking = permission, status

    def refuse_token(self) -> None:
        """Accepts no token any more."""
        with self._lock:
            self.site.refused = True

    def exhaust(self, limit: str = "primary", *, seconds: int = 60) -> None:
        """Says of every request that a rate limit is reached, ``primary`` or ``secondary``."""
        with self._lock:
            self.site.limit, self.site.limit_seconds = Limit(limit), seconds

    def accept_token(self) -> None:
        """Accepts every token again, with every permission and below every limit."""
        with self._lock:
            site = self.site
            site.refused, site.limit, site.permission, site.lacking = False, None, "write", 403

    def become_app(self) -> None:
        """Makes every token that of an app, which has the roles that our own user had."""
        with self._lock:
            site = self.site
            before, site.caller = site.caller.lower(), OWN_APP
            for row in site.repositories:
                roles = {OWN_APP if name == before else name: of for name, of in row.roles.items()}
                site.repositories.put(replace(row, roles=MappingProxyType(roles)))

    def view(self) -> Json:
        """Sums up the issues: who they are assigned to, and what is written there."""
        with self._lock:
            return {
                row.id: {
                    **picked(row, "title", "body", "is_open"),
                    "assignees": list(row.assignees),
                    "comments": [
                        picked(each, "id", "author", "body") for each in self.site.comments_of(row)
                    ],
                }
                for row in self.site.issues
            }

    def _repository(self, repository: str) -> Repository:
        return _found(self.site.repositories, repository)

    def _login(self, user: str) -> str:
        return _found(self.site.users, user).id

    def _comment(self, comment: str) -> GithubComment:
        return _found(self.site.comments, comment)

    def _put(self, row: GithubIssue) -> None:
        self.site.issues.put(replace(row, updated=self._world.clock()))


def _found(table: Table[Kept], key: str) -> Kept:
    row = table.get(key)
    if row is None:
        raise KeyError(key)
    return row


def _typed(text: str) -> str:
    r"""Writes text as a browser sends it, with ``\r\n`` between lines."""
    return re.sub("\r\n?|\n", "\r\n", text)
