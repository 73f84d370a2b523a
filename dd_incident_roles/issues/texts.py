"""Texts on their way to an issue: nothing in them calls anybody, links back or commands.

What is put in is taken out again when a text comes back, so that our own words are never taken for
an edit: ``incoming(target, outgoing(target, text, ...))`` is ``canonical(text)``.

- A mention or a reference gets an invisible word joiner behind its first character. Nothing that
  can be seen serves: GitHub looks for both in what is rendered, where an escape is gone.
- A line that begins with a slash gets a space in front of it. GitLab takes only a line that begins
  with the slash itself for a quick action, so that one behind ``>`` is none. It takes away carriage
  returns first, and an open code fence protects nothing (server source,
  quick_actions/extractor.rb): each such line counts, whatever surrounds it. On GitHub, bots of many
  projects go by the same form.
- Jira Cloud shows text as it is, and the adapter for Data Center escapes its own markup.

In a description a block is ours, which says who holds which role. Its two marks are HTML comments
on GitHub and GitLab, which only people who edit see; Jira would show them, so that they are plain
lines there. What surrounds the block is people's, byte for byte. An issue that is created for an
incident begins with a template, which has places for what the incident says.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.model import IncidentId
from dd_incident_roles.sync.entries.identity import canonical_text
from dd_incident_roles.sync.place import Roster
from dd_incident_roles.values import frozen
from dd_incident_roles.words import did_you_mean, incident_label, role_label, shorten

CUT: Final = "\n\n\u2026 (cut here; Datadog has the whole text)"
"""Ends a text that was too long."""

_JOINER: Final = "\u2060"
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_KEPT: Final = frozenset("\n\t\u200c\u200d")
"""Line ends and tabs, and the invisible joiners of emoji and of several scripts."""

_SLASH = re.compile(r"^(?= */)", re.MULTILINE)
_SPACED_SLASH = re.compile(r"^ (?= */)", re.MULTILINE)
_MARKDOWN: Final = (
    # A mention, but for the @ of an e-mail; the renderer takes an underscore for emphasis.
    r"(?<![A-Za-z0-9])@(?=\S)",
    # HTML and its comments; an entity, which may stand for any of the others.
    r"<(?=[A-Za-z/!?])",
    r"&(?=#?[A-Za-z0-9]+;)",
    # The address of an issue, a change or a commit, which becomes a reference.
    r"https?:(?=//\S{1,500}?/(?:-/\w+|issues|pulls?|merge_requests|commits?|discussions)/)",
)
_ALIVE: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "github": re.compile(
            "|".join((*_MARKDOWN, r"#(?=[0-9])", r"\bGH(?=-[0-9])")), re.IGNORECASE
        ),
        "gitlab": re.compile(
            "|".join(
                (
                    *_MARKDOWN,
                    r"[#!&](?=[0-9])",
                    r"\bGL(?=-[0-9])",
                    r"\[(?=(?:issue|epic|merge_request|work_item):)",
                )
            ),
            re.IGNORECASE,
        ),
    }
)
_COMMIT = re.compile(r"\b(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,40}\b", re.IGNORECASE)
"""A commit of GitLab notes where it is mentioned; a number alone is more often none."""


def canonical(text: str) -> str:
    """The text without what no tracker keeps, or nobody may send: controls and hidden characters.

    Overrides of the writing direction are among them, and every other end of a line becomes one.
    """
    lines = _LINE_ENDS.sub("\n", text)
    return canonical_text("".join(_kept(character) for character in lines))


def outgoing(target: str, text: str, *, longest: int, footer: str = "") -> str:
    """The text as it is sent to a tracker, at most ``longest`` characters as the tracker counts.

    What is too long is cut, with a mark that says so; the footer stays whole.
    """
    whole = canonical(text + footer)
    sent = _harmless(target, whole)
    if _length(target, sent) <= longest:
        return sent
    end = canonical(CUT + footer)
    kept = canonical(text)
    room = longest
    while kept:
        kept = _cut(target, kept, room)
        sent = _harmless(target, f"{kept.rstrip()}\n\n{end}")
        if (over := _length(target, sent) - longest) <= 0:
            return sent
        # What was put in, and the end, take their room from the text.
        # Half of it at a time: with a character goes what was put in for it.
        room = _length(target, kept) - max(over // 2, 1)
    return _cut(target, _harmless(target, end), longest)


def incoming(target: str, text: str) -> str:
    """The text that a tracker shows, without what ``outgoing`` put in."""
    plain = canonical(text)
    return _SPACED_SLASH.sub("", plain) if target in _ALIVE else plain


def _harmless(target: str, plain: str) -> str:
    if target not in _ALIVE:
        return plain
    sent = _ALIVE[target].sub(rf"\g<0>{_JOINER}", plain)
    if target == "gitlab":
        # No piece is as long as the shortest id, lest a part that is left becomes one.
        sent = _COMMIT.sub(lambda found: _JOINER.join(re.findall(".{1,6}", found[0])), sent)
    return _SLASH.sub(" ", sent)


def _kept(character: str) -> str:
    match unicodedata.category(character):
        case "Cc" | "Cf" if character not in _KEPT:
            return ""
        case "Cs":
            return "\N{REPLACEMENT CHARACTER}"
        case _:
            return character


def _length(target: str, text: str) -> int:
    # Jira counts as Java does (unverified): a character beyond the first plane is two.
    return len(text.encode("utf-16-le")) // 2 if target == "jira" else len(text)


def _cut(target: str, text: str, room: int) -> str:
    """The beginning of a text that fits, and that ends with a whole character as people see it."""
    end = min(len(text), max(room, 0))
    if target == "jira":
        # Half of a pair at the end is dropped, not sent.
        units = text.encode("utf-16-le")[: 2 * max(room, 0)]
        end = len(units.decode("utf-16-le", errors="ignore"))
    # Bounded, since marks can be piled on one letter without end.
    least = max(0, end - 32)
    while least < end < len(text) and (
        unicodedata.category(text[end]).startswith("M") or "\u200d" in text[end - 1 : end + 1]
    ):
        end -= 1
    return text[:end]


_BEGIN: Final = "dd-incident-roles keeps these roles up to date; edits between the marks are lost"
_END: Final = "end of the roles by dd-incident-roles"
_NOBODY: Final = "\N{EN DASH}"
_LONGEST_CELL: Final = 200

# The end is optional, so that one which was left open is found, and refused.
_PLACEHOLDER = re.compile(r"\$\{([^}\n]*)\}?")
_KNOWN: Final = ("number", "title", "severity", "url")
_BUILT_IN: Final = """\
${number} ${title}

This issue belongs to the incident ${number} (${severity}): ${url}

Its assignee is the Incident Manager.
"""

_LINE = re.compile(r"[^\n]*\n?")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


def roster_block(target: str, *, number: int, url: str | None, roster: Roster) -> str:
    """The block for a tracker: a table, or a list in Jira.

    Nothing in it tells when it was written, so that it changes only with the roles.
    """
    label = incident_label(number)
    rows = [
        (
            _cell(target, role_label(row.title, row.stream)),
            _cell(target, ", ".join(each.label for each in row.people)) or _NOBODY,
        )
        for row in roster
        if row.people or row.required
    ]
    begin, end = _marks(target)
    if target == "jira":
        head = f"Roles of {label}{f' ({url})' if url else ''}"
        return "\n".join([begin, head, *(f"- {role}: {people}" for role, people in rows), end])
    head = f"**Roles of [{label}]({url})**" if url else f"**Roles of {label}**"
    table = ["| Role | Who |", "|---|---|", *(f"| {role} | {people} |" for role, people in rows)]
    return "\n".join([begin, head, "", *table, "", end])


def block_of(target: str, description: str) -> str | None:
    """The first whole block of a description, with plain line ends; None where there is none."""
    span = _span(target, description)
    return None if span is None else description[slice(*span)].replace("\r\n", "\n")


def with_block(target: str, description: str, block: str) -> str:
    """The description with the block in place of the one that it has, else in front of all else.

    In front, no code fence that somebody left open can swallow it. A block with the same words is
    left as it is.
    """
    span = _span(target, description)
    if span is None:
        return f"{block}\n\n{description}" if description else block
    if block_of(target, description) == block:
        return description
    start, end = span
    return f"{description[:start]}{block}{description[end:]}"


def without_block(target: str, description: str) -> str:
    """The description without the block, and without the line that set it apart."""
    span = _span(target, description)
    if span is None:
        return description
    start, end = span
    after = description[end:]
    return description[:start] + re.sub(r"\A(?:\r?\n){1,2}", "", after)


def created_mark(incident: IncidentId) -> str:
    """The words in a description by which an issue that we created is found again."""
    return f"dd-incident-roles/incident-{incident}"


def _marks(target: str) -> tuple[str, str]:
    if target == "jira":
        return f"--- {_BEGIN} ---", f"--- {_END} ---"
    return f"<!-- {_BEGIN} -->", f"<!-- {_END} -->"


def _span(target: str, description: str) -> tuple[int, int] | None:
    """Where the first block is that has both marks, with nothing but its own between them."""
    begin, end = _marks(target)
    start: int | None = None
    for at, line in _lines_outside_fences(description):
        if line == begin:
            start = at
        elif line == end and start is not None:
            return start, at + len(line)
    return None


def _lines_outside_fences(text: str) -> Iterator[tuple[int, str]]:
    """Each line that no code fence encloses, without its end, and where it begins."""
    fence = ""
    for match in _LINE.finditer(text):
        line = match[0].rstrip("\r\n")
        found = _FENCE.fullmatch(line)
        if fence:
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = ""
        # With more backticks on its line it is code within the line, and no fence (CommonMark).
        elif found and not (found[1][0] == "`" and "`" in found[2]):
            fence = found[1]
        else:
            yield match.start(), line


def _cell(target: str, text: str) -> str:
    plain = outgoing(target, shorten(" ".join(text.split()), _LONGEST_CELL), longest=1_000)
    return plain if target == "jira" else plain.replace("\\", "\\\\").replace("|", "\\|")


@frozen
class IssueTemplate:
    """A title of one line and a description, with ``${number}`` and the like in both."""

    title: str
    description: str

    def fill(
        self,
        *,
        number: int,
        title: str,
        severity: str,
        url: str | None,
        clean: Callable[[str], str],
    ) -> tuple[str, str]:
        """The title and the description of an issue.

        ``clean`` makes a text from outside harmless in the tracker. The template is the
        organisation's own, and may mention people.
        """
        values = {
            "number": incident_label(number),
            "title": clean(title),
            "severity": clean(severity),
            "url": url or incident_label(number),
        }
        # The title of an incident has one line, but nothing makes sure of it.
        return " ".join(_filled(self.title, values).split()), _filled(self.description, values)


def parse_template(text: str, *, file: str) -> IssueTemplate:
    """Read a template: its first line is the title, the rest the description.

    Raises ConfigurationError with file and line.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    for number, line in enumerate(lines, start=1):
        for match in _PLACEHOLDER.finditer(line):
            if match[0] != f"${{{match[1]}}}" or match[1] not in _KNOWN:
                near = did_you_mean(match[1], {name: f"${{{name}}}" for name in _KNOWN})
                known = f"Known are {', '.join(f'${{{name}}}' for name in _KNOWN)}."
                problem = f"{match[0]} stands for nothing"
                hint = f"{near} {known}".strip()
                raise ConfigurationError(problem, file=file, line=number, hint=hint)
    title, rest = (lines[0].strip(), lines[1:]) if lines else ("", [])
    if not title:
        raise ConfigurationError("the first line, which is the title, is empty", file=file, line=1)
    return IssueTemplate(title=title, description="\n".join(rest).strip("\n"))


def built_in_template() -> IssueTemplate:
    """The template for those who have none of their own."""
    return parse_template(_BUILT_IN, file="the built-in template")


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)
