"""The hooks for pre-commit, run by pre-commit itself in a repository that is not ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from pre_commit.clientlib import load_manifest

from tests.review.scratch import RULES, git, repository, write_rule

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
HOOKS: dict[str, dict[str, Any]] = {hook["id"]: hook for hook in yaml.safe_load(MANIFEST.read_text())}


def test_the_manifest_is_one() -> None:
    hooks = {hook["id"]: hook for hook in load_manifest(str(MANIFEST))}
    assert set(hooks) == {"stagewatch-check", "stagewatch-lists", "stagewatch-build", "stagewatch-prove"}
    assert all(hook["language"] == "python" and not hook["pass_filenames"] for hook in hooks.values())


def test_the_extras_are_there() -> None:
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    wanted = {one[2:-1] for hook in HOOKS.values() for one in hook.get("additional_dependencies", [])}
    assert wanted <= set(extras)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A rule repository whose hooks are ours, with the Stagewatch at hand in place of one that is installed."""
    root = repository(tmp_path / "repo")
    script = tmp_path / "bin" / "stagewatch"
    script.parent.mkdir()
    script.write_text(
        f"#!{sys.executable} -P\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from stagewatch.cli import entry_point\nentry_point()\n"
    )
    script.chmod(0o755)
    hooks = [
        {key: value for key, value in hook.items() if key not in ("additional_dependencies", "description")}
        | {"language": "system", "stages": ["pre-commit"]}
        for hook in HOOKS.values()
    ]
    configuration = {"repos": [{"repo": "local", "hooks": hooks}]}
    (root / ".pre-commit-config.yaml").write_text(yaml.safe_dump(configuration))
    git(root, "add", ".pre-commit-config.yaml")
    return root


def run(root: Path, hook: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": f"{root.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(root.parent),
        "PRE_COMMIT_HOME": str(root.parent / "cache"),
    }
    command = [sys.executable, "-m", "pre_commit", "run", hook, *arguments]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("hook", ["stagewatch-check", "stagewatch-lists", "stagewatch-build"])
def test_a_good_repository_passes(hook: str, home: Path) -> None:
    done = run(home, hook, "--all-files")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout


def test_a_finding_stops_the_commit(home: Path) -> None:
    stem = next(iter(RULES))
    path = write_rule(home, stem)
    path.write_text(path.read_text().replace("level: medium\n", ""))
    git(home, "add", str(path))
    done = run(home, "stagewatch-check")
    assert done.returncode == 1
    assert f"detections/windows/{stem}.yml:" in done.stdout


def test_output_that_is_kept_is_renewed(home: Path) -> None:
    assert run(home, "stagewatch-build", "--all-files").returncode == 0
    git(home, "add", "--all")
    stem = "proc_creation_win_bitsadmin_transfer"
    path = write_rule(home, stem)
    path.write_text(path.read_text().replace("' /transfer '", "' /addfile '"))
    git(home, "add", str(path))
    done = run(home, "stagewatch-build")
    assert done.returncode == 1
    assert "files were modified by this hook" in done.stdout
    assert "/addfile" in (home / "queries" / "splunk" / "queries" / f"{stem}.spl").read_text()


def test_other_files_do_not_wake_the_hooks(home: Path) -> None:
    (home / "notes.txt").write_text("x")
    git(home, "add", "notes.txt")
    assert "(no files to check)Skipped" in run(home, "stagewatch-check", "--files", "notes.txt").stdout


@pytest.mark.skipif(
    "STAGEWATCH_INSTALL" not in os.environ, reason="installs from the package index: set STAGEWATCH_INSTALL=1"
)
def test_the_hooks_install_themselves(tmp_path: Path) -> None:
    """As a user has it: pre-commit clones this repository and installs it with the hooks' extras."""
    clone = tmp_path / "stagewatch"
    clone.mkdir()
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "stagewatch", "pipelines", "*.py",
         "*.md", "LICENSE", "pyproject.toml", ".pre-commit-hooks.yaml"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            (clone / name).write_bytes((ROOT / name).read_bytes())
    git(clone, "init", "--quiet")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "x")
    root = repository(tmp_path / "repo")
    hooks = [{"id": "stagewatch-check"}, {"id": "stagewatch-prove", "stages": ["pre-commit"]}]
    repos = [{"repo": str(clone), "rev": git(clone, "rev-parse", "HEAD"), "hooks": hooks}]
    (root / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": repos}))
    git(root, "add", ".pre-commit-config.yaml")
    for hook in ("stagewatch-check", "stagewatch-prove"):
        done = run(root, hook, "--all-files")
        assert done.returncode == 0, done.stdout + done.stderr
