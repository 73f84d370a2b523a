"""What is built for others to install: whole, with nothing else in it, and described rightly."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.metadata import Metadata

from dd_incident_roles import __version__

ROOT = Path(__file__).parents[1]
PACKAGE = "dd_incident_roles"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def built(root: Path, target: str, folder: Path) -> Path:
    """The one file that is built from a tree."""
    command = (sys.executable, "-m", "hatchling", "build", "--target", target)
    subprocess.run(
        [*command, "--directory", str(folder)], cwd=root, check=True, capture_output=True
    )
    [file] = folder.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return file


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree that comes out of the source distribution."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(built(ROOT, "sdist", folder)) as packed:
        packed.extractall(folder, filter="data")
    return folder / f"{PACKAGE}-{__version__}"


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """The files in the wheel that is built from it."""
    with ZipFile(built(sdist, "wheel", tmp_path_factory.mktemp("wheel"))) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_the_wheel_has_everything_and_nothing_else(wheel: Mapping[str, bytes]) -> None:
    """Every file of the package as it is here, the files of the configuration, and no test."""
    package = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in (ROOT / PACKAGE).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    config = {
        f"{PACKAGE}/config/{path.name}": path.read_bytes() for path in (ROOT / "config").iterdir()
    }
    about = f"{PACKAGE}-{__version__}.dist-info"
    described = {name for name in wheel if name.startswith(about)}
    assert {name: wheel[name] for name in wheel.keys() - described} == {**package, **config}
    for name in ("py.typed", "report/board/board.html", "report/board/board.css"):
        assert f"{PACKAGE}/{name}" in wheel
    assert f"{about}/licenses/LICENSE" in described
    programs = wheel[f"{about}/entry_points.txt"].decode()
    assert set(PROJECT["scripts"]) == {"ddir", "dd-incident-roles"}
    assert all(f"{name} = {where}" in programs for name, where in PROJECT["scripts"].items())


def test_the_description_is_valid(wheel: Mapping[str, bytes]) -> None:
    """An index takes it, and it names the Pythons, the licence and every extra."""
    text = wheel[f"{PACKAGE}-{__version__}.dist-info/METADATA"]
    metadata = Metadata.from_email(text, validate=True)
    assert (metadata.name, str(metadata.version)) == ("dd-incident-roles", __version__)
    assert metadata.license_expression == "Apache-2.0"
    assert str(metadata.requires_python) == ">=3.11"
    assert metadata.description_content_type == "text/markdown"
    assert set(metadata.provides_extra or ()) == set(PROJECT["optional-dependencies"])


def test_the_source_distribution_can_be_built_and_tested(sdist: Path) -> None:
    """What packagers need is in it: tests, documents, locks, the Makefile; and nothing built."""
    names = {path.name for path in sdist.iterdir()}
    assert {"tests", "docs", "requirements", "config", "Makefile", "LICENSE"} <= names
    assert not {".venv", "dist", "build", ".git"} & names


def test_one_extra_has_all_the_others() -> None:
    """Whoever wants everything types one word."""
    extras = PROJECT["optional-dependencies"]
    [everything] = extras["all"]
    named = everything.partition("[")[2].rstrip("]").split(",")
    assert set(named) == extras.keys() - {"all"}
