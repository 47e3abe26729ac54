"""The action's own scripts on a rule repository that is not laid out as ours, with three pull requests."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from stagewatch.review.action import command_line
from tests.review.forge import World
from tests.review.scratch import commit, git, repository, write_rule

ROOT = Path(__file__).resolve().parents[2]
TASKS = "proc_creation_win_schtasks_user_folder"
LIBRARIES = "proc_creation_win_rundll32_temporary_folder"


@dataclass(frozen=True)
class Run:
    """What a step of the action left."""

    code: int
    printed: str
    outputs: dict[str, str]
    summary: str

    def text(self, output: str) -> str:
        return Path(self.outputs[output]).read_text(encoding="utf-8")


def step(repo: Path, runner: Path, name: str, event: object = None, **variables: str) -> Run:
    """Run a step as the runner does: nothing but variables, in the workspace."""
    runner.mkdir(exist_ok=True)
    for file in ("outputs", "summary"):
        (runner / file).write_text("")
    (runner / "event.json").write_text(json.dumps(event or {}))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(runner),
        "PYTHONPATH": str(ROOT),
        "RUNNER_TEMP": str(runner),
        "STAGEWATCH_HOME": sys.prefix,
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(runner / "event.json"),
        "GITHUB_OUTPUT": str(runner / "outputs"),
        "GITHUB_REPOSITORY": "own/rules",
        "GITHUB_STEP_SUMMARY": str(runner / "summary"),
        "GITHUB_WORKSPACE": str(repo),
        "STAGEWATCH_COMMENT_AUTHOR": "github-actions[bot]",
        **variables,
    }
    command = ["bash", str(ROOT / "action" / "run.sh"), name]
    done = subprocess.run(command, cwd=repo, env=environment, capture_output=True, text=True, check=False)
    outputs = dict(line.split("=", 1) for line in (runner / "outputs").read_text().splitlines())
    return Run(done.returncode, done.stdout + done.stderr, outputs, (runner / "summary").read_text(encoding="utf-8"))


def asked(repo: Path, number: int = 7) -> dict[str, object]:
    """The event of a pull request onto main."""
    return {"pull_request": {"number": number, "base": {"sha": git(repo, "rev-parse", "main")}}}


Review = Callable[[str], Run]


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Review:
    """The review of each branch, made once."""
    folder = tmp_path_factory.mktemp("action")
    repo = repository(folder / "repo")
    made: dict[str, Run] = {}

    def review(branch: str) -> Run:
        if branch not in made:
            git(repo, "switch", "--quiet", branch)
            made[branch] = step(repo, folder / branch, "review", asked(repo))
            git(repo, "switch", "--quiet", "main")
        return made[branch]

    return review


def test_an_honest_change_passes_and_shows_what_it_finds(reviewed: Review) -> None:
    run = reviewed("honest")
    assert run.code == 0, run.printed
    assert run.outputs["verdict"] == "pass"
    report = run.text("report")
    assert report.startswith("**Passes.** check: nothing new; prove: 15 proven.\n")
    assert "1 event newly hit" in report
    assert "rundll32.exe C:\\Users\\Public\\Music\\b.dll,Start" in report
    assert run.summary == report


def test_a_filter_that_swallows_the_attack_fails(reviewed: Review) -> None:
    run = reviewed("harmful")
    assert run.code == 0, run.printed  # the comment comes first
    assert run.outputs["verdict"] == "fail"
    report = run.text("report")
    verdict = report.splitlines()[0]
    assert verdict.startswith("**Fails:** ")
    assert "3 failed proofs, 1 expected event no longer hit. " in verdict
    assert f"| `{TASKS}` | elastic, sentinel, splunk | What must be hit: missed: task of a dropper |" in report
    assert "filter_main_interpreter" in report


def test_a_cosmetic_change_has_nothing_to_show(reviewed: Review) -> None:
    run = reviewed("cosmetic")
    assert run.outputs["verdict"] == "pass"
    report = run.text("report")
    assert "No change in meaning" in report
    assert "```diff" not in report
    assert "proc_creation_win_net_domain_admins" not in report


def test_every_report_is_there_for_machines(reviewed: Review) -> None:
    run = reviewed("harmful")
    folder = Path(run.outputs["folder"])
    assert json.loads(run.text("sarif"))["version"] == "2.1.0"
    assert '<testsuites name="stagewatch prove">' in run.text("junit")
    assert json.loads(run.text("diff"))["lost"] == 1
    assert json.loads((folder / "review.json").read_text())["diff"] == {
        "empty": False,
        "lost": 1,
        "unreadable": 0,
        "wrong": 0,
    }
    assert sorted(path.name for path in folder.iterdir()) == [
        "check.json", "check.sarif", "check.xml", "diff.html", "diff.json", "prove.xml", "report.md", "review.json",
    ]  # fmt: skip


def test_no_path_of_the_machine_is_in_a_report(reviewed: Review) -> None:
    folder = Path(reviewed("harmful").outputs["folder"])
    told = "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())
    assert str(folder) not in told
    assert str(Path.home()) not in told
    assert "/tmp/" not in told  # noqa: S108 - where the scratch folders are


def test_nothing_is_left_in_the_repository(reviewed: Review, tmp_path: Path) -> None:
    repo = repository(tmp_path / "repo")
    git(repo, "switch", "--quiet", "cosmetic")
    step(repo, tmp_path / "runner", "review", asked(repo), STAGEWATCH_PROVE="false")
    assert git(repo, "status", "--porcelain") == ""


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path / "repo")


def test_findings_that_were_there_before_are_only_counted(repo: Path, tmp_path: Path) -> None:
    without = write_rule(repo, TASKS)
    without.write_text(without.read_text().replace("author: Example Detection Team\n", ""))
    git(repo, "commit", "--quiet", "--all", "--message", "No author")
    other = write_rule(repo, LIBRARIES)
    other.write_text(other.read_text().replace("level: medium\n", ""))
    without.write_text(f"# a line more\n{without.read_text()}")
    git(repo, "switch", "--quiet", "--create", "change")
    git(repo, "commit", "--quiet", "--all", "--message", "No level")
    run = step(repo, tmp_path / "runner", "review", asked(repo), STAGEWATCH_PROVE="false")
    report = run.text("report")
    assert "1 known before" in report
    assert f"`detections/windows/{LIBRARIES}.yml:1`" in report
    assert f"`detections/windows/{TASKS}.yml" not in report
    annotations = [line for line in run.printed.splitlines() if line.startswith("::")]
    assert [line.split(",")[0] for line in annotations] == [f"::warning file=detections/windows/{LIBRARIES}.yml"]
    assert json.loads(run.text("sarif"))["runs"][0]["results"]
    assert run.outputs["verdict"] == "pass"
    strict = step(
        repo, tmp_path / "runner", "review", asked(repo), STAGEWATCH_PROVE="false", STAGEWATCH_FAIL_ON="errors,warnings"
    )
    assert strict.outputs["verdict"] == "fail"
    assert strict.text("report").startswith("**Fails:** 1 warning. ")


def test_rules_in_a_folder_of_a_repository_are_shown_where_they_are(tmp_path: Path) -> None:
    """Annotations and SARIF take paths from the top of the repository."""
    top = tmp_path / "top"
    repository(top / "security" / "rules")
    shutil.rmtree(top / "security" / "rules" / ".git")
    git(top, "init", "--quiet")
    commit(top, "All")
    path = write_rule(top / "security" / "rules", LIBRARIES)
    path.write_text(path.read_text().replace("level: medium\n", ""))
    variables = {"STAGEWATCH_ROOT": "security/rules", "STAGEWATCH_PROVE": "false"}
    run = step(top, tmp_path / "runner", "review", asked(top), **variables)
    annotations = [line for line in run.printed.splitlines() if line.startswith("::")]
    assert [line.split(",")[0] for line in annotations] == [
        f"::warning file=security/rules/detections/windows/{LIBRARIES}.yml"
    ]
    assert f'"uri": "security/rules/detections/windows/{LIBRARIES}.yml"' in run.text("sarif")
    assert f"`detections/windows/{LIBRARIES}.yml:1`" in run.text("report")


@pytest.mark.parametrize(
    ("configuration", "told"),
    [
        ("rulez = ['x']\n", "stagewatch.toml:1: rulez: unknown key; did you mean rules?"),
        ("rules = ['gone']\n", "there is no gone; `rules` in stagewatch.toml says where it is"),
        (
            "rules = ['detections']\n[check]\nignore = ['SW999']\n",
            "stagewatch.toml names SW999, which is no code; docs/findings.md has all of them",
        ),
    ],
)
def test_a_wrong_configuration_is_told_and_fails(configuration: str, told: str, repo: Path, tmp_path: Path) -> None:
    (repo / "stagewatch.toml").write_text(configuration)
    run = step(repo, tmp_path / "runner", "review", asked(repo))
    assert run.code == 0
    assert run.outputs["verdict"] == "fail"
    report = run.text("report").replace("\\", "").replace("`", "").replace("<!-- -->", "")
    assert report.startswith("**Fails:**")
    assert told.replace("`", "") in report
    assert told in run.printed


def test_the_report_of_an_earlier_step_is_not_taken_for_this_one(repo: Path, tmp_path: Path) -> None:
    step(repo, tmp_path / "runner", "review", asked(repo), STAGEWATCH_PROVE="false")
    (repo / "stagewatch.toml").write_text("rulez = ['x']\n")
    run = step(repo, tmp_path / "runner", "review", asked(repo), STAGEWATCH_PROVE="false")
    assert run.text("report").startswith("**Fails:**")


def test_a_base_that_is_not_in_the_clone_is_fetched(repo: Path, tmp_path: Path) -> None:
    """A workflow's clone has one commit: the pull request merged with its base."""
    git(repo, "switch", "--quiet", "--create", "merged", "main")
    git(repo, "merge", "--quiet", "--no-ff", "--no-edit", "honest")
    git(repo, "config", "uploadpack.allowAnySHA1InWant", "true")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch", "merged", f"file://{repo}", str(clone))
    run = step(clone, tmp_path / "runner", "review", asked(repo), STAGEWATCH_PROVE="false")
    assert "1 event newly hit" in run.text("report"), run.printed


def test_a_base_that_cannot_be_had_is_told(repo: Path, tmp_path: Path) -> None:
    event = {"pull_request": {"number": 7, "base": {"sha": "1" * 40}}}
    run = step(repo, tmp_path / "runner", "review", event, STAGEWATCH_PROVE="false")
    assert "::warning title=Stagewatch::the base is not in the clone" in run.printed
    assert "diff: left out (no revision to compare with)" in run.text("report")
    assert run.outputs["verdict"] == "pass"


def test_what_others_did_since_is_not_the_change(repo: Path, tmp_path: Path) -> None:
    """The branch is looked at as it is; main has gone on."""
    write_rule(repo, TASKS, level="critical")
    git(repo, "commit", "--quiet", "--all", "--message", "Somebody else")
    git(repo, "switch", "--quiet", "cosmetic")
    run = step(repo, tmp_path / "runner", "review", asked(repo), STAGEWATCH_PROVE="false")
    assert "No change in meaning" in run.text("report")


def test_the_comment_is_the_report(reviewed: Review, world: World, tmp_path: Path) -> None:
    run = reviewed("harmful")
    runner = Path(run.outputs["folder"]).parents[1]
    posted = step(
        tmp_path,
        runner,
        "comment",
        {"pull_request": {"number": 7}},
        GITHUB_API_URL=world.url,
        STAGEWATCH_TOKEN="ghs_secret",  # noqa: S106 - opens nothing
    )
    assert posted.code == 0, posted.printed
    body = world.comments[0]["body"]
    assert body == f"<!-- stagewatch review: review -->\n{run.text('report')}"


@pytest.mark.parametrize(("verdict", "code"), [("pass", 0), ("fail", 1), ("", 1)])
def test_the_verdict_is_the_result_of_the_job(verdict: str, code: int, tmp_path: Path) -> None:
    assert step(tmp_path, tmp_path / "runner", "verdict", STAGEWATCH_VERDICT=verdict).code == code


def test_it_does_not_run_with_the_secrets_of_the_base(repo: Path, tmp_path: Path) -> None:
    run = step(repo, tmp_path / "runner", "review", asked(repo), GITHUB_EVENT_NAME="pull_request_target")
    assert run.code == 2
    assert "::error title=Stagewatch::" in run.printed
    assert not run.outputs


def test_nothing_is_imported_from_the_repository(repo: Path, tmp_path: Path) -> None:
    for name in ("stagewatch", "click", "sigma"):
        (repo / name).mkdir()
        (repo / name / "__init__.py").write_text("raise SystemExit('taken over')\n")
    run = step(repo, tmp_path / "runner", "review", asked(repo), STAGEWATCH_PROVE="false")
    assert "taken over" not in run.printed
    assert run.outputs["verdict"] == "pass"


def test_names_of_files_are_no_commands_of_the_runner(repo: Path, tmp_path: Path) -> None:
    stem = "::error file=x::y"
    shutil.copy(repo / "detections/windows" / f"{TASKS}.yml", repo / "detections/windows" / f"{stem}.yml")
    git(repo, "add", "--all")
    run = step(repo, tmp_path / "runner", "review", asked(repo), STAGEWATCH_PROVE="false")
    commands = [line for line in run.printed.splitlines() if line.startswith("::")]
    assert commands
    assert all(re.match("::(error|notice) file=detections/windows/(%3A%3Aerror file=x|proc_)", one) for one in commands)


INPUTS = {
    "GITHUB_WORKSPACE": "/code",
    "STAGEWATCH_BASE": "main; rm -rf /",
    "STAGEWATCH_CONFIG": "ci/strict.toml",
    "STAGEWATCH_EVENTS": "logs/a, logs/b\nlogs/c d",
    "STAGEWATCH_FAIL_ON": "errors",
    "STAGEWATCH_PROVE": "false",
    "STAGEWATCH_ROOT": "rules",
    "STAGEWATCH_TARGETS": "splunk\nelastic,",
}


def test_inputs_become_arguments_and_no_script() -> None:
    assert command_line(INPUTS, Path("/out")) == [
        "--root", "/code/rules", "--config", "/code/rules/ci/strict.toml", "review",
        "--target", "splunk", "--target", "elastic",
        "--events", "/code/rules/logs/a", "--events", "/code/rules/logs/b", "--events", "/code/rules/logs/c d",
        "--fail-on", "errors", "--no-prove", "--annotate", "--out", "/out", "--", "main; rm -rf /",
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["yes", "", "1"])
def test_a_switch_is_true_or_false(value: str, repo: Path, tmp_path: Path) -> None:
    run = step(repo, tmp_path / "runner", "review", asked(repo), STAGEWATCH_PROVE=value)
    assert run.outputs["verdict"] == "fail"
    assert f"prove must be true or false, not {value!r}" in run.printed
