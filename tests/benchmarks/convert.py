#!/usr/bin/env python3
"""Compare ``python convert.py`` with stock ``sigma convert`` on the same rules, in one run on one machine.

    python tests/benchmarks/convert.py [--rules PATH] [--without sumo] [--repeat N]

Stock needs one process per platform, so its figure is the sum over the platforms; both sides start cold. Wall time is
the fastest of N runs, memory the largest resident set of any process. Prints a table and the ratio.
"""

from __future__ import annotations

import argparse
import os
import resource
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


def measure(command: list[str]) -> Run:
    """Run a command to its end. Stock exits with 1 where it skipped rules; that is no error here."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stderr is not None
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1) or b"Traceback" in errors:
        sys.exit(f"{' '.join(command)} failed: {errors.decode(errors='replace')[-600:]}")
    return Run(time.perf_counter() - start, _mebibytes(usage))


def _mebibytes(usage: resource.struct_rusage) -> float:
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is bytes on macOS, KiB on Linux: getrusage(2)
    return usage.ru_maxrss * unit / 2**20


def fastest(command: list[str], repeat: int) -> Run:
    return min((measure(command) for _ in range(repeat)), key=lambda run: run.seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=Path, default=ROOT / "sigma")
    parser.add_argument("--without", action="append", default=[], choices=STOCK, metavar="TARGET")
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    targets = [name for name in STOCK if name not in options.without]
    rules = str(options.rules.resolve())

    sigma = str(Path(sys.executable).with_name("sigma"))
    stock: list[Run] = []
    for name in targets:
        backend, pipeline = STOCK[name]
        with tempfile.TemporaryDirectory() as folder:
            out = f"{folder}/out.txt"
            command = [
                sigma,
                "convert",
                "-t",
                backend,
                "-p",
                pipeline,
                "-s",
                "--disable-pipeline-check",
                "-o",
                out,
                rules,
            ]
            run = fastest(command, options.repeat)
        stock.append(run)
        print(f"sigma convert {name:<10} {run.seconds:8.2f} s {run.mebibytes:8.0f} MiB", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "convert.py", "build", "--rules", rules, "--out", f"{folder}/out"]
        ours = fastest(command + [word for name in targets for word in ("--target", name)], options.repeat)
    total = sum(run.seconds for run in stock)
    peak = max(run.mebibytes for run in stock)
    print(f"sigma convert, together  {total:8.2f} s {peak:8.0f} MiB")
    print(f"python convert.py        {ours.seconds:8.2f} s {ours.mebibytes:8.0f} MiB")
    print(f"ratio                    {total / ours.seconds:8.1f} x")


if __name__ == "__main__":
    main()
