"""The document of ``explain --format json``."""

from __future__ import annotations

from collections.abc import Iterable

from dd_incident_roles.policy.rule import Rule, Scope
from dd_incident_roles.report.documents.parts import Document, Lasting, Part, RuleId, field
from dd_incident_roles.roles.catalogue import Level


class RuleText(Part):
    """One rule."""

    id: RuleId = field("The id, which never changes its meaning.")
    name: str = field("The name.")
    title: str = field("What it finds.")
    why: str = field("Why that matters.")
    looks_at: str = field("What it looks at.")
    how_to_fix: str = field("What to do about a finding.")
    default_level: Level = field("How grave a finding is, unless the policy says otherwise.")
    grace_seconds: Lasting | None = field(
        "How long it lets something pass, in seconds, unless the policy says otherwise; null where "
        "it has no such time of its own.",
        source="grace",
    )
    scope: Scope = field("What it is asked about.")


class Explain(Document):
    """Rules of ``check``."""

    title = "explain"
    about = "What `explain --format json` writes: rules of `check`."

    rules: list[RuleText] = field("The rule that was named, or all of them.")


def explain_json(rules: Iterable[Rule]) -> str:
    """Rules with all that is said of them."""
    return Explain.of({"rules": list(rules)})
