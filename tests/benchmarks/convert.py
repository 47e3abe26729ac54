#!/usr/bin/env python3
"""Compare ``python convert.py`` with stock ``sigma convert`` on the same rules, in one run on one machine.

    python tests/benchmarks/convert.py [--rules PATH] [--without sumo] [--history COMMITS] [--repeat N]

Stock needs one process per platform, so its figure is the sum over the platforms; both sides start cold. Wall time is
the fastest of N rounds, in each of which every platform has its turn and then ours, so that a machine that is slow for
a while is slow for both. Memory is the largest resident set of any process. Prints a table and the ratio.

All files are written below the system's folder for temporary files (TMPDIR): on a disk that takes long to make 9,000
files, that is part of our time.

Most stock backends end at the first correlation, so both sides get the rules without correlations. A rule on which a
stock conversion as a whole ends is taken away from that stock conversion, and said; ours still converts it.

Stock's Sumo Logic backend asks git for the last commit of every rule file, so its time depends on the history that the
rules have. ``--history`` puts the rules into a git repository in which so many commits to another file came after them.
"""

from __future__ import annotations

import argparse
import compileall
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

STOCK = {
    "defender": ("kusto", "microsoft_xdr"),
    "sentinel": ("kusto", "azure_monitor"),
    "splunk": ("splunk", "splunk_windows"),
    "elastic": ("eql", "ecs_windows"),
    "qradar": ("qradar-aql-community", "qradar-aql-fields"),
    "sumo": ("sumologic_cse", "sumologic_cse"),
    "secops": ("secops", "secops_udm"),
    "logscale": ("log_scale", "crowdstrike_falcon"),
}
"""Target -> the stock backend and the stock pipeline for the same platform."""


@dataclass(frozen=True)
class Run:
    """Wall seconds and peak resident memory in MiB of one process."""

    seconds: float
    mebibytes: float


class Ended(Exception):
    """A command ended without doing its work; the text is what it said."""


def measure(command: list[str]) -> Run:
    """Run a command to its end. Exit code 1 with output is a conversion that found something, which is no error."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stderr is not None
        errors = process.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Ended(errors)
    return Run(time.perf_counter() - start, _mebibytes(usage))


def _mebibytes(usage: resource.struct_rusage) -> float:
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is bytes on macOS, KiB on Linux: getrusage(2)
    return usage.ru_maxrss * unit / 2**20


def fastest(runs: list[Run]) -> Run:
    return min(runs, key=lambda run: run.seconds)


class Stock:
    """Stock's conversion for one platform, of a copy of the rules without those on which it ends as a whole."""

    def __init__(self, target: str, rules: Path, scratch: Path) -> None:
        backend, pipeline = STOCK[target]
        self.target = target
        self.folder = shutil.copytree(rules, scratch / target)
        options = ["-t", backend, "-p", pipeline, "-s", "--disable-pipeline-check", "-o", f"{scratch}/{target}.out"]
        self.command = [_sigma(), "convert", *options, str(self.folder)]
        self.taken_away = 0
        self.runs: list[Run] = []

    def run(self) -> None:
        before = len(list(self.folder.iterdir()))
        for _ in range(50):
            try:
                self.runs.append(measure(self.command))
            except Ended as error:
                _take_away(self.folder, str(error).replace("\n", ""), self.target)
            else:
                self.taken_away += before - len(list(self.folder.iterdir()))
                return
        sys.exit(f"sigma convert for {self.target} failed again and again")


def _sigma() -> str:
    command = Path(sys.executable).with_name("sigma")
    if not command.exists():
        sys.exit(f"no {command}: install the project with its extra 'test' for this Python first")
    return str(command)


def _take_away(folder: Path, said: str, target: str) -> None:
    """Remove the rule that a conversion ended on, and the others with the field that it names as the reason."""
    named = re.findall(rf"{re.escape(str(folder))}[^\s:)']*\.yml", said)
    if not named:
        sys.exit(f"sigma convert for {target} failed: {said[-600:]}")
    Path(named[-1]).unlink()
    if field := re.search(r"Field (\w+) is not", said):
        for path in folder.glob("*.yml"):
            if re.search(rf"\b{field[1]}[|:]", path.read_text(encoding="utf-8")):
                path.unlink()


def plain_rules(paths: Path, folder: Path) -> Path:
    """A copy of the rules below a path that are no correlations."""
    folder.mkdir()
    for path in sorted(paths.rglob("*.yml")):
        if "\ncorrelation:" not in path.read_text(encoding="utf-8"):
            shutil.copy(path, folder)
    return folder


def give_history(folder: Path, commits: int) -> None:
    """Make the folder a git repository: one commit with the rules, then commits to another file."""

    def git(*arguments: str, stdin: bytes = b"") -> None:
        name = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@example.invalid"]
        subprocess.run(["git", *name, *arguments], cwd=folder, input=stdin, check=True, capture_output=True)

    git("init", "--initial-branch=main")
    git("add", ".")
    git("commit", "--message=rules")
    stream = [
        f"commit refs/heads/main\ncommitter b <b@example.invalid> {1_700_000_000 + number} +0000\ndata 1\nc\n"
        + ("from refs/heads/main^0\n" if number == 0 else "")
        + f"M 100644 inline CHANGES\ndata {len(str(number))}\n{number}\n"
        for number in range(commits)
    ]
    git("fast-import", "--force", stdin="".join(stream).encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=Path, default=ROOT / "sigma")
    parser.add_argument("--without", action="append", default=[], choices=STOCK, metavar="TARGET")
    parser.add_argument("--history", type=int, default=0, metavar="COMMITS")
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    targets = [name for name in STOCK if name not in options.without]

    compileall.compile_dir(ROOT / "stagewatch", quiet=1)  # as an installer does with stock's packages
    with tempfile.TemporaryDirectory() as scratch:
        rules = plain_rules(options.rules.resolve(), Path(scratch, "rules"))
        print(f"{len(list(rules.glob('*.yml')))} rules, {len(targets)} targets")
        if options.history:
            give_history(rules, options.history)
        out = Path(scratch, "out")
        command = [sys.executable, "convert.py", "build", "--rules", str(rules), "--out", str(out)]
        command += [word for name in targets for word in ("--target", name)]
        stocks = [Stock(name, rules, Path(scratch)) for name in targets]
        our_runs: list[Run] = []
        for _ in range(options.repeat):
            for stock in stocks:
                stock.run()
            our_runs.append(measure(command))
            shutil.rmtree(out)
    for stock in stocks:
        run = fastest(stock.runs)
        note = f"  ({stock.taken_away} rules taken away)" if stock.taken_away else ""
        print(f"sigma convert {stock.target:<10} {run.seconds:8.2f} s {run.mebibytes:8.0f} MiB{note}")
    runs = [fastest(stock.runs) for stock in stocks]
    ours = fastest(our_runs)
    total = sum(run.seconds for run in runs)
    print(f"sigma convert, together  {total:8.2f} s {max(run.mebibytes for run in runs):8.0f} MiB")
    print(f"python convert.py        {ours.seconds:8.2f} s {ours.mebibytes:8.0f} MiB")
    print(f"ratio                    {total / ours.seconds:8.1f} x")


if __name__ == "__main__":
    main()
