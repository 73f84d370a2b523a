"""The schema of SARIF 2.1.0 by OASIS, where it lies beside the repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft4Validator

_FILE = Path(__file__).parents[3] / "shared" / "reference" / "sarif-schema-2.1.0.json"


def sarif_complaints(text: str) -> list[str]:
    """What a log breaks of the schema; skips the test when there is none."""
    if not _FILE.exists():
        pytest.skip("The schema of SARIF is not beside this repository.")
    validator = Draft4Validator(
        json.loads(_FILE.read_text("utf-8")), format_checker=Draft4Validator.FORMAT_CHECKER
    )
    return [
        f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(text))
    ]
