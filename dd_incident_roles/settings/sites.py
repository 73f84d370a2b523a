"""Datadog's sites, and the hosts on which each of them answers."""

from __future__ import annotations

from difflib import get_close_matches
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

DEFAULT_SITE: Final = "datadoghq.com"
SITES: Final = (
    DEFAULT_SITE,
    "us3.datadoghq.com",
    "us5.datadoghq.com",
    "ap1.datadoghq.com",
    "ap2.datadoghq.com",
    "uk1.datadoghq.com",
    "datadoghq.eu",
    "ddog-gov.com",
    "us2.ddog-gov.com",
)
"""Every site that the official client's configuration lists (2.62.0)."""


def site_of(host: str) -> str | None:
    """The site that a host belongs to, be it ``app.``, ``api.`` or an organisation's subdomain."""
    name = host.casefold()
    fitting = [site for site in SITES if name == site or name.endswith(f".{site}")]
    return max(fitting, key=len, default=None)


def nearest_site(text: str) -> str | None:
    """The site that was probably meant by a text that names none, such as an address."""
    host = host_of(text if "://" in text else f"https://{text.strip()}") or text
    near = get_close_matches(host.casefold(), SITES, n=1, cutoff=0.7)
    return site_of(host) or (near[0] if near else None)


def host_of(url: str) -> str | None:
    """The host of an address, without a port; None where there is none."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Whether a host can only be this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"
