from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("watchfiles")

ROOT = Path(__file__).resolve().parents[1]

RULE = """\
title: A rule
id: 11111111-1111-4111-8111-111111111111
logsource: {category: process_creation, product: windows}
detection:
    selection: {CommandLine|contains: staged}
    condition: selection
level: low
"""


class Watching:
    """A process that watches, and what it says on standard error."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "convert.py"), *arguments, "--watch"], cwd=folder, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line.rstrip("\n"))

    def said(self, until: str) -> list[str]:
        """The lines up to one that holds some words."""
        lines: list[str] = []
        while not lines or until not in lines[-1]:
            lines.append(self._lines.get(timeout=90))
        return lines

    def says_nothing(self, seconds: float) -> bool:
        time.sleep(seconds)
        return self._lines.empty()

    def interrupt(self) -> int:
        os.killpg(self.process.pid, signal.SIGINT)  # as a terminal does, to all in the foreground
        return self.process.wait(timeout=60)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "one.yml").write_text(RULE)
    return tmp_path


@pytest.fixture
def watching(folder: Path) -> Iterator[Watching]:
    made = Watching(folder, "build", "--rules", "rules", "--target", "splunk", "--out", "rules/out")
    yield made
    if made.process.poll() is None:
        os.killpg(made.process.pid, signal.SIGKILL)


def query(folder: Path) -> str:
    return (folder / "rules" / "out" / "splunk" / "queries" / "one.spl").read_text()


def test_a_build_is_done_again_on_every_save_until_it_is_interrupted(folder: Path, watching: Watching) -> None:
    rule = folder / "rules" / "one.yml"
    lines = watching.said("watching")
    assert "exit code 0" in lines[-2]
    assert watching.says_nothing(1)  # its own output, in a folder that it watches

    rule.write_text(RULE.replace("staged", "first"))
    lines = watching.said("done in")
    assert lines[0] == "stagewatch: changed: rules/one.yml"
    assert "first" in query(folder)

    rule.write_text("title: [half a save")
    lines = watching.said("done in")
    assert any("one.yml" in line and "not valid YAML" in line for line in lines)
    assert "exit code 1" in lines[-1]

    scratch = folder / "rules" / ".one.yml.swp"  # as editors save
    scratch.write_text(RULE.replace("staged", "second"))
    scratch.replace(rule)
    assert "exit code 0" in watching.said("done in")[-1]
    assert "second" in query(folder)

    os.utime(rule)
    (folder / "rules" / "notes.txt").write_text("nothing that is read")
    assert watching.says_nothing(1)

    (folder / "rules" / "new").mkdir()
    (folder / "rules" / "new" / "two.yml").write_text(RULE.replace("1111", "2222"))
    assert any("rules/new/two.yml" in line for line in watching.said("done in"))
    (folder / "rules" / "new" / "two.yml").write_text(RULE.replace("1111", "2222").replace("staged", "third"))
    assert any("rules/new/two.yml" in line for line in watching.said("done in"))

    assert watching.interrupt() == 0
    assert watching.said("ended") == ["stagewatch: watching ended"]


def test_a_check_is_done_again_too(folder: Path) -> None:
    watching = Watching(folder, "check", "--rules", "rules", "--no-dist")
    watching.said("watching")
    (folder / "rules" / "one.yml").write_text(RULE.replace("staged", "first"))
    assert watching.said("done in")[0] == "stagewatch: changed: rules/one.yml"
    assert watching.interrupt() == 0
