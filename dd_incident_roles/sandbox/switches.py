"""What of Datadog is known to differ between organisations, as switches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
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
    """Which parts of the API are there; without ``timeline`` there are no writes to it either."""

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
    on_call: Switch = Switch.ON
    todos: Switch = Switch.ON
    timeline: Switch = Switch.ON
    timeline_writes: Switch = Switch.ON

    def turned(self, switches: Mapping[str, object]) -> Capabilities:
        """Turns some parts; raises TypeError for an unknown part, ValueError for its setting."""
        settings = {each.name: Switch(getattr(self, each.name)) for each in fields(self)}
        for name, setting in switches.items():
            if name not in settings:
                raise TypeError(f"no capability is called {name}")
            settings[name] = Switch(str(setting))
        return Capabilities(**settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """The quirks that can be turned.

    ``commander_is_assignment``: the commander also holds the reserved role (inferred, unverified).
    ``patch_hides_commander``: the relationship is null in a PATCH answer (recording).
    ``short_search_pages``: a page holds fewer incidents than asked although more follow
    (recording). ``responders_included``: listing responders brings their users along.
    ``responders_lost``: the listing of responders is empty, whoever there is (a fault).
    """

    commander_is_assignment: bool = True
    patch_hides_commander: bool = True
    short_search_pages: bool = False
    responders_included: bool = True
    responders_lost: bool = False
    duplicate_responder: DuplicateResponder = DuplicateResponder.REFUSED

    def turned(self, switches: Mapping[str, object]) -> Behaviour:
        """Turns some quirks; raises TypeError for an unknown quirk, ValueError for its setting."""
        turned = self
        for name, setting in switches.items():
            match name, setting:
                case "duplicate_responder", _:
                    turned = replace(turned, duplicate_responder=DuplicateResponder(str(setting)))
                case "commander_is_assignment", bool():
                    turned = replace(turned, commander_is_assignment=setting)
                case "patch_hides_commander", bool():
                    turned = replace(turned, patch_hides_commander=setting)
                case "short_search_pages", bool():
                    turned = replace(turned, short_search_pages=setting)
                case "responders_included", bool():
                    turned = replace(turned, responders_included=setting)
                case "responders_lost", bool():
                    turned = replace(turned, responders_lost=setting)
                case _:
                    raise TypeError(f"no quirk {name} can be {setting!r}")
        return turned
