"""What ``roles devise`` says: what is now true, where it will be seen, and what to type next."""

from __future__ import annotations

from collections.abc import Iterator

from dd_incident_roles.commands.application import Application
from dd_incident_roles.commands.describe_carrying import NOT_SYNCED, CarryingWords, Said
from dd_incident_roles.commands.devise import Devising, RoleDevised, notice_of
from dd_incident_roles.report.clean import clean
from dd_incident_roles.sync.standing import RoleStanding, Standing


def describe_devised(
    application: Application, devised: RoleDevised, *, no_sync: bool, define: bool
) -> Said:
    """Say in plain words what a command came to."""
    words = _Words(application, devised)
    where = NOT_SYNCED if no_sync else words.where()
    talk = (*words.talk(), *words.next_steps(define=define or no_sync))
    return Said(result=clean(f"{words.truth()} {where}"), talk=tuple(map(clean, talk)))


class _Words:
    def __init__(self, application: Application, devised: RoleDevised) -> None:
        self.application = application
        self.devised = devised
        self.role = devised.carried.change.role
        self.carrying: CarryingWords[Devising] = CarryingWords(application, devised.carried)

    def truth(self) -> str:
        """What the role is now."""
        change, title = self.devised.carried.change, self.role.title
        place, number = self.carrying.incident_name, "one person" if self.role.is_single else "many"
        if not change.is_news:
            return f"Nothing to change: {title} already is a role of {place}, for {number}."
        how = "is a role of" if change.before is None else "was changed in"
        return f"{title} {how} {place} now, for {number}."

    def where(self) -> str:
        """Where that can be seen, or will be once somebody holds the role."""
        if setback := self.carrying.setback():
            return setback
        standing = self._standing()
        if standing is None:
            return "Recorded here."
        if standing.standing is Standing.NOT_SUPPORTED:
            reason = standing.reason or "recorded here"
            return f"{reason[0].upper()}{reason[1:]}."
        return "Datadog shows who holds it."

    def talk(self) -> Iterator[str]:
        """On what terms the role can be held, and what went wrong or is left to do."""
        if self.role.may_hold or self.role.until:
            yield notice_of(self.application, self.role)
        yield from self.carrying.problems()
        yield from self.devised.doubts
        if problem := self.devised.undefined:
            yield f"Error: {problem.message}"
            if problem.hint:
                yield f"  {problem.hint}"
            yield "  The role is recorded here all the same; repeat the command to define it."
        yield from self._definition()

    def next_steps(self, *, define: bool) -> Iterator[str]:
        """What to type next."""
        yield (
            "Give it to somebody: "
            f"dd-incident-roles assign {self.carrying.number} {self.role.key} PERSON"
        )
        result = self.carrying.result
        standing = self._standing()
        if not define and result and standing and standing.standing is Standing.NOT_SUPPORTED:
            yield "To have Datadog define the role, repeat the command with --define."

    def _definition(self) -> Iterator[str]:
        defined = self.devised.defined
        if defined is None:
            return
        name = defined.definition.name
        yield (
            f"Datadog defines the role {name!r} for incidents of this type now."
            if defined.made
            else f"Datadog defined the role {name!r} already; that one is used."
        )
        if defined.definition.is_single and not self.role.is_single:
            yield f"Datadog lets only one person at a time hold {name!r}."

    def _standing(self) -> RoleStanding | None:
        standings = self.carrying.result.standings if self.carrying.result else ()
        return next((each for each in standings if each.role == self.role.key), None)
