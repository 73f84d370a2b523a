"""``python -m dd_incident_roles``: the program, where its command is not on the path."""

from __future__ import annotations

from dd_incident_roles.cli.main import main

if __name__ == "__main__":
    main()
