"""Faults are gathered in order, whoever finds them, and nothing else is swallowed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dd_incident_roles.errors import ConfigurationError, UsageError
from dd_incident_roles.roles.faults import Faults

ONE, TWO = ConfigurationError("one"), ConfigurationError("two")


def halved(number: int) -> int:
    """Half of an even number."""
    if number % 2:
        raise ConfigurationError(f"{number} is odd")
    return number // 2


def test_what_can_be_read_is_read() -> None:
    """One faulty item leaves the others as they are, each beside what it came to."""
    faults = Faults()
    assert faults.each([4, 5, 6, 7], halved) == ((4, 2), (6, 3))
    assert [fault.problem for fault in faults.found] == ["5 is odd", "7 is odd"]


def test_one_reading_gives_a_value_or_a_fault() -> None:
    """A fault is kept, and nothing stands for the value."""
    faults = Faults()
    assert faults.attempt(lambda: halved(8)) == 4
    assert faults.found == []
    assert faults.attempt(lambda: halved(9)) is None
    assert [fault.problem for fault in faults.found] == ["9 is odd"]


def test_faults_that_somebody_found_are_kept_in_order() -> None:
    """Those that came before another one was raised are not lost."""

    def found() -> Iterator[ConfigurationError]:
        yield ONE
        raise TWO

    faults = Faults()
    faults.note(found())
    assert faults.found == [ONE, TWO]


def test_the_first_fault_is_the_one_that_is_raised() -> None:
    """A reader that must not go on fails with what stands first in the file."""
    Faults().refuse()
    with pytest.raises(ConfigurationError, match="one"):
        Faults(found=[ONE, TWO]).refuse()


def test_another_error_is_no_fault_of_the_file() -> None:
    """Only what names a place of the file is gathered; a bug stays a bug."""

    def broken(_number: int) -> int:
        raise UsageError("no file has this")

    with pytest.raises(UsageError):
        Faults().each([1], broken)
