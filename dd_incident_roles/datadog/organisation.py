"""Whose incidents the keys show, compared with whose the record has."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Final, Protocol

from dd_incident_roles.datadog.cache import KeptTexts
from dd_incident_roles.datadog.users import User
from dd_incident_roles.errors import DatadogError, OtherOrganisation
from dd_incident_roles.model import Organisation

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
