"""The event table as Parquet: written from a read, batch by batch, and read again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from stagewatch.logs.batch import Batch
from stagewatch.logs.engine import connected
from stagewatch.logs.sqltext import literal, quoted
from stagewatch.logs.values import HOUSE, Row

_PART_ROWS = 200_000
_PART_BYTES = 256 << 20
_GROUP_CELLS = 8_000_000
_TYPES = {"event_time": "TIMESTAMP", "position": "BIGINT"}


def write_parquet(batches: Iterable[Batch], path: Path) -> list[Path]:
    """Write the batches as they come; the files written.

    To a path that ends in ``.parquet`` it is one file with all columns seen; else a folder of parts, each with its own
    columns: ``read_parquet('DIR/*.parquet', union_by_name = true)`` is the event table. Raises :class:`OSError`.
    """
    import duckdb

    single = path.suffix == ".parquet"
    (path.parent if single else path).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".stagewatch-", dir=path.parent if single else path) as scratch:
        folder = Path(scratch) if single else path
        try:
            with connected(Path(scratch)) as connection:
                writer = _Writer(connection, folder, Path(scratch))
                for batch in batches:
                    writer.add(batch)
                writer.flush()
                if not writer.parts:
                    writer.empty()
                if not single:
                    return writer.parts
                if len(writer.parts) == 1:
                    return [writer.parts[0].replace(path)]
                files = "[" + ", ".join(literal(str(part)) for part in writer.parts) + "]"
                whole = Path(scratch) / "whole.parquet"
                _copy(connection, f"SELECT * FROM read_parquet({files}, union_by_name = true)", whole)  # noqa: S608
                return [whole.replace(path)]
        except duckdb.IOException as error:
            raise OSError(f"{path}: {error}") from error


class _Writer:
    def __init__(self, connection: Any, folder: Path, scratch: Path) -> None:
        self._connection, self._folder, self._scratch = connection, folder, scratch
        self.parts: list[Path] = []
        self._names: dict[str, str] = {}  # folded -> the spelling seen first: columns that differ by case are one
        self._rows = self._bytes = self._longest = 0
        self._seen: set[str] = set()
        self._file: Any = None

    def add(self, batch: Batch) -> None:
        """Take a batch in; rows are gathered to parts of a good size."""
        if batch.query is not None:
            self.flush()
            self._query(batch, batch.query)
            return
        if self._file is None:
            self._file = (self._scratch / "rows.jsonl").open("wb")
        for row in batch.held:
            line = orjson.dumps(self._folded(row), option=orjson.OPT_APPEND_NEWLINE)
            self._bytes += len(line)
            self._longest = max(self._longest, len(line))
            self._file.write(line)
        self._rows += batch.count
        if self._rows >= _PART_ROWS or self._bytes >= _PART_BYTES:
            self.flush()

    def _query(self, batch: Batch, query: str) -> None:
        import duckdb

        part = self._next()
        try:
            if batch.first is not None:  # written in parallel, and numbered in order all the same
                self._connection.execute(f"CREATE OR REPLACE TEMP TABLE numbered AS {query}")
                query = f"SELECT *, rowid + {batch.first} AS position FROM numbered"  # noqa: S608
            _copy(self._connection, query, part)
            self._connection.execute("DROP TABLE IF EXISTS numbered")
        except duckdb.Error as error:
            self.parts.remove(part)
            part.unlink(missing_ok=True)
            if isinstance(error, duckdb.IOException) and "No space left" in str(error):
                raise
            batch.failed(error)

    def _folded(self, row: Row) -> Row:
        if row.keys() <= self._seen:
            return row
        folded: Row = {}
        for name, value in row.items():
            ours = self._names.setdefault(name.lower(), name)
            if ours == name:
                self._seen.add(name)
            if ours not in folded or ours == name:
                folded[ours] = value
        return folded

    def flush(self) -> None:
        """Write the rows gathered so far as a part."""
        if self._file is None:
            return
        self._file.close()
        self._file = None
        names = list(dict.fromkeys((*HOUSE, *sorted(self._seen))))
        columns = ", ".join(f"{literal(name)}: '{_TYPES.get(name, 'VARCHAR')}'" for name in names)
        source = literal(str(self._scratch / "rows.jsonl"))
        _copy(
            self._connection,
            f"SELECT * FROM read_json({source}, format='newline_delimited', auto_detect=false, columns={{{columns}}}, "  # noqa: S608
            f"maximum_object_size={max(16 << 20, 2 * self._longest)})",
            self._next(),
        )
        (self._scratch / "rows.jsonl").unlink()
        self._rows = self._bytes = self._longest = 0
        self._seen.clear()

    def empty(self) -> None:
        """A part without rows, so that no event at all is still a table."""
        columns = ", ".join(f"NULL::{_TYPES.get(name, 'VARCHAR')} AS {quoted(name)}" for name in HOUSE)
        _copy(self._connection, f"SELECT {columns} LIMIT 0", self._next())

    def _next(self) -> Path:
        part = self._folder / f"part-{len(self.parts):05}.parquet"
        self.parts.append(part)
        return part


def _copy(connection: Any, query: str, path: Path) -> None:
    """Row groups as long as memory has room for their columns, of which there may be many hundreds."""
    width = len(connection.execute(f"SELECT * FROM ({query}) LIMIT 0").description)  # noqa: S608
    rows = max(2048, min(122_880, _GROUP_CELLS // width) // 2048 * 2048)
    options = f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {rows}"
    connection.execute(f"COPY ({query}) TO {literal(str(path))} ({options})")
