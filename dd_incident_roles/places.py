"""Where an incident is shown: an issue or a channel, as people type it or copy its address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Final, Literal, get_args
from urllib.parse import SplitResult, parse_qs, urlsplit

from dd_incident_roles.errors import UsageError
from dd_incident_roles.values import frozen
from dd_incident_roles.words import did_you_mean, join_names, shorten

TargetName = Literal["github", "gitlab", "jira", "slack"]

TARGETS: Final[tuple[TargetName, ...]] = get_args(TargetName)


@frozen
class Place:
    """An issue of a tracker, or a channel of Slack.

    ``project`` is ``owner/repo``, ``group/project`` or ``PROJ``, and empty for a channel.
    ``number`` is ``12``, ``PROJ-12``, or the id of the channel. ``label`` is how people write it,
    and ``base`` the address of the system where a URL named one; neither tells two places apart.
    """

    target: TargetName
    project: str
    number: str
    label: str = field(compare=False)
    base: str | None = field(default=None, compare=False)

    @property
    def text(self) -> str:
        """The form that can be typed: ``github:owner/repo#12``."""
        joined = f"{self.project}#" if self.target in {"github", "gitlab"} else ""
        return f"{self.target}:{joined}{self.number}"

    @property
    def identity(self) -> str:
        """The text as the systems compare it, in any case."""
        return self.text.casefold()


@frozen
class IssueProject:
    """Where issues are created: ``owner/repo``, ``group/project`` or ``PROJ`` of a tracker."""

    target: TargetName
    name: str

    @property
    def text(self) -> str:
        """The form that can be typed: ``github:owner/repo``."""
        return f"{self.target}:{self.name}"


@frozen
class _System:
    """How one system writes its places.

    ``name`` is what follows the prefix, and ``page`` the path of a page below the address of the
    system; both have the project and the number. ``parameter`` of a URL may have the number too.
    ``api`` is what the address of the API adds to that of the pages.
    """

    title: str
    thing: str
    example: str
    of_project: str
    project: str
    name: str
    page: str
    parameter: str | None = None
    api: str = ""


def _whole(pattern: str, text: str) -> re.Match[str] | None:
    # Compiled when it is first used: a start has no use for the patterns of every system.
    return re.fullmatch(pattern, text, re.ASCII)


_NUMBER = r"(?P<number>[1-9][0-9]{0,17})"
_REPOSITORY = r"(?P<project>[A-Za-z0-9][\w-]{0,99}/[\w.-]{1,100})"
# GitLab nests groups 20 deep. Lazy, since what follows in a URL looks like a group too.
_GROUPS = r"(?P<project>[\w.][\w.-]{0,254}(?:/[\w.][\w.-]{0,254}){1,20}?)"
_KEY = r"(?P<number>(?P<project>[A-Z][A-Z0-9_]{0,254})-[1-9][0-9]{0,17})"
# Every pattern has both groups; a channel is in no project.
_CHANNEL = r"(?P<number>(?P<project>)[CG][A-Z0-9]{8,31})"

_SYSTEMS: Final[Mapping[TargetName, _System]] = MappingProxyType(
    {
        "github": _System(
            title="GitHub",
            thing="issue",
            example="github:owner/repo#12",
            of_project="github:owner/repo",
            project=_REPOSITORY,
            name=f"{_REPOSITORY}#{_NUMBER}",
            page=rf"/{_REPOSITORY}/issues/{_NUMBER}(?:/.*)?",
            api="/api/v3",
        ),
        "gitlab": _System(
            title="GitLab",
            thing="issue",
            example="gitlab:group/project#12",
            of_project="gitlab:group/project",
            project=_GROUPS,
            name=f"{_GROUPS}#{_NUMBER}",
            # Without /-/ in old links; issues/incident is the page of an incident.
            page=rf"/{_GROUPS}(?:/-)?/(?:issues(?:/incident)?|incidents|work_items)/{_NUMBER}"
            r"(?:/.*)?",
            api="/api/v4",
        ),
        "jira": _System(
            title="Jira",
            thing="issue",
            example="jira:PROJ-123",
            of_project="jira:PROJ",
            project=r"(?P<project>[A-Z][A-Z0-9_]{0,254})",
            name=_KEY,
            # The last is of a queue of Service Management.
            page=rf"(?:/.*)?/(?:browse|issues|custom/[0-9]+)/(?i:{_KEY})/?",
            # A board shows an issue beside it.
            parameter="selectedIssue",
        ),
        "slack": _System(
            title="Slack",
            thing="channel",
            example="slack:C0123456789",
            of_project="",
            project="(?!)",
            name=_CHANNEL,
            page=rf"/(?:archives|client/[TE][A-Z0-9]+)/{_CHANNEL}(?:/.*)?",
            # https://slack.com/app_redirect?channel=C012&team=T012
            parameter="channel",
            api="/api",
        ),
    }
)


def title_of(target: TargetName) -> str:
    """What people call a system: ``GitHub``."""
    return _SYSTEMS[target].title


def parse_place(text: str, addresses: Mapping[TargetName, str | None]) -> Place:
    """Read what was typed: the URL of a page, or a prefix and a name.

    ``addresses`` are those of the APIs as they are configured. The URL of a system without one may
    have any host. Raises UsageError, with an example.
    """
    typed = text.strip()
    if "://" in typed:
        return _of_url(typed, addresses)
    target, name = _without_prefix(typed, {each: _SYSTEMS[each].example for each in TARGETS})
    place = _named(target, name)
    if place is None:
        system = _SYSTEMS[target]
        raise UsageError(
            f"{name!r} is not how {system.title} names {_a(system.thing)}.", hint=_hint(target)
        )
    return place


def parse_project(text: str) -> IssueProject:
    """Read a project such as ``github:owner/repo``; raises UsageError, with an example."""
    examples: dict[TargetName, str] = {
        each: _SYSTEMS[each].of_project for each in TARGETS if each != "slack"
    }
    target, name = _without_prefix(text.strip(), examples)
    match = _whole(_SYSTEMS[target].project, _cased(target, name))
    if match is None or _climbs(match["project"]):
        raise UsageError(
            f"{name!r} is not how {title_of(target)} names a project.",
            hint=f"Give {_SYSTEMS[target].of_project}.",
        )
    return IssueProject(target=target, name=match["project"])


def channel_place(channel: str, *, name: str | None = None) -> Place | None:
    """A channel of Slack by its id, with the name that people know; None for what is no id."""
    label = f"#{name.removeprefix('#')}" if name else None
    return _named("slack", channel, label=label)


def issue_place(key: str, *, base: str | None = None) -> Place | None:
    """An issue of Jira by its key; None for what is no key."""
    return _named("jira", key, base=base)


def lies_at(place: Place, address: str | None) -> bool:
    """Whether a place may be in the system at this address; True where nobody can tell."""
    if place.base is None or address is None:
        return True
    try:
        host, (home, _) = _host(urlsplit(place.base)), _home(place.target, address)
    except ValueError:
        return True
    # Behind the gateway of Atlassian is one site, which the address does not name.
    return home == "api.atlassian.com" or _is_at(place.target, host, home)


def _without_prefix(typed: str, examples: Mapping[TargetName, str]) -> tuple[TargetName, str]:
    prefix, colon, name = typed.partition(":")
    for target in examples:
        if colon and prefix.strip().casefold() == target:
            return target, name.strip()
    hint = f"Give {' or '.join(examples.values())}."
    if colon:
        near = did_you_mean(prefix, {each: f"{each}:{name.strip()}" for each in examples})
        problem = f"No tracker or chat is called {shorten(prefix.strip(), 40)!r}."
    else:
        fits = [f"{each}:{typed}" for each in examples if _named(each, typed)]
        near = f"Did you mean {' or '.join(fits)}?" if fits else ""
        problem = f"{shorten(typed, 80)!r} does not say which system it is in."
    raise UsageError(problem, hint=f"{near} {hint}".strip())


def _named(
    target: TargetName, name: str, *, label: str | None = None, base: str | None = None
) -> Place | None:
    match = _whole(_SYSTEMS[target].name, _cased(target, name))
    return _matched(target, match, label=label, base=base)


def _matched(
    target: TargetName,
    match: re.Match[str] | None,
    *,
    label: str | None = None,
    base: str | None = None,
) -> Place | None:
    if match is None or _climbs(match["project"]):
        return None
    project, number = _cased(target, match["project"]), _cased(target, match["number"])
    usual = f"{project}#{number}" if target in {"github", "gitlab"} else number
    return Place(target=target, project=project, number=number, label=label or usual, base=base)


def _cased(target: TargetName, name: str) -> str:
    """Keys of Jira have capitals only; what Slack has in small letters is a name, not an id."""
    return name.upper() if target == "jira" else name


def _climbs(project: str) -> bool:
    # Such a part would lead a request to another address of the API.
    return not {".", ".."}.isdisjoint(project.split("/"))


def _of_url(typed: str, addresses: Mapping[TargetName, str | None]) -> Place:
    try:
        url = urlsplit(typed)
        host = _host(url)
    except ValueError:
        raise UsageError("The URL cannot be read.", hint=_hint(*TARGETS)) from None
    if url.scheme == "slack":
        # slack://channel?team=T012&id=C012 opens the app, and names no host.
        place = _named("slack", _parameter(url, "id"))
        if place is None:
            raise UsageError("The link names no channel.", hint=_hint("slack"))
        return place
    homes = {target: _home(target, each) for target in TARGETS if (each := addresses.get(target))}
    fitting = [
        target
        for target, (home, folder) in homes.items()
        if _is_at(target, host, home) and f"{url.path}/".startswith(f"{folder}/")
    ]
    if fitting:
        # Several systems may share a host, each in a folder; one may have the whole of it.
        target = max(fitting, key=lambda each: len(homes[each][1]))
        place = _on_page(target, url, folder=homes[target][1])
        if place is None:
            problem = f"The URL on {host} names no {_SYSTEMS[target].thing} of {title_of(target)}."
            raise UsageError(problem, hint=_hint(target))
        return place
    for target in TARGETS:
        if place := _on_page(target, url):
            if target not in homes:
                return place
            variable = f"DD_INCIDENT_ROLES_{target.upper()}_URL"
            raise UsageError(
                f"The URL is on {host}, and {title_of(target)} is set to {homes[target][0]}.",
                hint=f"Give a URL on {homes[target][0]}, or set {variable} to the other one.",
            )
    known = [f"{title_of(target)} on {home}" for target, (home, _) in homes.items()]
    listed = join_names(known or ["none"])
    raise UsageError(f"The URL is on {host}, and the settings have {listed}.", hint=_hint(*TARGETS))


def _on_page(target: TargetName, url: SplitResult, *, folder: str = "") -> Place | None:
    """The place that a page shows, in its path or in a parameter."""
    system = _SYSTEMS[target]
    base = f"{url.scheme}://{_host(url)}{folder}"
    match = _whole(system.page, url.path.removeprefix(folder))
    if place := _matched(target, match, base=base):
        return place
    return _named(target, _parameter(url, system.parameter or ""), base=base)


def _host(url: SplitResult) -> str:
    """The host, with a port that is not the usual one; raises ValueError for a bad port."""
    usual = {"https": 443, "http": 80}.get(url.scheme)
    return f"{url.hostname}:{url.port}" if url.port not in {None, usual} else f"{url.hostname}"


def _home(target: TargetName, address: str) -> tuple[str, str]:
    """The host and the folder of the pages, from the address of the API.

    Pages of api.github.com and api.NAME.ghe.com are on the host without ``api.``.
    """
    url = urlsplit(address)
    host = _host(url)
    if target == "github" and host.endswith(("api.github.com", ".ghe.com")):
        host = host.removeprefix("api.")
    return host, url.path.rstrip("/").removesuffix(_SYSTEMS[target].api)


def _is_at(target: TargetName, host: str, home: str) -> bool:
    # Each workspace of Slack has a host of its own.
    return host.removeprefix("www.") == home or (target == "slack" and host.endswith(f".{home}"))


def _parameter(url: SplitResult, name: str) -> str:
    try:
        return next(iter(parse_qs(url.query, max_num_fields=50).get(name, ())), "")
    except ValueError:
        return ""


def _hint(*targets: TargetName) -> str:
    examples = " or ".join(_SYSTEMS[target].example for target in targets)
    return f"Give the URL of its page, or {examples}."


def _a(thing: str) -> str:
    return f"an {thing}" if thing[0] in "aeiou" else f"a {thing}"
