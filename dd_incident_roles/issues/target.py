"""The incident issue as the engine sees it: an assignee, a roster in the description, comments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dd_incident_roles.errors import PlaceError
from dd_incident_roles.issues import texts
from dd_incident_roles.issues.tracker import Account, Comment, Issue, IssueRef, Tracker
from dd_incident_roles.model import (
    INCIDENT_MANAGER,
    NOTE,
    Entry,
    Incident,
    IncidentId,
    Person,
    PersonKind,
)
from dd_incident_roles.roles.people import People
from dd_incident_roles.sync import targets
from dd_incident_roles.sync.entries.identity import check_of, with_tag, without_tag
from dd_incident_roles.sync.entries.pair import is_older_copy
from dd_incident_roles.sync.place import Roster
from dd_incident_roles.sync.registers import Authority, Value
from dd_incident_roles.values import frozen
from dd_incident_roles.words import join_names

ASSIGNEE = "assignee"
ROSTER = "roster"

_SYSTEM = "system"
_ELSEWHERE = "from Datadog"
_NOTHING = ""
"""The roster of an issue that is to show none; None would say that nothing was ever held."""
_MOVED = targets.Outdated(found="the issue was changed meanwhile")


@frozen
class SeenIssue:
    """What one reading of an issue gave."""

    place: IssueTarget
    issue: Issue
    entries: targets.EntryListing | None = None
    notices: tuple[str, ...] = ()

    def owner(self, account: Account) -> Person | None:
        """Whose account it is, if that is known."""
        return self.place.owner(account)

    def values(self, incident: Incident, roster: Roster) -> tuple[Value, ...]:
        """The assignee, and where the issue may show it the roster."""
        return self.place.values(self.issue, incident, roster)


class IssueTarget:
    """One incident's issue in a tracker.

    ``authority`` is what a change of its assignee counts. ``comments`` says whether comments and
    timeline entries are kept in agreement, and ``shows_public`` whether an issue that everybody can
    read gets more than an assignee. Of a private incident it gets no more either. ``page`` is the
    incident's page in Datadog.
    """

    def __init__(
        self,
        tracker: Tracker,
        ref: IssueRef,
        *,
        people: People,
        owner: Callable[[Account], Person | None],
        authority: Authority,
        comments: bool,
        shows_public: bool,
        is_private: bool,
        url: str | None = None,
        page: str | None = None,
    ) -> None:
        self._tracker = tracker
        self._ref = ref
        self._people = people
        self.owner = owner
        self._authority = authority
        self._comments = comments and not is_private
        self._shows_public = shows_public
        self._is_private = is_private
        self._page = page
        self._url = url
        self._me: Account | None = None
        self._manager: str | None = None
        self.dialect = targets.Dialect(
            name=tracker.name, title=tracker.title, prefix=tracker.key_prefix, is_plain=True
        )

    @property
    def name(self) -> str:
        """The tracker, such as ``github``."""
        return self._tracker.name

    @property
    def label(self) -> str:
        """The issue as people write it, such as ``PROJ-123``."""
        return self._ref.label

    @property
    def url(self) -> str | None:
        """The page of the issue, once it is known."""
        return self._url

    def read(self) -> SeenIssue:
        """Read the issue, and its comments where these are kept in agreement."""
        issue = self._tracker.issue(self._ref)
        self._url = issue.url or self._url
        self._me = self._me or self._tracker.me()
        if not self._comments or not self._shows_all(issue):
            return SeenIssue(place=self, issue=issue)
        comments = tuple(self._tracker.comments(self._ref))
        if any(map(_is_datadogs, comments)):
            notice = (
                f"Datadog's own integration writes comments to {self.label}; "
                "ours stay out of its way."
            )
            return SeenIssue(place=self, issue=issue, notices=(notice,))
        me = self._me
        entries = tuple(self._entry(each, me) for each in comments)
        listing = targets.EntryListing(entries=entries, dialect=self.dialect)
        return SeenIssue(place=self, issue=issue, entries=listing)

    def values(self, issue: Issue, incident: Incident, rows: Roster) -> tuple[Value, ...]:
        """The assignee, and where the issue may show it the roster."""
        assignee = self._assignee(issue, rows)
        if not self._shows_all(issue):
            return (assignee, *self._taken_out(issue))
        wanted = texts.roster_block(
            self.name, number=incident.public_id, url=self._page, roster=rows
        )
        shown = texts.block_of(self.name, issue.description)
        return (
            assignee,
            Value(
                name=ROSTER,
                held=wanted,
                wanted=wanted,
                shown=shown,
                agrees=wanted == shown,
                roles=tuple(dict.fromkeys(row.role for row in rows)),
                summary=f"the description of {self.label} shows who holds which role",
                difference=f"our part of the description of {self.label} was changed there",
            ),
        )

    def perform(
        self, incident_id: IncidentId, change: targets.RemoteChange
    ) -> targets.WriteOutcome:
        """Look again at what the change touches, write it once, and confirm it."""
        del incident_id
        match change:
            case targets.Show(register=register, value=value, seen=seen) if register == ASSIGNEE:
                return self._assign(value, seen)
            case targets.Show(value=value, seen=seen):
                return self._describe(value or "", seen)
            case targets.CreateEntry(entry=entry):
                text = self._text_of(entry)
                return self._written(self._tracker.add_comment(self._ref, text, key=entry.key))
            case targets.UpdateEntry(entry=entry, remote_id=remote_id, seen=seen):
                if (before := self._find(remote_id)) is None or before.digest != seen:
                    return targets.Outdated(found="the comment was changed or deleted meanwhile")
                edited = self._tracker.edit_comment(
                    self._ref, remote_id, self._text_of(entry), key=entry.key
                )
                return self._written(edited)
            case targets.DeleteEntry() | targets.DeleteSpare():
                return self._delete(change)
            case _:
                raise TypeError(f"an issue has no place for {type(change).__name__}")

    def _shows_all(self, issue: Issue) -> bool:
        return not self._is_private and (self._shows_public or not issue.is_public)

    def _taken_out(self, issue: Issue) -> tuple[Value, ...]:
        """No roster where one was shown before everybody could read it, or it became private."""
        shown = texts.block_of(self.name, issue.description)
        if shown is None:
            return ()
        return (
            Value(
                name=ROSTER,
                held=_NOTHING,
                wanted=_NOTHING,
                shown=shown,
                agrees=False,
                roles=(),
                summary=f"the description of {self.label} shows no roles any more",
                difference=f"the description of {self.label} shows roles",
            ),
        )

    def _assignee(self, issue: Issue, rows: Roster) -> Value:
        manager = next(
            (person for row in rows if row.role == INCIDENT_MANAGER for person in row.people), None
        )
        account, obstacle = None, None
        self._manager = manager.label if manager else None
        if manager is not None:
            account = self._account(manager, issue)
            if account is None:
                obstacle = self._why_unknown(manager)
        shown = _joined(issue.assignees)
        owner = self.owner(issue.assignees[0]) if len(issue.assignees) == 1 else None
        agrees = shown is None
        if manager is not None:
            agrees = account is not None and account.id.casefold() in _ids(issue.assignees)
        return Value(
            name=ASSIGNEE,
            held=manager.key if manager else None,
            wanted=account.id if account else None,
            shown=shown,
            agrees=agrees,
            roles=(INCIDENT_MANAGER,),
            summary=f"{self.label} is assigned to {manager.label if manager else 'nobody'}",
            difference=f"{self.label} is assigned to {_names(issue.assignees)}",
            authority=self._authority,
            obstacle=obstacle,
            said=owner.key if owner else None,
            unknown=self._why_no_wish(issue.assignees, owner),
        )

    def _account(self, person: Person, issue: Issue) -> Account | None:
        """The person's account; the tracker is asked only if it is not among the assignees."""
        if person.kind is PersonKind.SERVICE_ACCOUNT:
            return None
        login = self._people.login(person, self.name)
        email = (person.email or "").casefold()
        for each in issue.assignees:
            names = {each.login.casefold(), each.id.casefold()}
            if (login and login.casefold() in names) or (
                login is None and email and email == (each.email or "").casefold()
            ):
                return each
        if login is None and not person.email:
            return None
        return self._tracker.find_account(self._ref, login=login, email=person.email)

    def _why_unknown(self, person: Person) -> str:
        if person.kind is PersonKind.SERVICE_ACCOUNT:
            return f"{person.label} is a service account, which no issue is assigned to"
        login = self._people.login(person, self.name)
        title = self._tracker.title
        if login:
            return f"{title} has no user {login!r}, as the people file calls {person.label}"
        return (
            f"it is not known who {person.label} is on {title}: add `{self.name}` to their entry "
            "in the people file"
        )

    def _why_no_wish(self, assignees: tuple[Account, ...], owner: Person | None) -> str | None:
        """Why the assignees are no wish that can be taken in."""
        match assignees:
            case []:
                if self._authority is Authority.FOLLOW:
                    return None
                return f"{self.label} is assigned to nobody"
            case [account]:
                if not account.is_person:
                    return f"{self.label} is assigned to {account.login}, which is no person"
                if owner is None:
                    return (
                        f"{self.label} is assigned to {account.login}, and it is not known who "
                        "that is: add them to the people file"
                    )
                return None
            case _:
                names = join_names(each.login for each in assignees)
                return f"{self.label} is assigned to several people: {names}"

    def _assign(self, value: str | None, seen: str | None) -> targets.WriteOutcome:
        issue = self._tracker.issue(self._ref)
        if _joined(issue.assignees) != seen:
            return _MOVED
        account = Account(id=value, login=value) if value else None
        shown = self._tracker.assign(self._ref, account).assignees
        if value and value.casefold() not in _ids(shown):
            raise PlaceError(
                f"{self._manager or value} cannot be assigned in {self._ref.project}: "
                f"{self._tracker.title} took the change and shows {_names(shown)}.",
                target=self.name,
                hint="Only members and collaborators of the project can be assigned, and only by "
                "an account with the right to.",
                declines_write=True,
            )
        return targets.Shown(value=_joined(shown))

    def _describe(self, value: str, seen: str | None) -> targets.WriteOutcome:
        issue = self._tracker.issue(self._ref)
        if texts.block_of(self.name, issue.description) != seen:
            return _MOVED
        # Everything around the block stays as it is at this moment.
        described = texts.without_block(self.name, issue.description)
        if value != _NOTHING:
            described = texts.with_block(self.name, issue.description, value)
        shown = texts.block_of(self.name, self._tracker.describe(self._ref, described).description)
        if (shown or _NOTHING) != value:
            raise PlaceError(
                f"{self._tracker.title} took the description of {self.label} and shows another "
                "one.",
                target=self.name,
                declines_write=True,
            )
        return targets.Shown(value=shown)

    def _delete(self, change: targets.DeleteEntry | targets.DeleteSpare) -> targets.WriteOutcome:
        before = self._find(change.remote_id)
        if before is None:
            return targets.Removed(already=True)
        if before.digest != change.seen:
            return targets.Outdated(found="the comment was changed meanwhile")
        if isinstance(change, targets.DeleteSpare):
            stays = self._find(change.stays)
            if stays is None or not is_older_copy(change.key, stays, before):
                return targets.Outdated(found="the comment that stays was changed meanwhile")
        return targets.Removed(already=not self._tracker.delete_comment(self._ref, before.id))

    def _find(self, comment_id: str) -> targets.RemoteEntry | None:
        return next((each for each in self._listed() if each.id == comment_id), None)

    def _listed(self) -> Iterator[targets.RemoteEntry]:
        me = self._me or self._tracker.me()
        for each in self._tracker.comments(self._ref):
            yield self._entry(each, me)

    def _text_of(self, entry: Entry) -> str:
        """The comment about an entry: its text made harmless, with our tag below."""
        # Datadog may not say who wrote it; then the tag says that it is no word of ours.
        check = check_of(texts.canonical(entry.text))
        tag = with_tag("", key=entry.key, author=entry.author or _ELSEWHERE, check=check)
        longest = self._tracker.longest_text
        return texts.outgoing(self.name, entry.text, longest=longest, footer=tag)

    def _written(self, comment: Comment) -> targets.Written:
        return targets.Written(entry=self._entry(comment, self._me or self._tracker.me()))

    def _entry(self, comment: Comment, me: Account) -> targets.RemoteEntry:
        # The key in the tag can look like a commit, and is then broken up on its way out.
        whole = texts.incoming(self.name, comment.text)
        tagged = without_tag(whole)
        author = comment.author
        is_ours = author is not None and author.id == me.id
        key = tagged.key or (comment.key if is_ours else None)
        text = texts.canonical(tagged.text)
        return targets.RemoteEntry(
            id=comment.id,
            at=comment.created,
            created=comment.created,
            modified=comment.modified,
            text=text,
            whole=whole,
            author=(author.name or author.login) if author else None,
            kind=_SYSTEM if comment.is_system else NOTE,
            dialect=self.dialect,
            tagged=key,
            signed=None if tagged.author == _ELSEWHERE else tagged.author,
            ours=is_ours if author else None,
            untouched=is_ours and tagged.check == check_of(text),
        )


def _names(accounts: Iterable[Account]) -> str:
    names = [each.name or each.login for each in accounts]
    return join_names(names) if names else "nobody"


def _ids(accounts: Iterable[Account]) -> frozenset[str]:
    return frozenset(each.id.casefold() for each in accounts)


def _joined(accounts: Iterable[Account]) -> str | None:
    """The assignees as one value, the same for any order."""
    return ",".join(sorted(_ids(accounts))) or None


def _is_datadogs(comment: Comment) -> bool:
    """Whether Datadog's own integration wrote it (unverified: by the name of its account)."""
    author = comment.author
    if author is None or author.is_person:
        return False
    return "datadog" in f"{author.name or ''} {author.login}".casefold()
