"""The comparison of shapes sees what it is there to see."""

from __future__ import annotations

import pytest

from tests.contract.shapes import Shape, differences

RECORDED = {"id": "0a671397-1bda-468b-9087-8aa191057af8", "at": "2026-01-01T00:00:00Z", "n": None}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"at": RECORDED["at"], "n": None}, "lacks id"),
        ({**RECORDED, "more": 1}, "never had more"),
        ({**RECORDED, "id": "17"}, "is text, was uuid"),
        ({**RECORDED, "at": "2026-01-01T00:00:00+00:00"}, "ending in +00:00"),
        ({**RECORDED, "n": []}, "is list, was null"),
        ([], "is list, was object"),
    ],
)
def test_a_difference_is_told(answer: object, said: str) -> None:
    """A missing or foreign key, and a value of another kind, is a difference."""
    found = differences(answer, RECORDED, Shape().add(RECORDED))
    assert [each for each in found if said in each]


def test_null_and_value_are_both_good_where_both_were_recorded() -> None:
    """A value that was null in one recording and a text in another may be either."""
    known = Shape().add(RECORDED).add({**RECORDED, "n": "text"})
    assert differences({**RECORDED, "n": "other"}, RECORDED, known) == []


def test_elements_of_lists_share_their_shape() -> None:
    """An empty list fits; a foreign element of a full one does not."""
    recorded = {"data": [{"id": 1}, {"id": None}]}
    known = Shape().add(recorded)
    assert differences({"data": []}, recorded, known) == []
    assert differences({"data": [{"id": 3}]}, recorded, known) == []
    assert differences({"data": [{"id": 3, "more": 1}]}, recorded, known) != []
