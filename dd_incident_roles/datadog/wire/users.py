"""Users as Datadog shows them: whole, nested in an incident, or included beside one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dd_incident_roles.datadog.wire.reader import (
    Object,
    document,
    flag,
    identifier,
    missing,
    object_at,
    objects_at,
    related,
    required_objects,
    text,
    whole_number,
)
from dd_incident_roles.model import Person, PersonKey, PersonKind, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account in Datadog; what an answer does not say is None.

    ``status`` is Active, Pending or Disabled, in whatever case it was sent.
    """

    id: UserId
    handle: str | None = None
    email: str | None = None
    name: str | None = None
    service_account: bool | None = None
    disabled: bool | None = None
    status: str | None = None
    org_id: str | None = None
    org_name: str | None = None

    @property
    def active(self) -> bool:
        """Whether the account can still be used, as far as is known."""
        return not self.disabled and (self.status or "").casefold() != "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPage:
    """One page of a listing of users; ``total`` counts those of every page."""

    users: tuple[User, ...]
    total: int | None


def person_from(user: User) -> Person:
    """Return the person behind an account: known by e-mail, else by handle, else by id."""
    email = user.email.strip().lower() if user.email else None
    handle = user.handle.strip().lower() if user.handle else None
    return Person(
        key=PersonKey(email or handle or f"user:{user.id}"),
        name=user.name or None,
        email=email,
        handle=handle,
        user_id=user.id,
        kind=_kind(user),
        active=user.active,
    )


def _kind(user: User) -> PersonKind:
    match user.service_account:
        case True:
            return PersonKind.SERVICE_ACCOUNT
        case False:
            return PersonKind.HUMAN
        case None:
            return PersonKind.UNKNOWN


def parse_user(body: bytes) -> User:
    """Read an answer that holds one user; raises UnexpectedAnswer."""
    answer = document(body)
    user = read_user(object_at(answer, "data"))
    if user is None:
        raise missing("data.id of a user")
    return replace(user, org_name=_organisation_name(answer, user.org_id))


def _organisation_name(answer: Object, org_id: str | None) -> str | None:
    for item in objects_at(answer, "included"):
        if org_id and item.get("type") == "orgs" and identifier(item) == org_id:
            return text(object_at(item, "attributes"), "name")
    return None


def parse_users(body: bytes) -> UserPage:
    """Read one page of users; raises UnexpectedAnswer."""
    answer = document(body)
    page = object_at(answer, "meta", "page")
    found = (read_user(item) for item in required_objects(answer, "data"))
    return UserPage(
        users=tuple(user for user in found if user),
        total=whole_number(page, "total_filtered_count"),
    )


def read_user(resource: Object) -> User | None:
    """Read a resource of the type users, None when it has no id."""
    attributes = object_at(resource, "attributes")
    user_id = identifier(resource) or identifier({"id": attributes.get("uuid")})
    if user_id is None:
        return None
    return User(
        id=UserId(user_id),
        handle=text(attributes, "handle"),
        email=text(attributes, "email"),
        name=text(attributes, "name"),
        service_account=flag(attributes, "service_account"),
        disabled=flag(attributes, "disabled"),
        status=text(attributes, "status"),
        org_id=related(resource, "org"),
    )


def included_users(answer: Object) -> Mapping[UserId, User]:
    """The users that an answer includes beside its data."""
    return by_id(
        read_user(item) for item in objects_at(answer, "included") if item.get("type") == "users"
    )


def by_id(users: Iterable[User | None]) -> dict[UserId, User]:
    """Index users by id; of two readings of one user the more telling is kept."""
    found: dict[UserId, User] = {}
    for user in users:
        if user and (user.id not in found or _told(user) > _told(found[user.id])):
            found[user.id] = user
    return found


def _told(user: User) -> int:
    values = (user.handle, user.email, user.name, user.service_account, user.disabled, user.status)
    return sum(value is not None for value in values)
