"""The part of a room's topic that is ours: ``▸Roles: IM Ana · TL (db) Bo · Scribe Di◂``.

Everything between the two marks is ours, everything else is people's words. A mark is no emoji,
which would come back as ``:name:`` (unverified), nor ``<``, ``>`` or ``&``, which come back as
entities. Nobody types it by chance, and whoever writes before or after ours leaves it whole. A
topic without ours gets it in front: clients show the beginning of a topic and cut the rest.

What is written is plain text, since the chat shows markup that comes from a program as it is.
A mention in people's words therefore becomes the name, and a labelled link its label and address.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import field
from types import MappingProxyType
from typing import Final

from dd_incident_roles.values import frozen
from dd_incident_roles.words import shorten

LIMIT: Final = 250
"""How many characters Slack takes (document)."""

EMPTY: Final = "\N{EN DASH}"
"""Stands in the topic for a role that nobody holds."""

_BETWEEN: Final = " · "
_LONGEST_NAME: Final = 40
_NAMELESS: Final = "?"
_INSIDE_NAMES: Final = "'\N{RIGHT SINGLE QUOTATION MARK}-.·…"
_NOBODY: Final[Mapping[str, str]] = MappingProxyType({})
_ENTITIES: Final = MappingProxyType({"&amp;": "&", "&lt;": "<", "&gt;": ">"})

_SEGMENT = re.compile(r"▸\s*Roles:([^▸◂]*)◂")
_ITEM = re.compile(r"([^\s()]+(?: \([^()]*\))?) (.+)")
_MORE = re.compile(r"\+([0-9]{1,4}) more")
_ENTITY = re.compile("|".join(_ENTITIES))
_MARKUP = re.compile(
    r"<(?P<target>[@#!][^<>|]+|[A-Za-z][A-Za-z0-9+.-]*:[^<>|]+)(?:\|(?P<label>[^<>]*))?>"
    rf"|{_ENTITY.pattern}"
)
_MEMBER = re.compile(r"<@([^<>|]+)(?:\|[^<>]*)?>")
_NOT_A_NAME = re.compile(r"<[^<>]*>|\([^()]*\)|\S*://\S*")
# A dot inside a word would make a link of it; the one in Catalan stands between two l.
_JOINING_DOT = re.compile(r"\.(?=\S)|(?<![lL])·|·(?![lL])")
# Letters and marks by their category, and yet nothing that anybody sees.
_UNSEEN = re.compile(r"[\u034f\u115f\u1160\u17b4\u17b5\u3164\ufe00-\ufe0f\uffa0]")


@frozen
class TopicRole:
    """A role as the topic shows it, such as ``TL (db) Bo``.

    ``label`` is short and ``stream`` is in parentheses. The highest ``importance`` is cut last. A
    role without holders is left out, or with ``shows_empty`` stands there with a dash.
    """

    label: str
    stream: str | None = None
    holders: tuple[str, ...] = ()
    importance: int = 0
    shows_empty: bool = False

    @property
    def title(self) -> str:
        """The label and stream as they stand in the topic: a label is one word there."""
        label = shown_name(self.label).replace(" ", "-")
        return label if self.stream is None else f"{label} ({shown_name(self.stream)})"

    @property
    def names(self) -> tuple[str, ...]:
        """The holders as they stand in the topic."""
        return tuple(map(shown_name, self.holders))

    @property
    def text(self) -> str:
        """The role with its holders; empty where it is not shown."""
        names = ", ".join(self.names) or (EMPTY if self.shows_empty else "")
        return f"{self.title} {names}" if names else ""


@frozen
class Segment:
    """Our part without its marks, and the titles of the roles that found no place in it."""

    text: str
    cut: tuple[str, ...] = ()


@frozen
class ShownRoles:
    """What our part of a topic says: names by title, and how many roles it says it leaves out."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    left_out: int = 0


@frozen
class Placement:
    """What is to be done with a topic.

    ``topic`` is what to write, None where nothing is to be written. ``cut`` is the titles of the
    roles that it will not show, and ``problem`` a sentence about why ours has no place in it.
    """

    topic: str | None
    cut: tuple[str, ...] = ()
    problem: str | None = None


def place(
    topic: str,
    roles: Sequence[TopicRole],
    *,
    is_private: bool,
    members: Mapping[str, str] = _NOBODY,
    limit: int = LIMIT,
) -> Placement:
    """Put the roles, in this order, into a topic as the chat shows it, around people's words.

    Ours is cut before their words, and goes where there is nothing to show or no place for it: an
    old one would name the wrong people. A topic whose words alone are too long is left alone. A
    private incident shows nothing. ``members`` gives the names of mentioned members by their ids.
    """
    plain = _as_read(topic, members)
    before, _, after = _parts(plain)
    words = _without_ours(_joined(before, after))
    roles = () if is_private else [role for role in roles if role.text]
    if length(words) > limit:
        is_right = not roles and words == plain
        problem = None if is_right else f"{_fill(words, limit)}, so it is left as it is."
        return Placement(topic=None, cut=tuple(role.title for role in roles), problem=problem)
    segment = render(roles, limit=limit - length(_joined(before, _marked(""), after)))
    problem = None
    if roles and not segment.text:
        problem = f"{_fill(words, limit)} and leave no place for the roles."
    wanted = _joined(before, _marked(segment.text), after) if segment.text else words
    is_there = _collapsed(wanted) == _collapsed(plain)
    return Placement(topic=None if is_there else wanted, cut=segment.cut, problem=problem)


def render(roles: Sequence[TopicRole], *, limit: int = LIMIT) -> Segment:
    """Write the roles in their order, in at most ``limit`` characters of any count.

    The least important are cut, of equals the later one, and their number takes their place.
    """
    shown = [role for role in roles if role.text]
    ranked = sorted(range(len(shown)), key=lambda at: -shown[at].importance)
    for count in range(len(shown), 0, -1):
        kept = sorted(ranked[:count])
        more = [f"+{len(shown) - count} more"] if count < len(shown) else []
        text = _BETWEEN.join((*(shown[at].text for at in kept), *more))
        if length(text) <= limit:
            cut = (role.title for at, role in enumerate(shown) if at not in kept)
            return Segment(text=text, cut=tuple(cut))
    return Segment(text="", cut=tuple(role.title for role in shown))


def find(topic: str) -> str | None:
    """Our part of a topic without its marks, as it is compared; None where there is none."""
    _, found, _ = _parts(_as_read(topic, _NOBODY))
    return None if found is None else _collapsed(found)


def split(segment: str) -> ShownRoles:
    """Read our part back, as ``find`` or ``render`` gives it; passes over what is no role."""
    names: dict[str, tuple[str, ...]] = {}
    left_out = 0
    for item in segment.split(_BETWEEN):
        if more := _MORE.fullmatch(item):
            left_out = int(more[1])
        elif found := _ITEM.fullmatch(item):
            holders = () if found[2] == EMPTY else tuple(found[2].split(", "))
            names[found[1]] = (*names.get(found[1], ()), *holders)
    return ShownRoles(names=names, left_out=left_out)


def stale_titles(shown: ShownRoles, roles: Sequence[TopicRole]) -> tuple[str, ...]:
    """The titles that a topic shows with other people than these, or should show and does not.

    As many as it says it leaves out may be missing.
    """
    held = split(_BETWEEN.join(role.text for role in roles if role.text)).names
    wrong = [title for title, names in shown.names.items() if held.get(title, ()) != names]
    missing = [title for title in held if title not in shown.names]
    return (*wrong, *(missing if len(missing) > shown.left_out else ()))


def canonical(topic: str, members: Mapping[str, str] = _NOBODY) -> str:
    """A topic for comparison: without markup and entities, in NFC, with single spaces."""
    return _collapsed(_as_read(topic, members))


def mentioned(topic: str) -> tuple[str, ...]:
    """The ids of the members that a topic mentions, whose names ``place`` needs."""
    return tuple(dict.fromkeys(_MEMBER.findall(topic)))


def length(text: str) -> int:
    """The length by the strictest count: UTF-16 units, with entities for ``&``, ``<`` and ``>``.

    What Slack counts is unverified; no other reading gives more.
    """
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return len(escaped.encode("utf-16-le", "surrogatepass")) // 2


def shown_name(name: str) -> str:
    """A name that the chat gives back unchanged and that cannot be taken for more than a name.

    Letters, digits, hyphens, apostrophes and dots at the end of a word stay; an address becomes
    what stands before its ``@``, and what is in parentheses or a URL is left out.
    """
    visible = "".join(each for each in name if unicodedata.category(each) not in {"Cc", "Cf", "Cs"})
    whole = unicodedata.normalize("NFC", _UNSEEN.sub("", visible))
    words = _NOT_A_NAME.sub(" ", whole).split() or whole.split()
    words = [word for word in words if "@" not in word.lstrip("@")] or [
        word.strip("@").partition("@")[0] for word in words
    ]
    kept = "".join(each if _stays(each) else " " for each in " ".join(words))
    found = " ".join(_JOINING_DOT.sub(" ", kept).split())
    return shorten(found, _LONGEST_NAME) if any(map(str.isalnum, found)) else _NAMELESS


def _stays(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "L" or category in {"Mn", "Mc", "Nd"} or character in _INSIDE_NAMES


def _as_read(topic: str, members: Mapping[str, str]) -> str:
    """The topic as people read it; halves of characters, which cannot be sent, are replaced."""
    plain = _MARKUP.sub(lambda found: _unwrapped(found, members), topic)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _unwrapped(found: re.Match[str], members: Mapping[str, str]) -> str:
    if found["target"] is None:
        return _ENTITIES[found[0]]
    target, label = _decoded(found["target"]), _decoded(found["label"] or "")
    match target[0], target[1:]:
        case "@", member:
            return members.get(member) or label or found[0]
        case "#", _:
            return f"#{label}" if label else found[0]
        case "!", ("here" | "channel" | "everyone") as everybody:
            return f"@{everybody}"
        case "!", _:
            return label or found[0]
        case _:
            address = target.removeprefix("mailto:")
            if not label:
                return address
            is_same = label.rstrip("/") == address.partition("://")[2].rstrip("/")
            return label if is_same or label == address else f"{label} {address}"


def _decoded(text: str) -> str:
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], text)


def _parts(plain: str) -> tuple[str, str | None, str]:
    """People's words before ours, ours, and those after it, without any second one of ours."""
    found = _SEGMENT.search(plain)
    if found is None:
        return "", None, plain
    return plain[: found.start()], found[1], _without_ours(plain[found.end() :])


def _without_ours(words: str) -> str:
    # Once an inner one is out, what stood around it can be one too.
    while (rest := _SEGMENT.sub(" ", words)) != words:
        words = rest
    return words


def _marked(text: str) -> str:
    return f"▸Roles: {text}◂"


def _joined(*parts: str) -> str:
    return " ".join(part for each in parts if (part := each.strip()))


def _collapsed(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _fill(words: str, limit: int) -> str:
    return f"People's own words take {length(words)} of the {limit} characters of the topic"
