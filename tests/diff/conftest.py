"""A scratch repository, and the command on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stagewatch.cli import main
from tests.diff.scratch import ELSEWHERE, PATH, ROBOCOPY, XCOPY, Scratch, fixture, rule


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    """One rule with its fixture, committed; the working tree is on a branch of its own."""
    made = Scratch(tmp_path / "rules")
    made.write(PATH, rule())
    fixture(made, [ROBOCOPY, XCOPY], [ELSEWHERE])
    made.commit("Rules")
    made.branch("change")
    return made


@pytest.fixture
def diff(scratch: Scratch, tmp_path: Path) -> Callable[..., tuple[int, Any]]:
    """Run ``diff`` with few targets; the exit code, and the report: as data, or as text where a format is named."""

    def run(*arguments: str, form: str = "json") -> tuple[int, Any]:
        out = tmp_path / "report"
        out.unlink(missing_ok=True)
        options = ["--target", "splunk", "--target", "sentinel", "--format", form, "--output", str(out)]
        code = main(["--root", str(scratch.root), "diff", *arguments, *options])
        if not out.exists():
            return code, None
        text = out.read_text(encoding="utf-8")
        return code, json.loads(text) if form == "json" else text

    return run
