"""What people do in the pages of the GitLab beside Datadog."""

from __future__ import annotations

from dataclasses import replace
from threading import RLock
from types import MappingProxyType

from dd_incident_roles.sandbox.api import Json, picked
from dd_incident_roles.sandbox.resources.gitlab_site import (
    OWN_USER,
    Access,
    GitlabIssue,
    GitlabUser,
    Instance,
    Note,
    Project,
    change_issue,
    instance_of,
    open_issue,
    rewrite_note,
    write_note,
)
from dd_incident_roles.sandbox.world import World

ACTS = (
    *("add_user", "add_project", "set_member", "set_visibility", "open_issue", "assign"),
    *("close", "reopen", "edit_description", "comment", "edit_comment", "delete_comment"),
    *("limit_token", "refuse_token", "accept_token"),
)
"""What can be done from outside, through ``/_sandbox/acts``."""


class GitlabActs:
    """What people do in GitLab's pages, for any thread; users are named by their usernames.

    Every method raises KeyError for what is not there, and Refusal for what GitLab refuses.
    """

    def __init__(self, world: World, lock: RLock) -> None:
        self._world = world
        self._lock = lock

    @property
    def instance(self) -> Instance:
        """All that this GitLab remembers, to be read under the lock."""
        return instance_of(self._world)

    def add_user(
        self, username: str, name: str | None = None, *, email: str = "", is_bot: bool = False
    ) -> str:
        """Adds a user, whose e-mail is public if there is one, and returns the id."""
        with self._lock:
            row = GitlabUser(
                id=self.instance.next_id(),
                username=username,
                name=name or username,
                public_email=email,
                is_bot=is_bot,
            )
            return self.instance.users.put(row).id

    def add_project(self, path: str, *, visibility: str = "private") -> str:
        """Adds a project in which our own user is a Reporter, and returns its id."""
        with self._lock:
            members = MappingProxyType({self.instance.caller: Access.REPORTER})
            row = Project(
                id=self.instance.next_id(), path=path, visibility=visibility, members=members
            )
            return self.instance.projects.put(row).id

    def set_member(self, project: str, user: str = OWN_USER, *, access: str = "developer") -> None:
        """Gives a user a role in a project, or takes it with ``none``."""
        with self._lock:
            row, user_id = self._project(project), self.instance.user(user).id
            members = {key: value for key, value in row.members.items() if key != user_id}
            if access != "none":
                members[user_id] = Access[access.upper()]
            self.instance.projects.put(replace(row, members=MappingProxyType(members)))

    def set_visibility(self, project: str, visibility: str) -> None:
        """Makes a project private, internal or public."""
        with self._lock:
            self.instance.projects.put(replace(self._project(project), visibility=visibility))

    def open_issue(
        self,
        project: str,
        title: str,
        description: str = "",
        *,
        by: str,
        confidential: bool = False,
    ) -> int:
        """Opens an issue, and returns its number inside the project."""
        with self._lock:
            return open_issue(
                self._world,
                self._project(project),
                title=title,
                description=description,
                by=self.instance.user(by).id,
                is_confidential=confidential,
            ).iid

    def issue(self, project: str, iid: int) -> GitlabIssue:
        """Looks at an issue."""
        with self._lock:
            row = self.instance.issue(self._project(project), iid)
            if row is None:
                raise KeyError(f"{project}#{iid}")
            return row

    def assignees(self, project: str, iid: int) -> list[str]:
        """Lists the usernames of the assignees."""
        with self._lock:
            row, users = self.issue(project, iid), self.instance.users
            return [user.username for each in row.assignees if (user := users.get(each))]

    def notes(self, project: str, iid: int) -> list[Note]:
        """Lists what is written below an issue, oldest first, system notes too."""
        with self._lock:
            return self.instance.notes_of(self.issue(project, iid))

    def assign(self, project: str, iid: int, assignee: str | None, *, by: str) -> None:
        """Makes somebody the assignee, or empties it."""
        with self._lock:
            chosen = () if assignee is None else (int(self.instance.user(assignee).id),)
            author = self.instance.user(by).id
            change_issue(self._world, self.issue(project, iid), by=author, assignee_ids=chosen)

    def edit_description(self, project: str, iid: int, text: str, *, by: str) -> None:
        """Replaces the description."""
        with self._lock:
            author = self.instance.user(by).id
            change_issue(self._world, self.issue(project, iid), by=author, description=text)

    def close(self, project: str, iid: int) -> None:
        """Closes an issue."""
        with self._lock:
            self.instance.issues.put(replace(self.issue(project, iid), is_open=False))

    def reopen(self, project: str, iid: int) -> None:
        """Opens an issue again."""
        with self._lock:
            self.instance.issues.put(replace(self.issue(project, iid), is_open=True))

    def comment(
        self, project: str, iid: int, text: str, *, by: str, internal: bool = False
    ) -> str | None:
        """Writes a note and returns its id, None where it was nothing but commands."""
        with self._lock:
            issue, author = self.issue(project, iid), self.instance.user(by).id
            note = write_note(self._world, issue, text, by=author, is_internal=internal)
            return note.id if note else None

    def edit_comment(self, note: str, text: str, *, by: str) -> None:
        """Replaces the text of a note."""
        with self._lock:
            row = self.instance.notes.first(lambda each: each.id == note, note)
            rewrite_note(self._world, row, text, by=self.instance.user(by).id)

    def delete_comment(self, note: str) -> None:
        """Deletes a note."""
        with self._lock:
            self.instance.notes.remove(note)

    def limit_token(self, scope: str) -> None:
        """Leaves the token this one scope, such as ``read_api``."""
        with self._lock:
            self.instance.scopes = frozenset({scope})

    def refuse_token(self, why: str = "Token is expired.") -> None:
        """Accepts no token any more."""
        with self._lock:
            self.instance.refused = why

    def accept_token(self) -> None:
        """Accepts every token again, with every scope."""
        with self._lock:
            self.instance.refused, self.instance.scopes = None, frozenset({"api"})

    def view(self) -> Json:
        """Sums up the issues: who they are assigned to, and what is written there."""
        with self._lock:
            instance = self.instance
            return {
                f"{project.path}#{row.iid}": {
                    **picked(row, "title", "description", "is_open"),
                    "assignees": self.assignees(project.path, row.iid),
                    "notes": [picked(note, "id", "body") for note in instance.notes_of(row)],
                }
                for project in instance.projects
                for row in instance.issues
                if row.project_id == project.id
            }

    def _project(self, path: str) -> Project:
        return self.instance.projects.first(lambda row: row.path == path, path)
