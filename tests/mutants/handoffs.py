"""The rules of a handoff: everything or nothing, and with consent; each switched off."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_OPERATIONS = "dd_incident_roles/commands"
_HANDOFF = "tests/endtoend/test_handoff.py"
_HAND_OFF = "tests/commands/test_hand_off.py"
_SWEEP = "tests/commands/test_handoff_sweep.py"
_RULES = "tests/roles/test_handoffs.py"

HANDOFFS = (
    Mutant(
        rule="handoff: who leaves a shared role ends as the other begins",
        file="dd_incident_roles/roles/handoffs.py",
        before="        at=change.begun.since,",
        after="        at=now,",
        tests=(_RULES,),
    ),
    Mutant(
        rule="handoff: the giver leaves a shared role",
        file="dd_incident_roles/roles/handoffs.py",
        before="    if role.holders is Holders.ONE or change.begun is None:",
        after="    if True:",
        tests=(_RULES,),
    ),
    Mutant(
        rule="handoff: another change of the role ends what was proposed",
        file="dd_incident_roles/roles/handoffs.py",
        before="each.role == role.key and (role.is_single or each.stream in touched)",
        after="False",
        tests=(_RULES,),
    ),
    Mutant(
        rule="handoff: what was proposed stands while its giver holds the role",
        file="dd_incident_roles/roles/handoffs.py",
        before="    return people == set() if handoff.giver is None else handoff.giver in people",
        after="    return True",
        tests=(_RULES,),
    ),
    Mutant(
        rule="handoff: an acceptance looks again at who holds the role",
        file=f"{_OPERATIONS}/role_change.py",
        before="        self.expect(state)",
        after="        pass",
        tests=(_HANDOFF,),
    ),
    Mutant(
        rule="handoff: a role is not taken without a reason",
        file=f"{_OPERATIONS}/handoff.py",
        before="        if me is None or me.key != found.person.key:",
        after="        if True:",
        tests=(_HANDOFF,),
    ),
    Mutant(
        rule="handoff: nothing is recorded that cannot be carried at once",
        file=f"{_OPERATIONS}/record_then_sync.py",
        before="        elif or_nothing:",
        after="        elif False:",
        tests=(_HAND_OFF,),
    ),
    Mutant(
        rule="handoff: what Datadog refuses is taken back",
        file=f"{_OPERATIONS}/handoff.py",
        before="    if begun and result and _is_refused(application, begun, result):",
        after="    if False:",
        tests=(_HANDOFF,),
    ),
    Mutant(
        rule="handoff: a lost answer is no refusal",
        file=f"{_OPERATIONS}/handoff.py",
        before="    return not any(each.item in items and each.holder",
        after="    return True or any(each.item in items and each.holder",
        tests=(_SWEEP,),
    ),
    Mutant(
        rule="handoff: what was taken back is said of the past",
        file=f"{_OPERATIONS}/handoff.py",
        before="    if until > begun.since:",
        after="    if False:",
        tests=(_HANDOFF,),
    ),
    Mutant(
        rule="handoff: the entry about what was taken back goes",
        file=f"{_OPERATIONS}/handoff.py",
        before="    if entry is not None:",
        after="    if False:",
        tests=(_HANDOFF,),
    ),
    Mutant(
        rule="handoff: nobody accepts for somebody else",
        file=f"{_OPERATIONS}/handoff_proposals.py",
        before="    if me.key != handoff.receiver:",
        after="    if False:",
        tests=(_HANDOFF,),
    ),
    Mutant(
        rule="handoff: it cannot be accepted after its time",
        file=f"{_OPERATIONS}/handoff_proposals.py",
        before="    if handoff.expires <= application.clock():",
        after="    if False:",
        tests=(_HANDOFF,),
    ),
    Mutant(
        rule="handoff: whoever can no longer accept is told",
        file="dd_incident_roles/roles/handoffs.py",
        before="        if isinstance(each, Decide) and each.outcome is HandoffOutcome.SUPERSEDED",
        after="        if False",
        tests=(_HANDOFF,),
    ),
    Mutant(
        rule="devised role: nobody loses it by dropping it",
        file=f"{_OPERATIONS}/devise.py",
        before="        if held := sorted(holders_of(state.assignments, before.key)):",
        after="        if held := []:",
        tests=("tests/endtoend/test_devised_roles.py",),
    ),
    Mutant(
        rule="handoff: only the first line says who took over",
        file="dd_incident_roles/sync/entries/pair.py",
        before='    headline = text.partition("\\n")[0]',
        after="    headline = text",
        tests=("tests/sync/entries/test_entry_conflicts.py",),
    ),
)
"""Each rule of a handoff with the edit that switches it off."""
