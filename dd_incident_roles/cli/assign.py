"""``assign``, ``unassign``, ``handoff``, ``link``, ``unlink``: what people change in an incident.

Each is one short command, and a sentence that says what is now true.
"""

from __future__ import annotations

from datetime import timedelta

import click
from click.core import ParameterSource

from dd_incident_roles.cli import opening, options, output
from dd_incident_roles.errors import UsageError
from dd_incident_roles.words import did_you_mean

# Words and no commands: click has no group that is a command as well.
ANSWERS = ("accept", "decline")


@click.command()
@click.argument("incident")
@click.argument("role")
@click.argument("person")
@options.stream_option
@options.no_sync_option
@click.pass_context
def assign(
    context: click.Context,
    incident: str,
    role: str,
    person: str,
    stream: str | None,
) -> int:
    """Give PERSON a ROLE in INCIDENT, here and in Datadog.

    A role for one person changes hands: whoever held it gives way at the same instant. Datadog
    mails a new responder and invites them to the incident's channel, so PERSON must match exactly.
    What the role is responsible for is said on stderr.
    """
    # Imported here, as in all commands: help must not wait for Datadog's client.
    from dd_incident_roles.commands.assign import assign_role

    with opening.application_of(context) as application:
        changed = assign_role(application, incident, role, person, stream=stream)
        return output.report_role_change(context, application, changed)


@click.command()
@click.argument("incident")
@click.argument("role")
@click.argument("person", required=False)
@options.stream_option
@options.no_sync_option
@click.pass_context
def unassign(
    context: click.Context,
    incident: str,
    role: str,
    person: str | None,
    stream: str | None,
) -> int:
    """Take ROLE in INCIDENT from its holder, here and in Datadog.

    PERSON can be left out where only one person holds the role. They stay a responder.
    """
    from dd_incident_roles.commands.assign import unassign_role

    with opening.application_of(context) as application:
        changed = unassign_role(application, incident, role, person, stream=stream)
        return output.report_role_change(context, application, changed)


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[accept|decline] INCIDENT ROLE [PERSON]")
@click.option(
    "--to",
    "receiver",
    metavar="PERSON",
    help="Who takes the role over; the same as PERSON behind ROLE.",
)
@options.stream_option
@click.option("--note", metavar="TEXT", help="What the receiver has to know; heads the brief.")
@click.option(
    "--propose", is_flag=True, help="Ask PERSON first; nothing changes until they accept."
)
@click.option(
    "--within",
    type=options.DURATION,
    default="10m",
    show_default=True,
    metavar="DURATION",
    help="How long PERSON has to accept what is proposed.",
)
@click.option("--force", is_flag=True, help="Take the role although its holder cannot be asked.")
@click.option("--reason", metavar="TEXT", help="Why it is taken; needed with --force.")
@options.no_sync_option
@click.pass_context
def handoff(
    context: click.Context,
    words: tuple[str, ...],
    receiver: str | None,
    stream: str | None,
    note: str | None,
    propose: bool,
    within: timedelta,
    force: bool,
    reason: str | None,
) -> int:
    """Hand ROLE in INCIDENT over to PERSON, here and in Datadog, with a brief.

    It changes hands on every side or on none: where Datadog cannot be reached, whoever holds the
    role stays responsible. The brief is printed and put into the timeline: state, roles held and
    empty, the last important entries, and the open tasks.

    With --propose the role changes hands when PERSON types handoff accept INCIDENT ROLE; handoff
    decline says no, and takes one's own proposal back.
    """
    from dd_incident_roles.commands import handoff as direct
    from dd_incident_roles.commands import handoff_proposals as proposals
    from dd_incident_roles.report.sentences import handoff_ended, handoff_proposed

    answer, incident, role, named = _parse_words(words)
    if named and receiver:
        raise UsageError(
            f"The role goes to {named} or to {receiver}?",
            hint="Name one PERSON, and leave --to out.",
        )
    receiver = named or receiver
    # The default of --within says nothing; only one that was typed can contradict.
    timed = context.get_parameter_source("within") is not ParameterSource.DEFAULT
    if answer:
        if receiver is not None or propose or timed or force or reason is not None:
            raise UsageError(
                f"handoff {answer} takes no --to, --propose, --within, --force or --reason.",
                hint="Leave them out.",
            )
        if answer == "accept" and note is not None:
            raise UsageError(
                "handoff accept takes no --note: the note comes from the person who hands over.",
                hint="Write what is to be known with timeline add.",
            )
    else:
        _check_handover(receiver, propose=propose, timed=timed, force=force, reason=reason)
    with opening.application_of(context) as application:
        if answer == "decline":
            ended = proposals.decline_handoff(application, incident, role, stream=stream, note=note)
            progress = output.progress_of(application, ended.carried)
            message = handoff_ended(progress, ended.role, ended.carried.change)
            return output.end_change(message, ended.carried.exit_code)
        if propose:
            proposed = proposals.propose_handoff(
                application,
                incident,
                role,
                str(receiver),
                stream=stream,
                note=note,
                timeout=within,
            )
            progress = output.progress_of(application, proposed.carried)
            message = handoff_proposed(
                progress, proposed.role, proposed.carried.change, proposed.doubt
            )
            return output.end_change(message, proposed.carried.exit_code)
        if answer == "accept":
            done = proposals.accept_handoff(application, incident, role, stream=stream)
        else:
            done = direct.hand_off(
                application,
                incident,
                role,
                str(receiver),
                stream=stream,
                note=note,
                reason=reason if force else None,
            )
        return output.report_role_change(context, application, done)


def _parse_words(words: tuple[str, ...]) -> tuple[str | None, str, str, str | None]:
    """The answer, where one is given, the incident, the role and the person; raises UsageError."""
    match words:
        case (answer, incident, role) if answer in ANSWERS:
            return answer, incident, role, None
        case (slip, _, _) if near := did_you_mean(slip, ANSWERS):
            raise UsageError(f"A handoff is not answered with {slip!r}.", hint=near)
        case (incident, role) if incident not in ANSWERS:
            return None, incident, role, None
        case (incident, role, person) if incident not in ANSWERS:
            return None, incident, role, person
        case _:
            raise UsageError(
                "A handoff names an incident, a role and a person.",
                hint="Type handoff INCIDENT ROLE PERSON, or handoff accept INCIDENT ROLE.",
            )


def _check_handover(
    receiver: str | None, *, propose: bool, timed: bool, force: bool, reason: str | None
) -> None:
    """Raise UsageError for options that say nothing together; ``timed`` is by --within."""
    if receiver is None:
        raise UsageError("Who takes the role over?", hint="Type handoff INCIDENT ROLE PERSON.")
    if timed and not propose:
        raise UsageError(
            "--within is for a handoff that waits for its receiver.",
            hint="Add --propose, or leave it out to hand over at once.",
        )
    if force and not (reason or "").strip():
        raise UsageError(
            "A role is taken with --force only for a reason.", hint="Add --reason TEXT."
        )
    if reason is not None and not force:
        raise UsageError("--reason goes with --force.", hint="Use --note for what is to be known.")
    if force and propose:
        raise UsageError("What is taken by force is not proposed.", hint="Leave one of them out.")


@click.command()
@click.argument("incident")
@click.argument("where")
@options.no_sync_option
@click.pass_context
def link(context: click.Context, incident: str, where: str) -> int:
    """Show INCIDENT in an issue or a chat room, which WHERE names.

    WHERE is the URL of its page, or github:owner/repo#12, gitlab:group/project#12, jira:PROJ-123,
    or slack:C0123456789. An issue is assigned to the Incident Manager and shows who holds which
    role; a room shows it in its topic. There is one place for each system: another one takes the
    place of the first.
    """
    from dd_incident_roles.commands.link import link_incident
    from dd_incident_roles.report.place_sentences import place_linked

    with opening.application_of(context) as application:
        done = link_incident(application, incident, where)
        message = place_linked(
            output.progress_of(application, done.carried),
            done.place,
            before=done.before,
            doubt=done.doubt,
        )
    return output.end_change(message, done.carried.exit_code)


@click.command()
@click.argument("incident")
@click.argument("where", required=False)
@options.no_sync_option
@click.pass_context
def unlink(context: click.Context, incident: str, where: str | None) -> int:
    """Show INCIDENT no longer in an issue or a chat room.

    What stands there stays as it is. WHERE can be left out where there is only one.
    """
    from dd_incident_roles.commands.link import unlink_incident
    from dd_incident_roles.report.place_sentences import place_linked

    with opening.application_of(context) as application:
        done = unlink_incident(application, incident, where)
        message = place_linked(
            output.progress_of(application, done.carried), None, before=done.before, doubt=None
        )
    return output.end_change(message, done.carried.exit_code)
