"""Users as Datadog shows them in every place, and the organisation that the keys belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from threading import Lock
from typing import Final, Protocol

from dd_incident_roles.datadog import wire
from dd_incident_roles.datadog.http import CURRENT_USER, Session
from dd_incident_roles.datadog.learned import KeptTexts
from dd_incident_roles.errors import DatadogError, OtherOrganisation
from dd_incident_roles.model import Organisation, Person, PersonKey, PersonKind, UserId
from dd_incident_roles.values import frozen

_USERS = "/api/v2/users"


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
        rows = self._session.get_all(_USERS, parse_users, (("filter", wanted),))
        found = [user for _, user in rows]
        exact = tuple(user for user in found if wanted.casefold() in user.names)
        return UserMatches(exact=exact, near=tuple(user for user in found if user not in exact))

    def get(self, user_id: str) -> User:
        """Read one user; raises NotFound."""
        return self._session.get(wire.path(_USERS, user_id), parse_user)

    def current(self) -> User:
        """Read the user that owns the application key."""
        return self._session.get(CURRENT_USER, parse_user)


_KEYS: Final = "keys"


class Owned(KeptTexts, Protocol):
    """A record that belongs to one organisation from its first use on."""

    def owner(self) -> Organisation | None:
        """The organisation that it belongs to, None until it was used with one."""

    def adopt(self, found: Organisation) -> Organisation:
        """The organisation that it belongs to, which is the one found where it had none."""


class OrganisationCheck:
    """Refuses the keys of another organisation before anything is read or sent with them.

    Account ids and incidents of one organisation mean nothing, or something else, in another.
    ``owner_of_keys`` says None where Datadog does not tell: then the site alone decides.
    ``fingerprint`` makes of a salt what the keys are known by; ``record_name`` is for sentences.
    """

    def __init__(
        self,
        record: Owned,
        owner_of_keys: Callable[[], User | None],
        *,
        fingerprint: Callable[[str], str],
        site: str,
        record_name: str,
    ) -> None:
        self._record = record
        self._owner_of_keys = owner_of_keys
        self._fingerprint = fingerprint
        self._site = site
        self._record_name = record_name
        self._lock = Lock()
        self._passed = False

    def __call__(self) -> None:
        """Raise OtherOrganisation, or DatadogError where Datadog could not be asked."""
        with self._lock:
            # Every thread of a run comes by here; one question is enough for all of them.
            if self._passed:
                return
            user = self._owner_of_keys()
            found = Organisation(
                site=self._site,
                id=user.org_id if user else None,
                name=user.org_name if user else None,
            )
            kept = self._record.adopt(found)
            refuse_another(kept, found, record_name=self._record_name)
            # Only that the row is there matters: it says that these keys fit.
            if found.id and not self._is_known(kept):
                self._record.put_cached(_KEYS, self._fingerprint(found.id), self._site)
            self._passed = True

    def before_recording(self) -> None:
        """Raise OtherOrganisation before something is recorded, which is sent some time.

        Keys that were used with the record are known again without a request. Where Datadog cannot
        be asked about others the change is recorded, and checked before it is sent.
        """
        kept = self._record.owner()
        if kept is None or self._is_known(kept):
            return
        with suppress(DatadogError):
            self()

    def _is_known(self, kept: Organisation) -> bool:
        return bool(kept.id and self._record.cached(_KEYS, self._fingerprint(kept.id)))


def refuse_another(kept: Organisation | None, found: Organisation, *, record_name: str) -> None:
    """Raise OtherOrganisation where the record is known to belong to another one."""
    if kept and kept.is_another_than(found):
        raise OtherOrganisation(record_name, kept=kept.label, found=found.label)
