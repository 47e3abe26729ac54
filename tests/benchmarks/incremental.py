#!/usr/bin/env python3
"""What a run of ``build``, ``check`` and ``prove`` costs from nothing, with nothing changed, and with one rule changed.

    python tests/benchmarks/incremental.py [--command build] [--repeat N] [--jobs 1 --jobs 2]

Every run is a whole process, from its start to its end. The pack is copied below the system's folder for temporary
files (TMPDIR), with a cache and a secret of its own. A round is, for each number of jobs: a run with an empty cache
(cold), the same again (no-op), and one after a value was added to one rule. The figure is the fastest of N rounds, so
that a machine that is busy for a while is busy for all of them; CPU is that of the process and of those it started, in
the same run. The no-op must print what the cold run printed, else the benchmark ends.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PARTS = ("sigma", "tests/rules", "docs/guides", "lists", "versions.json", "dist")

RULE = "sigma/file_event/file_event_lnx_susp_file_in_hidden_tmp_directory.yml"

VALUE = "            - '/dev/shm/.*/'\n"
"""A line of the rule; the changed rule has another one behind it, for a folder that no event of the fixture names."""


@dataclass(frozen=True)
class Run:
    """Wall and CPU seconds of a process, and all that it printed."""

    seconds: float
    cpu: float
    said: bytes


class Copy:
    """The pack, with a cache of its own."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "pack"
        self.cache = folder / "cache"
        for part in PARTS:
            source, target = ROOT / part, self.root / part
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
        self.rule = (self.root / RULE).read_text(encoding="utf-8")
        self.environment = {
            **os.environ, "STAGEWATCH_CACHE": str(self.cache), "XDG_CONFIG_HOME": str(folder), "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        self.environment.pop("STAGEWATCH_NO_CACHE", None)

    def forget(self) -> None:
        """Empty the cache, and put the rule back."""
        shutil.rmtree(self.cache, ignore_errors=True)
        self.change("")

    def change(self, more: str) -> None:
        """Put a value into the rule."""
        (self.root / RULE).write_text(self.rule.replace(VALUE, VALUE + more, 1), encoding="utf-8")

    def run(self, command: str, jobs: int) -> Run:
        words = [sys.executable, str(ROOT / "convert.py"), "--root", str(self.root), command]
        words += ["--jobs", str(jobs)] if command != "check" else []
        before, start = _cpu(), time.perf_counter()
        done = subprocess.run(words, env=self.environment, cwd=self.root, capture_output=True, check=False)
        seconds = time.perf_counter() - start
        if done.returncode not in (0, 1):
            sys.exit(done.stderr.decode(errors="replace"))
        return Run(seconds, _cpu() - before, done.stdout + done.stderr)


def _cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system


def measure(copy: Copy, command: str, jobs: int, number: int) -> dict[str, Run]:
    """One round."""
    copy.forget()
    runs = {"cold": copy.run(command, jobs), "no-op": copy.run(command, jobs)}
    if runs["cold"].said != runs["no-op"].said:
        sys.exit(f"{command}: the second run says something else than the first")
    copy.change(f"            - '/nowhere{number}/'\n")
    runs["one rule changed"] = copy.run(command, jobs)
    return runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--command", action="append", choices=("build", "check", "prove"))
    parser.add_argument("--jobs", action="append", type=int)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()

    compileall.compile_dir(ROOT / "stagewatch", quiet=1)
    with tempfile.TemporaryDirectory() as scratch:
        copy = Copy(Path(scratch))
        for command in options.command or ("build", "check", "prove"):
            for jobs in [1] if command == "check" else options.jobs or [1, 2]:
                rounds = [measure(copy, command, jobs, number) for number in range(options.repeat)]
                best = {kind: min((one[kind] for one in rounds), key=lambda run: run.seconds) for kind in rounds[0]}
                for kind, run in best.items():
                    share = run.seconds / best["cold"].seconds
                    print(
                        f"{command:<6} jobs {jobs}  {kind:<17}{run.seconds:8.2f} s {run.cpu:8.2f} s CPU {share:8.1%}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
