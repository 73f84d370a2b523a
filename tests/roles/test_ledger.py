"""The intervals of the record say who held what when."""

from __future__ import annotations

import pytest

from dd_incident_roles.model import PersonKey, RoleKey
from dd_incident_roles.roles.ledger import holders, holdings_at, instant_of_change, open_holdings
from tests.roles.build import ADA, GRACE, LINUS, held, minute

PILOT = RoleKey("pilot")
ROWS = (
    held(GRACE, since=10),
    held(ADA, since=0, until=10),
    held(LINUS, "database", since=5),
    held(LINUS, since=7, until=7),
    held(GRACE, "network", since=12),
    held(ADA, since=0, role="scribe"),
)


@pytest.mark.parametrize(
    ("at", "people"),
    [
        (-1, ()),
        (0, (ADA,)),
        (5, (ADA, LINUS)),
        (7, (ADA, LINUS)),
        (9.99, (ADA, LINUS)),
        (10, (LINUS, GRACE)),
        (20, (LINUS, GRACE)),
    ],
)
def test_who_held_a_role_at_a_moment(at: float, people: tuple[PersonKey, ...]) -> None:
    """An interval has its beginning and not its end, so that a handover has one holder."""
    assert holders(ROWS, PILOT, minute(at)) == people


def test_who_holds_a_role_now() -> None:
    """Each person is named once, the longest holder first, whatever the order of the rows."""
    assert holders(ROWS, PILOT) == holders(tuple(reversed(ROWS)), PILOT) == (LINUS, GRACE)


def test_open_intervals_are_given_whole() -> None:
    """Streams and sources can be shown for each."""
    assert [(row.person, row.stream) for row in open_holdings(ROWS, PILOT)] == [
        (LINUS, "database"),
        (GRACE, None),
        (GRACE, "network"),
    ]


def test_intervals_of_a_moment_are_given_whole() -> None:
    """The history of one moment has the same detail as the present."""
    assert [(row.person, row.stream) for row in holdings_at(ROWS, PILOT, minute(6))] == [
        (ADA, None),
        (LINUS, "database"),
    ]


def test_a_role_nobody_ever_held_is_empty() -> None:
    """No rows are nobody."""
    assert holders((), PILOT) == ()
    assert holders(ROWS, RoleKey("other"), minute(5)) == ()


@pytest.mark.parametrize(("now", "instant"), [(20, 20), (12, 12), (11, 12), (-5, 12), (-90, -90)])
def test_a_change_is_never_before_the_last_one(now: float, instant: float) -> None:
    """A clock that is behind makes neither a negative interval nor an overlap."""
    assert instant_of_change(ROWS, PILOT, minute(now)) == minute(instant)
