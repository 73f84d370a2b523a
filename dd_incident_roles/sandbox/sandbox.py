"""The sandbox as a Python object: its state, its faults, and what people do in Datadog's UI."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime

from dd_incident_roles.sandbox.access import Access
from dd_incident_roles.sandbox.endpoint import Permission
from dd_incident_roles.sandbox.faults import Fault, FaultKind, FaultPlan
from dd_incident_roles.sandbox.hangs import Hangs
from dd_incident_roles.sandbox.request_log import RequestLog
from dd_incident_roles.sandbox.state.world import World
from dd_incident_roles.sandbox.switches import Behaviour, Capabilities
from dd_incident_roles.sandbox.timeline_acts import TimelineActs
from dd_incident_roles.sandbox.timeline_quirks import TimelineQuirks


def utc_now() -> datetime:
    """Reads the clock of the machine."""
    return datetime.now(UTC)


class Sandbox(TimelineActs):
    """One local Datadog; every method may be called from any thread.

    ``world`` and ``log`` are read under ``lock`` by those who reach for them directly.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        capabilities: Capabilities | None = None,
        behaviour: Behaviour | None = None,
        timeline_quirks: TimelineQuirks | None = None,
    ) -> None:
        super().__init__(
            World(
                clock=clock,
                capabilities=capabilities or Capabilities(),
                behaviour=behaviour or Behaviour(),
                timeline_quirks=timeline_quirks or TimelineQuirks(),
            ),
            threading.RLock(),
        )
        self.access = Access()
        self.faults = FaultPlan()
        self.hangs = Hangs()
        self.log = RequestLog()

    @property
    def requests(self) -> RequestLog:
        """The requests until now, as a copy that stays as it is."""
        with self.lock:
            return RequestLog(list(self.log.entries))

    def forget_requests(self) -> None:
        """Starts counting requests anew."""
        with self.lock:
            self.log.clear()

    def fault(
        self,
        kind: FaultKind,
        *,
        method: str | None = None,
        path: str = "",
        nth: int = 1,
        count: int | None = 1,
        seconds: float | None = None,
        status: int = 502,
        location: str = "https://elsewhere.invalid/",
    ) -> None:
        """Puts a fault in force; see ``Fault`` for what the parts mean."""
        self.add_fault(
            Fault(
                kind=kind,
                method=method,
                path=path,
                nth=nth,
                count=count,
                seconds=seconds,
                status=status,
                location=location,
            )
        )

    def add_fault(self, fault: Fault) -> None:
        """Puts a fault in force that has been made already."""
        with self.lock:
            self.faults.add(fault)

    def clear_faults(self) -> None:
        """Takes all faults out of force, and lets held requests go on."""
        with self.lock:
            self.faults.clear()
        self.hangs.release()

    def switch(self, **switches: object) -> None:
        """Turns capabilities and quirks by their names.

        Raises TypeError for a name that is neither, ValueError for a setting that does not fit;
        nothing is turned then.
        """
        with self.lock:
            behaviour = self.world.behaviour.turned(_among(Behaviour, switches))
            timeline = self.world.timeline_quirks.turned(_among(TimelineQuirks, switches))
            known = {each.name for kind in (Behaviour, TimelineQuirks) for each in fields(kind)}
            parts = {name: value for name, value in switches.items() if name not in known}
            self.world.capabilities = self.world.capabilities.turned(parts)
            self.world.behaviour = behaviour
            self.world.timeline_quirks = timeline

    def withdraw(self, *permissions: Permission, application_key: str | None = None) -> None:
        """Takes permissions from one application key, or from every one."""
        with self.lock:
            held = self.access.withdrawn.get(application_key, frozenset())
            self.access.withdrawn[application_key] = held | frozenset(permissions)

    def accept_only(self, *, api_keys: Iterable[str], application_keys: Iterable[str]) -> None:
        """Refuses every key but these."""
        with self.lock:
            self.access.api_keys = frozenset(api_keys)
            self.access.application_keys = frozenset(application_keys)

    def act_as(self, email: str) -> None:
        """Makes this user the owner of the keys."""
        with self.lock:
            self.world.caller = self.person(email).id


def _among(
    kind: type[Behaviour | TimelineQuirks], switches: Mapping[str, object]
) -> dict[str, object]:
    known = {each.name for each in fields(kind)}
    return {name: value for name, value in switches.items() if name in known}
