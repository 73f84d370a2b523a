"""The steps from one schema of the record to the next; alembic runs them, and only adds to them."""
