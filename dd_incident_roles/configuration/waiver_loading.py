"""From an entry of ``waivers`` to a waiver; raises ConfigurationError at the fault.

A waiver that is over is read like any other: that it is over is a finding, and no fault of the
file, which would stop every check from one day to the next.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from urllib.parse import urlsplit

from dd_incident_roles.configuration.known import Known
from dd_incident_roles.errors import UsageError
from dd_incident_roles.policy.place import Place
from dd_incident_roles.policy.policy import LONGEST_WAIVER, Waiver
from dd_incident_roles.policy.waive import NEVER_WAIVED
from dd_incident_roles.roles.assign import stream_for
from dd_incident_roles.roles.catalogue import Role, stream_name
from dd_incident_roles.roles.condition_loading import load_condition
from dd_incident_roles.roles.conditions import ALWAYS
from dd_incident_roles.roles.faults import Faults
from dd_incident_roles.roles.yaml_nodes import Node

_EVERY_INCIDENT = "all"
_NUMBER = re.compile(r"(?:IR-)?([1-9][0-9]{0,17})", re.ASCII | re.IGNORECASE)
_NARROWING = ("incident", "role", "stream", "when")


def gather_waivers(node: Node, faults: Faults, known: Known) -> tuple[Waiver, ...]:
    """Read all waivers."""
    loaded = faults.each(faults.attempt(node.items) or (), lambda item: load_waiver(item, known))
    return tuple(waiver for _, waiver in loaded)


def load_waiver(node: Node, known: Known) -> Waiver:
    """Read one waiver."""
    faults = Faults()
    parts = faults.table(
        node,
        required=("rule", "reason", "owner", "expires"),
        optional=(*_NARROWING, "created", "link"),
    )
    role: Role | None = faults.part(parts, "role", lambda part: known.role(part.text(), part))
    waiver = Waiver(
        rule=faults.part(parts, "rule", lambda part: _rule(part, known)),
        reason=faults.part(parts, "reason", Node.text),
        owner=faults.part(parts, "owner", Node.text),
        expires=faults.part(parts, "expires", load_date),
        place=Place(node.file, node.line),
        incident=faults.part(parts, "incident", _incident),
        role=role.key if role else None,
        stream=faults.part(parts, "stream", lambda part: _stream(part, role)),
        when=faults.part(
            parts, "when", lambda part: load_condition(part, known.priorities), ALWAYS
        ),
        created=faults.part(parts, "created", load_date),
        link=faults.part(parts, "link", _link),
    )
    faults.stop()
    faults.attempt(lambda: _check_days(waiver, parts, known))
    faults.attempt(lambda: _check_narrowing(waiver, node, parts))
    faults.stop()
    return waiver


def _rule(node: Node, known: Known) -> str:
    rule = known.rule(node.text(), node)
    if rule.id in NEVER_WAIVED:
        raise node.refusal(f"{rule.id} ({rule.name}) cannot be waived")
    return rule.id


def _incident(node: Node) -> int | None:
    if node.value == _EVERY_INCIDENT:
        return None
    if isinstance(node.value, str):
        shape = _NUMBER.fullmatch(node.value)
        if shape is None:
            raise node.refusal("must be the number of an incident such as 1001 or IR-1001, or all")
        return int(shape[1])
    return node.integer(least=1)


def _stream(node: Node, role: Role | None) -> str | None:
    name = node.text()
    try:
        return stream_name(name) if role is None else stream_for(role, name)
    except UsageError as error:
        raise node.refusal(error.message) from error


def _link(node: Node) -> str:
    text = node.text()
    try:
        url = urlsplit(text)
        is_address = url.scheme in {"http", "https"} and bool(url.hostname) and " " not in text
    except ValueError:
        is_address = False
    if not is_address:
        raise node.refusal("must be an address that begins with https:// or http://")
    return text


def _check_days(waiver: Waiver, parts: Mapping[str, Node], known: Known) -> None:
    if waiver.created is not None and waiver.created > known.today:
        raise parts["created"].refusal("lies in the future")
    if waiver.created is not None and waiver.expires < waiver.created:
        raise parts["expires"].refusal("is before the day on which the waiver was created")
    begun = waiver.created or known.today
    if waiver.expires - begun > LONGEST_WAIVER:
        since = "'created'" if waiver.created else "today"
        raise parts["expires"].refusal(
            f"is more than {LONGEST_WAIVER.days} days after {since}",
            hint=f"The last day can be {(begun + LONGEST_WAIVER).isoformat()}; renew it then.",
        )


def _check_narrowing(waiver: Waiver, node: Node, parts: Mapping[str, Node]) -> None:
    is_narrow = waiver.role is not None or waiver.stream is not None or waiver.when != ALWAYS
    if "incident" not in parts and not is_narrow:
        raise node.refusal(
            f"narrows nothing: it would cover every finding of {waiver.rule}",
            hint="Add incident, role, stream or when; write incident: all if that is meant.",
        )


_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def load_date(node: Node) -> date:
    """Read a day; raises ConfigurationError for any other way to write one."""
    text = node.text()
    try:
        if _SHAPE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise node.refusal("is not a day of the calendar") from error
    raise node.refusal("must be a day such as 2026-12-01")
