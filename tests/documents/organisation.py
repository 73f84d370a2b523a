"""The teams and rotations of the organisation in which the documents ask whom to ask."""

from __future__ import annotations

from dd_incident_roles.sandbox.sandbox import Sandbox

ANA, BO, CAROL = "ana@corp.example", "bo@corp.example", "carol@corp.example"
DAN, EVE, FAY = "dan@corp.example", "eve@corp.example", "fay@corp.example"


def staff(sandbox: Sandbox) -> None:
    """Put Carol on call, with Eve who only watches, and the others into a team."""
    sandbox.add_person(FAY, "Fay", status="Disabled")
    sandbox.add_team("Incident Managers", ANA, BO, FAY)
    sandbox.add_team("SRE", CAROL, DAN, EVE)
    sandbox.set_on_call("SRE", primary=(CAROL, EVE), escalations=((DAN,),))
    sandbox.add_schedule("SRE", "SRE", layers={"Primary": (CAROL,), "Shadows": (EVE,)})
