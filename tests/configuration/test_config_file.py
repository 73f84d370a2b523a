"""A YAML file is read strictly, and what is wrong with it is said with its place."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.configuration.config_file import ConfigFile, open_file, parse_yaml, path_text
from dd_incident_roles.configuration.forms import Form, Text
from dd_incident_roles.errors import ConfigurationError


class Note(Form):
    """A form with one text."""

    a: Text


def read(content: bytes) -> ConfigFile:
    """A file of this content."""
    return ConfigFile("f", parse_yaml(content, file="f"))


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", None, "is empty"),
        (b"# only a comment\n", None, "is empty"),
        (b"a: 1\na: 2\n", 2, "twice"),
        (b"a:\n  b: 1\n  'b': 2\n", 3, "twice"),
        (b"a: &x 1\n", 1, "anchors"),
        (b"a: &x [1]\nb: *x\n", 1, "anchors"),
        (b"b: *x\n", 1, "anchors"),
        (b"a: !!python/object:os.system {}\n", 1, "tags"),
        (b"a: !!str 1\n", 1, "tags"),
        (b"a: !own 1\n", 1, "tags"),
        (b"? [a]\n: 1\n", 1, "must be text"),
        (b"? {a: b}\n: 1\n", 1, "must be text"),
        (b"'': 1\n", 1, "must be text"),
        (b"a: 1\n---\nb: 2\n", 2, "second document"),
        (b"a: [1, 2\nb: 3\n", 2, "expected ',' or ']'"),
        (b"a: 1\n\tb: 2\n", 2, "cannot start"),
        (b"a: 1\nb: @c\n", 2, "cannot start"),
        (b"a: 1\nb: \xff\n", 2, "UTF-8"),
        (b"a: 1\nb: \x07\n", 2, "control character"),
        (b"a: " + b"[" * 200 + b"]" * 200, 1, "nested"),
        (b"a: '" + b"x" * (1024 * 1024) + b"'", None, "larger than"),
    ],
)
def test_what_yaml_must_not_have_is_refused(
    tmp_path: Path, content: bytes, line: int | None, message: str
) -> None:
    """Faults of notation name the file and the line."""
    path = tmp_path / "file.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        open_file(path, "")
    assert (caught.value.file, caught.value.line) == (str(path), line)
    assert message in caught.value.problem


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("5m", "5m"),
        ("017", 17),
        ("-3", -3),
        ("1.5", 1.5),
        ("1e5", "1e5"),
        (".inf", ".inf"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("<<", "<<"),
    ],
)
def test_values_are_what_they_look_like(text: str, value: object) -> None:
    """Words stay words: only true and false are truths, and no text turns into a date."""
    found = read(f"a: {text}\n".encode()).value("a")
    assert found == value
    assert type(found) is type(value)


def test_each_value_has_its_place() -> None:
    """The way to a value leads to the line of its key."""
    file = read(b"a:\n  - x: 1\n    y:\n      z: 2\n  - 3\n")
    assert {path_text(loc): part.line for loc, part in file.parts.items()} == {
        **{"": 1, "a": 1, "a[0]": 2, "a[0].x": 2, "a[0].y": 3, "a[0].y.z": 4, "a[1]": 5}
    }
    assert file.value("a", 0, "y", "z") == 2
    assert file.value("a", 2) is None


def test_an_error_shows_no_raw_control_character() -> None:
    """What a terminal would obey is escaped in keys and values, and long values are cut."""
    file = read(b'"a\\eb": "c\\ed' + b"x" * 500 + b'"\na: b\n')
    assert file.read(Note) is None
    (problem,) = file.problems
    assert "\x1b" not in str(problem)
    assert len(str(problem)) < 200


def test_a_file_with_a_byte_order_mark_is_read() -> None:
    """Editors that begin a file with a mark do no harm."""
    assert read(b"\xef\xbb\xbfa: 1\r\n").value("a") == 1


def test_white_space_in_a_text_counts_as_one_space() -> None:
    """Folded and broken lines give one line."""
    assert read(b"a: >\n  one\n  two\n\n  three\n").read(Note) == Note(a="one two three")


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_content_is_read_or_refused(content: bytes) -> None:
    """No content ends in anything but values or a ConfigurationError."""
    with suppress(ConfigurationError):
        assert () in parse_yaml(content, file="f")


def test_a_tab_is_refused_by_every_parser() -> None:
    """The fast parser would allow a tab here; a file means one thing wherever it is read."""
    with pytest.raises(ConfigurationError, match="that cannot start any token"):
        parse_yaml(b"roles:\n  one: \t[pilot,\n\tscribe]\n", file="roles.yaml")
