"""What of Datadog's timeline nobody knows for sure, as switches (all of it unverified)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineQuirks:
    """The quirks of the timeline.

    ``timeline_protects_others``: nobody may change what another wrote (document).
    ``timeline_pages``: a listing comes in pages; otherwise what the query says of pages is passed
    over. ``timeline_display_time`` and ``timeline_important``: where off, they are neither taken
    nor shown. ``timeline_longest``: the text is cut to so many characters.
    ``timeline_strips_html``: tags are taken out of it. ``timeline_system_entries``: changes of
    state, severity and roles show up. ``timeline_bare_answers``: a write is answered with no more
    than the id.
    """

    timeline_content: ContentShown = ContentShown.CONTENT
    timeline_accepts: ContentAccepted = ContentAccepted.CONTENT
    timeline_authors: AuthorShown = AuthorShown.NONE
    timeline_protects_others: bool = True
    timeline_pages: bool = False
    timeline_display_time: bool = True
    timeline_important: bool = True
    timeline_longest: int | None = None
    timeline_strips_html: bool = False
    timeline_system_entries: bool = True
    timeline_bare_answers: bool = False

    def turned(self, switches: Mapping[str, object]) -> TimelineQuirks:
        """Turns some quirks; raises TypeError for an unknown quirk, ValueError for its setting."""
        turned = self
        for name, setting in switches.items():
            turned = turned._with(name, setting)
        return turned

    def _with(self, name: str, setting: object) -> TimelineQuirks:
        match name, setting:
            case "timeline_content", _:
                return replace(self, timeline_content=ContentShown(str(setting)))
            case "timeline_accepts", _:
                return replace(self, timeline_accepts=ContentAccepted(str(setting)))
            case "timeline_authors", _:
                return replace(self, timeline_authors=AuthorShown(str(setting)))
            case "timeline_longest", None:
                return replace(self, timeline_longest=None)
            case _, bool():
                return self._turned_on_or_off(name, on=setting)
            case "timeline_longest", int():
                return replace(self, timeline_longest=setting)
            case _:
                raise TypeError(f"no quirk {name} can be {setting!r}")

    def _turned_on_or_off(self, name: str, *, on: bool) -> TimelineQuirks:
        match name:
            case "timeline_protects_others":
                return replace(self, timeline_protects_others=on)
            case "timeline_pages":
                return replace(self, timeline_pages=on)
            case "timeline_display_time":
                return replace(self, timeline_display_time=on)
            case "timeline_important":
                return replace(self, timeline_important=on)
            case "timeline_strips_html":
                return replace(self, timeline_strips_html=on)
            case "timeline_system_entries":
                return replace(self, timeline_system_entries=on)
            case "timeline_bare_answers":
                return replace(self, timeline_bare_answers=on)
            case _:
                raise TypeError(f"no quirk {name} can be {on!r}")
