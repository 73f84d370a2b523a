"""What the sandbox remembers, as values and tables, and the acts that change it."""
