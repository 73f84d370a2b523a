"""The clients of issue trackers and chats, each made once, when it is first needed."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from threading import Lock
from typing import TYPE_CHECKING, TypedDict

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.patience import Patience
from dd_incident_roles.settings import VARIABLES, Settings
from dd_incident_roles.transport import Secret, Watch

if TYPE_CHECKING:
    from dd_incident_roles.chat.room import Chat
    from dd_incident_roles.issues.tracker import Tracker
    from dd_incident_roles.places import TargetName


_log = logging.getLogger("dd_incident_roles.places")


class _Parts(TypedDict):
    """What every client is made of."""

    token: Secret
    patience: Patience
    watch: Watch


class Connections:
    """What the settings have tokens for; to ask for a client raises ConfigurationError."""

    def __init__(self, settings: Settings, patience: Patience) -> None:
        self._settings = settings
        self._patience = patience
        self._sent: dict[str, Counter[str]] = {}
        self._answered: dict[str, Counter[str]] = {}
        self._counting = Lock()

    @property
    def requests(self) -> Mapping[str, Mapping[str, int]]:
        """How many requests were sent to each system up to now, by method."""
        with self._counting:
            return {target: dict(count) for target, count in sorted(self._sent.items())}

    @property
    def answers(self) -> Mapping[str, Mapping[str, int]]:
        """How many answers came from each up to now by class of status; "none" did not come."""
        with self._counting:
            return {target: dict(count) for target, count in sorted(self._answered.items())}

    def _watch(
        self, target: TargetName, method: str, path: str, status: int | None, seconds: float
    ) -> None:
        with self._counting:
            self._sent.setdefault(target, Counter())[method] += 1
            status_class = "none" if status is None else f"{status // 100}xx"
            self._answered.setdefault(target, Counter())[status_class] += 1
        shown = "no answer" if status is None else status
        _log.debug("%s %s %s: %s in %.0f ms", target, method, path, shown, seconds * 1000)

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

    def _parts(self, target: TargetName) -> _Parts:
        token = self._settings.tokens[target]
        if token is None:
            raise ConfigurationError("is not set", key=VARIABLES[f"{target}_token"])
        return _Parts(token=token, patience=self._patience, watch=partial(self._watch, target))

    @cached_property
    def chat(self) -> Chat:
        """The client of Slack."""
        from dd_incident_roles.chat.slack import SlackChat

        url = self._settings.slack_url
        return SlackChat(base_url=url, **self._parts("slack"))

    @cached_property
    def _github(self) -> Tracker:
        from dd_incident_roles.issues.github import GithubTracker

        url = self._settings.github_url
        return GithubTracker(base_url=url, **self._parts("github"))

    @cached_property
    def _gitlab(self) -> Tracker:
        from dd_incident_roles.issues.gitlab import GitlabTracker

        url = self._settings.gitlab_url
        return GitlabTracker(base_url=url, **self._parts("gitlab"))

    @cached_property
    def _jira(self) -> Tracker:
        from dd_incident_roles.issues.jira import JiraTracker

        url, user = self._settings.jira_url or "", self._settings.jira_user
        return JiraTracker(base_url=url, user=user, **self._parts("jira"))
