"""What the sandbox remembers of one Jira, and what people do there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from threading import RLock

from dd_incident_roles.sandbox.api import Json, picked
from dd_incident_roles.sandbox.world import Identified, Table, World

OWN_USER = "robot"
ACTS = (
    *("add_person", "add_project", "add_issue", "assign", "describe", "finish"),
    *("comment", "edit_comment", "delete_comment"),
)
"""What is reached from outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JiraUser(Identified):
    """A user, by account id in Cloud and by name in Data Center; who is in no team is not found."""

    display_name: str
    email: str
    hides_email: bool = False
    is_app: bool = False
    can_be_assigned: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class JiraProject(Identified):
    """A project by its key; ``requires`` names the fields that a new issue must have."""

    kind: str = "software"
    is_public: bool = False
    must_be_assigned: bool = False
    issue_types: tuple[str, ...] = ("Task", "Incident")
    requires: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class JiraIssue(Identified):
    """An issue by its key; the description is a document in Cloud, a string in Data Center."""

    project: str
    summary: str
    description: object
    creator: str
    created: datetime
    updated: datetime
    assignee: str | None = None
    is_done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JiraComment(Identified):
    """A comment; ``only_for`` is the role whose members alone see it."""

    issue: str
    body: object
    author: str
    created: datetime
    updated: datetime
    properties: Mapping[str, object] = field(default_factory=dict)
    only_for: str | None = None


@dataclass(slots=True, kw_only=True)
class Site:
    """One Jira, with its quirks; not safe between threads.

    Any token is that of ``caller``, unless ``refuses_token``. ``shows_properties``: a listing gives
    properties where they are asked for. ``drops_assignee``: a person is not assigned although the
    answer says so (issues). ``writes_left`` is how many writes an issue still takes.
    ``vanishing``: after so many pages of a listing the oldest comment goes away, and with it the
    total shrinks. ``search_page`` is how much a search gives at most. ``lacking`` are permissions
    that the account has not.
    """

    users: Table[JiraUser] = field(default_factory=Table)
    projects: Table[JiraProject] = field(default_factory=Table)
    issues: Table[JiraIssue] = field(default_factory=Table)
    comments: Table[JiraComment] = field(default_factory=Table)
    caller: str = OWN_USER
    refuses_token: bool = False
    shows_properties: bool = True
    drops_assignee: bool = False
    writes_left: int | None = None
    vanishing: int = 0
    search_page: int = 50
    lacking: frozenset[str] = frozenset()
    numbers: count[int] = field(default_factory=lambda: count(10_001))

    def next_id(self) -> str:
        """Makes an id that nothing else has."""
        return str(next(self.numbers))

    def next_key(self, project: str) -> str:
        """Makes the key of the next issue of a project."""
        return f"{project}-{len(self.issues.where(lambda row: row.project == project)) + 1}"

    def comments_of(self, issue: JiraIssue) -> list[JiraComment]:
        """Lists the comments of an issue, oldest first."""
        return self.comments.where(lambda row: row.issue == issue.id)


def site_of(world: World, name: str) -> Site:
    """Finds what one Jira remembers; at first there is nobody but the account of the token."""
    found = world.services.get(name)
    if found is None:
        found = world.services[name] = Site()
        own = JiraUser(id=OWN_USER, display_name="Incident roles", email="robot@corp.example")
        found.users.put(own)
    if not isinstance(found, Site):
        raise TypeError(name)
    return found


def document(text: str) -> Json:
    """Writes text as a document, as the editor of Jira Cloud does."""
    lines = text.split("\n") if text else []
    nodes = [[{"type": "text", "text": line}] if line else [] for line in lines]
    content = [{"type": "paragraph", "content": each} for each in nodes]
    return {"type": "doc", "version": 1, "content": content}


def plain(body: object) -> str:
    """Reads the text of a body, a line for each paragraph."""
    if isinstance(body, str):
        return body
    content = body.get("content", ()) if isinstance(body, Mapping) else ()
    parts = [plain(each) for each in content if isinstance(each, Mapping)]
    is_leaf = part(body, "type") == "text"
    between = "\n" if part(body, "type") == "doc" else ""
    return part(body, "text") or "" if is_leaf else between.join(parts)


def part(value: object, name: str) -> str | None:
    """Reads a text inside an object; None where there is none."""
    part = value.get(name) if isinstance(value, Mapping) else None
    return part if isinstance(part, str) else None


class JiraActs:
    """What people do in one Jira; every method may be called from any thread.

    ``person`` is an account id in Cloud, a user name in Data Center. Each raises KeyError for an
    issue, a person or a comment that is not there.
    """

    def __init__(self, world: World, lock: RLock, *, name: str, is_cloud: bool) -> None:
        self._world = world
        self._lock = lock
        self._name = name
        self._is_cloud = is_cloud

    def turn(self, **quirks: object) -> None:
        """Turns quirks by the names in ``Site``."""
        with self._lock:
            for name, value in quirks.items():
                setattr(self._site, name, value)

    def add_person(
        self,
        person: str,
        name: str,
        email: str,
        *,
        hides_email: bool = False,
        is_app: bool = False,
        can_be_assigned: bool = True,
    ) -> None:
        """Adds a user."""
        with self._lock:
            row = JiraUser(
                id=person,
                display_name=name,
                email=email,
                hides_email=hides_email,
                is_app=is_app,
                can_be_assigned=can_be_assigned,
            )
            self._site.users.put(row)

    def add_project(
        self,
        key: str,
        *,
        kind: str = "software",
        is_public: bool = False,
        must_be_assigned: bool = False,
        requires: Mapping[str, str] | None = None,
    ) -> None:
        """Adds a project, or replaces the one with this key."""
        with self._lock:
            row = JiraProject(
                id=key,
                kind=kind,
                is_public=is_public,
                must_be_assigned=must_be_assigned,
                requires=requires or {},
            )
            self._site.projects.put(row)

    def add_issue(self, project: str, title: str, text: str = "", *, person: str = OWN_USER) -> str:
        """Creates an issue, and returns its key."""
        with self._lock:
            now, site = self._world.clock(), self._site
            row = JiraIssue(
                id=site.next_key(project),
                project=site.projects.first(lambda each: each.id == project, project).id,
                summary=title,
                description=self._body(text) if text else None,
                creator=self._user(person),
                created=now,
                updated=now,
            )
            return site.issues.put(row).id

    def assign(self, issue: str, person: str | None) -> None:
        """Assigns an issue, or takes the assignee away."""
        with self._lock:
            assignee = None if person is None else self._user(person)
            self._put(replace(self._issue(issue), assignee=assignee))

    def describe(self, issue: str, text: str) -> None:
        """Writes the description anew."""
        with self._lock:
            self._put(replace(self._issue(issue), description=self._body(text)))

    def lay_out(self, issue: str, body: Mapping[str, object]) -> None:
        """Writes the description anew as a document, with whatever the editor offers."""
        with self._lock:
            self._put(replace(self._issue(issue), description=dict(body)))

    def finish(self, issue: str) -> None:
        """Moves an issue to where it is done."""
        with self._lock:
            self._put(replace(self._issue(issue), is_done=True))

    def comment(self, issue: str, person: str, text: str, *, only_for: str | None = None) -> str:
        """Writes a comment, for all or for one role, and returns its id."""
        with self._lock:
            now, site = self._world.clock(), self._site
            row = JiraComment(
                id=site.next_id(),
                issue=self._issue(issue).id,
                body=self._body(text),
                author=self._user(person),
                created=now,
                updated=now,
                only_for=only_for,
            )
            return site.comments.put(row).id

    def edit_comment(self, comment: str, text: str) -> None:
        """Changes anybody's comment."""
        with self._lock:
            row = self._comment(comment)
            now = self._world.clock()
            self._site.comments.put(replace(row, body=self._body(text), updated=now))

    def delete_comment(self, comment: str) -> None:
        """Removes anybody's comment."""
        with self._lock:
            self._site.comments.remove(self._comment(comment).id)

    def issue(self, issue: str) -> JiraIssue:
        """Finds an issue as it is now."""
        with self._lock:
            return self._issue(issue)

    def comments(self, issue: str) -> list[JiraComment]:
        """Lists the comments of an issue, oldest first."""
        with self._lock:
            return self._site.comments_of(self._issue(issue))

    def view(self) -> list[Json]:
        """Sums up the issues: who is assigned, what is written."""
        with self._lock:
            return [
                {
                    **picked(row, "id", "summary", "assignee"),
                    "description": plain(row.description),
                    "comments": [plain(each.body) for each in self._site.comments_of(row)],
                }
                for row in self._site.issues
            ]

    @property
    def _site(self) -> Site:
        return site_of(self._world, self._name)

    def _body(self, text: str) -> object:
        return document(text) if self._is_cloud else text

    def _user(self, person: str) -> str:
        return self._site.users.first(is_key(person), person).id

    def _issue(self, issue: str) -> JiraIssue:
        return self._site.issues.first(is_key(issue), issue)

    def _comment(self, comment: str) -> JiraComment:
        return self._site.comments.first(is_key(comment), comment)

    def _put(self, row: JiraIssue) -> None:
        self._site.issues.put(replace(row, updated=self._world.clock()))


def is_key(key: str) -> Callable[[Identified], bool]:
    """Makes a condition on the key of a row, whatever the case of its letters."""
    return lambda row: row.id.casefold() == key.casefold()
