"""Files that people name: read up to a limit, written whole, for their owner alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from dd_incident_roles.errors import ConfigurationError, UsageError
from dd_incident_roles.files import MIB, read_limited, write_private
from tests.product import Product


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


def test_what_stands_behind_a_link_is_left_alone(tmp_path: Path) -> None:
    """A link that somebody laid, to a file or to nothing, is refused and not followed."""
    precious, link, dangling = (tmp_path / name for name in ("precious", "link", "dangling"))
    precious.write_text("precious")
    link.symlink_to(precious)
    dangling.symlink_to(tmp_path / "made")
    for each in (link, dangling):
        with pytest.raises(UsageError, match="cannot be written: it is a link") as caught:
            write_private(each, "new")
        assert "- for stdout" in str(caught.value.hint)
        assert each.is_symlink()
    assert precious.read_text() == "precious"
    assert not (tmp_path / "made").exists()


def test_the_other_name_of_a_file_keeps_its_content(tmp_path: Path) -> None:
    """Of a file with two names, as a hard link has it, only the one that was given is replaced."""
    precious, link = tmp_path / "precious", tmp_path / "link"
    precious.write_text("precious")
    link.hardlink_to(precious)
    write_private(link, "new")
    assert (precious.read_text(), link.read_text()) == ("precious", "new")


def test_only_a_regular_file_is_written(tmp_path: Path) -> None:
    """What somebody reads from at the other end, and a device, are refused."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for each, kind in ((pipe, "a pipe"), (Path(os.devnull), "a device"), (tmp_path, "a folder")):
        with pytest.raises(UsageError, match=f"it is {kind}"):
            write_private(each, "new")
    assert pipe.is_fifo()


def test_a_link_laid_in_the_last_moment_is_not_followed(tmp_path: Path) -> None:
    """Between the look and the write nobody can turn it elsewhere: the name is taken over."""
    precious, file = tmp_path / "precious", tmp_path / "out.json"
    precious.write_text("precious")

    def laying() -> Iterator[str]:
        file.symlink_to(precious)
        yield "new"

    write_private(file, laying())
    assert (precious.read_text(), file.read_text()) == ("precious", "new")
    assert not file.is_symlink()


@pytest.mark.parametrize("size", [MIB, MIB + 1])
def test_a_file_is_read_up_to_the_limit(tmp_path: Path, size: int) -> None:
    """One byte more is refused, with the file and the limit."""
    file = tmp_path / "policy.yaml"
    file.write_bytes(b"x" * size)
    if size > MIB:
        with pytest.raises(ConfigurationError, match=r"policy\.yaml: is larger than 1 MiB"):
            read_limited(file, most=MIB)
    else:
        assert len(read_limited(file, most=MIB)) == size


def test_what_never_ends_is_not_read_for_ever() -> None:
    """A device that gives bytes without end is refused after the limit."""
    with pytest.raises(ConfigurationError, match="is larger than 1 MiB"):
        read_limited(Path("/dev/zero"), most=MIB)


LARGE = {
    "policy": (("catalog", "lint"), "DD_INCIDENT_ROLES_POLICY", 1),
    "roles": (("roles", "list"), "DD_INCIDENT_ROLES_ROLES", 1),
    "people": (("catalog", "lint"), "DD_INCIDENT_ROLES_PEOPLE", 1),
    "settings": (("roles", "list"), "DD_INCIDENT_ROLES_CONFIG", 1),
    "snapshot": (("check", "--snapshot"), None, 256),
    "baseline": (("check", "--baseline"), None, 256),
    "import": (("timeline", "import", "1001"), None, 8),
}


@pytest.mark.parametrize("what", LARGE)
def test_every_input_file_has_a_limit(product: Product, tmp_path: Path, what: str) -> None:
    """A file that is too large is named with the limit, and ends the command with 2."""
    command, setting, limit = LARGE[what]
    file = tmp_path / f"{what}.large"
    with file.open("wb") as stream:
        stream.truncate(limit * MIB + 1)  # a hole, which takes no room
    ran = (
        product.run(*command, **{setting: str(file)})
        if setting
        else product.run(*command, str(file))
    )
    assert ran.exit_code == 2, ran.said
    assert f"{what}.large" in ran.said
    assert f"is larger than {limit} MiB" in ran.said


NOWHERE = {"no folder": "absent/out.json", "below a file": "file/out.json"}


@pytest.mark.parametrize("name", NOWHERE.values(), ids=NOWHERE.keys())
def test_where_nothing_can_be_written_is_said(tmp_path: Path, name: str) -> None:
    """The error names the file and the reason, and says what to give instead."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot be written: .+\.$") as caught:
        write_private(tmp_path / name, "new")
    assert "Name a file in a folder" in str(caught.value.hint)
