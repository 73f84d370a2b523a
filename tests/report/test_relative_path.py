"""Files are named as a reader of the repository knows them."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from dd_incident_roles.report.workflow import relative_path
from dd_incident_roles.words import shorten

ROOT = PurePosixPath("/home/ci/repo")


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("config/policy.yaml", "config/policy.yaml"),
        ("./config/policy.yaml", "config/policy.yaml"),
        ("/home/ci/repo/config/a.yaml", "config/a.yaml"),
        ("/home/ci/repository/a.yaml", "/home/ci/repository/a.yaml"),
        ("/etc/a b.yaml", "/etc/a b.yaml"),
    ],
)
def test_a_file_below_the_root_is_relative(file: str, path: str) -> None:
    """Only a file below the root loses it."""
    assert relative_path(file, ROOT).as_posix() == path


def test_a_text_is_cut_to_its_length() -> None:
    """The ellipsis counts, and a text that fits is left alone."""
    assert shorten("abcd", 4) == "abcd"
    assert shorten("abcde", 4) == "abc…"
