"""Every problem of the configuration files at once, without a record, keys or a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Generic, TypeVar

from dd_incident_roles.configuration.config_file import ConfigFile, open_file, shipped_name
from dd_incident_roles.configuration.people_file import gather_people
from dd_incident_roles.configuration.policy_file import POLICY_FILE, Known, gather_policy
from dd_incident_roles.configuration.roles_file import ROLES_FILE, gather_catalogue
from dd_incident_roles.errors import ConfigurationError, UnknownRole
from dd_incident_roles.policy.policy import Policy
from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.policy.waive import is_over
from dd_incident_roles.roles.catalogue import Catalogue, Level
from dd_incident_roles.words import count_of

SOON = timedelta(days=14)
"""How long before its last day a waiver is said to end."""

_Content = TypeVar("_Content")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredFiles:
    """The files that are set; None where nothing is, so that the shipped one is meant."""

    roles: Path | None = None
    policy: Path | None = None
    people: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in a file that is wrong (an error), or soon will be or looks so (a warning).

    ``line`` is None where the file cannot be read at all. ``message`` names the key and the value
    where there are any, and not the place.
    """

    level: Level
    file: str
    line: int | None
    key: str | None
    message: str
    hint: str | None = None

    @classmethod
    def of(cls, error: ConfigurationError, *, file: str) -> Problem:
        """The problem that a refusal tells of; ``file`` is where it was met."""
        shown = "" if error.value is None else f" ({error.value!r})"
        return cls(
            level=Level.ERROR,
            file=error.file or file,
            line=error.line,
            key=error.key,
            message=f"{error.key}{shown}: {error.problem}" if error.key else error.problem,
            hint=error.hint,
        )

    @property
    def place(self) -> str:
        """The file, and the line where there is one."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """A file that was looked at: what it is for, its path, and whether the product brought it."""

    kind: str
    name: str
    is_shipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """The files that were checked, what they hold, and every problem in the order of the files.

    ``people`` is None where no people file is set.
    """

    files: tuple[CheckedFile, ...]
    problems: tuple[Problem, ...]
    roles: int
    waivers: int
    people: int | None = None

    @property
    def errors(self) -> int:
        """How many problems keep a file from being used."""
        return sum(problem.level is Level.ERROR for problem in self.problems)

    @property
    def warnings(self) -> int:
        """How many problems are only said."""
        return sum(problem.level is Level.WARNING for problem in self.problems)


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
    roles = _see("roles", configured.roles, ROLES_FILE, gather_catalogue)
    policy = _see_policy(configured.policy, roles, rules, today)
    files, problems = [roles.file, policy.file], [*roles.problems, *policy.problems]
    people = None
    if configured.people is not None:
        seen = _see("people", configured.people, "", gather_people)
        files, problems = [*files, seen.file], [*problems, *seen.problems]
        people = len(seen.content.entries) if seen.content else 0
    return Lint(
        files=tuple(files),
        problems=tuple(problems),
        roles=len(roles.content.roles) if roles.content else 0,
        waivers=len(policy.content.waivers) if policy.content else 0,
        people=people,
    )


def _see(
    kind: str, path: Path | None, shipped: str, gather: Callable[[ConfigFile], _Content]
) -> _Seen[_Content]:
    name = shipped_name(shipped) if path is None else str(path)
    checked = CheckedFile(kind=kind, name=name, is_shipped=path is None)
    try:
        file = open_file(path, shipped)
    except ConfigurationError as error:
        problem = Problem.of(error, file=name)
        return _Seen(file=checked, content=None, problems=(problem,))
    content = gather(file)
    problems = [Problem.of(each, file=name) for each in file.problems]
    return _Seen(file=checked, content=content, problems=_by_line(problems))


def _see_policy(
    path: Path | None, roles: _Seen[Catalogue], rules: Mapping[str, Rule], today: date
) -> _Seen[Policy]:
    catalogue = roles.content
    if catalogue is None or not catalogue.roles:
        name = shipped_name(POLICY_FILE) if path is None else str(path)
        problem = Problem(
            level=Level.WARNING,
            file=name,
            line=None,
            key=None,
            message=f"was not checked: {roles.file.name} has no role that it could be checked "
            "against",
            hint=f"Repair {roles.file.name} first.",
        )
        checked = CheckedFile(kind="policy", name=name, is_shipped=path is None)
        return _Seen(file=checked, content=None, problems=(problem,))
    known = Known(catalogue=catalogue, rules=rules, today=today)

    def gather(file: ConfigFile) -> Policy:
        policy = gather_policy(file, known)
        if roles.problems:
            # A role may be unknown here only because of its fault there.
            file.problems[:] = [
                each for each in file.problems if not isinstance(each.__cause__, UnknownRole)
            ]
        return policy

    seen = _see("policy", path, POLICY_FILE, gather)
    if seen.content is None:
        return seen
    warnings = waiver_warnings(seen.content, rules, today)
    return _Seen(
        file=seen.file, content=seen.content, problems=_by_line((*seen.problems, *warnings))
    )


def _by_line(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.line or 0))


def waiver_warnings(policy: Policy, rules: Mapping[str, Rule], today: date) -> Iterator[Problem]:
    """Waivers that are over, end soon, or are for a rule that is off; ``today`` is in UTC."""
    for waiver in policy.waivers:
        left, last = waiver.expires - today, waiver.expires.isoformat()
        told: list[tuple[str, str]] = []
        if is_over(waiver, today):
            ago = count_of(-left.days, "day")
            told.append((f"ended on {last}, {ago} ago", "Remove it, or renew it."))
        elif left <= SOON:
            until = f"in {count_of(left.days, 'day')}" if left else "today"
            told.append((f"ends on {last}, {until}", "Renew it, or repair what it covers."))
        if policy.setting(rules[waiver.rule]).is_off:
            told.append(("is for a rule that is off", "Remove it, or switch the rule on."))
        for message, hint in told:
            yield Problem(
                level=Level.WARNING,
                file=waiver.place.file,
                line=waiver.place.line,
                key="waivers",
                message=f"the waiver of {waiver.rule} by {waiver.owner} {message}",
                hint=hint,
            )
