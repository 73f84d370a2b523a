"""What a look at the configuration files came to, as immutable values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.roles.catalogue import Level


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
        return _number(self.problems, Level.ERROR)

    @property
    def warnings(self) -> int:
        """How many problems are only said."""
        return _number(self.problems, Level.WARNING)


def _number(problems: Iterable[Problem], level: Level) -> int:
    return sum(problem.level is level for problem in problems)
