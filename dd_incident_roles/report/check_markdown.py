"""``check --format markdown``, the summary of a job or a comment, and text from outside in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC

from dd_incident_roles.policy.judge import Checked
from dd_incident_roles.policy.policy import Finding
from dd_incident_roles.report import check_text
from dd_incident_roles.report.terminal import name_of
from dd_incident_roles.values import frozen
from dd_incident_roles.words import clean, count_of, shorten

LONGEST_BYTES = 1_000_000
"""GitHub loses a whole summary beyond 1,048,576 bytes; a step may have more to say in it."""

_COLUMNS = ("Level", "Rule", "Incident", "Role", "Since (UTC)", "What is wrong", "Fix")
_WAIVED_COLUMNS = ("Level", "Rule", "Incident", "Role", "What is wrong", "Reason", "Owner", "Until")


def check_markdown(checked: Checked, *, longest: int = LONGEST_BYTES) -> str:
    """What a check found, in at most so many bytes of UTF-8."""
    return fit(list(_sections(checked)), longest)


def _sections(checked: Checked) -> Iterator[Section]:
    verdict = checked.verdict
    yield Section(head=_opening(checked), rows=(), noun="line")
    if verdict.not_evaluated:
        gaps = tuple(
            f"- **{escape(name_of(gap.incident))}**: {escape(gap.reason)}"
            for gap in verdict.not_evaluated
        )
        yield Section(head="\n### Not evaluated\n", rows=gaps, noun="gap")
    if active := check_text.active_findings(verdict):
        yield _findings("Findings", active)
    # Apart from what stands, and never left out: a waiver hides nothing.
    if verdict.waived:
        waived_rows = tuple(
            _row(
                *_beginning(finding),
                _message(finding),
                escape(waived.reason),
                escape(waived.owner),
                check_text.until(waived, checked.now),
            )
            for finding in verdict.findings
            if (waived := finding.waived)
        )
        head = _head(f"Waived ({verdict.waived})", _WAIVED_COLUMNS)
        yield Section(head=head, rows=waived_rows, noun="waived finding")
    if known := check_text.known_findings(verdict):
        yield _findings(f"Known from the baseline ({len(known)})", known)
    if unasked := tuple(f"- {escape(line)}" for line in check_text.unasked_lines(checked)):
        head = "\n### Rules without anything to look at\n"
        yield Section(head=head, rows=unasked, noun="line")


def _opening(checked: Checked) -> str:
    verdict = checked.verdict
    incomplete = "incomplete, " if verdict.not_evaluated or verdict.said_nothing else ""
    lines = [
        f"## Incident roles: {incomplete}{check_text.found_words(verdict)}",
        "",
        escape(check_text.sum_of(checked)),
    ]
    for caution in check_text.cautions(checked):
        lines += ["", f"**{escape(caution)}**"]
    if verdict.measures:
        lines += ["", escape(check_text.measures_line(verdict.measures))]
    return "\n".join(lines)


def _findings(title: str, findings: Iterable[Finding]) -> Section:
    rows = tuple(
        _row(
            *_beginning(finding),
            f"{finding.since.astimezone(UTC):%Y-%m-%d %H:%M}",
            _message(finding),
            code(finding.fix),
        )
        for finding in findings
    )
    return Section(head=_head(title, _COLUMNS), rows=rows, noun="finding")


def _head(title: str, columns: Sequence[str]) -> str:
    return f"\n### {title}\n\n{_row(*columns)}\n{_row(*['---'] * len(columns))}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _beginning(finding: Finding) -> tuple[str, str, str, str]:
    stream = f" ({escape(finding.stream)})" if finding.stream else ""
    return (
        finding.level.value,
        f"{finding.rule} {escape(finding.name)}",
        "the policy" if finding.public_id is None else name_of(finding.public_id),
        f"{escape(finding.role or '')}{stream}",
    )


def _message(finding: Finding) -> str:
    # Only what is wrong in a file is mended there.
    place = finding.place if finding.incident is None else None
    where = f" ({code(f'{place.file}:{place.line}')})" if place else ""
    return f"{escape(finding.message)}{where}"


@frozen
class Section:
    """A head and its rows, each a whole line of Markdown; ``noun`` is what one row tells of."""

    head: str
    rows: tuple[str, ...]
    noun: str


def fit(sections: Sequence[Section], longest: int) -> str:
    """Sections one after the other in at most so many bytes of UTF-8.

    What does not fit is cut between two rows, and each section says how many it lacks. A short
    section never gives way to a long one. The heads themselves must fit.
    """
    # Room for saying what is cut is kept for every section, for each may be.
    frames = sum(
        _size(section.head) + _size(_cut(section, len(section.rows))) for section in sections
    )
    needs = [sum(_size(row) for row in section.rows) for section in sections]
    shares = fair_shares(needs, longest - frames)
    parts = zip(sections, shares, strict=True)
    return "".join(_written(section, share) for section, share in parts)


def fair_shares(needs: Sequence[int], room: int) -> tuple[int, ...]:
    """How much of the room each need gets: all it asks for, or as much as any other gets."""
    shares = [0] * len(needs)
    left = max(room, 0)
    # The short ones first: what they leave over is shared by the long ones.
    order = sorted(range(len(needs)), key=lambda place: needs[place])
    for taken, place in enumerate(order):
        shares[place] = min(needs[place], left // (len(needs) - taken))
        left -= shares[place]
    return tuple(shares)


def _written(section: Section, room: int) -> str:
    rows: list[str] = []
    for row in section.rows:
        room -= _size(row)
        if room < 0:
            break
        rows.append(f"{row}\n")
    missing = len(section.rows) - len(rows)
    return "".join([f"{section.head}\n", *rows, f"{_cut(section, missing)}\n" if missing else ""])


def _cut(section: Section, missing: int) -> str:
    return f"\n**{count_of(missing, f'more {section.noun}')} not shown here: there is no room.**"


def _size(line: str) -> int:
    return len(f"{line}\n".encode())


LONGEST = 1_000

_SPECIAL = re.compile(r"[&<>\\`*_\[\](){}|~#$!:=@\"]|(?<=\w)\.(?=\w)|^[-+.]|^\d+(?=[.)])")
_AT = "&#64;"
_BROKEN_AT = "@&#8203;"
"""An @ with a space of no width behind it: a reference alone would still mention somebody."""


def escape(text: str, longest: int = LONGEST) -> str:
    """A text on one line without a character that means something to Markdown or HTML.

    It is cleaned first, and cut to so many characters. Each special character becomes a reference,
    which no reader of Markdown takes for markup, in a table or out of it; nobody is mentioned, and
    no address turns into a link.
    """
    return _referenced(text, longest).replace(_AT, _BROKEN_AT)


def code(text: str, longest: int = LONGEST) -> str:
    """A text as code on one line, in a form that may stand in a table and can be copied."""
    return f"<code>{_referenced(text, longest)}</code>"


def _referenced(text: str, longest: int) -> str:
    def reference(special: re.Match[str]) -> str:
        return "".join(f"&#{ord(each)};" for each in special[0])

    # Cut first, lest a reference be cut in two.
    return _SPECIAL.sub(reference, shorten(clean(text), longest))
