"""A tracker and a chat in memory that behave like the real ones, with the faults of networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Literal

from dd_incident_roles.chat.room import Member, Room
from dd_incident_roles.errors import PlaceError
from dd_incident_roles.issues.tracker import Account, Comment, Issue, IssueRef
from dd_incident_roles.model import EntryKey
from dd_incident_roles.roles.people import People, PersonEntry
from tests.sync.memory_target import Faulty

Flavour = Literal["github", "gitlab", "jira"]

BOT = Account(id="bot-id", login="bot", is_person=False)
NAMES = ("ana", "bo", "carol")
PEOPLE = People(
    entries=tuple(
        PersonEntry(
            key=name,
            email=f"{name}@corp.example",
            name=name.capitalize(),
            github=f"{name}-login",
            gitlab=f"{name}-login",
            jira=f"{name}-id",
        )
        for name in NAMES
    )
)
_PREFIXES: dict[Flavour, str] = {"github": "gh", "gitlab": "gl", "jira": "jira"}


def account_of(name: str) -> Account:
    """The account of a person, who need not be in the people file."""
    return Account(id=f"{name}-id", login=f"{name}-login", name=name.capitalize())


@dataclass(slots=True, kw_only=True)
class MemoryPlace(Faulty[str]):
    """A system that fails to be read, and to be written in every known way."""

    is_down: bool = False

    def failure(self, said: str, *, ambiguous: bool) -> PlaceError:
        return PlaceError(said, target=self.name, ambiguous=ambiguous)

    def reading(self) -> None:
        """Raise where the system cannot be read."""
        if self.is_down:
            raise self.failure("no answer", ambiguous=False)

    def writing(self, what: str, act: Callable[[], None]) -> None:
        """Do what a write does, unless a fault comes before that; say what became of it."""
        fault = self.fate_of(what)
        self.fail_before(fault)
        act()
        self.note(what, fault)


@dataclass(slots=True, kw_only=True)
class MemoryTracker(MemoryPlace):
    """One issue of GitHub, GitLab or Jira.

    GitLab drops carriage returns and trailing blanks, notes by itself whom the issue was assigned
    to, and carries out a line that begins with a slash; Jira keeps a key beside the text. Whoever
    is among the ``outsiders`` is not assigned, without a word.
    """

    flavour: Flavour
    tick: Callable[[], datetime]
    description: str = "People's own words.\r\n"
    assignees: tuple[Account, ...] = ()
    notes: dict[str, Comment] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=lambda: count(1))
    outsiders: frozenset[str] = frozenset()
    longest_text: int = 5_000
    acted: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.name.capitalize()

    @property
    def key_prefix(self) -> str:
        return _PREFIXES[self.flavour]

    @property
    def ref(self) -> IssueRef:
        """The one issue that there is."""
        return IssueRef(project="corp/shop", number="12", label="corp/shop#12")

    def lacking(self, project: str | None) -> tuple[str, ...] | None:
        """Nobody asks."""
        raise NotImplementedError(project)

    def me(self) -> Account:
        return BOT

    def issue(self, ref: IssueRef) -> Issue:
        self.reading()
        return self._shown(ref)

    def comments(self, ref: IssueRef) -> Sequence[Comment]:
        self.reading()
        return sorted(self.notes.values(), key=lambda each: each.created)

    def find_account(
        self, ref: IssueRef, *, login: str | None, email: str | None
    ) -> Account | None:
        self.reading()
        known = [account_of(name) for name in NAMES]
        return next((each for each in known if login in {each.login, each.id}), None)

    def assign(self, ref: IssueRef, account: Account | None) -> Issue:
        def act() -> None:
            taken = account is not None and account.id not in self.outsiders
            self._reassign(tuple(each for each in (account,) if each and taken))

        self.writing(f"assign {account.id if account else None}", act)
        return self._shown(ref)

    def describe(self, ref: IssueRef, description: str) -> Issue:
        def act() -> None:
            self.description = self._kept(description)

        self.writing("describe", act)
        return self._shown(ref)

    def is_public(self, project: str) -> bool:
        return False

    def create(self, project: str, *, title: str, description: str) -> Issue:
        raise NotImplementedError

    def find_created(self, project: str, mark: str, *, since: datetime) -> Issue | None:
        raise NotImplementedError

    def add_comment(self, ref: IssueRef, text: str, *, key: EntryKey) -> Comment:
        made: list[Comment] = []

        def act() -> None:
            hidden = key if self.flavour == "jira" else None
            made.append(self._add(text, author=BOT, key=hidden))

        self.writing(f"add {key}: {text}", act)
        return made[0]

    def edit_comment(self, ref: IssueRef, comment_id: str, text: str, *, key: EntryKey) -> Comment:
        self._check_ours(comment_id)
        self.writing(f"edit {comment_id}: {text}", lambda: self._edit(comment_id, text))
        return self.notes[comment_id]

    def delete_comment(self, ref: IssueRef, comment_id: str) -> bool:
        if comment_id not in self.notes:
            return False
        self._check_ours(comment_id)
        self.writing(f"delete {comment_id}", lambda: self.delete(comment_id))
        return True

    def comment(self, text: str, *, by: str = "eve") -> Comment:
        """Somebody writes a comment."""
        return self._add(text, author=account_of(by))

    def edit(self, comment_id: str, text: str) -> None:
        """Somebody edits a comment and leaves our tag below it where it is."""
        before = self.notes[comment_id].text
        _, tag, rest = before.partition("\n\n\u2014 ")
        self._edit(comment_id, f"{text}{tag}{rest}")

    def delete(self, comment_id: str) -> None:
        """Somebody deletes a comment."""
        del self.notes[comment_id]

    def give(self, *names: str) -> None:
        """Somebody assigns the issue."""
        self._reassign(tuple(map(account_of, names)))

    def _reassign(self, assignees: tuple[Account, ...]) -> None:
        self.assignees = assignees
        if self.flavour == "gitlab":
            names = " and ".join(f"@{each.login}" for each in assignees) or "nobody"
            self._add(f"assigned to {names}", author=BOT, is_system=True)

    def _add(
        self, text: str, *, author: Account, key: EntryKey | None = None, is_system: bool = False
    ) -> Comment:
        at = self.tick()
        made = Comment(
            id=str(next(self.numbers)),
            text=text if is_system else self._kept(text),
            created=at,
            modified=at,
            author=author,
            is_system=is_system,
            key=key,
        )
        self.notes[made.id] = made
        return made

    def _edit(self, comment_id: str, text: str) -> None:
        before = self.notes[comment_id]
        self.notes[comment_id] = replace(before, text=self._kept(text), modified=self.tick())

    def _kept(self, text: str) -> str:
        assert len(text) <= self.longest_text, "too long for the tracker"
        if self.flavour != "gitlab":
            return text
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.acted.extend(line for line in lines if line.startswith("/"))
        kept = [line.rstrip() for line in lines if not line.startswith("/")]
        return "\n".join(kept).strip("\n")

    def _check_ours(self, comment_id: str) -> None:
        author = self.notes[comment_id].author
        assert author is not None
        assert author.id == BOT.id, "a word of somebody else was changed"

    def _shown(self, ref: IssueRef) -> Issue:
        return Issue(
            ref=ref,
            url="https://tracker.example/12",
            title="Checkout fails",
            description=self.description,
            assignees=self.assignees,
            is_public=False,
            is_open=True,
            modified=self.tick(),
        )


@dataclass(slots=True, kw_only=True)
class MemoryChat(MemoryPlace):
    """One room, whose topic another program may write too."""

    name: str = "slack"
    topic: str = "Shop is down"
    topic_by: str | None = "U-EVE"

    @property
    def title(self) -> str:
        return "Slack"

    def lacking(self) -> tuple[str, ...] | None:
        """Nobody asks."""
        raise NotImplementedError

    def me(self) -> Member:
        return Member(id="U-BOT", name="bot", is_person=False)

    def room(self, room_id: str) -> Room:
        self.reading()
        return self._shown(room_id)

    def set_topic(self, room_id: str, topic: str) -> Room:
        self.writing(f"topic {topic}", lambda: self.put(topic, by="U-BOT"))
        return self._shown(room_id)

    def join(self, room_id: str) -> None:
        raise NotImplementedError

    def member(self, member_id: str) -> Member | None:
        return Member(id=member_id, name=member_id, is_person=member_id == "U-EVE")

    def put(self, topic: str, *, by: str) -> None:
        """Somebody sets the topic; ``U-OTHER`` is another program."""
        assert len(topic) <= 250, "too long for a topic"
        self.topic, self.topic_by = topic, by

    def _shown(self, room_id: str) -> Room:
        return Room(
            id=room_id,
            name="incident-1001",
            url=None,
            topic=self.topic,
            topic_by=self.topic_by,
        )
