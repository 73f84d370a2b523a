"""Which keys are good, and what each may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dd_incident_roles.sandbox.endpoint import Permission
from dd_incident_roles.sandbox.refusal import Backend, Refusal

API_KEY = "sandbox-api-key"
APPLICATION_KEY = "sandbox-app-key"


@dataclass(slots=True, kw_only=True)
class Access:
    """The key policy: any keys that are not empty are good, unless a list of good ones is set.

    ``withdrawn`` takes permissions from an application key; None stands for every key.
    """

    api_keys: frozenset[str] | None = None
    application_keys: frozenset[str] | None = None
    withdrawn: dict[str | None, frozenset[Permission]] = field(default_factory=dict)

    def permissions(self, headers: Mapping[str, str], *, backend: Backend) -> frozenset[Permission]:
        """Says what the keys of a request may do; a missing key is a 401, a wrong one a 403."""
        api_key = headers.get("dd-api-key", "")
        application_key = headers.get("dd-application-key", "")
        if not api_key or not application_key:
            raise Refusal(401, "Unauthorized", backend=Backend.OLDER)
        if not (_good(api_key, self.api_keys) and _good(application_key, self.application_keys)):
            raise forbidden(backend)
        withdrawn = self.withdrawn.get(None, frozenset()) | self.withdrawn.get(
            application_key, frozenset()
        )
        return frozenset(Permission) - withdrawn


def forbidden(backend: Backend) -> Refusal:
    """Makes the refusal for lack of permission; the newer back-end gives no detail (recording)."""
    return Refusal(403, None, backend=backend, title="Forbidden")


def _good(key: str, good: frozenset[str] | None) -> bool:
    return good is None or key in good
