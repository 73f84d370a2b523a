"""Values behave as frozen dataclasses with slots do."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError, dataclass, field, fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import pytest

from dd_incident_roles.values import frozen

V = TypeVar("V")


@frozen
class Ours(Generic[V]):
    """A value of every kind of field."""

    name: V
    label: str = field(default="none", compare=False)
    secret: str = field(default="none", repr=False)
    more: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({"a": 1}))
    own: list[int] = field(default_factory=list, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs(Generic[V]):
    """The same as the standard library makes it."""

    name: V
    label: str = field(default="none", compare=False)
    secret: str = field(default="none", repr=False)
    more: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({"a": 1}))
    own: list[int] = field(default_factory=list, compare=False)


@frozen(kw_only=False, order=True)
class Place:
    """A value that has an order, and is given by place."""

    row: int
    column: int = 0


@frozen
class Nothing:
    """A value without fields."""


KINDS: list[Any] = [Ours, Theirs]


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_is_what_the_standard_library_makes(kind: Any) -> None:
    """Fields, defaults, equality, what is shown, copies with a change, and no way to alter one."""
    value = kind(name="x", label="l", secret="s")
    assert value == kind(name="x", label="other", secret="s") != kind(name="x")
    assert repr(value).replace(kind.__name__, "") == (
        "(name='x', label='l', more=mappingproxy({'a': 1}), own=[])"
    )
    assert replace(value, secret="t") == kind(name="x", secret="t")
    assert kind(name="x").own is not kind(name="x").own
    assert [part.name for part in fields(kind)] == ["name", "label", "secret", "more", "own"]
    assert not hasattr(value, "__dict__")
    with pytest.raises(FrozenInstanceError):
        value.name = "y"
    with pytest.raises(FrozenInstanceError):
        del value.name
    for wrong in ({}, {"name": "x", "title": "y"}):
        with pytest.raises(TypeError):
            kind(**wrong)
    with pytest.raises(TypeError):
        kind("x")
    assert is_dataclass(kind)


def test_values_have_hashes_and_orders_where_asked() -> None:
    """Equal ones have one hash; values of two kinds are never equal; order goes field by field."""
    assert {Place(1), Place(1, 0), Place(1, column=2)} == {Place(1), Place(1, 2)}
    assert Place(1, 9) < Place(2) <= Place(2) < Place(2, 1)
    assert Place(1).__eq__(Ours(name=1)) is NotImplemented
    assert sorted([Place(2), Place(1)], reverse=True) == [Place(2), Place(1)]
    assert Nothing() == Nothing() != object()
    assert hash(Nothing()) == hash(Nothing())
    with pytest.raises(TypeError):
        assert Nothing() < Nothing()  # type: ignore[operator]


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy])
def test_a_copy_is_equal(again: Callable[[object], object]) -> None:
    """Values can be copied, and what holds them."""
    assert again(Place(1, 2)) == Place(1, 2)
