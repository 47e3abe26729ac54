"""SQL of DuckDB, on one table of events. DuckDB itself parses, binds and runs it: nothing here reads a query.

The database is in memory, and a query can reach no file and no network ("Securing DuckDB").
"""

# ruff: noqa: S608 - what is put in SQL are quoted names of a schema

from __future__ import annotations

import atexit
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from typing import Any, ClassVar

from stagewatch.languages.base import Event, Language, Problem, QueryError, Result, Schema, Value

TABLE, TIME, POSITION = "events", "event_time", "position"
"""The table, its column for an event's time, and the one that tells events apart."""

_LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)


class DuckdbSql(Language):
    """DuckDB's SQL."""

    name: ClassVar[str] = "SQL (DuckDB)"
    parser: ClassVar[str] = "vendor"
    engine: ClassVar[str] = "DuckDB"

    def versions(self) -> Mapping[str, str]:
        return {"duckdb": version("duckdb")}

    def parse(self, query: str) -> list[Problem]:
        """What DuckDB's parser has against it, and whether it is one SELECT."""
        duckdb = _duckdb()
        try:
            statements = duckdb.extract_statements(query)
        except duckdb.Error as error:
            return [_problem(error)]
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            return [Problem("a query is one SELECT statement")]
        return []

    def check(self, query: str, schema: Schema) -> list[Problem]:
        """What DuckDB's binder has against it: tables, columns, functions, types, regular expressions."""
        engine = _engine(json.dumps(schema[TABLE]))
        try:
            engine.execute(f"EXPLAIN {query}")
        except QueryError as error:
            return list(error.problems)
        return []

    def run(self, query: str, events: Sequence[Event], schema: Schema) -> Result:
        """Run a query; one that gives the column ``position`` is on single events."""
        if problems := self.parse(query):
            raise QueryError(*problems)
        engine = _engine(json.dumps(schema[TABLE]))
        engine.load(events)
        names, rows = engine.execute(query)
        if POSITION in names:
            return Result(events=frozenset(row[names.index(POSITION)] for row in rows))
        return Result(rows=tuple(dict(zip(names, map(_value, row), strict=True)) for row in rows))


class _Engine:
    """A database with the table of one schema, filled anew for each set of events."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        duckdb = _duckdb()
        self._error: type[Exception] = duckdb.Error
        self._columns = dict(columns)
        self._loaded: tuple[Event, ...] | None = None
        # Few rows: more threads take longer.
        self._database = duckdb.connect(config={"threads": 1, "enable_external_access": "false"})
        atexit.register(self._database.close)
        named = ", ".join(f"{_name(column)} {kind}" for column, kind in columns.items())
        self._database.execute(f"CREATE TABLE {TABLE} ({named})")
        self._database.execute("SET lock_configuration = true")

    def load(self, events: Sequence[Event]) -> None:
        """Make the table hold these events and nothing else."""
        wanted = tuple(events)
        if wanted == self._loaded:
            return
        self._loaded = None
        records = [self._record(position, event) for position, event in enumerate(wanted)]
        self.execute(f"DELETE FROM {TABLE}")
        if records:
            kinds = {name: self._columns[name] for record in records for name in record}
            rows = (
                f"SELECT unnest(from_json(?, '{json.dumps([kinds]).replace(chr(39), chr(39) * 2)}'), recursive := true)"
            )
            filled = [dict.fromkeys(kinds) | record for record in records]
            self.execute(f"INSERT INTO {TABLE} BY NAME {rows}", [json.dumps(filled)])
        self._loaded = wanted

    def _record(self, position: int, event: Event) -> dict[str, Any]:
        if event.source != TABLE:
            raise QueryError(Problem(f"the schema has no table {event.source}"))
        unknown = [name for name in event.record if name not in self._columns]
        if unknown:
            raise QueryError(Problem(f"the table {TABLE} has no column {unknown[0]}"))
        time = event.time.astimezone(UTC).replace(tzinfo=None).isoformat()
        return {**event.record, TIME: time, POSITION: position}

    def execute(self, sql: str, parameters: Sequence[str] = ()) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Column names and rows."""
        try:
            answer = self._database.execute(sql, parameters)
            return [name for name, *_ in answer.description or ()], answer.fetchall()
        except self._error as error:
            raise QueryError(_problem(error)) from error


@lru_cache(maxsize=8)
def _engine(columns: str) -> _Engine:
    return _Engine(json.loads(columns))


def _duckdb() -> Any:
    """The package, which only proofs need."""
    return import_module("duckdb")


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _problem(error: Exception) -> Problem:
    text = str(error)
    line = _LINE.search(text)
    return Problem(" ".join(text.partition("\n\nLINE ")[0].split()), int(line[1]) if line else None)


def _value(value: Any) -> Value:
    """Times in the table are in UTC."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return value.replace(tzinfo=UTC)
        case date() | timedelta():
            return str(value)
        case list():
            return [str(one) for one in value]
        case _:
            return str(value)


LANGUAGE = DuckdbSql()
