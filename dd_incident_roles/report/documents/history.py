"""The document of ``history --format json``, with the names of people and roles in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from dd_incident_roles import model
from dd_incident_roles.history.held import NOBODY, Basis, SeenIn, only_name
from dd_incident_roles.history.held import Held as HeldInterval
from dd_incident_roles.history.history import Durations as Figures
from dd_incident_roles.history.history import History as Traced
from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.report.documents import Document, Instant, Part, Seconds, field
from dd_incident_roles.roles.catalogue import Level
from dd_incident_roles.values import frozen

_ROLE = "The key of the role in the catalogue."
_TITLE = "What the role is called."
_BEGAN = "When it began, in UTC; null means at the declaration or earlier."
_LASTS = "When it ended, in UTC; null if it lasts."


class Person(Part):
    """Somebody."""

    name: str = field("The name of the person, else the e-mail or handle.")
    email: str | None = field("The e-mail, if it is known.")


class Held(Part):
    """One stretch in which a person held a role."""

    role: str = field(_ROLE)
    title: str = field(_TITLE)
    stream: str | None = field("The stream in which it was held, if in one.")
    holder: Person = field("Who held it.")
    since: Instant | None = field(
        "When it began, in UTC; null means at the declaration or earlier, or that "
        "only Datadog shows it, which does not say since when.",
        name="from",
    )
    seen: Instant | None = field(
        "When the record first saw it, in UTC, where it is not known when it began.", default=None
    )
    until: Instant | None = field("When it ended, in UTC (exclusive); null if it lasts.")
    seconds: Seconds = field(
        "How long it lasted, in seconds, from the declaration and to the end of the incident, or "
        "to now, where it has no bounds of its own."
    )
    set_by: str | None = field("Who assigned the role, or made the correction, if known.")
    ended_by: str | None = field("Who ended it, if it ended and that is known.")
    seen_in: SeenIn = field("Where it was first seen.")
    basis: Basis = field(
        "How it is known: from the record, inferred from what Datadog noted in its timeline before "
        "the record first looked, or from a correction."
    )
    reason: str | None = field("The reason of a correction.")


class Gap(Part):
    """A stretch in which a role was required and nobody is known to have held it."""

    role: str = field(_ROLE)
    title: str = field(_TITLE)
    since: Instant = field("When it began, in UTC.", name="from")
    until: Instant | None = field(_LASTS)
    seconds: Seconds = field("How long it lasted, or has lasted, in seconds.")
    allowed_seconds: Seconds = field("How long the requirement lets the role be empty, in seconds.")
    level: Level = field("The level of the requirement.")
    too_long: bool = field("Whether it was longer than allowed.")
    sure: bool = field(
        "False if the requirement depends on the number of responders, which is not recorded."
    )
    watched: bool = field(
        "False before the first sync: someone may have held the role without being recorded."
    )


class Overlap(Part):
    """A stretch in which several people held what one person at a time is to hold."""

    role: str = field(_ROLE)
    title: str = field(_TITLE)
    stream: str | None = field("The stream, if it was in one.")
    people: tuple[Person, ...] = field("Who held it at the same time.")
    since: Instant | None = field(_BEGAN, name="from")
    until: Instant | None = field(_LASTS)


class Wait(Part):
    """How long after the declaration the first Incident Manager came."""

    seconds: Seconds | None = field(
        "How long, in seconds; null if there was none, or if it is not known.", source="length"
    )
    known: bool = field(
        "Whether it is known; if not, the incident was first synced too late.",
        source="is_known",
    )
    at_most: bool = field(
        "Whether it may be shorter: Datadog does not say since when it showed somebody.",
        default=False,
    )


class Coverage(Part):
    """How far a role was covered while it was required."""

    role: str = field(_ROLE)
    required_seconds: Seconds = field(
        "How long it was required, in seconds, without the time that is not known.",
        source="required",
    )
    held_seconds: Seconds = field("How long of this someone held it, in seconds.", source="held")
    unknown_seconds: Seconds = field(
        "How long it was required before the first sync without a known holder, in seconds.",
        source="unknown",
    )
    fraction: Annotated[float, Field(ge=0, le=1)] | None = field(
        "The share that was covered; null if not known."
    )


class Handoffs(Part):
    """How often a role went from one person to another without a gap."""

    role: str = field(_ROLE)
    number: Annotated[int, Field(ge=1)] = field("How often.")


class Total(Part):
    """How long a person held at least one role."""

    person: Person = field("Who it was.")
    seconds: Seconds = field("How long, in seconds, within the incident.")
    at_least: bool = field(
        "Whether it may be longer: when it began is not known, only when it was first seen.",
        default=False,
    )


class Durations(Part):
    """How long things took."""

    incident_manager_after: Wait | None = field(
        "How long after the declaration the first Incident Manager came; null if "
        "another role was asked for."
    )
    coverage: tuple[Coverage, ...] = field(
        "The coverage of each role that was required at some time."
    )
    handoffs: tuple[Handoffs, ...] = field(
        "Each role that went from one person to another without a gap."
    )
    people: tuple[Total, ...] = field(
        "How long each person held at least one role, the longest first."
    )


class History(Document):
    """Who held which role of an incident when, what lacked, and how long it took."""

    written_by = "`history --format json` writes"

    incident: str = field("The id of the incident in Datadog.")
    public_id: int = field("The number of the incident, as in IR-1001.")
    incident_title: str = field("The title of the incident.", name="title")
    declared: Instant = field("When the incident was declared, in UTC.")
    first_seen: Instant | None = field(
        "When the record first synced the incident, in UTC, if known. What came "
        "before is inferred or not known."
    )
    role: str | None = field("The key of the one role that was asked for; null for all of them.")
    at: Instant | None = field(
        "The time that was asked for, in UTC: the document then has the holders at "
        "that time, and no durations. Null for the whole history."
    )
    rows: tuple[Held, ...] = field(
        "Who held what when, corrections included: role by role, the oldest first."
    )
    emptied: tuple[Held, ...] = field(
        "Each stretch of which a correction says that nobody held the role; its holder is "
        '"nobody".',
        default=(),
    )
    recorded: tuple[Held, ...] = field("The same before any correction.")
    gaps: tuple[Gap, ...] = field(
        "Each stretch in which a role was required and nobody is known to have held it, once for "
        "each requirement."
    )
    overlaps: tuple[Overlap, ...] = field(
        "Each stretch in which several people held a role for one person."
    )
    durations: Durations | None = field("Durations; null if one time was asked for.")
    notices: tuple[str, ...] = field("Notices, as sentences.")
    # Rows and emptied stretches in one order, for people.
    shown: tuple[Held, ...] = field(default=(), exclude=True)
    titles: Mapping[str, str] = field(exclude=True)
    is_open: bool = field(exclude=True)

    def title_of(self, role: str) -> str:
        """What a role is called; one that the catalogue does not know, by its key."""
        return self.titles.get(role, role)


def history_document(
    history: Traced,
    people: Callable[[PersonKey], model.Person],
    *,
    at: datetime | None = None,
    notices: tuple[str, ...] = (),
) -> History:
    """A history as a whole, or at one moment: then without durations.

    ``people`` gives what is known of a person, if only the key.
    """
    names = _Names(history=history, people=people)
    incident, durations = history.incident, history.durations if at is None else None
    shown = [(row, names.held(row)) for row in history.shown if at is None or row.holds_at(at)]
    return History(
        incident=incident.id,
        public_id=incident.public_id,
        incident_title=incident.title,
        declared=incident.declared,
        first_seen=history.first_seen,
        role=history.only,
        at=at,
        rows=tuple(held for row, held in shown if row.person != NOBODY),
        emptied=tuple(held for row, held in shown if row.person == NOBODY),
        shown=tuple(held for _, held in shown),
        recorded=tuple(
            names.held(row) for row in history.recorded if at is None or row.holds_at(at)
        ),
        gaps=tuple(names.gaps(at)),
        overlaps=tuple(
            Overlap(
                role=each.role,
                title=names.title(each.role),
                stream=each.stream,
                people=tuple(map(names.person, each.people)),
                since=each.since,
                until=each.until,
            )
            for each in history.overlaps
            if at is None or each.holds_at(at)
        ),
        durations=None if durations is None else names.durations(durations),
        notices=notices,
        titles={role.key: role.title for role in history.catalogue.roles},
        is_open=incident.is_open,
    )


@frozen
class _Names:
    """A history, and how the people and roles in it are called."""

    history: Traced
    people: Callable[[PersonKey], model.Person]

    def held(self, row: HeldInterval) -> Held:
        life = self.history.life
        # Bounds that nobody knows are those of the incident.
        length = (row.until or life.ended) - (row.since or life.began)
        is_seen = row.is_first_look
        return Held(
            role=row.role,
            title=self.title(row.role),
            stream=row.stream,
            holder=self.person(row.person),
            since=None if is_seen else row.since,
            seen=row.since if is_seen else None,
            until=row.until,
            # A role can be given after the incident ended, and lasts no negative time then.
            seconds=max(length, timedelta()).total_seconds(),
            set_by=self._doer(row.set_by, row.basis),
            ended_by=self._doer(row.ended_by, row.basis),
            seen_in=row.seen_in,
            basis=row.basis,
            reason=row.reason,
        )

    def gaps(self, at: datetime | None) -> Iterator[Gap]:
        gaps, life = self.history.gaps, self.history.life
        watched = [(gap, True) for gap in gaps.seen] + [(gap, False) for gap in gaps.unwatched]
        for gap, is_watched in watched:
            stretch = gap.stretch
            if at is None or stretch.began <= at < stretch.ended:
                # A gap that reaches to now has no end yet.
                lasts = self.history.incident.is_open and stretch.ended == life.ended
                yield Gap(
                    role=gap.role,
                    title=self.title(gap.role),
                    since=stretch.began,
                    until=None if lasts else stretch.ended,
                    seconds=stretch.length.total_seconds(),
                    allowed_seconds=gap.requirement.after.total_seconds(),
                    level=gap.requirement.level,
                    too_long=gap.is_too_long,
                    sure=gap.is_sure,
                    watched=is_watched,
                )

    def durations(self, durations: Figures) -> Durations:
        return Durations.model_validate(
            {
                "incident_manager_after": durations.wait,
                "coverage": durations.coverage,
                "handoffs": durations.handoffs,
                "people": [
                    {
                        "person": self.person(each.person),
                        "seconds": each.length,
                        "at_least": each.at_least,
                    }
                    for each in durations.totals
                ],
            }
        )

    def title(self, role: RoleKey) -> str:
        catalogue = self.history.catalogue
        return catalogue.role(role).title if catalogue.has(role) else role

    def person(self, key: PersonKey) -> Person:
        name = only_name(key)
        known = self.people(key) if name is None else model.Person(key=key, name=name)
        return Person(name=known.label, email=known.email)

    def _doer(self, who: str | None, basis: Basis) -> str | None:
        # An entry of Datadog names its author already as people know them.
        if who is None or basis is Basis.INFERRED:
            return who
        return self.people(PersonKey(who)).label
