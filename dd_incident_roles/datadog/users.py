"""Users: as Datadog shows them in every place, found by an exact name, and read by id.

They are listed by the official client, which is set up to speak through our session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

from dd_incident_roles.datadog import wire
from dd_incident_roles.datadog.http import CURRENT_USER, Session
from dd_incident_roles.datadog.wire import Answer
from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.model import Person, PersonKey, PersonKind, UserId
from dd_incident_roles.values import frozen

if TYPE_CHECKING:
    from datadog_api_client import ApiClient
    from datadog_api_client.v2.api.users_api import UsersApi


@frozen
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

    @property
    def is_invited(self) -> bool:
        """Whether the person was invited to Datadog and never signed in."""
        return (self.status or "").casefold() == "pending"

    @property
    def names(self) -> frozenset[str]:
        """The e-mail and the handle, as names are compared."""
        return frozenset(name.strip().casefold() for name in (self.email, self.handle) if name)

    @property
    def person(self) -> Person:
        """The person behind the account: known by e-mail, else by handle, else by id."""
        email = self.email.strip().lower() if self.email else None
        handle = self.handle.strip().lower() if self.handle else None
        kinds = {
            None: PersonKind.UNKNOWN,
            True: PersonKind.SERVICE_ACCOUNT,
            False: PersonKind.HUMAN,
        }
        return Person(
            key=PersonKey(email or handle or f"user:{self.id}"),
            name=self.name or None,
            email=email,
            handle=handle,
            user_id=self.id,
            kind=kinds[self.service_account],
            active=self.active,
        )


def parse_user(body: bytes) -> User:
    """Read an answer that holds one user; raises UnexpectedAnswer."""
    answer = wire.document(body)
    user = read_user(wire.object_at(answer, "data"))
    if user is None:
        raise wire.lack_error("data.id of a user")
    organisation = wire.inclusions(answer, "orgs").get(user.org_id or "", {})
    return replace(user, org_name=wire.text(organisation, "attributes", "name"))


def parse_users(body: bytes) -> wire.Page[User]:
    """Read one page of users, those without an id left out; raises UnexpectedAnswer."""
    answer = wire.document(body)
    users = by_id(map(read_user, wire.required_objects(answer, "data")))
    return wire.Page(
        rows={user.id: user for user in users.values()},
        total=wire.whole_number(answer, "meta", "page", "total_filtered_count"),
    )


def read_user(resource: wire.Object) -> User | None:
    """Read a resource of the type users, None when it has no id."""
    if not resource:
        return None
    attributes = wire.object_at(resource, "attributes")
    user_id = wire.identifier(resource) or wire.identifier({"id": attributes.get("uuid")})
    if user_id is None:
        return None
    return User(
        id=UserId(user_id),
        handle=wire.text(attributes, "handle"),
        email=wire.text(attributes, "email"),
        name=wire.text(attributes, "name"),
        service_account=wire.flag(attributes, "service_account"),
        disabled=wire.flag(attributes, "disabled"),
        status=wire.text(attributes, "status"),
        org_id=wire.relation(resource, "org"),
    )


def included_users(answer: wire.Object) -> dict[UserId, User]:
    """The users that an answer includes beside its data."""
    rows = wire.objects_at(answer, "included")
    return by_id(read_user(row) for row in rows if row.get("type") == "users")


def by_id(users: Iterable[User | None]) -> dict[UserId, User]:
    """Index users by id; of two readings of one user the more complete one is kept."""
    found: dict[UserId, User] = {}
    for user in users:
        # One answer can show a user several times, and not all of them say as much.
        if user and (user.id not in found or _facts(user) > _facts(found[user.id])):
            found[user.id] = user
    return found


def _facts(user: User) -> int:
    values = (user.handle, user.email, user.name, user.service_account, user.disabled, user.status)
    return sum(value is not None for value in values)


@frozen
class UserMatches:
    """Who a text names: exactly by e-mail or handle, and who else Datadog thinks of.

    Never act on the near ones; deactivated accounts are among both.
    """

    exact: tuple[User, ...]
    near: tuple[User, ...]


class Users:
    """Users of the organisation; listing them needs user_access_read."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def asked_as(self) -> str:
        """What the keys and the address are known by, of which it tells nothing."""
        return self._session.credentials.fingerprint(f"{self._session.base_url} {CURRENT_USER}")

    def find(self, name: str) -> UserMatches:
        """Find users by e-mail or handle, in any case; every page is read.

        Datadog looks for the text anywhere in a user, so the comparison is made here.
        """
        wanted = name.strip()
        # Nothing would list the whole organisation.
        if not wanted:
            return UserMatches(exact=(), near=())
        list_users = cast("Callable[..., Answer]", self._typed.list_users)
        rows = wire.paged(
            lambda number, _: parse_users(
                list_users(filter=wanted, page_size=wire.PAGE_SIZE, page_number=number).data
            )
        )
        found = [user for _, user in rows]
        exact = tuple(user for user in found if wanted.casefold() in user.names)
        return UserMatches(exact=exact, near=tuple(user for user in found if user not in exact))

    def get(self, user_id: str) -> User:
        """Read one user; raises NotFound."""
        return self._session.get(wire.path("/api/v2/users", user_id), parse_user)

    def current(self) -> User:
        """Read the user that owns the application key."""
        return self._session.get(CURRENT_USER, parse_user)

    @cached_property
    def _typed(self) -> UsersApi:
        # Imported here because `--help` must not pay for it.
        from datadog_api_client.v2.api.users_api import UsersApi

        client = official_client(self._session)
        return UsersApi(client)  # type: ignore[no-untyped-call] # theirs has no annotations


class RestClient:
    """Takes the place of ``ApiClient.rest_client``.

    Timeouts and repetition are the session's. Raises our own errors, never those of the official
    client, and ConfigurationError for a request to any address but the session's.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        # The official client clears its pools on closing; the session is closed by who opened it.
        self.pool_manager: dict[str, object] = {}

    def request(
        self,
        method: str,
        url: str,
        *,
        query_params: Sequence[tuple[str, object]] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        post_params: object = None,
        preload_content: bool = True,  # noqa: ARG002 - the official signature
        request_timeout: object = None,  # noqa: ARG002 - the official signature
    ) -> Answer:
        """Send one request of the official client."""
        if post_params:
            raise ConfigurationError("The official client wanted to send a form, not JSON.")
        base = self._session.base_url
        if not url.startswith(f"{base}/"):
            raise ConfigurationError(
                f"The official client wanted to send the keys elsewhere than to {base}."
            )
        return self._session.send(
            method.upper(),
            url.removeprefix(base),
            params=[(name, str(value)) for name, value in query_params or ()],
            body=body,
            # The session puts the keys on each request itself, be they keys or a token.
            headers={
                name: value
                for name, value in (headers or {}).items()
                if not name.upper().startswith("DD-")
            },
        )


def official_client(session: Session) -> ApiClient:
    """Return the official client with the session's address and keys, answering in raw bytes.

    Typed calls build and check the request; what they return is the rest client's answer, because
    the typed models are slow and stumble over values that they do not know. The environment has no
    say: an explicit host keeps ``DD_SITE`` out, explicit keys keep ``DD_API_KEY`` out.
    """
    # Imported here because `--help` must not pay for it.
    from datadog_api_client import ApiClient, Configuration

    configuration = Configuration(  # type: ignore[no-untyped-call] # theirs has no annotations
        host=session.base_url,
        api_key=session.credentials.for_official_client(),
        enable_retry=False,
        preload_content=False,
        # The session already asks for compressed answers.
        compress=False,
    )
    # An operation that the switch does not know is called without the warning that enabling it
    # would bring with every call, and it does not matter which ones the installed version has.
    configuration.unstable_operations.values.clear()
    client = ApiClient(configuration)
    client.rest_client = RestClient(session)
    return client
