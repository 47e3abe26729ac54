"""A command reads nothing that its key leaves out: what a cold run opens is watched, and compared with the parts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from stagewatch.cache import tools
from stagewatch.house import pipelines_folder

ROOT = Path(__file__).resolve().parents[2]

WATCHED = """
import json, os, sys
opened = []

def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and not (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
        opened.append(os.path.abspath(arguments[0]))

from stagewatch.cache import session
parts = {}
begin = session.Session.__init__

def remember(self, command, given, options, *, wanted=True):
    from stagewatch.cache.inputs import snapshot
    parts.update({os.path.abspath(path): part for part, files in snapshot(given).parts.items() for path in files})
    begin(self, command, given, options, wanted=False)
    sys.addaudithook(hook)

session.Session.__init__ = remember
from pathlib import Path
from stagewatch.cli import main
code = main(sys.argv[1:], root=Path.cwd())
print(json.dumps({"code": code, "opened": opened, "parts": list(parts)}), file=sys.stderr)
"""

ENVIRONMENT = """
name = "site"
filters = ["own.yml"]
[levels]
low = "high"
[targets.splunk.fields]
CommandLine = "cmd"
"""

FILTER = """\
title: Own
id: 66666666-6666-4666-8666-666666666666
logsource: {category: process_creation, product: windows}
filter:
    rules: [11111111-1111-4111-8111-111111111111]
    selection: {Image: benign}
    condition: not selection
"""

FIXTURE = """\
id: 44444444-4444-4444-8444-444444444444
rule_metadata: [{id: 11111111-1111-4111-8111-111111111111}]
regression_tests_info: [{name: hit, type: evtx, match_count: 0, path: one.evtx}]
"""


@pytest.fixture
def repository(tmp_path: Path, rules: Path) -> Path:
    """A repository of which every part is there."""
    rules.rename(tmp_path / "sigma")
    shutil.copytree(ROOT / "lists", tmp_path / "lists")
    for path, text in {
        "site/env.toml": ENVIRONMENT,
        "site/own.yml": FILTER,
        "more/filter.yml": FILTER.replace("6666", "7777"),
        "own.yml": "name: own\npriority: 1\ntransformations: []\n",
        "tests/rules/one/info.yml": FIXTURE,
        "tests/rules/one/one.json": "[]",
        "tests/rules/proofs.json": '{"proofs": {}, "schema": 1}',
        "docs/guides/one.md": "# A guide\n",
        "versions.json": "{}",
        "dist/manifest.json": "{}",
        "stagewatch.toml": 'targets = ["splunk"]\n',
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("build", "--env", "site/env.toml", "--filters", "more", "--pipeline", "own.yml"),
        ("build", "--target", "elastic", "--target", "duckdb"),
        ("prove", "--env", "site/env.toml", "--filters", "more", "--pipeline", "own.yml"),
        ("check",),
    ],
    ids=" ".join,
)
def test_a_command_opens_nothing_else(repository: Path, arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *arguments], cwd=repository, capture_output=True, text=True, check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "STAGEWATCH_JOBS": "1", "HOME": str(repository)},
    )  # fmt: skip
    told = json.loads(done.stderr.splitlines()[-1])
    assert told["code"] in (0, 1), done.stderr
    known = set(told["parts"])
    assert len(known) >= 8
    code = [str(tools.PACKAGE), str(pipelines_folder()), *sysconfig.get_paths().values(), sys.base_prefix]
    written = [str(repository / "dist")] if arguments[0] == "build" else []
    others = [
        path
        for path in told["opened"]
        if path not in known and Path(path).is_file() and not path.startswith((*code, *written, "/proc", "/sys"))
    ]
    assert others == []
