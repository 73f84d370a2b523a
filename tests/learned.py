"""A record whose job has learned already which changes show in a search."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from dd_incident_roles.sandbox.world import CALLER_ID, ORG_ID
from dd_incident_roles.sync.skip import ENOUGH, OPERATIONS, ChangeKind, Lesson, Operation
from tests.product import Product

EVERY_KIND = [
    ChangeKind(part, each, "datadog" if each in {Operation.CREATE, Operation.EDIT} else "")
    for part, operations in OPERATIONS
    for each in operations
]


def source_of(product: Product) -> str:
    """The host, the organisation and the account that are learned from."""
    host = product.settings["DD_INCIDENT_ROLES_API_URL"].removeprefix("http://")
    return f"{host} {ORG_ID} {CALLER_ID}"


def trust(
    product: Product,
    at: datetime,
    kinds: Iterable[ChangeKind] = EVERY_KIND,
    *,
    examples: int = ENOUGH,
) -> None:
    """Let the job have seen examples of these kinds of change, and none to the contrary."""
    lessons = [Lesson(example=kind) for kind in kinds for _ in range(examples)]
    with product.record() as record:
        record.note_readings("datadog", {}, source=source_of(product), lessons=lessons, at=at)
