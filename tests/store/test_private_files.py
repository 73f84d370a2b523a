"""Making a file private leaves what SQLite has locked in it locked."""

from __future__ import annotations

import fcntl
import stat
import subprocess
import sys
from pathlib import Path

from dd_incident_roles.store.private_files import make_private

_TRY_LOCK = """
import fcntl, sys
with open(sys.argv[1], "r+b") as stream:
    try:
        fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("locked")
    else:
        print("free")
"""


def test_making_a_file_private_keeps_the_locks_this_process_holds(tmp_path: Path) -> None:
    """Taking rights away opens nothing: closing any descriptor would drop SQLite's own locks."""
    file = tmp_path / "record.db"
    file.write_bytes(b"pages")
    file.chmod(0o644)
    with file.open("r+b") as stream:
        fcntl.lockf(stream, fcntl.LOCK_EX)
        make_private(file)
        tried = subprocess.run(
            [sys.executable, "-c", _TRY_LOCK, str(file)],
            capture_output=True,
            text=True,
            check=True,
        )
    assert tried.stdout == "locked\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
