"""Checks of a local Datadog in every format, and how many findings each format tells of."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree as ET

from tests.product import Product, Ran
from tests.report.readers import rendered

POLICY = "DD_INCIDENT_ROLES_POLICY"
"""The setting that names the policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingCounts:
    """How many findings stand, how many a waiver covers, and how many a baseline knows."""

    standing: int
    waived: int = 0
    known: int = 0


def today() -> date:
    """The day that it is, in UTC."""
    return datetime.now(UTC).date()


def waiver(
    *, rule: str, expires: date, incident: object = "all", role: str | None = None
) -> Mapping[str, object]:
    """A waiver as the policy file has it, written a fortnight before it ends."""
    narrowed = {} if role is None else {"role": role}
    return {
        "rule": rule,
        "incident": incident,
        **narrowed,
        "reason": "The night shift has one person less.",
        "owner": "eve@corp.example",
        "created": (expires - timedelta(days=14)).isoformat(),
        "expires": expires.isoformat(),
    }


def policy_file(
    folder: Path,
    *,
    waivers: Iterable[Mapping[str, object]] = (),
    **parts: object,
) -> dict[str, str]:
    """Write a policy, one key a line, and return the setting that names it."""
    file = folder / "policy.yaml"
    lines = ["version: 1", *(f"{name}: {json.dumps(part)}" for name, part in parts.items())]
    lines += ["waivers:", *(f"  - {json.dumps(each)}" for each in waivers)]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return {POLICY: str(file)}


def findings(ran: Ran, rule: str | None = None) -> list[Any]:
    """The findings of a document of ``check --format json``, of one rule or of all."""
    return [each for each in ran.json()["findings"] if rule in (None, each["rule"])]


def check_json(product: Product, *arguments: str, **settings: str) -> Ran:
    """A check as a document."""
    return product.run("check", *arguments, "--format", "json", **settings)


def count_findings(shape: str, text: str) -> FindingCounts:
    """Count the findings in the report of one format."""
    return _COUNTED[shape](text)


def _text(text: str) -> FindingCounts:
    level = re.compile(r"  (error|warning|note) IR\d{3} ")
    lines = [line for line in text.splitlines() if level.match(line)]
    waived = [line for line in lines if "(waived by " in line]
    known = [line for line in lines if "(known) " in line and line not in waived]
    return _counts(len(lines), len(waived), len(known))


def _json(text: str) -> FindingCounts:
    document = json.loads(text)
    rows = document["findings"]
    waived = [row for row in rows if row["waived"]]
    known = [row for row in rows if row["baseline"] == "existing" and not row["waived"]]
    assert document["waived"] == len(waived)
    return _counts(len(rows), len(waived), len(known))


def _sarif(text: str) -> FindingCounts:
    [run] = json.loads(text)["runs"]
    rows = run["results"]
    waived = [row for row in rows if row["suppressions"]]
    known = [
        row for row in rows if row.get("baselineState") == "unchanged" and not row["suppressions"]
    ]
    return _counts(len(rows), len(waived), len(known))


def _junit(text: str) -> FindingCounts:
    # What these tests parse they have written themselves.
    root = ET.fromstring(text)  # noqa: S314
    skipped = [each.get("message", "") for each in root.iter("skipped")]
    return FindingCounts(
        standing=len(list(root.iter("failure"))) + len(list(root.iter("system-out"))),
        waived=sum(message.startswith("waived by ") for message in skipped),
        known=sum(message == "known from the baseline" for message in skipped),
    )


def _github(text: str) -> FindingCounts:
    plain = " ".join(line for line in text.splitlines() if not line.startswith("::"))
    return FindingCounts(
        standing=len(annotated(text)),
        waived=_number(plain, "waived"),
        known=_number(plain, "known"),
    )


def annotated(text: str) -> list[str]:
    """The lines of a log that are annotations."""
    return [line for line in text.splitlines() if line.startswith("::")]


def _markdown(text: str) -> FindingCounts:
    rows = {
        head.split(maxsplit=1)[0]: len(rendered(f"### {head}\n{body}").rows) - 1
        for head, _, body in (part.partition("\n") for part in text.split("\n### ")[1:])
        if "| --- |" in body
    }
    return FindingCounts(
        standing=rows.get("Findings", 0), waived=rows.get("Waived", 0), known=rows.get("Known", 0)
    )


def _number(text: str, word: str) -> int:
    found = re.search(rf"; (\d+) {word}\b", text)
    return int(found[1]) if found else 0


def _counts(rows: int, waived: int, known: int) -> FindingCounts:
    return FindingCounts(standing=rows - waived - known, waived=waived, known=known)


_COUNTED: Mapping[str, Callable[[str], FindingCounts]] = MappingProxyType(
    {
        "text": _text,
        "json": _json,
        "sarif": _sarif,
        "junit": _junit,
        "github": _github,
        "markdown": _markdown,
    }
)

FORMATS = tuple(_COUNTED)
