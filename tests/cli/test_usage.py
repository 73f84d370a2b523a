"""Wrong usage and configuration: exit code 2, and a plain sentence that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from dd_incident_roles import __version__
from dd_incident_roles.sandbox.sandbox import Sandbox
from tests.product import API_KEY, APPLICATION_KEY, Product

KEYS = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APPLICATION_KEY}

NEED_KEYS = [
    ("status",),
    ("assign", "1001", "im", "bo@corp.example"),
    ("unassign", "1001", "im"),
    ("roles", "devise", "1001", "Runner"),
    ("sync",),
    ("sync", "--watch", "60"),
    ("check",),
]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("promote",), "No such command 'promote'."),
        (("asign", "1001"), "Did you mean assign or unassign?"),
        (("add", "1001", "x"), "Did you mean timeline add?"),
        (("help", "hist"), "Did you mean history?"),
        (("help", "status", "x"), "has no commands of its own"),
        (("roles", "show", "scirbe"), "Did you mean Scribe? Known roles: im, fr, tl,"),
        (("explain", "role-vacent"), "Did you mean IR010?"),
        (("schema", "stats"), "Did you mean status?"),
        (("handoff", "acept", "1001", "im"), "Did you mean accept?"),
        (("roles", "demote"), "No such command 'demote'."),
        (("roles", "devise"), "Missing argument 'INCIDENT'."),
        (("roles", "devise", "1001"), "Missing argument 'TITLE'."),
        (("rota", "list", "1001"), "No such command 'rota'."),
        (("status", "--shape"), "No such option"),
        (("assign", "1001", "im"), "Missing argument 'PERSON'."),
        (("status", "--format", "yaml"), "is not one of 'table', 'json'."),
        (("check", "--format", "table"), "is not one of 'text', 'json', 'sarif',"),
        (("check", "--fail-on", "note"), "is not one of 'error', 'warning', 'never'."),
        (("check", "--now", "yesterday"), "'yesterday' is not a time: try 14:03, now"),
        (("check", "--now", "-99999999999d"), "is not a time"),
        (("check", "--select", "IR777"), "No rule is called 'IR777'."),
        (("check", "--ignore", "IR099"), "IR099 cannot be ignored."),
        (("check", "--ignore", "IR"), "IR099 cannot be ignored."),
        (("sync", "--watch", "0"), "longer than nothing, and at most 1d"),
        (("sync", "--watch", "2d"), "longer than nothing, and at most 1d"),
        (("sync", "--watch", "nan"), "is not a duration: try 10m"),
        (("check", "--since", "4000"), "is not a duration"),
        (("--timezone", "Berlin", "status"), "'Berlin' is not a time zone"),
        (("timeline", "export", "1001", "--timezone", "Mars/X"), "'Mars/X' is not a time zone"),
        (("sync", "--allow-deletes", "-1"), "is not in the range"),
        (("sandbox", "--port", "70000"), "is not in the range"),
        (("sandbox", "--seed", "/there/is/no/such/seed"), "does not exist"),
        (("roles", "show", "chef"), "No role is called 'chef'."),
        (("--log-format", "xml", "status"), "is not one of 'text', 'json'."),
        (("status", "--log-format", "xml"), "is not one of 'text', 'json'."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage(offline: Product, arguments: tuple[str, ...], said: str) -> None:
    """What cannot be understood is said in a sentence on stderr, and nothing is printed."""
    ran = offline.run(*arguments)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        (("--config", "none.toml", "roles", "list"), {}, "none.toml: cannot be read"),
        (("status",), {"DD_API_KEY": API_KEY}, "the environment: DD_APP_KEY: must be set"),
        (
            ("status",),
            {**KEYS, "DD_INCIDENT_ROLES_API_URL": "http://192.0.2.1"},
            "plain http is only for this machine",
        ),
        (
            ("status",),
            {**KEYS, "HTTPS_PROXY": "socks5h://127.0.0.1:1080"},
            "the environment: HTTPS_PROXY",
        ),
    ],
)
def test_wrong_configuration(
    offline: Product, arguments: tuple[str, ...], environ: dict[str, str], said: str
) -> None:
    """It is told with its place before anything is sent; test_settings_refusals says how."""
    ran = offline.run(*arguments, **environ)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr


@pytest.mark.parametrize("arguments", NEED_KEYS, ids=" ".join)
def test_missing_keys(offline: Product, arguments: tuple[str, ...]) -> None:
    """Without keys the variables to set are named, and no record is made."""
    ran = offline.run(*arguments)
    assert ran.exit_code == 2
    assert "DD_API_KEY and DD_APP_KEY" in ran.stderr
    assert not offline.store.exists()


@pytest.mark.parametrize("shape", ["text", "json"])
def test_a_report_in_a_file(shared: Product, tmp_path: Path, shape: str) -> None:
    """A file gets what stdout would have got, and stdout gets nothing."""
    report = tmp_path / "report"
    check = ("check", "--now", "2099-01-01", "--format", shape)
    ran = shared.run(*check, "--output", str(report))
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert report.read_text("utf-8") == shared.run(*check).stdout
    ran = shared.run("check", "--output", str(report / "no" / "folder"))
    assert ran.exit_code == 2
    assert "cannot be written: Not a directory." in ran.stderr


def test_judging_another_moment(shared: Product) -> None:
    """A check can judge a later moment; how things stood at an earlier one, Datadog cannot tell."""
    assert shared.run("check", "1001", "--now", "-0m", "--select", "IR010").exit_code == 1
    for now in ("-39m", "2020-01-01"):
        ran = shared.run("check", "1001", "--now", now)
        assert (ran.exit_code, ran.stdout) == (2, "")
        assert "shows only the present" in ran.stderr


@pytest.mark.parametrize("arguments", [("roles", "list"), ("roles", "show", "im")], ids=" ".join)
@pytest.mark.parametrize("shape", ["table", "json"])
def test_the_catalogue_needs_no_datadog(
    offline: Product, arguments: tuple[str, ...], shape: str
) -> None:
    """Roles can be looked up without keys, network or record."""
    ran = offline.run(*arguments, "--format", shape)
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert "Incident Manager" in ran.stdout
    assert not offline.store.exists()


@pytest.mark.parametrize("words", ["--version", "version"])
def test_the_version(offline: Product, words: str) -> None:
    """The version can be asked for."""
    ran = offline.run(words)
    assert (ran.exit_code, ran.stdout) == (0, f"dd-incident-roles, version {__version__}\n")


def test_help_of_a_command(offline: Product) -> None:
    """It is the same as with the option, and ends in an example."""
    for words in (["assign"], ["timeline", "add"], []):
        assert offline.run("help", *words).stdout == offline.run(*words, "--help").stdout
    assert offline.run("help", "assign").stdout.endswith("For example: ddir assign @ im me\n")


def test_the_overview_begins_with_what_an_incident_needs(offline: Product) -> None:
    """The commands come in groups before the options, each group with an example."""
    lines = offline.run("--help").stdout.splitlines()
    titles = ["During an incident:", "Afterwards:", "Set-up and automation:", "Options:"]
    assert [line for line in lines if line in titles] == titles
    examples = [line.strip() for line in lines if "example" in line]
    assert examples[0] == "For example: ddir status @"
    assert len(examples) == len(titles) - 1


@pytest.mark.parametrize("arguments", [("status",), ("sync",), ("check",), ("snapshot",)], ids=str)
@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (("1001", "--query", "severity:SEV-1"), "Name the incidents or give a --query, not both."),
        (("--query", ""), "The --query is empty."),
        (("--query", "  "), "The --query is empty."),
    ],
)
def test_a_choice_that_says_nothing_or_two_things(
    shared: Product, arguments: tuple[str, ...], choice: tuple[str, ...], said: str
) -> None:
    """Incidents are named or searched for, and a search has words; Datadog is not asked."""
    ran = shared.run("-vv", *arguments, *choice)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert "DEBUG" not in ran.stderr


def test_global_options_stand_before_or_after_the_command(offline: Product, tmp_path: Path) -> None:
    """What is typed after the command counts as well, also after that of a group."""
    file = tmp_path / "settings.toml"
    file.write_text("concurrency = 0\n", "utf-8")
    for words in (
        ("--config", str(file), "roles", "list"),
        ("roles", "--config", str(file), "list"),
        ("roles", "list", "--config", str(file)),
        ("--config", "none", "roles", "list", f"--config={file}"),
    ):
        assert "concurrency" in offline.run(*words).stderr


def test_a_variable_that_is_none_of_ours_is_told_once(offline: Product) -> None:
    """The command goes on without it, and its value is not repeated."""
    ran = offline.run("roles", "list", DD_INCIDENT_ROLES_STORAGE="a-secret")
    assert ran.exit_code == 0
    assert ran.stderr == (
        "Warning: the environment: DD_INCIDENT_ROLES_STORAGE: is not a setting. Did you mean "
        "DD_INCIDENT_ROLES_STORE?\n  It has no effect.\n"
    )


@pytest.fixture
def broken(product: Product, tmp_path: Path) -> Product:
    """The product with a policy whose third line is wrong."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 1\nrules:\n  IR030: loud\n", encoding="utf-8")
    settings = {**product.settings, "DD_INCIDENT_ROLES_POLICY": str(policy)}
    return Product(store=product.store, settings=settings)


@pytest.mark.parametrize(
    "arguments",
    [("status",), ("assign", "1001", "scribe", "bo@corp.example"), ("sync",)],
    ids=lambda words: words[0],
)
def test_what_does_not_judge_goes_on(broken: Product, arguments: tuple[str, ...]) -> None:
    """The command does its work, and warns of the line that is wrong."""
    ran = broken.run(*arguments)
    assert ran.exit_code == 0
    assert "Warning: " in ran.stderr
    assert "policy.yaml:3: rules.IR030 ('loud')" in ran.stderr


@pytest.mark.parametrize("arguments", [("check",), ("snapshot",)], ids=lambda words: words[0])
def test_what_judges_does_not(broken: Product, arguments: tuple[str, ...]) -> None:
    """A check without its policy is refused, and told how to see every problem."""
    ran = broken.run(*arguments)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "policy.yaml:3: rules.IR030 ('loud')" in ran.stderr


SLIPS = {
    "nothing but control characters": (("\x07\x1b",), "needs a title on one line"),
    "300 characters": (("x" * 300,), "more than 255 characters"),
    "a name of Datadog's": (("Responder",), "a name that Datadog keeps for itself"),
    "a role of the catalogue": (("scribe",), "already a name of the role Scribe"),
    "an alias": (("TL",), "already a name of the role Tech Lead"),
    "nothing": (("  ",), "needs a title on one line"),
    "a long summary": (("Runner", "--summary", "y" * 1025), "The summary has 1025 characters"),
    "not a duration": (("Runner", "--for", "soon"), "'soon' is not a duration: try 10m"),
    "no time at all": (("Runner", "--for", "0s"), "longer than nothing"),
    "a number of holders": (("Runner", "--holders", "2"), "is not one of 'one', 'many'."),
    "both ways": (("Runner", "--define", "--no-sync"), "--define writes to Datadog"),
}


def test_a_slip_in_a_devised_role(product: Product, sandbox: Sandbox) -> None:
    """A slip is told in a sentence before Datadog is asked or anything is recorded."""
    for typed, said in SLIPS.values():
        ran = product.run("roles", "devise", "1001", *typed)
        assert (ran.exit_code, ran.stdout) == (2, ""), typed
        assert said in ran.stderr
        assert "\x1b" not in ran.stderr
    assert sandbox.requests.count() == 0
    with product.record() as record:
        assert not record.any_devised()


def test_a_role_is_devised_without_datadog(product: Product, sandbox: Sandbox) -> None:
    """With --no-sync an incident that is known is not asked for, and the next sync is named."""
    assert product.run("sync").exit_code == 0
    sandbox.forget_requests()
    ran = product.run("roles", "devise", "1001", "Night Runner", "--no-sync", "--holders", "many")
    assert ran.exit_code == 0
    assert ran.stdout == (
        "Night Runner is a role of IR-1001 now, for many. "
        "Recorded here; the next sync carries it to Datadog.\n"
    )
    assert ran.stderr == (
        "Give it to somebody: dd-incident-roles assign 1001 night_runner PERSON\n"
    )
    assert sandbox.requests.count() == 0


def test_a_title_of_any_kind(product: Product) -> None:
    """Any title that can be read can be devised, shown and assigned by its key."""
    given = {}
    for title in ("Связной", "网络联络员", "Chef d'équipe", "::error::x", "<!channel>"):
        ran = product.run("roles", "devise", "1001", title)
        assert ran.exit_code == 0, ran.said
        command = next(line for line in ran.stderr.splitlines() if line.startswith("Give it"))
        given[command.split()[-2]] = title
    for key in given:
        assert product.run("assign", "1001", key, "bo@corp.example").exit_code == 0
    status = product.run("status", "1001", "--format", "json").json()["incidents"][0]
    devised = [row for row in status["roles"] if row["devised"]]
    assert {row["role"]: row["title"] for row in devised} == given
    assert {holder["email"] for row in devised for holder in row["holders"]} == {"bo@corp.example"}
    assert [len(row["holders"]) for row in devised] == [1] * len(given)


def test_an_incident_without_a_record(product: Product) -> None:
    """Where there is no record the roles of an incident are not known, and none is made."""
    for arguments in (("list",), ("show", "im")):
        ran = product.run("roles", *arguments, "--incident", "1001")
        assert ran.exit_code == 3
        assert "There is no record at" in ran.stderr
        assert not product.store.exists()


@pytest.mark.parametrize(
    "typed",
    [
        "assign 1001 scribe bo@corp.example",
        "note 1001 Paged",
        "roles devise 1001 Liaison",
        "handoff 1001 im --to bo@corp.example",
    ],
)
def test_what_is_only_recorded_names_the_incident_by_its_number(
    product: Product, sandbox: Sandbox, typed: str
) -> None:
    """A record that never saw it has no number, and whoever typed one is not shown an id."""
    ran = product.run(*typed.split(), "--no-sync")
    assert ran.exit_code == 0
    assert "of IR-1001" in ran.stdout
    assert sandbox.incident(1001).id not in ran.said
