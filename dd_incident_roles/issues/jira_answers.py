"""What Jira answers, as far as it is read: the same in Cloud and in Data Center (document)."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, RootModel
from pydantic.alias_generators import to_camel


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


class Users(RootModel[tuple[User, ...]]):
    """What a search for people finds."""


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
