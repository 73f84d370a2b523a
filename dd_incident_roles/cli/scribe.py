"""The scribe's prompt: a note per line, recorded at once, and carried while one types on."""

from __future__ import annotations

import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import click

from dd_incident_roles.cli import output
from dd_incident_roles.cli.options import Invocation
from dd_incident_roles.errors import IncidentRolesError
from dd_incident_roles.patience import uninterrupted

if TYPE_CHECKING:
    from dd_incident_roles.application import Application
    from dd_incident_roles.commands.record_then_sync import Carried
    from dd_incident_roles.model import Entry, IncidentId

UNDO = "/undo"


@dataclass(slots=True, kw_only=True)
class Scribe:
    """Notes of one incident, the last one last, and their way to Datadog.

    A note is recorded before anything else happens, so that none is lost while Datadog is slow or
    down: ``application`` records only here, and a worker with a connection of its own syncs.
    """

    application: Application
    invocation: Invocation
    incident_id: IncidentId
    notes: list[Entry] = field(default_factory=list)
    _worker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _sync: Future[Carried[None]] | None = None
    _is_down: bool = False

    def write_all(self) -> int:
        """Take notes until the input ends or Ctrl-C, and report; gives the exit code."""
        is_prompt = sys.stdin.isatty() and sys.stdout.isatty()
        if is_prompt:
            with suppress(ImportError):
                # Only to load it lets a line be edited.
                import readline  # noqa: F401
            name = self.application.known_as(self.incident_id)
            click.echo(f"Notes for {name}: one a line, {UNDO} takes back, Ctrl-D ends.", err=True)
        try:
            while (line := _read_line(is_prompt=is_prompt)) is not None:
                try:
                    with uninterrupted():
                        self._take(line.strip())
                except IncidentRolesError as error:
                    output.tell(error)
                self._tell_of_datadog()
        except KeyboardInterrupt:
            click.echo(err=True)
        return self._report()

    def _take(self, line: str) -> None:
        from dd_incident_roles.commands.timeline import add_to_timeline, delete_from_timeline

        if not line:
            return
        if line.casefold() == UNDO and not self.notes:
            click.echo("There is nothing to take back.", err=True)
            return
        here = replace(self.application, only_here=True)
        if line.casefold() == UNDO:
            last = self.notes[-1]
            delete_from_timeline(here, self.incident_id, last.key)
            self.notes.pop()
            click.echo(f'Took back "{last.text}".', err=True)
        else:
            # The line is finished now, however long it was being typed.
            changed = add_to_timeline(here, self.incident_id, line)
            entry = changed.carried.change.entry
            self.notes.append(entry)
            at = entry.at.astimezone(self.application.zone)
            click.echo("\n".join((f"  noted {at:%H:%M}", *changed.notices)), err=True)
        # One that waits takes this along, and one that runs may have missed it.
        if not self.invocation.only_here and (
            not self._sync or self._sync.running() or self._sync.done()
        ):
            self._sync = self._worker.submit(self._carry)

    def _carry(self) -> Carried[None]:
        from dd_incident_roles.app import open_application
        from dd_incident_roles.commands.record_then_sync import Carried
        from dd_incident_roles.commands.timeline import carry_timeline

        options = {"store": self.invocation.store}
        try:
            with open_application(
                self.invocation.config,
                options,
                clock=self.invocation.clock,
                sleep=self.invocation.sleep,
                is_run=False,
            ) as application:
                return carry_timeline(application, self.incident_id)
        except IncidentRolesError as error:
            return Carried(incident_id=self.incident_id, change=None, problem=error)

    def _tell_of_datadog(self) -> None:
        """Say once that Datadog has to wait, and once that it has everything again."""
        if self._sync and self._sync.done():
            is_down = self._sync.result().exit_code != 0
            if is_down and not self._is_down:
                click.echo("Not in Datadog yet; your notes are recorded here, go on.", err=True)
            elif self._is_down and not is_down:
                click.echo("Datadog has your notes again.", err=True)
            self._is_down = is_down

    def _report(self) -> int:
        from dd_incident_roles.commands.record_then_sync import Carried

        if not self.notes and not self._sync:
            click.echo("Nothing was added.")
            return 0
        carried: Carried[None] = Carried(incident_id=self.incident_id, change=None)
        if self._sync:
            try:
                carried = self._sync.result()
            except KeyboardInterrupt:
                kept = "Your notes are recorded here; the next sync carries them to Datadog."
                raise KeyboardInterrupt(kept) from None
        self._worker.shutdown()
        message = output.entries_added(self.application, carried, self.notes)
        return output.end_change(message, carried.exit_code)


def _read_line(*, is_prompt: bool) -> str | None:
    """The next line, None at the end of the input."""
    try:
        # With its end, which input() takes off: only the end of all input is an empty text.
        line = input("> ") + "\n" if is_prompt else sys.stdin.readline()
    except EOFError:
        click.echo(err=True)
        return None
    except UnicodeDecodeError:
        click.echo("That line is not UTF-8 text, and was not recorded.", err=True)
        return "\n"
    return line or None
