"""How fast ``python convert.py hunt`` is, in one run on one machine: ``python -m tests.benchmarks.hunt``.

    [--events N] [--repeat N] [--wait SECONDS] [--only SECTION ...] [--datasets PATH] [--foreign PATH] [--scratch PATH]

Each figure is a whole process, from its start to its end, with its output thrown away: wall time, the fastest of N
rounds; processor time; memory, the largest sum over all its processes; and the share of the machine that others took
meanwhile, which should be nothing. The events are those of ``tests/benchmarks/events.py``, written
before (which is not timed), so that they are in the system's cache for everyone who reads them. Sections:

- ``reading``: the pack over events as lines of JSON in two shapes, over the event table as Parquet, and over 100 MB of
  EVTX, which is made of the filled chunks of real logs, repeated;
- ``stock``: the same rules one by one through pySigma's SQLite backend (``tests/benchmarks/stock_sqlite.py``);
- ``rules``: time by number of rules, the pack under other names and ids and foreign rules, over Parquet;
- ``events``: time by number of events, as lines of JSON and as Parquet.

Of a curve the exponent tells how time grows (least squares of the logarithms; 1 is linear, less is what fixed costs
do), once over all points and once between the two largest; "each more" is the slope of the line with least squares.
A repeated rule asks what another one asks already, which an engine may notice; foreign rules all differ.

Events, logs and rules go below ``--scratch`` (the system's folder for temporary files if it is left out): 8 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

from stagewatch.logs import read, write_parquet
from tests.benchmarks import events, evtx_files, rule_folders
from tests.benchmarks.convert import ROOT, Ended
from tests.benchmarks.curves import Point, each, exponent, last
from tests.benchmarks.processes import TreeRun, hunt, tree, wait_for_quiet

EVTX_BYTES = 100_000_000
PACK_SIZES = (150, 300, 600)
FOREIGN_SIZES = (100, 300, 1000)
SHARES = (0.1, 0.3, 1.0, 3.0)
"""Of the number of events: the points of the curve."""

LINEAR = 1.05
"""An exponent up to here is called linear: so much two runs of the same thing differ."""

BUSY = 0.1
"""The share of the machine that others may take before a verdict is doubted."""


@dataclass(slots=True)
class Bench:
    """What all sections need; files are made when the first of them asks."""

    scratch: Path
    count: int
    repeat: int
    datasets: Path
    foreign: Path
    wait: float

    def lines(self, count: int, shape: str = "nxlog") -> Path:
        """So many events as lines of JSON."""
        path = self.scratch / f"{shape}-{count}.jsonl"
        if not path.exists():
            events.write(path, count, shape)
        return path

    def parquet(self, count: int) -> Path:
        """So many events as the event table."""
        path = self.scratch / f"table-{count}.parquet"
        if not path.exists():
            write_parquet(read([str(self.lines(count))]), path)
        return path

    def evtx(self) -> Path:
        """100 MB of EVTX."""
        folder = self.scratch / "evtx"
        if not folder.exists():
            evtx_files.write_logs(self.datasets, folder, EVTX_BYTES)
        return folder

    def rules(self, name: str, make: Callable[[Path], Path]) -> Path:
        folder = self.scratch / "rules" / name
        return folder if folder.exists() else make(folder)

    def timed(self, name: str, *arguments: str | Path) -> TreeRun:
        """The fastest of the rounds, which is printed."""
        best = self.fastest(*arguments)
        show(name, best)
        return best

    def fastest(self, *arguments: str | Path) -> TreeRun:
        return min((self._hunt(*arguments) for _ in range(self.repeat)), key=lambda run: run.seconds)

    def _hunt(self, *arguments: str | Path) -> TreeRun:
        wait_for_quiet(self.wait)
        return hunt(*arguments)


def show(name: str, run: TreeRun, note: str = "") -> None:
    figures = f"{run.seconds:8.2f} s {run.processor:8.2f} s {run.mebibytes:6.0f} MiB {run.others:6.0%}"
    print(f"{name:<58} {figures}{note}", flush=True)


def reading(bench: Bench) -> None:
    """The pack over each kind of input."""
    for shape in events.SHAPES:
        path = bench.lines(bench.count, shape)
        bench.timed(f"{_number(bench.count)} events, JSON lines, {shape}, {_megabytes(path)}", path)
    path = bench.parquet(bench.count)
    bench.timed(f"{_number(bench.count)} events, Parquet, {_megabytes(path)}", path)
    logs = bench.evtx()
    bench.timed(f"EVTX, {_megabytes(*logs.iterdir())}", logs)
    told = bench.scratch / "evtx.json"
    hunt(logs, out=told)
    print(f"  {_number(json.loads(told.read_text())['totals']['events'])} events in these logs")


def stock(bench: Bench) -> None:
    """The pack one by one through the SQLite backend, and whether both find the same."""
    lines, table = bench.lines(bench.count), bench.parquet(bench.count)
    told = bench.scratch / "sqlite.json"
    pack = ROOT / "sigma"
    command = [sys.executable, "-m", "tests.benchmarks.stock_sqlite", str(pack), str(lines)]
    wait_for_quiet(bench.wait)
    run = tree(command, out=told, good=(0,))
    report = json.loads(told.read_text())
    show(
        f"SQLite: {report['rules']} rules, JSON lines, the whole process", run, "  (asks twice, without and with index)"
    )
    steps: dict[str, tuple[float, float]] = report["steps"]
    for name, (wall, processor) in steps.items():
        print(f"  {name:<56} {wall:8.2f} s {processor:8.2f} s")
    for name in ("refused", "ended", "ended_indexed"):
        for rule, reason in report[name].items():
            print(f"  {name}: {rule}: {reason}")
    over_table, over_lines = bench.fastest(table), bench.fastest(lines)
    show("hunt: Parquet, the whole process", over_table)
    show("hunt: JSON lines, the whole process", over_lines)
    for name, run, parts in (
        ("query to hunt over Parquet", over_table, ("query",)),
        ("query with an index to hunt over Parquet", over_table, ("query, indexed",)),
        ("convert, load and query to hunt over JSON lines", over_lines, ("convert", "load", "query")),
    ):
        wall, processor = (sum(steps[part][which] for part in parts) for which in (0, 1))
        print(f"ratio, {name:<51} {wall / run.seconds:8.1f} x {processor / run.processor:8.1f} x")
    for line in _differences(report["hits"], found(table, bench.scratch / "hunt.json")):
        print(f"  {line}")


def found(logs: Path, told: Path) -> Counter[str]:
    """What a hunt finds by the rule's title: hits of rules, groups of correlations."""
    hunt(logs, out=told)
    report = json.loads(told.read_text())
    groups = {(burst["rule"], json.dumps(burst["keys"], sort_keys=True)) for burst in report["bursts"]}
    counts = Counter(report["rules"][rule]["title"] for rule, _ in groups)
    for count in report["counts"]:
        if report["rules"][count["rule"]]["kind"] == "rule":
            counts[report["rules"][count["rule"]]["title"]] += count["hits"]
    return counts


def _differences(theirs: dict[str, int], ours: Counter[str]) -> Iterator[str]:
    same = sum(ours[title] == hits for title, hits in theirs.items())
    yield f"{same} of {len(theirs)} rules with the same number of hits, {sum(ours.values())} hits in all"
    for title, hits in theirs.items():
        if ours[title] != hits:
            yield f"{title}: {hits} by SQLite, {ours[title]} by hunt"


def rules(bench: Bench) -> None:
    """Time by number of rules."""
    table = bench.parquet(bench.count)
    for name, sizes, make in (
        ("the pack repeated", PACK_SIZES, partial(rule_folders.pack_repeated, ROOT / "sigma")),
        ("foreign rules", FOREIGN_SIZES, partial(rule_folders.foreign, bench.foreign)),
    ):
        points = []
        for size in sizes:
            folder = bench.rules(f"{name} {size}".replace(" ", "-"), partial(make, number=size))
            run = bench.timed(f"{size} rules, {name}, {_number(bench.count)} events, Parquet", table, "--rules", folder)
            points.append((size, run))
        _curve(points, "rule")


def by_events(bench: Bench) -> None:
    """Time by number of events."""
    counts = [int(bench.count * share) for share in SHARES]
    for name, path in (("JSON lines", bench.lines), ("Parquet", bench.parquet)):
        points = [(count, bench.timed(f"{_number(count)} events, {name}", path(count))) for count in counts]
        _curve(points, "million events", 1_000_000)


def _curve(runs: Sequence[tuple[int, TreeRun]], unit: str, per: int = 1) -> None:
    """The verdict is on processor time, which others on the machine lengthen least."""
    for name, points in (
        ("wall", [Point(count, run.seconds) for count, run in runs]),
        ("processor", [Point(count, run.processor) for count, run in runs]),
    ):
        power, end = exponent(points), last(points)
        said = f"exponent {power:.2f}, between the largest {end:.2f}, each more {unit} {each(points) * per:.3f} s"
        print(f"  {name}: {said}")
    verdict = "at most linear" if max(power, end) <= LINEAR else "MORE THAN LINEAR"
    others = max(run.others for _, run in runs)
    print(
        f"  {verdict}"
        + (f", but others took up to {others:.0%} of the machine: measure again" if others > BUSY else "")
    )


SECTIONS: dict[str, Callable[[Bench], None]] = {"reading": reading, "stock": stock, "rules": rules, "events": by_events}


def _number(count: int) -> str:
    return f"{count:,}".replace(",", " ")


def _megabytes(*paths: Path) -> str:
    return f"{sum(path.stat().st_size for path in paths) / 1e6:.0f} MB"


def machine() -> Iterator[str]:
    """Hardware and versions."""
    names = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = next((line.split()[1] for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), "0")
    processor = names[0] if names else platform.machine()
    yield f"{os.cpu_count()} x {processor}, {int(memory) / 2**20:.0f} GiB, {platform.platform()}"
    packages = ("duckdb", "evtx", "orjson", "pysigma")
    yield f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in packages)


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def main(arguments: Sequence[str] | None = None) -> int | str:
    """Run the sections; 0, or what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--wait", type=float, default=0, help="seconds to wait, at most, for a quiet machine each time")
    parser.add_argument("--only", action="append", choices=SECTIONS, metavar="SECTION")
    parser.add_argument("--datasets", type=Path, default=ROOT.parent / "shared" / "datasets")
    parser.add_argument("--foreign", type=Path, default=ROOT.parent / "shared" / "foreign_rules")
    parser.add_argument("--scratch", type=Path, help="keep the files here, and take those that are there already")
    options = parser.parse_args(arguments)
    for line in machine():
        print(line)
    with _folder(options.scratch) as scratch:
        bench = Bench(
            scratch.resolve(), options.events, options.repeat, options.datasets, options.foreign, options.wait
        )
        for name in options.only or SECTIONS:
            print(f"\n{name:<58} {'wall':>10} {'processor':>10} {'memory':>10} {'others':>6}", flush=True)
            try:
                SECTIONS[name](bench)
            except Ended as error:
                return f"{name}: a command failed: {str(error)[-800:]}"
            except (OSError, ValueError) as error:
                return f"{name}: {error}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
