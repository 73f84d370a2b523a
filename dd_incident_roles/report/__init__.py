"""What a run has to say, for a person at a terminal or for a script."""
