"""What is read of GitHub's answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, RootModel, ValidationError

from dd_incident_roles.issues.tracker import Account, Comment
from dd_incident_roles.place_client import Answered

_LIMIT_WORDS = ("rate limit", "abuse detection", "please wait a few minutes")


class Shown(BaseModel):
    """What is read of an answer; a part without a default must be there."""

    model_config = ConfigDict(frozen=True)


class User(Shown):
    """A user, an organisation or a bot."""

    login: str
    type: str
    name: str | None = None


class ShownIssue(Shown):
    """An issue, or a pull request, which is one too."""

    number: int
    html_url: str
    title: str
    body: str | None
    assignees: tuple[User, ...]
    state: str
    updated_at: AwareDatetime
    user: User | None = None


class ShownComment(Shown):
    """A comment; its author is missing where the account was deleted."""

    id: int
    body: str | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    user: User | None = None


class Repository(Shown):
    """A repository; old servers do not know the visibility."""

    private: bool | None = None
    visibility: str | None = None


class Login(Shown):
    """An account by name."""

    login: str


class Viewer(Shown):
    """Who asks."""

    viewer: Login


class ViewerAnswer(Shown):
    """An answer of GraphQL."""

    data: Viewer


class Problem(Shown):
    """What an answer that is no success says."""

    message: str = ""
    errors: object = None


class Issues(RootModel[tuple[ShownIssue, ...]]):
    """A page of issues."""


class Comments(RootModel[tuple[ShownComment, ...]]):
    """A page of comments."""


def account(shown: User) -> Account:
    """Make an account of a user; bots and organisations are no persons."""
    return Account(
        id=shown.login, login=shown.login, name=shown.name, is_person=shown.type == "User"
    )


def comment(shown: ShownComment) -> Comment:
    """Make a comment of one that is shown."""
    return Comment(
        id=str(shown.id),
        text=shown.body or "",
        created=shown.created_at,
        modified=shown.updated_at,
        author=None if shown.user is None else account(shown.user),
    )


def refusal(status: int, headers: Mapping[str, str], text: str) -> Answered:
    """Make a refusal of an answer whose header names are in small letters."""
    try:
        problem = Problem.model_validate_json(text)
    except ValidationError:
        problem = Problem()
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
