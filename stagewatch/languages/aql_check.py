"""Names, functions and types of an AQL query, against the properties that a deployment has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from stagewatch.languages import regexes
from stagewatch.languages.aql_tree import (
    Bool,
    Call,
    Compare,
    Condition,
    Filter,
    Holds,
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
from stagewatch.languages.base import Problem, QueryError, Schema

TABLE = "events"

KINDS: Mapping[str, str] = {
    "AlphaNumeric": "text",
    "IP": "address",
    "Numeric": "number",
    "Payload": "bytes",
    "Port": "number",
}
"""Type of a property as QRadar names it -> how it compares."""

Scope = Mapping[str, str]
"""Name -> kind, of what a part of a query may refer to."""

FUNCTIONS: Mapping[str, tuple[tuple[str, ...], str]] = {
    # AQL data retrieval functions and data calculation and formatting functions: kinds of arguments, kind of result
    "CATEGORYNAME": (("number",), "text"),
    "INCIDR": (("text", "address"), "truth"),
    "LOGSOURCENAME": (("number",), "text"),
    "LOGSOURCETYPENAME": (("number",), "text"),
    "LOWER": (("text",), "text"),
    "QIDNAME": (("number",), "text"),
    "UPPER": (("text",), "text"),
    "UTF8": (("bytes",), "text"),
}

AGGREGATES: Mapping[str, str] = {
    # AQL data aggregation functions: kind of the argument and the result, "" for any kind and its own
    "AVG": "number",
    "COUNT": "",
    "MAX": "",
    "MIN": "",
    "SUM": "number",
    "UNIQUECOUNT": "",
}
COUNTS = frozenset({"COUNT", "UNIQUECOUNT"})


def find(scope: Scope, name: Name) -> str | None:
    """What a name stands for: exact in quotation marks, in any case without (IBM: ``sourceIP`` and ``sourceip``)."""
    if name.quoted or name.text in scope:
        return name.text if name.text in scope else None
    wanted = name.text.lower()
    return next((known for known in scope if known.lower() == wanted), None)


def table_scope(schema: Schema) -> Scope:
    """The properties of an event and their kinds."""
    return {column: KINDS[kind] for column, kind in schema.get(TABLE, {}).items()}


def check(query: Search | Filter, schema: Schema) -> list[Problem]:
    """What is wrong with a query that parses; the first thing in each part."""
    scope = table_scope(schema)
    if isinstance(query, Filter):
        return list(_problems(_Checker(scope), [query.condition]))
    return _search(query, scope)[0]


def is_grouped(search: Search) -> bool:
    """Whether a search gives one row per group instead of its events."""
    return bool(search.group) or any(is_aggregate(item.value) for item in search.items)


def is_aggregate(value: Value) -> bool:
    """Whether a value is computed over a group."""
    return isinstance(value, Call) and value.function in AGGREGATES


def label(item: Item) -> str:
    """The name of a column of the answer."""
    if item.alias is not None:
        return item.alias.text
    return item.value.text if isinstance(item.value, Name) else getattr(item.value, "function", "")


def _search(search: Search, table: Scope) -> tuple[list[Problem], Scope]:
    """The problems of a search, and what a search around it can refer to."""
    scope: Scope = table
    problems: list[Problem] = []
    if isinstance(search.source, Search):
        problems, scope = _search(search.source, table)
    elif search.source.text.lower() != TABLE:
        problems.append(_problem(f"unknown table {search.source.text}", search.source))
    elif search.seconds is None:
        # "AQL Query structure": without it, a search looks back five minutes only
        problems.append(Problem("a search of events needs a time window (LAST n MINUTES)"))
    checker = _Checker(scope)
    problems += _problems(checker, [search.where] if search.where is not None else [])
    columns: dict[str, str] = {}
    for item in search.items:
        name = label(item)
        try:
            kind = checker.aggregate(item.value) if is_aggregate(item.value) else checker.value(item.value)
        except QueryError as error:
            problems += error.problems
            kind = "unknown"
        if not name or name in columns:
            problems.append(Problem(f"a column needs an own name: {name or 'IF'}"))
        columns[name] = kind
    problems += _grouping(search, {**scope, **columns}, columns)
    problems += _problems(_Checker(columns), [search.having] if search.having is not None else [])
    return problems, columns


def _grouping(search: Search, scope: Scope, columns: Scope) -> Iterator[Problem]:
    keys = set()
    for name in search.group:
        key = find(columns, name) or find(scope, name)
        if key is None:
            yield _problem(f"unknown column {name.text}", name)
        keys.add(key)
    if search.having is not None and not is_grouped(search):
        yield Problem("HAVING without groups")
    if is_grouped(search):
        for item in search.items:
            if not is_aggregate(item.value) and label(item) not in keys:
                yield Problem(f"{label(item)} is neither grouped nor aggregated")


def _problems(checker: _Checker, conditions: Sequence[Condition]) -> Iterator[Problem]:
    for condition in conditions:
        for part in _parts(condition):
            try:
                checker.condition(part)
            except QueryError as error:
                yield from error.problems


def _parts(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, Bool):
        for part in condition.parts:
            yield from _parts(part)
    else:
        yield condition


def _problem(message: str, place: Name | Call) -> Problem:
    return Problem(message, place.line, place.column)


def _fail(message: str, place: Value) -> NoReturn:
    raise QueryError(_problem(message, place) if isinstance(place, Name | Call) else Problem(message))


@dataclass(frozen=True)
class _Checker:
    scope: Scope

    def condition(self, condition: Condition) -> None:
        """A condition without ``AND``, ``OR`` and ``NOT``. Raises :class:`QueryError`."""
        if isinstance(condition, Compare):
            self._same(condition.left, condition.right)
        elif isinstance(condition, In):
            for literal in condition.values:
                self._same(condition.operand, literal)
        elif isinstance(condition, IsNull):
            self.value(condition.operand)
        elif isinstance(condition, Holds):
            if self.value(condition.call) != "truth":
                _fail(f"{condition.call.function} is no condition", condition.call)
        elif isinstance(condition, Like):
            if self.value(condition.operand) != "text":
                _fail(f"{condition.word} needs text", condition.operand)
            if condition.word.endswith("MATCHES"):
                regexes.check(regexes.Dialect.JAVA, condition.pattern, "i" if condition.word[0] == "I" else "")

    def value(self, value: Value) -> str:
        """The kind of a value. Raises :class:`QueryError`."""
        if isinstance(value, Literal):
            return "text" if isinstance(value.value, str) else "number"
        if isinstance(value, Name):
            known = find(self.scope, value)
            if known is None:
                _fail(f"unknown column {value.text}", value)
            return self.scope[known]
        if isinstance(value, If):
            for part in _parts(value.condition):
                self.condition(part)
            return self._same(value.yes, value.no)
        if value.function in AGGREGATES:
            _fail(f"{value.function} stands only in SELECT", value)
        if value.function not in FUNCTIONS:
            _fail(f"unknown function {value.function}", value)
        wanted, result = FUNCTIONS[value.function]
        given = tuple(map(self.value, value.arguments))
        if value.star or len(given) != len(wanted):
            _fail(f"{value.function} takes {len(wanted)} arguments", value)
        if given != wanted:
            _fail(f"{value.function} takes {', '.join(wanted)}, not {', '.join(given)}", value)
        return result

    def aggregate(self, value: Value) -> str:
        """The kind of a value over a group. Raises :class:`QueryError`."""
        assert isinstance(value, Call)  # noqa: S101 - is_aggregate was asked
        if value.star:
            if value.function != "COUNT":
                _fail(f"{value.function} takes a column", value)
            return "number"
        if len(value.arguments) != 1:
            _fail(f"{value.function} takes one argument", value)
        kind, wanted = self.value(value.arguments[0]), AGGREGATES[value.function]
        if wanted and kind != wanted:
            _fail(f"{value.function} takes {wanted}, not {kind}", value)
        return "number" if value.function in COUNTS else kind

    def _same(self, left: Value, right: Value) -> str:
        kinds = self.value(left), self.value(right)
        if kinds[0] == kinds[1] or kinds == ("address", "text"):
            return kinds[0]
        # IBM's example: WHERE logsourceid='65'
        if kinds == ("number", "text") and isinstance(right, Literal) and str(right.value).isdecimal():
            return "number"
        _fail(f"{kinds[0]} compared with {kinds[1]}", left)
