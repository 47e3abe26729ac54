"""Which revision is meant, and what becomes of a tree that a stranger made."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stagewatch.cli import main
from stagewatch.diff.git import repository
from stagewatch.diff.revision import Checkout
from stagewatch.findings import UsageError
from stagewatch.layout import read_layout
from tests.diff.scratch import IDENTITY, PATH, REPOSITORY, Scratch, rule

Diff = Callable[..., tuple[int, Any]]


def checkout(scratch: Scratch, folder: Path, revision: str = "HEAD") -> Checkout:
    known = repository(scratch.root)
    folder.mkdir()
    return Checkout(known, known.revision(revision), folder)


def raw_tree(scratch: Scratch, *entries: tuple[str, str, str]) -> str:
    """A commit of a tree that no ordinary command makes: (mode, content or hash of a commit, name)."""
    lines = b""
    for mode, content, name in entries:
        digest = content
        if mode not in ("160000", "40000"):
            digest = scratch_input(scratch, content.encode(), "hash-object", "-w", "--stdin")
        lines += f"{mode} {name}\0".encode() + bytes.fromhex(digest)
    return scratch_input(scratch, lines, "hash-object", "-t", "tree", "-w", "--stdin", "--literally")


def scratch_input(scratch: Scratch, given: bytes, *arguments: str) -> str:
    environment = {**os.environ, **IDENTITY}
    answer = subprocess.run(
        ["git", *arguments], cwd=scratch.root, input=given, check=True, capture_output=True, env=environment
    )
    return answer.stdout.decode().strip()


def test_the_base_is_where_the_branch_left_the_default_branch(scratch: Scratch) -> None:
    left = scratch.git("rev-parse", "HEAD")
    scratch.git("checkout", "--quiet", "main")
    scratch.commit("Main went on")
    scratch.git("checkout", "--quiet", "change")
    scratch.commit("The change")
    found = repository(scratch.root).default_base()
    assert (found.hash, found.found) == (left, "merge base with main")


def test_on_the_default_branch_the_base_is_the_last_commit(scratch: Scratch) -> None:
    scratch.git("checkout", "--quiet", "main")
    found = repository(scratch.root).default_base()
    assert (found.hash, found.found) == (scratch.git("rev-parse", "main"), "the last commit on main")


def test_a_remote_default_branch_comes_first(scratch: Scratch) -> None:
    first = scratch.git("rev-parse", "main")
    scratch.git("update-ref", "refs/remotes/origin/trunk", first)
    scratch.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    scratch.commit("The change")
    scratch.git("branch", "--force", "main")
    found = repository(scratch.root).default_base()
    assert (found.hash, found.found) == (first, "merge base with origin/trunk")


def test_the_report_says_which_base_was_taken(scratch: Scratch, diff: Diff) -> None:
    scratch.commit("The change")
    assert (
        f"From {scratch.git('rev-parse', 'main')[:12]} (merge base with main) to the working tree."
        in diff(form="markdown")[1]
    )


@pytest.mark.parametrize(
    "name", ["nowhere", "--output=x", "-h", "", "HEAD\n", "HEAD:sigma", "a\0b", "main --", "HEAD^{tree}", "@{upstream}"]
)
def test_what_is_no_revision_is_refused_in_one_line(scratch: Scratch, name: str) -> None:
    with pytest.raises(UsageError, match="there is no revision"):
        repository(scratch.root).revision(name)
    assert not scratch.path("x").exists()


def test_an_unknown_revision_is_wrong_usage(diff: Diff, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff("nowhere") == (2, None)
    assert "there is no revision 'nowhere' in this repository" in capsys.readouterr().err


def test_no_repository_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "sigma").mkdir()
    assert main(["--root", str(tmp_path), "diff"]) == 2
    assert "not a git repository" in capsys.readouterr().err


def test_a_repository_without_a_default_branch_asks_for_a_revision(
    scratch: Scratch, diff: Diff, capsys: pytest.CaptureFixture[str]
) -> None:
    scratch.git("branch", "--delete", "--force", "main")
    assert diff() == (2, None)
    assert "name a revision" in capsys.readouterr().err


def test_a_shallow_clone_says_what_to_do(scratch: Scratch, tmp_path: Path) -> None:
    first = scratch.git("rev-parse", "HEAD")
    scratch.commit("The change")
    scratch.git("clone", "--quiet", "--depth=1", f"file://{scratch.root}", str(tmp_path / "clone"))
    with pytest.raises(UsageError, match="the clone is shallow; fetch more of it"):
        repository(tmp_path / "clone").revision(first)


def test_a_worktree_is_a_repository_too(scratch: Scratch, tmp_path: Path) -> None:
    scratch.git("worktree", "add", "--quiet", str(tmp_path / "tree"), "-b", "other")
    assert repository(tmp_path / "tree").default_base().hash == scratch.git("rev-parse", "main")


def test_the_root_may_be_a_folder_of_the_repository(scratch: Scratch, diff: Diff, tmp_path: Path) -> None:
    inner = Scratch(tmp_path / "outer")
    inner.write("detections/sigma/a.yml", rule())
    inner.write("sigma/not_meant.yml", rule("Not meant"))
    inner.commit()
    inner.replace("detections/sigma/a.yml", "Copy to Temp", "Another title")
    out = tmp_path / "out.json"
    root = str(inner.path("detections"))
    assert main(["--root", root, "diff", "--target", "splunk", "--format", "json", "--output", str(out)]) == 0
    assert '"path": "sigma/a.yml"' in out.read_text()
    assert "Not meant" not in out.read_text()


def test_two_revisions_are_compared_without_the_working_tree(scratch: Scratch, diff: Diff) -> None:
    scratch.replace(PATH, "level: medium", "level: high")
    scratch.commit("Level")
    scratch.replace(PATH, "level: high", "level: critical")
    _, report = diff("main", "change")
    (change,) = report["rules"]
    assert (change["fields"][0]["before"], change["fields"][0]["now"]) == ("medium", "high")
    assert report["head"].endswith("(change)")


def test_merge_base_leaves_out_what_others_did_since(scratch: Scratch, diff: Diff) -> None:
    scratch.git("checkout", "--quiet", "main")
    scratch.write("sigma/other.yml", rule("Other", "22222222-2222-4222-8222-222222222222"))
    scratch.commit("Main went on")
    scratch.git("checkout", "--quiet", "change")
    assert [change["kind"] for change in diff("main")[1]["rules"]] == ["removed"]
    assert diff("--merge-base", "main")[1]["empty"]


def test_git_hooks_variables_do_not_lead_elsewhere(
    scratch: Scratch, diff: Diff, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "nowhere" / "index"))
    assert diff()[0] == 0


def test_programs_of_the_repositorys_configuration_are_not_run(scratch: Scratch, diff: Diff, tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    program = f"touch {trap}; cat"
    for key in ("core.fsmonitor", "diff.evil.textconv", "filter.evil.smudge", "filter.evil.clean", "core.pager"):
        scratch.git("config", key, program)
    scratch.write(".gitattributes", "* diff=evil filter=evil\n")
    assert diff()[0] == 0
    assert not trap.exists()


def test_paths_that_lead_out_are_not_written(scratch: Scratch, tmp_path: Path) -> None:
    inner = raw_tree(scratch, ("100644", "evil", ".."), ("100644", "text", "good.yml"))
    dots = raw_tree(scratch, ("100644", "evil", "evil.yml"))
    outer = raw_tree(scratch, ("40000", dots, ".."), ("40000", inner, "sigma"))
    commit = scratch_input(scratch, b"", "commit-tree", outer, "-m", "evil")
    made = checkout(scratch, tmp_path / "out", commit)
    made.write(["sigma"])
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == ["good.yml"]
    assert any("a path that is not taken from strangers" in note for note in made.notes)
    made.write([".."])
    assert not (tmp_path / "evil.yml").exists()


def test_links_are_read_inside_the_tree_and_never_made(scratch: Scratch, tmp_path: Path) -> None:
    scratch.write("shared/a.yml", rule())
    scratch.path("sigma/inside.yml").symlink_to("../shared/a.yml")
    scratch.path("sigma/outside.yml").symlink_to("/etc/passwd")
    scratch.path("sigma/above.yml").symlink_to("../../../secret.yml")
    scratch.path("sigma/folder").symlink_to("../shared")
    scratch.commit("Links")
    made = checkout(scratch, tmp_path / "out")
    made.layout(read_layout(scratch.root), None)
    found = {path.name: path for path in (made.root / "sigma").iterdir()}
    assert sorted(found) == ["inside.yml", "proc_creation_win_copy.yml"]
    assert not found["inside.yml"].is_symlink()
    assert found["inside.yml"].read_text() == rule()
    assert len([note for note in made.notes if "a symbolic link that leads to no file" in note]) == 3


def test_submodules_large_files_and_lfs_are_told(scratch: Scratch, tmp_path: Path) -> None:
    scratch.write("sigma/large.yml", b"a: b\n" * 300_000)
    scratch.write("sigma/lfs.yml", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    scratch.git("update-index", "--add", "--cacheinfo", f"160000,{scratch.git('rev-parse', 'HEAD')},sigma/module")
    scratch.git("add", "sigma/large.yml", "sigma/lfs.yml")
    scratch.git("commit", "--quiet", "--message", "Odd files")
    made = checkout(scratch, tmp_path / "out")
    made.write(["sigma"])
    assert [note.split(" is left out: ")[1][:13] for note in made.notes] == ["a submodule, ", "kept by Git L"]
    assert (made.root / "sigma" / "large.yml").stat().st_size == 1_048_577


def test_a_layout_that_is_configured_is_read_from_the_revision(scratch: Scratch, diff: Diff) -> None:
    scratch.write("stagewatch.toml", 'rules = ["detections"]\n')
    scratch.path("detections").mkdir()
    scratch.git("mv", PATH, "detections/proc_creation_win_copy.yml")
    code, report = diff()
    (change,) = report["rules"]
    assert (code, change["kind"]) == (0, "added")  # the base has no configuration: the one of today holds for it too
    scratch.commit("Moved")
    scratch.write("stagewatch.toml", 'rules = ["rules"]\n')
    scratch.path("detections").rename(scratch.path("rules"))
    (change,) = diff("HEAD")[1]["rules"]
    assert (change["kind"], change["old_path"]) == ("retold", "detections/proc_creation_win_copy.yml")


def test_rules_named_by_the_user_are_meant_on_both_sides(
    scratch: Scratch, diff: Diff, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scratch.write("elsewhere/a.yml", rule("Elsewhere", "22222222-2222-4222-8222-222222222222"))
    scratch.commit("Elsewhere")
    scratch.git("branch", "--force", "main")
    scratch.replace("elsewhere/a.yml", "level: medium", "level: high")
    monkeypatch.chdir(scratch.root)
    (change,) = diff("--rules", "elsewhere")[1]["rules"]
    assert (change["stem"], change["kind"]) == ("a", "retold")
    assert diff("--rules", str(tmp_path)) == (2, None)


def test_the_configured_base_is_left_by_the_branch_too(scratch: Scratch, diff: Diff) -> None:
    scratch.write("stagewatch.toml", '[diff]\nbase = "trunk"\n')
    scratch.commit("Configuration")
    scratch.branch("trunk")
    scratch.write("sigma/other.yml", rule("Other", "22222222-2222-4222-8222-222222222222"))
    scratch.commit("Trunk went on")
    scratch.git("checkout", "--quiet", "change")
    assert diff()[1]["empty"]


def test_what_is_not_installed_is_said_in_a_line(scratch: Scratch) -> None:
    program = "import sys; sys.modules['duckdb'] = None; from stagewatch.cli import main; sys.exit(main(sys.argv[1:]))"
    scratch.replace(PATH, "'Temp'", "'emp'")
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    arguments = [sys.executable, "-c", program, "--root", str(scratch.root), "diff"]
    answer = subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "duckdb is not installed; install the extra 'hunt'" in answer.stderr
