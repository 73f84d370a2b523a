"""Run a command and print as JSON how many calls it made, in all of its threads, and statements."""

from __future__ import annotations

import json
import sys
import threading
from contextlib import redirect_stdout, suppress
from io import StringIO
from types import FrameType

from dd_incident_roles.cli.main import main
from tests.product import count_statements


def count(arguments: list[str]) -> dict[str, int]:
    """The counts of one command, that of loading the program included in none of them."""
    calls = 0

    def called(_frame: FrameType, kind: str, _argument: object) -> None:
        nonlocal calls
        calls += kind in {"call", "c_call"}

    with redirect_stdout(StringIO()), suppress(SystemExit), count_statements() as statements:
        threading.setprofile(called)
        sys.setprofile(called)
        try:
            main(arguments)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
    return {"calls": calls, "statements": len(statements)}


if __name__ == "__main__":
    print(json.dumps(count(sys.argv[1:])))
