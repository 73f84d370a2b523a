"""Figures for Prometheus, and log lines for collectors: numbers, and nothing that people wrote."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from dd_incident_roles.sandbox.faults import FaultKind
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.product import API_KEY, APPLICATION_KEY, Clock, Product

MARKED = "marked-text-that-stays-inside"
PREFIX = "dd_incident_roles_"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the figures are written."""
    return tmp_path / "incident_roles.prom"


def read(file: Path) -> dict[str, Metric]:
    """The figures of a file by name, without what is before each of them."""
    families = text_string_to_metric_families(file.read_text("utf-8"))
    return {each.name.removeprefix(PREFIX): each for each in families}


def value(figures: Mapping[str, Metric], name: str, **labels: str) -> float:
    """One figure."""
    [found] = [each.value for each in figures[name].samples if each.labels == labels]
    return found


def test_a_run_leaves_its_figures(
    product: Product, sandbox: Sandbox, file: Path, clock: Clock
) -> None:
    """What was asked, written and found, and how old what is shown can be."""
    product.run("sync")
    product.run("note", "1001", "One note", "--no-sync")
    sandbox.forget_requests()
    assert product.run("sync", "--metrics-file", str(file)).exit_code == 0
    figures = read(file)
    assert value(figures, "requests", system="datadog", status="2xx") == len(
        sandbox.requests.entries
    )
    assert value(figures, "writes", system="datadog") == 1
    assert value(figures, "waiting_incidents") == 0
    assert value(figures, "open_incidents") == 2
    assert value(figures, "runs", result="complete") == 1
    assert 0 <= value(figures, "lag_seconds") < 60
    assert 0 < value(figures, "last_run_duration_seconds") < 60
    began = value(figures, "last_success_timestamp_seconds")
    assert began <= value(figures, "last_run_timestamp_seconds") <= clock().timestamp()
    found = product.run("check", "--format", "json").json()["findings"]
    rules = {each.labels["rule"] for each in figures["findings"].samples}
    assert rules == {each["rule"] for each in found if not each["waived"]}
    assert rules


def test_counts_go_on_from_run_to_run_and_success_from_before_an_outage(
    product: Product, sandbox: Sandbox, file: Path, clock: Clock
) -> None:
    """A job of its own for each run counts like one that stays; its failure does not hide when it
    last succeeded."""
    typed = ("sync", "--metrics-file", str(file))
    product.run(*typed)
    first = read(file)
    clock.move(minutes=5)
    sandbox.fault(FaultKind.HTML, path="/incidents/search", count=None)
    assert product.run(*typed).exit_code == 3
    second = read(file)
    assert value(second, "runs", result="complete") == 1
    assert value(second, "runs", result="incomplete") == 1
    assert value(second, "failures", system="datadog") == 1
    asked = {"system": "datadog", "status": "2xx"}
    assert value(second, "requests", **asked) > value(first, "requests", **asked)
    success = "last_success_timestamp_seconds"
    assert value(second, success) == value(first, success)
    assert value(second, "lag_seconds") >= 300


@pytest.mark.parametrize("figure", ["+Inf", "NaN", "1e300", "-1e18"])
@pytest.mark.parametrize("name", ["runs_total", "last_success_timestamp_seconds"])
def test_figures_that_nobody_can_go_on_from_are_left(
    product: Product, file: Path, name: str, figure: str
) -> None:
    """A damaged file keeps no run from being made, and the file is written anew."""
    kind = "counter" if name == "runs_total" else "gauge"
    sample = f'{PREFIX}{name}{{result="complete"}} {figure}'
    file.write_text(f"# TYPE {PREFIX}{name.removesuffix('_total')} {kind}\n{sample}\n")
    assert product.run("sync", "--metrics-file", str(file)).exit_code == 0
    assert value(read(file), "last_run_timestamp_seconds") > 0


def test_the_file_is_for_everybody_and_whole_at_any_time(
    product: Product, file: Path, tmp_path: Path
) -> None:
    """Another user collects it; a folder that does not exist is told before anything is done."""
    product.run("sync", "--metrics-file", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".inc")] == []
    wrong = product.beside("other.sqlite3").run("sync", "--metrics-file", "/nowhere/x.prom")
    assert wrong.exit_code == 2
    assert "/nowhere/x.prom cannot be written" in wrong.stderr
    assert not (tmp_path / "other.sqlite3").exists()


def test_names_are_as_prometheus_has_them(product: Product, file: Path) -> None:
    """Each figure has a help text and a name with its unit, and no label says who or what."""
    product.run("sync", "--metrics-file", str(file))
    for name, family in read(file).items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name)
        assert family.documentation.endswith("."), name
        assert family.type in {"gauge", "counter"}
        for sample in family.samples:
            assert set(sample.labels) <= {
                *("system", "status", "result", "rule", "level", "version", "python")
            }
            assert sample.name.endswith("_total") == (family.type == "counter")


def test_neither_figures_nor_log_lines_hold_what_people_wrote(
    product: Product, sandbox: Sandbox, file: Path
) -> None:
    """A run with marked texts, names and keys leaves lines with ids and numbers alone."""
    incident = sandbox.declare(f"Title {MARKED}", commander="ana@corp.example")
    sandbox.add_note(incident.public_id, "bo@corp.example", f"A note {MARKED}")
    product.run("sync")
    product.run("note", str(incident.public_id), f"Ours {MARKED}", "--no-sync")
    sandbox.fault(FaultKind.STATUS_BEFORE, method="POST", status=400, count=None)
    typed = ("--log-format", "json", "sync", "--format", "none", "--metrics-file", str(file))
    ran = product.run(*typed)
    assert (ran.exit_code, ran.stdout) == (3, "")
    lines = [json.loads(line) for line in ran.stderr.splitlines() if line.startswith("{")]
    runs = [each for each in lines if each["logger"] == "dd_incident_roles.run"]
    [whole] = [each for each in runs if each["message"] == "run finished"]
    assert whole["exit_code"] == 3
    assert whole["failures"] == 1
    assert whole["seconds"] > 0
    [one] = [each for each in runs if each["message"] == "incident synced"]
    assert (one["incident"], one["target"]) == (incident.public_id, "datadog")
    assert one["run"] == whole["run"]
    for text in (json.dumps(runs), file.read_text("utf-8")):
        for secret in (MARKED, API_KEY, APPLICATION_KEY, "corp.example", "Ana", "One note"):
            assert secret not in text
