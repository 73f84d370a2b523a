"""Jira Cloud and Jira Data Center."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from urllib.parse import quote

from dd_incident_roles.errors import PlaceError
from dd_incident_roles.issues import jira_client as wire
from dd_incident_roles.issues import jira_text
from dd_incident_roles.issues.jira_client import USER_SETTING, JiraClient
from dd_incident_roles.issues.tracker import Account, Comment, Issue, IssueRef
from dd_incident_roles.model import EntryKey
from dd_incident_roles.place_client import unless
from dd_incident_roles.transport import Access
from dd_incident_roles.values import frozen
from dd_incident_roles.words import shorten

# What Jira takes where no administrator set another limit (issues of other clients).
LONGEST_TEXT = 32_767
LONGEST_TITLE = 255
PROPERTY = "dd-incident-roles"
"""The property of a comment that holds its key."""
ISSUE_TYPE = "Task"
PAGE_SIZE = 100
MOST_PEOPLE = 1000
"""A search of people looks at no more than so many (document)."""
MOST_COMMENTS = 1000
"""So many comments can be asked for by their ids at once (document)."""
TRIES_OF_A_LISTING = 3

_FIELDS = "summary,description,assignee,status,project,created,updated"
_NEEDED = ("BROWSE_PROJECTS", "ASSIGN_ISSUES", "EDIT_ISSUES")
# Of what strangers may not see, Jira also says that it is not there.
_HIDDEN = frozenset({401, 403, 404})
# In Jira Service Management a comment goes to the customer unless this is said (other clients).
_INTERNAL = MappingProxyType({"key": "sd.public.comment", "value": {"internal": True}})


@frozen
class Flavour:
    """What is called otherwise in Cloud and in Data Center; the rest is the same (document).

    ``id`` names an account in a body, ``by_id`` and ``by_email`` in a search for people. ``write``
    and ``read`` turn plain text into a body and back, ``rewrite`` changes one and keeps what stays.
    """

    title: str
    id: str
    by_id: str
    by_email: str
    search: str
    longest_text: int
    write: Callable[[str], object]
    read: Callable[[object], str]
    rewrite: Callable[[object, str], object | None]


CLOUD = Flavour(
    title="Jira Cloud",
    id="accountId",
    by_id="accountId",
    by_email="query",
    search="search/jql",
    longest_text=LONGEST_TEXT,
    write=jira_text.document,
    read=jira_text.document_text,
    rewrite=jira_text.rewrite_document,
)
DATA_CENTER = Flavour(
    title="Jira Data Center",
    id="name",
    by_id="username",
    by_email="username",
    search="search",
    # Escaping makes a text twice as long at most.
    longest_text=LONGEST_TEXT // 2,
    write=jira_text.wiki,
    read=jira_text.wiki_text,
    rewrite=jira_text.rewrite_wiki,
)


class JiraTracker:
    """The issues of one Jira.

    With a ``user``, the e-mail of the token's account, it is Jira Cloud, and Data Center without:
    the two take their tokens in these ways only, while the name of a host tells nothing certain.
    Raises ConfigurationError for an address, a user or a token that cannot be used, and without the
    library.
    """

    name = "jira"
    title = "Jira"
    key_prefix = "jira"

    def __init__(self, access: Access, *, user: str | None = None) -> None:
        self._client = JiraClient(access, user=user)
        self.flavour = CLOUD if self._client.is_cloud else DATA_CENTER
        self.longest_text = self.flavour.longest_text
        self._public: dict[str, bool] = {}
        self._me: Account | None = None

    def me(self) -> Account:
        """The account that the token belongs to."""
        if self._me is None:
            what = "reading the account of the token"
            try:
                self._me = self._account(self._client.read(wire.User, what, "myself"), what)
            except PlaceError as error:
                if error.status != 404:
                    raise
                # The path has the version, which the other flavour does not have.
                raise PlaceError(
                    f"There is no {self.flavour.title} at this address.",
                    target=self.name,
                    hint=f"Set {USER_SETTING} for Jira Cloud, and leave it empty for Data Center.",
                    status=404,
                    stops_the_run=True,
                ) from None
        return self._me

    def lacking(self, project: str | None) -> tuple[str, ...] | None:
        """The permissions that the account lacks, in the project or in every one (document)."""
        needed = [*_NEEDED, *(["CREATE_ISSUES"] if project else [])]
        query = {"permissions": ",".join(needed), **({"projectKey": project} if project else {})}
        what = "reading the permissions of the account"
        # A project that is not there is told by reading it.
        answer = unless(
            {400, 403, 404},
            lambda: self._client.read(wire.Permissions, what, "mypermissions", **query),
        )
        if answer is None:
            return None
        found = answer.permissions
        return tuple(name for name in needed if name in found and not found[name].have_permission)

    def issue(self, ref: IssueRef) -> Issue:
        """Read one issue; one that was moved comes under its new key."""
        return self._issue(self._fetch(ref), f"reading {ref.label}")

    def comments(self, ref: IssueRef) -> Sequence[Comment]:
        """Read every comment, oldest first, but what only a group or a role may see.

        Raises PlaceError where comments come and go so fast that no listing is whole.
        """
        for _ in range(TRIES_OF_A_LISTING):
            listed = self._listing(ref)
            if listed is not None:
                return [self._as_comment(row) for row in self._with_properties(listed)]
        what = f"reading the comments of {ref.label}"
        raise self._client.asks.unexpected(what, "changed while it was read.")

    def find_account(
        self, ref: IssueRef, *, login: str | None, email: str | None
    ) -> Account | None:
        """The one account with exactly this login, which is the account id in Cloud, or e-mail.

        A search may hide an e-mail, by the settings of the person (document): such a hit is none.
        """
        if login:
            wanted = login.casefold()
            found = self._people(ref, {self.flavour.by_id: login})
            same = [each for each in found if each.id.casefold() == wanted]
            if len(same) == 1:
                return same[0]
            # Whoever cannot be assigned is found all the same, and Jira then says why not.
            user = self._user(login)
            if user is not None and user.id.casefold() == wanted:
                return user
        if not email:
            return None
        wanted = email.casefold()
        found = self._people(ref, {self.flavour.by_email: email})
        same = [each for each in found if (each.email or "").casefold() == wanted]
        return same[0] if len(same) == 1 else None

    def assign(self, ref: IssueRef, account: Account | None) -> Issue:
        """Make one person the assignee, or empty it; returns what is shown afterwards.

        By the path for assignees: that of the whole issue may change nothing without a word, and
        needs the field on the screen for edits (issues of other clients).
        """
        what = f"assigning {ref.label}"
        body = {self.flavour.id: None if account is None else account.id}
        self._client.write("PUT", f"{_path(ref)}/assignee", what, body)
        return self._shown_after(ref, what)

    def describe(self, ref: IssueRef, description: str) -> Issue:
        """Replace the description; returns what is shown afterwards.

        Only what lies between the first and the last line that differ is written anew, as plain
        text. Where that has a form of its own, it is declined: the form would be lost.
        """
        what = f"changing the description of {ref.label}"
        body = self.flavour.rewrite(self._fetch(ref).fields.description, description)
        if body is None:
            raise self._client.asks.not_shown(
                f"The description of {ref.label} was not changed: the lines that change are part of"
                " a list, a table or a panel, or in bold and the like, which would be lost. Move"
                " or delete the lines of dd-incident-roles there; they are then written anew."
            )
        self._client.write("PUT", _path(ref), what, {"fields": {"description": body}})
        return self._shown_after(ref, what)

    def create(self, project: str, *, title: str, description: str) -> Issue:
        """Create a task; fields that a project asks for are declined."""
        what = f"creating an issue in {project}"
        fields = {
            "project": {"key": project},
            "issuetype": {"name": ISSUE_TYPE},
            # Jira refuses a summary of more than one line.
            "summary": shorten(" ".join(title.split()), LONGEST_TITLE),
            "description": self.flavour.write(description),
        }
        answer = self._client.write("POST", "issue", what, {"fields": fields})
        return self._shown_after(
            _ref(self._client.parse(wire.Created, answer, what, writes=True).key), what
        )

    def find_created(self, project: str, mark: str, *, since: datetime) -> Issue | None:
        """The oldest issue that our account created since then and whose description has the mark.

        A search may lag some seconds behind (unverified): that it finds nothing proves little.
        """
        what = f"searching {project} for our issue"
        # The days of a query are those of the account's time zone, which may be half a day off.
        first_day = (since - timedelta(days=1)).date().isoformat()
        query: dict[str, object] = {
            "jql": f'project = "{_quoted(project)}" AND creator = currentUser()'
            f' AND created >= "{first_day}" ORDER BY created ASC',
            "fields": _FIELDS.split(","),
            "maxResults": PAGE_SIZE,
        }
        seen = 0
        while True:
            page = self._client.parse(
                wire.Found, self._client.send("POST", self.flavour.search, what, body=query), what
            )
            for each in page.issues:
                if each.fields.created >= since and mark in self._text(each):
                    return self._issue(each, what)
            seen += len(page.issues)
            if page.next_page_token:
                query["nextPageToken"] = page.next_page_token
            elif page.issues and page.total is not None and seen < page.total:
                query["startAt"] = seen
            else:
                return None

    def add_comment(self, ref: IssueRef, text: str, *, key: EntryKey) -> Comment:
        """Write a comment, with its key in the same request."""
        what = f"commenting on {ref.label}"
        own = {"key": PROPERTY, "value": {"key": key}}
        body = {"body": self.flavour.write(text), "properties": [own, dict(_INTERNAL)]}
        answer = self._client.write(
            "POST", f"{_path(ref)}/comment", what, body, expand="properties"
        )
        return self._as_comment(self._client.parse(wire.Comment, answer, what, writes=True), key)

    def edit_comment(self, ref: IssueRef, comment_id: str, text: str, *, key: EntryKey) -> Comment:
        """Replace a comment that we wrote.

        Its properties stay as they are, and with them its key and who may see it: a list of them
        would replace them all, and so show an internal comment to customers (other clients).
        """
        what = f"changing a comment on {ref.label}"
        path = f"{_path(ref)}/comment/{quote(comment_id, safe='')}"
        body = {"body": self.flavour.write(text)}
        answer = self._client.write("PUT", path, what, body, expand="properties")
        return self._as_comment(self._client.parse(wire.Comment, answer, what, writes=True), key)

    def delete_comment(self, ref: IssueRef, comment_id: str) -> bool:
        """Delete a comment that we wrote; False where it was gone already."""
        path = f"{_path(ref)}/comment/{quote(comment_id, safe='')}"
        what = f"deleting a comment on {ref.label}"
        return unless({404}, lambda: self._client.write("DELETE", path, what)) is not None

    def _listing(self, ref: IssueRef) -> list[wire.Comment] | None:
        """Every comment; None where one went away between two pages, which moves the others.

        Each further page begins with the last comment of the one before, and so shows that nothing
        moved. It ends where a page brings nothing new: the total may shrink meanwhile.
        """
        what = f"reading the comments of {ref.label}"
        listed: list[wire.Comment] = []
        while True:
            start = max(0, len(listed) - 1)
            page = self._client.read(
                wire.Page,
                what,
                f"{_path(ref)}/comment",
                startAt=start,
                maxResults=PAGE_SIZE,
                orderBy="created",
                expand="properties",
            )
            if listed and [each.id for each in page.comments[:1]] != [listed[-1].id]:
                return None
            fresh = page.comments[1:] if listed else page.comments
            listed.extend(fresh)
            if not fresh or len(listed) >= page.total:
                return listed

    def _with_properties(self, listed: Sequence[wire.Comment]) -> list[wire.Comment]:
        """What all may see; properties that the listing leaves out are asked for, of our own."""
        rows = [row for row in listed if row.visibility is None]
        own = [
            row.id
            for row in rows
            if row.properties is None and self._known(row.author) == self.me()
        ]
        found = self._properties(own)
        return [
            row.model_copy(update={"properties": found.get(row.id, row.properties)}) for row in rows
        ]

    def _properties(self, ids: Sequence[str]) -> dict[str, tuple[wire.Property, ...]]:
        what = "reading the keys of comments"
        if self.flavour is DATA_CENTER:
            return {each: self._property(each, what) for each in ids}
        found: dict[str, tuple[wire.Property, ...]] = {}
        while left := [int(each) for each in ids if each.isdecimal() and each not in found]:
            answer = self._client.send(
                "POST",
                "comment/list",
                what,
                query={"expand": "properties"},
                body={"ids": left[:MOST_COMMENTS]},
            )
            page = self._client.parse(wire.Comments, answer, what)
            fresh = {row.id: row.properties or () for row in page.values if row.id not in found}
            if not fresh:
                # The rest was deleted meanwhile.
                break
            found |= fresh
        return found

    def _property(self, comment_id: str, what: str) -> tuple[wire.Property, ...]:
        path = f"comment/{quote(comment_id, safe='')}/properties/{PROPERTY}"
        found = unless({404}, lambda: self._client.read(wire.Property, what, path))
        return () if found is None else (found,)

    def _as_comment(self, row: wire.Comment, key: EntryKey | None = None) -> Comment:
        """A comment; ``key`` is what it has where the answer leaves properties out."""
        if row.properties is not None:
            values = [each.value for each in row.properties if each.key == PROPERTY]
            keys = [each.get("key") for each in values if isinstance(each, Mapping)]
            key = next((EntryKey(each) for each in keys if isinstance(each, str)), None)
        return Comment(
            id=row.id,
            text=self.flavour.read(row.body),
            created=row.created,
            modified=row.updated,
            author=self._known(row.author),
            key=key,
        )

    def _fetch(self, ref: IssueRef) -> wire.Issue:
        return self._client.read(wire.Issue, f"reading {ref.label}", _path(ref), fields=_FIELDS)

    def _shown_after(self, ref: IssueRef, what: str) -> Issue:
        """The issue after a write that was accepted: that it cannot be read is no refusal."""
        try:
            return self._issue(self._fetch(ref), what)
        except PlaceError as error:
            raise self._client.asks.unexpected(
                what, f"was a success, but it could not be seen: {error}", writes=True
            ) from None

    def _issue(self, row: wire.Issue, what: str) -> Issue:
        fields = row.fields
        assignee = fields.assignee
        return Issue(
            ref=_ref(row.key),
            url=f"{self._client.site()}/browse/{row.key}",
            title=fields.summary,
            description=self._text(row),
            assignees=() if assignee is None else (self._account(assignee, what),),
            is_public=self._is_public(row),
            is_open=fields.status.status_category.key != "done",
            modified=fields.updated,
        )

    def _text(self, row: wire.Issue) -> str:
        return self.flavour.read(row.fields.description)

    def is_public(self, project: str) -> bool:
        """Whether strangers, or the customers of a service project, read its new issues."""
        path = f"project/{quote(project, safe='')}"
        found = self._client.read(wire.Project, f"reading the project {project}", path)
        return found.project_type_key == "service_desk" or self._is_for_strangers(project, path)

    def _is_public(self, row: wire.Issue) -> bool:
        """Whether people outside can read it: a stranger, or a customer of a service project."""
        if row.fields.project.project_type_key == "service_desk":
            return True
        return self._is_for_strangers(row.key, _path(_ref(row.key)), fields="summary")

    def _is_for_strangers(self, name: str, path: str, **query: str) -> bool:
        """Whether it can be read without a token, which a project can allow (document).

        Tried once; True where there is neither the thing nor a refusal.
        """
        if name in self._public:
            return self._public[name]
        what = f"reading {name} without a token"
        try:
            status = self._client.status_for_strangers(path, what, **query)
        except PlaceError:
            return True
        # A way to sign in is a refusal too.
        is_refused = status in _HIDDEN or 300 <= status < 400
        if is_refused or status < 300:
            self._public[name] = not is_refused
        return not is_refused

    def _people(self, ref: IssueRef, query: Mapping[str, str]) -> list[Account]:
        """Whom the issue can be assigned to; the search goes by the beginnings of words."""
        what = f"looking for a person in {ref.project}"
        found = self._client.read(
            tuple[wire.User, ...],
            what,
            "user/assignable/search",
            issueKey=ref.number,
            maxResults=MOST_PEOPLE,
            **query,
        )
        return [self._account(each, what) for each in found]

    def _user(self, login: str) -> Account | None:
        what = "looking for a person"
        # To look at people in general is a right of its own.
        user = unless(
            {400, 403, 404},
            lambda: self._client.read(wire.User, what, "user", **{self.flavour.by_id: login}),
        )
        return None if user is None else self._account(user, what)

    def _account(self, user: wire.User, what: str) -> Account:
        account = self._known(user)
        if account is None:
            raise self._client.asks.unexpected(what, f"names a user without {self.flavour.id}.")
        return account

    def _known(self, user: wire.User | None) -> Account | None:
        account_id = user and (user.account_id if self.flavour is CLOUD else user.name)
        if user is None or not account_id:
            return None
        return Account(
            id=account_id,
            login=account_id,
            name=user.display_name,
            email=user.email_address,
            is_person=user.account_type != "app",
        )


def _path(ref: IssueRef) -> str:
    return f"issue/{quote(ref.number, safe='')}"


def _ref(key: str) -> IssueRef:
    return IssueRef(project=key.rpartition("-")[0], number=key, label=key)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
