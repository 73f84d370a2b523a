"""The teams and rotations of the organisation in which the documents ask whom to ask."""

from __future__ import annotations

from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.sandbox.acts import add_schedule, add_team, set_on_call

ANA, BO, CAROL = "ana@corp.example", "bo@corp.example", "carol@corp.example"
DAN, EVE, FAY = "dan@corp.example", "eve@corp.example", "fay@corp.example"


def staff(sandbox: Sandbox) -> None:
    """Put Carol on call, with Eve who only watches, and the others into a team."""
    sandbox.add_person(FAY, "Fay", status="Disabled")
    add_team(sandbox, "Incident Managers", ANA, BO, FAY)
    add_team(sandbox, "SRE", CAROL, DAN, EVE)
    set_on_call(sandbox, "SRE", primary=(CAROL, EVE), escalations=((DAN,),))
    add_schedule(sandbox, "SRE", "SRE", layers={"Primary": (CAROL,), "Shadows": (EVE,)})
