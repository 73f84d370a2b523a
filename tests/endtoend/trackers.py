"""An incident's issue in each tracker, and its room, and what people do there.

All issues look alike to a test.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from dd_incident_roles.sandbox.faults import LoggedRequest
from dd_incident_roles.sandbox.resources.slack import Workspace
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.endtoend.agreement import ANA, INCIDENT_MANAGER, Desk, Sides
from tests.product import Ran

TOKEN = "token-that-nobody-may-see"
KNOWN = ("ana", "bo", "carol")
"""Who has an account everywhere and stands in the people file; Dan and Eve have none."""
STRANGER, BOT = "stranger", "project_7_bot_5b2e"
WORDS = "Customers cannot pay.\r\n\r\n* first  \n* second\n"
"""What people wrote into the description."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A comment as the tracker shows it."""

    id: str
    text: str
    author: str


@dataclass(frozen=True)
class IssueDesk(ABC):
    """One issue of one tracker; people go by ``ana``, ``bo``, ``STRANGER`` and the like."""

    sandbox: Sandbox
    url: str
    tracker: ClassVar[str]
    project: ClassVar[str]
    place: ClassVar[str]
    label: ClassVar[str]
    key: ClassVar[tuple[str | int, ...]]
    """What the acts of the stand-in name the issue by."""

    @property
    def acts(self) -> Any:
        """What people do in the stand-in, under the same names in each."""
        return getattr(self.sandbox, self.tracker)

    @property
    @abstractmethod
    def settings(self) -> Mapping[str, str]:
        """The settings by which the product reaches the tracker."""

    @classmethod
    def login(cls, who: str) -> str:
        """What the people file says of somebody."""
        return who

    @abstractmethod
    def open(self) -> None:
        """Make the people, the project and the issue."""

    @abstractmethod
    def assign(self, who: str | None) -> None:
        """Assign the issue as a person does."""

    @property
    def shown(self) -> Any:
        """The issue as it is now."""
        return self.acts.view()[self.label]

    @property
    def assignees(self) -> list[str]:
        """Who the issue is assigned to."""
        return [each.removeprefix(self.login("")) for each in self.shown["assignees"]]

    @property
    def description(self) -> str:
        """What the description says."""
        return str(self.shown["description"])

    def describe(self, text: str) -> None:
        """Write the description anew."""
        self.acts.edit_description(*self.key, text)

    def comment(self, text: str, by: str = "bo") -> str:
        """Write a comment, and return its id."""
        return str(self.acts.comment(*self.key, text, by=self.login(by)) or "")

    def edit(self, comment: str, text: str) -> None:
        """Change a comment."""
        self.acts.edit_comment(comment, text)

    def delete(self, comment: str) -> None:
        """Delete a comment."""
        self.acts.delete_comment(comment)

    @property
    def comments(self) -> list[Written]:
        """What people and programs wrote below the issue, oldest first."""
        return [
            Written(
                id=each["id"],
                text=each["text"],
                author=each["author"].removeprefix(self.login("")),
            )
            for each in self.shown["comments"]
        ]

    @abstractmethod
    def lock_out(self, who: str) -> None:
        """Have the tracker drop somebody as an assignee without a word."""

    @abstractmethod
    def let_in(self, who: str) -> None:
        """Take that back."""

    def publish(self) -> None:
        """Let everybody read the project."""
        self.acts.set_visibility("ops/incidents", "public")

    @property
    def is_open(self) -> bool:
        """Whether nobody closed the issue."""
        return bool(self.shown["is_open"])

    @property
    def issues(self) -> list[tuple[str, str]]:
        """Title and description of every issue of the project."""
        return [(each["title"], each["description"]) for each in self.acts.view().values()]

    @property
    def texts(self) -> list[str]:
        """The comments without who wrote them."""
        return [each.text for each in self.comments]

    @property
    def first_lines(self) -> list[str]:
        """The first lines of the comments."""
        return [each.partition("\n")[0] for each in self.texts]


class GitlabDesk(IssueDesk):
    """An issue in GitLab."""

    tracker = "gitlab"
    project = "gitlab:ops/incidents"
    place = "gitlab:ops/incidents#1"
    label = "ops/incidents#1"
    key = ("ops/incidents", 1)
    _path = "ops/incidents"

    @property
    def settings(self) -> Mapping[str, str]:
        """The address and a token."""
        return {
            "DD_INCIDENT_ROLES_GITLAB_URL": f"{self.url}/gitlab",
            "DD_INCIDENT_ROLES_GITLAB_TOKEN": TOKEN,
        }

    def open(self) -> None:
        """Make the people, the project and the issue."""
        acts = self.sandbox.gitlab
        acts.add_project(self._path)
        for who in (*KNOWN, STRANGER):
            acts.add_user(who, who.capitalize())
            acts.set_member(self._path, who)
        acts.add_user(BOT, "Robo", is_bot=True)
        acts.set_member(self._path, BOT)
        acts.open_issue(self._path, "Checkout is down", WORDS, by="bo")

    def assign(self, who: str | None) -> None:
        """Assign the issue as a person does."""
        self.sandbox.gitlab.assign(self._path, 1, who, by="bo")

    def describe(self, text: str) -> None:
        """Write the description anew."""
        self.sandbox.gitlab.edit_description(self._path, 1, text, by="bo")

    def edit(self, comment: str, text: str) -> None:
        """Change a comment."""
        self.sandbox.gitlab.edit_comment(comment, text, by="bo")

    def lock_out(self, who: str) -> None:
        """Whoever cannot read the issue is dropped from its assignees."""
        self.sandbox.gitlab.set_member(self._path, who, access="none")

    def let_in(self, who: str) -> None:
        """Take that back."""
        self.sandbox.gitlab.set_member(self._path, who)


class JiraDesk(IssueDesk):
    """An issue in Jira Cloud, whose comments are switched on."""

    tracker = "jira"
    project = "jira:OPS"
    place = "jira:OPS-1"
    label = "OPS-1"
    key = ("OPS-1",)

    @property
    def settings(self) -> Mapping[str, str]:
        """The address, the account and a token."""
        return {
            "DD_INCIDENT_ROLES_JIRA_URL": f"{self.url}/jira",
            "DD_INCIDENT_ROLES_JIRA_USER": "robot@corp.example",
            "DD_INCIDENT_ROLES_JIRA_TOKEN": TOKEN,
            "DD_INCIDENT_ROLES_ISSUE_COMMENTS": "on",
        }

    @classmethod
    def login(cls, who: str) -> str:
        """An account id."""
        return f"5b10-{who}"

    def open(self) -> None:
        """Make the people, the project and the issue."""
        acts = self.sandbox.jira
        for who in (*KNOWN, STRANGER):
            acts.add_person(
                self.login(who), who.capitalize(), f"{who}@corp.example", hides_email=True
            )
        acts.add_person(self.login(BOT), "Robo", "robo@corp.example", is_app=True)
        acts.add_project("OPS")
        acts.add_issue("OPS", "Checkout is down", WORDS, person=self.login("bo"))

    def assign(self, who: str | None) -> None:
        """Assign the issue as a person does."""
        self.sandbox.jira.assign("OPS-1", self.login(who) if who else None)

    def lock_out(self, who: str) -> None:
        """Whoever it is: this Jira assigns nobody, although it says so."""
        self.sandbox.jira.turn(drops_assignee=True)

    def let_in(self, who: str) -> None:
        """Take that back."""
        self.sandbox.jira.turn(drops_assignee=False)

    def publish(self) -> None:
        """Let strangers read the project."""
        self.sandbox.jira.add_project("OPS", is_public=True)


class GithubDesk(IssueDesk):
    """An issue in GitHub."""

    tracker = "github"
    project = "github:ops/incidents"
    place = "github:ops/incidents#1"
    label = "ops/incidents#1"
    key = ("ops/incidents#1",)
    _repository = "ops/incidents"
    _issue = "ops/incidents#1"

    @property
    def settings(self) -> Mapping[str, str]:
        """The address and a token."""
        return {
            "DD_INCIDENT_ROLES_GITHUB_URL": f"{self.url}/github",
            "DD_INCIDENT_ROLES_GITHUB_TOKEN": TOKEN,
        }

    def open(self) -> None:
        """Make the people, the repository and the issue."""
        acts = self.sandbox.github
        acts.add_repository(self._repository)
        for who in (*KNOWN, STRANGER):
            acts.add_user(who, who.capitalize())
            acts.add_collaborator(self._repository, who)
        acts.add_user(BOT, is_bot=True)
        acts.open_issue(self._repository, "Checkout is down", WORDS, by="bo")

    def assign(self, who: str | None) -> None:
        """Assign the issue as a person does."""
        self.sandbox.github.assign(self._issue, [who] if who else [])

    def lock_out(self, who: str) -> None:
        """Whoever is no collaborator is dropped."""
        self.sandbox.github.remove_collaborator(self._repository, who)

    def let_in(self, who: str) -> None:
        """Take that back."""
        self.sandbox.github.add_collaborator(self._repository, who)


DESKS: tuple[type[IssueDesk], ...] = (GithubDesk, GitlabDesk, JiraDesk)


def write_people(file: Path) -> Path:
    """A people file with the logins that the desks know."""
    rows = [
        f"  {who}: {{email: {who}@corp.example, "
        + ", ".join(f"{desk.tracker}: {desk.login(who)}" for desk in DESKS)
        + "}"
        for who in KNOWN
    ]
    file.write_text("\n".join(["version: 1", "people:", *rows, ""]), encoding="utf-8")
    return file


@dataclass(frozen=True)
class Linked:
    """Incident 1001, which Ana leads and from whose terminal commands come, and its issue."""

    desk: Desk
    issue: IssueDesk

    @property
    def sides(self) -> Sides:
        """The product and the local Datadog."""
        return self.desk.sides

    def run(self, *words: str, me: str = ANA, ends: int = 0, **settings: str) -> Ran:
        """Type a command that has to end with this exit code, and tells no token."""
        ran = self.sides.end_with(ends, *words, DD_INCIDENT_ROLES_ME=me, **settings)
        assert TOKEN not in ran.said
        return ran

    def writes(self) -> list[LoggedRequest]:
        """What was written to any system since somebody asked, but the forms of reading."""
        sandbox = self.sides.sandbox
        found = [
            each
            for each in sandbox.requests.writes()
            if not each.path.endswith(("/search/jql", "/comment/list"))
        ]
        sandbox.forget_requests()
        return found

    def assert_quiet(self) -> None:
        """One more run writes nothing anywhere and reports no change."""
        self.writes()
        changes = self.run("sync", "--format", "json").json()["changes"]
        assert changes == [], changes
        assert self.writes() == []

    def beside(self, name: str) -> Linked:
        """The same at another machine, whose record knows nothing yet."""
        return Linked(Desk(self.sides.beside(name)), self.issue)

    def assert_led_by(self, *whos: str) -> None:
        """Record, Datadog and the issue name these: the Incident Manager, and the assignee."""
        *_, assignee = whos
        manager = f"{whos[0]}@corp.example"
        assert self.sides.recorded(INCIDENT_MANAGER) == [manager]
        assert self.sides.shown(INCIDENT_MANAGER) == [manager]
        assert self.issue.assignees == ([assignee] if assignee else [])


CHANNEL: Final = "C000001001"
TOPIC: Final = "War room &amp; coffee"
"""What people wrote into the topic, as Slack keeps it."""


def topic(slack: Workspace) -> str:
    """The topic as Slack keeps it."""
    return slack.channel(CHANNEL).topic


def open_room(slack: Workspace) -> None:
    """Make the room, with Ana in it and words of hers in the topic."""
    slack.add_channel("incident-1001", CHANNEL)
    slack.add_member("ana", "Ana", "ana@corp.example")
    slack.set_topic(CHANNEL, "War room & coffee", "ana")
