"""Every rule there is, by its id; a rule that is not in this table does not exist."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dd_incident_roles.policy.rule import Rule
from dd_incident_roles.policy.rules.ir001_no_incident_manager import NO_INCIDENT_MANAGER
from dd_incident_roles.policy.rules.ir002_incident_manager_not_a_person import (
    INCIDENT_MANAGER_NOT_A_PERSON,
)
from dd_incident_roles.policy.rules.ir003_incident_manager_by_default import (
    INCIDENT_MANAGER_BY_DEFAULT,
)
from dd_incident_roles.policy.rules.ir004_incident_manager_disagrees import (
    INCIDENT_MANAGER_DISAGREES,
)
from dd_incident_roles.policy.rules.ir005_assignment_conflict import ASSIGNMENT_CONFLICT
from dd_incident_roles.policy.rules.ir010_role_vacant import ROLE_VACANT
from dd_incident_roles.policy.rules.ir011_role_overheld import ROLE_OVERHELD
from dd_incident_roles.policy.rules.ir012_roles_exclude import ROLES_EXCLUDE
from dd_incident_roles.policy.rules.ir013_holder_unavailable import HOLDER_UNAVAILABLE
from dd_incident_roles.policy.rules.ir014_role_unknown import ROLE_UNKNOWN
from dd_incident_roles.policy.rules.ir015_handoff_pending import HANDOFF_PENDING
from dd_incident_roles.policy.rules.ir016_write_refused import WRITE_REFUSED
from dd_incident_roles.policy.rules.ir020_topic_stale import TOPIC_STALE
from dd_incident_roles.policy.rules.ir021_assignee_stale import ASSIGNEE_STALE
from dd_incident_roles.policy.rules.ir030_timeline_silent import TIMELINE_SILENT
from dd_incident_roles.policy.rules.ir040_coverage_gap import COVERAGE_GAP
from dd_incident_roles.policy.rules.ir090_waiver_expired import WAIVER_EXPIRED
from dd_incident_roles.policy.rules.ir091_waiver_unused import WAIVER_UNUSED
from dd_incident_roles.policy.rules.ir099_not_evaluated import NOT_EVALUATED

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        rule.id: rule
        for rule in (
            NO_INCIDENT_MANAGER,
            INCIDENT_MANAGER_NOT_A_PERSON,
            INCIDENT_MANAGER_BY_DEFAULT,
            INCIDENT_MANAGER_DISAGREES,
            ASSIGNMENT_CONFLICT,
            ROLE_VACANT,
            ROLE_OVERHELD,
            ROLES_EXCLUDE,
            HOLDER_UNAVAILABLE,
            ROLE_UNKNOWN,
            HANDOFF_PENDING,
            WRITE_REFUSED,
            TOPIC_STALE,
            ASSIGNEE_STALE,
            TIMELINE_SILENT,
            COVERAGE_GAP,
            WAIVER_EXPIRED,
            WAIVER_UNUSED,
            NOT_EVALUATED,
        )
    }
)
"""The rules in the order of their ids."""
