"""Hunts in tests: rules and logs in, what was found out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from stagewatch.hunt.plan import Plan, plan
from stagewatch.hunt.results import Report
from stagewatch.hunt.run import Options, hunt
from stagewatch.pack import read_pack
from tests.support import target

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "rules"
DATASETS = ROOT.parent / "shared" / "datasets"
FOREIGN = ROOT.parent / "shared" / "foreign_rules"

needs_datasets = pytest.mark.skipif(not DATASETS.is_dir(), reason="the public datasets are not beside this repository")
needs_foreign_rules = pytest.mark.skipif(not FOREIGN.is_dir(), reason="SigmaHQ's rules are not beside this repository")


@cache
def plan_of(*rules: Path, level: str = "informational") -> Plan:
    """The plan for rule files or folders."""
    pack = read_pack(rules)
    assert pack.findings == []
    return plan(pack, target("duckdb"), level)


def pack_plan() -> Plan:
    """The plan for the pack."""
    return plan_of(ROOT / "sigma")


@contextmanager
def hunted(asked: Plan, *paths: Path, **options: object) -> Iterator[Report]:
    """The report of a hunt."""
    with hunt(asked, list(map(str, paths)), Options(**options)) as report:  # type: ignore[arg-type]
        yield report


def found(report: Report) -> list[tuple[str, str, int]]:
    """The hits as rule, file and number of the event, in order."""
    return sorted((hit.rule, Path(hit.origin).name, hit.position) for hit in report.hits())


def written(folder: Path, name: str, lines: Sequence[str | bytes]) -> Path:
    """A file of lines."""
    path = folder / name
    path.write_bytes(b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines))
    return path
