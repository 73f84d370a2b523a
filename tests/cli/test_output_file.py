"""Files with names in them: whole or not at all, and for their owner alone."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dd_incident_roles.cli.output_file import write_private
from dd_incident_roles.errors import UsageError
from tests.cli.conftest import product, running
from tests.endtoend.product import Product

__all__ = ["product", "running"]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("content", ["ä\nb\n", iter(["ä\n", "b\n"])], ids=["whole", "pieces"])
def test_a_new_file_is_for_its_owner(tmp_path: Path, content: str | Iterator[str]) -> None:
    """A text is written whole, with or without pieces, and nobody else may read it."""
    file = tmp_path / "out.json"
    write_private(file, content)
    assert file.read_bytes() == "ä\nb\n".encode()
    assert mode(file) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    """What is replaced had a mode of its own, which does not live on."""
    file = tmp_path / "out.json"
    file.write_text("old")
    file.chmod(0o644)
    write_private(file, "new")
    assert (file.read_text(), mode(file)) == ("new", 0o600)


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    """Where the content breaks off, the old file stands, and nothing lies beside it."""

    def breaking_off() -> Iterator[str]:
        yield "half"
        raise RuntimeError

    file = tmp_path / "out.json"
    file.write_text("old")
    with pytest.raises(RuntimeError):
        write_private(file, breaking_off())
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_the_old_file_stands_while_the_new_one_is_written(tmp_path: Path) -> None:
    """Whoever reads meanwhile reads the old content, and never half of the new."""
    file = tmp_path / "out.json"
    file.write_text("old")
    seen = []

    def looking() -> Iterator[str]:
        yield "n" * 100_000
        seen.append(file.read_text())
        yield "ew"

    write_private(file, looking())
    assert seen == ["old"]
    assert file.read_text().endswith("new")


@pytest.mark.parametrize("command", [("check", "--format", "json"), ("snapshot",)])
def test_a_dash_is_stdout(
    product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """`--output -` writes to stdout, as elsewhere, and makes no file of that name."""
    monkeypatch.chdir(tmp_path)
    ran = product.run(*command, "1001", "--output", "-")
    assert ran.json()["schema"].startswith("dd-incident-roles/")
    assert not (tmp_path / "-").exists()


def test_a_link_goes_on_pointing(tmp_path: Path) -> None:
    """Behind a link the file that it points to is replaced, and not the link."""
    file, link = tmp_path / "real.json", tmp_path / "link.json"
    file.write_text("old")
    link.symlink_to(file)
    write_private(link, "new")
    assert link.is_symlink()
    assert file.read_text() == "new"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    """What is no plain file, such as a pipe or /dev/stdout, is not replaced."""
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_private(pipe, "new")
    reader.join()
    assert read == ["new"]
    assert pipe.is_fifo()


NOWHERE = {"no folder": "absent/out.json", "a folder": ".", "below a file": "file/out.json"}


@pytest.mark.parametrize("name", NOWHERE.values(), ids=NOWHERE.keys())
def test_where_nothing_can_be_written_is_said(tmp_path: Path, name: str) -> None:
    """The error names the file and the reason, and says what to give instead."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot be written: .+\.$") as caught:
        write_private(tmp_path / name, "new")
    assert "--output" in str(caught.value.hint)
