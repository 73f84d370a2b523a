"""Settings, roles, policy and people, for use or to find every problem of the files at once.

It needs neither keys nor record, and loads nothing that speaks to Datadog.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from dd_incident_roles.errors import ConfigurationError, UnknownRole
from dd_incident_roles.files import POLICY_FILE, ROLES_FILE, shipped_name
from dd_incident_roles.policy.policy import Policy, Rule
from dd_incident_roles.roles.catalogue import Catalogue, Level
from dd_incident_roles.roles.people import People
from dd_incident_roles.settings import Settings, load_settings
from dd_incident_roles.values import frozen
from dd_incident_roles.words import count_of

if TYPE_CHECKING:
    from dd_incident_roles.configuration.config_file import ConfigFile

SOON = timedelta(days=14)
"""How long before its last day a waiver is reported as ending."""

_Content = TypeVar("_Content")


@frozen
class Configuration:
    """Settings, roles, policy and people; ``catalogue`` is as the policy has it.

    ``policy_problem`` is why the policy file was left out, where a command can do without it.
    """

    settings: Settings
    catalogue: Catalogue
    policy: Policy
    people: People
    policy_problem: ConfigurationError | None = None


def load_configuration(
    config: str | None,
    options: Mapping[str, object],
    *,
    today: date,
    needs_policy: bool = True,
) -> Configuration:
    """Read the settings and every file that they name.

    ``today`` is the day in UTC as of which waivers are read. Raises ConfigurationError for settings
    and files that cannot be used; a policy that is not needed is left out instead.
    """
    settings = load_settings(config, options)
    catalogue = load_roles(settings.roles)
    policy, problem = Policy(file=shipped_name(POLICY_FILE)), None
    # The shipped policy says what holds without one, and reading it takes all rules.
    if needs_policy or settings.policy is not None:
        from dd_incident_roles.configuration.policy_file import load_policy

        try:
            policy = load_policy(settings.policy, catalogue=catalogue, today=today)
        except ConfigurationError as error:
            if needs_policy:
                raise
            # In the middle of an incident a slip in a waiver must not keep anybody from a role.
            policy, problem = Policy(file=str(settings.policy)), error
    people = People()
    if settings.people is not None:
        from dd_incident_roles.configuration.people_file import load_people

        people = load_people(settings.people)
    return Configuration(
        settings=settings,
        catalogue=policy.applied_to(catalogue),
        policy=policy,
        people=people,
        policy_problem=problem,
    )


def load_roles(path: Path | None) -> Catalogue:
    """The roles of an organisation's file, or without one the shipped ones, for which none is read.

    Raises ConfigurationError that names the file, the key, the value and the line.
    """
    if path is None:
        from dd_incident_roles.roles.shipped import SHIPPED

        return SHIPPED
    from dd_incident_roles.configuration.roles_file import load_catalogue

    return load_catalogue(path)


@frozen
class Problem:
    """Something in a file that is wrong (an error), or soon will or may be (a warning).

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
        """The problem of a refusal; ``file`` is where it was met."""
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


@frozen
class CheckedFile:
    """A file that was checked: what it is for, its path, and whether the product brought it."""

    kind: str
    name: str
    is_shipped: bool = False


@frozen
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
        """How many problems are only warnings."""
        return sum(problem.level is Level.WARNING for problem in self.problems)


@dataclass(slots=True)
class _Check(Generic[_Content]):
    """One file on its way: what could be read of it (None where it cannot be), and its problems."""

    file: CheckedFile
    content: _Content | None = None
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def of(
        cls, kind: str, path: Path | None, shipped: str, gather: Callable[[ConfigFile], _Content]
    ) -> _Check[_Content]:
        """Read a file as far as it can be read."""
        from dd_incident_roles.configuration.config_file import open_file

        name = shipped_name(shipped) if path is None else str(path)
        check = cls(CheckedFile(kind=kind, name=name, is_shipped=path is None))
        try:
            file = open_file(path, shipped)
        except ConfigurationError as error:
            check.problems = [Problem.of(error, file=name)]
        else:
            check.content = gather(file)
            check.problems = [Problem.of(each, file=name) for each in file.problems]
        return check


def lint(settings: Settings, *, today: date) -> Lint:
    """Read every file to its end and keep each problem; ``today`` is a day in UTC.

    The shipped file is meant where none is set. The people file is optional, and nothing is said of
    it where none is set.
    """
    from dd_incident_roles.configuration.people_file import gather_people
    from dd_incident_roles.configuration.policy_file import PolicyContext, gather_policy
    from dd_incident_roles.configuration.roles_file import gather_catalogue
    from dd_incident_roles.policy.rules import RULES

    roles = _Check.of("roles", settings.roles, ROLES_FILE, gather_catalogue)
    catalogue = roles.content

    def gather(file: ConfigFile) -> Policy | None:
        if catalogue is None or not catalogue.roles:
            return None
        known = PolicyContext(catalogue=catalogue, rules=RULES, today=today)
        policy = gather_policy(file, known)
        if roles.problems:
            # A role may be unknown here only because of its fault there.
            file.problems[:] = [
                each for each in file.problems if not isinstance(each.__cause__, UnknownRole)
            ]
        return policy

    policy = _Check.of("policy", settings.policy, POLICY_FILE, gather)
    if catalogue is None or not catalogue.roles:
        policy.problems = [
            Problem(
                level=Level.WARNING,
                file=policy.file.name,
                line=None,
                key=None,
                message=f"was not checked, because {roles.file.name} has no valid role",
                hint=f"Fix {roles.file.name} first.",
            )
        ]
    elif policy.content:
        policy.problems += waiver_warnings(policy.content, RULES, today)
    people = None
    if settings.people is not None:
        people = _Check.of("people", settings.people, "", gather_people)
    return Lint(
        files=(roles.file, policy.file, *([people.file] if people else [])),
        problems=(
            *_by_line(roles.problems),
            *_by_line(policy.problems),
            *_by_line(people.problems if people else []),
        ),
        roles=len(catalogue.roles) if catalogue else 0,
        waivers=len(policy.content.waivers) if policy.content else 0,
        people=(len(people.content.entries) if people.content else 0) if people else None,
    )


def _by_line(problems: Iterable[Problem]) -> list[Problem]:
    # A file that cannot be read has no lines, and nothing else to say.
    return sorted(problems, key=lambda problem: problem.line or 0)


def waiver_warnings(policy: Policy, rules: Mapping[str, Rule], today: date) -> Iterator[Problem]:
    """Waivers that have expired, end soon, or are for a rule that is off; ``today`` is in UTC."""
    from dd_incident_roles.policy.judge import is_over

    for waiver in policy.waivers:
        left, last = waiver.expires - today, waiver.expires.isoformat()
        said: list[tuple[str, str]] = []
        if is_over(waiver, today):
            ago = count_of(-left.days, "day")
            said.append((f"ended on {last}, {ago} ago", "Remove or renew it."))
        elif left <= SOON:
            until = f"in {count_of(left.days, 'day')}" if left else "today"
            said.append((f"ends on {last}, {until}", "Renew it, or fix what it covers."))
        if policy.setting(rules[waiver.rule]).is_off:
            said.append(("is for a rule that is off", "Remove it, or turn the rule on."))
        for message, hint in said:
            yield Problem(
                level=Level.WARNING,
                file=waiver.place.file,
                line=waiver.place.line,
                key="waivers",
                message=f"the waiver of {waiver.rule} by {waiver.owner} {message}",
                hint=hint,
            )
