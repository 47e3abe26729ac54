"""What a hunt on Spark reads: the event table as Parquet, other people's Parquet, and JSON lines, as one table.

Columns of the table: those of the house except ``position``, ``hunt_note`` (rows that tell what a worker read, see
:mod:`stagewatch.hunt.spark_rows`), and the fields asked for, each a text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial, reduce

from py4j.protocol import Py4JError  # type: ignore[import-untyped]  # it ships no types
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the name that PySpark's documentation uses
from pyspark.sql.types import StringType, StructField, StructType, TimestampNTZType

from stagewatch import expression as ex
from stagewatch.findings import UsageError, one_line
from stagewatch.hunt.plan import LogSource, Plan
from stagewatch.hunt.spark_rows import Wanted, plain, records, tell
from stagewatch.hunt.spark_sql import SEPARATOR, SparkRenderer, name
from stagewatch.hunt.store import WHOLE
from stagewatch.logs import EVENT_KEY, Account, Kind, State
from stagewatch.logs.account import FileAccount

TABLE = ("event_time", "product", "category", "service", "origin", "hunt_note")
_TOLD = frozenset(TABLE[:4])
"""The columns by which the event table is known."""

_PARQUET = (".parquet", ".parq")
_LINES = tuple(f".{kind}{packed}" for kind in ("json", "jsonl", "ndjson") for packed in ("", ".gz", ".bz2"))


@dataclass(frozen=True)
class Asked:
    """What is wanted of the events: ``columns`` as in :class:`store.Store`, and the events that take part."""

    columns: tuple[str, ...]
    sources: frozenset[LogSource]
    since: datetime | None
    until: datetime | None

    @classmethod
    def of(cls, plan: Plan, columns: tuple[str, ...], since: datetime | None, until: datetime | None) -> Asked:
        return cls(columns, plan.sources, since, until)

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(column for column in self.columns if column != WHOLE)

    @property
    def source(self) -> str:
        """The events of the log sources, in SQL."""
        if not all(self.sources):
            return "TRUE"
        return (
            SparkRenderer().expression(ex.disjunction(*(ex.conjunction(*source) for source in self.sources))) or "FALSE"
        )

    @property
    def span(self) -> str:
        """The events that are in time, in SQL."""
        bounds = ((">=", self.since), ("<=", self.until))
        said = [f"event_time {sign} TIMESTAMP_NTZ'{time:%Y-%m-%d %H:%M:%S.%f}'" for sign, time in bounds if time]
        return " AND ".join(said) or "TRUE"

    @property
    def plain(self) -> Wanted:
        """The same for workers."""
        sources = tuple(
            tuple((term.field, frozenset(glob.literal for glob in term.globs)) for term in source)
            for source in self.sources
        )
        fields = tuple(field.lower() for field in self.fields)
        return Wanted(sources, fields, SEPARATOR if WHOLE in self.columns else None, self.since, self.until)


class Input:
    """Reads paths and tells an account of them. ``dismissed`` counts events outside the time span."""

    def __init__(self, session: SparkSession, asked: Asked, account: Account) -> None:
        self._session, self._asked, self._account = session, asked, account
        self._files: dict[str, FileAccount] = {}
        self.dismissed = 0

    def table(self, paths: Sequence[str]) -> DataFrame | None:
        """All events that take part as one table; None where nothing can be read. Raises :class:`UsageError`."""
        parts = [part for path in paths for part in self._parts(path)]
        return reduce(DataFrame.unionByName, parts) if parts else None

    def tell(self, notes: Iterable[tuple[str, str]]) -> None:
        """Take in what workers noted: (file, note)."""
        for origin, note in notes:
            self.dismissed += tell(self._file(origin), json.loads(note))

    def finish(self) -> None:
        """Say of files that gave no event what they are."""
        for file in self._files.values():
            if not file.total and not file.problems:
                file.problem("no event in it", "the file", state=State.EMPTY)
            elif not file.total and file.state is State.READ:
                file.state = State.UNKNOWN

    def _file(self, path: str) -> FileAccount:
        if path not in self._files:
            self._files[path] = self._account.file(path)
        return self._files[path]

    def _parts(self, path: str) -> Iterator[DataFrame]:
        tables, lines = [], []
        for uri in self._listed(path):
            file, lowered = self._file(plain(uri)), uri.lower()
            if lowered.endswith(_PARQUET):
                tables.append(uri)
            elif lowered.endswith(_LINES):
                lines.append(uri)
            else:
                file.problem("neither Parquet nor JSON lines by its name", "the name", state=State.UNKNOWN)
        if lines:
            yield self._rows(self._session.read.text(lines).select(_ORIGIN, "value"))
        if tables:
            yield from self._tables(tables)

    def _listed(self, path: str) -> list[str]:
        """The files of a path, a folder or a pattern; their contents are not read."""
        try:
            reader = self._session.read.format("binaryFile").option("recursiveFileLookup", "true")
            return sorted(row.path for row in reader.load(path).select("path").collect())
        except PySparkException as error:
            raise UsageError(f"{path}: {_told(error)}") from error

    def _tables(self, files: list[str]) -> Iterator[DataFrame]:
        """A file that cannot be read is left out, and the rest is tried again."""
        while files:
            try:
                table = self._read(files)
                if {column.lower() for column in table.columns} >= _TOLD:
                    self._count(table)
                    yield self._own(table)
                else:
                    yield self._rows(table.select(_ORIGIN, F.to_json(F.struct("*")).alias("value")))
                return
            except (PySparkException, Py4JError) as error:
                bad = [file for file in files if file in str(error) or plain(file) in str(error)]
                if not bad:
                    raise
                files = [file for file in files if file not in bad]
                for file in bad:
                    self._file(plain(file)).problem("damaged Parquet", "the file", state=State.DAMAGED)

    def _read(self, files: list[str]) -> DataFrame:
        """Folders that are named ``column=value`` give a column, so that those not asked for are not read."""
        reader = self._session.read.option("mergeSchema", "true")
        first = next((part for part in files[0].split("/")[:-1] if "=" in part), None)
        if first is not None:
            reader = reader.option("basePath", files[0].split(f"/{first}/")[0])
        return reader.parquet(*files)

    def _count(self, table: DataFrame) -> None:
        """The account of an event table: a pass over four narrow columns."""
        late = F.sum(F.expr(f"CASE WHEN {self._asked.span} THEN 0 ELSE 1 END"))
        origin = F.col(_ORIGIN).alias("file")
        events = F.count("*")
        if EVENT_KEY in table.columns:
            events = F.expr(f"count_if({EVENT_KEY} IS NULL) + count(DISTINCT {EVENT_KEY})")
        counts = table.groupBy(origin, "product", "service", "category").agg(events, late).collect()
        for address, product, service, category, count, outside in counts:
            file = self._file(plain(address))
            file.format = "parquet"
            file.events[Kind(product, service, category)] += count
            self.dismissed += outside

    def _own(self, table: DataFrame) -> DataFrame:
        known = {column.lower(): column for column in table.columns}
        origin = F.col(_ORIGIN)
        columns = [
            F.col("event_time").cast(TimestampNTZType()).alias("event_time"),
            *(F.col(column).cast("string").alias(column) for column in TABLE[1:4]),
            (F.coalesce(F.col("origin"), origin) if "origin" in known else origin).alias("origin"),
            F.lit(None).cast("string").alias("hunt_note"),
        ]
        for field in self._asked.fields:
            value = F.col(name(known[field.lower()])) if field.lower() in known else F.lit(None)
            columns.append(value.cast("string").alias(field))
        if WHOLE in self._asked.columns:
            house = {*TABLE[:5], "position", EVENT_KEY}
            held = (F.col(name(column)).cast("string") for column in table.columns if column.lower() not in house)
            columns.append(F.concat_ws(SEPARATOR, *held).alias(WHOLE))
        return table.where(self._asked.source).where(self._asked.span).select(*columns)

    def _rows(self, lines: DataFrame) -> DataFrame:
        wanted = self._asked.plain
        names = (*TABLE, *self._asked.fields, *([WHOLE] if wanted.whole is not None else []))
        kinds = [TimestampNTZType(), *([StringType()] * (len(names) - 1))]
        schema = StructType([StructField(column, kind) for column, kind in zip(names, kinds, strict=True)])
        made = lines.rdd.mapPartitions(partial(records, wanted=wanted))
        return self._session.createDataFrame(made, schema, verifySchema=False)


_ORIGIN = "_metadata.file_path"


def _told(error: PySparkException) -> str:
    return one_line(str(error.getMessage() or error).split("SQLSTATE")[0].split("\n")[0])[:300]
