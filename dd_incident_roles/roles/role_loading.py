"""From one entry of the ``roles`` list to a role; raises ConfigurationError at the fault."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dd_incident_roles.errors import UsageError
from dd_incident_roles.model import INCIDENT_MANAGER, RoleKey
from dd_incident_roles.roles.catalogue import (
    LONGEST_NAME,
    RESERVED,
    CommanderRole,
    DatadogRole,
    Exclusion,
    Holders,
    Level,
    MembersOf,
    NamedRole,
    OnCallOf,
    Requirement,
    Role,
    Streams,
    SuggestionSource,
    folded,
    stream_name,
)
from dd_incident_roles.roles.condition_loading import Priorities, load_condition, load_duration
from dd_incident_roles.roles.conditions import ALWAYS
from dd_incident_roles.roles.faults import Faults
from dd_incident_roles.roles.yaml_nodes import Node

_KEY = re.compile(r"[a-z][a-z0-9_]{0,49}", re.ASCII)


def load_role(node: Node, priorities: Priorities) -> Role:
    """Read one role."""
    faults = Faults()
    parts = faults.table(
        node,
        required=("key", "title", "summary", "responsibilities", "holders", "datadog"),
        optional=(
            *("aliases", "streams", "suggested_streams", "excludes", "required"),
            *("qualified", "suggested_from"),
        ),
    )
    streams = faults.part(parts, "streams", lambda part: part.choice(Streams), Streams.NONE)
    role = Role(
        key=faults.part(parts, "key", _key),
        title=faults.part(parts, "title", Node.text),
        summary=faults.part(parts, "summary", Node.text),
        responsibilities=faults.items(parts, "responsibilities", Node.text),
        holders=faults.part(parts, "holders", lambda part: part.choice(Holders)),
        datadog=faults.part(parts, "datadog", _datadog),
        aliases=faults.items(parts, "aliases", Node.text),
        streams=streams,
        suggested_streams=faults.part(
            parts, "suggested_streams", lambda part: _suggested_streams(part, streams), ()
        ),
        excludes=faults.items(parts, "excludes", lambda item: _exclusion(item, priorities)),
        required=faults.items(parts, "required", lambda item: load_requirement(item, priorities)),
        qualified_team=faults.part(parts, "qualified", _qualified),
        suggested_from=faults.items(parts, "suggested_from", _suggested_from),
    )
    if "responsibilities" in parts and parts["responsibilities"].value == ():
        faults.note([parts["responsibilities"].refusal("names nothing")])
    faults.stop()
    _check_commander(role, parts)
    return role


def _key(node: Node) -> RoleKey:
    key = node.text()
    if not _KEY.fullmatch(key):
        raise node.refusal(
            "must be a lower-case word of letters, digits and underscores that begins with a "
            "letter and has at most 50 characters"
        )
    return RoleKey(key)


def _datadog(node: Node) -> DatadogRole:
    if node.value == "commander":
        return CommanderRole()
    if not isinstance(node.value, Mapping):
        raise node.refusal("must be the word commander, or {role: NAME}")
    name = node.table(required=("role",))["role"]
    if len(name.text()) > LONGEST_NAME:
        raise name.refusal(f"has more than {LONGEST_NAME} characters")
    if folded(name.text()) in RESERVED:
        raise name.refusal(
            "is a name that Datadog keeps for itself",
            hint="Choose another name, or write datadog: commander for the commander.",
        )
    return NamedRole(name.text())


def _qualified(node: Node) -> str:
    return node.table(required=("team",))["team"].text()


def _suggested_from(node: Node) -> SuggestionSource:
    parts = node.table(required=(), optional=("on_call", "team"))
    match sorted(parts):
        case ["on_call"]:
            return OnCallOf(parts["on_call"].text())
        case ["team"]:
            return MembersOf(parts["team"].text())
        case _:
            raise node.refusal("must be {on_call: TEAM} or {team: TEAM}")


def _suggested_streams(node: Node, streams: Streams) -> tuple[str, ...]:
    if streams is Streams.NONE:
        raise node.refusal("a role without streams cannot suggest any")
    names: list[str] = []
    for item in node.items():
        try:
            name = stream_name(item.text())
        except UsageError as error:
            raise item.refusal(error.message) from error
        if name in names:
            raise item.refusal("the stream is there twice")
        names.append(name)
    return tuple(names)


def _exclusion(node: Node, priorities: Priorities) -> Exclusion:
    if isinstance(node.value, str):
        return Exclusion(role=RoleKey(node.text()), file=node.file, line=node.line)
    faults = Faults()
    parts = faults.table(node, required=("role",), optional=("when",))
    exclusion = Exclusion(
        role=faults.part(parts, "role", lambda part: RoleKey(part.text())),
        when=faults.part(parts, "when", lambda part: load_condition(part, priorities), ALWAYS),
        file=node.file,
        line=node.line,
    )
    faults.stop()
    return exclusion


def load_requirement(node: Node, priorities: Priorities) -> Requirement:
    """Read one of the alternatives under which a role is required."""
    faults = Faults()
    parts = faults.table(node, required=("when", "after", "level"))
    requirement = Requirement(
        when=faults.part(parts, "when", lambda part: load_condition(part, priorities)),
        after=faults.part(parts, "after", load_duration),
        level=faults.part(parts, "level", lambda part: part.choice(Level)),
        line=node.line,
        file=node.file,
    )
    faults.stop()
    return requirement


def _check_commander(role: Role, parts: Mapping[str, Node]) -> None:
    if role.is_commander and role.key != INCIDENT_MANAGER:
        raise parts["datadog"].refusal(
            f"only the role with the key {INCIDENT_MANAGER} can be the commander"
        )
    if role.key == INCIDENT_MANAGER and not role.is_commander:
        raise parts["datadog"].refusal(f"the role {INCIDENT_MANAGER} must be the commander")
    if role.is_commander and role.holders is not Holders.ONE:
        raise parts["holders"].refusal("the commander is one person")
    if role.is_commander and role.streams is not Streams.NONE:
        raise parts["streams"].refusal("the commander leads the whole incident, not a stream")
    if not role.is_commander and folded(role.title) in RESERVED:
        raise parts["title"].refusal("is a name that Datadog keeps for itself")
