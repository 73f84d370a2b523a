"""GitHub and GitHub Enterprise Server, through PyGithub.

What is asked goes through PyGithub's requester and not through its objects: those send requests
when an attribute is looked at, and keep the old value of what an answer leaves out (client source).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import quote, urljoin, urlsplit

import requests
from pydantic import AliasPath, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from requests.utils import parse_header_links

from dd_incident_roles import __version__
from dd_incident_roles.errors import ConfigurationError, PlaceError
from dd_incident_roles.issues.tracker import Account, Comment, Issue, IssueRef
from dd_incident_roles.model import EntryKey
from dd_incident_roles.place_client import Answered, PlaceClient, unless
from dd_incident_roles.transport import Access
from dd_incident_roles.values import frozen

PUBLIC_API = "https://api.github.com"
NEEDS = "the permission Issues: read and write (a classic token: the scope repo)"
PAGE_SIZE = 100
CLOCKS_AGREE = timedelta(minutes=5)
"""How far GitHub's clock may be behind ours without an issue of ours being missed."""

# More is refused as a whole (issues of other clients).
_LONGEST_TITLE = 256
_VIEWER = {"query": "query { viewer { login } }"}


_LIMIT_WORDS = ("rate limit", "abuse detection", "please wait a few minutes")

Read = TypeVar("Read")


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class _User(_Shape):
    """A user, an organisation or a bot."""

    login: str
    type: str
    name: str | None = None


class _Issue(_Shape):
    """An issue, or a pull request, which is one too."""

    number: int
    html_url: str
    title: str
    body: str | None
    assignees: tuple[_User, ...]
    state: str
    updated_at: AwareDatetime
    user: _User | None = None


class _Comment(_Shape):
    """A comment; its author is missing where the account was deleted."""

    id: int
    body: str | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    user: _User | None = None


class _Repository(_Shape):
    """Old servers do not know the visibility."""

    private: bool | None = None
    visibility: str | None = None


class _Viewer(_Shape):
    login: str = Field(validation_alias=AliasPath("data", "viewer", "login"))


class _Problem(_Shape):
    message: str = ""
    errors: object = None


@frozen
class _Answer:
    """An answer of 2xx, with header names in small letters."""

    headers: Mapping[str, str]
    text: str


class GithubTracker:
    """The issues of one GitHub.

    On an Enterprise Server the address is ``https://HOST/api/v3``. Raises ConfigurationError for an
    address or a token that cannot be used, and without PyGithub.
    """

    name = "github"
    title = "GitHub"
    key_prefix = "gh"
    longest_text = 65_536

    def __init__(self, access: Access) -> None:
        try:
            from github import Auth, Github
            from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass
        except ImportError:
            hint = "Install it: pip install 'dd-incident-roles[github]'."
            raise ConfigurationError("GitHub needs the library PyGithub", hint=hint) from None
        is_hosted = access.base_url.startswith(PUBLIC_API)
        self._client = PlaceClient(
            access,
            target=self.name,
            title=self.title,
            needs=NEEDS,
            advice="" if is_hosted else "The address of an Enterprise Server ends with /api/v3.",
        )
        address = self._client.address
        parts = urlsplit(address.url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        # The session bounds the socket, and Patience everything.
        seconds = math.ceil(access.patience.answer_seconds)
        self._asks = Github(
            base_url=address.url,
            auth=Auth.Token(self._client.secret),
            user_agent=f"dd-incident-roles/{__version__}",
            timeout=seconds,
            per_page=PAGE_SIZE,
            # PyGithub would wait and send again by itself; here each request goes out once.
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
        ).requester
        kind = HTTPSRequestsConnectionClass if address.secure else HTTPRequestsConnectionClass
        # urlsplit takes the brackets off an IPv6 address, of which PyGithub makes an address again.
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        self._connection = kind(host or "", parts.port, timeout=seconds)
        # PyGithub's own session would take a proxy for this machine, and pass cookies on.
        session = self._client.open_session()
        session.hooks["response"].append(self._refuse_detours)
        self._connection.session = session
        self._public: dict[str, bool] = {}
        self._me: Account | None = None

    def __repr__(self) -> str:
        return f"GithubTracker({self._client.address.host!r})"

    def me(self) -> Account:
        """The account that the token belongs to.

        The token of an app or of Actions may not ask for a user (recorded); what GraphQL calls the
        viewer is then its bot (client source: Renovate asks so).
        """
        if self._me is None:
            what = "reading whose token it is"
            found = unless({403}, lambda: self._read("/user", _User, what))
            if found is None:
                shown = self._send("POST", self._asks.graphql_url, what, body=_VIEWER)
                login = self._client.parse(_Viewer, shown.text, what).login
                self._me = Account(id=login, login=login, is_person=False)
            else:
                self._me = _account(found)
        return self._me

    def lacking(self, project: str | None) -> tuple[str, ...] | None:  # noqa: ARG002 - a protocol
        """The scope that a classic token lacks; only for those does GitHub name any (issues)."""
        what = "reading the scopes of the token"
        answer = unless({403}, lambda: self._send("GET", "/user", what))
        if answer is None:
            return None
        named = answer.headers.get("x-oauth-scopes")
        if named is None:
            return None
        scopes = {each.strip() for each in named.split(",")}
        return () if scopes & {"repo", "public_repo"} else ("repo",)

    def issue(self, ref: IssueRef) -> Issue:
        """Read one issue, and whether the public sees it, which can change at any time."""
        self._public.pop(ref.project, None)
        what = f"reading {ref.label}"
        return self._issue(ref.project, self._read(_path(ref), _Issue, what))

    def comments(self, ref: IssueRef) -> Sequence[Comment]:
        """Read every comment, oldest first, until GitHub names no next page."""
        path, what = f"{_path(ref)}/comments", f"reading the comments of {ref.label}"
        return list(map(_as_comment, self._all(path, tuple[_Comment, ...], what)))

    def find_account(
        self,
        ref: IssueRef,  # noqa: ARG002 - an account is the same in every repository
        *,
        login: str | None,
        email: str | None,  # noqa: ARG002 - hidden
    ) -> Account | None:
        """The account with exactly this login; GitHub hides e-mails, so that none is looked for."""
        if login is None:
            return None
        path, what = f"/users/{quote(login, safe='')}", f"looking for the account {login}"
        found = unless({404}, lambda: self._read(path, _User, what))
        if found is None or found.login.casefold() != login.casefold():
            return None
        return _account(found)

    def assign(self, ref: IssueRef, account: Account | None) -> Issue:
        """Make one person the only assignee; the answer has those whom GitHub took.

        Raises PlaceError, before anything is written, for somebody who cannot be assigned.
        """
        if account is not None:
            self._insist_on_assignable(ref, account)
        logins = [account.id] if account is not None else []
        return self._edit(ref, f"assigning {ref.label}", {"assignees": logins})

    def describe(self, ref: IssueRef, description: str) -> Issue:
        """Replace the description; the answer has the text that GitHub kept."""
        return self._edit(ref, f"describing {ref.label}", {"body": description})

    def create(self, project: str, *, title: str, description: str) -> Issue:
        """Create an issue in a repository; a title of more than 256 characters is cut."""
        what = f"creating an issue in {project}"
        body = {"title": title[:_LONGEST_TITLE], "body": description}
        # Read now and kept: read after the write, its failure would look like that of the write.
        self.is_public(project)
        answer = self._send("POST", f"{_repository(project)}/issues", what, body=body, writes=True)
        return self._issue(project, self._client.parse(_Issue, answer.text, what, writes=True))

    def find_created(self, project: str, mark: str, *, since: datetime) -> Issue | None:
        """The oldest issue of ours with the mark; by the listing, since the search comes late."""
        me = self.me()
        query = {
            "creator": me.login,
            "state": "all",
            "since": (since - CLOCKS_AGREE).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "sort": "created",
            "direction": "asc",
        }
        what = f"looking for an issue of ours in {project}"
        shown = self._all(f"{_repository(project)}/issues", tuple[_Issue, ...], what, query)
        for each in shown:
            author = each.user.login if each.user else ""
            if author.casefold() == me.login.casefold() and mark in (each.body or ""):
                self._public.pop(project, None)
                return self._issue(project, each)
        return None

    def add_comment(
        self,
        ref: IssueRef,
        text: str,
        *,
        key: EntryKey,  # noqa: ARG002 - no place for it
    ) -> Comment:
        """Write a comment; GitHub has no place for the key beside the text."""
        return self._write_comment(
            "POST", f"{_path(ref)}/comments", f"commenting {ref.label}", text
        )

    def edit_comment(
        self,
        ref: IssueRef,
        comment_id: str,
        text: str,
        *,
        key: EntryKey,  # noqa: ARG002 - no place for it
    ) -> Comment:
        """Replace a comment that we wrote."""
        what = f"editing a comment of {ref.label}"
        return self._write_comment("PATCH", _comment_path(ref, comment_id), what, text)

    def delete_comment(self, ref: IssueRef, comment_id: str) -> bool:
        """Delete a comment that we wrote; False where it was gone already.

        A token that may read and not write can be answered 404 as well, so that one is looked into.
        """
        path, what = _comment_path(ref, comment_id), f"deleting a comment of {ref.label}"
        try:
            self._send("DELETE", path, what, writes=True)
        except PlaceError as error:
            if error.status != 404 or self._is_there(path, f"reading a comment of {ref.label}"):
                raise
            return False
        return True

    def _insist_on_assignable(self, ref: IssueRef, account: Account) -> None:
        path = f"{_repository(ref.project)}/assignees/{quote(account.id, safe='')}"
        if not self._is_there(path, f"asking whether {account.login} can have {ref.label}"):
            raise self._client.not_shown(
                f"{account.login} cannot be assigned in {ref.project}: "
                "not a collaborator of the repository, and not a member who sees it."
            )

    def _is_there(self, path: str, what: str) -> bool:
        return unless({404}, lambda: self._send("GET", path, what)) is not None

    def _edit(self, ref: IssueRef, what: str, body: Mapping[str, object]) -> Issue:
        # Before the write, lest a failed reading look like a failed write.
        self.is_public(ref.project)
        answer = self._send("PATCH", _path(ref), what, body=body, writes=True)
        return self._issue(ref.project, self._client.parse(_Issue, answer.text, what, writes=True))

    def _write_comment(self, method: str, path: str, what: str, text: str) -> Comment:
        answer = self._send(method, path, what, body={"body": text}, writes=True)
        return _as_comment(self._client.parse(_Comment, answer.text, what, writes=True))

    def _issue(self, project: str, shown: _Issue) -> Issue:
        label = f"{project}#{shown.number}"
        return Issue(
            ref=IssueRef(project=project, number=str(shown.number), label=label),
            url=shown.html_url,
            title=shown.title,
            description=shown.body or "",
            assignees=tuple(map(_account, shown.assignees)),
            is_public=self.is_public(project),
            is_open=shown.state == "open",
            modified=shown.updated_at,
        )

    def is_public(self, project: str) -> bool:
        """Whether people without access to the repository see it; True where nothing tells."""
        if project not in self._public:
            what = f"reading the visibility of {project}"
            shown = self._read(_repository(project), _Repository, what)
            # An internal repository is private too, and old servers do not know the visibility.
            is_hidden = shown.private is True or shown.visibility in {"private", "internal"}
            self._public[project] = not is_hidden
        return self._public[project]

    def _all(
        self,
        path: str,
        kind: type[tuple[Read, ...]],
        what: str,
        query: Mapping[str, str] = MappingProxyType({}),
    ) -> Iterator[Read]:
        answer = self._send("GET", path, what, query={**query, "per_page": str(PAGE_SIZE)})
        seen: set[str] = set()
        while True:
            yield from self._client.parse(kind, answer.text, what)
            links = parse_header_links(answer.headers.get("link", ""))
            following = next((each["url"] for each in links if each.get("rel") == "next"), None)
            if following is None:
                return
            if _origin(following) != self._origin or following in seen:
                raise self._client.unexpected(what, "names a next page that cannot be right.")
            seen.add(following)
            answer = self._send("GET", following, what)

    def _read(self, path: str, kind: type[Read], what: str) -> Read:
        return self._client.parse(kind, self._send("GET", path, what).text, what)

    def _send(
        self,
        method: str,
        path: str,
        what: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        writes: bool = False,
    ) -> _Answer:
        """Send one request below the address of the API; raises PlaceError but for a 2xx."""

        def call() -> _Answer | None:
            try:
                status, headers, text = self._asks.requestJson(
                    method, path, dict(query or {}), None, body, self._connection
                )
            except requests.RequestException:
                # Some of these are ValueErrors as well, and no fault of a header.
                raise
            except (AssertionError, TypeError, ValueError):
                # PyGithub computes with headers, and trusts them to be numbers (client source).
                return None
            if status >= 400:
                raise _refusal(status, headers, text)
            return _Answer(headers=headers, text=text)

        answer = self._client.ask(call, what, writes=writes)
        if answer is None:
            raise self._client.unexpected(what, "cannot be read.", writes=writes)
        return answer

    def _refuse_detours(
        self, response: requests.Response, *_: object, **__: object
    ) -> requests.Response:
        """End what PyGithub would do by itself: follow a 301, and ask again after a 202.

        A place that moved on the same server is not followed either, since the new one may be open
        to other people. Raises Answered.
        """
        status, location = response.status_code, response.headers.get("Location")
        if not (300 <= status < 400 or (status == 202 and response.request.method == "GET")):
            return response
        response.close()
        if location and _origin(urljoin(response.url, location)) == self._origin:
            # GitHub sends a moved issue or repository on by 301, or 307 for a write (document).
            raise Answered(404, f"it moved to {location}; link it again under its new name")
        raise Answered(status)


def _path(ref: IssueRef) -> str:
    return f"{_repository(ref.project)}/issues/{quote(ref.number, safe='')}"


def _repository(project: str) -> str:
    return f"/repos/{quote(project)}"


def _comment_path(ref: IssueRef, comment_id: str) -> str:
    return f"{_repository(ref.project)}/issues/comments/{quote(comment_id, safe='')}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _account(shown: _User) -> Account:
    """Make an account of a user; bots and organisations are no persons."""
    return Account(
        id=shown.login, login=shown.login, name=shown.name, is_person=shown.type == "User"
    )


def _as_comment(shown: _Comment) -> Comment:
    """Make a comment of one that is shown."""
    return Comment(
        id=str(shown.id),
        text=shown.body or "",
        created=shown.created_at,
        modified=shown.updated_at,
        author=None if shown.user is None else _account(shown.user),
    )


def _refusal(status: int, headers: Mapping[str, str], text: str) -> Answered:
    """Make a refusal of an answer whose header names are in small letters."""
    try:
        problem = _Problem.model_validate_json(text)
    except ValidationError:
        problem = _Problem()
    said = " ".join((problem.message, *_details(problem.errors))).strip()
    # A limit is told by a header, or by nothing but the words (document).
    is_exhausted = headers.get("x-ratelimit-remaining") == "0"
    is_limit = status in {403, 429} and (
        is_exhausted
        or "retry-after" in headers
        or any(words in said.lower() for words in _LIMIT_WORDS)
    )
    permissions = headers.get("x-accepted-github-permissions")
    return Answered(
        status,
        said,
        scope=f"the permission {permissions}" if permissions else None,
        is_limit=is_limit,
        pause=headers.get("retry-after") or (_pause(headers) if is_exhausted else None),
    )


def _details(errors: object) -> Iterator[str]:
    for each in errors if isinstance(errors, list) else []:
        if isinstance(each, str):
            yield each
        elif isinstance(each, Mapping):
            message = each.get("message")
            words = [message] if message else [each.get(key) for key in ("field", "code", "value")]
            yield " ".join(str(word) for word in words if word)


def _pause(headers: Mapping[str, str]) -> str | None:
    """How many seconds the limit lasts, by the server's own clock; None where it does not say."""
    try:
        ends = float(headers["x-ratelimit-reset"])
        now = parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError):
        return None
    return f"{max(0.0, ends - now):.0f}"
