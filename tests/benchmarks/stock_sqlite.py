"""The same rules one by one through pySigma's SQLite backend, as Zircolite runs its output.

    python -m tests.benchmarks.stock_sqlite RULES EVENTS.jsonl [--limit SECONDS]

The backend (``pysigma-backend-sqlite``, LGPL 3.0) is needed for this comparison only. What favours it is done: the
table is in memory and has no journal, columns are NOCASE so that no comparison needs a collation, the message text,
which no rule asks, is left out, compiled regular expressions are kept, and all queries are run once more with an index
on channel and event id. Prints one JSON object: wall and processor seconds of each step, and the hits of each rule; of
a correlation these are groups, since the backend tells a window and hunt a burst of windows. A query that is not done
after the limit is interrupted and named; its seconds count up to there.
"""

from __future__ import annotations

import argparse
import json
import re
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from sigma.backends.sqlite import sqliteBackend  # type: ignore[attr-defined]
from sigma.backends.sqlite.runtime import ensure_fields, execute_plan
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError
from sigma.pipelines.sysmon import sysmon_pipeline  # type: ignore[attr-defined]
from sigma.pipelines.windows import windows_logsource_pipeline  # type: ignore[attr-defined]

RENAMED = {"SourceName": "Provider_Name", "Hostname": "Computer"}
"""NXLog's names for what Sigma has names for."""

LEFT_OUT = frozenset({"Message"})
_ROWS = 50_000


@dataclass(slots=True)
class Round:
    """One run of all queries: hits by rule, and the rules that took too long or failed."""

    hits: dict[str, int] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)


def converted(rules: Path) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The rules as the backend's entries for Zircolite: query, fields needed, plan of a correlation. Beside them the
    files that it does not convert, each with the reason.

    Rules are converted one by one. A correlation needs those that it refers to, converted before it.
    """
    pipeline = sysmon_pipeline() + windows_logsource_pipeline()
    backend = sqliteBackend(pipeline, timestamp_field="UtcTime")  # type: ignore[no-untyped-call]
    plain: list[Path] = []
    joining: list[Path] = []
    for path in sorted(rules.rglob("*.yml")):
        if path.parent.name != "filters":
            (joining if "\ncorrelation:" in path.read_text(encoding="utf-8") else plain).append(path)
    entries: list[dict[str, Any]] = []
    refused: dict[str, str] = {}
    for path in plain:
        try:
            entries += json.loads(backend.convert(SigmaCollection.load_ruleset([path]), "zircolite"))
        except SigmaError as error:
            refused[path.stem] = str(error)[:200]
    if joining:
        together = json.loads(backend.convert(SigmaCollection.load_ruleset([*plain, *joining]), "zircolite"))
        entries += [entry for entry in together if "correlation_plan" in entry]
    return entries, refused


def load(connection: sqlite3.Connection, events: Path) -> int:
    """Fill the table ``logs`` with flat events, a column for every field; their number."""
    connection.execute("CREATE TABLE logs (EventID INTEGER, Channel TEXT COLLATE NOCASE)")
    known = {"eventid": "EventID", "channel": "Channel"}  # SQLite tells no columns apart by case
    total = 0
    with events.open("rb") as lines:
        while part := list(map(_row, islice(lines, _ROWS))):
            for name in dict.fromkeys(name for row in part for name in row):
                if known.setdefault(name.lower(), name) == name and name not in _columns(connection):
                    connection.execute(f'ALTER TABLE logs ADD COLUMN "{name}" TEXT COLLATE NOCASE')
            names = list(known.values())
            marks = ", ".join("?" * len(names))
            listed = ", ".join(f'"{name}"' for name in names)
            rows = ([row.get(name) for name in names] for row in part)
            connection.executemany(f"INSERT INTO logs ({listed}) VALUES ({marks})", rows)  # noqa: S608 - own names
            total += len(part)
    connection.commit()
    return total


def complete(connection: sqlite3.Connection, entries: list[dict[str, Any]]) -> None:
    """Give the table the columns that rules ask and no event has."""
    for entry in entries:
        ensure_fields(connection, {"logs": entry["required_fields"]})  # type: ignore[no-untyped-call]


def _columns(connection: sqlite3.Connection) -> set[str]:
    return {row[1] for row in connection.execute("PRAGMA table_info(logs)")}


def _row(line: bytes) -> dict[str, Any]:
    return {RENAMED.get(name, name): value for name, value in orjson.loads(line).items() if name not in LEFT_OUT}


def ask(connection: sqlite3.Connection, entries: list[dict[str, Any]], limit: float) -> Round:
    """Ask every rule of the table, one after another."""
    done = Round()
    for entry in entries:
        title = str(entry["title"])
        timer = threading.Timer(limit, connection.interrupt)
        timer.start()
        try:
            done.hits[title] = done.hits.get(title, 0) + sum(_hits(connection, entry))
        except sqlite3.Error as error:
            done.ended[title] = str(error)
        finally:
            timer.cancel()
    return done


def _hits(connection: sqlite3.Connection, entry: dict[str, Any]) -> Iterator[int]:
    if "correlation_plan" in entry:
        rows, _ = execute_plan(connection, entry["correlation_plan"])  # type: ignore[no-untyped-call]
        yield len({json.dumps(row["group_keys"], sort_keys=True) for row in rows})
        return
    for query in entry["rule"]:
        yield len(connection.execute(query).fetchall())


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _regexp(pattern: str, value: object) -> bool:
    return value is not None and _pattern(pattern).search(str(value)) is not None


def connected() -> sqlite3.Connection:
    """A database in memory with a function for regular expressions."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.create_function("REGEXP", 2, _regexp, deterministic=True)
    return connection


class _Watch:
    """Wall and processor seconds of each step."""

    def __init__(self) -> None:
        self.laps: dict[str, tuple[float, float]] = {}
        self._last = time.perf_counter(), time.process_time()

    def lap(self, name: str) -> None:
        now = time.perf_counter(), time.process_time()
        self.laps[name] = now[0] - self._last[0], now[1] - self._last[1]
        self._last = now


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rules", type=Path)
    parser.add_argument("events", type=Path)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds that one query may take")
    options = parser.parse_args()

    watch = _Watch()
    entries, refused = converted(options.rules)
    watch.lap("convert")
    connection = connected()
    count = load(connection, options.events)
    complete(connection, entries)
    watch.lap("load")
    plain = ask(connection, entries, options.limit)
    watch.lap("query")
    connection.execute("CREATE INDEX asked ON logs (Channel, EventID)")
    watch.lap("index")
    indexed = ask(connection, entries, options.limit)
    watch.lap("query, indexed")
    report = {
        "events": count,
        "rules": len(entries),
        "steps": watch.laps,
        "hits": plain.hits,
        "refused": refused,
        "ended": plain.ended,
        "ended_indexed": indexed.ended,
        "sqlite": sqlite3.sqlite_version,
    }
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main()
