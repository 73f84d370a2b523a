"""Files are named as a reader of the repository knows them."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from dd_incident_roles.report.relative_path import relative_path, relative_uri
from dd_incident_roles.words import shorten

ROOT = PurePosixPath("/home/ci/repo")


@pytest.mark.parametrize(
    ("file", "path", "uri"),
    [
        ("config/policy.yaml", "config/policy.yaml", "config/policy.yaml"),
        ("./config/policy.yaml", "config/policy.yaml", "config/policy.yaml"),
        ("/home/ci/repo/config/a.yaml", "config/a.yaml", "config/a.yaml"),
        ("/home/ci/repository/a.yaml", "/home/ci/repository/a.yaml", None),
        ("/etc/a b.yaml", "/etc/a b.yaml", "file:///etc/a%20b.yaml"),
        ("a b#c?.yaml", "a b#c?.yaml", "a%20b%23c%3F.yaml"),
        ("c:odd.yaml", "c:odd.yaml", "c%3Aodd.yaml"),
    ],
)
def test_a_file_below_the_root_is_relative(file: str, path: str, uri: str | None) -> None:
    """Only a file below the root loses it; a URI is escaped, and absolute where it must be."""
    assert relative_path(file, ROOT).as_posix() == path
    assert relative_uri(file, ROOT) == (uri or f"file://{path}")


def test_a_text_is_cut_to_its_length() -> None:
    """The ellipsis counts, and a text that fits is left alone."""
    assert shorten("abcd", 4) == "abcd"
    assert shorten("abcde", 4) == "abc…"
