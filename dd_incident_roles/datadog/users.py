"""Users: found by an exact e-mail or handle, read by id, and the one that owns the keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, cast

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.official import official_client
from dd_incident_roles.datadog.paths import CURRENT_USER, path
from dd_incident_roles.datadog.wire.users import User, by_id, parse_user, parse_users

if TYPE_CHECKING:
    from datadog_api_client.v2.api.users_api import UsersApi

    from dd_incident_roles.datadog.rest_client import RestAnswer

_PAGE_SIZE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
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

    def find(self, name: str) -> UserMatches:
        """Find users by e-mail or handle, in any case; every page is read.

        Datadog looks for the text anywhere in a user, so the comparison is made here.
        """
        wanted = name.strip().casefold()
        if not wanted:
            return UserMatches(exact=(), near=())
        found = by_id(self._listed(name.strip())).values()
        exact = tuple(user for user in found if wanted in _names(user))
        near = tuple(user for user in found if wanted not in _names(user))
        return UserMatches(exact=exact, near=near)

    def get(self, user_id: str) -> User:
        """Read one user; raises NotFound."""
        return self._session.get(path("/api/v2/users", user_id), parse_user)

    def current(self) -> User:
        """Read the user that owns the application key."""
        return self._session.get(CURRENT_USER, parse_user)

    def _listed(self, text: str) -> Iterator[User]:
        seen: set[str] = set()
        for number in count():
            page = parse_users(self._page(text, number))
            new = [user for user in page.users if user.id not in seen]
            yield from new
            seen.update(user.id for user in new)
            if not new or (page.total is not None and len(seen) >= page.total):
                return

    def _page(self, text: str, number: int) -> bytes:
        list_users = cast("Callable[..., RestAnswer]", self._typed.list_users)
        return list_users(filter=text, page_size=_PAGE_SIZE, page_number=number).data

    @cached_property
    def _typed(self) -> UsersApi:
        # Imported here because `--help` must not pay for it.
        from datadog_api_client.v2.api.users_api import UsersApi

        client = official_client(self._session)
        return UsersApi(client)  # type: ignore[no-untyped-call] # theirs has no annotations


def _names(user: User) -> set[str]:
    return {name.strip().casefold() for name in (user.email, user.handle) if name}
