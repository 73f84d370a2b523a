"""Our part of a room's topic: what it shows, where it stands, and what it never touches."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import reduce

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dd_incident_roles.chat.topic import (
    LIMIT,
    Placement,
    ShownRoles,
    TopicRole,
    canonical,
    find,
    length,
    mentioned,
    place,
    render,
    shown_name,
    split,
    stale_titles,
)

IM = TopicRole(label="IM", holders=("Ana",), importance=9)
ROLES = (
    IM,
    TopicRole(label="TL", stream="db", holders=("Bo",), importance=7),
    TopicRole(label="TL", stream="api", holders=("Cy",), importance=7),
    TopicRole(label="Comms", importance=5, shows_empty=True),
    TopicRole(label="FR", importance=1),
    TopicRole(label="Scribe", holders=("Di",), importance=3),
)
SHOWN = "IM Ana · TL (db) Bo · TL (api) Cy · Comms \N{EN DASH} · Scribe Di"
OURS = f"▸Roles: {SHOWN}◂"
BRIDGE = "Bridge: <https://meet.example/x?a=1&amp;b=2> &lt;ask <@U1>&gt;"
BRIDGE_READ = "Bridge: https://meet.example/x?a=1&b=2 <ask Eve>"


def test_the_segment_shows_who_holds_what() -> None:
    """Roles in their order, a vacancy where it is wanted, several holders side by side."""
    assert render(ROLES).text == SHOWN
    assert render([TopicRole(label="TL", holders=("Bo", "Cy"))]).text == "TL Bo, Cy"
    assert render([TopicRole(label="Vendor Liaison", holders=("Bo Li",))]).text == (
        "Vendor-Liaison Bo Li"
    )
    assert render(()).text == ""


# limit, what is shown, what was cut
CUTS = [
    (55, SHOWN, ()),
    (54, "IM Ana · TL (db) Bo · TL (api) Cy · Comms \N{EN DASH} · +1 more", ("Scribe",)),
    (45, "IM Ana · TL (db) Bo · TL (api) Cy · +2 more", ("Comms", "Scribe")),
    (40, "IM Ana · TL (db) Bo · +3 more", ("TL (api)", "Comms", "Scribe")),
    (16, "IM Ana · +4 more", ("TL (db)", "TL (api)", "Comms", "Scribe")),
    (15, "", ("IM", "TL (db)", "TL (api)", "Comms", "Scribe")),
]


@pytest.mark.parametrize(("limit", "text", "cut"), CUTS)
def test_the_least_important_is_cut_first(limit: int, text: str, cut: tuple[str, ...]) -> None:
    """What is left says how many roles it leaves out, lest a cut one is taken for a vacancy."""
    segment = render(ROLES, limit=limit)
    assert (segment.text, segment.cut) == (text, cut)


# a name, and how it stands in the topic
NAMES = [
    ("Ana", "Ana"),
    ("  Ana   Li ", "Ana Li"),
    ("J. R. O'Neil-St.John", "J. R. O'Neil-St John"),
    ("Marcel·lí", "Marcel·lí"),
    ("Ana · IM Bo", "Ana IM Bo"),
    ("Ana \N{BULLET} IM Bo", "Ana IM Bo"),
    ("Li, Bo", "Li Bo"),
    ("Bo Li (he/him)", "Bo Li"),
    ("(db) Bo", "Bo"),
    ("bo.li@corp.example", "bo li"),
    ("Bo Li <bo@corp.example>", "Bo Li"),
    ("@here", "here"),
    ("<!channel>", "channel"),
    ("<@U123|x>", "?"),
    ("Bo https://evil.example/x", "Bo"),
    ("Bo evil.example", "Bo evil example"),
    ("Ben & Jo", "Ben Jo"),
    ("*Bo* _Li_ `x`", "Bo Li x"),
    ("Bo :fire: \N{ROCKET}\ufe0f", "Bo fire"),
    ("Bo\u202egnp\u202c\x1b[31m\n", "Bognp 31m"),
    ("Bo◂ ▸Roles: IM Eve◂", "Bo Roles IM Eve"),
    ("Bo +2 more", "Bo 2 more"),
    ("Ame\u0301lie", "Am\u00e9lie"),
    ("\u5c71\u7530\u3000\u592a\u90ce", "\u5c71\u7530 \u592a\u90ce"),
    ("\N{EN DASH}", "?"),
    ("\u3164", "?"),
    ("", "?"),
    ("x" * 60, "x" * 39 + "\N{HORIZONTAL ELLIPSIS}"),
]


@pytest.mark.parametrize(("name", "shown"), NAMES)
def test_a_name_is_no_more_than_a_name(name: str, shown: str) -> None:
    """Nothing that the chat changes, links or calls somebody by, and nothing that forges a role."""
    assert shown_name(name) == shown
    assert shown_name(shown) == shown


# raw topic, what is to be written; None where nothing is
PLACES = [
    ("", OURS),
    (OURS, None),
    ("Bridge 5", f"{OURS} Bridge 5"),
    (f"{OURS} Bridge 5", None),
    (f"SEV-1!  {OURS}   see the wiki", None),
    ("SEV-1! ▸Roles: IM Eve◂ see the wiki", f"SEV-1! {OURS} see the wiki"),
    ("a ▸Roles: IM Eve◂ b ▸Roles: IM Bo◂ c", f"a {OURS} b   c"),
    (BRIDGE, f"{OURS} {BRIDGE_READ}"),
    (f"{OURS} {BRIDGE}", None),
    (f"{OURS} mail <mailto:a@b.c|a@b.c> in <#C1|ops>, <!subteam^S1|@sre>, <!here>", None),
    (
        "<https://wiki.example/r|Runbook> <http://x.example|x.example> <@U9> <#C1>",
        f"{OURS} Runbook https://wiki.example/r x.example <@U9> <#C1>",
    ),
    ("Roles: IM Eve", f"{OURS} Roles: IM Eve"),
    ("▸Roles: IM Eve", f"{OURS} ▸Roles: IM Eve"),
]


@pytest.mark.parametrize(("topic", "wanted"), PLACES)
def test_ours_stands_among_peoples_words(topic: str, wanted: str | None) -> None:
    """It is written only where it differs, in its place, and else in front."""
    placed = place(topic, ROLES, is_private=False, members={"U1": "Eve"})
    assert placed == Placement(topic=wanted)


def test_what_cannot_be_shown_is_said() -> None:
    """Ours is cut before people's words, an old one goes, and too long words are left alone."""
    words = "w" * 200
    placed = place(words, ROLES, is_private=False)
    assert placed.topic == f"▸Roles: IM Ana · TL (db) Bo · +3 more◂ {words}"
    assert placed.cut == ("TL (api)", "Comms", "Scribe")

    # An Incident Manager of an hour ago is worse than none.
    gone = place(f"▸Roles: IM Eve◂ {'w' * 240}", ROLES, is_private=False)
    assert (gone.topic, gone.problem) == (
        "w" * 240,
        "People's own words take 240 of the 250 characters of the topic and leave no place for "
        "the roles.",
    )
    assert place("w" * 240, ROLES, is_private=False) == Placement(
        topic=None, cut=gone.cut, problem=gone.problem
    )

    left = place("&amp;" * 60, ROLES, is_private=False)
    assert (left.topic, left.problem) == (
        None,
        "People's own words take 300 of the 250 characters of the topic, so it is left as it is.",
    )


def test_a_private_incident_shows_nothing() -> None:
    """Nothing is written, and what was there goes."""
    assert place("Bridge 5", ROLES, is_private=True) == Placement(topic=None)
    assert place(f"{OURS} Bridge 5", ROLES, is_private=True) == Placement(topic="Bridge 5")
    assert place("&amp;" * 60, ROLES, is_private=True) == Placement(topic=None)


# what a topic shows, and which titles are stale
STALE = [
    (SHOWN, ()),
    (SHOWN.replace("Ana", "Eve"), ("IM",)),
    (SHOWN.replace(" · Scribe Di", ""), ("Scribe",)),
    (SHOWN.replace(" · Scribe Di", " · +1 more"), ()),
    (f"{SHOWN} · CSL Eve", ("CSL",)),
    ("please ask at the desk", ("please", "IM", "TL (db)", "TL (api)", "Comms", "Scribe")),
]


@pytest.mark.parametrize(("segment", "stale"), STALE)
def test_a_topic_says_which_roles_are_stale(segment: str, stale: tuple[str, ...]) -> None:
    """Wrong names and absences, but for as many as it says that it leaves out."""
    found = find(f"x ▸Roles: {segment}◂ y")
    assert found == segment
    assert stale_titles(split(found), ROLES) == stale


def test_items_are_read_back() -> None:
    """Names by title; a vacancy has none."""
    assert split(SHOWN + " · +3 more") == ShownRoles(
        names={"IM": ("Ana",), "TL (db)": ("Bo",), "TL (api)": ("Cy",)}
        | {"Comms": (), "Scribe": ("Di",)},
        left_out=3,
    )
    assert find("Bridge 5") is None
    assert mentioned("<@U1> and <@U2|eve>, <@U1> <#C1|x>") == ("U1", "U2")
    assert canonical("<@U1>  &amp;amp; e\u0301", {"U1": "Eve"}) == "Eve &amp; \u00e9"


def escape(text: str) -> str:
    """Give back entities, as Slack does."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def link_mails(text: str) -> str:
    """Make links of e-mail addresses, as Slack does."""
    return re.sub(r"[A-Za-z0-9.]+@[A-Za-z0-9]+\.[a-z]+", r"<mailto:\g<0>|\g<0>>", text)


def link_urls(text: str) -> str:
    """Make links of URLs, as Slack does in what people type."""
    return re.sub(r"https://[A-Za-z0-9./]+", r"<\g<0>>", text)


def compose(text: str) -> str:
    """Normalise, as any system may."""
    return unicodedata.normalize("NFC", text)


def collapse(text: str) -> str:
    """Drop spaces that nobody sees."""
    return " ".join(text.split())


PIECES = st.sampled_from(
    (
        *("▸", "◂", "▸Roles: ", "▸Roles: IM Eve◂", " · ", "+2 more", "<@U1>", "<@U9>", "<!here>"),
        *("&", "<", ">", "&amp;", "&lt;", "<mailto:a@b.cd|a@b.cd>", "a@b.cd", "https://x.y/z"),
        *("<https://x.y/z>", "<https://x.y/z|wiki>", "<#C1|ops>", "|", " ", "  ", "\n", "\u202e"),
        *("\N{ROCKET}", "e\u0301", "(db)", ",", "@here", "\N{EN DASH}"),
    )
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=6).map("".join)
TOPICS = st.one_of(
    TEXTS, st.tuples(TEXTS, st.integers(1, 25)).map(lambda drawn: drawn[0] * drawn[1])
)
HELD = st.lists(
    st.builds(
        TopicRole,
        label=st.one_of(st.sampled_from(("IM", "TL", "Comms", "FR Lead")), TEXTS),
        stream=st.one_of(st.none(), TEXTS),
        holders=st.lists(TEXTS, max_size=2).map(tuple),
        importance=st.integers(0, 5),
        shows_empty=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda role: role.title,
)
SLACKS = st.tuples(
    st.just(escape), *(st.sampled_from((f, str)) for f in (link_mails, link_urls, compose))
)
MEMBERS = {"U1": "Eve"}


def words_of(topic: str) -> str:
    """What people wrote, as one reads it: the topic once everything of ours is gone."""
    placed = place(topic, (), is_private=True, members=MEMBERS, limit=100_000)
    return canonical(topic if placed.topic is None else placed.topic, MEMBERS)


@given(topic=TOPICS, roles=HELD, changes=SLACKS)
@example(topic="<@U9>" * 40, roles=list(ROLES), changes=(escape,))
@example(topic="▸Roles: a ▸Roles: IM Eve◂ b◂ c◂", roles=list(ROLES), changes=(escape,))
def test_any_topic_and_any_names_come_to_rest(
    topic: str, roles: list[TopicRole], changes: tuple[Callable[[str], str], ...]
) -> None:
    """Within the limit, without a lost word, and with nothing to write once it stands there."""
    placed = place(topic, roles, is_private=False, members=MEMBERS)
    if placed.topic is None:
        return
    assert length(placed.topic) <= LIMIT
    assert len(placed.topic) <= LIMIT
    shown = reduce(lambda text, change: change(text), changes, placed.topic)
    assert words_of(shown) == words_of(topic)
    again = place(shown, roles, is_private=False, members=MEMBERS)
    if compose in changes and len(again.cut) < len(placed.cut):
        # A Slack that shortens people's words makes room for one role more.
        return
    assert again == Placement(topic=None, cut=placed.cut, problem=placed.problem)
    found = find(shown)
    assert (found or "") == render(
        roles, limit=LIMIT if not placed.cut else length(found or "")
    ).text


@given(roles=HELD, limit=st.integers(0, LIMIT))
def test_nobody_forges_a_role_by_a_name(roles: list[TopicRole], limit: int) -> None:
    """What is read back are the roles that were given, with as many holders, and no others."""
    segment = render(roles, limit=limit)
    assert length(segment.text) <= limit
    assert not set(segment.text) & set("@&<>▸◂|#:/\n\u202e")
    shown = [role for role in roles if role.text]
    read = split(segment.text)
    assert sum(map(len, read.names.values())) <= sum(len(role.holders) for role in shown)
    assert set(read.names) <= {role.title for role in shown}
    if segment.text:
        assert read.left_out == len(segment.cut)
        assert stale_titles(read, roles) == ()
