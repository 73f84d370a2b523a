"""Stands in for the program: notes what it was asked, and answers as the plan beside it says.

The plan gives, for ``snapshot``, ``sync`` and each form of the report, an exit code and the text
that goes to ``--output`` or else to stdout; without a text nothing is written.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

KEYS = ("DD_API_KEY", "DD_APP_KEY")


def option(arguments: list[str], name: str) -> str | None:
    """The value of an option that is given as ``--name=value``."""
    found = [each.partition("=")[2] for each in arguments if each.startswith(f"--{name}=")]
    return found[-1] if found else None


def answer(folder: Path, arguments: list[str]) -> int:
    """Do what the plan says, and return the exit code."""
    asked = {"argv": arguments, "keys": [key for key in KEYS if key in os.environ]}
    with (folder / "calls.jsonl").open("a", encoding="utf-8") as calls:
        calls.write(json.dumps(asked) + "\n")
    plan = json.loads((folder / "plan.json").read_text("utf-8"))
    command = next(each for each in arguments if not each.startswith("-"))
    code, text = plan[option(arguments, "format") or command]
    output = option(arguments, "output")
    if text is not None and output is not None:
        Path(output).write_text(text, encoding="utf-8")
    elif text is not None:
        sys.stdout.write(text + "\n")
    return int(code)


if __name__ == "__main__":
    sys.exit(answer(Path(sys.argv[1]), sys.argv[2:]))
