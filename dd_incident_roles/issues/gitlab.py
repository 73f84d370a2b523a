"""Issues of GitLab, the hosted one and self-managed ones, through python-gitlab.

The library builds addresses and sends; our session refuses every answer but a success before the
library sees it, so that nothing is sent again and no redirect is followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final, Literal, NoReturn, TypeVar
from urllib.parse import parse_qsl, quote, urlsplit

import requests
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict

from dd_incident_roles import __version__
from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.issues.tracker import Account, Comment, Issue, IssueRef
from dd_incident_roles.model import EntryKey
from dd_incident_roles.place_client import Answered, PlaceClient, unless
from dd_incident_roles.transport import Access

if TYPE_CHECKING:
    from gitlab import Gitlab

_NEEDS = "the scope api, and at least the role Reporter in the project"
_CLOCKS_APART = timedelta(hours=1)
_PER_PAGE = 100
_LONGEST_TITLE = 255
_BOT = re.compile(r"(project|group)_\d+_bot(_\w+)?|service_account_\w+", re.ASCII)
"""The names that GitLab gives to the users of access tokens and to service accounts (document)."""

Query = Mapping[str, str | int]
Verb = Literal["get", "post", "put", "delete"]
Read = TypeVar("Read")


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class _User(_Shape):
    """Only the answer about one user alone has ``bot`` and ``public_email`` (source)."""

    id: int
    username: str
    name: str | None = None
    public_email: str | None = None
    bot: bool = False


class _ScopesOfToken(_Shape):
    scopes: tuple[str, ...]


class _Project(_Shape):
    visibility: str


class _Issue(_Shape):
    iid: int
    title: str
    description: Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
    state: str
    assignees: tuple[_User, ...]
    web_url: str
    updated_at: AwareDatetime
    confidential: bool = False


class _Note(_Shape):
    id: int
    body: str
    system: bool
    created_at: AwareDatetime
    updated_at: AwareDatetime
    author: _User | None
    internal: bool = False
    confidential: bool = False
    """What ``internal`` was called before GitLab 15.5."""


class GitlabTracker:
    """One GitLab; serves one run, since it asks only once who we are and how public a project is.

    Texts go out as they are given: a line that begins with ``/`` and the name of a quick action
    would be carried out by GitLab, so they must be harmless already. Raises ConfigurationError for
    an address or token that cannot be used, and where python-gitlab is missing.
    """

    name: Final = "gitlab"
    title: Final = "GitLab"
    key_prefix: Final = "gl"
    longest_text: Final = 1_000_000

    def __init__(self, access: Access) -> None:
        self._patience = access.patience
        self._client = PlaceClient(access, target=self.name, title=self.title, needs=_NEEDS)
        session = self._client.open_session("PRIVATE-TOKEN", self._client.secret)
        session.hooks["response"] = [_refuse]
        self._gitlab = _library(self._client.address.url, session)
        self._me: Account | None = None
        self._visibilities: dict[str, str] = {}
        self._accounts: dict[int, Account] = {}

    def me(self) -> Account:
        """The account that the token belongs to; that of a project or group token is a bot."""
        if self._me is None:
            self._me = _account(self._read(_User, "/user", "reading whose token it is"))
        return self._me

    def lacking(self, project: str | None) -> tuple[str, ...] | None:  # noqa: ARG002 - a protocol
        """The scope that the token lacks; None of one that is no access token (document)."""
        path, what = "/personal_access_tokens/self", "reading the scopes of the token"
        found = unless({401, 403, 404}, lambda: self._read(_ScopesOfToken, path, what))
        if found is None:
            return None
        return () if "api" in found.scopes else ("api",)

    def issue(self, ref: IssueRef) -> Issue:
        """Read one issue."""
        return self._issue_of(ref, self._read(_Issue, _path(ref), f"reading {ref.label}"))

    def comments(self, ref: IssueRef) -> Sequence[Comment]:
        """Read every comment, oldest first.

        Internal notes are left out: they are for members only, and must go nowhere else. Servers
        that know the filter leave out what GitLab wrote itself.
        """
        query = {"sort": "asc", "order_by": "created_at", "activity_filter": "only_comments"}
        notes = self._all(
            tuple[_Note, ...], f"{_path(ref)}/notes", query, f"reading the notes of {ref.label}"
        )
        return [_comment(note) for note in notes if not (note.internal or note.confidential)]

    def find_account(
        self, ref: IssueRef, *, login: str | None, email: str | None
    ) -> Account | None:
        """The one account with exactly this login, else with exactly this public e-mail.

        GitLab shows an e-mail only where its owner made it public.
        """
        what = f"looking for an assignee of {ref.label}"
        if login:
            users = self._all(tuple[_User, ...], "/users", {"username": login}, what)
            found = [user for user in users if user.username.casefold() == login.casefold()]
            if len(found) == 1:
                return self._whole(found[0])
        if not email:
            return None
        hits = [
            self._whole(user)
            for user in self._all(tuple[_User, ...], "/users", {"search": email}, what)
        ]
        same = [each for each in hits if (each.email or "").casefold() == email.casefold()]
        return same[0] if len(same) == 1 else None

    def assign(self, ref: IssueRef, account: Account | None) -> Issue:
        """Make one person the only assignee, or empty it; an id of 0 stands for nobody (document).

        GitLab drops somebody who cannot read the issue, and everybody where the token may not
        assign, with a 200: only what is returned tells.
        """
        ids = [int(account.id) if account else 0]
        return self._change(ref, {"assignee_ids": ids}, f"assigning {ref.label}")

    def describe(self, ref: IssueRef, description: str) -> Issue:
        """Replace the description; GitLab drops every ``\\r`` and the white space at the end."""
        return self._change(ref, {"description": description}, f"describing {ref.label}")

    def create(self, project: str, *, title: str, description: str) -> Issue:
        """Create an issue in a project; a title of more than 255 characters is cut."""
        what = f"creating an issue in {project}"
        body = {"title": title[:_LONGEST_TITLE], "description": description}
        response = self._ask("post", f"{_project_path(project)}/issues", what, body=body)
        found = self._client.parse(_Issue, response.content, what, writes=True)
        return self._issue_of(_ref(project, found), found)

    def find_created(self, project: str, mark: str, *, since: datetime) -> Issue | None:
        """The first issue that our account created since then and whose description has the mark.

        Looks an hour further back, because GitLab's clock may be behind ours.
        """
        query = {
            "scope": "all",
            "author_id": self.me().id,
            "created_after": (since - _CLOCKS_APART).astimezone(UTC).isoformat(),
            "order_by": "created_at",
            "sort": "asc",
        }
        what = f"looking for our issue in {project}"
        for found in self._all(tuple[_Issue, ...], f"{_project_path(project)}/issues", query, what):
            if mark in found.description:
                return self._issue_of(_ref(project, found), found)
        return None

    def add_comment(self, ref: IssueRef, text: str, *, key: EntryKey) -> Comment:  # noqa: ARG002
        """Write a note; GitLab has no place for the key but the text."""
        return self._write_note("post", f"{_path(ref)}/notes", text, f"commenting on {ref.label}")

    def edit_comment(
        self,
        ref: IssueRef,
        comment_id: str,
        text: str,
        *,
        key: EntryKey,  # noqa: ARG002
    ) -> Comment:
        """Replace a note that we wrote."""
        path = f"{_path(ref)}/notes/{quote(comment_id, safe='')}"
        return self._write_note("put", path, text, f"editing our comment on {ref.label}")

    def delete_comment(self, ref: IssueRef, comment_id: str) -> bool:
        """Delete a note that we wrote; False where it was gone already."""
        path = f"{_path(ref)}/notes/{quote(comment_id, safe='')}"
        what = f"deleting our comment on {ref.label}"
        if unless({404}, lambda: self._ask("delete", path, what)) is not None:
            return True
        # The same answer stands for an issue that the token does not see any more.
        self.issue(ref)
        return False

    def _change(self, ref: IssueRef, body: Mapping[str, object], what: str) -> Issue:
        response = self._ask("put", _path(ref), what, body=body)
        found = self._client.parse(_Issue, response.content, what, writes=True)
        return self._issue_of(ref, found)

    def _write_note(self, verb: Verb, path: str, text: str, what: str) -> Comment:
        response = self._ask(verb, path, what, body={"body": text})
        if response.status_code == 202:
            raise self._client.not_shown(
                f"GitLab took the whole text for quick actions and kept no comment ({what})."
            )
        return _comment(self._client.parse(_Note, response.content, what, writes=True))

    def _issue_of(self, ref: IssueRef, found: _Issue) -> Issue:
        return Issue(
            ref=ref,
            url=found.web_url,
            title=found.title,
            description=found.description,
            assignees=tuple(map(_account, found.assignees)),
            is_public=not found.confidential and self.is_public(ref.project),
            is_open=found.state == "opened",
            modified=found.updated_at,
        )

    def is_public(self, project: str) -> bool:
        """Whether people without an account see the project; an internal one needs an account."""
        if project not in self._visibilities:
            what = f"reading who sees {project}"
            found = self._read(_Project, _project_path(project), what)
            self._visibilities[project] = found.visibility
        return self._visibilities[project] not in {"private", "internal"}

    def _whole(self, user: _User) -> Account:
        """Read the rest about one user, once: these have a low limit of their own (source)."""
        if user.id not in self._accounts:
            what = f"reading the account {user.username}"
            self._accounts[user.id] = _account(self._read(_User, f"/users/{user.id}", what))
        return self._accounts[user.id]

    def _all(
        self, shape: type[tuple[Read, ...]], path: str, query: Query, what: str
    ) -> Iterator[Read]:
        """Read a listing whole, page by page; a short page says nothing, only the links do.

        Of a link only the query is used: it leads to where the server believes itself to be. A
        row that is deleted meanwhile moves another one to a page that was read, which shows in
        the total.
        """
        asked: Query = {**query, "per_page": _PER_PAGE}
        total: str | None = None
        while True:
            response = self._ask("get", path, what, query=asked)
            rows = self._client.parse(shape, response.content, what)
            counted = response.headers.get("X-Total")
            if "Link" not in response.headers:
                raise self._client.unexpected(what, "does not say whether more follows.")
            if total is not None and counted != total:
                raise self._client.unexpected(what, "changed while it was read.")
            yield from rows
            following = response.links.get("next", {}).get("url")
            if following is None:
                return
            before, asked = asked, dict(parse_qsl(urlsplit(following).query))
            if asked == before:
                raise self._client.unexpected(what, "has a page that leads to itself.")
            total = counted

    def _read(self, shape: type[Read], path: str, what: str) -> Read:
        return self._client.parse(shape, self._ask("get", path, what).content, what)

    def _ask(
        self,
        verb: Verb,
        path: str,
        what: str,
        *,
        query: Query | None = None,
        body: Mapping[str, object] | None = None,
    ) -> requests.Response:
        seconds = min(self._patience.answer_seconds, self._patience.left)
        return self._client.ask(
            lambda: self._gitlab.http_request(
                verb,
                path,
                query_data=dict(query or {}),
                post_data=None if body is None else dict(body),
                timeout=seconds,
                # The library could wait and send again by itself; here each request goes out once.
                obey_rate_limit=False,
                retry_transient_errors=False,
                max_retries=0,
            ),
            what,
            writes=verb != "get",
        )


def _library(url: str, session: requests.Session) -> Gitlab:
    try:
        from gitlab import Gitlab
    except ImportError:
        raise ConfigurationError(
            "GitLab needs the library python-gitlab, which is not installed",
            hint="Run: pip install 'dd-incident-roles[gitlab]'",
        ) from None
    # Without a token: the session has it, and gives it to one address only.
    return Gitlab(url, session=session, user_agent=f"dd-incident-roles/{__version__}")


def _refuse(response: requests.Response, *_: object, **__: object) -> None:
    """Raise Answered for everything but a success."""
    if not 200 <= response.status_code < 300:
        _raise(response)


def _raise(response: requests.Response) -> NoReturn:
    """Say what GitLab says: ``message``, ``error`` with a description, or a short plain text."""
    said, scope = "", None
    try:
        body: object = response.json()
    except ValueError:
        body = response.text if "text/plain" in response.headers.get("Content-Type", "") else ""
    if isinstance(body, Mapping):
        told = body.get("message", body.get("error_description", body.get("error", "")))
        said = told if isinstance(told, str) else _flat(told)
        scope = _scope(body, response.headers.get("WWW-Authenticate", ""))
    elif isinstance(body, str):
        said = body
    raise Answered(
        response.status_code, said, scope=scope, pause=response.headers.get("Retry-After")
    )


def _flat(told: object) -> str:
    """Write refusals by field as one line: ``title is too long, is reserved``."""
    if isinstance(told, Mapping):
        return "; ".join(f"{name} {_flat(each)}" for name, each in told.items())
    if isinstance(told, list):
        return ", ".join(map(_flat, told))
    return str(told)


def _scope(body: Mapping[str, object], challenge: str) -> str | None:
    if body.get("error") != "insufficient_scope":
        return None
    named = body.get("scope")
    in_header = re.search(r'scope="([^"]+)"', challenge)
    words = str(named) if named else in_header[1] if in_header else "api"
    return f"the scope {' or '.join(words.split())}"


def _project_path(project: str) -> str:
    return f"/projects/{quote(project, safe='')}"


def _path(ref: IssueRef) -> str:
    return f"{_project_path(ref.project)}/issues/{quote(ref.number, safe='')}"


def _ref(project: str, found: _Issue) -> IssueRef:
    return IssueRef(project=project, number=str(found.iid), label=f"{project}#{found.iid}")


def _account(user: _User) -> Account:
    return Account(
        id=str(user.id),
        login=user.username,
        name=user.name,
        email=user.public_email or None,
        # Listings and notes have no `bot`: there only the name tells.
        is_person=not (user.bot or _BOT.fullmatch(user.username)),
    )


def _comment(note: _Note) -> Comment:
    return Comment(
        id=str(note.id),
        text=note.body,
        created=note.created_at,
        modified=note.updated_at,
        author=_account(note.author) if note.author else None,
        is_system=note.system,
    )
