"""The way to one Jira, through the REST layer of atlassian-python-api, and what Jira answers.

Of that library the address, the versions and the sending are used. Its generated calls add nothing
to a path and have no types; those for Data Center can neither page through comments nor send a
property with one (client source). What is read is the same in Cloud and in Data Center (document).
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Mapping
from typing import TypeVar

import requests
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.place_client import Answered, PlaceClient
from dd_incident_roles.transport import Access, parse_address

USER_SETTING = "DD_INCIDENT_ROLES_JIRA_USER"
GATEWAY = "api.atlassian.com"
NEEDS = (
    "Browse Projects and Assign Issues in this project; to write more also Create and Edit Issues,"
    " Add Comments, Edit and Delete Own Comments"
)

Read = TypeVar("Read")
Body = Mapping[str, object] | None


class Shown(BaseModel):
    """What is read of an answer; a part without a default must be there."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel)


class User(Shown):
    """A user; Cloud gives an account id, Data Center a name."""

    account_id: str | None = None
    account_type: str | None = None
    name: str | None = None
    display_name: str | None = None
    email_address: str | None = None


class Server(Shown):
    """What Jira says about itself."""

    base_url: str


class Category(Shown):
    """Which column a status is in: ``new``, ``indeterminate`` or ``done``."""

    key: str


class Status(Shown):
    """The status of an issue."""

    status_category: Category


class Project(Shown):
    """The project of an issue."""

    key: str
    project_type_key: str | None = None


class Fields(Shown):
    """``assignee`` must be there: a field that a project hides is not one that is empty."""

    summary: str
    description: object = None
    assignee: User | None
    status: Status
    project: Project
    created: AwareDatetime
    updated: AwareDatetime


class Issue(Shown):
    """An issue."""

    key: str
    fields: Fields


class Created(Shown):
    """An issue that was just created."""

    key: str


class Property(Shown):
    """A property of a comment."""

    key: str
    value: object = None


class Comment(Shown):
    """A comment; ``properties`` is None where the answer leaves them out."""

    id: str
    body: object
    created: AwareDatetime
    updated: AwareDatetime | None = None
    author: User | None = None
    visibility: object = None
    properties: tuple[Property, ...] | None = None


class Page(Shown):
    """A page of comments, and how many there are in all."""

    comments: tuple[Comment, ...]
    total: int


class Comments(Shown):
    """Comments that were asked for by their ids; perhaps not all of them at once."""

    values: tuple[Comment, ...]


class Found(Shown):
    """A page of a search; Cloud gives a token of the next, Data Center the number of all."""

    issues: tuple[Issue, ...]
    next_page_token: str | None = None
    total: int | None = None


class Permission(Shown):
    """Whether the account has a permission."""

    have_permission: bool = False


class Permissions(Shown):
    """Permissions that were asked for, by their keys."""

    permissions: Mapping[str, Permission]


class Refusal(Shown):
    """What is wrong with a request."""

    error_messages: tuple[str, ...] = ()
    errors: Mapping[str, str] = Field(default_factory=dict)
    message: str = ""


class JiraClient:
    """Sends requests to one Jira and reads what it answers; each request goes out once.

    With a ``user``, the e-mail of the token's account, it is Jira Cloud, and Data Center without.
    Raises ConfigurationError for an address, a user or a token that cannot be used, and without
    the library; every other method raises PlaceError.
    """

    def __init__(self, access: Access, *, user: str | None) -> None:
        try:
            from atlassian.jira import JiraCloud, JiraServer
        except ImportError:
            hint = "Install it: pip install 'dd-incident-roles[jira]'."
            problem = "Jira needs the library atlassian-python-api"
            raise ConfigurationError(problem, hint=hint) from None
        self.asks = PlaceClient(access, target="jira", title="Jira", needs=NEEDS)
        address, secret = self.asks.address, self.asks.secret
        user = (user or "").strip()
        if not user and address.host.endswith((".atlassian.net", GATEWAY)):
            raise ConfigurationError(
                "is needed by Jira Cloud",
                key=USER_SETTING,
                hint=f"Set {USER_SETTING} to the e-mail of the account that the token belongs to.",
            )
        self._url = address.url
        # Tokens with scopes are taken at a common address only, where no issue can be opened.
        self._site = None if address.host == GATEWAY else address.url
        self.is_cloud = bool(user)
        basic = b64encode(f"{user}:{secret}".encode()).decode()
        self._timeout = math.ceil(access.patience.answer_seconds)
        self._api = (JiraCloud if user else JiraServer)(
            address.url,
            session=self.asks.open_session(
                "Authorization", f"Basic {basic}" if user else f"Bearer {secret}"
            ),
            timeout=self._timeout,
            # Else the library sleeps and sends again after a 429 (client source).
            retry_with_header=False,
        )
        self._stranger = self.asks.open_session()

    def site(self) -> str:
        """Where people open issues; asked for once, and only where it is another address."""
        if self._site is None:
            what = "reading the address of the site"
            found = self.read(Server, what, "serverInfo").base_url
            try:
                self._site = parse_address(found).url
            except ConfigurationError as error:
                raise self.asks.unexpected(what, f"has a wrong address: {error.problem}.") from None
        return self._site

    def read(self, model: type[Read], what: str, path: str, **query: object) -> Read:
        """Read something; ``path`` is what follows the version."""
        return self.parse(model, self.send("GET", path, what, query=query), what)

    def write(
        self, method: str, path: str, what: str, body: Body = None, **query: object
    ) -> requests.Response:
        """Write something, and return the answer as it came."""
        return self.send(method, path, what, query=query, body=body, writes=True)

    def send(
        self,
        method: str,
        path: str,
        what: str,
        *,
        query: Mapping[str, object] | None = None,
        body: Body = None,
        writes: bool = False,
    ) -> requests.Response:
        """Send one request; raises PlaceError for every answer that is no success."""

        def send() -> requests.Response:
            answer = self._api.request(
                method,
                self._api.resource_url(path),
                data=None if body is None else dict(body),
                params=dict(query) if query else None,
                # So the library hands out whatever was answered as it came (client source).
                advanced_mode=True,
                allow_redirects=False,
            )
            if not 200 <= answer.status_code < 300 or _is_stranger(answer):
                raise _answered(answer)
            # A page that asks to sign in has words where Jira has none.
            if method == "DELETE" and answer.content:
                raise Answered(502, "a page instead of an empty answer")
            return answer

        return self.asks.ask(send, what, writes=writes)

    def status_for_strangers(self, path: str, what: str, **query: str) -> int:
        """What is answered to a reading without a token."""
        url = f"{self.site()}/{self._api.resource_url(path)}"
        return self.asks.ask(
            lambda: self._stranger.get(url, params=query, timeout=self._timeout).status_code, what
        )

    def parse(
        self, model: type[Read], answer: requests.Response, what: str, *, writes: bool = False
    ) -> Read:
        """Read an answer; raises PlaceError where it is not of this shape."""
        return self.asks.parse(model, answer.content, what, writes=writes)


def _is_stranger(answer: requests.Response) -> bool:
    """Whether Jira took us for a stranger: with an expired token it may answer 200 (issues)."""
    reason = answer.headers.get("X-Seraph-LoginReason", "")
    return "FAILED" in reason or "DENIED" in reason


def _answered(answer: requests.Response) -> Answered:
    """Read an answer that is no success."""
    try:
        refusal = Refusal.model_validate_json(answer.content)
        fields = (f"{name}: {said}" for name, said in refusal.errors.items())
        words = [*refusal.error_messages, *fields, refusal.message]
    except ValidationError:
        words = []
    status, pause = answer.status_code, answer.headers.get("Retry-After")
    if _is_stranger(answer):
        status = 401
    if denied := answer.headers.get("X-Authentication-Denied-Reason"):
        # No permission is missing: it wants a person to sign in once, in a browser (client source).
        status = 401
        words.append(f"it asks for a sign-in in a browser ({denied})")
    if limit := answer.headers.get("RateLimit-Reason"):
        words.append(limit)
    # PlaceClient tells the pause of a rate limit itself, and of no other answer.
    if pause and status != 429:
        words.append(f"it asks for a pause of {pause} s")
    return Answered(status, "; ".join(filter(None, words)), pause=pause)
