"""The roles of config/roles.yaml as values: reading them costs a command a tenth of its start.

``make docs`` writes them anew after a change of that file, which is the one to change.
"""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import Final

from dd_incident_roles.model import RoleKey
from dd_incident_roles.roles.catalogue import (
    Catalogue,
    CommanderRole,
    Condition,
    CustomerImpacted,
    Exclusion,
    FieldIs,
    Holders,
    Level,
    NamedRole,
    OpenFor,
    Requirement,
    Role,
    SeverityIs,
    Streams,
)

SHIPPED: Final = Catalogue(
    roles=(
        Role(
            key=RoleKey("incident_manager"),
            title="Incident Manager",
            summary="Leads the incident from start to end, with authority over and responsibility for all of it.",
            responsibilities=(
                "Lead the response and keep everyone focused on restoring the service as fast as possible.",
                "Take whatever action the incident needs, including paging more people in the organisation.",
                "Decide which roles the incident needs, assign them, and devise new ones where the usual set does not fit.",
                "Be the assignee of the incident issue, so that everyone can see who leads.",
                "Keep the chat topic up to date about who holds which role.",
                "In a large or complex incident, bring in a second qualified manager as backup.",
            ),
            holders=Holders.ONE,
            datadog=CommanderRole(),
            aliases=("im", "ic", "commander", "incident commander"),
            excludes=(
                Exclusion(
                    role=RoleKey("tech_lead"),
                    when=Condition(tests=(SeverityIs(values=("SEV-0", "SEV-1", "SEV-2")),)),
                    file="config/roles.yaml",
                    line=47,
                ),
            ),
            required=(
                Requirement(
                    when=Condition(),
                    after=timedelta(seconds=300),
                    level=Level.ERROR,
                    line=49,
                    file="config/roles.yaml",
                ),
            ),
        ),
        Role(
            key=RoleKey("first_responder"),
            title="First Responder",
            summary="The person or team that the alert reaches first.",
            responsibilities=(
                "Take the alert and judge its impact.",
                "Start the incident process if it is a P1 or a P2.",
                "Resolve the problem, or support the team that it is escalated to.",
            ),
            holders=Holders.MANY,
            datadog=NamedRole(name="First Responder"),
            aliases=("fr", "responder"),
            required=(
                Requirement(
                    when=Condition(tests=(SeverityIs(values=("SEV-0", "SEV-1", "SEV-2")),)),
                    after=timedelta(seconds=300),
                    level=Level.WARNING,
                    line=62,
                    file="config/roles.yaml",
                ),
            ),
        ),
        Role(
            key=RoleKey("tech_lead"),
            title="Tech Lead",
            summary="A senior technical responder who runs the technical side, together with the Incident Manager.",
            responsibilities=(
                "Form theories about what is broken and why, and have them tested.",
                "Decide which changes are made, and lead the technical team while they are.",
                "Keep the Incident Manager and the others up to date.",
                "Write down the main theories and actions for the postmortem.",
                "Page more responders and experts on the affected parts.",
                "Take part in the postmortem.",
            ),
            holders=Holders.ONE,
            datadog=NamedRole(name="Tech Lead"),
            aliases=("tl",),
            streams=Streams.OPTIONAL,
            required=(
                Requirement(
                    when=Condition(tests=(SeverityIs(values=("SEV-0", "SEV-1", "SEV-2")),)),
                    after=timedelta(seconds=600),
                    level=Level.ERROR,
                    line=79,
                    file="config/roles.yaml",
                ),
            ),
        ),
        Role(
            key=RoleKey("communications_manager"),
            title="Communications Manager",
            summary="Communicates about the incident inside and outside; experienced in public communication, often from support or public relations.",
            responsibilities=(
                "Write and send all messages about the incident, in the organisation and in public.",
                "Collect the answers of customers.",
                "Keep executives and other senior stakeholders informed.",
            ),
            holders=Holders.ONE,
            datadog=NamedRole(name="Communications Manager"),
            aliases=("cm", "comms"),
            streams=Streams.OPTIONAL,
            suggested_streams=("internal", "external"),
            required=(
                Requirement(
                    when=Condition(tests=(SeverityIs(values=("SEV-0", "SEV-1")),)),
                    after=timedelta(seconds=900),
                    level=Level.ERROR,
                    line=94,
                    file="config/roles.yaml",
                ),
                Requirement(
                    when=Condition(tests=(CustomerImpacted(value=True),)),
                    after=timedelta(seconds=900),
                    level=Level.ERROR,
                    line=95,
                    file="config/roles.yaml",
                ),
                Requirement(
                    when=Condition(tests=(FieldIs(name="public_relations", values=(True,)),)),
                    after=timedelta(seconds=900),
                    level=Level.ERROR,
                    line=96,
                    file="config/roles.yaml",
                ),
            ),
        ),
        Role(
            key=RoleKey("customer_support_lead"),
            title="Customer Support Lead",
            summary="Makes sure that customers who ask about the incident get a good answer in time.",
            responsibilities=(
                "Make sure that every ticket, call and public post about the incident is answered promptly and well.",
                "Tell the responders what customers report.",
            ),
            holders=Holders.ONE,
            datadog=NamedRole(name="Customer Support Lead"),
            aliases=("csl", "support"),
            required=(
                Requirement(
                    when=Condition(tests=(CustomerImpacted(value=True),)),
                    after=timedelta(seconds=900),
                    level=Level.ERROR,
                    line=108,
                    file="config/roles.yaml",
                ),
            ),
        ),
        Role(
            key=RoleKey("scribe"),
            title="Scribe",
            summary="Writes down what happens in the incident and what is done about it.",
            responsibilities=(
                "Keep the timeline of the incident as it unfolds.",
                "Note who took part, what they did, and the facts that matter later.",
            ),
            holders=Holders.ONE,
            datadog=NamedRole(name="Scribe"),
            required=(
                Requirement(
                    when=Condition(tests=(SeverityIs(values=("SEV-0", "SEV-1", "SEV-2")),)),
                    after=timedelta(seconds=600),
                    level=Level.ERROR,
                    line=119,
                    file="config/roles.yaml",
                ),
            ),
        ),
        Role(
            key=RoleKey("backup_incident_manager"),
            title="Backup Incident Manager",
            summary="A second qualified manager beside the Incident Manager in a large or complex incident.",
            responsibilities=(
                "Check the Incident Manager's judgement with a fresh mind.",
                "Take over single tasks, such as the timeline, so that the Incident Manager is free for the rest.",
            ),
            holders=Holders.ONE,
            datadog=NamedRole(name="Backup Incident Manager"),
            aliases=("backup", "deputy"),
            required=(
                Requirement(
                    when=Condition(
                        tests=(
                            SeverityIs(values=("SEV-0", "SEV-1")),
                            OpenFor(length=timedelta(seconds=7200)),
                        )
                    ),
                    after=timedelta(seconds=0),
                    level=Level.WARNING,
                    line=131,
                    file="config/roles.yaml",
                ),
            ),
        ),
    ),
    file="config/roles.yaml",
    priorities=MappingProxyType({"P1": ("SEV-0", "SEV-1"), "P2": ("SEV-2",)}),
)
