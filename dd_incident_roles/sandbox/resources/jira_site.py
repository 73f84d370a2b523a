"""What the sandbox remembers of one Jira, and what people do there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from types import MappingProxyType
from typing import ClassVar

from dd_incident_roles.sandbox.api import Answer, Json, Refusal, StandIn, Written, picked
from dd_incident_roles.sandbox.world import Identified, Table

OWN_USER = "robot"


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
    requires: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class JiraIssue(Written):
    """An issue by its key; the description is a document in Cloud, a string in Data Center."""

    project: str
    summary: str
    description: object
    assignee: str | None = None
    is_open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class JiraComment(Written):
    """A comment; ``only_for`` is the role whose members alone see it."""

    issue: str
    body: object
    properties: Mapping[str, object] = field(default_factory=dict)
    only_for: str | None = None


@dataclass(kw_only=True, eq=False)
class JiraSite(StandIn):
    """One Jira Cloud, with its quirks, and what people do there.

    ``person`` is an account id, in Data Center a user name. What is not there raises KeyError.

    Any token is that of ``caller``, unless ``refuses_token``. ``shows_properties``: a listing gives
    properties where they are asked for. ``drops_assignee``: a person is not assigned although the
    answer says so (issues). ``writes_left`` is how many writes an issue still takes.
    ``vanishing``: after so many pages of a listing the oldest comment goes away, and with it the
    total shrinks. ``search_page`` is how much a search gives at most. ``lacking`` are permissions
    that the account has not.
    """

    content_type = "application/json;charset=UTF-8"
    is_cloud: ClassVar[bool] = True
    users: Table[JiraUser] = field(default_factory=Table)
    projects: Table[JiraProject] = field(default_factory=Table)
    issues: Table[JiraIssue] = field(default_factory=Table)
    all_comments: Table[JiraComment] = field(default_factory=Table)
    caller: str = OWN_USER
    refuses_token: bool = False
    shows_properties: bool = True
    drops_assignee: bool = False
    writes_left: int | None = None
    vanishing: int = 0
    search_page: int = 50
    lacking: frozenset[str] = frozenset()
    numbers: count[int] = field(default_factory=lambda: count(10_001))

    def __post_init__(self) -> None:
        own = JiraUser(id=OWN_USER, display_name="Incident roles", email="robot@corp.example")
        self.users.put(own)

    def admit(self, headers: Mapping[str, str]) -> str:
        """Takes any token in the way of this kind; without one somebody is a stranger (document).

        Cloud knows e-mail and token as Basic, Data Center a personal token as Bearer (document).
        """
        scheme = headers.get("authorization", "").partition(" ")[0]
        if not scheme:
            return ""
        if self.refuses_token or scheme != ("Basic" if self.is_cloud else "Bearer"):
            raise Refusal(401, "Client must be authenticated to access this resource.")
        return self.caller

    @classmethod
    def refuse(cls, refusal: Refusal) -> Answer:
        """Renders a refusal: a list of sentences, and one sentence for each wrong field."""
        body = {"errorMessages": [str(refusal)], "errors": {}, **refusal.more}
        return Answer(body=body, status=refusal.status, headers=refusal.headers)

    def next_id(self) -> str:
        """Makes an id that nothing else has."""
        return str(next(self.numbers))

    def make_issue(
        self, project: str, summary: str, description: object, *, author: str
    ) -> JiraIssue:
        """Makes an issue with the next key of its project."""
        number = len(self.issues.where(lambda row: row.project == project)) + 1
        row = JiraIssue(
            id=f"{project}-{number}",
            project=project,
            summary=summary,
            description=description,
            **self.sign(author),
        )
        return self.issues.put(row)

    def make_comment(
        self,
        issue: JiraIssue,
        body: object,
        *,
        author: str,
        only_for: str | None = None,
        properties: Mapping[str, object] = MappingProxyType({}),
    ) -> JiraComment:
        """Makes a comment."""
        row = JiraComment(
            id=self.next_id(),
            issue=issue.id,
            body=body,
            only_for=only_for,
            properties=properties,
            **self.sign(author),
        )
        return self.all_comments.put(row)

    def comments_of(self, issue: JiraIssue) -> list[JiraComment]:
        """Lists the comments of an issue, oldest first."""
        return self.all_comments.where(lambda row: row.issue == issue.id)

    def turn(self, **quirks: object) -> None:
        """Turns quirks by the names in ``Site``."""
        for name, value in quirks.items():
            setattr(self, name, value)

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
        row = JiraUser(
            id=person,
            display_name=name,
            email=email,
            hides_email=hides_email,
            is_app=is_app,
            can_be_assigned=can_be_assigned,
        )
        self.users.put(row)

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
        row = JiraProject(
            id=key,
            kind=kind,
            is_public=is_public,
            must_be_assigned=must_be_assigned,
            requires=requires or {},
        )
        self.projects.put(row)

    def add_issue(self, project: str, title: str, text: str = "", *, person: str = OWN_USER) -> str:
        """Creates an issue, and returns its key."""
        body = self._body(text) if text else None
        author = self.users[person].id
        return self.make_issue(self.projects[project].id, title, body, author=author).id

    def assign(self, issue: str, person: str | None) -> None:
        """Assigns an issue, or takes the assignee away."""
        assignee = None if person is None else self.users[person].id
        self._put(replace(self.issues[issue], assignee=assignee))

    def edit_description(self, issue: str, text: str) -> None:
        """Writes the description anew."""
        self._put(replace(self.issues[issue], description=self._body(text)))

    def lay_out(self, issue: str, body: Mapping[str, object]) -> None:
        """Writes the description anew as a document, with whatever the editor offers."""
        self._put(replace(self.issues[issue], description=dict(body)))

    def close(self, issue: str) -> None:
        """Moves an issue to where it is done."""
        self._put(replace(self.issues[issue], is_open=False))

    def comment(self, issue: str, text: str, *, by: str, only_for: str | None = None) -> str:
        """Writes a comment, for all or for one role, and returns its id."""
        author, body = self.users[by].id, self._body(text)
        return self.make_comment(self.issues[issue], body, author=author, only_for=only_for).id

    def edit_comment(self, comment: str, text: str) -> None:
        """Changes anybody's comment."""
        row = self.all_comments[comment]
        now = self.world.clock()
        self.all_comments.put(replace(row, body=self._body(text), updated=now))

    def delete_comment(self, comment: str) -> None:
        """Removes anybody's comment."""
        self.all_comments.remove(self.all_comments[comment].id)

    def issue(self, issue: str) -> JiraIssue:
        """Finds an issue as it is now."""
        return self.issues[issue]

    def comments(self, issue: str) -> list[JiraComment]:
        """Lists the comments of an issue, oldest first."""
        return self.comments_of(self.issues[issue])

    def view(self) -> Json:
        """Sums up the issues."""
        return {
            row.id: {
                **picked(row, "is_open"),
                "title": row.summary,
                "description": plain(row.description),
                "assignees": [] if row.assignee is None else [row.assignee],
                "comments": [
                    {**picked(each, "id", "author"), "text": plain(each.body)}
                    for each in self.comments_of(row)
                ],
            }
            for row in self.issues
        }

    def _body(self, text: str) -> object:
        return document(text) if self.is_cloud else text

    def _put(self, row: JiraIssue) -> None:
        self.issues.put(replace(row, updated=self.world.clock()))


class JiraDataCenter(JiraSite):
    """One Jira Data Center."""

    is_cloud = False


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
