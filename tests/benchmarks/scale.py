"""How a hunt on Spark grows with events and workers. Run as ``python tests/benchmarks/scale.py [--help]``.

Events are made on the cluster by Spark's ``range`` and ``hash``, the same each time: process starts and file creations
of Sysmon on 500 hosts, ten thousand command lines and a hundred thousand file names; one in 100,000 is a hit. They are
written as Parquet of the event table to a temporary folder, which is removed. Each figure is one run in a fresh
cluster, from the first path to the filled store; the start of the cluster is told apart.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from stagewatch.hunt.plan import plan  # noqa: E402
from stagewatch.hunt.run import Options, hunt  # noqa: E402
from stagewatch.hunt.spark import SparkEngine  # noqa: E402
from stagewatch.hunt.spark_session import session  # noqa: E402
from stagewatch.hunt.store import Store  # noqa: E402
from stagewatch.logs import Account  # noqa: E402
from stagewatch.pack import read_pack  # noqa: E402
from stagewatch.targets.duckdb import DuckdbTarget  # noqa: E402

EVENTS = r"""
SELECT TIMESTAMP_NTZ'2026-11-01 00:00:00' + make_dt_interval(0, 0, 0, id / 1000) AS event_time,
  'windows' AS product, IF(id % 3 = 0, 'process_creation', 'file_event') AS category, 'sysmon' AS service,
  'generated' AS origin, id AS position,
  concat('ws-', pmod(hash(id), 500), '.corp.example') AS Computer,
  concat('CORP\\user', pmod(hash(id, 1), 2000)) AS User,
  IF(id % 99999 = 0, 'C:\\Windows\\System32\\cmd.exe',
    concat('C:\\Program Files\\Vendor', pmod(hash(id, 2), 300), '\\app.exe')) AS Image,
  concat('C:\\Windows\\parent', pmod(hash(id, 3), 100), '.exe') AS ParentImage,
  CASE WHEN id % 3 <> 0 THEN NULL
    WHEN id % 99999 = 0 THEN 'cmd.exe /c copy C:\\Users\\a\\Documents\\*.docx C:\\ProgramData\\stage\\'
    ELSE concat('app.exe --task ', pmod(hash(id, 4), 10000), ' --home "C:\\Users\\user', pmod(hash(id, 5), 2000), '"')
    END AS CommandLine,
  IF(id % 3 = 0, NULL, concat('C:\\Users\\user', pmod(hash(id, 6), 2000), '\\AppData\\Local\\cache\\f',
    pmod(hash(id, 7), 100000), '.dat')) AS TargetFilename,
  IF(id % 3 = 0, 'app.exe', NULL) AS OriginalFileName
FROM range(0, {count}, 1, {parts})
"""


def master(workers: int) -> str:
    """A cluster on this machine of so many worker processes of one core each."""
    return f"local-cluster[{workers},1,2048]"


def generate(folder: Path, count: int) -> float:
    """Write the events; seconds."""
    with tempfile.TemporaryDirectory() as scratch:
        made, begun = session(master(2), Path(scratch)), time.monotonic()
        made.sql(EVENTS.format(count=count, parts=max(4, count // 1_000_000))).write.parquet(str(folder))
        made.stop()
        return time.monotonic() - begun


def hunted(folder: Path, workers: int) -> dict[str, float]:
    """Hunt once with the whole pack."""
    asked = plan(read_pack([ROOT / "sigma"]), DuckdbTarget())
    with tempfile.TemporaryDirectory() as scratch:
        store, account, begun = Store(asked, Path(scratch)), Account(), time.monotonic()
        engine = SparkEngine(asked, account, master(workers), None, None)
        started = time.monotonic()
        engine.run([str(folder)], store)
        ended = time.monotonic()
        engine.close()
        found = store.connection.execute("SELECT count(*) FROM found").fetchall()[0][0]
        store.close()
    return {"events": account.total, "found": found, "start_s": started - begun, "hunt_s": ended - started}


def here(folder: Path) -> dict[str, float]:
    """The same with DuckDB, which is one process with all cores."""
    begun = time.monotonic()
    with hunt(plan(read_pack([ROOT / "sigma"]), DuckdbTarget()), [str(folder)], Options()) as report:
        return {"events": report.account.total, "found": report.total, "hunt_s": time.monotonic() - begun}


def main() -> None:
    """Print one line of JSON for each run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 10_000_000, 100_000_000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    given = parser.parse_args()
    for count in given.events:
        with tempfile.TemporaryDirectory(prefix="stagewatch-scale-") as scratch:
            folder = Path(scratch) / "events"
            seconds = generate(folder, count)
            size = sum(path.stat().st_size for path in folder.iterdir())
            print(json.dumps({"generated": count, "seconds": round(seconds, 1), "bytes": size}), flush=True)
            print(json.dumps({"duckdb": {name: round(value, 1) for name, value in here(folder).items()}}), flush=True)
            for workers in given.workers:
                told = {name: round(value, 1) for name, value in hunted(folder, workers).items()}
                load = round(os.getloadavg()[0], 1)
                print(json.dumps({"workers": workers, **told, "load": load}), flush=True)


if __name__ == "__main__":
    main()
