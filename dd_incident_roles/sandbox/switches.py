"""What of Datadog is known to differ between organisations, as switches."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Switch(StrEnum):
    """How a part of the API answers: normally, as if it did not exist, or not to this key."""

    ON = "on"
    MISSING = "404"
    FORBIDDEN = "403"


class DuplicateResponder(StrEnum):
    """What a second POST of the same responder does; Datadog does not say (unverified)."""

    REFUSED = "400"
    SAME_ROW = "same_row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Which parts of the API are there."""

    responders: Switch = Switch.ON
    role_assignments: Switch = Switch.ON
    reserved_roles: Switch = Switch.ON
    user_defined_roles: Switch = Switch.ON
    user_defined_fields: Switch = Switch.ON
    include_users: Switch = Switch.ON
    search: Switch = Switch.ON
    users: Switch = Switch.ON
    current_user: Switch = Switch.ON
    teams: Switch = Switch.ON


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """The quirks that can be turned.

    ``commander_is_assignment``: the commander also holds the reserved role (inferred, unverified).
    ``patch_hides_commander``: the relationship is null in a PATCH answer (recording).
    ``short_search_pages``: a page holds fewer incidents than asked although more follow
    (recording). ``responders_included``: listing responders brings their users along.
    """

    commander_is_assignment: bool = True
    patch_hides_commander: bool = True
    short_search_pages: bool = False
    responders_included: bool = True
    duplicate_responder: DuplicateResponder = DuplicateResponder.REFUSED
