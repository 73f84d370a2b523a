"""``schema`` at the command line."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from dd_incident_roles.cli.catalog import DOCUMENTS, schema
from dd_incident_roles.cli.opening import Invocation
from dd_incident_roles.errors import UsageError


def called(*arguments: str) -> Result:
    return CliRunner().invoke(schema, arguments, obj=Invocation(), standalone_mode=False)


def test_without_a_name_the_documents_are_listed() -> None:
    """One name a line, each of which can be given."""
    done = called()
    assert done.stdout.splitlines() == list(DOCUMENTS)
    assert {"check", "status", "timeline", "sync", "roles", "lint", "explain"} <= set(DOCUMENTS)
    assert done.return_value == 0


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_name_shows_its_schema(name: str) -> None:
    """What is printed is the schema and nothing else."""
    assert json.loads(called(name).stdout)["title"] == name


def test_an_unknown_name_is_an_error_that_lists_the_known_ones() -> None:
    """Whoever mistypes a name reads which there are; a path is no name."""
    for name in ("chek", "../schemas/check"):
        error = called(name).exception
        assert isinstance(error, UsageError)
        assert "check" in str(error.hint)
