"""IR014: roles that only one of the two sides knows, Datadog or the catalogue."""

from __future__ import annotations

from collections.abc import Iterator

from dd_incident_roles.policy.facts import Facts, known
from dd_incident_roles.policy.finding import Breach, Evidence, SeenIn
from dd_incident_roles.policy.listing import listed
from dd_incident_roles.policy.rule import Rule, RuleTerms
from dd_incident_roles.policy.wording import subject
from dd_incident_roles.roles.catalogue import Level

_FIX = "dd-incident-roles roles list"


def _evaluate(facts: Facts, terms: RuleTerms) -> Iterator[Breach]:
    sides = known(facts.datadog_roles)
    if unknown := sorted(set(sides.unknown)):
        yield Breach(
            message=(
                f"Datadog shows roles in {subject(facts)} that the catalogue does not know: "
                f"{listed(unknown)}; add them to the catalogue, or rename them in Datadog."
            ),
            since=terms.now,
            fix=_FIX,
            evidence=tuple(
                Evidence(what=f"a role is called {name}", seen_in=SeenIn.DATADOG)
                for name in unknown
            ),
        )
    if undefined := [role for role in facts.catalogue.roles if role.key in sides.undefined]:
        yield Breach(
            level=Level.NOTE,
            message=(
                f"Datadog does not define roles of the catalogue for {subject(facts)}: "
                f"{listed(role.title for role in undefined)}; it cannot show who holds them."
            ),
            since=terms.now,
            fix=_FIX,
            # Findings are told apart by their role, and the one above has none.
            role=undefined[0].key,
            evidence=tuple(
                Evidence(what=f"no role is called {role.title}", seen_in=SeenIn.DATADOG)
                for role in undefined
            ),
        )


ROLE_UNKNOWN = Rule(
    id="IR014",
    name="role-unknown",
    title="Datadog and the role catalogue do not know the same roles",
    why=(
        "Whoever holds a role that the catalogue does not know is seen by no other rule; a role "
        "that Datadog does not define cannot be shown or given there."
    ),
    looks_at=(
        "The names of the roles that Datadog shows in the incident, and the roles of the catalogue "
        "that Datadog should define and does not; the latter are only a note."
    ),
    how_to_fix=(
        "Compare with what the catalogue knows: dd-incident-roles roles list. Add an unknown role "
        "to the role catalogue, or rename it in Datadog to what the catalogue calls it; define a "
        "missing one in Datadog's settings of incidents."
    ),
    default_level=Level.WARNING,
    evaluate=_evaluate,
)
"""Fires once for the roles that the catalogue lacks, and once for those that Datadog lacks."""
