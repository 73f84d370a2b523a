"""Switches each safety rule off in turn and shows which test notices: ``make mutants``."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mutants import Mutant
from tests.mutants.entries import ENTRIES
from tests.mutants.policy import POLICY
from tests.mutants.records import RECORDS
from tests.mutants.roles import ROLES

ROOT = Path(__file__).resolve().parents[2]
MUTANTS = (*ROLES, *ENTRIES, *POLICY, *RECORDS)


def main() -> int:
    """Run every mutant, or those whose rule contains one of the words given."""
    wanted = sys.argv[1:]
    chosen = [each for each in MUTANTS if not wanted or any(word in each.rule for word in wanted)]
    survivors = [each for each in chosen if not _is_noticed(each)]
    print(f"\n{len(chosen) - len(survivors)} of {len(chosen)} rules have a test that dies without")
    for each in survivors:
        print(f"SURVIVED: {each.rule} ({each.file})")
    return 1 if survivors else 0


def _is_noticed(mutant: Mutant) -> bool:
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder) / "project"
        shutil.copytree(
            ROOT,
            copy,
            # The bytecode goes along: without it each run of a test compiles everything anew.
            ignore=shutil.ignore_patterns(".git", ".venv", ".*_cache", ".hypothesis", "dist"),
        )
        file = copy / mutant.file
        text = file.read_text(encoding="utf-8")
        if text.count(mutant.before) != 1:
            raise SystemExit(f"{mutant.rule}: its text is not in {mutant.file} exactly once")
        file.write_text(text.replace(mutant.before, mutant.after), encoding="utf-8")
        began = time.monotonic()
        for test in mutant.tests:
            if _fails(copy, test):
                seconds = time.monotonic() - began
                print(f"noticed   {mutant.rule:<66} {test} ({seconds:.0f} s)", flush=True)
                return True
    print(f"SURVIVED  {mutant.rule}", flush=True)
    return False


def _fails(copy: Path, test: str) -> bool:
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:randomly", test],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HYPOTHESIS_PROFILE": "mutants", "PYTHONPATH": str(copy)},
    )
    if finished.returncode not in {0, 1}:
        raise SystemExit(f"{test} could not be run:\n{finished.stdout}{finished.stderr}")
    return finished.returncode == 1


if __name__ == "__main__":
    sys.exit(main())
