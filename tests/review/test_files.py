"""The files by which other repositories use this one, against the schemas of those who read them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from stagewatch import cli_review
from stagewatch.review import model

ROOT = Path(__file__).resolve().parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]


def valid(schema: str, *arguments: str) -> str:
    """What check-jsonschema, which carries the schemas of SchemaStore, finds wrong."""
    command = ["check-jsonschema", "--builtin-schema", schema, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_the_action_is_one() -> None:
    assert valid("vendor.github-actions", "action.yml") == ""


def test_the_workflow_of_the_documentation_is_one(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "review-setup.md").read_text(encoding="utf-8")
    found = re.findall(r"```yaml\n(name: .*?)```", page, re.DOTALL)
    assert found
    for number, text in enumerate(found):
        (tmp_path / f"{number}.yml").write_text(text, encoding="utf-8")
        assert valid("vendor.github-workflows", str(tmp_path / f"{number}.yml")) == ""
        assert "pull_request_target:" not in text
        assert set(yaml.safe_load(text)["jobs"]["review"]["steps"][-1].get("with", {})) <= set(ACTION["inputs"])


def test_the_gitlab_template_is_one() -> None:
    path = "docs/review/gitlab-ci.yml"
    assert valid("vendor.gitlab-ci", "--data-transform", "gitlab-ci", path) == ""


def test_the_schema_would_say_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "action.yml").write_text((ROOT / "action.yml").read_text().replace("using: composite", "using: shell"))
    assert "action.yml" in valid("vendor.github-actions", str(tmp_path / "action.yml"))


def test_other_actions_are_pinned_by_hash() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", one) for one in used)
    pinned = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    assert all(one in pinned for one in used)


def test_nothing_is_written_into_a_script() -> None:
    """An expression in ``run`` would be a script of whoever names a branch or writes an input."""
    scripts = [step["run"] for step in STEPS if "run" in step]
    assert len(scripts) == 4
    assert not [script for script in scripts if "${{" in script]


def test_the_token_is_where_nothing_of_the_pull_request_is_read() -> None:
    with_token = [step["name"] for step in STEPS if "STAGEWATCH_TOKEN" in step.get("env", {})]
    assert with_token == ["Comment"]


def test_every_input_is_used_and_every_variable_is_read() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert {name for name in ACTION["inputs"] if f"inputs.{name}" not in text} == set()
    read = (ROOT / "stagewatch/review/action.py").read_text() + (ROOT / "stagewatch/cli_review.py").read_text()
    read += "".join(path.read_text() for path in (ROOT / "action").glob("*.sh"))
    variables = {name for step in STEPS for name in step.get("env", {})}
    assert {name for name in variables if name not in read} == set()


def test_the_outputs_are_those_of_the_review() -> None:
    asked = {re.search(r"steps\.review\.outputs\.(\w+)", one["value"])[1] for one in ACTION["outputs"].values()}  # type: ignore[index]
    assert asked == {"verdict", "report", "sarif", "junit", "diff", "folder"}


def test_the_locks_agree() -> None:
    """The action installs what this repository was tested with."""

    def versions(name: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for line in (ROOT / name).read_text().splitlines():
            pinned = re.match(r"([\w.-]+)==(\S+)", line)
            if pinned:
                found.setdefault(pinned[1], set()).add(pinned[2])
        return found

    whole, action = versions("requirements.lock"), versions("requirements-action.lock")
    assert {name: one for name, one in action.items() if not one <= whole.get(name, set())} == {}


def test_what_to_fail_on_is_the_same_everywhere() -> None:
    assert cli_review.FAIL_ON == model.FAIL_ON
    assert tuple(cli_review.DEFAULT_FAIL_ON.split(",")) == model.DEFAULT_FAIL_ON
    assert ACTION["inputs"]["fail-on"]["default"] == cli_review.DEFAULT_FAIL_ON


@pytest.mark.parametrize("script", sorted((ROOT / "action").glob("*.sh")), ids=lambda path: path.name)
def test_a_script_is_one(script: Path) -> None:
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    assert script.read_text().startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in script.read_text()
