"""Rules as values, what an organisation's policy says of them, and what a check finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from dd_incident_roles.model import Incident, IncidentId, RoleKey
from dd_incident_roles.policy.clock import Measures
from dd_incident_roles.policy.facts import Facts, Holding
from dd_incident_roles.roles.catalogue import (
    ALWAYS,
    Catalogue,
    Condition,
    Exclusion,
    Level,
    Requirement,
    Role,
)
from dd_incident_roles.values import frozen
from dd_incident_roles.words import incident_label

# Short enough to be typed, and long enough that two findings of one organisation never share one.
_FINGERPRINT_LENGTH = 16

CLEAN = 0
FOUND = 1
# 2 is that of a command that was typed wrongly.
INCOMPLETE = 3


class FailOn(StrEnum):
    """The lowest level of a finding that makes a check fail; a note never does."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


_GRAVEST_FIRST = (Level.ERROR, Level.WARNING, Level.NOTE)


def rank(level: Level) -> int:
    """Where a level comes in order, the gravest first."""
    return _GRAVEST_FIRST.index(level)


def fails(level: Level, fail_on: FailOn) -> bool:
    """Whether a finding of this level makes a check fail."""
    return fail_on is not FailOn.NEVER and rank(level) <= rank(Level(fail_on.value))


@frozen(kw_only=False, order=True)
class SourceLocation:
    """A line of a file, counted from 1; ``file`` is its path as it was given."""

    file: str
    line: int


@frozen
class IncidentRef:
    """An incident as a finding names it; a private one only by its public id."""

    id: IncidentId
    public_id: int
    title: str | None

    @classmethod
    def of(cls, incident: Incident, *, shows_private: bool = False) -> IncidentRef:
        """The reference to an incident that may be shown in a log."""
        title = None if incident.private and not shows_private else incident.title
        return cls(id=incident.id, public_id=incident.public_id, title=title)


class SeenIn(StrEnum):
    """Where a piece of evidence was seen."""

    RECORD = "record"
    DATADOG = "datadog"
    TIMELINE = "timeline"
    ISSUE = "issue"
    CHAT = "chat"
    POLICY = "policy"

    @property
    def place(self) -> str:
        """The place in a sentence: ``Datadog``, ``the record``."""
        return "Datadog" if self is SeenIn.DATADOG else f"the {self.value}"


@frozen(kw_only=False)
class Evidence:
    """One thing that a finding rests on: what was seen, about whom, since when, and where.

    ``who`` is the e-mail or handle of a person, None where it is about nobody; ``since`` is None
    where no time belongs to it.
    """

    what: str
    seen_in: SeenIn
    _: KW_ONLY
    who: str | None = None
    since: datetime | None = None


def evidence_of(holding: Holding, what: str) -> Evidence:
    """The evidence in the record that a person holds a role."""
    return Evidence(what, SeenIn.RECORD, who=holding.person.key, since=holding.known_since)


@frozen
class Breach:
    """What a rule found; the engine adds which rule and which incident it was.

    Without a level it has the level of its rule; without a place, the line that sets its rule.
    ``distinct`` tells breaches of one role apart; ``subject`` is what a breach is about that is not
    about its incident, but about the whole organisation.
    """

    message: str
    since: datetime
    fix: str
    level: Level | None = None
    role: RoleKey | None = None
    stream: str | None = None
    evidence: tuple[Evidence, ...] = ()
    place: SourceLocation | None = None
    distinct: str = ""
    subject: str = ""


@frozen
class Waiver:
    """Findings of a rule that are accepted until a date, by whom and why.

    It covers those that fit every part that is given: an incident by its public id, a role, a
    stream, and a condition of the incident. ``expires`` is the last day on which it holds, in UTC.
    """

    rule: str
    reason: str
    owner: str
    expires: date
    place: SourceLocation
    incident: int | None = None
    role: RoleKey | None = None
    stream: str | None = None
    when: Condition = ALWAYS
    created: date | None = None
    link: str | None = None

    @property
    def subject(self) -> str:
        """What the waiver covers, as the same text in every run."""
        incident = incident_label(self.incident) if self.incident else "every incident"
        parts = (self.rule, incident, self.role or "", self.stream or "", self.owner)
        return " ".join(part for part in parts if part)


class BaselineState(StrEnum):
    """How a finding compares with an earlier check."""

    NEW = "new"
    EXISTING = "existing"


@frozen
class Finding(Breach):
    """One way in which something is not as it should be, with what to type about it.

    ``incident`` is None where the finding is about the policy itself; ``subject`` then says which
    part of it. A finding about the whole organisation has both: one of the incidents in which it
    was seen, and what it is about. ``baseline`` is None where no earlier check was given.
    """

    rule: str
    name: str
    level: Level
    incident: IncidentRef | None
    waived: Waiver | None = None
    baseline: BaselineState | None = None

    @property
    def fingerprint(self) -> str:
        """What identifies the finding from run to run, independent of its words and times."""
        about = self.subject or (self.incident.id if self.incident else "")
        parts = (self.rule, about, self.role or "", self.distinct or self.stream or "")
        # The name of a stream can hold half of a surrogate pair.
        text = "|".join(parts).encode("utf-8", "surrogatepass")
        return sha256(text).hexdigest()[:_FINGERPRINT_LENGTH]

    @property
    def public_id(self) -> int | None:
        """The number of the incident; None if the finding is about the policy itself."""
        return self.incident.public_id if self.incident else None

    @property
    def is_active(self) -> bool:
        """Whether it can make a check fail: it is not waived, and not known from a baseline."""
        return self.waived is None and self.baseline is not BaselineState.EXISTING


@frozen
class NotEvaluated:
    """Something that could not be checked, so that the check says nothing about it.

    ``incident`` is a public id, else what the incident was called by; None where the list of
    incidents itself could not be read.
    """

    incident: int | str | None
    reason: str


@frozen
class Unasked:
    """A rule that had nothing to look at in some incidents, such as a chat where none is connected.

    It says nothing about them, and does not make the check incomplete. One that is ``optional``
    looks at what many organisations never connect.
    """

    rule: str
    name: str
    reason: str
    incidents: int
    optional: bool = False


@frozen
class Verdict:
    """The findings of one check, the gravest first, and how much was really looked at.

    ``evaluated`` counts the incidents about which every rule came to an answer; incidents that are
    tests, or that the check is not about because they are closed (or open), are passed over and
    counted apart. ``unasked`` are rules that had nothing to look at. ``resolved`` are fingerprints
    of a baseline that are found no more. ``asked`` counts rules that could be asked somewhere.
    """

    findings: tuple[Finding, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    evaluated: int
    skipped_tests: int = 0
    skipped_closed: int = 0
    skipped_open: int = 0
    unasked: tuple[Unasked, ...] = ()
    resolved: tuple[str, ...] = ()
    measures: Measures | None = None
    said_nothing: bool = False

    @property
    def waived(self) -> int:
        """How many findings are waived."""
        return sum(finding.waived is not None for finding in self.findings)

    def exit_code(self, fail_on: FailOn) -> int:
        """3 when anything could not be looked at, else 1 for findings that fail, else 0.

        3 outranks 1: an exit of 1 promises that the list of findings is whole. What was found is
        reported either way, and neither passes for clean. A finding that is waived, or known from a
        baseline, fails nothing. A check of which no rule had anything to look at is incomplete.
        """
        if self.not_evaluated or self.said_nothing:
            return INCOMPLETE
        failing = any(
            finding.is_active and fails(finding.level, fail_on) for finding in self.findings
        )
        return FOUND if failing else CLEAN


class Scope(StrEnum):
    """What a rule is asked about."""

    OPEN = "open incidents"
    CLOSED = "closed incidents"
    POLICY = "the policy itself"


@frozen
class RuleContext:
    """The time of the check, and the grace of the rule.

    A rule that has no grace gets none.
    """

    now: datetime
    grace: timedelta = timedelta()


Evaluation = Callable[[Facts, RuleContext], Iterator[Breach]]
"""Pure: the breaches in an incident; raises FactsMissing or NothingConnected."""


def _says_nothing(_facts: Facts, _context: RuleContext) -> Iterator[Breach]:
    return iter(())


@frozen
class Rule:
    """One thing that a check requires of every incident; an id never changes its meaning.

    ``grace`` is how long the rule lets something pass, unless the policy says otherwise; None where
    it has no such clock, or where each requirement brings its own; ``clock`` then says where the
    time is set that it goes by. One that is ``optional`` looks at what many organisations never
    connect, and is passed over in silence there. ``organisation`` makes, of all incidents in which
    such a rule found something, what is said once about the whole organisation. Without
    ``evaluate`` the engine itself makes its findings.
    """

    id: str
    name: str
    title: str
    why: str
    looks_at: str
    how_to_fix: str
    default_level: Level
    evaluate: Evaluation = _says_nothing
    scope: Scope = Scope.OPEN
    grace: timedelta | None = None
    clock: str | None = None
    optional: bool = False
    organisation: Callable[[Sequence[Facts], RuleContext], Iterator[Breach]] | None = None


LONGEST_WAIVER = timedelta(days=90)
"""The longest that a waiver can last, so that no exception becomes the rule."""


@frozen
class RuleSetting:
    """The settings of a rule; None keeps the default of the rule."""

    place: SourceLocation
    level: Level | None = None
    grace: timedelta | None = None
    is_off: bool = False


@frozen
class Policy:
    """Levels, graces, requirements, exclusions and waivers.

    ``requirements`` replace what the catalogue requires of the roles that are named there, and
    ``exclusions``, unless None, every exclusion of the catalogue; each comes with the role that
    excludes another. ``noted`` is the lowest level of a finding that a sync tells in the timeline
    of its incident.
    """

    file: str
    rules: Mapping[str, RuleSetting] = field(default_factory=dict)
    requirements: Mapping[RoleKey, tuple[Requirement, ...]] = field(default_factory=dict)
    exclusions: tuple[tuple[RoleKey, Exclusion], ...] | None = None
    waivers: tuple[Waiver, ...] = ()
    shows_private: bool = False
    noted: FailOn = FailOn.NEVER

    def setting(self, rule: Rule) -> RuleSetting:
        """The settings of a rule; a rule that the file does not name gets the first line of it."""
        return self.rules.get(rule.id) or RuleSetting(place=SourceLocation(self.file, 1))

    def applied_to(self, catalogue: Catalogue) -> Catalogue:
        """The catalogue as the policy has it: with its requirements and its exclusions."""
        return replace(catalogue, roles=tuple(map(self._applied_to_role, catalogue.roles)))

    def _applied_to_role(self, role: Role) -> Role:
        required = self.requirements.get(role.key, role.required)
        excludes = role.excludes
        # An empty list excludes nothing; without a list the catalogue's exclusions stay.
        if self.exclusions is not None:
            excludes = tuple(each for key, each in self.exclusions if key == role.key)
        return replace(role, required=required, excludes=excludes)
