"""What may run in a workflow, and with which rights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[2] / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.y*ml"))

RIGHTS = {
    ("release.yml", "build"): {"contents": "read"},
    ("release.yml", "publish"): {"attestations": "write", "contents": "write", "id-token": "write"},
    ("site.yml", "build"): {"contents": "read"},
    ("site.yml", "publish"): {"id-token": "write", "pages": "write"},
    ("test.yml", "test"): {"contents": "read"},
}
"""All that any job may do: what is not here is nothing."""


def read(path: Path) -> dict[Any, Any]:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path in FILES:
        for name, job in read(path)["jobs"].items():
            yield path.name, name, job


def steps(file: str, job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(FOLDER / file)["jobs"][job]["steps"]
    return found


def actions(value: object) -> Iterator[str]:
    """Every ``uses`` anywhere: of steps, and of jobs that are workflows."""
    if isinstance(value, dict):
        if "uses" in value:
            yield value["uses"]
        for one in value.values():
            yield from actions(one)
    elif isinstance(value, list):
        for one in value:
            yield from actions(one)


def test_the_workflows_are_these() -> None:
    assert [path.name for path in FILES] == ["release.yml", "site.yml", "test.yml"]
    assert {(file, job) for file, job, _ in jobs()} == set(RIGHTS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_action_is_pinned_by_commit(path: Path) -> None:
    used = list(actions(read(path)))
    assert used
    assert [one for one in used if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", one)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_pin_tells_its_version(path: Path) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert [line for line in lines if not re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_workflow_has_no_right_of_its_own_and_no_secret(path: Path) -> None:
    assert read(path)["permissions"] == {}
    assert "secrets" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_strangers_pull_request_runs_without_our_rights(path: Path) -> None:
    events = read(path)[True]  # YAML 1.1 reads "on" so
    assert set(events) <= {"push", "pull_request", "release"}


def test_a_job_has_the_rights_that_it_needs() -> None:
    assert {(file, name): job["permissions"] for file, name, job in jobs()} == RIGHTS


def test_a_job_ends() -> None:
    assert all(job["timeout-minutes"] <= 90 for _, _, job in jobs())


def test_a_checkout_keeps_no_token() -> None:
    checkouts = [
        step for _, _, job in jobs() for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")
    ]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_no_script_takes_text_from_an_expression() -> None:
    """A tag's name in a script's text would be code; as a variable it is data."""
    scripts = [step["run"] for _, _, job in jobs() for step in job["steps"] if "run" in step]
    assert scripts
    assert [script for script in scripts if "${{" in script] == []


def test_where_something_is_signed_nothing_of_the_repository_runs() -> None:
    used = [step.get("uses", "").split("@")[0] for step in steps("release.yml", "publish")]
    assert "actions/checkout" not in used
    assert "actions/attest-build-provenance" in used
    scripts = " ".join(step.get("run", "") for step in steps("release.yml", "publish"))
    assert "python" not in scripts


@pytest.mark.parametrize(("file", "job"), [("test.yml", "test"), ("release.yml", "build")])
def test_the_whole_check_runs_with_what_appinspect_needs(file: str, job: str) -> None:
    scripts = [step.get("run", "") for step in steps(file, job)]
    assert ".ci/run" in scripts
    assert [one for one in scripts if "libmagic1" in one]


def test_a_release_is_made_twice_and_checked_before_it_is_signed() -> None:
    build = " ".join(step.get("run", "") for step in steps("release.yml", "build"))
    assert build.count("convert.py release") == 2
    assert "diff --recursive" in build
    publish = [step.get("run", step.get("uses", "")) for step in steps("release.yml", "publish")]
    check = next(index for index, one in enumerate(publish) if one.startswith("sha256sum --check"))
    sign = next(index for index, one in enumerate(publish) if one.startswith("actions/attest"))
    assert check < sign


def test_the_site_is_published_with_a_release_that_is_out() -> None:
    workflow = read(FOLDER / "site.yml")
    assert workflow[True] == {"release": {"types": ["published"]}}
    assert "prerelease" in workflow["jobs"]["build"]["if"]


def test_where_the_site_is_published_nothing_of_the_repository_runs() -> None:
    (step,) = steps("site.yml", "publish")
    assert step["uses"].startswith("actions/deploy-pages@")


def test_the_published_site_has_the_playground_and_is_made_twice() -> None:
    scripts = [step.get("run", "") for step in steps("site.yml", "build")]
    made = next(place for place, script in enumerate(scripts) if "convert.py site" in script)
    assert scripts[made].count("convert.py site") == 2
    assert "diff --recursive" in scripts[made]
    assert [place for place, script in enumerate(scripts) if "npm ci" in script and place < made]
