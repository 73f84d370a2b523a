"""Every problem of the configuration files at once, without a record, keys or a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Generic, TypeVar

from dd_incident_roles.configuration.known import Known
from dd_incident_roles.configuration.policy_loading import POLICY_FILE, gather_policy
from dd_incident_roles.configuration.problem import CheckedFile, Lint, Problem
from dd_incident_roles.errors import ConfigurationError, UnknownRole
from dd_incident_roles.policy.policy import Policy, Waiver
from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.policy.waive import is_over
from dd_incident_roles.roles.catalogue import Catalogue, Level
from dd_incident_roles.roles.defaults import shipped_file, shipped_name
from dd_incident_roles.roles.faults import Faults
from dd_incident_roles.roles.loading import ROLES_FILE, gather_catalogue
from dd_incident_roles.roles.people import People
from dd_incident_roles.roles.people_loading import gather_people
from dd_incident_roles.roles.yaml_nodes import Node
from dd_incident_roles.roles.yaml_reading import read_yaml

_Content = TypeVar("_Content")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredFiles:
    """The files that are set; None where nothing is, so that the shipped one is meant."""

    roles: Path | None = None
    policy: Path | None = None
    people: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen(Generic[_Content]):
    """A file, what could be read of it (None where it cannot be), and what is wrong with it."""

    file: CheckedFile
    content: _Content | None
    problems: tuple[Problem, ...]


def lint(configured: ConfiguredFiles, *, rules: Mapping[str, Rule], today: date) -> Lint:
    """Read every file to its end and keep each problem; ``today`` is a day in UTC.

    The people file is optional, and nothing is said of it where none is set.
    """
    roles = _look("roles", configured.roles, ROLES_FILE, gather_catalogue)
    policy = _policy(configured.policy, roles, rules, today)
    people = None
    if configured.people is not None:
        people = _look("people", configured.people, "", gather_people)
    return Lint(
        files=(roles.file, policy.file, *([people.file] if people else [])),
        problems=(*roles.problems, *policy.problems, *(people.problems if people else ())),
        roles=len(roles.content.roles) if roles.content else 0,
        waivers=len(policy.content.waivers) if policy.content else 0,
        people=None if people is None else _count(people.content),
    )


def _policy(
    path: Path | None, roles: _Seen[Catalogue], rules: Mapping[str, Rule], today: date
) -> _Seen[Policy]:
    catalogue = roles.content
    if catalogue is None or not catalogue.roles:
        return _unseen(_file("policy", path, POLICY_FILE), roles.file)
    known = Known(catalogue=catalogue, rules=rules, today=today)

    def gather(root: Node, faults: Faults) -> Policy:
        policy = gather_policy(root, faults, known)
        if roles.problems:
            faults.found[:] = _sure(faults.found)
        return policy

    seen = _look("policy", path, POLICY_FILE, gather)
    if seen.content is None:
        return seen
    warnings = waiver_warnings(seen.content, rules, today)
    return _Seen(
        file=seen.file, content=seen.content, problems=_by_line((*seen.problems, *warnings))
    )


def _look(
    kind: str, path: Path | None, shipped: str, gather: Callable[[Node, Faults], _Content]
) -> _Seen[_Content]:
    file = _file(kind, path, shipped)
    faults = Faults()
    root = faults.attempt(lambda: read_yaml(path or shipped_file(shipped), name=file.name))
    return _Seen(
        file=file,
        content=None if root is None else gather(root, faults),
        problems=_by_line(Problem.of(fault, file=file.name) for fault in faults.found),
    )


def _count(people: People | None) -> int:
    return 0 if people is None else len(people.entries)


def _file(kind: str, path: Path | None, shipped: str) -> CheckedFile:
    if path is None:
        return CheckedFile(kind=kind, name=shipped_name(shipped), is_shipped=True)
    return CheckedFile(kind=kind, name=str(path))


def _unseen(file: CheckedFile, roles: CheckedFile) -> _Seen[Policy]:
    problem = Problem(
        level=Level.WARNING,
        file=file.name,
        line=None,
        key=None,
        message=f"was not checked: {roles.name} has no role that it could be checked against",
        hint=f"Repair {roles.name} first.",
    )
    return _Seen(file=file, content=None, problems=(problem,))


def _sure(faults: Iterable[ConfigurationError]) -> Iterator[ConfigurationError]:
    """Those that no fault of the catalogue can have brought about."""
    return (fault for fault in faults if not isinstance(fault.__cause__, UnknownRole))


def _by_line(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.line or 0))


SOON = timedelta(days=14)
"""How long before its last day a waiver is said to end."""


def waiver_warnings(policy: Policy, rules: Mapping[str, Rule], today: date) -> Iterator[Problem]:
    """Waivers that are over, end soon, or are for a rule that is off; ``today`` is in UTC."""
    for waiver in policy.waivers:
        left = waiver.expires - today
        if is_over(waiver, today):
            yield _warning(
                waiver,
                f"{_named(waiver)} ended on {waiver.expires.isoformat()}, {_days(-left)} ago",
                hint="Remove it, or renew it.",
            )
        elif left <= SOON:
            until = f"in {_days(left)}" if left else "today"
            yield _warning(
                waiver,
                f"{_named(waiver)} ends on {waiver.expires.isoformat()}, {until}",
                hint="Renew it, or repair what it covers.",
            )
        if policy.setting(rules[waiver.rule]).is_off:
            yield _warning(
                waiver,
                f"{_named(waiver)} is for a rule that is off",
                hint="Remove it, or switch the rule on.",
            )


def _warning(waiver: Waiver, message: str, *, hint: str) -> Problem:
    return Problem(
        level=Level.WARNING,
        file=waiver.place.file,
        line=waiver.place.line,
        key="waivers",
        message=message,
        hint=hint,
    )


def _named(waiver: Waiver) -> str:
    return f"the waiver of {waiver.rule} by {waiver.owner}"


def _days(length: timedelta) -> str:
    return "1 day" if length.days == 1 else f"{length.days} days"
