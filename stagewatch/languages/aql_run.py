"""Evaluation of an AQL query, rule by rule as IBM documents it; what IBM leaves open is in :mod:`.aql`."""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

from stagewatch.languages import regexes
from stagewatch.languages.aql_check import TABLE, Scope, find, is_aggregate, is_grouped, label, table_scope
from stagewatch.languages.aql_tree import (
    Bool,
    Call,
    Compare,
    Condition,
    Filter,
    If,
    In,
    IsNull,
    Item,
    Like,
    Literal,
    Name,
    Search,
    Value,
)
from stagewatch.languages.base import Event, Problem, QueryError, Result, Schema
from stagewatch.languages.base import Value as Data
from stagewatch.languages.wildcards import Part, Wildcard, matches

Record = Mapping[str, Data]

OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

TICK = timedelta(milliseconds=1)
"""The search runs this long after the latest event that it is given."""


@dataclass(frozen=True)
class Row:
    """One row on its way through a search, and the event it comes from."""

    record: Record
    position: int = -1


def run(query: Search | Filter, events: Sequence[Event], schema: Schema) -> Result:
    """The answer of a query that has no problems. Raises :class:`QueryError` where two readings would differ."""
    scope = table_scope(schema)
    if isinstance(query, Filter):
        evaluator = Evaluator(scope)
        rows = [row for row in _table(events, None) if evaluator.condition(query.condition, row.record)]
        return Result(events=frozenset(row.position for row in rows))
    rows, _ = _search(query, events, scope)
    if _answers_rows(query):
        return Result(rows=tuple(row.record for row in rows))
    return Result(events=frozenset(row.position for row in rows))


def _answers_rows(search: Search) -> bool:
    return is_grouped(search) or (isinstance(search.source, Search) and _answers_rows(search.source))


def _table(events: Sequence[Event], seconds: int | None) -> list[Row]:
    """The events in the time window ("AQL Query structure": LAST)."""
    if not events:
        return []
    now = max(event.time for event in events) + TICK
    start = now - timedelta(seconds=seconds) if seconds is not None else None
    return [
        Row(event.record, position)
        for position, event in enumerate(events)
        if event.source == TABLE and (start is None or event.time > start)
    ]


def _search(search: Search, events: Sequence[Event], table: Scope, *, shown: bool = True) -> tuple[list[Row], Scope]:
    scope = table
    if isinstance(search.source, Search):
        rows, scope = _search(search.source, events, table, shown=False)
    else:
        rows = _table(events, search.seconds)
    evaluator = Evaluator(scope)
    where = search.where
    rows = [row for row in rows if where is None or evaluator.condition(where, row.record)]
    columns = dict.fromkeys(map(label, search.items), "")
    if is_grouped(search):
        rows = [Row(record) for record in _groups(search, rows, evaluator)]
        having, outer = search.having, Evaluator(columns)
        return [row for row in rows if having is None or outer.condition(having, row.record)], columns
    if shown:
        # what the columns of the answer hold (names of log sources and the like) is not asked for
        return rows, columns
    return [Row(_project(search.items, row.record, evaluator), row.position) for row in rows], columns


def _project(items: Iterable[Item], record: Record, evaluator: Evaluator) -> Record:
    return {label(item): evaluator.value(item.value, record) for item in items}


def _groups(search: Search, rows: Sequence[Row], evaluator: Evaluator) -> Iterable[Record]:
    """One record per group ("GROUP BY clause"). NULL is a group like any other, as in SQL."""
    plain = [item for item in search.items if not is_aggregate(item.value)]
    groups: dict[tuple[Data, ...], list[Record]] = defaultdict(list)
    if not search.group:
        groups[()] = []
    for row in rows:
        aliases = {**row.record, **_project(plain, row.record, evaluator)}
        scope = dict.fromkeys([*map(label, plain), *evaluator.scope], "")
        groups[tuple(aliases.get(find(scope, name) or "") for name in search.group)].append(row.record)
    for members in groups.values():
        record: dict[str, Data] = {}
        for item in search.items:
            if isinstance(item.value, Call) and is_aggregate(item.value):
                record[label(item)] = _aggregate(item.value, members, evaluator)
            else:
                record[label(item)] = evaluator.value(item.value, members[0])
        yield record


def _aggregate(call: Call, members: Sequence[Record], evaluator: Evaluator) -> Data:
    """ "AQL data aggregation functions". NULL does not count, as in SQL."""
    if call.star:
        return len(members)
    values: list[Any] = [evaluator.value(call.arguments[0], member) for member in members]
    values = [value for value in values if value is not None]
    if call.function == "COUNT":
        return len(values)
    if call.function == "UNIQUECOUNT":
        return len(set(values))
    if not values:
        return None
    if call.function == "AVG":
        return float(sum(values)) / len(values)
    if call.function == "SUM":
        return int(sum(values))
    smallest: Data = min(values)
    largest: Data = max(values)
    return smallest if call.function == "MIN" else largest


@dataclass(frozen=True)
class Evaluator:
    """Values and conditions over one record. A condition is true, false or None, as in SQL."""

    scope: Scope

    def value(self, value: Value, record: Record) -> Data:
        if isinstance(value, Literal):
            return value.value
        if isinstance(value, Name):
            return record.get(find(self.scope, value) or "")
        if isinstance(value, If):
            return self.value(value.yes if self.condition(value.condition, record) else value.no, record)
        (argument,) = [self.value(argument, record) for argument in value.arguments]
        if value.function not in {"LOWER", "UPPER", "UTF8"}:
            raise QueryError(Problem(f"{value.function} asks the deployment", value.line, value.column))
        if argument is None:
            return None
        text = str(argument)
        return {"LOWER": text.lower(), "UPPER": text.upper(), "UTF8": text}[value.function]

    def condition(self, condition: Condition, record: Record) -> bool | None:
        if isinstance(condition, Bool):
            return self._bool(condition, record)
        if isinstance(condition, IsNull):
            return (self.value(condition.operand, record) is None) != condition.negated
        if isinstance(condition, Compare):
            return _compare(condition.operator, self.value(condition.left, record), self.value(condition.right, record))
        if isinstance(condition, In):
            left = self.value(condition.operand, record)
            return None if left is None else any(_compare("=", left, literal.value) for literal in condition.values)
        if isinstance(condition, Like):
            text = self.value(condition.operand, record)
            return None if text is None else LIKES[condition.word](condition.pattern, str(text))
        network, address = (self.value(argument, record) for argument in condition.call.arguments)
        return None if address is None else ip_address(str(address)) in ip_network(str(network))

    def _bool(self, condition: Bool, record: Record) -> bool | None:
        """Three-valued logic. IBM does not describe NULL under NOT; under this reading an unguarded NOT loses rows."""
        if condition.word == "NOT":
            holds = self.condition(condition.parts[0], record)
            return None if holds is None else not holds
        final = condition.word == "OR"
        unknown = False
        for part in condition.parts:
            holds = self.condition(part, record)
            if holds is final:
                return final
            unknown = unknown or holds is None
        return None if unknown else not final


def _compare(sign: str, left: Data, right: Data) -> bool | None:
    if left is None or right is None:
        return None
    if isinstance(left, int) and isinstance(right, str):
        right = int(right)  # logsourceid='65'
    holds = OPERATORS[sign](left, right)
    if isinstance(left, str) and isinstance(right, str):
        return _agreed(holds, OPERATORS[sign](fold(left), fold(right)), f"whether {sign} heeds case", left)
    return holds


def fold(text: str) -> str:
    """Lower case, character by character, so that a text keeps its length."""
    return text.lower() if text.isascii() else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _ascii_fold(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


def _agreed(one: bool, other: bool, question: str, text: str) -> bool:
    if one != other:
        raise QueryError(Problem(f"IBM does not document {question}, and here it matters: {text}"))
    return one


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> tuple[Part, ...]:
    """ "LIKE clause": ``%`` is any run, ``_`` one character; there is no escape, a backslash is itself."""
    return tuple({"%": Wildcard.ANY, "_": Wildcard.ONE}.get(c, c) for c in pattern)


def _like(pattern: str, text: str) -> bool:
    return matches(_pattern(pattern), text)


def _ilike(pattern: str, text: str) -> bool:
    holds = matches(_pattern(fold(pattern)), fold(text))
    if pattern.isascii() or text.isascii():
        return holds
    plain = matches(_pattern(_ascii_fold(pattern)), _ascii_fold(text))
    return _agreed(holds, plain, "whether ILIKE folds letters beyond ASCII", text)


def _regex(pattern: str, text: str, flags: str) -> bool:
    """ "LIKE clause" only shows ``'.*text.*'``: whether MATCHES searches or matches the whole value is open."""
    if regexes.whole(regexes.Dialect.JAVA, pattern, text, flags):
        return True  # what matches as a whole is also found
    start = _from_start(pattern)
    if start is None:
        found = regexes.search(regexes.Dialect.JAVA, pattern, text, flags)
    else:
        found = regexes.whole(regexes.Dialect.JAVA, start, text, flags)
    return _agreed(found, False, "whether MATCHES searches or matches the whole value", text)


@lru_cache(maxsize=4096)
def _from_start(pattern: str) -> str | None:
    """A pattern whose whole match is what a search for ``pattern`` finds, where one is easily said.

    A search for ``(?s).*x`` need not try any later start than the first, as ``.*`` reaches all places from there. An
    engine tries them all, and that is a power of the length slower.
    """
    head = next((head for head in ("(?s).*", "(?su).*", "(?us).*") if pattern.startswith(head)), None)
    if head is None or _has_alternatives(pattern[len(head) :]):
        return None
    return f"(?:{pattern})(?s:.*)"


def _has_alternatives(pattern: str) -> bool:
    """Whether ``|`` stands, or may stand, outside groups and classes."""
    depth = classes = position = 0
    while position < len(pattern):
        character = pattern[position]
        if pattern.startswith((r"\Q", "(?x", "(?#"), position) or depth < 0:
            return True  # quoted text, white space and comments: not told apart here
        if character == "\\":
            position += 1
        elif character == "[":
            classes += 1
        elif classes:
            classes -= character == "]"
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == "|" and not depth:
            return True
        position += 1
    return False


LIKES: Mapping[str, Callable[[str, str], bool]] = {
    "LIKE": _like,
    "ILIKE": _ilike,
    "MATCHES": lambda pattern, text: _regex(pattern, text, ""),
    "IMATCHES": lambda pattern, text: _regex(pattern, text, "i"),
}
