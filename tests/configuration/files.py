"""Files of a small organisation, and the rules that its policy can name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from dd_incident_roles.configuration.policy_file import load_policy
from dd_incident_roles.configuration.roles_file import load_catalogue
from dd_incident_roles.policy.policy import Policy
from dd_incident_roles.policy.rules.ir001_no_incident_manager import NO_INCIDENT_MANAGER
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.policy.rules.ir09x_of_the_engine import (
    NOT_EVALUATED,
    WAIVER_EXPIRED,
    WAIVER_UNUSED,
)

TODAY = date(2026, 11, 10)

PATIENT = replace(NO_INCIDENT_MANAGER, id="IR003", name="patient-rule", grace=timedelta(minutes=10))
"""A rule with a grace of its own."""

RULES = {
    rule.id: rule
    for rule in (
        NO_INCIDENT_MANAGER,
        PATIENT,
        ROLE_VACANT,
        WAIVER_EXPIRED,
        WAIVER_UNUSED,
        NOT_EVALUATED,
    )
}

CATALOGUE = load_catalogue()

POLICY = """\
version: 1
rules:
  IR001: {level: warning}
  patient-rule: {level: note, grace: 15m}
  IR010: {level: off}
private_incidents: shown
requirements:
  scribe:
    - {when: {severity: [P1]}, after: 5m, level: error}
  comms: []
exclusions:
  - {roles: [im, scribe], when: {severity: [P1]}}
waivers:
  - rule: IR001
    incident: 1001
    role: tech_lead
    stream: Database
    when: {severity: P2}
    reason: Nobody is awake.
    owner: ada@corp.example
    created: 2026-11-01
    expires: 2026-12-01
    link: https://issues.corp.example/77
"""

ROLES = """\
version: 1
priorities: {P1: [SEV-1], P2: [SEV-2]}
roles:
  - key: incident_manager
    title: Incident Manager
    aliases: [im]
    summary: Leads.
    responsibilities: [Lead.]
    holders: one
    datadog: commander
  - key: tech_lead
    title: Tech Lead
    aliases: [tl]
    summary: Repairs.
    responsibilities: [Repair.]
    holders: one
    streams: optional
    suggested_streams: [database]
    datadog: {role: Tech Lead}
    excludes: [incident_manager]
    required:
      - {when: {severity: [P1]}, after: 5m, level: error}
"""

PEOPLE = """\
version: 1
people:
  ada:
    email: ada@corp.example
    name: Ada Example
    datadog: ada.handle
    github: ada-hub
    gitlab: ada.lab
    slack: U01ADA
  grace:
    email: grace@corp.example
"""


def written(folder: Path, name: str, text: str) -> Path:
    """A file of this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder: Path, text: str) -> Policy:
    """The policy of a file with this text."""
    path = written(folder, "policy.yaml", text)
    return load_policy(path, catalogue=CATALOGUE, rules=RULES, today=TODAY)
