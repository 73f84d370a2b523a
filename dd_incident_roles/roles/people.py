"""Who is who: one person's e-mail, Datadog user and logins elsewhere, joined by hand in a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dd_incident_roles.errors import AmbiguousPerson
from dd_incident_roles.model import Person, PersonKey, PersonKind
from dd_incident_roles.values import frozen


@frozen
class PersonEntry:
    """One person of the people file.

    ``datadog`` is the handle or e-mail of the person's user in Datadog where it is not ``email``;
    ``jira`` the account id in Jira Cloud or the user name in Jira Data Center.
    """

    key: str
    email: str
    name: str | None = None
    datadog: str | None = None
    github: str | None = None
    gitlab: str | None = None
    jira: str | None = None
    slack: str | None = None

    @property
    def logins(self) -> Mapping[str, str | None]:
        """The login in each tracker and chat, by the word for it."""
        return {
            "github": self.github,
            "gitlab": self.gitlab,
            "jira": self.jira,
            "slack": self.slack,
        }

    @property
    def person(self) -> PersonKey:
        """The key under which the record knows the person."""
        return PersonKey(self.email.casefold())

    @property
    def names(self) -> frozenset[str]:
        """Everything by which the person can be named exactly, without regard to case."""
        names = (self.key, self.email, self.datadog, *self.logins.values())
        return frozenset(name.casefold() for name in names if name)

    @property
    def accounts(self) -> frozenset[str]:
        """The e-mails and handles that the person's user in Datadog can have."""
        return frozenset(name.casefold() for name in (self.email, self.datadog) if name)


@frozen
class People:
    """Everybody of the people file; nobody where there is none."""

    entries: tuple[PersonEntry, ...] = ()

    def find(self, text: str) -> PersonEntry | None:
        """The person whose key, e-mail, handle or login this is, exactly and in any case.

        Raises AmbiguousPerson where several people answer to it.
        """
        wanted = text.strip().casefold()
        return _only(text, (entry for entry in self.entries if wanted in entry.names))

    def canonical(self, *accounts: str | None) -> PersonKey | None:
        """Whose account a Datadog user is, with these e-mails and handles, if the file says so.

        Raises AmbiguousPerson where they belong to several people.
        """
        wanted = {account.strip().casefold() for account in accounts if account}
        entry = _only(
            ", ".join(sorted(wanted)),
            (entry for entry in self.entries if wanted & entry.accounts),
        )
        return entry.person if entry else None

    def login(self, person: Person, target: str) -> str | None:
        """The login of a person in a tracker or chat, such as ``github``, if the file says so.

        Raises AmbiguousPerson where several entries of the file fit the person.
        """
        entry = _only(person.email or person.key, self._entries_of(person))
        return entry.logins.get(target) if entry else None

    def of_login(self, target: str, login: str) -> PersonEntry | None:
        """The person who has exactly this login in a tracker or chat, in any case.

        Raises AmbiguousPerson where several people have it.
        """
        wanted = login.strip().casefold()
        return _only(
            login,
            (each for each in self.entries if (each.logins.get(target) or "").casefold() == wanted)
            if wanted
            else (),
        )

    def of_chat(self, source: str | None, member: str | None) -> PersonEntry | None:
        """The person who has this member id in a chat, of those that the file knows."""
        if member is None or (source or "").casefold() != "slack":
            return None
        return self.of_login("slack", member)

    def named(self, person: Person) -> Person:
        """A person under the name that the file gives them.

        Another account with the same e-mail does not go by it.
        """
        names = [each.name for each in self._entries_of(person) if each.name]
        return replace(person, shown=names[0]) if len(names) == 1 else person

    def _entries_of(self, person: Person) -> tuple[PersonEntry, ...]:
        # An account of the same e-mail that is no person has neither the person's name nor logins.
        if person.kind is PersonKind.SERVICE_ACCOUNT or person.key.startswith("user:"):
            return ()
        wanted = {name.casefold() for name in (person.key, person.email, person.handle) if name}
        return tuple(entry for entry in self.entries if wanted & entry.accounts)


def _only(text: str, found: Iterable[PersonEntry]) -> PersonEntry | None:
    entries = tuple(found)
    if len(entries) > 1:
        raise AmbiguousPerson(text, sorted(entry.email for entry in entries))
    return entries[0] if entries else None
