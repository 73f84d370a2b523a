"""The safety rules of files, each with the edit that switches it off."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_UNWRITABLE = "tests/store/test_unwritable.py"
_SQLITE = "dd_incident_roles/store/sqlite.py"

FILES = (
    Mutant(
        rule="a report is written through no link",
        file="dd_incident_roles/files.py",
        before="    if kind:",
        after="    if False:",
        tests=("tests/test_files.py",),
    ),
    Mutant(
        rule="an input file has a limit",
        file="dd_incident_roles/files.py",
        before="    if len(content) > most:",
        after="    if False:",
        tests=("tests/test_files.py",),
    ),
    Mutant(
        rule="a record is only a regular file",
        file=_SQLITE,
        before="    if kind := other_kind(found.st_mode):",
        after="    if kind := None:",
        tests=(_UNWRITABLE,),
    ),
    Mutant(
        rule="a record never loses a right of its owner",
        file=_SQLITE,
        before="stat.S_IMODE(mode) & ~_OTHERS",
        after="_OWNER_ONLY",
        tests=(_UNWRITABLE,),
    ),
)
