"""Decides which people to propose for a role, without input or output; assigns nobody."""
