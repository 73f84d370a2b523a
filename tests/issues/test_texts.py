"""What we write into an issue calls nobody and commands nothing, and comes back as it was."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dd_incident_roles.errors import ConfigurationError
from dd_incident_roles.issues.texts import (
    CUT,
    block_of,
    built_in_template,
    canonical,
    incoming,
    outgoing,
    parse_template,
    roster_block,
    with_block,
    without_block,
)
from dd_incident_roles.model import Person, PersonKey, RoleKey
from dd_incident_roles.sync.place import RosterRow

TARGETS = ("github", "gitlab", "jira")
LONGEST = 32_767

# Words that come alive somewhere, in any order and with anything between them.
PIECES = st.sampled_from(
    [
        *("@ada", "@org/team", "@channel", "#12", "o/r#12", "!12", "&12", "GH-12", "GL-12"),
        *("/close", "/assign @x", "\n", "\r", "\r\n", " ", "  ", "\t", "`", "```\n", "> "),
        *("<!-- ", "-->", "<b>", "<", "&#64;", "&lt;", "\\", "_", "ada@corp.example", "\u2060"),
        *("\u200b", "\u202e", "\x1b", "\u2028", "https://github.com/o/r/issues/1", "0123abc"),
        *("\U0001f600", "e\u0301", "\u200d", "\ud800", "\u0338", "[~ada]", "{panel}", "!a.png!"),
        "[issue:1]",
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=15).map("".join))


@pytest.mark.parametrize("target", TARGETS)
@given(text=TEXTS)
@example(text="\n\r/close")
@example(text="\u200b/close")
@example(text=" /a\n/a\n  /a")
def test_what_is_sent_comes_back_as_it_was(target: str, text: str) -> None:
    """Our own words in an issue are no edit by somebody else, and are sent the same again."""
    sent = outgoing(target, text, longest=LONGEST)
    assert incoming(target, sent) == canonical(text) == canonical(canonical(text))
    assert incoming(target, sent.replace("\n", "\r\n")) == canonical(text)
    assert outgoing(target, incoming(target, sent), longest=LONGEST) == sent


# What each tracker would act on, wherever it stands.
EVERYWHERE = r"#[0-9]|<[A-Za-z/!?]|&#?[A-Za-z0-9]+;|(?<![A-Za-z0-9])@\w|https?://\S+/issues/"
LIVE = {
    "github": rf"{EVERYWHERE}|\bGH-[0-9]",
    "gitlab": rf"{EVERYWHERE}|[!&][0-9]|\bGL-[0-9]|\[issue:|\b0123abc\b",
}


@pytest.mark.parametrize("target", LIVE)
@given(text=TEXTS)
@example(text="00123abc")
@example(text="GH-0 GL-0 o/r#1 https://github.com/o/r/issues/1")
def test_nothing_that_is_sent_comes_alive(target: str, text: str) -> None:
    """However it is put together, no mention, reference, command or markup is left."""
    sent = outgoing(target, text, longest=LONGEST)
    # GitLab takes carriage returns away before it looks for commands.
    assert not re.search(r"^/", sent.replace("\r", ""), re.MULTILINE)
    assert not re.search(LIVE[target], sent)
    assert not re.search("[\x00-\x08\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", sent)


@pytest.mark.parametrize(
    "text",
    [
        "Ada (ada@corp.example) restarted db-1 at 14:03, 98 % of 1234567 requests fail!",
        "See https://app.datadoghq.com/incidents/1001 and https://wiki.corp.example/run-book#db",
        "cd /srv && ls > out; a <- b & c",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 e\u0301 \u0646\u200c\u0645",
        "\u2014 Ana \u00b7 tech_lead/db = dan@corp.example \u00b7 dd-incident-roles/role-k3f9x2",
    ],
)
@pytest.mark.parametrize("target", TARGETS)
def test_harmless_text_is_sent_as_it_is(target: str, text: str) -> None:
    """What people copy from an issue is what was written."""
    assert outgoing(target, text, longest=LONGEST) == canonical(text)


@pytest.mark.parametrize("target", TARGETS)
@given(
    text=st.text(alphabet="a@#1 \n/\U0001f600\u0301\u200d&;", max_size=400),
    longest=st.integers(100, 250),
)
def test_a_long_text_is_cut_where_people_see_it(target: str, text: str, longest: int) -> None:
    """It fits as the tracker counts, says that it was cut, and keeps its footer."""
    footer = "\n\n\u2014 Ana \u00b7 dd-incident-roles/k1"
    sent = outgoing(target, text, longest=longest, footer=footer)
    size = len(sent.encode("utf-16-le")) // 2 if target == "jira" else len(sent)
    assert size <= longest
    assert sent.endswith(footer.strip())
    if CUT.strip() in sent:
        assert size > longest - 120 or len(sent) < len(text)
    else:
        assert incoming(target, sent) == canonical(text + footer)
    assert outgoing(target, text, longest=longest, footer=footer) == sent


def test_70_000_characters_fit_everywhere() -> None:
    """The largest text that somebody pastes is cut once, without a half character at the end."""
    for target, longest in (("github", 65_536), ("jira", 32_767)):
        sent = outgoing(target, "@\U0001f600" * 70_000, longest=longest)
        assert sent.endswith(CUT.strip())
        sent.encode("utf-8")
        assert longest - 10 <= len(sent.encode("utf-16-le")) // 2 or target == "github"


URL = "https://app.datadoghq.com/incidents/1001"


def row(title: str, *names: str, stream: str | None = None, required: bool = False) -> RosterRow:
    """A role with these holders."""
    people = tuple(Person(key=PersonKey(name), name=name) for name in names)
    return RosterRow(
        role=RoleKey("any"), title=title, short="A", stream=stream, people=people, required=required
    )


def block(target: str, *names: str) -> str:
    """The block of an incident with one role."""
    return roster_block(
        target, number=1001, url=URL, roster=[row("Incident Manager", *names, required=True)]
    )


def test_the_block_shows_who_holds_which_role() -> None:
    """Empty roles that are required are shown, and nobody is called by it."""
    shown = roster_block(
        "github",
        number=1001,
        url=URL,
        roster=[
            row("Incident Manager", "Ana | @all\n<!--", required=True),
            row("Tech Lead", "Bo", "Cy", stream="db"),
            row("Scribe", required=True),
            row("First Responder"),
        ],
    )
    assert shown.splitlines()[1:-2] == [
        f"**Roles of [IR-1001]({URL})**",
        "",
        "| Role | Who |",
        "|---|---|",
        "| Incident Manager | Ana \\| @\u2060all <\u2060!-- |",
        "| Tech Lead (db) | Bo, Cy |",
        "| Scribe | \u2013 |",
    ]
    assert "- Incident Manager: Ana\n" in block("jira", "Ana")


PARTS = [
    *("text\n", "\r\n", "\n", "```\n", "~~~\n", "> ", "  "),
    *(line for target in TARGETS for line in (block(target).split("\n")[0] + "\n",)),
    *(line for target in TARGETS for line in (block(target).split("\n")[-1] + "\n",)),
    *(f"{block(target, 'Old')}\n" for target in TARGETS),
    block("github", "Old").replace("\n", "\r\n") + "\r\n",
]
DESCRIPTIONS = st.one_of(
    st.text(max_size=40), st.lists(st.sampled_from(PARTS), max_size=8).map("".join)
)


@pytest.mark.parametrize("target", TARGETS)
@given(description=DESCRIPTIONS)
def test_the_surroundings_stay_byte_for_byte(target: str, description: str) -> None:
    """Only our block changes, a second time changes nothing, and the block is found again."""
    new = block(target, "New")
    result = with_block(target, description, new)
    assert block_of(target, result) == new
    assert with_block(target, result, new) == result
    old = block_of(target, description)
    if old is None:
        assert result == (f"{new}\n\n{description}" if description else new)
        assert without_block(target, result) == description
    else:
        # The lines of what stands there may end in different ways.
        written = re.compile(re.escape(old).replace("\\\n", "\r?\n"))
        assert any(
            result == description[: found.start()] + new + description[found.end() :]
            for found in written.finditer(description)
        )


def test_a_quotation_in_a_code_fence_is_not_the_block() -> None:
    """Somebody who explains the marks keeps the explanation."""
    quoted = f"```\n{block('github', 'Old')}\n```\n"
    assert block_of("github", quoted) is None
    assert with_block("github", quoted, block("github", "New")).endswith(quoted)


def test_a_block_with_other_line_ends_is_not_written_again() -> None:
    """A tracker that changes line ends causes no write in each run."""
    shown = f"Words\r\n{block('github', 'Ana')}\r\nMore".replace("\r\n", "\n").replace("\n", "\r\n")
    assert with_block("github", shown, block("github", "Ana")) == shown


def test_a_template_is_filled() -> None:
    """Values that look like placeholders stay text, and the template's own mention stays alive."""
    text = "\ufeff[${severity}] ${number}: ${title}\r\n\r\n/label ~a\n@oncall {panel} ${url}\n"
    filled = parse_template(text, file="issue.md").fill(
        number=1001,
        title="Down\n@all ${url}",
        severity="SEV-1",
        url="https://app.example/1001",
        clean=lambda text: text.replace("@", "(at)"),
    )
    assert filled == (
        "[SEV-1] IR-1001: Down (at)all ${url}",
        "/label ~a\n@oncall {panel} https://app.example/1001",
    )


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("A\n\n${titel}", 3, "${titel} stands for nothing", "Did you mean ${title}?"),
        ("${number", 1, "${number stands for nothing", "Known are ${number}, ${title}"),
        ("A ${}", 1, "${} stands for nothing", "${severity}, ${url}."),
        ("", 1, "the first line, which is the title, is empty", ""),
        (" \nA", 1, "the first line, which is the title, is empty", ""),
    ],
)
def test_a_fault_is_named_with_its_line(text: str, line: int, message: str, hint: str) -> None:
    """Nobody finds an unknown placeholder in an issue at night."""
    with pytest.raises(ConfigurationError) as caught:
        parse_template(text, file="issue.md")
    assert str(caught.value) == f"issue.md:{line}: {message}"
    assert hint in (caught.value.hint or "")


def test_there_is_a_template_for_everybody() -> None:
    """Without a page of the incident, its number stands there instead."""
    title, description = built_in_template().fill(
        number=7, title="Down", severity="SEV-2", url=None, clean=str
    )
    assert title == "IR-7 Down"
    assert "IR-7 (SEV-2): IR-7" in description
