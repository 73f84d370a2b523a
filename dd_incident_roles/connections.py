"""The clients of issue trackers and chats, each made once, when it is first needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.patience import Patience
from dd_incident_roles.settings import VARIABLES, Settings
from dd_incident_roles.transport import Secret

if TYPE_CHECKING:
    from dd_incident_roles.chat.room import Chat
    from dd_incident_roles.issues.tracker import Tracker
    from dd_incident_roles.places import TargetName


class Connections:
    """What the settings have tokens for; to ask for a client raises ConfigurationError."""

    def __init__(self, settings: Settings, patience: Patience) -> None:
        self._settings = settings
        self._patience = patience

    def why_not(self, target: TargetName) -> str | None:
        """Why a system cannot be asked; None where it can."""
        if self._settings.tokens[target] is None:
            return f"{VARIABLES[f'{target}_token']} is not set"
        is_lost = self._settings.addresses[target] is None
        return f"{VARIABLES[f'{target}_url']} is not set" if is_lost else None

    def tracker(self, target: TargetName) -> Tracker:
        """The client of a tracker."""
        makers: dict[str, Callable[[], Tracker]] = {
            "github": lambda: self._github,
            "gitlab": lambda: self._gitlab,
            "jira": lambda: self._jira,
        }
        return makers[target]()

    def _token(self, target: TargetName) -> Secret:
        token = self._settings.tokens[target]
        if token is None:
            raise ConfigurationError("is not set", key=VARIABLES[f"{target}_token"])
        return token

    @cached_property
    def chat(self) -> Chat:
        """The client of Slack."""
        from dd_incident_roles.chat.slack import SlackChat

        url = self._settings.slack_url
        return SlackChat(token=self._token("slack"), base_url=url, patience=self._patience)

    @cached_property
    def _github(self) -> Tracker:
        from dd_incident_roles.issues.github import GithubTracker

        url = self._settings.github_url
        return GithubTracker(token=self._token("github"), base_url=url, patience=self._patience)

    @cached_property
    def _gitlab(self) -> Tracker:
        from dd_incident_roles.issues.gitlab import GitlabTracker

        url = self._settings.gitlab_url
        return GitlabTracker(token=self._token("gitlab"), base_url=url, patience=self._patience)

    @cached_property
    def _jira(self) -> Tracker:
        from dd_incident_roles.issues.jira import JiraTracker

        return JiraTracker(
            token=self._token("jira"),
            base_url=self._settings.jira_url or "",
            user=self._settings.jira_user,
            patience=self._patience,
        )
