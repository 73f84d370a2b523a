"""What ``check`` says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from dd_incident_roles.policy.finding import NotEvaluated, Waived
from dd_incident_roles.policy.level import FailOn
from dd_incident_roles.policy.rules.no_incident_manager import NO_INCIDENT_MANAGER
from dd_incident_roles.policy.rules.not_evaluated import NOT_EVALUATED
from dd_incident_roles.policy.rules.role_vacant import ROLE_VACANT
from dd_incident_roles.policy.verdict import Verdict
from dd_incident_roles.report.check_json import check_json
from dd_incident_roles.report.check_text import check_text
from dd_incident_roles.roles.catalogue import Level
from tests.policy.cases import at, facts, incident, verdict_of
from tests.report.cases import HOSTILE, parsed, printed

NOW = at(60)
RULES = (NO_INCIDENT_MANAGER, ROLE_VACANT, NOT_EVALUATED)


def check(title: str = "Checkout down", *, private: bool = False) -> Verdict:
    return verdict_of(RULES, [facts(incident(title=title, private=private))], NOW)


def test_the_document_has_the_agreed_form() -> None:
    """Every field of the check document is there, under its name."""
    whole = check()
    verdict = replace(
        whole,
        findings=whole.findings[:1],
        not_evaluated=(NotEvaluated(incident=1002, reason="No answer."),),
        skipped_tests=1,
    )
    assert parsed(check_json(verdict, NOW)) == {
        "schema": "dd-incident-roles/check/1",
        "evaluated": 1,
        "now": "2026-01-01T15:00:00Z",
        "findings": [
            {
                "rule": "IR001",
                "name": "no-incident-manager",
                "level": "error",
                "incident": {
                    "id": "00000000-0000-0000-0000-000000001001",
                    "public_id": 1001,
                    "title": "Checkout down",
                },
                "role": "incident_manager",
                "stream": None,
                "message": 'Nobody is Incident Manager of IR-1001 "Checkout down" (SEV-1), '
                "open for 1 hour; one was due after 5 minutes.",
                "since": "2026-01-01T14:00:00Z",
                "fix": "dd-incident-roles assign 1001 im PERSON",
                "fingerprint": whole.findings[0].fingerprint,
                "waived": None,
            }
        ],
        "not_evaluated": [{"incident": 1002, "reason": "No answer."}],
        "skipped": {"test": 1, "closed": 0},
    }


def test_each_finding_comes_with_its_fix_and_the_sum_comes_last() -> None:
    """A person reads the level, the rule, what is wrong and what to type."""
    lines = printed(check_text(check())).splitlines()
    assert [line.split(" of ")[0] for line in lines] == [
        "error IR001 Nobody is Incident Manager",
        "  fix: dd-incident-roles assign 1001 im PERSON",
        "error IR010 Nobody is Scribe",
        "  fix: dd-incident-roles assign 1001 scribe PERSON",
        "1 incident checked; 2 errors.",
    ]


def test_a_clean_check_says_how_much_it_looked_at() -> None:
    """Clean is told apart from having looked at nothing."""
    clean = Verdict(findings=(), not_evaluated=(), evaluated=4)
    nothing = Verdict(findings=(), not_evaluated=(), evaluated=0, skipped_closed=2)
    assert printed(check_text(clean)) == "4 incidents checked; nothing found.\n"
    assert printed(check_text(nothing)) == (
        "0 incidents checked; nothing found; 2 closed passed over.\n"
    )


def test_what_could_not_be_looked_at_is_said() -> None:
    """An incident that could not be read is named, and the check does not call the rest fine."""
    gap = NotEvaluated(incident=1002, reason="Datadog answered 403")
    verdict = Verdict(findings=(), not_evaluated=(gap,), evaluated=1, skipped_tests=1)
    assert printed(check_text(verdict)).splitlines() == [
        "not evaluated IR-1002: Datadog answered 403",
        "1 incident checked; nothing found; 1 not evaluated; 1 test passed over.",
        "Not everything could be looked at, so nothing here says that the rest is fine.",
    ]


def test_a_waived_finding_is_shown_and_counted_apart() -> None:
    """A waiver hides nothing: the finding stays, with its reason and its end."""
    waived = Waived(reason="small team", owner="ada@corp.example", expires=date(2026, 2, 1))
    finding = replace(check().findings[0], level=Level.WARNING, waived=waived)
    verdict = Verdict(findings=(finding,), not_evaluated=(), evaluated=1)
    lines = printed(check_text(verdict)).splitlines()
    assert lines[0].startswith("warning IR001 (waived by ada@corp.example) Nobody is")
    assert lines[1:] == [
        "  until 2026-02-01: small team",
        "1 incident checked; nothing found; 1 waived.",
    ]
    assert '"expires": "2026-02-01"' in check_json(verdict, NOW)
    assert verdict.exit_code(FailOn.WARNING) == 0


def test_a_hostile_title_forges_no_line() -> None:
    """A title cannot add a finding, a workflow command or a colour to the log."""
    text = printed(check_text(check(HOSTILE)))
    assert len(text.splitlines()) == 5
    assert not any(line.startswith("::") for line in text.splitlines())
    assert "\x1b" not in text
    assert "##[" not in text


def test_a_private_incident_is_named_by_its_number_alone() -> None:
    """Neither form tells the title of a private incident."""
    verdict = check("Secret deal", private=True)
    assert "Secret" not in printed(check_text(verdict)) + check_json(verdict, NOW)
    assert "IR-1001 (private)" in printed(check_text(verdict))
