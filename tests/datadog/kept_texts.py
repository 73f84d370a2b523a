"""Places for what was learned, in memory, with a clock that moves when it is told to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from dd_incident_roles.model import Person, PersonKey, UserId


class KeptTexts:
    """Keeps texts until they expire."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
        self.texts: dict[tuple[str, str], tuple[str, datetime | None]] = {}

    def clock(self) -> datetime:
        """Say what time it is."""
        return self.now

    def advance(self, **parts: float) -> None:
        """Let time pass."""
        self.now += timedelta(**parts)

    def cached(self, kind: str, key: str) -> str | None:
        """The text, unless it was never kept or has expired."""
        value, until = self.texts.get((kind, key), (None, None))
        return None if until is not None and until <= self.now else value

    def put_cached(
        self, kind: str, key: str, value: str, *, expires_at: datetime | None = None
    ) -> None:
        """Keep a text until it expires."""
        self.texts[kind, key] = (value, expires_at)


class KeptPeople:
    """The people whom a record has seen, by key; ``held`` are those for whom it has a role."""

    def __init__(self, *people: Person, held: Iterable[str] = ()) -> None:
        self.people = {person.key: person for person in people}
        self.held = frozenset(held)

    def person(self, key: PersonKey) -> Person | None:
        """The one with this key."""
        return self.people.get(key)

    def person_of(self, user_id: UserId) -> Person | None:
        """The one with this account."""
        return next((each for each in self.people.values() if each.user_id == user_id), None)

    def people_called(self, name: str) -> tuple[Person, ...]:
        """Those with this key, e-mail, handle or account id."""
        return tuple(
            each
            for each in self.people.values()
            if name in {each.key, each.email, each.handle, each.user_id}
        )

    def has_held(self, key: PersonKey) -> bool:
        """Whether a role was ever recorded for them."""
        return key in self.held
