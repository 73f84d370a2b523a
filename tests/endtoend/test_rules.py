"""Every rule of ``check`` against a local Datadog: it fires, somebody acts, and it goes quiet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dd_incident_roles.sandbox.sandbox import Sandbox
from dd_incident_roles.sandbox.world import Switch
from tests.endtoend.agreement import ANA, BO, CAROL, DAN, EVE, Desk, Sides
from tests.product import Clock, Ran

pytestmark = pytest.mark.usefixtures("timeline_on")

Act = Callable[[Sides], None]


def run(*arguments: str) -> Act:
    """A command that must end well."""

    def act(sides: Sides) -> None:
        sides.run(*arguments)

    return act


def people(act: Callable[[Sandbox], object]) -> Act:
    """What people do in Datadog, taken over by a sync; twice, so that an absence is believed."""

    def done(sides: Sides) -> None:
        act(sides.sandbox)
        for _ in range(2):
            sides.run("sync")

    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What makes a rule fire, what makes it go quiet, and how much later it is looked at."""

    fires: tuple[Act, ...]
    quiet: tuple[Act, ...]
    role: str | None = None
    later: timedelta = timedelta()


STORIES = {
    "IR001": Story(
        fires=(people(lambda box: box.set_commander(1001, None)),),
        quiet=(run("assign", "1001", "im", BO),),
        role="incident_manager",
        later=timedelta(minutes=6),
    ),
    "IR002": Story(
        fires=(people(lambda box: box.set_status(ANA, "Disabled")),),
        quiet=(run("assign", "1001", "im", BO),),
    ),
    "IR004": Story(
        fires=(run("assign", "1001", "im", BO, "--no-sync"),),
        quiet=(run("sync"),),
        later=timedelta(minutes=11),
    ),
    "IR005": Story(
        fires=(
            run("assign", "1001", "im", BO, "--no-sync"),
            people(lambda box: box.set_commander(1001, DAN)),
        ),
        quiet=(run("assign", "1001", "im", BO),),
        role="incident_manager",
    ),
    "IR010": Story(fires=(), quiet=(run("assign", "1001", "scribe", EVE),), role="scribe"),
    "IR011": Story(
        fires=(
            people(lambda box: box.give_role(1001, "Tech Lead", EVE)),
            people(lambda box: box.give_role(1001, "Tech Lead", DAN)),
        ),
        quiet=(
            run("assign", "1001", "tl", EVE, "--stream", "database"),
            run("assign", "1001", "tl", DAN, "--stream", "network"),
        ),
        role="tech_lead",
    ),
    "IR012": Story(
        fires=(run("assign", "1001", "tl", ANA),),
        quiet=(run("assign", "1001", "tl", DAN),),
        role="tech_lead",
    ),
    "IR013": Story(
        fires=(
            run("assign", "1001", "scribe", EVE),
            people(lambda box: box.set_status(EVE, "Disabled")),
        ),
        quiet=(run("assign", "1001", "scribe", CAROL),),
        role="scribe",
    ),
    "IR014": Story(
        fires=(
            people(lambda box: box.define_role("Rubber Duck")),
            people(lambda box: box.give_role(1001, "Rubber Duck", DAN)),
        ),
        quiet=(people(lambda box: box.take_role(1001, "Rubber Duck", DAN)),),
    ),
}


def check(sides: Sides, *options: str, later: timedelta = timedelta()) -> Ran:
    """A check of the one incident, some time later."""
    now = ("--now", (datetime.now(UTC) + later).isoformat()) if later else ()
    return sides.product.run("check", "1001", "--format", "json", *now, *options)


def found(ran: Ran, rule: str, role: str | None = None) -> list[Any]:
    return [
        each
        for each in ran.json()["findings"]
        if each["rule"] == rule and role in {None, each["role"]}
    ]


@pytest.mark.parametrize("rule", STORIES)
def test_it_fires_and_goes_quiet(sides: Sides, rule: str) -> None:
    """The finding says who, since when and what to type; what is typed, or done, settles it."""
    story = STORIES[rule]
    sides.forget("user")
    for act in story.fires:
        act(sides)
    sides.forget("user")
    [finding] = found(check(sides, later=story.later), rule, story.role)
    assert finding["incident"]["public_id"] == 1001
    # What the organisation defines is mended in Datadog's settings, which the fix names.
    starts = "add " if rule == "IR014" else "dd-incident-roles "
    assert finding["fix"].startswith(starts)
    assert finding["place"]["file"].startswith("config/")
    for act in story.quiet:
        act(sides)
    sides.forget("user")
    after = check(sides, later=story.later)
    assert found(after, rule, story.role) == []
    assert after.exit_code in {0, 1}, after.said


def test_a_commander_by_default_is_found_until_they_take_the_role(
    sides: Sides, sandbox: Sandbox
) -> None:
    """IR003 is about whoever only declared; that they say so themselves settles it."""
    sandbox.declare("Login is slow", severity="SEV-3", by=BO, commander=BO, public_id=1003)
    sides.run("sync")
    assert not by_default(sides, timedelta(minutes=9))
    assert by_default(sides, timedelta(minutes=11))
    sides.run("assign", "1003", "im", BO)
    assert not by_default(sides, timedelta(minutes=11))


def by_default(sides: Sides, later: timedelta) -> list[Any]:
    now = (datetime.now(UTC) + later).isoformat()
    ran = sides.product.run("check", "1003", "--format", "json", "--now", now)
    return found(ran, "IR003")


def test_a_silent_timeline_is_found_until_somebody_writes(sides: Sides) -> None:
    """IR030 hears a note of ours and one that somebody wrote in Datadog."""
    assert found(check(sides), "IR030")
    sides.run("timeline", "add", "1001", "Paged the DBA")
    assert not found(check(sides), "IR030")
    later = timedelta(minutes=31)
    assert found(check(sides, later=later), "IR030")
    sides.sandbox.add_note(1001, BO, "Back up", at=datetime.now(UTC) + timedelta(minutes=30))
    assert not found(check(sides, later=later), "IR030")


def test_what_is_not_connected_is_said_and_fails_nothing(sides: Sides) -> None:
    """IR020 and IR021 have nothing to look at yet, which programs are told, and people by -v."""
    ran = check(sides)
    assert "IR020" not in sides.product.run("check").said
    assert sides.product.run("-v", "check").stdout.count("IR020") == 1
    assert [each["rule"] for each in ran.json()["rules_not_evaluated"]] == ["IR020", "IR021"]
    alone = check(sides, "--select", "IR020,IR021")
    assert alone.exit_code == 3
    assert alone.json()["findings"] == []


def test_an_account_that_cannot_be_read_is_not_a_clean_one(sides: Sides) -> None:
    """Without the right to read users the check is incomplete, and names the rules and why."""
    sides.forget("user")
    sides.sandbox.switch(users=Switch.FORBIDDEN)
    ran = check(sides)
    assert ran.exit_code == 3
    reasons = " ".join(each["reason"] for each in ran.json()["not_evaluated"])
    assert "IR002" in reasons
    assert "IR013" not in reasons
    assert check(sides, "--ignore", "IR002").exit_code == 1


def test_the_account_of_the_keys_in_command_is_told_as_what_it_is(sides: Sides) -> None:
    """A commander that is no person leaves the role empty, and is named as the reason."""
    sides.sandbox.add_person("bot@corp.example", "Deploy Bot", service_account=True)
    sides.sandbox.set_commander(1001, "bot@corp.example")
    ran = check(sides)
    [finding] = found(ran, "IR002")
    assert "Deploy Bot" in finding["message"]


def test_a_gap_of_a_closed_incident_is_found_from_the_record(
    sides: Sides, sandbox: Sandbox, clock: Clock
) -> None:
    """IR040 dates an empty role from what the record watched, and a filled one is no gap."""
    clock.move(hours=-2)
    sandbox.declare("Search is slow", severity="SEV-3", by=BO, public_id=1003)
    sides.run("sync", "1003")
    clock.move(minutes=20)
    sides.run("assign", "1003", "im", ANA)
    clock.move(minutes=100)
    sandbox.set_state(1003, "resolved")
    sides.run("sync")
    ran = sides.end_with(1, "check", "--since", "30", "--format", "json")
    [finding] = found(ran, "IR040")
    assert (finding["role"], finding["incident"]["public_id"]) == ("incident_manager", 1003)
    assert "for 20 minutes" in finding["message"]
    waited = ran.json()["measures"]["time_to_incident_manager"]
    assert (waited["measured"], round(waited["longest_seconds"], -2)) == (1, 20 * 60)
    assert "Time to Incident Manager" in sides.product.run("check", "--since", "30").stdout


def test_a_closed_incident_that_nobody_recorded_is_not_clean(
    sides: Sides, sandbox: Sandbox
) -> None:
    """What the record never saw makes the check incomplete, by name.

    A check that would ask nothing, for want of --since, is refused with what to add.
    """
    ran = sides.end_with(2, "check", "--select", "IR040")
    assert "--since DAYS" in ran.stderr
    sandbox.declare("Never seen", state="resolved", severity="SEV-1", by=BO, public_id=1009)
    ran = sides.end_with(3, "check", "--since", "7", "--format", "json")
    [gap] = ran.json()["not_evaluated"]
    assert gap["incident"] == 1009
    assert "never synced it" in gap["reason"]


def test_assign_warns_of_what_the_check_will_find(desk: Desk) -> None:
    """In the words of the check; and of an incident that nobody works on any more."""
    warned = desk.run("assign", "1001", "tl", ANA)
    assert warned.exit_code == 0
    [found] = desk.run("check", "1001", "--select", "IR012", "--format", "json").json()["findings"]
    assert f"Warning: check reports error IR012: {found['message']}" in warned.stderr
    assert "IR012" not in desk.run("assign", "1001", "tl", BO).stderr
    desk.sides.sandbox.set_state(1001, "resolved")
    desk.sync()
    assert "Warning: IR-1001 is resolved" in desk.run("assign", "1001", "scribe", BO).stderr
