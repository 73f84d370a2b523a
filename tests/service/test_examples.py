"""The examples of docs/schedule.md and the Dockerfile: each runs a command line that exists."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from dd_incident_roles.cli.main import command_line
from dd_incident_roles.cli.options import Invocation
from dd_incident_roles.service.server import parse_address
from dd_incident_roles.settings import SECRET_FILES, VARIABLES
from tests.documents.pages import DOCS, ROOT, fenced

PAGE = (DOCS / "schedule.md").read_text("utf-8")
UNITS = fenced(PAGE, "ini")
SERVICES = [unit for unit in UNITS if "[Service]" in unit]
WORKLOADS = [yaml.safe_load(text) for text in fenced(PAGE, "yaml")]
ANALYZE = shutil.which("systemd-analyze")
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")


def parse(words: list[str]) -> dict[str, object]:
    """The options of a command line, as the program reads them; fails for one that is wrong."""
    command = command_line.get_command(click.Context(command_line, obj=Invocation()), "sync")
    assert command
    # The options of the program are taken after its command as well.
    options = [word for word in words if word != "sync"]
    assert len(options) == len(words) - 1
    parent = click.Context(command_line, obj=Invocation())
    return dict(command.make_context("sync", options, parent=parent).params)


def pod(workload: dict[str, Any]) -> dict[str, Any]:
    """What a workload runs."""
    spec = workload["spec"]
    if workload["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    found = spec["template"]["spec"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("unit", SERVICES)
def test_a_unit_runs_what_exists(unit: str) -> None:
    """Its command line is read as it is meant, and systemd sets no limit that a run breaks."""
    [line] = re.findall(r"(?m)^ExecStart=\S+/dd-incident-roles (.*)$", unit)
    read = parse(line.split())
    assert (read["watch"] is None) == ("Type=oneshot" in unit)
    if read["listen"]:
        parse_address(str(read["listen"]))
    for setting in ("NoNewPrivileges=yes", "ProtectSystem=strict", "DynamicUser=yes"):
        assert setting in unit
    assert "/var/lib/dd-incident-roles/" in unit
    assert "StateDirectory=dd-incident-roles" in unit


@pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    """No setting is misspelled."""
    for number, unit in enumerate(UNITS):
        # A timer is of the service before it.
        name = "job0.timer" if "[Timer]" in unit else f"job{number}.service"
        program = shutil.which("true") or "/bin/true"
        (tmp_path / name).write_text(re.sub(r"(?m)^(Exec\w+)=\S+", rf"\1={program}", unit))
        said = subprocess.run(
            [ANALYZE or "", "verify", "--man=no", str(tmp_path / name)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        ours = [line for line in said.stderr.splitlines() if "job" in line]
        assert ours == []


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda each: each["kind"])
def test_a_workload_runs_what_exists_with_no_rights(workload: dict[str, Any]) -> None:
    """Not as root, on a root file system that it cannot write, with keys from files."""
    spec = pod(workload)
    [container] = spec["containers"]
    read = parse(container["args"])
    assert (read["watch"] is None) == (workload["kind"] == "CronJob")
    assert spec["securityContext"]["runAsNonRoot"]
    assert f"USER {spec['securityContext']['runAsUser']}:" in DOCKERFILE
    rights = container["securityContext"]
    assert (rights["readOnlyRootFilesystem"], rights["allowPrivilegeEscalation"]) == (True, False)
    assert rights["capabilities"] == {"drop": ["ALL"]}
    mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    assert set(mounts) == {each["name"] for each in spec["volumes"]}
    assert mounts["record"] == "/record"
    known = {*VARIABLES.values(), *SECRET_FILES.values()}
    assert {each["name"] for each in container["env"]} <= known
    assert not {each["name"] for each in container["env"]} & {
        VARIABLES[name] for name in SECRET_FILES
    }
    for probe in ("startupProbe", "livenessProbe"):
        if probe in container:
            # While Datadog is down, a restart helps nobody.
            assert container[probe]["httpGet"] == {"path": "/livez", "port": "http"}
    if read["listen"]:
        [port] = container["ports"]
        assert parse_address(str(read["listen"])).port == port["containerPort"]


def instructions() -> Iterator[tuple[str, str]]:
    """What the Dockerfile says, one after the other."""
    text = re.sub(r"(?m)^#.*\n", "", DOCKERFILE).replace("\\\n", "")
    for line in filter(None, text.splitlines()):
        word, _, rest = line.partition(" ")
        yield word, rest.strip()


def test_the_image_runs_what_exists_with_no_rights() -> None:
    """Its last stage adds the program to the base, and nothing to build with."""
    said = list(instructions())
    last = max(number for number, (word, _) in enumerate(said) if word == "FROM")
    stage = said[last:]
    found = dict(stage)
    assert json.loads(found["ENTRYPOINT"]) == ["dd-incident-roles"]
    read = parse(json.loads(found["CMD"]))
    assert read["watch"]
    port = parse_address(str(read["listen"])).port
    assert f":{port}/livez" in found["HEALTHCHECK"]
    assert found["USER"] == "10001:10001"
    assert not any("pip" in rest for word, rest in stage if word == "RUN")
    copied = [rest for word, rest in stage if word == "COPY"]
    assert copied == ["--from=build /app /app"]
    assert all(":" in rest for word, rest in said if word == "FROM")


def test_the_image_is_given_nothing_but_what_it_is_built_of() -> None:
    """No record, key or history of the folder gets into a layer."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"
    let_in = {line[1:].split("/")[0] for line in patterns if line.startswith("!")}
    assert let_in == {
        *("pyproject.toml", "README.md", "LICENSE", "requirements", "config"),
        "dd_incident_roles",
    }
