"""The responders of an incident: listed, added, removed."""

from __future__ import annotations

from dd_incident_roles.datadog.http import Session
from dd_incident_roles.datadog.paths import INCIDENTS, path
from dd_incident_roles.datadog.wire.responders import (
    Responder,
    ResponderListing,
    parse_responder,
    parse_responders,
)
from dd_incident_roles.errors import NotFound, Refused
from dd_incident_roles.model import IncidentId, UserId


class Responders:
    """Responders of incidents, a preview of Datadog's that no recording shows."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self, incident_id: IncidentId) -> ResponderListing:
        """Read every responder; Datadog has no pages here."""
        return self._session.get(_of(incident_id), parse_responders)

    def add(self, incident_id: IncidentId, user_id: UserId) -> Responder:
        """Make a user a responder, and return the record, the present one if there is one already.

        List first: Datadog mails a new responder, and what it does with a second request is
        unverified. Raises Refused when it declines and the user is no responder afterwards.
        """
        body = {
            "data": {
                "type": "incident_responders",
                "relationships": {"user": {"data": {"type": "users", "id": user_id}}},
            }
        }
        try:
            return self._session.post(_of(incident_id), body, parse_responder)
        except Refused as error:
            if error.status not in {400, 409}:
                raise
            present = self.list(incident_id).of_user(user_id)
            if present is None:
                raise
            return present

    def remove(self, incident_id: IncidentId, responder_id: str) -> None:
        """Remove a responder; one that is gone already counts as removed.

        Raises Refused or Forbidden for somebody who holds a role or has acted on the incident.
        """
        try:
            self._session.delete(path(_of(incident_id), responder_id))
        except NotFound:
            # The incident may be what is missing: the listing tells, and raises if it is.
            self.list(incident_id)


def _of(incident_id: IncidentId) -> str:
    return path(INCIDENTS, incident_id, "responders")
