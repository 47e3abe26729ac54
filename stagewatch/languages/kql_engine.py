"""Runs KQL on DuckDB by ``duckdb-kql``, whose author has compared it with Microsoft's emulator of Kusto."""

# ruff: noqa: S608 - what is put in SQL are quoted names of a schema, and SQL, for tables in memory

from __future__ import annotations

import atexit
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from typing import Any

from stagewatch.languages.base import Event, Problem, QueryError, Schema, Value
from stagewatch.languages.kql_functions import define, duckdb_kql

POSITION = "_position"

TYPES: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "bool": ("BOOLEAN", (bool,)),
    "datetime": ("TIMESTAMP", (datetime, str)),
    "decimal": ("DECIMAL(34, 10)", (int, float, str)),
    "dynamic": ("JSON", (list, str, int, float, bool)),
    "guid": ("UUID", (str,)),
    "int": ("INTEGER", (int,)),
    "long": ("BIGINT", (int,)),
    "real": ("DOUBLE", (int, float)),
    "string": ("VARCHAR", (str,)),
    "timespan": ("INTERVAL", (str,)),
}
"""``scalar-data-types/index.md`` -> the type that duckdb-kql takes it to be, and what an event may hold."""

_LACKING = {"string": ""}
"""``null-values.md``: a string is never null."""

TIME_COLUMNS = ("Timestamp", "TimeGenerated")
"""Where a record that does not say its time has it from its event."""

WITHOUT_EVENTS = datetime(2000, 1, 1, tzinfo=UTC)
"""What the time is where there are no events."""


def versions() -> dict[str, str]:
    """What runs queries, and the version of each."""
    return {name: version(name) for name in ("duckdb-kql", "duckdb")}


class Engine:
    """A database with the tables of one schema, filled anew for each set of events.

    Each table is there twice: in the schema ``events`` with its column ``_position``, in ``rows`` without it.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = {table: dict(columns) for table, columns in schema.items()}
        self._kql = duckdb_kql()
        self._database = self._kql.connect(config={"threads": 1})  # few rows: more threads take longer
        atexit.register(self._database.close)  # open at the end of the interpreter, it complains on standard error
        self._error: type[Exception] = import_module("duckdb").Error
        self._loaded: tuple[Event, ...] = ()
        self._filled: set[str] = set()
        self._translated = lru_cache(maxsize=1024)(self._translate)
        self._create()

    def _create(self) -> None:
        run = self._database.execute
        run("CREATE SCHEMA events")
        run("CREATE SCHEMA rows")
        for table, columns in self._schema.items():
            named = ", ".join(f"{_name(column)} {_definition(kind)}" for column, kind in columns.items())
            run(f"CREATE TABLE events.{_name(table)} ({named}, {POSITION} BIGINT)")
            run(f"CREATE VIEW rows.{_name(table)} AS SELECT * EXCLUDE ({POSITION}) FROM events.{_name(table)}")
        define(self._database)

    def load(self, events: Sequence[Event]) -> None:
        """Make the tables hold these events and nothing else."""
        wanted = tuple(events)
        if wanted == self._loaded:
            return
        self._loaded = ()
        records: dict[str, list[dict[str, Any]]] = {}
        for position, event in enumerate(wanted):
            records.setdefault(event.source, []).append(self._record(position, event))
        for table in self._filled:
            self._database.execute(f"DELETE FROM events.{_name(table)}")
        self._filled = set(records)
        for table, found in records.items():
            try:
                self._database.execute(*self._insertion(table, found))
            except self._error as error:
                raise _refused(error, f"the records of {table}: ") from error
        self._loaded = wanted

    def positions(self, query: str) -> frozenset[int]:
        """The events that a query gives which keeps their column ``_position``."""
        return frozenset(row[POSITION] for row in self._fetch(query, "events"))

    def rows(self, query: str) -> tuple[Mapping[str, Value], ...]:
        """What any query gives."""
        return tuple(self._fetch(query, "rows"))

    def _fetch(self, query: str, schema: str) -> list[dict[str, Any]]:
        sql, parameters = self._translated(query, schema, self._now(query))
        try:
            self._database.execute(f"SET schema = '{schema}'")
            answer = self._database.execute(sql, parameters)
            columns = [(name, str(kind)) for name, kind, *_ in answer.description]
            found = answer.fetchall()
        except self._error as error:
            raise _refused(error) from error
        return [{name: _value(value, kind) for (name, kind), value in zip(columns, row, strict=True)} for row in found]

    def _now(self, query: str) -> datetime | None:
        """A second after the last event, for queries that ask for the time."""
        if "now" not in query and "ago" not in query:
            return None
        last = max((event.time for event in self._loaded), default=WITHOUT_EVENTS)
        return last + timedelta(seconds=1)

    def _translate(self, query: str, schema: str, now: datetime | None) -> tuple[str, dict[str, Any] | None]:
        """A query in SQL, and its parameters."""
        hidden = [POSITION] if schema == "events" else []
        tables = {table: [*columns, *hidden] for table, columns in self._schema.items()}
        try:
            sql = self._kql.to_sql(query, schema=tables, query_now=now)
        except self._kql.KqlError as error:
            raise _refused(error, "duckdb-kql: ") from error
        return str(sql), sql.parameters or None

    def _record(self, position: int, event: Event) -> dict[str, Any]:
        columns = self._schema.get(event.source)
        if columns is None:
            raise QueryError(Problem(f"the schema has no table {event.source}"))
        record: dict[str, Any] = {name: _plain(event.time) for name in TIME_COLUMNS if name in columns}
        for name, value in event.record.items():
            if name not in columns:
                raise QueryError(Problem(f"the table {event.source} has no column {name}"))
            allowed = TYPES[columns[name]][1]
            if value is not None and (not isinstance(value, allowed) or isinstance(value, bool) > (bool in allowed)):
                raise QueryError(Problem(f"{event.source}.{name} holds a {columns[name]}, which {value!r} is not"))
            record[name] = _dynamic(value) if columns[name] == "dynamic" else _plain(value)
        return {**record, POSITION: position}

    def _insertion(self, table: str, records: Sequence[Mapping[str, Any]]) -> tuple[str, list[str]]:
        """A statement, and its parameter: what the records say, as JSON."""
        columns = {**self._schema[table], POSITION: "long"}
        named = {name: columns[name] for record in records for name in record}
        lacking = {name: _LACKING.get(kind) for name, kind in named.items()}
        structure = _text(json.dumps([{name: TYPES[kind][0] for name, kind in named.items()}]))
        names = ", ".join(map(_name, named))
        values = ", ".join(f"r.{_name(name)}" for name in named)
        found = [lacking | {name: value for name, value in record.items() if value is not None} for record in records]
        rows = f"SELECT {values} FROM (SELECT unnest(from_json_strict(?, {structure})) AS r)"
        return f"INSERT INTO events.{_name(table)} ({names}) {rows}", [json.dumps(found)]


def _definition(kind: str) -> str:
    return f"{TYPES[kind][0]} DEFAULT ''" if kind in _LACKING else TYPES[kind][0]


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _plain(value: Value) -> Any:
    """As JSON holds it. Kusto's times are in UTC (``scalar-data-types/datetime.md``)."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() if isinstance(value, datetime) else value


def _dynamic(value: Value) -> Any:
    """``scalar-data-types/dynamic.md``: text that is JSON is held as what it says, other text as a string."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _value(value: Any, kind: str) -> Value:
    """What a row holds, as it is given to others."""
    if kind == "JSON" and value is not None:
        value = json.loads(value)
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return value.replace(tzinfo=UTC)
        case Decimal():
            return float(value)
        case list():
            return [one if isinstance(one, str) else json.dumps(one) for one in value]
        case dict():
            return json.dumps(value)
        case _:
            return str(value)


def _refused(error: Exception, prefix: str = "") -> QueryError:
    return QueryError(Problem(f"{prefix}{' '.join(str(error).split())}"))
