"""The words that sentences share, such as a time or a command, and what makes others' harmless."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

PROGRAM: Final = "dd-incident-roles"

_SIZES: Final = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
_LONG: Final = {"d": "day", "h": "hour", "m": "minute"}
_SHORT: Final = {"d": "d", "h": "h", "m": "min"}
_TYPED = re.compile(r"([0-9]{1,9})([smhd])", re.ASCII)
LONGEST: Final = timedelta(days=3650)
"""A duration of more than ten years is a typing error."""


def incident_label(public_id: int) -> str:
    """An incident by the number that people say: ``IR-1001``."""
    return f"IR-{public_id}"


def role_label(title: str, stream: str | None) -> str:
    """A role with its stream: ``Tech Lead (database)``."""
    return title if stream is None else f"{title} ({stream})"


def command(*arguments: object, stream: str | None = None) -> str:
    """A command to paste into a shell; text from outside is quoted."""
    words = [PROGRAM, *map(str, arguments)]
    if stream is not None:
        words += ["--stream", stream]
    return shlex.join(words)


def join_names(names: Iterable[str], word: str = "and") -> str:
    """Names in their order, at least one: ``Ada, Bo and Cai``."""
    *rest, last = names
    return f"{', '.join(rest)} {word} {last}" if rest else last


def did_you_mean(typed: str, known: Mapping[str, str] | Iterable[str]) -> str:
    """A question that names what is spelled most like it: ``Did you mean assign?``; else nothing.

    A mapping gives each name what is to be shown for it.
    """
    # Imported here, so that only a typing error costs the time.
    from difflib import get_close_matches

    shown = known if isinstance(known, Mapping) else {name: name for name in known}
    folded = {name.casefold(): show for name, show in shown.items()}
    near = get_close_matches(typed.strip().casefold(), folded)
    listed = " or ".join(dict.fromkeys(folded[name] for name in near))
    return f"Did you mean {listed}?" if near else ""


def count_of(number: int, one: str, many: str | None = None) -> str:
    """A number and its noun: ``1 role``, ``2 roles``."""
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"


def shorten(text: str, longest: int) -> str:
    """A text of at most ``longest`` characters, with an ellipsis if it was cut."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def clause(sentence: str) -> str:
    """A sentence without its full stop, to be continued."""
    return sentence.rstrip(".")


def unshared(what: str, reason: str) -> str:
    """The sentence that only this record has something that the timeline would share, and why."""
    return f"Only this machine knows {what}: {clause(reason)}."


def time_label(at: datetime, now: datetime) -> str:
    """A moment in the zone of ``now``, with its date where that is not today's: ``14:03``."""
    return _label(at.astimezone(now.tzinfo), now)


def instant_label(at: datetime, now: datetime) -> str:
    """A moment with its zone: ``14:03 UTC``."""
    then = at.astimezone(now.tzinfo)
    return f"{_label(then, now)} {then.tzname()}"


def _label(then: datetime, now: datetime) -> str:
    # As "%Y-%m-%d %H:%M" would give it, in a third of the time.
    shown = then.isoformat(" ", "minutes")[:16]
    return shown[11:] if then.date() == now.date() else shown


def since_label(at: datetime, now: datetime) -> str:
    """A moment in the zone of ``now`` and how long ago it was: ``14:03 (12 min)``."""
    return f"{time_label(at, now)} ({short_duration(now - at)})"


def age_label(at: datetime, now: datetime) -> str:
    """A moment and how long ago it was, for a sentence: ``14:03 UTC (12 minutes)``."""
    return f"{instant_label(at, now)} ({long_duration(now - at)})"


def short_duration(length: timedelta) -> str:
    """A duration for a table: ``1 h 5 min``."""
    return " ".join(f"{count} {_SHORT[unit]}" for count, unit in _counts(length)) or "under 1 min"


def long_duration(length: timedelta) -> str:
    """A duration for a sentence: ``1 hour 5 minutes``."""
    counts = [count_of(count, _LONG[unit]) for count, unit in _counts(length)]
    return " ".join(counts) or count_of(max(length, timedelta()).seconds, "second")


def _counts(length: timedelta) -> list[tuple[int, str]]:
    """The two largest units of a duration, rounded down; nothing below a minute."""
    # A clock that was set back must not make a negative duration.
    hours, minutes = divmod(max(length, timedelta()) // _SIZES["m"], 60)
    days, hours = divmod(hours, 24)
    # A zero counts after a larger unit: 1 d 0 h 5 min is 1 d, not 1 d 5 min.
    largest = ((days, "d"), (hours, "h")) if days else ((hours, "h"), (minutes, "m"))
    return [(count, unit) for count, unit in largest if count]


def parse_duration(text: str) -> timedelta:
    """Read a whole number and its unit; raises ValueError that says what is wrong."""
    typed = _TYPED.fullmatch(text)
    if typed is None:
        raise ValueError("is not a duration such as 90s, 5m, 2h or 1d")
    length = int(typed[1]) * _SIZES[typed[2]]
    if length > LONGEST:
        raise ValueError(f"is longer than {LONGEST.days}d")
    return length


def format_duration(length: timedelta) -> str:
    """Write a duration of whole seconds in the largest unit that divides it: ``10m``."""
    # Days come first: the largest unit that divides it is the shortest to write.
    for unit, size in _SIZES.items():
        if length and length % size == timedelta():
            return f"{length // size}{unit}"
    return f"{length // _SIZES['s']}s"


_ESCAPE_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor movements
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f]).*?(?:\x07|\x1b\\|\x9c|$)"  # titles, links, clipboard
    r"|\x1b[ -/]*[0-~]",
    re.DOTALL,
)
_COMMAND_AT_START = re.compile(r"(?<!\S)::(?=\w)")
_JOINERS = {"\u200c", "\u200d"}
"""Invisible, and yet part of how emoji and several scripts are written."""


def clean(text: str) -> str:
    """Make a text harmless, on one line: it is shown, and commands nothing.

    Control characters, escape sequences, overrides of the writing direction and invisible
    characters are left out, and the workflow commands of a CI log are broken up.
    """
    plain = text
    # Printable ASCII has nothing to leave out, and is most of what there is to show.
    if not (text.isascii() and text.isprintable()):
        plain = "".join(_shown(character) for character in _ESCAPE_SEQUENCES.sub("", text))
    # GitHub takes "##[" for a command wherever it stands in a line, and "::" only at its start.
    plain = plain.replace("##[", "# #[")
    if "::" in plain:
        plain = _COMMAND_AT_START.sub(": :", plain)
    return plain.strip()


def _shown(character: str) -> str:
    match unicodedata.category(character):
        case "Zs" | "Zl" | "Zp":
            return " "
        case "Cc":
            return " " if character.isspace() else ""
        case "Cf":
            return character if character in _JOINERS else ""
        case "Cs":
            return "\N{REPLACEMENT CHARACTER}"
        case _:
            return character
