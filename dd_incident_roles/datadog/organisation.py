"""Whose incidents the keys show, compared with whose the record has."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Protocol

from dd_incident_roles.datadog.wire.users import User
from dd_incident_roles.errors import OtherOrganisation
from dd_incident_roles.model import Organisation


class Owned(Protocol):
    """A record that belongs to one organisation from its first use on."""

    def adopt(self, found: Organisation) -> Organisation:
        """The organisation that it belongs to, which is the one found where it had none."""


class OrganisationCheck:
    """Refuses the keys of another organisation before anything is read or sent with them.

    Account ids and incidents of one organisation mean nothing, or something else, in another.
    ``owner_of_keys`` says None where Datadog does not tell: then the site alone decides.
    ``record_name`` is for sentences.
    """

    def __init__(
        self,
        record: Owned,
        owner_of_keys: Callable[[], User | None],
        *,
        site: str,
        record_name: str,
    ) -> None:
        self._record = record
        self._owner_of_keys = owner_of_keys
        self._site = site
        self._record_name = record_name
        self._lock = Lock()
        self._passed = False

    def __call__(self) -> None:
        """Raise OtherOrganisation, or DatadogError where Datadog could not be asked."""
        with self._lock:
            if self._passed:
                return
            user = self._owner_of_keys()
            found = Organisation(
                site=self._site,
                id=user.org_id if user else None,
                name=user.org_name if user else None,
            )
            refuse_another(self._record.adopt(found), found, record_name=self._record_name)
            self._passed = True


def refuse_another(kept: Organisation | None, found: Organisation, *, record_name: str) -> None:
    """Raise OtherOrganisation where the record is known to belong to another one."""
    if kept and kept.is_another_than(found):
        raise OtherOrganisation(record_name, kept=kept.label, found=found.label)
