"""Large files of one event a line, in the raw and the flat shape: by DuckDB, without an object per event in Python.

A first pass finds the kinds and the lines that are no whole event of the shape (they go the slow way, so nothing is
lost); the query that is left makes the rows: those of :mod:`stagewatch.logs.windows`, which a test holds it to.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stagewatch.logs.documents import loads
from stagewatch.logs.engine import connected
from stagewatch.logs.kinds import Kind, windows_kind
from stagewatch.logs.selection import Selection
from stagewatch.logs.sqltext import (
    CHANNEL,
    FIRST_FRAME,
    FRAME,
    ID,
    KEYS,
    PROVIDER,
    START,
    TAKEN,
    TYPE,
    Key,
    Spellings,
    category_case,
    fields_of,
    literal,
    needed,
    quoted,
    structure,
)
from stagewatch.logs.values import column
from stagewatch.logs.windows import FLAT_LEFT_OUT, SPELT_BOTH_WAYS

MIN_SIZE = 4 << 20
"""Below this a file is read sooner than the passes are planned."""

SHAPES = frozenset({"raw", "nxlog"})
_MAX_FIELDS = 1500
_MAX_LEFT = 100_000
_SAMPLES, _SAMPLE_SIZE = 128, 64 << 10


@dataclass(frozen=True, slots=True)
class Plan:
    """How to read one file: the query and how many rows it gives, all kinds in the file, and the lines that it leaves.

    Lines are counted from 1, without blank ones. Without a query no event of the file is wanted.
    """

    query: str | None
    count: int
    kinds: Counter[Kind]
    left: frozenset[int]


def plan(path: Path, shape: str, origin: str, scratch: Path, selection: Selection) -> Plan | None:
    """The plan for a file, or None where it has to go the slow way."""
    import duckdb

    try:
        with connected(scratch) as connection:
            return _plan(connection, path, shape, origin, scratch, selection)
    except duckdb.Error:  # lines of more than 16 MiB, bytes that are not UTF-8: the slow way tells what and where
        return None


def _plan(connection: Any, path: Path, shape: str, origin: str, scratch: Path, selection: Selection) -> Plan | None:
    listed = selection.fields is None
    keys = KEYS[shape] if listed else "NULL"
    groups = connection.execute(
        f"SELECT {PROVIDER}, {CHANNEL}, {ID}, {TYPE}, {TAKEN}, {keys} AS keys, count(*) AS n "  # noqa: S608
        f"FROM (SELECT *, {FIRST_FRAME[shape]} FROM {_lines(path, shape)}) GROUP BY ALL ORDER BY n DESC"
    ).fetchall()
    kinds: Counter[Kind] = Counter()
    named: dict[Key, Kind] = {}
    others = 0
    names: set[str] = set()
    for provider, channel, event_id, event_type, taken, group_keys, number in groups:
        if taken:
            names.update(group_keys or ())
            kind = windows_kind(provider, channel, event_id, event_type)
            kinds[kind] += number
            named[provider, channel, event_id, event_type] = kind
        else:
            others += number
    if not kinds or others >= min(_MAX_LEFT, kinds.total()):
        return None
    left = _untaken(connection, path, shape) if others else frozenset()
    if not listed:
        names = _spelt(needed(shape, selection.fields or frozenset()), _sampled(path, shape))
    elif shape == "nxlog":  # its writers put the fields in no order, so that they are not told by groups
        names.update(_names(connection, path))
    names = {name for name in names if _is_field(shape, name)}
    if len(names) > _MAX_FIELDS or "" in names:
        return None
    spellings, path = _one_spelling(names, path, scratch)
    count = sum(number for kind, number in kinds.items() if selection.keeps(kind))
    if not count:
        return Plan(None, 0, kinds, left)
    query = _query(path, shape, spellings, named, origin, left, selection)
    connection.execute(f"SELECT * FROM ({query}) LIMIT 0")  # noqa: S608  what does not bind goes the slow way
    return Plan(query, count, kinds, left)


def _untaken(connection: Any, path: Path, shape: str) -> frozenset[int]:
    """The lines that are no whole event. Numbering them takes one thread, so that it is done where there are some."""
    answer = connection.execute(
        f"SELECT n FROM (SELECT *, row_number() OVER () AS n, {FIRST_FRAME[shape]} FROM {_lines(path, shape)}) "  # noqa: S608
        f"WHERE NOT {TAKEN}"
    )
    return frozenset(number for (number,) in answer.fetchall())


def _is_field(shape: str, name: str) -> bool:
    if shape == "nxlog":
        return name not in FLAT_LEFT_OUT
    return not name.startswith(("#", "@")) and not name.endswith("_attributes")


def _names(connection: Any, path: Path) -> list[str]:
    source = f"read_ndjson_objects({literal(str(path))}, ignore_errors=true, compression='none')"
    return [name for (name,) in connection.execute(f"SELECT DISTINCT unnest(json_keys(json)) FROM {source}").fetchall()]  # noqa: S608


def _sampled(path: Path, shape: str) -> set[str]:
    """The names of fields in lines from all over the file."""
    size = path.stat().st_size
    names: set[str] = set()
    with path.open("rb") as file:
        for start in range(0, size, max(size // _SAMPLES, _SAMPLE_SIZE)):
            file.seek(start)
            for line in file.read(_SAMPLE_SIZE).split(b"\n")[1 if start else 0 : -1]:
                document = loads(line)
                if shape == "raw" and isinstance(document, dict):
                    event = document.get("Event")
                    document = event.get("EventData") if isinstance(event, dict) else None
                if isinstance(document, dict):
                    names.update(document)
    return names


def _spelt(wanted: Iterable[str], there: Iterable[str]) -> set[str]:
    """The names wanted as the file spells them, in each of its spellings; as the caller does where it shows none."""
    spelt: dict[str, set[str]] = {}
    for name in there:
        spelt.setdefault(name.lower(), set()).add(name)
    names: set[str] = set()
    ours = {name.lower(): name for name in sorted(wanted, reverse=True)}
    for folded, name in ours.items():
        names.update(spelt.get(folded, {name}), SPELT_BOTH_WAYS.get(folded, ()))
    return names


def _lines(path: Path, shape: str, names: Iterable[str] | None = None) -> str:
    """The lines as columns of the shape; without names those of the frame only."""
    return (
        f"read_json({literal(str(path))}, format='newline_delimited', auto_detect=false, ignore_errors=true, "
        f"compression='none', columns={{{structure(shape, names)}}})"
    )


def _one_spelling(names: set[str], path: Path, scratch: Path) -> tuple[Spellings, Path]:
    """Fields whose names differ by case, which columns cannot, and the file with names that differ otherwise too.

    A quoted name before a colon is a key wherever it stands: within a string the quote would be escaped.
    """
    spellings: Spellings = {}
    renamed: list[tuple[bytes, bytes]] = []
    ours: dict[str, str] = {}
    for name in sorted(names):
        first = ours.setdefault(name.lower(), name)
        others = spellings.setdefault(first, [])
        if first != name:
            others.append(f"{first}_{len(others) + 2}")
            renamed.append((json.dumps(name).encode(), json.dumps(others[-1]).encode()))
    if not renamed:
        return spellings, path
    copy = scratch / "spelt.jsonl"
    with path.open("rb") as source, copy.open("wb") as target:
        while lines := b"".join(source.readlines(8 << 20)):
            for name_bytes, other in renamed:
                for colon in (b":", b" :"):
                    lines = lines.replace(name_bytes + colon, other + colon)
            target.write(lines)
    return spellings, copy


def _query(
    path: Path,
    shape: str,
    spellings: Spellings,
    kinds: dict[Key, Kind],
    origin: str,
    left: frozenset[int],
    selection: Selection,
) -> str:
    fields = fields_of(shape, spellings)
    starts = category_case(kinds, lambda kind: "true" if kind[1:] == ("security", "process_creation") else None)
    if starts != "NULL":
        fields.add_process_names(START)
    columns = [
        f"{expression} AS {quoted(column(name))}"
        for name, expression in fields.columns.items()
        if selection.has(name) or selection.has(column(name))
    ]
    house = [
        f"{fields.time} AS event_time",
        f"{_part(kinds, lambda kind: kind.product)} AS product",
        f"{_part(kinds, lambda kind: kind.category)} AS category",
        f"{_part(kinds, lambda kind: kind.service)} AS service",
        f"{literal(origin)}::VARCHAR AS origin",
    ]
    every = [name for first, others in spellings.items() for name in (first, *others)]
    lines = _lines(path, shape, every)
    if left:
        numbers = ", ".join(map(str, sorted(left)))
        lines = f"(SELECT * FROM (SELECT *, row_number() OVER () AS n FROM {lines}) WHERE n NOT IN ({numbers}))"  # noqa: S608
    taken = f"SELECT *, coalesce({starts}, false) AS {START} FROM (SELECT *, {FRAME[shape]} FROM {lines})"  # noqa: S608
    wanted = category_case(kinds, lambda kind: "true" if selection.keeps(kind) else "false")
    where = "" if wanted == "true" else f" WHERE {wanted}"
    return "SELECT " + ",\n  ".join(house + columns) + f"\nFROM ({taken}{where})"


def _part(kinds: dict[Key, Kind], part: Callable[[Kind], str | None]) -> str:
    return f"{category_case(kinds, lambda kind: literal(part(kind)))}::VARCHAR"
