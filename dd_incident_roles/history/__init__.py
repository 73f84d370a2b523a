"""The history of an incident's roles: who held what when, by whom it is known, and what lacks."""
