"""What the workflows may do, and when: no more than they need."""

from __future__ import annotations

import json
import tomllib

from tests.workflows.runner import (
    GITHUB,
    WORKFLOWS,
    Definition,
    definition,
    jobs,
    steps,
    workflow,
)

READ = {"contents": "read"}
PERMISSIONS = {
    "ci.test": READ,
    "ci.wheel": READ,
    "ci.nightly": READ,
    "ci.required-checks": READ,
    "release.build": READ,
    "release.test": {},
    "release.publish": {"contents": "read", "id-token": "write", "attestations": "write"},
    "release.announce": {"contents": "write"},
    "role-policy.files": READ,
    "role-policy.live": {"contents": "read", "security-events": "write"},
    "sync.disk": READ,
    "sync.cache": READ,
}
SECRETS = {
    "role-policy.live": {"DD_API_KEY", "DD_APP_KEY", "INCIDENT_ROLES_PASSPHRASE"},
    "sync.disk": {"DD_API_KEY", "DD_APP_KEY"},
    "sync.cache": {"DD_API_KEY", "DD_APP_KEY", "INCIDENT_ROLES_PASSPHRASE"},
}


def secrets_in(job: Definition) -> set[str]:
    """The secrets that a job names."""
    words = json.dumps(job).replace("}", " ").split()
    return {word.removeprefix("secrets.") for word in words if word.startswith("secrets.")}


def test_every_job_has_the_permissions_that_it_needs() -> None:
    """The table is whole: a job that is new, or asks for more, has to be entered here."""
    assert {name: job["permissions"] for name, job in jobs()} == PERMISSIONS


def test_a_workflow_has_no_permission_by_itself() -> None:
    """Only jobs are given permissions."""
    assert [definition(path)["permissions"] for path in WORKFLOWS] == [{}] * len(WORKFLOWS)


def test_a_job_sees_only_its_secrets() -> None:
    """A job names the secrets that it needs, and has them from an environment of the repository."""
    assert {name: found for name, job in jobs() if (found := secrets_in(job))} == SECRETS
    # PyPI needs none: it trusts the workflow, and the environment asks a person.
    assert {name for name, job in jobs() if "environment" in job} == {*SECRETS, "release.publish"}


def test_a_job_cannot_hang() -> None:
    """Every job has a limit of time."""
    assert [name for name, job in jobs() if not isinstance(job["timeout-minutes"], int)] == []


def test_no_script_is_made_from_a_template() -> None:
    """What comes from outside reaches a script as a variable, never as a part of its text."""
    scripts = [step["run"] for _, step in steps() if "run" in step]
    assert len(scripts) > 10
    assert [script for script in scripts if "${{" in script] == []


def test_a_checkout_leaves_no_token_behind() -> None:
    """No later step finds the token of the job in the configuration of git."""
    checkouts = [step for _, step in steps() if step.get("uses", "").startswith("actions/checkout")]
    assert len(checkouts) > 5
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_every_script_that_a_step_runs_is_there() -> None:
    """A path below .github in a step names a file that can be run."""
    named = {step["run"] for _, step in steps() if step.get("run", "").startswith(".github/")}
    scripts = {str(path.relative_to(GITHUB.parent)) for path in GITHUB.glob("scripts/*.sh")}
    assert named == scripts
    assert all(path.stat().st_mode & 0o111 for path in GITHUB.rglob("*.sh"))


def test_a_pull_request_is_not_judged_by_incidents() -> None:
    """A pull request only has its files read, without a secret; incidents wait for the clock."""
    policy = workflow("role-policy")
    assert set(policy["on"]) == {"pull_request", "schedule", "workflow_dispatch"}
    assert policy["jobs"]["files"]["if"] == "github.event_name == 'pull_request'"
    events = policy["jobs"]["live"]["if"].replace("(", "").replace(")", "").split(" || ")
    assert [event.split(" && ")[0] for event in events] == [
        "github.event_name == 'workflow_dispatch'",
        "github.event_name == 'schedule'",
    ]


def test_the_weekly_check_is_the_one_of_the_schedule() -> None:
    """The time that asks for closed incidents is one at which the workflow runs."""
    policy = workflow("role-policy")
    _hourly, weekly = [each["cron"] for each in policy["on"]["schedule"]]
    live = policy["jobs"]["live"]
    assert f"(github.event.schedule == '{weekly}' && " in live["env"]["SINCE"]
    [check] = [step["with"] for step in live["steps"] if "with" in step and "since" in step["with"]]
    assert check["since"] == "${{ env.SINCE }}"
    assert check["category"].startswith("${{ env.SINCE != ''")


def test_the_check_opens_the_record_that_the_sync_keeps() -> None:
    """Both workflows take the record from the same place in the same way."""
    kept, looked = (
        {step["name"]: step for step in workflow(name)["jobs"][job]["steps"] if "name" in step}
        for name, job in (("sync", "cache"), ("role-policy", "live"))
    )
    taken = "Take the sealed record from the cache"
    assert looked[taken]["with"] == kept[taken]["with"]
    assert looked["Open the record"]["env"] == kept["Open the record"]["env"]
    store = kept["Sync"]["env"]["DD_INCIDENT_ROLES_STORE"]
    _, _, below = store.partition("}}")
    assert f"format('{{0}}{below}', runner.temp)" in looked["Check"]["with"]["record"]


def test_syncs_do_not_overlap() -> None:
    """One sync at a time, whatever started it, and none is broken off by the next."""
    sync = workflow("sync")
    assert set(sync["on"]) == {"schedule", "workflow_dispatch"}
    assert sync["concurrency"] == {"group": "dd-incident-roles-sync", "cancel-in-progress": False}


def test_the_record_is_kept_whatever_the_sync_ended_with() -> None:
    """The record is sealed and saved after a failure, but never one that was not opened."""
    steps_of = {step["name"]: step for step in workflow("sync")["jobs"]["cache"]["steps"][2:]}
    names = list(steps_of)
    assert names.index("Sync") < names.index("Seal the record")
    assert steps_of["Seal the record"]["if"] == "always() && steps.open.outcome == 'success'"
    taken = steps_of["Take the sealed record from the cache"]["with"]
    put = steps_of["Put the sealed record into the cache"]
    assert put["if"] == "always() && steps.seal.outputs.sealed == 'true'"
    assert (put["with"]["path"], put["with"]["key"]) == (taken["path"], taken["key"])
    assert taken["key"].startswith(taken["restore-keys"])
    assert "${{ github.run_id }}-${{ github.run_attempt }}" in taken["key"]
    stores = {
        step["env"]["DD_INCIDENT_ROLES_STORE"]
        for step in steps_of.values()
        if "DD_INCIDENT_ROLES_STORE" in step.get("env", {})
    }
    assert len(stores) == 1


def test_what_is_published_is_what_was_tested() -> None:
    """It is built once, from a tag that is the version, and tested on every Python we name."""
    release = workflow("release")
    assert release["on"] == {"push": {"tags": ["v*"]}}
    needs = {name: job.get("needs") for name, job in release["jobs"].items()}
    assert needs == {"build": None, "test": "build", "publish": "test", "announce": "publish"}
    scripts = {
        name: " ".join(step.get("run", "") for step in job["steps"])
        for name, job in release["jobs"].items()
    }
    assert [name for name, script in scripts.items() if "make " in script] == ["build"]
    assert 'TAG="${TAG}"' in scripts["build"]
    project = tomllib.loads((GITHUB.parent / "pyproject.toml").read_text("utf-8"))["project"]
    named = {each.rpartition(" ")[2] for each in project["classifiers"] if "Python ::" in each}
    for tested in (release["jobs"]["test"], workflow("ci")["jobs"]["test"]):
        assert set(tested["strategy"]["matrix"]["python"]) == named
