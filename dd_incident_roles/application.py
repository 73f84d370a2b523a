"""What every command works with, put together once for each call of the program."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import field, replace
from datetime import UTC, datetime, tzinfo
from functools import cached_property, partial
from threading import Lock
from typing import TYPE_CHECKING

from dd_incident_roles.configuration.configuration import Configuration
from dd_incident_roles.datadog.directory import Directory
from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.incidents import Incidents
from dd_incident_roles.datadog.target import DatadogTarget
from dd_incident_roles.datadog.users import OrganisationCheck
from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.model import Incident, IncidentId, Person, PersonKey, RoleKey, Source
from dd_incident_roles.patience import Patience
from dd_incident_roles.roles.catalogue import Catalogue
from dd_incident_roles.roles.devising import in_use, with_devised
from dd_incident_roles.roles.ledger import DevisedRole, Origin
from dd_incident_roles.settings import VARIABLES, Settings
from dd_incident_roles.store.record import SqlRecord
from dd_incident_roles.sync.run import RunOptions
from dd_incident_roles.sync.state import Edit, IncidentState, Moving, replay
from dd_incident_roles.transport import Access
from dd_incident_roles.values import frozen
from dd_incident_roles.words import incident_label

if TYPE_CHECKING:
    from dd_incident_roles.chat.room import Chat
    from dd_incident_roles.issues.tracker import Tracker
    from dd_incident_roles.places import TargetName

_log = logging.getLogger("dd_incident_roles.places")

LOGIN = "cli:"
"""The prefix of a login, where the settings do not name the person."""


@frozen
class Application(Configuration):
    """The configuration, the record, Datadog, and the clock.

    ``actor`` is who is said to have done what is done here. Changes are recorded ``only_here``
    where the next sync is to carry them to Datadog. Times are shown in the ``zone``. ``before`` is
    what the record holds of the incidents of ``one_reading``, and ``found`` are incidents that a
    person named and the record does not know. ``wind_up`` ends what goes on: what was sent is
    waited for, and nothing more is sent.
    """

    record: SqlRecord
    session: Session
    organisation: OrganisationCheck
    incidents: Incidents
    directory: Directory
    connections: Connections
    target: DatadogTarget
    actor: str
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    sleep: Callable[[float], None]
    on_progress: Callable[[int, int], None]
    wind_up: Callable[[], None]
    only_here: bool = False
    zone: tzinfo = UTC
    before: dict[IncidentId, IncidentState] = field(default_factory=dict)
    found: dict[IncidentId, Incident] = field(default_factory=dict)

    def now(self) -> datetime:
        """The moment as of which ages are judged: by Datadog's clock where ours is off."""
        return self.clock() + self.session.clock_ahead

    def now_here(self) -> datetime:
        """The same moment in the zone of whoever reads it, for what is shown and not recorded."""
        return self.now().astimezone(self.zone)

    def moment(self, noted: datetime) -> datetime | None:
        """A moment that our clock noted, by the clock that ages are judged by.

        One that is still to come was noted by a clock that was ahead then; it tells nothing: None.
        """
        now = self.now()
        shown = (noted + self.session.clock_ahead, noted)
        return next((at for at in shown if at <= now), None)

    def run_options(self) -> RunOptions:
        """How a run goes about it, by the settings."""
        return RunOptions(
            clock=self.clock,
            new_id=self.new_id,
            grace=self.settings.absence_grace,
            concurrency=self.settings.concurrency,
            on_progress=self.on_progress,
            before=self.before,
        )

    @contextmanager
    def one_reading(self, *incident_ids: IncidentId) -> Iterator[None]:
        """Ask Datadog for incidents, all parts at once; every step of a command uses the answers.

        They count for a moment, and only while the record is as it was before they were asked for,
        but for what was ``committed`` here: else each step that needs them asks again.
        """
        # What a reading around this one asked for stays with that one.
        new = [each for each in incident_ids if each not in self.before]
        if self.only_here or len(new) > self.target.most_ahead:
            new = []
        for each in new:
            # The state first, so that what is recorded while Datadog answers is seen as a change.
            self.before[each] = self.record.state(each, self.target.name)
            self.target.ask_ahead(each, self.record.incident(each))
        try:
            yield
        finally:
            for each in new:
                del self.before[each]

    def committed(self, incident_id: IncidentId, edits: Sequence[Edit]) -> None:
        """Note what this command itself has changed in the record since it asked Datadog."""
        if (state := self.before.get(incident_id)) and edits:
            moved = any(isinstance(edit, Moving) for edit in edits)
            state = replace(replay(state, edits), version=state.version + moved)
            self.before[incident_id] = state

    def origin(self, source: Source = Source.CLI) -> Origin:
        """Who changes roles here, as of this moment."""
        return Origin(now=self.clock(), by=self.actor, source=source, new_id=self.new_id)

    def turn(
        self, incident_id: IncidentId, *, wait_seconds: float = 30.0
    ) -> AbstractContextManager[None]:
        """The right to write about one incident, to be entered when its present holder is done.

        A run waits longer for it than a command may take.
        """
        return self.record.turn(incident_id, sleep=self.sleep, wait_seconds=wait_seconds)

    def catalogue_of(self, incident_id: IncidentId, *, ever: bool = False) -> Catalogue:
        """The roles of one incident: those of the catalogue, and those devised for it.

        With ``ever`` those that were dropped since are among them: its past speaks of them.
        """
        return with_devised(self.catalogue, self.record.devised(incident_id), ever=ever)

    def devised_roles(self, incident_id: IncidentId) -> Mapping[RoleKey, DevisedRole]:
        """The roles devised for an incident, but for those that gave way to the catalogue."""
        return {each.key: each for each in in_use(self.catalogue, self.record.devised(incident_id))}

    def role_title(self, incident_id: IncidentId, role: RoleKey) -> str:
        """What a role of an incident is called; one that nobody knows any more, by its key."""
        # The catalogue first: it takes no look into the record.
        known = (
            self.catalogue
            if self.catalogue.has(role)
            else self.catalogue_of(incident_id, ever=True)
        )
        return known.role(role).title if known.has(role) else role

    def person(self, key: PersonKey) -> Person:
        """What is known of a person, if only the key."""
        known = self.record.person(key)
        return self.people.named(known or Person(key=key, email=key if "@" in key else None))

    def known_as(self, incident_id: IncidentId) -> str:
        """How an incident is called in a sentence."""
        incident = self.incident(incident_id)
        return incident_label(incident.public_id) if incident else incident_id

    def incident(self, incident_id: IncidentId) -> Incident | None:
        """An incident as it was last seen, be it only by this command."""
        return self.record.incident(incident_id) or self.found.get(incident_id)


class Connections:
    """What the settings have tokens for; to ask for a client raises ConfigurationError."""

    def __init__(self, settings: Settings, patience: Patience) -> None:
        self._settings = settings
        self._patience = patience
        self._sent: dict[str, Counter[str]] = {}
        self._answered: dict[str, Counter[str]] = {}
        self._counting = Lock()
        self._trackers: dict[TargetName, Tracker] = {}

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
        if target not in self._trackers:
            self._trackers[target] = self._new_tracker(target)
        return self._trackers[target]

    def _access(self, target: TargetName) -> Access:
        token = self._settings.tokens[target]
        if token is None:
            raise ConfigurationError("is not set", key=VARIABLES[f"{target}_token"])
        return Access(
            base_url=self._settings.addresses[target] or "",
            token=token,
            patience=self._patience,
            watch=partial(self._watch, target),
        )

    @cached_property
    def chat(self) -> Chat:
        """The client of Slack."""
        from dd_incident_roles.chat.slack import SlackChat

        return SlackChat(self._access("slack"))

    def _new_tracker(self, target: TargetName) -> Tracker:
        access = self._access(target)
        match target:
            case "github":
                from dd_incident_roles.issues.github import GithubTracker

                return GithubTracker(access)
            case "gitlab":
                from dd_incident_roles.issues.gitlab import GitlabTracker

                return GitlabTracker(access)
            case "jira":
                from dd_incident_roles.issues.jira import JiraTracker

                return JiraTracker(access, user=self._settings.jira_user)
            case _:
                raise LookupError(f"{target} is no tracker")
