"""What of Datadog nobody knows, or is known to differ between organisations, as switches."""

from __future__ import annotations

from enum import StrEnum

from pydantic import StrictBool, StrictInt

from dd_incident_roles.sandbox.given import Given


class Switch(StrEnum):
    """How a part of the API answers: normally, as if it did not exist, or not to this key."""

    ON = "on"
    MISSING = "404"
    FORBIDDEN = "403"


class DuplicateResponder(StrEnum):
    """What a second POST of the same responder does; Datadog does not say (unverified)."""

    REFUSED = "400"
    SAME_ROW = "same_row"


class ContentShown(StrEnum):
    """How the text of a note is laid out in answers."""

    CONTENT = "content"
    MESSAGE = "message"
    PLAIN = "plain"
    ATTRIBUTE = "attribute"


class ContentAccepted(StrEnum):
    """Under which key the text of a note may be sent; the other one is refused."""

    CONTENT = "content"
    MESSAGE = "message"
    EITHER = "either"


class AuthorShown(StrEnum):
    """Where an entry names who wrote it."""

    NONE = "none"
    RELATIONSHIP = "relationship"
    ATTRIBUTE = "attribute"


class Moves(StrEnum):
    """What can move ``modified`` of an incident; only that properties do is known (recording)."""

    PROPERTIES = "properties"
    COMMANDER = "commander"
    RESPONDERS = "responders"
    ROLES = "roles"
    NOTES = "notes"
    EDITS = "edits"
    DELETIONS = "deletions"


class Switches(Given):
    """The parts of the API that can be missing, and the quirks that can be turned.

    Without ``timeline`` there are no writes to it either.
    ``commander_is_assignment``: the commander also holds the reserved role (inferred, unverified).
    ``patch_hides_commander``: the relationship is null in a PATCH answer (recording).
    ``short_search_pages``: a page holds fewer incidents than asked although more follow
    (recording). ``responders_included``: listing responders brings their users along.
    ``responders_lost``: the listing of responders is empty, whoever there is (a fault).
    ``clock_ahead_seconds``: how far the dates of answers are ahead of the right time.
    ``modified_moves_with``: the kinds of change with which ``modified`` moves (unverified).

    All of the timeline is unverified, but that nobody may change what another wrote,
    ``timeline_protects_others`` (document).
    ``timeline_pages``: a listing comes in pages; otherwise what the query says of pages is passed
    over. ``timeline_display_time`` and ``timeline_important``: where off, they are neither taken
    nor shown. ``timeline_longest``: the text is cut to so many characters.
    ``timeline_strips_html``: tags are taken out of it. ``timeline_system_entries``: changes of
    state, severity and roles show up. ``timeline_bare_answers``: a write is answered with no more
    than the id.
    """

    responders: Switch = Switch.ON
    role_assignments: Switch = Switch.ON
    reserved_roles: Switch = Switch.ON
    user_defined_roles: Switch = Switch.ON
    user_defined_fields: Switch = Switch.ON
    incident_types: Switch = Switch.ON
    rules: Switch = Switch.ON
    include_users: Switch = Switch.ON
    search: Switch = Switch.ON
    users: Switch = Switch.ON
    current_user: Switch = Switch.ON
    teams: Switch = Switch.ON
    on_call: Switch = Switch.ON
    todos: Switch = Switch.ON
    integrations: Switch = Switch.ON
    timeline: Switch = Switch.ON
    timeline_writes: Switch = Switch.ON

    commander_is_assignment: StrictBool = True
    patch_hides_commander: StrictBool = True
    short_search_pages: StrictBool = False
    responders_included: StrictBool = True
    responders_lost: StrictBool = False
    clock_ahead_seconds: StrictInt = 0
    modified_moves_with: tuple[Moves, ...] = tuple(Moves)
    duplicate_responder: DuplicateResponder = DuplicateResponder.REFUSED

    timeline_content: ContentShown = ContentShown.CONTENT
    timeline_accepts: ContentAccepted = ContentAccepted.CONTENT
    timeline_authors: AuthorShown = AuthorShown.NONE
    timeline_protects_others: StrictBool = True
    timeline_pages: StrictBool = False
    timeline_display_time: StrictBool = True
    timeline_important: StrictBool = True
    timeline_longest: StrictInt | None = None
    timeline_strips_html: StrictBool = False
    timeline_system_entries: StrictBool = True
    timeline_bare_answers: StrictBool = False
