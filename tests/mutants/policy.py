"""The rules of ``check``, each with the edits that turn it around or stop its clock."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_RULES = "dd_incident_roles/policy/rules"
_POLICY = "dd_incident_roles/policy"
_COVERAGE = "tests/policy/test_clock.py"
_PRIVATE = "tests/policy/test_private_incidents.py"
_COVERAGE_GAP = "tests/policy/test_ir040_coverage_gap.py"


def _of_rule(rule: str, name: str, *edits: tuple[str, str, str]) -> tuple[Mutant, ...]:
    """Mutants of one rule that its own cases must notice; each edit has a name of its own."""
    return tuple(
        Mutant(
            rule=f"{rule} {what}",
            file=f"{_RULES}/{rule.lower()}_{name}.py",
            before=before,
            after=after,
            tests=(f"tests/policy/test_{rule.lower()}_{name}.py", _PRIVATE),
        )
        for what, before, after in edits
    )


def _overdue(rule: str, name: str) -> tuple[Mutant, ...]:
    """Mutants of a vacancy, which two rules share; the cases of each of the two must notice."""
    before = "        if since + demand.requirement.after <= now:"
    edits = (
        ("inverted", before, before.replace("<=", ">")),
        ("without a clock", before, "        if True:"),
        (
            "a handover has no grace",
            "        since = max(demand.since, facts.vacancies.get(role.key, demand.since))",
            "        since = demand.since",
        ),
    )
    return tuple(
        Mutant(
            rule=f"{rule} {what}",
            file=f"{_RULES}/ir010_role_vacant.py",
            before=old,
            after=new,
            tests=(f"tests/policy/test_{rule.lower()}_{name}.py",),
        )
        for what, old, new in edits
    )


_GRACE_PASSED = "    if since + context.grace > context.now:"

POLICY = (
    *_overdue("IR001", "no_incident_manager"),
    *_of_rule(
        "IR001",
        "no_incident_manager",
        ("whoever holds it", "    if not facts.is_held(", "    if facts.is_held("),
    ),
    *_of_rule(
        "IR002",
        "incident_manager_not_a_person",
        ("inverted", "        if found:", "        if not found:"),
        (
            "without a clock",
            "        if holding.since + context.grace > context.now:",
            "        if False:",
        ),
        (
            "the commander unseen",
            "    if commander and commander.key not in seen:",
            "    if False:",
        ),
    ),
    *_of_rule(
        "IR003",
        "incident_manager_by_default",
        (
            "inverted",
            "    if not _declared_it(facts, manager.person):",
            "    if _declared_it(facts, manager.person):",
        ),
        ("without a clock", _GRACE_PASSED, "    if False:"),
        (
            "taking it by name is no sign",
            "        manager.source.is_wish\n        or ",
            "        ",
        ),
        ("a note is no sign", "        or _wrote(facts, manager.person)\n", ""),
        ("giving roles is no sign", "        or _gave_roles(facts, manager)\n", ""),
    ),
    *_of_rule(
        "IR004",
        "incident_manager_disagrees",
        (
            "inverted",
            "    if any(not one.keys & other.keys",
            "    if not any(not one.keys & other.keys",
        ),
        ("without a clock", _GRACE_PASSED, "    if False:"),
        (
            "a conflict is told twice",
            "    if not namings or is_disputed:",
            "    if not namings:",
        ),
    ),
    *_of_rule(
        "IR005",
        "assignment_conflict",
        (
            "inverted",
            "        if dispute.since + context.grace <= context.now:",
            "        if dispute.since + context.grace > context.now:",
        ),
        (
            "without a clock",
            "        if dispute.since + context.grace <= context.now:",
            "        if True:",
        ),
    ),
    *_overdue("IR010", "role_vacant"),
    *_of_rule(
        "IR010",
        "role_vacant",
        ("whoever holds it", "        if role.key in held:", "        if role.key not in held:"),
    ),
    *_of_rule(
        "IR011",
        "role_overheld",
        ("inverted", "len(holders) > 1 and", "len(holders) <= 1 and"),
        (
            "without a clock",
            "len(holders) > 1 and holders[1].since + context.grace <= context.now",
            "len(holders) > 1",
        ),
    ),
    *_of_rule(
        "IR012",
        "roles_exclude",
        (
            "inverted",
            "each.since + context.grace <= context.now",
            "each.since + context.grace > context.now",
        ),
        (
            "without a clock",
            " if each.since + context.grace <= context.now]",
            "]",
        ),
        (
            "the condition's clock ignored",
            "return max(self.both_since, self.condition.since)",
            "return self.both_since",
        ),
        (
            "anybody beside anybody",
            "                if person in others:",
            "                if others:",
        ),
    ),
    *_of_rule(
        "IR013",
        "holder_unavailable",
        (
            "inverted",
            "holding.person.key not in facts.responders",
            "holding.person.key in facts.responders",
        ),
        (
            "accounts inverted",
            "        if account is not Account.PERSON:",
            "        if account is Account.PERSON:",
        ),
        ("the clock of absence ignored", " or since + context.grace > context.now", ""),
        (
            "the clock of holding ignored",
            "        if holding.since + context.grace > context.now:",
            "        if False:",
        ),
    ),
    *_of_rule(
        "IR014",
        "role_unknown",
        ("inverted", "if role.key in roles", "if role.key not in roles"),
        ("unknown roles passed over", "    if unknown:", "    if not unknown:"),
        ("one person passed over", "    if undefined or narrow:", "    if undefined:"),
        (
            "not connected is clean",
            "    roles = known(facts.datadog_roles)",
            "    roles = facts.datadog_roles\n"
            "    if not isinstance(roles, DatadogRoles):\n        return",
        ),
    ),
    *_of_rule(
        "IR015",
        "handoff_pending",
        (
            "inverted",
            "        if proposal.expires <= context.now:",
            "        if proposal.expires > context.now:",
        ),
        ("without a clock", "        if proposal.expires <= context.now:", "        if True:"),
    ),
    *_of_rule(
        "IR016",
        "write_refused",
        ("nothing found", "in facts.refused:", "in ():"),
        ("Datadog's words in a log", '"" if facts.is_redacted else f', "f"),
    ),
    *_of_rule(
        "IR020",
        "topic_stale",
        (
            "inverted",
            "if _shown(topic, role) != _held(facts, role)]",
            "if _shown(topic, role) == _held(facts, role)]",
        ),
        (
            "without a clock",
            "if since + context.grace <= context.now:",
            "if since <= context.now:",
        ),
    ),
    *_of_rule(
        "IR021",
        "assignee_stale",
        ("inverted", "if manager.person.key in {", "if manager.person.key not in {"),
        (
            "the issue's clock ignored",
            "since = max(manager.since, issue.since)",
            "since = manager.since",
        ),
        ("without a clock", "    if since + context.grace <= context.now:", "    if True:"),
    ),
    *_of_rule(
        "IR030",
        "timeline_silent",
        (
            "inverted",
            "if _quiet_since(each, last_note) <= longest]",
            "if _quiet_since(each, last_note) > longest]",
        ),
        (
            "without a clock",
            "    longest = context.now - context.grace",
            "    longest = context.now",
        ),
        ("asked of everybody", "    if not required:\n        return\n", ""),
    ),
    *_of_rule(
        "IR040",
        "coverage_gap",
        ("inverted", "    if not was_watched(facts):", "    if was_watched(facts):"),
        (
            "what nobody watched is no gap",
            "        if any(found.unwatched for _, found in replayed):",
            "        if False:",
        ),
    ),
    Mutant(
        rule="IR040 without a clock",
        file=f"{_POLICY}/clock.py",
        before="if each.length > after)",
        after="if each.length)",
        tests=(_COVERAGE_GAP, _COVERAGE),
    ),
    Mutant(
        rule="IR040 a closed stretch is no gap",
        file=f"{_POLICY}/clock.py",
        before="        is_asked = seen.is_open or closed_too",
        after="        is_asked = True",
        tests=(_COVERAGE_GAP, _COVERAGE),
    ),
    Mutant(
        rule="a late first look measures nothing",
        file=f"{_POLICY}/clock.py",
        before=" or watched - declared > SOON_ENOUGH",
        after="",
        tests=(_COVERAGE,),
    ),
    Mutant(
        rule="a condition that may hold is not passed over",
        file=f"{_POLICY}/clock.py",
        before="    responders = MANY if facts.responders is None else",
        after="    responders = 0 if facts.responders is None else",
        tests=("tests/policy/test_ir012_roles_exclude.py",),
    ),
)
"""Every rule that finds something in an incident: turned around, and with its clock stopped."""
