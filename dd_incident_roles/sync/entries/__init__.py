"""Timeline entries in sync: identity, canonical form, the decision table, and the plan."""
