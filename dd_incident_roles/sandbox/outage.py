"""The seed that needs no file: a checkout outage, and a smaller incident beside it."""

from __future__ import annotations

from datetime import timedelta

from dd_incident_roles.sandbox.sandbox import Sandbox

PEOPLE = (
    ("ana@corp.example", "Ana"),
    ("bo@corp.example", "Bo"),
    ("carol@corp.example", "Carol"),
    ("dan@corp.example", "Dan"),
    ("eve@corp.example", "Eve"),
)
ROLES = (
    ("First Responder", False),
    ("Tech Lead", False),
    ("Communications Manager", False),
    ("Customer Support Lead", True),
    ("Scribe", True),
    ("Backup Incident Manager", True),
)


def outage(sandbox: Sandbox) -> None:
    """Fills the sandbox with five people, the roles of the catalogue and two incidents.

    1001 is a SEV-1 of 40 minutes ago with Ana as commander, 1002 a SEV-3 of 3 hours ago that
    nobody has taken.
    """
    now = sandbox.world.clock()
    for email, name in PEOPLE:
        sandbox.add_person(email, name)
    for role, is_single in ROLES:
        sandbox.define_role(role, is_single=is_single)
    sandbox.declare(
        "Checkout fails for most customers",
        severity="SEV-1",
        commander="ana@corp.example",
        by="bo@corp.example",
        customer_impacted=True,
        public_id=1001,
        at=now - timedelta(minutes=40),
    )
    sandbox.declare(
        "Nightly report is late",
        severity="SEV-3",
        by="carol@corp.example",
        public_id=1002,
        at=now - timedelta(hours=3),
    )
