"""What we write into an issue calls nobody and commands nothing, and comes back as it was."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dd_incident_roles.issues.texts import CUT, canonical, incoming, outgoing

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
