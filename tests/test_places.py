"""An issue or a channel is found by its address or its name, and never on another host."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dd_incident_roles.errors import UsageError
from dd_incident_roles.places import (
    TARGETS,
    IssueProject,
    Place,
    TargetName,
    channel_place,
    parse_place,
    parse_project,
)

PUBLIC: dict[TargetName, str | None] = {
    "github": "https://api.github.com",
    "gitlab": "https://gitlab.com",
    "jira": None,
    "slack": "https://slack.com/api",
}
OWN: dict[TargetName, str | None] = {
    "github": "https://code.corp.example/api/v3",
    "gitlab": "https://corp.example:8443/gitlab/",
    "jira": "https://corp.example/jira",
    "slack": "https://slack.com/api",
}
HERE: dict[TargetName, str | None] = {
    each: f"http://127.0.0.1:8126/{each}{'/api' if each == 'slack' else ''}" for each in TARGETS
}

# what is typed, what is configured, the place as text and as people write it
READ = [
    ("github:acme/shop#12", PUBLIC, "github:acme/shop#12", "acme/shop#12"),
    (" GitHub: acme/shop.web#12 ", PUBLIC, "github:acme/shop.web#12", "acme/shop.web#12"),
    ("gitlab:a/b/c-d#3", PUBLIC, "gitlab:a/b/c-d#3", "a/b/c-d#3"),
    ("jira:ops-7", PUBLIC, "jira:OPS-7", "OPS-7"),
    ("slack:C0123456789", PUBLIC, "slack:C0123456789", "C0123456789"),
    ("https://github.com/acme/shop/issues/12", PUBLIC, "github:acme/shop#12", "acme/shop#12"),
    ("https://www.github.com/a/b/issues/12/?x=1#issuecomment-9", PUBLIC, "github:a/b#12", "a/b#12"),
    ("http://GITHUB.com:80/a/b/issues/12", PUBLIC, "github:a/b#12", "a/b#12"),
    ("https://code.corp.example/a/b/issues/12", OWN, "github:a/b#12", "a/b#12"),
    ("https://gitlab.com/g/p/-/issues/12", PUBLIC, "gitlab:g/p#12", "g/p#12"),
    ("https://gitlab.com/g/s/t/p/-/incidents/12#note_4", PUBLIC, "gitlab:g/s/t/p#12", "g/s/t/p#12"),
    ("https://gitlab.com/g/p/-/issues/incident/12/timeline", PUBLIC, "gitlab:g/p#12", "g/p#12"),
    ("https://gitlab.com/g/p/-/work_items/12", PUBLIC, "gitlab:g/p#12", "g/p#12"),
    ("https://gitlab.com/g/p/issues/12", PUBLIC, "gitlab:g/p#12", "g/p#12"),
    ("https://corp.example:8443/gitlab/g/p/-/issues/1", OWN, "gitlab:g/p#1", "g/p#1"),
    ("https://corp.example/jira/browse/OPS-7", OWN, "jira:OPS-7", "OPS-7"),
    ("https://x.atlassian.net/browse/OPS-7?focusedId=1", PUBLIC, "jira:OPS-7", "OPS-7"),
    ("https://x.atlassian.net/browse/ops-7", PUBLIC, "jira:OPS-7", "OPS-7"),
    (
        "https://x.atlassian.net/jira/software/projects/OPS/boards/1?selectedIssue=OPS-7",
        PUBLIC,
        "jira:OPS-7",
        "OPS-7",
    ),
    (
        "https://x.atlassian.net/jira/servicedesk/projects/OPS/queues/custom/1/OPS-7",
        PUBLIC,
        "jira:OPS-7",
        "OPS-7",
    ),
    ("https://x.slack.com/archives/C0123456789", PUBLIC, "slack:C0123456789", "C0123456789"),
    ("https://x.slack.com/archives/C01234567/p170001", PUBLIC, "slack:C01234567", "C01234567"),
    ("https://app.slack.com/client/T012/G01234567", PUBLIC, "slack:G01234567", "G01234567"),
    ("https://slack.com/app_redirect?channel=C01234567&team=T1", PUBLIC, "slack:C01234567", None),
    ("slack://channel?team=T012&id=C01234567", PUBLIC, "slack:C01234567", None),
    ("http://127.0.0.1:8126/github/a/b/issues/12", HERE, "github:a/b#12", "a/b#12"),
    ("http://127.0.0.1:8126/gitlab/a/b/-/issues/12", HERE, "gitlab:a/b#12", "a/b#12"),
    ("http://127.0.0.1:8126/jira/browse/OPS-7", HERE, "jira:OPS-7", "OPS-7"),
    ("http://127.0.0.1:8126/slack/archives/C01234567", HERE, "slack:C01234567", "C01234567"),
]


@pytest.mark.parametrize(("typed", "addresses", "text", "label"), READ)
def test_a_place_is_read(
    typed: str, addresses: dict[TargetName, str | None], text: str, label: str | None
) -> None:
    """What people copy from the browser, the app or a sentence names one place."""
    place = parse_place(typed, addresses)
    assert place.text == text
    assert place.label == label or label is None


# what is typed, and parts of the message and of the hint
REFUSED = [
    ("https://code.corp.example/a/b/issues/12", "code.corp.example", "github.com"),
    ("https://github.com.evil.example/a/b/issues/12", "github.com.evil.example", "github.com"),
    ("https://notgithub.com/a/b/issues/1", "notgithub.com", "DD_INCIDENT_ROLES_GITHUB_URL"),
    ("https://u:secret@evil.example/a/b/-/issues/1", "GitLab is set to gitlab.com", "gitlab.com"),
    ("https://x.slack.evil.example/archives/C01234567", "Slack is set to slack.com", "slack.com"),
    ("https://corp.example/wiki", "GitHub on github.com, GitLab on gitlab.com", "jira:PROJ-123"),
    ("https://github.com/a/b/pull/12", "names no issue of GitHub", "github:owner/repo#12"),
    ("https://github.com/a/../issues/12", "names no issue", "github:owner/repo#12"),
    ("https://slack.com/app_redirect?channel=general", "no channel", "slack:C0123456789"),
    ("slack://open", "no channel", "slack:C0123456789"),
    ("https://[::1", "cannot be read", "jira:PROJ-123"),
    ("https://github.com:port/a/b/issues/1", "cannot be read", "jira:PROJ-123"),
    ("gihub:a/b#1", "'gihub'", "Did you mean github:a/b#1?"),
    ("a/b#1", "does not say", "Did you mean github:a/b#1 or gitlab:a/b#1?"),
    ("ops-7", "does not say", "Did you mean jira:ops-7?"),
    ("", "does not say", "slack:C0123456789"),
    ("github:a/b", "'a/b'", "github:owner/repo#12"),
    ("github:a/..#1", "'a/..#1'", "github:owner/repo#12"),
    ("gitlab:../a/b#1", "'../a/b#1'", "gitlab:group/project#12"),
    ("github:a/b#0", "'a/b#0'", "github:owner/repo#12"),
    ("github:a/b#\u0661", "not how GitHub names an issue", "github:owner/repo#12"),
    ("jira:OPS", "'OPS'", "jira:PROJ-123"),
    ("slack:#incident-1001", "names a channel", "slack:C0123456789"),
    ("slack:D01234567", "names a channel", "slack:C0123456789"),
]


@pytest.mark.parametrize(("typed", "message", "hint"), REFUSED)
def test_what_names_no_place_is_refused_with_an_example(
    typed: str, message: str, hint: str
) -> None:
    """Nobody links another system's issue by mistake, and everybody sees what to type."""
    with pytest.raises(UsageError) as caught:
        parse_place(typed, PUBLIC)
    assert message in f"{caught.value}"
    assert hint in (caught.value.hint or "")
    assert "secret" not in f"{caught.value} {caught.value.hint}"


def test_a_page_names_the_system_that_it_is_on() -> None:
    """A caller can compare it with the address that has the token."""
    assert parse_place("https://x.atlassian.net/browse/OPS-7", PUBLIC).base == (
        "https://x.atlassian.net"
    )
    assert parse_place("https://corp.example/jira/browse/OPS-7", OWN).base == (
        "https://corp.example/jira"
    )
    assert parse_place("jira:OPS-7", OWN).base is None


def test_places_are_compared_as_their_systems_do() -> None:
    """The same issue in other letters is not linked a second time, and a label tells nothing."""
    one, other = (parse_place(f"github:{name}#1", PUBLIC) for name in ("Acme/Shop", "acme/shop"))
    assert one.identity == other.identity
    assert channel_place("C01234567", name="incident-1") == parse_place("slack:C01234567", PUBLIC)


def test_a_project_is_read() -> None:
    """Where issues are created has no number, and Slack has no such thing."""
    assert parse_project("github:a/b") == IssueProject(target="github", name="a/b")
    assert parse_project("GitLab:a/b/c") == IssueProject(target="gitlab", name="a/b/c")
    assert parse_project("jira:ops") == IssueProject(target="jira", name="OPS")
    for wrong in (
        "github:a",
        "github:a/..",
        "github:a/b#1",
        "jira:OPS-1",
        "slack:C01234567",
        "a/b",
    ):
        with pytest.raises(UsageError) as caught:
            parse_project(wrong)
        assert "Give " in (caught.value.hint or "")


WORD = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,9}", fullmatch=True)
NUMBER = st.integers(1, 10**12).map(str)
NAMES = st.one_of(
    st.builds(
        "github:{}/{}#{}".format, st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True), WORD, NUMBER
    ),
    st.builds(
        lambda parts, number: f"gitlab:{'/'.join(parts)}#{number}",
        st.lists(WORD, min_size=2, max_size=5),
        NUMBER,
    ),
    st.builds("jira:{}-{}".format, st.from_regex(r"[A-Z][A-Z0-9]{0,9}", fullmatch=True), NUMBER),
    st.from_regex(r"slack:[CG][A-Z0-9]{8,10}", fullmatch=True),
)


@given(NAMES)
def test_the_text_of_a_place_is_read_back(typed: str) -> None:
    """What is printed can be typed."""
    place = parse_place(typed, PUBLIC)
    assert place.text == typed
    assert parse_place(place.text, OWN) == place


@given(st.text(max_size=40), st.sampled_from(["", *(f"{each}:" for each in TARGETS), "https://"]))
def test_any_text_is_a_place_or_refused(text: str, prefix: str) -> None:
    """No text makes it fail in another way, and what is read never leaves its part of a URL."""
    try:
        place = parse_place(prefix + text, PUBLIC)
    except UsageError:
        return
    assert isinstance(place, Place)
    assert not {"", ".", ".."} & set(place.text.partition(":")[2].split("/"))
