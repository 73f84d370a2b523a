"""``handoff``: a role changes hands, with a brief, and with the consent of both where wanted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from dd_incident_roles.cli.durations import DURATION
from dd_incident_roles.cli.invocation import Invocation, invocation_of
from dd_incident_roles.cli.opening import opened
from dd_incident_roles.cli.options import no_sync_option, stream_option
from dd_incident_roles.cli.role_card import show_card_of
from dd_incident_roles.cli.saying import say
from dd_incident_roles.errors import UsageError

if TYPE_CHECKING:
    from dd_incident_roles.commands.application import Application
    from dd_incident_roles.commands.describe_carrying import Said
    from dd_incident_roles.commands.handoff import HandedOver


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[accept|decline] INCIDENT ROLE")
@click.option("--to", "receiver", metavar="PERSON", help="Who takes the role over.")
@stream_option
@click.option("--note", metavar="TEXT", help="What the receiver has to know; heads the brief.")
@click.option(
    "--propose", is_flag=True, help="Ask PERSON first; nothing changes until they accept."
)
@click.option(
    "--within",
    type=DURATION,
    default="10m",
    show_default=True,
    metavar="DURATION",
    help="How long PERSON has to accept what is proposed.",
)
@click.option("--force", is_flag=True, help="Take the role although its holder cannot be asked.")
@click.option("--reason", metavar="TEXT", help="Why it is taken; needed with --force.")
@no_sync_option
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
    no_sync: bool,
) -> int:
    """Hand ROLE in INCIDENT over to PERSON, here and in Datadog, with a brief.

    It changes hands on every side or on none: where Datadog cannot be reached, whoever holds the
    role stays responsible. The brief is printed and put into the timeline: state, roles held and
    empty, the last important entries, and the open tasks.

    With --propose the role changes hands when PERSON types handoff accept INCIDENT ROLE; handoff
    decline says no, and takes one's own proposal back.
    """
    answer, incident, role = understood(words)
    timed = context.get_parameter_source("within") is not ParameterSource.DEFAULT
    if answer is None:
        check_handover(receiver, propose=propose, timed=timed, force=force, reason=reason)
    else:
        check_answer(
            answer,
            note=note,
            others=(receiver is not None, propose, timed, force, reason is not None),
        )
    invocation = invocation_of(context)
    with opened(invocation) as application:
        match answer:
            case "accept":
                from dd_incident_roles.commands.handoff_proposals import accept_handoff

                done = accept_handoff(application, incident, role, stream=stream, sync=not no_sync)
                return _handed_over(invocation, application, done, no_sync=no_sync)
            case "decline":
                return _decline(application, incident, role, stream, note, no_sync=no_sync)
            case _ if propose:
                return _propose(
                    application, incident, role, str(receiver), stream, note, within, no_sync
                )
            case _:
                from dd_incident_roles.commands.handoff import hand_off

                done = hand_off(
                    application,
                    incident,
                    role,
                    str(receiver),
                    stream=stream,
                    note=note,
                    reason=reason if force else None,
                    sync=not no_sync,
                )
                return _handed_over(invocation, application, done, no_sync=no_sync)


def _propose(
    application: Application,
    incident: str,
    role: str,
    receiver: str,
    stream: str | None,
    note: str | None,
    within: timedelta,
    no_sync: bool,
) -> int:
    from dd_incident_roles.commands.describe_handoff import describe_proposal
    from dd_incident_roles.commands.handoff_proposals import propose_handoff

    proposed = propose_handoff(
        application,
        incident,
        role,
        receiver,
        stream=stream,
        note=note,
        timeout=within,
        sync=not no_sync,
    )
    _tell(describe_proposal(application, proposed, no_sync=no_sync))
    return proposed.carried.exit_code


def _decline(
    application: Application,
    incident: str,
    role: str,
    stream: str | None,
    note: str | None,
    *,
    no_sync: bool,
) -> int:
    from dd_incident_roles.commands.describe_handoff import describe_end
    from dd_incident_roles.commands.handoff_proposals import decline_handoff

    ended = decline_handoff(application, incident, role, stream=stream, note=note, sync=not no_sync)
    _tell(describe_end(application, ended, no_sync=no_sync))
    return ended.carried.exit_code


def _handed_over(
    invocation: Invocation, application: Application, done: HandedOver, *, no_sync: bool
) -> int:
    from dd_incident_roles.commands.describe_change import describe_change
    from dd_incident_roles.report.clean import clean

    said = describe_change(application, done.changed, no_sync=no_sync)
    say(said.result)
    if done.changed.change.begun and done.brief:
        say("\n" + "\n".join(f"  {clean(line)}" for line in done.brief) + "\n")
    show_card_of(invocation, application, done.changed)
    for line in said.talk:
        click.echo(line, err=True)
    return done.changed.exit_code


def _tell(said: Said) -> None:
    say(said.result)
    for line in said.talk:
        click.echo(line, err=True)


ANSWERS = ("accept", "decline")


def understood(words: tuple[str, ...]) -> tuple[str | None, str, str]:
    """The answer, where one is given, then the incident and the role; raises UsageError."""
    match words:
        case (answer, incident, role) if answer in ANSWERS:
            return answer, incident, role
        case (incident, role) if incident not in ANSWERS:
            return None, incident, role
        case _:
            raise UsageError(
                "A handoff names an incident and a role.",
                hint="handoff INCIDENT ROLE --to PERSON, or handoff accept INCIDENT ROLE.",
            )


def check_answer(answer: str, *, note: str | None, others: Iterable[bool]) -> None:
    """Raise UsageError for what the proposal has said already; ``others`` are those given."""
    if any(others):
        raise UsageError(
            f"handoff {answer} takes no --to, --propose, --within, --force or --reason.",
            hint="Leave them out.",
        )
    if answer == "accept" and note is not None:
        raise UsageError(
            "handoff accept takes no --note: the note is that of whoever hands over.",
            hint="Write what is to be known with timeline add.",
        )


def check_handover(
    receiver: str | None, *, propose: bool, timed: bool, force: bool, reason: str | None
) -> None:
    """Raise UsageError for options that say nothing together; ``timed`` is by --within."""
    if receiver is None:
        raise UsageError("It is not said who takes the role over.", hint="Add --to PERSON.")
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
