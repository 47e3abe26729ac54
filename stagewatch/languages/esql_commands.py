"""ES|QL's commands, each from rows to rows, by Elasticsearch's "ES|QL source commands" and "processing commands"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

from stagewatch.languages.base import Event, QueryError, Schema
from stagewatch.languages.esql_expressions import Expression, Expressions, Row
from stagewatch.languages.esql_syntax import Node, problem, source_at


@dataclass(frozen=True, slots=True)
class Line:
    """A row on its way, and the event it comes from: none once rows were brought together."""

    row: Row
    event: int | None


Lines = Iterable[Line]


def patterns(node: Node) -> list[str]:
    """The indices that FROM names ("FROM"): wildcards, and quotes around a name mean nothing."""
    if any(not isinstance(source, str) for source in node.sources) or node.kind != "from":
        raise QueryError(problem(node, "not run here: FROM with a subquery"))
    return [source.strip('"') for source in node.sources]


def tables(node: Node, schema: Schema) -> list[str]:
    """The tables of a schema that FROM reads."""
    found = [table for table in schema if any(fnmatchcase(table, pattern) for pattern in patterns(node))]
    missing = [one for one in patterns(node) if not any(fnmatchcase(table, one) for table in schema)]
    if missing and schema:
        raise QueryError(*(problem(node, f"no index matches {pattern}") for pattern in missing))
    return found


def lines_of(node: Node, events: Sequence[Event]) -> Iterator[Line]:
    """The documents that FROM reads. A field of one value is that value, one of no value is null."""
    names = patterns(node)
    for position, event in enumerate(events):
        if any(fnmatchcase(event.source, name) for name in names):
            meta = {"_index": event.source, "_id": str(position), "_version": 1}
            row = {column: _value(value) for column, value in event.record.items()}
            yield Line(row | {name: meta.get(name) for name in node.metadata}, position)


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return None if not value else value[0] if len(value) == 1 else tuple(value)
    return value


def now_of(events: Sequence[Event]) -> datetime:
    """What ``NOW()`` says: just after the latest event, so that nothing hangs on a clock."""
    latest = max((event.time for event in events), default=datetime.fromisoformat("1970-01-01T00:00:00+00:00"))
    return latest + timedelta(milliseconds=1)


class Commands:
    """Runs the commands of one query after its FROM."""

    def __init__(self, query: str, expressions: Expressions) -> None:
        self._query, self._expressions = query, expressions

    def run(self, command: Node, lines: Lines) -> Lines:
        """The rows after a command."""
        kind = type(command).__name__.removesuffix("Command")
        runners: Mapping[str, Callable[[Node, Lines], Lines]] = {
            "Where": self._where,
            "Eval": self._eval,
            "MvExpand": _expand,
            "Stats": self._stats,
            "Keep": _keep,
            "Drop": _drop,
            "Rename": _rename,
            "Sort": self._sort,
            "Limit": _limit,
        }
        if kind not in runners:
            raise QueryError(problem(command, f"not run here: {kind.upper()}"))
        return runners[kind](command, lines)

    def _where(self, command: Node, lines: Lines) -> Lines:
        """Page "WHERE": keeps rows for which the condition is true, not those for which it is null."""
        condition = self._expressions.expression(command.predicate)
        return [line for line in lines if condition(line.row) is True]

    def _eval(self, command: Node, lines: Lines) -> Lines:
        """Page "EVAL": a later column of the same command sees the earlier ones."""
        columns = [self._alias(assignment) for assignment in command.assignments]
        for name, expression in columns:
            lines = [Line({**line.row, name: expression(line.row)}, line.event) for line in lines]
        return lines

    def _alias(self, node: Node) -> tuple[str, Expression]:
        if type(node).__name__ != "Alias":
            raise QueryError(problem(node, "not run here: a column without a name of its own"))
        return node.name, self._expressions.expression(node.expr)

    def _stats(self, command: Node, lines: Lines) -> Lines:
        """Page "STATS": one row per group; null is a group, and of several values each is one."""
        if command.inline or command.aggregate_filters:
            raise QueryError(problem(command, "not run here: INLINE STATS and aggregates with WHERE"))
        aggregates = [self._aggregate(node) for node in command.aggregates]
        keys = [
            *(self._alias(alias) for alias in command.grouping_aliases),
            *((reference.name, self._expressions.expression(reference)) for reference in command.grouping_refs),
        ]
        groups: dict[tuple[Any, ...], list[Row]] = {} if keys else {(): []}
        for line in lines:
            for key in product(*(_each(expression(line.row)) for _, expression in keys)):
                groups.setdefault(key, []).append(line.row)
        names = [name for name, _ in keys]
        return [
            Line({name: total(rows) for name, total in aggregates} | dict(zip(names, key, strict=True)), None)
            for key, rows in groups.items()
        ]

    def _aggregate(self, node: Node) -> tuple[str, Callable[[list[Row]], Any]]:
        if type(node).__name__ != "Alias" or type(node.expr).__name__ != "FunctionCall":
            raise QueryError(problem(node, "not run here: an aggregate without a name, or in an expression"))
        call = node.expr
        if call.name == "count" and not call.args:
            return node.name, len
        if call.name not in AGGREGATES:
            raise QueryError(problem(call, f"not run here: {call.name.upper()}"))
        total, expression = AGGREGATES[call.name], self._expressions.expression(call.args[0])

        def result(rows: list[Row]) -> Any:
            return total([value for row in rows for value in _each(expression(row)) if value is not None])

        return node.name, result

    def _sort(self, command: Node, lines: Lines) -> Lines:
        """Page "SORT": upwards unless DESC; null is larger than all unless it is said to come first or last."""
        ordered = list(lines)
        for key in reversed(command.keys):
            if type(key.expr).__name__ != "ColumnRef":
                raise QueryError(problem(key, "not run here: SORT by an expression"))
            tail = source_at(self._query, key.expr)[len(key.expr.name) :]
            words = re.match(r"\s*(asc|desc)?\s*(nulls\s+(first|last))?\s*([,|]|$)", tail, re.IGNORECASE)
            if not words:
                raise QueryError(problem(key.expr, "SORT cannot be read"))
            down = (words[1] or "").lower() == "desc"
            nulls_first = words[3].lower() == "first" if words[3] else down
            name = key.expr.name
            there = [line for line in ordered if line.row.get(name) is not None]
            lacking = [line for line in ordered if line.row.get(name) is None]
            there.sort(key=lambda line, name=name: line.row[name], reverse=down)  # type: ignore[misc]
            ordered = lacking + there if nulls_first else there + lacking
        return ordered


def _each(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _least(values: list[Any]) -> Any:
    return min(values, default=None)


def _most(values: list[Any]) -> Any:
    return max(values, default=None)


# "ES|QL aggregation functions". COUNT_DISTINCT is approximate there and exact here.
AGGREGATES: Mapping[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "count_distinct": lambda values: len(set(values)),
    "max": _most,
    "min": _least,
    "sum": lambda values: sum(values) if values else None,
}


def _expand(command: Node, lines: Lines) -> Lines:
    """Page "MV_EXPAND": one row per value."""
    name = command.field
    return [Line({**line.row, name: value}, line.event) for line in lines for value in _each(line.row.get(name))]


def _keep(command: Node, lines: Lines) -> Lines:
    """Page "KEEP": names, and wildcards."""
    names = [*command.columns, *command.wildcards]
    return [_only(line, lambda column: any(fnmatchcase(column, name) for name in names)) for line in lines]


def _drop(command: Node, lines: Lines) -> Lines:
    """Page "DROP": names, and wildcards."""
    names = [*command.columns, *command.wildcards]
    return [_only(line, lambda column: not any(fnmatchcase(column, name) for name in names)) for line in lines]


def _only(line: Line, wanted: Callable[[str], bool]) -> Line:
    return Line({column: value for column, value in line.row.items() if wanted(column)}, line.event)


def _rename(command: Node, lines: Lines) -> Lines:
    """Page "RENAME": a column that had the new name is lost."""
    for old, new in command.renames:
        lines = [
            Line({**{c: v for c, v in line.row.items() if c != old}, new: line.row.get(old)}, line.event)
            for line in lines
        ]
    return lines


def _limit(command: Node, lines: Lines) -> Lines:
    """Page "LIMIT"."""
    if not isinstance(command.count, int) or command.by:
        raise QueryError(problem(command, "not run here: LIMIT BY"))
    return list(lines)[: command.count]
