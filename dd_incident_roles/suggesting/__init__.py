"""Whom to propose for a role, decided without looking anywhere; nobody is ever assigned."""
