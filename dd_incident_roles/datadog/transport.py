"""The requests session underneath: keys added, redirects and cookies left alone."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from dd_incident_roles import __version__
from dd_incident_roles.datadog.address import Address
from dd_incident_roles.datadog.credentials import Credentials


def open_transport(
    credentials: Credentials, address: Address, connections: int
) -> requests.Session:
    """Return a session for one host, with as many connections as are used at once."""
    session = _NoRedirects()
    session.auth = _Keys(credentials)
    session.headers["User-Agent"] = f"dd-incident-roles/{__version__}"
    session.headers["Accept"] = "application/json"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # A proxy of the environment must not receive what is meant for this machine in clear text.
    session.trust_env = address.secure
    adapter = HTTPAdapter(
        pool_connections=1, pool_maxsize=connections, max_retries=0, pool_block=True
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _Keys(AuthBase):
    """Adds the keys; being there at all also keeps requests from consulting ~/.netrc."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._credentials.headers())
        return request


class _NoRedirects(requests.Session):
    """Never works out where a redirect leads, so that nothing can follow it.

    This is the one place that keeps the keys from another host; the answer is then refused.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - overrides
        return None
