from __future__ import annotations

import shutil
import sqlite3
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from stagewatch.logs import Account, read
from stagewatch.pack import read_pack
from tests.benchmarks import hunt, rule_folders
from tests.benchmarks.convert import ROOT, Ended
from tests.benchmarks.curves import Point, each, exponent, last
from tests.benchmarks.evtx_files import CHUNK, HEADER, write_logs
from tests.benchmarks.processes import tree

DATASETS = ROOT.parent / "shared" / "datasets"
FOREIGN = ROOT.parent / "shared" / "foreign_rules"


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_exponent_is_that_of_the_power(power: float) -> None:
    points = [Point(count, 3 * count**power) for count in (10, 30, 100)]
    assert exponent(points) == pytest.approx(power)
    assert last(points[::-1]) == pytest.approx(power)


def test_one_more_costs_the_slope_whatever_the_fixed_costs() -> None:
    assert each([Point(count, 5 + 0.25 * count) for count in (1, 10, 100)]) == pytest.approx(0.25)


def test_one_count_is_no_curve() -> None:
    with pytest.raises(ValueError, match="two different counts"):
        exponent([Point(3, 1.0), Point(3, 2.0)])


def test_memory_is_that_of_all_processes_together() -> None:
    child = "import time; held = bytearray(60 << 20); time.sleep(1.5)"
    parent = f"import subprocess, sys; held = bytearray(60 << 20); subprocess.run([sys.executable, '-c', {child!r}])"
    run = tree([sys.executable, "-c", parent])
    assert 120 < run.mebibytes < 250
    assert 1.5 < run.seconds < 30


def test_a_command_that_fails_tells_why(tmp_path: Path) -> None:
    with pytest.raises(Ended, match="no such thing"):
        tree([sys.executable, "-c", "import sys; print('no such thing', file=sys.stderr); sys.exit(2)"])
    out = tmp_path / "out"
    tree([sys.executable, "-c", "import sys; print('found'); sys.exit(1)"], out)
    assert out.read_text() == "found\n"


@pytest.mark.skipif(not DATASETS.exists(), reason="the datasets are not beside the repository")
def test_logs_have_the_size_that_is_asked_and_are_read_whole(tmp_path: Path) -> None:
    written = write_logs(DATASETS, tmp_path, 25_000_000)
    files = sorted(tmp_path.iterdir())
    assert written == sum(path.stat().st_size for path in files) == 25_000_000 // CHUNK * CHUNK + len(files) * HEADER
    account = Account()
    assert sum(batch.count for batch in read([str(tmp_path)], account=account)) > 10_000
    assert not any(file.problems for file in account.files)


def test_logs_of_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no EVTX file"):
        write_logs(tmp_path, tmp_path / "out", CHUNK)


def test_the_pack_repeated_is_so_many_rules_that_all_load(tmp_path: Path) -> None:
    own = Counter(type(entry.rule).__name__ for entry in read_pack([ROOT / "sigma"]).rules)
    wanted = 2 * own.total()
    pack = read_pack([rule_folders.pack_repeated(ROOT / "sigma", tmp_path / "rules", wanted)])
    assert pack.findings == []
    assert len({entry.rule.id for entry in pack.rules}) == len({entry.source.stem for entry in pack.rules}) == wanted
    assert Counter(type(entry.rule).__name__ for entry in pack.rules) == Counter({k: 2 * n for k, n in own.items()})


@pytest.mark.skipif(not FOREIGN.exists(), reason="the foreign rules are not beside the repository")
def test_foreign_rules_are_so_many_and_too_few_are_said(tmp_path: Path) -> None:
    folder = rule_folders.foreign(FOREIGN, tmp_path / "hundred", 100)
    assert len(list(folder.iterdir())) == 100
    with pytest.raises(ValueError, match="are wanted"):
        rule_folders.foreign(FOREIGN, tmp_path / "many", 100_000)


@pytest.mark.skipif(find_spec("sigma.backends.sqlite") is None, reason="pysigma-backend-sqlite is not installed")
def test_the_stock_backend_finds_what_must_be_found(tmp_path: Path) -> None:
    from tests.benchmarks import stock_sqlite
    from tests.benchmarks.events import write

    write(tmp_path / "events.jsonl", 20_000)
    entries, refused = stock_sqlite.converted(ROOT / "sigma")
    assert refused == {}
    assert len(entries) == len(read_pack([ROOT / "sigma"]).rules)
    connection = stock_sqlite.connected()
    assert stock_sqlite.load(connection, tmp_path / "events.jsonl") == 20_000
    stock_sqlite.complete(connection, entries)
    done = stock_sqlite.ask(connection, entries, limit=60)
    assert done.ended == {}
    assert sum(done.hits.values()) >= 8
    assert connection.execute("SELECT count(DISTINCT Computer) FROM logs").fetchone()[0] > 150


@pytest.mark.skipif(find_spec("sigma.backends.sqlite") is None, reason="pysigma-backend-sqlite is not installed")
def test_a_stock_query_over_the_limit_is_named_and_the_others_are_asked() -> None:
    from tests.benchmarks import stock_sqlite

    connection = sqlite3.connect(":memory:", check_same_thread=False)
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    entries = [{"title": "endless", "rule": [endless]}, {"title": "quick", "rule": ["SELECT 1"]}]
    done = stock_sqlite.ask(connection, entries, limit=0.2)
    assert done.ended == {"endless": "interrupted"}
    assert done.hits == {"quick": 1}


def test_a_section_that_fails_ends_the_run_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = hunt.main(
        ["--only", "rules", "--foreign", str(tmp_path), "--events", "200", "--scratch", str(tmp_path / "s")]
    )
    shutil.rmtree(tmp_path / "s")
    assert isinstance(said, str)
    assert said.startswith("rules: ")
    assert "duckdb" in capsys.readouterr().out
