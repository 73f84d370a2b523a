"""What is asked of an issue tracker; GitHub, GitLab and Jira each answer it in a file of their own.

An adapter reads and writes, and decides nothing. It sends each write once, follows no redirect,
and returns what the tracker shows after the write: a tracker may drop an assignee without a word,
so that only its answer, or a fresh reading, tells whether the write is in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from dd_incident_roles.model import EntryKey
from dd_incident_roles.values import frozen


@frozen
class IssueRef:
    """Which issue, by project and number.

    They are ``owner/repo`` and ``12``, ``group/project`` and ``12``, ``PROJ`` and ``PROJ-12``.
    ``label`` is how people write it: ``owner/repo#12``, ``group/project#12`` or ``PROJ-12``.
    """

    project: str
    number: str
    label: str


@frozen
class Account:
    """A user of the tracker.

    ``id`` is what a write takes and never changes where the tracker has such a thing: the login on
    GitHub, the number on GitLab, the account id in Jira Cloud, the user name in Jira Data Center.
    ``login`` is what the people file says, compared without regard to case. ``email`` is None
    where the tracker hides it. Bots, apps and service accounts are no persons.
    """

    id: str
    login: str
    name: str | None = None
    email: str | None = None
    is_person: bool = True


@frozen
class Issue:
    """An issue as the tracker shows it now.

    ``description`` is its text as it was written, with line ends as they come. ``is_public`` says
    that people outside the organisation can read it, True too where the tracker does not tell.
    """

    ref: IssueRef
    url: str
    title: str
    description: str
    assignees: tuple[Account, ...]
    is_public: bool
    is_open: bool
    modified: datetime


@frozen
class Comment:
    """A comment; ``key`` is of the hidden tag, where the tracker keeps one beside the text.

    ``is_system`` is True of what the tracker wrote about a change of its own. ``modified`` is the
    tracker's time of the last edit.
    """

    id: str
    text: str
    created: datetime
    modified: datetime | None = None
    author: Account | None = None
    is_system: bool = False
    key: EntryKey | None = None


class Tracker(Protocol):
    """One issue tracker; every method raises PlaceError where it cannot be asked.

    Texts are Markdown in GitHub and GitLab, and plain in Jira, whose adapter escapes them itself.
    A definite refusal of a write (400, 403, 404, 409, 410, 422) has ``declines_write``, and no
    answer, a 5xx or a cut one after a write has ``ambiguous``. A token that is not accepted, a
    missing scope (named in the hint) and an exhausted rate limit have ``stops_the_run``.
    """

    @property
    def name(self) -> str:
        """The word for it in reports and commands: ``github``, ``gitlab`` or ``jira``."""

    @property
    def title(self) -> str:
        """Its name for people, such as ``GitHub``."""

    @property
    def key_prefix(self) -> str:
        """What the keys of its comments begin with, such as ``gh``."""

    @property
    def longest_text(self) -> int:
        """How many characters a comment or a description may have."""

    def me(self) -> Account:
        """The account that the token belongs to; asked once for each run."""

    def lacking(self, project: str | None) -> tuple[str, ...] | None:
        """Which scopes or permissions the token lacks; None where the tracker does not tell.

        With a ``project`` also what it takes to create an issue there.
        """

    def issue(self, ref: IssueRef) -> Issue:
        """Read one issue."""

    def comments(self, ref: IssueRef) -> Sequence[Comment]:
        """Read every comment, oldest first; raises rather than returning a part."""

    def find_account(
        self, ref: IssueRef, *, login: str | None, email: str | None
    ) -> Account | None:
        """The one account with exactly this login, else with exactly this e-mail.

        None where none has it, where several have, or where the tracker hides what would tell.
        """

    def assign(self, ref: IssueRef, account: Account | None) -> Issue:
        """Make one person the only assignee, or empty it; returns what is shown afterwards."""

    def describe(self, ref: IssueRef, description: str) -> Issue:
        """Replace the description; returns what is shown afterwards.

        Jira declines it where a line that changes has a form of its own, which would be lost.
        """

    def is_public(self, project: str) -> bool:
        """Whether people outside the organisation could read a new issue of a project.

        True too where the tracker does not tell.
        """

    def create(self, project: str, *, title: str, description: str) -> Issue:
        """Create an issue in a project."""

    def find_created(self, project: str, mark: str, *, since: datetime) -> Issue | None:
        """An issue that our account created since then and whose description holds the mark."""

    def add_comment(self, ref: IssueRef, text: str, *, key: EntryKey) -> Comment:
        """Write a comment; the key goes with it where the tracker has a place for it."""

    def edit_comment(self, ref: IssueRef, comment_id: str, text: str, *, key: EntryKey) -> Comment:
        """Replace a comment that we wrote."""

    def delete_comment(self, ref: IssueRef, comment_id: str) -> bool:
        """Delete a comment that we wrote; False where it was gone already."""
