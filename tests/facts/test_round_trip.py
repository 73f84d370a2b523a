"""A snapshot that is written and read again is the same, and is judged the same."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from math import inf
from pkgutil import iter_modules

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.facts.redaction import redact
from dd_incident_roles.facts.snapshot_file import load_snapshot
from dd_incident_roles.model import Incident, PersonKey
from dd_incident_roles.policy import rules
from dd_incident_roles.policy.facts import Account, Facts
from dd_incident_roles.policy.judge import Question, judge
from dd_incident_roles.policy.policy import Finding, NotEvaluated, Rule, Scope, Verdict
from tests.facts.any_facts import (
    CATALOGUE_OF_FIELDS,
    KEPT,
    any_facts,
    read,
    several_facts,
    snapshot,
    texts,
    written,
)
from tests.policy.cases import POLICY, at, facts, incident

gaps = st.lists(
    st.builds(
        NotEvaluated, incident=st.none() | st.integers(1, 2000) | st.just("IR-7"), reason=texts
    ),
    max_size=2,
)

EVERY_RULE = tuple(
    value
    for module in iter_modules(rules.__path__)
    for value in vars(import_module(f"{rules.__name__}.{module.name}")).values()
    if isinstance(value, Rule)
)
"""Every rule that is written, be it in use or not."""


def verdict(*of: Facts, scope: Scope = Scope.OPEN) -> Verdict:
    """What a check two hours after the declaration comes to."""
    question = Question(rules=EVERY_RULE, now=at(120), policy=POLICY, scope=scope)
    return judge(question, of)


def core(finding: Finding) -> tuple[object, ...]:
    """What a finding says beside its words."""
    return (finding.rule, finding.level, finding.since, finding.incident)


@given(of=several_facts, unread=gaps, shows_private=st.booleans())
def test_what_is_read_is_what_was_written(
    of: tuple[Facts, ...], unread: list[NotEvaluated], shows_private: bool
) -> None:
    """Every fact comes back, but what redaction took, and but whether private ones are shown."""
    before = snapshot(*of, unread=unread)
    expected = replace(
        before,
        incidents=tuple(
            replace(redact(each, KEPT), shows_private=shows_private and not each.is_redacted)
            for each in of
        ),
    )
    assert read(written(before), shows_private=shows_private) == expected


@given(of=several_facts, scope=st.sampled_from([Scope.OPEN, Scope.CLOSED]))
def test_the_verdict_is_the_same_offline(of: tuple[Facts, ...], scope: Scope) -> None:
    """Judging what was read gives the verdict of the live facts, to the letter where both show."""
    offline = read(written(snapshot(*of))).incidents
    assert verdict(*offline, scope=scope) == verdict(
        *(redact(each, KEPT) for each in of), scope=scope
    )
    live, found = verdict(*of, scope=scope), verdict(*offline, scope=scope)
    assert Counter(map(core, found.findings)) == Counter(map(core, live.findings))
    assert found.evaluated == live.evaluated


@given(of=any_facts)
def test_redacting_twice_changes_nothing(of: Facts) -> None:
    """A snapshot of a snapshot is the same again."""
    once = redact(of, KEPT)
    assert redact(once, KEPT) == once
    text = written(snapshot(of))
    assert written(read(text)) == text


@given(of=several_facts)
def test_the_text_is_plain_lines(of: tuple[Facts, ...]) -> None:
    """One incident a line, in ASCII, with nothing in it that commands a CI log."""
    text = written(snapshot(*of))
    assert text.isascii()
    assert "##[" not in text
    assert not any(line.startswith("::") for line in text.splitlines())
    lines = [line for line in text.splitlines() if line.startswith('{"id"')]
    assert [json.loads(line.rstrip(","))["id"] for line in lines] == [
        each.incident.id for each in of
    ]


def test_a_command_in_a_title_is_escaped_and_comes_back() -> None:
    """A title that would command a CI log does so neither in the file nor is it lost."""
    title = "##[error]x\n::warning::\x1b]0;y\x07\ud800"
    text = written(snapshot(facts(incident(title=title))))
    assert "##[" not in text
    assert "\\n::warning" in text
    assert read(text).incidents[0].incident.title == title


def test_half_of_a_surrogate_pair_in_a_key_comes_back() -> None:
    """Who it is is kept to the letter, whatever letters Datadog has accepted."""
    about = replace(facts(), accounts={PersonKey("ada\ud800"): Account.PERSON})
    assert read(written(snapshot(about))).incidents[0].accounts == about.accounts


def test_a_number_that_json_lacks_is_kept_as_text() -> None:
    """An infinite number, which Datadog's own JSON can spell, does not break the file."""
    about: Incident = replace(incident(), fields={"load": inf})
    assert read(written(snapshot(facts(about)))).incidents[0].incident.fields == {"load": "inf"}


def test_times_are_exact_and_in_utc() -> None:
    """Microseconds survive, and an offset is read as the same instant."""
    about = replace(incident(), declared=at(1) + timedelta(microseconds=7))
    text = written(snapshot(facts(about)))
    assert '"declared":"2026-01-01T14:01:00.000007Z"' in text
    moved = text.replace("2026-01-01T14:01:00.000007Z", "2026-01-01T16:01:00.000007+02:00")
    assert moved != text
    assert read(moved).incidents[0].incident.declared.isoformat().endswith("14:01:00.000007+00:00")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_of_powershell_is_read(encoding: str) -> None:
    """What a shell of Windows redirects into a file starts with a mark, and is read too."""
    text = written(snapshot(facts()))
    found = load_snapshot(
        lambda: text.encode(encoding),
        file="f",
        catalogue=CATALOGUE_OF_FIELDS,
        shows_private=False,
    )
    assert len(found.incidents) == 1
